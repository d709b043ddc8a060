"""Customers in Slack, over the real workspace and the real store: what is taken, what is not, and who hears what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.bootstrap import SystemClock
from bot.slack.app import Connection, SlackApp, identify, web_client
from bot.slack.client import Slack
from bot.slack.create_lead import CreateLead
from bot.slack.intake import SlackIntake
from bot.slack.intake_channels import IntakeChannels
from bot.slack.intake_profiles import Profiles
from bot.slack.intake_rules import Me
from bot.slack.intake_thanks import FOR_STAFF, THANKS, IntakeThanks
from bot.slack.people import People
from bot.slack.staff import StaffCheck
from bot.workspace.identity import CUSTOMER, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2, dm_channel
from channels.mail.forms import read_form
from channels.mail.language import language_of
from channels.slack.parser import SlackParser
from channels.slack.wire import said_in
from enrichment.adapters.store.conversations import Conversations
from enrichment.errors import RetryLater
from enrichment.intake import Intake
from tests.bot.slack.staff import Staff, until
from tests.bot.slack.test_app import Echo
from tests.enrichment.parts import Parts

Json = dict[str, Any]


@pytest.fixture
async def intake(connection: Connection, slack: Slack, parts: Parts) -> AsyncIterator[SlackIntake]:
    """The listeners, connected to the workspace."""
    identity = await identify(slack, "leads")
    staff = StaffCheck(slack, team=identity.team_id, channel=identity.channel)
    store, clock = Conversations(parts.database, parts.clock), SystemClock()
    accept = Intake(parts.messages, lambda: None).accept
    me = Me(team_id=identity.team_id, bot_id=identity.bot_id, bot_user_id=identity.bot_user_id)
    made = SlackIntake(
        me,
        identity.url,
        accept=accept,
        store=store,
        channels=IntakeChannels(slack, ("#inbox", "leads"), identity.channel),
        profiles=Profiles(slack),
        staff=staff,
        thanks=IntakeThanks(slack, "reaction", "line"),
        clock=clock,
    )
    people = People(slack, identity.channel)
    form = CreateLead(made, store, slack, people, accept=accept, clock=clock, team=identity.team_id)
    app = SlackApp(connection, web_client(connection), identity, Echo(), staff=staff, listeners=[made, form])
    await app.connect()
    yield made
    await app.close()


def stored(parts: Parts) -> list[str]:
    """What lies in the store, oldest first."""
    with parts.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT content FROM messages ORDER BY id").scalars().all()
    return [bytes(row).decode() for row in rows]


async def write(staff: Staff, text: str, user: str = CUSTOMER, channel: str = INBOX_CHANNEL, **more: str) -> str:
    """A person writes; the message's ts."""
    answer = await staff._act("/message", {"user": user, "channel": channel, "text": text, **more})
    return str(answer["ts"])


async def count(parts: Parts, wanted: int) -> list[str]:
    """What is stored once there are as many."""

    async def look() -> list[str]:
        found = stored(parts)
        return found if len(found) >= wanted else []

    return await until(look)


@pytest.mark.usefixtures("intake")
async def test_what_customers_write_is_taken_and_seen(staff: Staff, parts: Parts) -> None:
    """In the intake channel: stored with who wrote, and a reaction says so; in the leads' channel nothing is taken."""
    await write(staff, "chat among us", STAFF_1, LEADS_CHANNEL)
    ts = await write(staff, "My brakes grind")
    (content,) = await count(parts, 1)
    assert "My brakes grind" in content
    assert "Dana Whitfield" in content
    assert f"/archives/{INBOX_CHANNEL}/p{ts.replace('.', '')}" in content

    async def reactions() -> Any:
        message = staff.workspace.store.find(ts)
        assert message is not None
        return staff.workspace.store.reactions(message)

    assert "eyes" in await until(reactions)


@pytest.mark.usefixtures("intake")
async def test_others_replies_are_talk_and_the_customers_join(staff: Staff, parts: Parts) -> None:
    """A thread belongs to who began it."""
    root = await write(staff, "My brakes grind")
    await count(parts, 1)
    await write(staff, "I will call her", STAFF_1, thread_ts=root)
    await write(staff, "And the clutch slips", thread_ts=root)
    found = await count(parts, 2)
    assert [("clutch" in each, "call her" in each) for each in found[1:]] == [(True, False)]


