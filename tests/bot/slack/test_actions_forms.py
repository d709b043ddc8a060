"""Windows, verdicts and whole messages as staff use them: the workspace, Bolt, the real store, the cards after it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import buttons, full_message, modals_edit, modals_later, modals_outcome
from bot.slack.app import Connection
from bot.slack.full_message import full_key
from bot.slack.side import SlackSide
from bot.status import gather
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1, STAFF_2, TEAM_ID
from channels.mail.attachment_files import AttachedFiles
from enrichment.adapters.store.acts import TOLD
from enrichment.adapters.store.postings import Postings, card_key
from enrichment.lead import Lead, LeadStatus, MatchKind
from tests.bot.slack import envelopes
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts, match, triage

MAYA, TOM = "Maya Brooks", "Tom Keller"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(9000)
Json = dict[str, Any]


@pytest.fixture
async def desk(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> AsyncIterator[Json]:
    """A whole Slack side at work, and the card of a lead that may repeat an earlier one."""
    store = core.store
    status = lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread"))  # noqa: E731 - one line
    side = SlackSide(core, connection, settings, status)
    parts.lead("jo@example.com", urgency=60, text="First.")
    mail = EmailMessage()
    mail["From"] = "Jo <jo@example.com>"
    mail.set_content("My roof leaks, see the photo.")
    mail.add_attachment(PNG, maintype="application", subtype="octet-stream", filename="roof.exe")
    second = parts.open("jo@example.com", text="My roof leaks.", message_id=parts.accept(mail.as_bytes()))
    parts.leads.complete(second, triage(80), [match(second, 1, MatchKind.DUPLICATE)])
    task = asyncio.create_task(side.run())
    try:
        await asyncio.wait_for(side.connected.wait(), 20)
        yield await card(staff, "(L-2)")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


async def card(staff: Staff, *words: str) -> Json:
    """The card of L-2, once it says this."""

    async def look() -> Json | None:
        roots = [root for root in await staff.roots() if "(L-2)" in root["text"]]
        return next((root for root in roots if all(word in str(root) for word in words)), None)

    return await until(look, 20) or {}


async def line(staff: Staff, root: Json, words: str) -> Json:
    """The reply below the card that says this, once it is there."""

    async def look() -> Json | None:
        below = [each for each in await staff.messages() if each.get("thread_ts") == root["ts"]]
        return next((each for each in below if words in str(each)), None)

    return await until(look, 20) or {}


async def opened(staff: Staff, title: str) -> Json:
    """The window of this title, once it is open."""

    async def look() -> Json | None:
        return next((each for each in await staff.windows() if each["title"]["text"] == title), None)

    return await until(look, 20) or {}


async def told(staff: Staff, words: str, user: str = STAFF_1) -> str:
    """What this person alone was told, once it says this."""

    async def look() -> str | None:
        return next((text for text in staff.whispers(user) if words in text), None)

    return await until(look, 20) or ""


def lead(parts: Parts) -> Lead:
    """The lead as it is in the store."""
    found = parts.book.get(2)
    assert found is not None
    return found


def deeds(parts: Parts) -> list[str]:
    """What was done with it."""
    return [event.action for event in parts.history.of(2, TOLD)]


async def test_won_with_its_value_and_lost_with_a_reason(desk: Json, staff: Staff, parts: Parts) -> None:
    """The note says both; a lead that is closed says so instead of asking again."""
    await staff.press(desk, buttons.WON)
    window = await opened(staff, "Won L-2")
    assert not (await staff.submit(window, value="$4,000", note="Booked"))["ack"]
    assert (lead(parts).status, lead(parts).note) == (LeadStatus.WON, "Worth $4,000\nBooked")
    await line(staff, desk, f"🏆 {MAYA} closed L-2 as won")
    await staff.press(await card(staff, "🏆 Won"), buttons.REOPEN_NOW, STAFF_2)
    await staff.press(await card(staff, "🆕 Open"), buttons.LOST, STAFF_2)
    window = await opened(staff, "Lost L-2")
    assert not (await staff.submit(window, reason="price"))["ack"]
    assert (lead(parts).status, lead(parts).note) == (LeadStatus.LOST, modals_outcome.REASONS["price"])
    assert deeds(parts) == ["closed", "reopened", "closed"]


async def test_snooze_and_its_end(desk: Json, staff: Staff, parts: Parts) -> None:
    """The card says until when; behind the dots is the way back; a press too late hears who ended it."""
    await staff.press(desk, buttons.MORE, value="snooze:2")
    window = await opened(staff, "Snooze L-2")
    assert not (await staff.submit(window, when="hour"))["ack"]
    until_then = lead(parts).snoozed_until
    assert until_then is not None
    assert timedelta(minutes=55) < until_then - parts.clock.now() <= timedelta(hours=1)
    asleep = await card(staff, "💤 Snoozed", "Nobody is reminded of it before")
    await line(staff, desk, f"💤 {MAYA} snoozed L-2")
    await staff.press(asleep, buttons.MORE, value="wake:2")
    await card(staff, "🆕 Open")
    assert lead(parts).snoozed_until is None
    assert deeds(parts) == ["snoozed", "unsnoozed"]


async def test_assign_is_for_staff_alone(desk: Json, staff: Staff, parts: Parts) -> None:
    """Somebody else is refused in the window, which stays open."""
    await staff.press(desk, buttons.MORE, value="assign:2")
    window = await opened(staff, "Assign L-2")
    refused = (await staff.submit(window, owner="USLACKBOT"))["ack"]
    assert refused["response_action"] == "errors"
    assert "staff alone" in refused["errors"][modals_later.OWNER]
    assert not (await staff.submit(window, owner=STAFF_2))["ack"]
    assert (lead(parts).owner, lead(parts).owner_name) == (STAFF_2, TOM)
    await card(staff, f"Claimed by {TOM}")
    await line(staff, desk, f"🙋 {MAYA} gave L-2 to {TOM}")


async def test_assign_while_slack_is_away_calls_nobody_a_stranger(desk: Json, staff: Staff, parts: Parts) -> None:
    """Whether they are staff is not known just now, and that is what it says."""
    await staff.press(desk, buttons.MORE, value="assign:2")
    window = await opened(staff, "Assign L-2")
    await staff.fault("users.info", "500", 1)
    refused = (await staff.submit(window, owner=STAFF_2))["ack"]
    assert "does not say just now who they are" in refused["errors"][modals_later.OWNER]
    assert not (await staff.submit(window, owner=STAFF_2))["ack"]
    assert lead(parts).owner == STAFF_2


async def test_edit_is_reached_from_the_reasons(desk: Json, staff: Staff, parts: Parts) -> None:
    """Wrong values are told below their fields; the card and the thread follow; nothing changed is no event."""
    await staff.press(desk, buttons.MORE, value="why:2")
    await staff.press_in(await opened(staff, "Why L-2?"), buttons.EDIT)
    window = await opened(staff, "Edit L-2")
    wrong = (await staff.submit(window, email="nonsense", phone="12"))["ack"]
    assert sorted(wrong["errors"]) == [modals_edit.EMAIL, modals_edit.PHONE]
    assert not (await staff.submit(window, name="Jo Smith", email="jo@shop.com", phone="", urgency="30"))["ack"]
    assert (lead(parts).contact.name, lead(parts).contact.email) == ("Jo Smith", "jo@shop.com")
    assert lead(parts).triage.urgency == 30
    await card(staff, "Cold 30", "mailto:jo@shop.com?subject=")
    await line(staff, desk, f"✏️ {MAYA} edited L-2: name, email and urgency")


async def test_verdict_is_shown_and_undone(desk: Json, staff: Staff, parts: Parts) -> None:
    """Who said what, with the way back; a second press of the same button is only told."""
    details = await line(staff, desk, "Possible duplicate of")
    await staff.press(details, "lead_verdict:different:1")
    judged = await line(staff, desk, f"⚖️ {MAYA} said: L-2 and L-1 are different")
    assert lead(parts).duplicate_of is None
    undone = await line(staff, desk, "Undo")
    await staff.press(undone, "lead_verdict:undo:1", STAFF_2)
    await line(staff, desk, f"{TOM} took back what was said of L-2 and L-1")
    assert (lead(parts).duplicate_of, judged["thread_ts"]) == (1, desk["ts"])
    assert deeds(parts) == ["judged", "judged"]


async def test_stale_verdict_overturns_nothing(desk: Json, staff: Staff, parts: Parts) -> None:
    """Two look at the same warning: whose press comes second is told who has judged it, and when."""
    details = await line(staff, desk, "Possible duplicate of")
    await staff.press(details, "lead_verdict:same:1")
    await line(staff, desk, f"⚖️ {MAYA} said: L-2 and L-1 are the same request")
    stale = {**envelopes.press("lead_verdict:different:1", "different:2:1", user=STAFF_2), "trigger_id": "2.2.late"}
    await staff.workspace.hub.deliver("interactive", stale)
    await told(staff, f"{MAYA} judged a duplicate of L-2", STAFF_2)
    assert (lead(parts).duplicate_of, deeds(parts)) == (1, ["judged"])


def shared(staff: Staff, root: Json) -> list[list[str]]:
    """The names of the files of each message with files in the card's thread."""
    found = staff.workspace.store.messages(LEADS_CHANNEL, -1)
    return [
        [file["name"] for file in each.body["files"]]
        for each in found
        if each.body.get("files") and each.thread_ts == root["ts"]
    ]


