"""Leads that wait are raised again: once a step, in working time, whoever looks how often and whatever crashes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.settings import Settings
from bot.slack.poster import Poster
from bot.slack.reminder_groups import FLOOD
from bot.slack.reminder_plan import Planner
from bot.slack.reminder_posts import ReminderPosts
from bot.slack.reminders import LEASE_SECONDS, Reminding
from bot.workspace.identity import STAFF_1, STAFF_2
from enrichment.adapters.store.mutes import Mutes
from enrichment.adapters.store.postings import card_key
from enrichment.adapters.store.reminder_scan import ReminderScan
from enrichment.adapters.store.reminders import Reminders
from enrichment.errors import RetryLater
from enrichment.lead import LeadStatus
from enrichment.stages.business import Businesses
from tests.bot.slack.drawing import drawing
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts

MINUTE = 60.0
ALWAYS = "Mon-Sun 0:00-24:00"
OTHER_CHANNEL = "C0INBOX"


class House:
    """Workers of one bot, on one store and one Slack."""

    def __init__(self, parts: Parts, poster: Poster) -> None:
        self.parts = parts
        self.poster = poster
        self.reminders = Reminders(parts.database, parts.clock)
        self.mutes = Mutes(parts.database, parts.clock)
        self.quiet = False

    def worker(self, name: str = "one", **changes: Any) -> Reminding:
        """One that reminds, with settings of its own."""
        made: dict[str, Any] = {"hours": ALWAYS, "remind_hot": 30, "remind_outcome": 5}
        settings = Settings(**(made | changes))
        parts = self.parts
        planner = Planner(self.reminders, ReminderScan(parts.database), Businesses(settings.businesses), settings)
        return Reminding(
            planner,
            ReminderPosts(lambda: self.poster, parts.database, self.mutes, parts.clock, settings.escalate_to),
            self.reminders,
            book=parts.book,
            desk=parts.desk,
            views=parts.views,
            clock=parts.clock,
            quiet=lambda _: self.quiet,
            worker=name,
            wake=lambda: None,
        )

    async def hot(self, count: int = 1) -> list[int]:
        """So many new hot leads with their cards."""
        found = [self.parts.lead(f"hot{number}@example.com", urgency=85) for number in range(count)]
        await drawing(self.poster, self.parts).catch_up()
        return found

    async def pass_by(self, worker: Reminding, minutes: float = 31) -> int:
        """Let the worker look, time pass, and it look again; how many leads the second look told of."""
        await worker.look()
        self.parts.clock.move(minutes * MINUTE)
        return await worker.look()


@pytest.fixture
def house(parts: Parts, poster: Poster) -> House:
    """A bot's reminders."""
    return House(parts, poster)


async def told(staff: Staff) -> list[str]:
    """The reminders in the leads channel, oldest first."""
    return [text for text in await staff.texts() if text[:1] in "⏰🚨❔🔔"]


def pings(message: dict[str, Any]) -> int:
    """How many people a message mentions."""
    return str(message["blocks"]).count("<@U")


async def test_a_hot_lead_that_nobody_claims_is_raised_again_once(house: House, staff: Staff) -> None:
    """In its thread and in the channel, with what waits and for how long."""
    (lead,) = await house.hot()
    worker = house.worker()
    assert await house.pass_by(worker, 29) == 0
    assert await house.pass_by(worker, 2) == 1
    for _ in range(3):
        assert await house.pass_by(worker, 60) == 0
    assert await told(staff) == [f"⏰ L-{lead} is hot 85 and unclaimed after 31 minutes · Brakes"]
    (line,) = [message for message in await staff.messages() if message["text"].startswith("⏰")]
    assert line["thread_ts"] == await house.poster.ts_of(card_key(lead))
    assert pings(line) == 0


async def test_a_lead_that_was_claimed_in_time_is_not_raised(house: House, staff: Staff, parts: Parts) -> None:
    """Nor one that was closed, snoozed, or is no longer hot; given back, it begins anew."""
    claimed, closed, snoozed = await house.hot(3)
    worker = house.worker()
    await worker.look()
    parts.desk.claim(claimed, STAFF_1, "Maya")
    parts.desk.close(closed, STAFF_1, "Maya", LeadStatus.LOST)
    parts.desk.snooze(snoozed, STAFF_1, "Maya", parts.clock.now() + timedelta(days=2))
    assert await house.pass_by(worker) == 0
    parts.clock.move(MINUTE)
    parts.desk.release(claimed, STAFF_1, "Maya")
    assert await house.pass_by(worker) == 1
    assert len(await told(staff)) == 1