@pytest.mark.usefixtures("intake")
async def test_edits_and_deletions_are_followed(staff: Staff, parts: Parts) -> None:
    """Of what was taken; of what was not they are nothing."""
    ts = await write(staff, "My brakes grind")
    other = await write(staff, "lunch?", STAFF_1, LEADS_CHANNEL)
    await count(parts, 1)
    await staff._act("/edit", {"user": STAFF_1, "channel": LEADS_CHANNEL, "ts": other, "text": "dinner?"})
    await staff._act("/edit", {"user": CUSTOMER, "channel": INBOX_CHANNEL, "ts": ts, "text": "My clutch slips"})
    await count(parts, 2)
    await staff._act("/delete", {"user": CUSTOMER, "channel": INBOX_CHANNEL, "ts": ts})
    _, edit, gone = await count(parts, 3)
    assert "My clutch slips" in edit
    assert '"withdrawn": true' in gone


@pytest.mark.usefixtures("intake")
async def test_direct_messages_are_leads_but_staffs(staff: Staff, parts: Parts) -> None:
    """A customer is thanked in one line, staff are told what they can do; the bot never answers itself."""
    await write(staff, "My boiler leaks", CUSTOMER, dm_channel(CUSTOMER))
    await write(staff, "what can you do?", STAFF_1, dm_channel(STAFF_1))
    (content,) = await count(parts, 1)
    assert "boiler" in content

    async def said() -> list[str]:
        places = (dm_channel(CUSTOMER), dm_channel(STAFF_1))
        found = [m.body["text"] for place in places for m in staff.workspace.store.messages(place, -1)]
        return found if len(found) == 4 else []

    assert set(await until(said)) == {"My boiler leaks", THANKS, "what can you do?", FOR_STAFF}
    assert len(stored(parts)) == 1


@pytest.mark.usefixtures("intake")
async def test_create_lead_takes_any_message_once(staff: Staff, parts: Parts) -> None:
    """Whoever wrote it, wherever staff see it; a second time they hear that it was taken."""
    ts = await write(staff, "Our neighbour needs a roofer", STAFF_2, LEADS_CHANNEL)
    use = {"user": STAFF_1, "callback_id": "create_lead", "channel": LEADS_CHANNEL, "message_ts": ts}
    await staff._act("/shortcut", use)
    await staff._act("/shortcut", use)
    assert "roofer" in (await count(parts, 1))[0]
    assert len(stored(parts)) == 1

    async def told() -> list[str]:
        found = [text for text in staff.whispers(STAFF_1) if text.startswith("Taken")]
        return found if len(found) == 2 else []

    assert await until(told)


@pytest.mark.usefixtures("intake")
async def test_a_lead_that_a_colleague_tells_of_is_not_theirs(staff: Staff, parts: Parts) -> None:
    """Of what staff wrote the words alone say who the customer is, and nobody else's name is with them."""
    ts = await write(staff, "Mrs Green called, 303 555 0188, her roof leaks", STAFF_2, LEADS_CHANNEL)
    use = {"user": STAFF_1, "callback_id": "create_lead", "channel": LEADS_CHANNEL, "message_ts": ts}
    await staff._act("/shortcut", use)
    (content,) = await count(parts, 1)
    assert "Tom Keller" not in content
    parsed = SlackParser(read_form, language_of).parse(content.encode())
    assert parsed.sender is None
    assert "Mrs Green called" in parsed.text


@pytest.mark.usefixtures("intake")
async def test_new_lead_is_a_form(staff: Staff, parts: Parts) -> None:
    """Wrong fields are told in the window; what is right is stored."""
    await staff._act("/shortcut", {"user": STAFF_1, "callback_id": "new_lead"})
    view = (await until(staff.windows))[-1]
    wrong = await staff.submit(view, new_words="Brakes by Friday", new_email="nonsense", new_phone="12")
    assert "new_email" in str(wrong)
    assert stored(parts) == []
    await staff.submit(view, new_words="Brakes by Friday", new_name="Jo Miller", new_phone="+1 303 555 0134")
    (content,) = await count(parts, 1)
    assert '"name": "Jo Miller"' in content