async def test_whole_message_and_its_files_come_into_the_thread_once(desk: Json, staff: Staff) -> None:
    """By what the bytes are; pressed again, it says where it is; nobody gets a second copy."""
    for words in ("is in its thread", "is in its thread already"):
        await staff.press(desk, buttons.MORE, value="message:2")
        await told(staff, words)
    (names,) = shared(staff, desk)
    assert [name.partition("-message-")[0] for name in names] == ["L-2", "roof.exe.png"]


async def test_slow_mails_keep_nobody_from_working(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are read at the moment: what the store does goes on beside it."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
    gate = threading.Event()

    def slow(_: bytes) -> AttachedFiles:
        gate.wait(60)
        return AttachedFiles((), 0)

    monkeypatch.setattr(full_message, "attachments_of", slow)
    try:
        for _ in range(5):
            await staff.press(desk, buttons.MORE, value="message:2")
        await staff.press(desk, buttons.CLAIM)
        await card(staff, f"Claimed by {MAYA}")
    finally:
        gate.set()
    await told(staff, "is in its thread")
    assert (deeds(parts), len(shared(staff, desk))) == (["claimed"], 1)


async def test_what_is_said_of_files_that_were_left_out_is_true(
    desk: Json, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may be too large, or too many, and not only of another kind."""
    monkeypatch.setattr(full_message, "attachments_of", lambda _: AttachedFiles((), 2))
    await staff.press(desk, buttons.MORE, value="message:2")
    found = await line(staff, desk, "The whole message of L-2")
    assert found["text"].endswith("2 other files were left out: at most 10 images and PDFs of up to 10 MB are shown.")


async def test_whole_message_that_was_deleted_is_shown_again(desk: Json, staff: Staff) -> None:
    """Nobody is sent to where nothing is any more."""
    await staff.press(desk, buttons.MORE, value="message:2")
    await told(staff, "is in its thread")
    staff.delete(next(each["ts"] for each in await staff.messages() if each.get("files")))
    await staff.press(desk, buttons.MORE, value="message:2")

    async def again() -> bool:
        return len([text for text in staff.whispers(STAFF_1) if "is in its thread" in text]) == 2

    await until(again, 20)
    assert "already" not in str(staff.whispers(STAFF_1))
    assert len([each for each in await staff.messages() if each.get("files")]) == 1


async def test_crash_while_files_are_on_their_way_leaves_one_copy(desk: Json, staff: Staff, parts: Parts) -> None:
    """Slack took them and the answer was lost: the next press finds them there, and sends none again."""
    await staff.fault("files.completeUploadExternal", "lost")
    await staff.press(desk, buttons.MORE, value="message:2")
    await told(staff, "That did not work")
    postings = Postings(parts.database, parts.clock, TEAM_ID)
    known = postings.get(full_key(2))
    assert known is not None
    assert (known.state, known.thread_ts) == ("sending", getattr(postings.get(card_key(2)), "ts", None))
    await staff.press(desk, buttons.MORE, value="message:2")
    await told(staff, "on its way")
    parts.clock.move(full_message.SECONDS + 1)
    await staff.press(desk, buttons.MORE, value="message:2")
    await told(staff, "is in its thread already")
    assert len(shared(staff, desk)) == 1