async def test_then_somebody_else_hears_of_it(house: House, staff: Staff) -> None:
    """After as long again, with a ping; nobody is told a third time."""
    await house.hot()
    worker = house.worker(escalate_to=STAFF_1)
    assert await house.pass_by(worker) == 1
    assert await house.pass_by(worker) == 1
    assert await house.pass_by(worker, 600) == 0
    assert [text[0] for text in await told(staff)] == ["⏰", "🚨"]
    assert [pings(message) for message in await staff.messages() if message["text"][0] in "⏰🚨"] == [0, 1]


async def test_or_another_channel_does(house: House, staff: Staff) -> None:
    """With a link to the card, for there is no thread there."""
    (lead,) = await house.hot()
    worker = house.worker(escalate_to=OTHER_CHANNEL)
    await house.pass_by(worker)
    await house.pass_by(worker)
    assert [text[0] for text in await told(staff)] == ["⏰"]
    (message,) = staff.workspace.store.messages(OTHER_CHANNEL, -1)
    assert message.body["text"].startswith(f"🚨 L-{lead} is hot 85 and still unclaimed after 1 hour")
    assert "Open the card" in str(message.body["blocks"])


async def test_who_wants_to_be_left_alone_is_not_pinged(house: House, staff: Staff, parts: Parts) -> None:
    """The line comes all the same."""
    house.mutes.mute(STAFF_1, parts.clock.now() + timedelta(days=1))
    await house.hot()
    worker = house.worker(escalate_to=STAFF_1)
    await house.pass_by(worker)
    await house.pass_by(worker)
    assert [pings(message) for message in await staff.messages() if message["text"][0] == "🚨"] == [0]


async def test_quiet_hours_hold_it_until_they_end(house: House, staff: Staff, parts: Parts) -> None:
    """Snoozed leads come back meanwhile, without a word."""
    hot, snoozed = await house.hot(2)
    parts.desk.snooze(snoozed, STAFF_1, "Maya", parts.clock.now() + timedelta(minutes=20))
    worker = house.worker()
    house.quiet = True
    assert await house.pass_by(worker) == 0
    assert await told(staff) == []
    lead = parts.book.get(snoozed)
    assert lead is not None
    assert lead.snoozed_until is None
    house.quiet = False
    assert await worker.look() == 2
    assert sorted(text.split()[1] for text in await told(staff)) == [f"L-{hot}", f"L-{snoozed}"]


async def test_a_snoozed_lead_comes_back_and_its_owner_hears(house: House, staff: Staff, parts: Parts) -> None:
    """In its thread, once; one that was put off once more stays away."""
    mine, later = await house.hot(2)
    for lead in (mine, later):
        parts.desk.claim(lead, STAFF_1, "Maya")
        parts.desk.snooze(lead, STAFF_1, "Maya", parts.clock.now() + timedelta(minutes=20))
    parts.desk.snooze(later, STAFF_1, "Maya", parts.clock.now() + timedelta(days=3))
    worker = house.worker()
    assert await house.pass_by(worker) == 1
    assert await house.pass_by(worker) == 0
    assert await told(staff) == [f"🔔 L-{mine} is back: its snooze is over · Brakes"]
    (line,) = [message for message in await staff.messages() if message["text"].startswith("🔔")]
    assert f"<@{STAFF_1}>" in str(line["blocks"])
    assert line["thread_ts"] == await house.poster.ts_of(card_key(mine))


async def test_an_owner_is_asked_how_it_ended(house: House, staff: Staff, parts: Parts) -> None:
    """After some working days, with buttons; not when it has ended."""
    open_still, ended = await house.hot(2)
    for lead in (open_still, ended):
        parts.desk.claim(lead, STAFF_1, "Maya Brooks")
    worker = house.worker()
    await worker.look()
    parts.desk.close(ended, STAFF_1, "Maya", LeadStatus.WON)
    assert await house.pass_by(worker, 4 * 1440) == 0
    assert await house.pass_by(worker, 1441) == 1
    assert await told(staff) == [f"❔ Maya Brooks has L-{open_still}. How did it end? · Brakes"]
    (line,) = [message for message in await staff.messages() if message["text"].startswith("❔")]
    assert [each["text"]["text"] for each in line["blocks"][-1]["elements"]] == ["Won", "Lost", "Snooze…"]
    assert pings(line) == 1