async def test_an_edit_that_comes_before_its_message_is_the_message(intake: SlackIntake, parts: Parts) -> None:
    """And the message after it changes nothing; an edit of something old that we never had is nobody's."""
    now = f"{SystemClock().now().timestamp():.6f}"
    was = {"type": "message", "user": CUSTOMER, "text": "Old", "ts": now}
    event = {"type": "message", "subtype": "message_changed", "channel": INBOX_CHANNEL, "channel_type": "channel",
             "ts": now, "event_ts": now, "message": was | {"text": "New"}, "previous_message": was}  # fmt: skip
    edit = said_in({"team_id": intake._me.team_id, "event": event})
    first = said_in({"team_id": intake._me.team_id, "event": was | {"channel": INBOX_CHANNEL, "event_ts": now}})
    assert edit is not None
    assert first is not None
    assert await intake.take(edit)
    again = await intake.take(first)
    assert again is not None
    assert not again.new
    assert len(stored(parts)) == 1
    assert await intake.take(edit.model_copy(update={"ts": "1763629200.000100"})) is None


async def test_staff_are_told_once_for_each_message(intake: SlackIntake, staff: Staff) -> None:
    """Slack sends a message again whose acknowledgement it has not seen, and sends its edits."""
    ts = f"{SystemClock().now().timestamp():.6f}"
    place = dm_channel(STAFF_1)
    event = {"type": "message", "channel": place, "channel_type": "im", "user": STAFF_1, "text": "hi", "ts": ts}
    said = said_in({"team_id": intake._me.team_id, "event": event | {"event_ts": ts}})
    assert said is not None

    async def heard() -> int:
        return sum(m.body["text"] == FOR_STAFF for m in staff.workspace.store.messages(place, -1))

    for _ in range(2):
        assert await intake.take(said) is None
        await until(heard)
    await asyncio.gather(*intake._courtesies)
    assert await heard() == 1


async def test_programs_are_heard_only_with_a_form(intake: SlackIntake, parts: Parts) -> None:
    """In an intake channel; never the bot itself, whatever it says, nor Slack's own noise."""
    ts = f"{SystemClock().now().timestamp():.6f}"
    base: Json = {"type": "message", "channel": INBOX_CHANNEL, "channel_type": "channel", "ts": ts, "event_ts": ts}
    form = "Name: Ann\nEmail: ann@example.com\nMessage: My brakes grind"
    ignored: list[Json] = [
        {"text": "Deployed v7", "bot_id": "B9", "subtype": "bot_message"},
        {"text": form, "bot_id": intake._me.bot_id, "subtype": "bot_message"},
        {"text": form, "user": intake._me.bot_user_id},
        {"text": form, "bot_id": "B9", "subtype": "bot_message", "thread_ts": "1763629200.000100"},
        {"text": "<@U1> has joined the channel", "user": "U1", "subtype": "channel_join"},
        {"text": "set the topic: a@b.example", "user": "U1", "subtype": "channel_topic"},
        {"text": "Reminder: call ann@example.com", "user": "USLACKBOT"},
        {"text": "", "user": "U1"},
        {"text": "secret", "user": "U1", "channel_type": "mpim", "channel": "G0MANY1"},
        {"text": form, "bot_id": "B9", "subtype": "bot_message", "channel_type": "im", "channel": "D0BOT11"},
    ]
    for each in ignored:
        said = said_in({"team_id": intake._me.team_id, "event": base | each})
        assert said is not None
        assert await intake.take(said) is None, each
    said = said_in(
        {"team_id": intake._me.team_id, "event": base | {"text": form, "bot_id": "B9", "subtype": "bot_message"}}
    )
    assert said is not None
    assert await intake.take(said) is not None
    assert len(stored(parts)) == 1


async def test_what_cannot_be_stored_is_not_acknowledged(
    connection: Connection, slack: Slack, staff: Staff, parts: Parts
) -> None:
    """Slack sends it again, and then it is there once."""
    identity = await identify(slack, "leads")
    check = StaffCheck(slack, team=identity.team_id, channel=identity.channel)
    me = Me(team_id=identity.team_id, bot_id=identity.bot_id, bot_user_id=identity.bot_user_id)
    inbox = Intake(parts.messages, lambda: None)
    failures = 1

    async def accept(raw: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise RetryLater("the disk is full")
        return await inbox.accept(raw)

    made = SlackIntake(
        me,
        identity.url,
        accept=accept,
        store=Conversations(parts.database, parts.clock),
        channels=IntakeChannels(slack, ("inbox",), identity.channel),
        profiles=Profiles(slack),
        staff=check,
        thanks=IntakeThanks(slack, "off", "off"),
        clock=SystemClock(),
    )
    app = SlackApp(connection, web_client(connection), identity, Echo(), staff=check, listeners=[made])
    await app.connect()
    try:
        await write(staff, "My brakes grind")
        assert len(await count(parts, 1)) == 1
    finally:
        await app.close()
