"""Channels beside each other: none waits for another, what is closed loses nothing, and reminders find their way."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import structlog.testing

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import batches as batch_module
from bot.slack.app import Connection
from bot.slack.blocks import SlackMessage, section
from bot.slack.client import ChannelRefused, Slack
from bot.slack.intake_channels import IntakeChannels
from bot.slack.poster import Poster
from bot.slack.staff import StaffCheck
from bot.workspace.identity import BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2, TEAM_ID
from enrichment.adapters.store.batches import BACKLOG
from enrichment.adapters.store.postings import Postings, card_key
from tests.bot.slack.routed import HOT_TO_INBOX, at_work, caught_up, texts, told_of_another_way
from tests.bot.slack.staff import Staff, until
from tests.bot.slack.test_reminders import House
from tests.bot.slack.test_staff import may
from tests.enrichment.parts import Parts, match, triage

Json = dict[str, Any]
COLD_TO_INBOX = [{"when": {"urgency": "cold"}, "channel": INBOX_CHANNEL}]
# So few that one card is posted after the other.
ONE_BY_ONE = 19.0


def leave(staff: Staff, channel: str, user: str = BOT_USER_ID) -> None:
    """Somebody is removed from a channel."""
    db = staff.workspace.store._db
    with db:
        db.execute("DELETE FROM members WHERE channel = ? AND user = ?", (channel, user))


def cards(staff: Staff, channel: str) -> list[int]:
    """The leads whose cards are there."""
    found = (m for m in staff.workspace.store.messages(channel, -1) if not m.thread_ts and not m.ephemeral_to)
    numbers = (re.search(r"\(L-(\d+)\)$", m.body["text"]) for m in found)
    return [int(number[1]) for number in numbers if number]


def hot(parts: Parts, count: int) -> list[int]:
    """So many hot leads."""
    return [parts.lead(f"hot{number}@example.com", urgency=90) for number in range(count)]


async def test_slow_channel_holds_up_no_other(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """While Slack takes its time over a hot lead's card, a warm one's is posted elsewhere."""
    object.__setattr__(staff.workspace.options, "slow_seconds", 4.0)
    slow = settings.model_copy(update={"slack_per_second": ONE_BY_ONE})
    await staff.fault("chat.postMessage", "slow")
    urgent = hot(parts, 3)
    async with at_work(core, connection, slow, HOT_TO_INBOX) as side:

        async def begun() -> list[int]:
            return cards(staff, INBOX_CHANNEL)

        async def elsewhere() -> list[int]:
            return cards(staff, LEADS_CHANNEL)

        assert len(await until(begun)) == 1
        warm = parts.lead("warm@example.com", urgency=50)
        side.wake()
        assert await until(elsewhere) == [warm]
        assert len(cards(staff, INBOX_CHANNEL)) == 1 < len(urgent)


async def test_channel_at_its_rate_holds_up_no_other(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """Each channel has a rate of its own: a burst into one leaves the other's free."""
    slow = settings.model_copy(update={"slack_per_second": 1.0})
    urgent = hot(parts, 30)
    warm = parts.lead("warm@example.com", urgency=50)
    async with at_work(core, connection, slow, HOT_TO_INBOX):

        async def shown() -> bool:
            return cards(staff, LEADS_CHANNEL) == [warm]

        await until(shown)
        assert len(cards(staff, INBOX_CHANNEL)) < len(urgent)