async def test_a_new_owner_is_given_as_many_days(house: House, staff: Staff, parts: Parts) -> None:
    """Whoever had it before may have taken them all; who goes on having it is asked when they were."""
    (lead,) = await house.hot()
    parts.desk.claim(lead, STAFF_1, "Maya Brooks")
    worker = house.worker()
    assert await house.pass_by(worker, 4 * 1440) == 0
    parts.desk.assign(lead, STAFF_1, "Maya Brooks", STAFF_2, "Tom Reed")
    parts.desk.assign(lead, STAFF_1, "Maya Brooks", STAFF_2, "Tom Reed")
    assert await house.pass_by(worker, 2 * 1440) == 0
    assert await house.pass_by(worker, 3 * 1440 + 1) == 1
    assert await told(staff) == [f"❔ Tom Reed has L-{lead}. How did it end? · Brakes"]


async def test_a_flood_is_one_line(house: House, staff: Staff, parts: Parts) -> None:
    """Three hundred hot leads that wait are told of together, with one ping when they still do."""
    for number in range(300):
        parts.lead(f"flood{number}@example.com", urgency=70 + number % 30)
    worker = house.worker(escalate_to=STAFF_1)
    assert await house.pass_by(worker) == 300
    assert await house.pass_by(worker) == 300
    assert await house.pass_by(worker) == 0
    first, second = await staff.messages()
    assert first["text"] == "⏰ 300 hot leads are unclaimed; the longest has waited 31 minutes"
    assert second["text"] == "🚨 300 hot leads are still unclaimed; the longest has waited 1 hour"
    assert (pings(first), pings(second)) == (0, 1)
    assert "and 295 more" in str(first["blocks"])


async def test_a_closed_channel_of_last_resort_holds_up_nothing(house: House, staff: Staff) -> None:
    """A flood that is still unclaimed is told in the lead channel then, and once."""
    await house.hot(FLOOD + 1)
    worker = house.worker(escalate_to="C0CLOSED0")
    assert await house.pass_by(worker) == FLOOD + 1
    assert await house.pass_by(worker) == FLOOD + 1
    assert await house.pass_by(worker) == 0
    assert [text[0] for text in await told(staff)] == ["⏰", "🚨"]


async def test_a_lead_that_becomes_hot_again_is_raised(house: House, staff: Staff, parts: Parts) -> None:
    """It was not hot when its time came, and nobody was told then."""
    (lead,) = await house.hot()
    worker = house.worker()
    await worker.look()
    parts.editing.edit(lead, STAFF_1, "Maya", {"urgency": 50})
    assert await house.pass_by(worker) == 0
    parts.editing.edit(lead, STAFF_1, "Maya", {"urgency": 90})
    assert await house.pass_by(worker) == 1
    assert await house.pass_by(worker) == 0
    assert len(await told(staff)) == 1


async def test_a_burst_that_is_due_over_some_minutes_pings_once(house: House, staff: Staff, parts: Parts) -> None:
    """Each lead is told of; whoever is pinged for the first is looking already. Hours later they are pinged again."""
    worker = house.worker(escalate_to=STAFF_1)
    for count in (FLOOD - 1, 2 * FLOOD, 1):
        for number in range(count):
            parts.lead(f"burst{count}-{number}@example.com", urgency=85)
        await worker.look()
        parts.clock.move(MINUTE)
    for _ in range(70):
        await worker.look()
        parts.clock.move(MINUTE)
    said = [message for message in await staff.messages() if message["text"].startswith("🚨")]
    assert len(said) == FLOOD - 1 + 1 + 1
    assert [pings(message) for message in said] == [1, *[0] * (len(said) - 1)]
    parts.lead("late@example.com", urgency=85)
    await worker.look()
    await house.pass_by(worker)
    await house.pass_by(worker)
    assert sum(pings(message) for message in await staff.messages()) == 2


async def test_a_ping_whose_answer_was_lost_is_not_left_out(house: House, staff: Staff) -> None:
    """What Slack did not take is posted again with it."""
    await house.hot()
    worker = house.worker(escalate_to=STAFF_1)
    assert await house.pass_by(worker) == 1
    house.parts.clock.move(31 * MINUTE)
    await staff.fault("chat.postMessage", "429")
    with pytest.raises(RetryLater):
        await worker.look()
    house.parts.clock.move(MINUTE)
    assert await worker.look() == 1
    assert [pings(message) for message in await staff.messages() if message["text"].startswith("🚨")] == [1]


@pytest.mark.parametrize("count", [1, FLOOD + 1])
@pytest.mark.parametrize("kind", ["lost", "500", "429"])
async def test_a_lost_answer_does_not_tell_twice(house: House, staff: Staff, count: int, kind: str) -> None:
    """What Slack may have taken is looked for before it is posted again."""
    await house.hot(count)
    worker = house.worker()
    await worker.look()
    house.parts.clock.move(31 * MINUTE)
    await staff.fault("chat.postMessage", kind)
    with pytest.raises(RetryLater):
        await worker.look()
    assert await worker.look() == count
    assert len(await told(staff)) == 1


@pytest.mark.parametrize("taken", [0, 3, FLOOD + 1])
async def test_a_crash_after_the_posting_does_not_tell_twice(
    house: House, staff: Staff, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    """However many of a flood were marked as told by then: the rest belongs to the summary that is there."""
    await house.hot(FLOOD + 2)
    worker = house.worker()
    await worker.look()
    house.parts.clock.move(31 * MINUTE)
    take, left = house.reminders.take, iter(range(taken))

    def crash(reminder: Any) -> bool:
        if next(left, None) is None:
            raise RetryLater("the disk is full")
        return take(reminder)

    with monkeypatch.context() as broken:
        broken.setattr(house.reminders, "take", crash)
        with pytest.raises(RetryLater):
            await worker.look()
    assert await house.worker().look() == FLOOD + 2 - taken
    assert await worker.look() == 0
    assert len(await told(staff)) == 1


async def test_of_several_workers_one_tells(house: House, staff: Staff, parts: Parts) -> None:
    """Another takes over when the first is gone, and says nothing again."""
    await house.hot(2)
    one, two = house.worker("one"), house.worker("two")
    await one.look()
    parts.clock.move(31 * MINUTE)
    assert sorted([await one.look(), await two.look()]) == [0, 2]
    parts.clock.move(LEASE_SECONDS + 31 * MINUTE)
    assert await two.look() == 0
    assert len(await told(staff)) == 2


async def test_a_clock_that_is_set_back_tells_nothing_twice(house: House, staff: Staff, parts: Parts) -> None:
    """A step that was told stays told."""
    await house.hot()
    worker = house.worker()
    assert await house.pass_by(worker) == 1
    parts.clock.move(-5 * 3600)
    assert await house.pass_by(worker, 6 * 60) == 0
    assert len(await told(staff)) == 1


async def test_a_deleted_card_hides_no_reminder(house: House, staff: Staff, poster: Poster) -> None:
    """It comes into the channel instead of the thread that is gone."""
    (lead,) = await house.hot()
    worker = house.worker()
    await worker.look()
    staff.delete(await poster.ts_of(card_key(lead)) or "")
    assert await house.pass_by(worker) == 1
    assert len(await told(staff)) == 1


@pytest.mark.parametrize(
    "change",
    [{"remind_hot": 0, "remind_outcome": 0}, {"hours": "Mon-Sun 0:00-24:00", "holidays": (), "remind_hot": 10_000}],
)
async def test_what_is_switched_off_or_not_due_says_nothing(house: House, staff: Staff, change: dict[str, Any]) -> None:
    """Nobody is told."""
    await house.hot()
    assert await house.pass_by(house.worker(**change), 1440) == 0
    assert await told(staff) == []


async def test_samples_and_history_are_nobodys_work(house: House, staff: Staff, parts: Parts) -> None:
    """They are not raised, however hot."""
    for number, change in enumerate(({"sample": True}, {"historical": True})):
        parts.lead(f"{number}@example.com", urgency=90, message_id=parts.accept(None, **change))
    assert await house.pass_by(house.worker()) == 0
    assert await told(staff) == []


async def test_at_night_nobody_is_told(house: House, staff: Staff, parts: Parts) -> None:
    """What falls due while the bot is down waits until the business opens."""
    await house.hot()
    now = parts.clock.now()
    opens = (now + timedelta(hours=2)).strftime("%H:00")
    closes = (now + timedelta(hours=4)).strftime("%H:00")
    worker = house.worker(hours=f"Mon-Sun {opens}-{closes}", timezone="UTC")
    assert await house.pass_by(worker, 60) == 0
    assert await house.pass_by(worker, 21 * 60) == 0
    assert await told(staff) == []
    assert await house.pass_by(worker, 5 * 60) == 1


def test_the_look_for_leads_without_a_timer_uses_the_index(parts: Parts) -> None:
    """It runs every minute over a table that may hold a million leads."""
    for number in range(3):
        parts.lead(f"{number}@example.com", urgency=90)
    scan = ReminderScan(parts.database)
    seen: list[str] = []

    @event.listens_for(parts.engine, "before_cursor_execute")
    def heard(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    assert [found.lead_id for found in scan.unclaimed(10)] == [1, 2, 3]
    assert scan.without_outcome(10) == []
    event.remove(parts.engine, "before_cursor_execute", heard)
    for statement in [each for each in seen if "reminders" in each]:
        with parts.engine.begin() as connection:
            blanks = (None,) * statement.count("?")
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", blanks).all())
        assert "SEARCH leads USING INDEX ix_leads_open" in plan
        assert "SCAN" not in plan