async def test_bot_that_is_removed_in_the_middle_of_a_burst_loses_nothing(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """Each lead is in the lead channel once, or stands finished where it was; one notice tells of it."""
    slow = settings.model_copy(update={"slack_per_second": ONE_BY_ONE})
    urgent = hot(parts, 12)
    async with at_work(core, connection, slow, HOT_TO_INBOX) as side:

        async def some() -> bool:
            return len(cards(staff, INBOX_CHANNEL)) >= 3

        await until(some)
        leave(staff, INBOX_CHANNEL)
        before = Counter(cards(staff, INBOX_CHANNEL))
        urgent += [parts.lead(f"later{number}@example.com", urgency=90) for number in range(3)]
        side.wake()
        await until(lambda: caught_up(parts), 30)
        # A lead is on its way before anybody is told why.
        await until(lambda: told_of_another_way(staff))
    there, here = Counter(cards(staff, INBOX_CHANNEL)), Counter(cards(staff, LEADS_CHANNEL))
    assert there == before
    assert max((there + here).values()) <= 2
    assert max(there.values()) == max(here.values()) == 1
    assert set(there) | set(here) == set(urgent)
    assert sum("come here instead" in text for text in texts(staff, LEADS_CHANNEL)) == 1
    # Whoever is in both has its thread here, and no second life there.
    postings = Postings(parts.database, parts.clock, TEAM_ID)
    places = [postings.get(card_key(lead)) for lead in urgent]
    assert all(place is not None and place.state == "sent" for place in places)
    assert {place.channel for place in places if place} == {LEADS_CHANNEL}


async def test_repeat_of_a_lead_whose_channel_is_closed_is_shown_whole(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """Nobody can be told in the earlier thread; the repeat stays in its own channel and its thread is finished."""
    (earlier,) = hot(parts, 1)
    async with at_work(core, connection, settings, HOT_TO_INBOX) as side:
        await until(lambda: caught_up(parts))
        leave(staff, INBOX_CHANNEL)
        repeat = parts.open("hot0@example.com")
        parts.leads.complete(repeat, triage(50), [match(repeat, earlier)])
        side.wake()
        await until(lambda: caught_up(parts))
    assert (cards(staff, INBOX_CHANNEL), cards(staff, LEADS_CHANNEL)) == ([earlier], [repeat])
    assert texts(staff, LEADS_CHANNEL)[1:] == [f"Possible duplicate of L-{earlier}: same e-mail"]


async def test_card_that_was_on_its_way_into_a_closed_channel_is_posted_elsewhere(
    parts: Parts, poster: Poster, staff: Staff
) -> None:
    """The bot crashed in between: what it cannot look for there must not keep the lead away here for ever."""
    (lead,) = hot(parts, 1)
    parts.postings.begin(card_key(lead), INBOX_CHANNEL, None, "x", lead)
    leave(staff, INBOX_CHANNEL)
    said = SlackMessage(text=f"Brakes (L-{lead})", blocks=(section("Brakes"),))
    with pytest.raises(ChannelRefused):
        await poster.show(card_key(lead), said, lead_id=lead, channel=INBOX_CHANNEL)
    await poster.show(card_key(lead), said, lead_id=lead, channel=LEADS_CHANNEL)
    assert (cards(staff, INBOX_CHANNEL), cards(staff, LEADS_CHANNEL)) == ([], [lead])


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits of lists follow each other at once."""
    monkeypatch.setattr(batch_module, "EDIT_SECONDS", 0.01)


@pytest.mark.usefixtures("hurry")
async def test_lists_are_in_the_channel_of_their_rule(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """A backlog becomes a list there; Open makes a card there, for a member of that channel alone; none is here."""
    leave(staff, LEADS_CHANNEL, STAFF_2)
    leads = [parts.lead(f"cold{number}@example.com", urgency=10) for number in range(BACKLOG + 5)]
    async with at_work(core, connection, settings, COLD_TO_INBOX):
        await until(lambda: caught_up(parts))
        (message,) = [m for m in staff.workspace.store.messages(INBOX_CHANNEL, -1) if "in one list" in m.body["text"]]
        assert (cards(staff, INBOX_CHANNEL), texts(staff, LEADS_CHANNEL)) == ([], [])
        press = {"message_ts": message.ts, "channel": INBOX_CHANNEL, "action_id": f"lead_open:{leads[4]}"}
        await staff.client.post("/click", json=press | {"user": STAFF_2})

        async def opened() -> bool:
            return cards(staff, INBOX_CHANNEL) == [leads[4]] and await caught_up(parts)

        await until(opened)
    assert texts(staff, LEADS_CHANNEL) == []


async def test_members_of_a_routed_channel_are_staff(slack: Slack, staff: Staff) -> None:
    """As long as cards go there; one that is closed to the bot, or not there, admits nobody and locks nobody out."""
    more: list[str] = []
    leave(staff, LEADS_CHANNEL, STAFF_2)
    for channels, allowed in (((), False), ((INBOX_CHANNEL,), True), (("C0CLOSED0",), False)):
        more[:] = channels
        check = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, more=lambda: more)
        assert [await may(check, user) for user in (STAFF_1, STAFF_2)] == [True, allowed]


async def test_reminder_is_in_the_thread_of_its_card(parts: Parts, poster: Poster, staff: Staff) -> None:
    """Wherever that is; when the channel is closed meanwhile it is told in the lead channel, and others go on."""
    house = House(parts, poster)
    there, here = hot(parts, 2)
    for lead, channel in ((there, INBOX_CHANNEL), (here, LEADS_CHANNEL)):
        said = SlackMessage(text=f"Brakes (L-{lead})", blocks=(section("Brakes"),))
        await poster.show(card_key(lead), said, lead_id=lead, channel=channel)
    worker = house.worker(escalate_to=STAFF_1)
    assert await house.pass_by(worker) == 2
    (told,) = [m for m in staff.workspace.store.messages(INBOX_CHANNEL, -1) if m.body["text"].startswith("⏰")]
    assert told.thread_ts == await poster.ts_of(card_key(there))
    leave(staff, INBOX_CHANNEL)
    assert await house.pass_by(worker) == 2
    again = [text.split()[1] for text in texts(staff, LEADS_CHANNEL) if text.startswith("🚨")]
    assert sorted(again) == sorted([f"L-{there}", f"L-{here}"])
    assert await house.pass_by(worker) == 0


async def test_reminder_without_a_link_is_told_all_the_same(
    parts: Parts, poster: Poster, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the channel of what nobody takes, though Slack tells nothing of the card's channel any more."""
    house, leads = House(parts, poster), hot(parts, 2)
    for lead in leads:
        said = SlackMessage(text=f"Brakes (L-{lead})", blocks=(section("Brakes"),))
        await poster.show(card_key(lead), said, lead_id=lead, channel=INBOX_CHANNEL)
    worker = house.worker(escalate_to=LEADS_CHANNEL)
    assert await house.pass_by(worker) == 2

    async def refused(*_: str) -> str:
        raise ChannelRefused("Slack refuses chat.getPermalink: the channel does not exist (channel_not_found)")

    monkeypatch.setattr(poster, "permalink", refused)
    assert await house.pass_by(worker) == 2
    assert sorted(text.split()[1] for text in texts(staff, LEADS_CHANNEL)) == [f"L-{lead}" for lead in leads]


async def test_reminder_of_a_row_is_where_its_list_is(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """It has no thread; members of its channel alone need to hear of it."""
    leads = [parts.lead(f"cold{number}@example.com", urgency=10) for number in range(BACKLOG + 5)]
    async with at_work(core, connection, settings, COLD_TO_INBOX) as side:
        await until(lambda: caught_up(parts))
        parts.desk.snooze(leads[0], STAFF_1, "Maya", parts.clock.now() + timedelta(minutes=20))
        assert await House(parts, side.poster()).pass_by(House(parts, side.poster()).worker()) == 1
    assert [text[0] for text in texts(staff, INBOX_CHANNEL)] == [texts(staff, INBOX_CHANNEL)[0][0], "🔔"]
    assert texts(staff, LEADS_CHANNEL) == []


async def test_cards_of_what_becomes_the_lead_channel_go_on(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """A rule once sent leads there; they are drawn again where they are, as every other lead of that channel."""
    (lead,) = hot(parts, 1)
    async with at_work(core, connection, settings, HOT_TO_INBOX):
        await until(lambda: caught_up(parts))
    parts.desk.claim(lead, STAFF_1, "Maya Brooks")
    async with at_work(core, connection, settings.model_copy(update={"slack_channel": "inbox"}), []):
        await until(lambda: caught_up(parts))
    assert (cards(staff, INBOX_CHANNEL), cards(staff, LEADS_CHANNEL)) == ([lead], [])


async def test_channels_of_cards_are_no_way_in(slack: Slack) -> None:
    """By name or id, from the moment when a rule names one."""
    routed: set[str] = set()
    for wanted in ("inbox", "#Inbox", INBOX_CHANNEL):
        routed.clear()
        channels = IntakeChannels(slack, (wanted, "leads"), LEADS_CHANNEL, more=lambda: routed)
        assert [await channels.has(each) for each in (INBOX_CHANNEL, LEADS_CHANNEL)] == [True, False]
        routed.add(INBOX_CHANNEL)
        assert not await channels.has(INBOX_CHANNEL)


async def test_what_staff_say_beside_routed_cards_makes_no_lead(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """Though the channel is named as a way in; without the rule the same words are taken."""
    way_in = settings.model_copy(update={"slack_intake": ("inbox",)})
    count = "SELECT count(*) FROM messages WHERE channel = 'slack'"
    with structlog.testing.capture_logs() as logs:
        async with at_work(core, connection, way_in, HOT_TO_INBOX):
            body = {"channel": "inbox", "text": "I have called them", "user": STAFF_1}
            await staff.client.post("/message", json=body)

            async def refused() -> bool:
                return any("is no way in" in each["event"] for each in logs)

            await until(refused)
    assert parts.scalar(count) == 0
    async with at_work(core, connection, way_in, []):
        await staff.client.post("/message", json={"channel": "inbox", "text": "My brakes grind", "user": STAFF_2})

        async def taken() -> bool:
            return bool(parts.scalar(count) == 1)

        await until(taken)
