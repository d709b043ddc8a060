"""Buttons as staff press them: the workspace, Socket Mode, Bolt, the real store, and the cards that follow."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog.testing

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import buttons, listeners, modals, modals_outcome
from bot.slack.app import Connection
from bot.slack.client import Slack
from bot.slack.listeners import APOLOGY, LATE, SLOW, STORED
from bot.slack.side import SlackSide
from bot.status import gather
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1, STAFF_2, TEAM_ID
from enrichment.adapters.store.desk import ACTIONS, Desk
from enrichment.adapters.store.events import SHOWN
from enrichment.errors import NeedsPerson, RetryLater
from enrichment.lead import Lead, LeadStatus
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts

BOTH_TRANSPORTS = True

# As it is in the bot; the fixtures of these tests are patient.
PROMISED = {"ANSWER_SECONDS": listeners.ANSWER_SECONDS, "VERDICT_SECONDS": listeners.VERDICT_SECONDS}
MAYA, TOM = "Maya Brooks", "Tom Keller"
Json = dict[str, Any]


@pytest.fixture
async def desk(
    core: Core,
    connection: Connection,
    settings: Settings,
    staff: Staff,
    parts: Parts,
    *,
    door: socket.socket | None,
) -> AsyncIterator[Json]:
    """A whole Slack side at work, and the card of a lead."""
    store = core.store
    side = SlackSide(
        core,
        connection,
        settings,
        lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread")),
        door=door,
    )
    parts.lead("jo@example.com", urgency=80, text="word " * 9000)
    async with _running(side):
        await asyncio.wait_for(side.connected.wait(), 10)
        yield await card(staff, "Hot 80")


@asynccontextmanager
async def _running(side: SlackSide) -> AsyncIterator[None]:
    task = asyncio.create_task(side.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


async def card(staff: Staff, words: str) -> Json:
    """The card, once it says this."""

    async def look() -> Json | None:
        (root,) = await staff.roots() or [{"text": ""}]
        return root if words in root["text"] else None

    return await until(look) or {}


async def thread(staff: Staff, root: Json, count: int) -> list[str]:
    """What staff did, by the thread, once so many lines are there."""

    async def look() -> list[str] | None:
        lines = (await staff.thread(root["ts"]))[1:]
        return lines if len(lines) >= count else None

    return await until(look) or []


async def told(work: Awaitable[Json], staff: Staff, count: int = 1, user: str = STAFF_1) -> list[str]:
    """What this presser alone was told since, once it is so much; every press is acknowledged with nothing."""
    before = len(staff.whispers(user))
    given = await work
    assert given.get("ack") in ({}, None), given
    assert "error" not in given

    async def look() -> list[str] | None:
        return found if len(found := staff.whispers(user)[before:]) >= count else None

    if not count:
        return staff.whispers(user)[before:]
    return await until(look) or []


async def opened(staff: Staff, count: int = 1) -> Json:
    """The newest window, once so many are open."""

    async def look() -> list[Json] | None:
        return found if len(found := await staff.windows()) == count else None

    return (await until(look) or [])[-1]


async def press_close(staff: Staff, root: Json, user: str = STAFF_1) -> Json:
    """The Close… button of a card that an earlier version posted and nobody has touched since."""
    trigger = staff.workspace.interactions.trigger(user)
    old = {"type": "button", "action_id": buttons.CLOSE, "value": "1"}
    return await _deliver(staff, old, trigger_id=trigger, user={"id": user}, message={"ts": root["ts"]})


def lead(parts: Parts) -> Lead:
    """The lead as it is in the store."""
    found = parts.book.get(1)
    assert found is not None
    return found


async def status(parts: Parts, wanted: LeadStatus) -> None:
    """Wait until the lead is that."""

    async def look() -> bool | None:
        return lead(parts).status == wanted or None

    assert await until(look)


def deeds(parts: Parts) -> list[tuple[str, str]]:
    """(actor, action) in the store."""
    return [(event.actor, event.action) for event in parts.history.of(1, ACTIONS)]


def labels(card: Json) -> list[str]:
    """What can be pressed."""
    (block,) = [block for block in card["blocks"] if block["type"] == "actions"]
    return [element["text"]["text"] for element in block["elements"] if element["type"] == "button"]


async def test_claim_is_shown_on_the_card_and_in_the_thread(desk: Json, staff: Staff, parts: Parts) -> None:
    """By the name that people know, not a live mention; pressed again it is only told."""
    assert labels(desk) == ["Claim", "Won", "Lost"]
    assert await told(staff.press(desk, buttons.CLAIM), staff, 0) == []
    claimed = await card(staff, f"Claimed by {MAYA}")
    assert labels(claimed) == ["Won", "Lost", "Release"]
    assert "<@" not in str(claimed)
    assert await thread(staff, desk, 1) == [f"🙋 {MAYA} claimed L-1"]
    assert (lead(parts).owner, lead(parts).owner_name) == (STAFF_1, MAYA)
    await staff.press(claimed, buttons.RELEASE)
    assert labels(await card(staff, "🔴 Hot 80 · ")) != []
    await until(lambda: _is(parts, LeadStatus.OPEN))
    assert await thread(staff, desk, 2) == [f"🙋 {MAYA} claimed L-1", f"↩️ {MAYA} released L-1"]


async def _is(parts: Parts, status: LeadStatus) -> bool:
    return lead(parts).status == status


async def test_of_two_who_claim_at_once_one_has_it(desk: Json, staff: Staff, parts: Parts) -> None:
    """The other is told who, and nobody else is."""
    await asyncio.gather(*(staff.press(desk, buttons.CLAIM, user) for user in (STAFF_1, STAFF_2)))

    async def loser() -> str | None:
        return next((user for user in (STAFF_1, STAFF_2) if staff.whispers(user)), None)

    late = await until(loser)
    winner = MAYA if late == STAFF_2 else TOM
    assert [*staff.whispers(STAFF_1), *staff.whispers(STAFF_2)] == [f"{winner} claimed L-1 just now"]
    assert len(deeds(parts)) == 1
    assert await thread(staff, desk, 1) == [f"🙋 {winner} claimed L-1"]


async def test_stale_button_says_what_has_happened(desk: Json, staff: Staff, parts: Parts) -> None:
    """Somebody acted while the card could not be drawn again; the presser hears who, what and when."""
    await staff.fault("chat.update", "500", 1000)
    parts.desk.claim(1, STAFF_2, TOM)
    parts.clock.move(125)
    assert await told(staff.press(desk, buttons.CLAIM), staff) == [f"{TOM} claimed L-1 2 minutes ago"]
    again = staff.press(desk, buttons.CLAIM, STAFF_2)
    assert await told(again, staff, user=STAFF_2) == ["You claimed L-1 2 minutes ago"]
    parts.desk.close(1, STAFF_2, TOM, LeadStatus.WON)
    assert await told(press_close(staff, desk), staff) == [f"{TOM} closed L-1 as won just now"]
    assert await staff.windows() == []
    assert len(deeds(parts)) == 2


async def test_lead_is_closed_in_a_window_with_a_note(desk: Json, staff: Staff, parts: Parts) -> None:
    """How it ended must be said, the note may be; the card becomes short and the thread keeps the note."""
    await press_close(staff, desk, STAFF_2)
    window = await opened(staff)
    assert (window["title"]["text"], window["user"]) == ("Close L-1", STAFF_2)
    refused = await staff.client.post("/submit", json={"view_id": window["id"], "user": STAFF_2, "values": {}})
    assert refused.status_code == 400
    given = await staff.submit(window, outcome="not_a_lead", note="A *supplier* <!here>")
    assert not given["ack"]
    closed = await card(staff, "🚫 Not a lead")
    assert closed["text"] == f"🚫 Not a lead · {TOM} · Brakes, from jo@example.com (L-1)"
    assert labels(closed) == ["Reopen"]
    assert "A *supplier* &lt;!here&gt;" in str(closed["blocks"])
    assert await thread(staff, desk, 1) == [f"🚫 {TOM} closed L-1 as not a lead: A *supplier* &lt;!here&gt;"]
    assert (lead(parts).status, lead(parts).owner_name) == (LeadStatus.NOT_A_LEAD, TOM)
    assert await staff.windows() == []
    assert staff.whispers(STAFF_2) == []


async def test_answers_that_no_window_gives_are_refused_there(desk: Json, staff: Staff, parts: Parts) -> None:
    """The window stays open and says what is wrong."""
    await press_close(staff, desk)
    window = await opened(staff)
    state = {"values": {modals_outcome.OUTCOME: {modals_outcome.OUTCOME: {"selected_option": {"value": "claimed"}}}}}
    for view in ({**window, "state": state}, {**window, "state": {"values": None}}, {**window, "state": 3}):
        who = {"user": {"id": STAFF_1}, "team": {"id": TEAM_ID}, "token": "t"}
        ack = await staff.workspace.hub.deliver("interactive", {"type": "view_submission", "view": view, **who})
        assert ack == {"response_action": "errors", "errors": {modals_outcome.OUTCOME: "Choose how it ended"}}
    assert deeds(parts) == []


async def test_window_that_came_too_late_is_told(desk: Json, staff: Staff, parts: Parts) -> None:
    """Two have it open; the first who sends it in closes the lead."""
    await press_close(staff, desk, STAFF_1)
    first = await opened(staff)
    await press_close(staff, desk, STAFF_2)
    second = await opened(staff, 2)
    await staff.submit(first, outcome="won", note="")
    await until(lambda: _is(parts, LeadStatus.WON))
    late = staff.submit(second, outcome="lost", note="no")
    assert await told(late, staff, user=STAFF_2) == [f"{MAYA} closed L-1 as won just now"]
    assert (lead(parts).status, lead(parts).note) == (LeadStatus.WON, "")


async def test_closed_lead_is_reopened(desk: Json, staff: Staff, parts: Parts) -> None:
    """Behind the dots; it is anybody's again, and a second time it is only told."""
    parts.desk.close(1, STAFF_2, TOM, LeadStatus.LOST, "no answer")
    await staff.press(desk, buttons.CLAIM)  # stale, and it wakes the poster
    closed = await card(staff, "❌ Lost")
    assert await told(staff.press(closed, buttons.REOPEN_NOW), staff, 0) == []
    again = await card(staff, "🔴 Hot 80")
    assert labels(again) == ["Claim", "Won", "Lost"]
    assert deeds(parts) == [(STAFF_2, "closed"), (STAFF_1, "reopened")]
    assert (await thread(staff, desk, 2))[1] == f"🔄 {MAYA} reopened L-1"
    late = _deliver(staff, {"selected_option": {"value": "reopen:1"}})
    assert await told(late, staff) == ["You reopened L-1 just now"]


async def test_whole_message_is_shown_in_pages(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the app may put no files into the thread.

    The window turns its pages in place; that it was shown, and to whom, is written down once.
    """

    async def refused(*_: object, **__: object) -> None:
        raise NeedsPerson("missing_scope")

    monkeypatch.setattr(Slack, "upload", refused)  # the workspace's app has the permission
    await staff.press(desk, buttons.MORE, value="message:1")
    window = await opened(staff)
    assert "Page 1 of 3" in str(window["blocks"])
    await staff.press_in(window, modals.NEXT_PAGE)
    await until(lambda: _page(staff, "Page 2 of 3"))
    turned = await opened(staff)
    assert turned["id"] == window["id"]
    await staff.press_in(turned, modals.PREVIOUS_PAGE)
    await until(lambda: _page(staff, "Page 1 of 3"))
    assert [(event.actor, event.detail) for event in parts.history.of(1, [SHOWN])] == [(STAFF_1, {"by": "button"})]


async def _page(staff: Staff, words: str) -> bool:
    return words in str(await staff.windows())


async def test_urgency_is_explained(desk: Json, staff: Staff) -> None:
    """In a window of the presser's own."""
    await staff.press(desk, buttons.MORE, STAFF_2, value="why:1")
    window = await opened(staff)
    assert (window["title"]["text"], window["user"]) == ("Why L-1?", STAFF_2)
    assert "Hot 80 of 100" in str(window["blocks"])


async def _deliver(staff: Staff, action: Json, **more: Any) -> Json:
    """A press as Slack would send it, with whatever in it; its ack."""
    dots = {"type": "overflow", "action_id": buttons.MORE, "block_id": "b", **action}
    who: Json = {"user": {"id": STAFF_1}, "team": {"id": TEAM_ID}, "token": "t", "channel": {"id": "C0LEADS"}}
    payload = {"type": "block_actions", "actions": [dots], **who, **more}
    return {"ack": await staff.workspace.hub.deliver("interactive", payload)}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({}, "does not say which lead"),
        ({"selected_option": None}, "does not say which lead"),
        ({"selected_option": {"value": "message:x"}}, "does not say which lead"),
        ({"selected_option": {"value": 7}}, "does not say which lead"),
        ({"selected_option": {"value": "dance:1"}}, "not known any more"),
        ({"selected_option": {"value": "message:99"}}, "there is no lead L-99"),
        ({"selected_option": {"value": "reopen:99"}}, "there is no lead L-99"),
        ({"selected_option": {"value": "why:1"}, "block_id": None}, "in time (invalid_trigger_id)"),
    ],
)
@pytest.mark.usefixtures("desk")
async def test_odd_payload_is_told_and_ends_nothing(staff: Staff, parts: Parts, action: Json, words: str) -> None:
    """Whatever stands in it, it is acknowledged, and the presser hears that nothing was done."""
    (answer,) = await told(_deliver(staff, action, trigger_id="1.2.3"), staff)
    assert words in answer
    assert deeds(parts) == []


@pytest.mark.usefixtures("desk")
async def test_payload_with_hardly_anything_in_it_is_acknowledged(staff: Staff) -> None:
    """There is nobody to be told anything."""
    for odd in ({"user": None}, {"user": {"id": 5}, "channel": []}, {"view": "x", "state": 1, "container": None}):
        with structlog.testing.capture_logs() as logs:
            assert not (await _deliver(staff, {}, **odd))["ack"]
            await asyncio.sleep(0.1)
        assert not [entry for entry in logs if entry["log_level"] == "error"]


@pytest.mark.parametrize("kind", ["500", "lost", "429"])
async def test_window_that_cannot_be_opened_is_told(desk: Json, staff: Staff, kind: str) -> None:
    """In one line of the log, and to who pressed."""
    await staff.fault("views.open", kind)
    with structlog.testing.capture_logs() as logs:
        (answer,) = await told(press_close(staff, desk), staff)
    assert answer.startswith("That did not work: ")
    assert [entry["action"] for entry in logs if entry["event"] == "an action failed"] == [buttons.CLOSE]
    await press_close(staff, desk)
    await opened(staff, 2 if kind == "lost" else 1)  # where only the answer was lost, the first is open too


async def test_trigger_that_is_too_old_is_told(desk: Json, staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database was slow: Slack lets no window open after three seconds."""
    monkeypatch.setattr(staff.workspace.interactions, "_now", lambda: 1e12)
    trigger = staff.workspace.interactions.trigger(STAFF_1)
    monkeypatch.setattr(staff.workspace.interactions, "_now", lambda: 2e12)
    (answer,) = await told(_deliver(staff, {"selected_option": {"value": "why:1"}}, trigger_id=trigger), staff)
    assert "could not be opened in time (expired_trigger_id); please try again" in answer
    assert desk


async def test_window_of_who_may_no_more_says_so(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has left the channel meanwhile is told in the window itself: a word in the channel would not reach them."""
    await press_close(staff, desk)
    window = await opened(staff)
    for seconds in ("FRESH_SECONDS", "REFUSED_SECONDS"):
        monkeypatch.setattr(f"bot.slack.staff.{seconds}", -1.0)
    db = staff.workspace.store._db
    with db:
        db.execute("DELETE FROM members WHERE channel = ? AND user = ?", (LEADS_CHANNEL, STAFF_1))
    assert "Only members of #leads can do this" in str(await staff.submit(window, outcome="won"))
    assert deeds(parts) == []


async def test_why_is_written_down_like_the_message(desk: Json, staff: Staff, parts: Parts) -> None:
    """The window quotes the customer."""
    await staff.press(desk, buttons.MORE, value="why:1")
    await opened(staff)
    assert [(event.actor, event.detail) for event in parts.history.of(1, [SHOWN])] == [(STAFF_1, {"by": "why"})]


async def test_who_is_not_in_the_channel_is_told_so(desk: Json, staff: Staff, parts: Parts) -> None:
    """A press and a command change nothing and show nothing; the refusal reaches who is no member too."""
    db = staff.workspace.store._db
    with db:
        db.execute("DELETE FROM members WHERE channel = ? AND user = ?", (LEADS_CHANNEL, STAFF_1))
    assert await told(staff.press(desk, buttons.CLAIM), staff) == ["Only members of #leads can do this"]
    assert "Only members of #leads" in str((await staff.command("show L-1", channel="inbox"))["responses"])
    more = staff.press(desk, buttons.MORE, value="message:1")
    assert await told(more, staff) == ["Only members of #leads can do this"]
    assert await staff.windows() == []
    assert deeds(parts) == []
    assert parts.history.of(1, [SHOWN]) == []
    await staff.press(desk, buttons.CLAIM, STAFF_2)
    await card(staff, f"Claimed by {TOM}")


async def test_window_of_who_may_no_more_changes_nothing(desk: Json, staff: Staff, parts: Parts) -> None:
    """They had opened it before."""
    await press_close(staff, desk)
    window = await opened(staff)
    with structlog.testing.capture_logs() as logs:
        await _refused_form(staff, window)
    assert [entry["event"] for entry in logs if "may not" in entry["event"]] == ["somebody who may not was refused"]
    assert deeds(parts) == []


async def _refused_form(staff: Staff, window: Json) -> None:
    """Send the window in as somebody whom Slack does not know."""
    values = {modals_outcome.OUTCOME: {modals_outcome.OUTCOME: {"selected_option": {"value": "won"}}}}
    view = {**window, "state": {"values": values}}
    payload = {
        "type": "view_submission",
        "view": view,
        "user": {"id": "U0NOBODY"},
        "team": {"id": TEAM_ID},
        "token": "t",
    }
    await staff.workspace.hub.deliver("interactive", payload)
    await asyncio.sleep(0.3)


async def test_name_that_slack_does_not_tell_is_the_handle(desk: Json, staff: Staff, parts: Parts) -> None:
    """A claim does not fail for a name."""
    await staff.command("help")  # from here on it is known who may
    await staff.fault("users.info", "500")
    await staff.press(desk, buttons.CLAIM)
    await card(staff, "Claimed by maya.brooks")
    assert lead(parts).owner == STAFF_1


async def test_presser_who_cannot_be_told_harms_nobody(desk: Json, staff: Staff, parts: Parts) -> None:
    """As when they have left the channel."""
    parts.desk.claim(1, STAFF_2, TOM)
    await staff.fault("chat.update", "500", 1000)
    await staff.fault("chat.postEphemeral", "500")
    assert await told(staff.press(desk, buttons.CLAIM), staff, 0) == []
    await until(lambda: _struck(staff))
    assert len(await told(staff.press(desk, buttons.CLAIM), staff)) == 1


async def _struck(staff: Staff) -> bool:
    return "chat.postEphemeral" not in str(await staff.faults())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RetryLater("the database is locked"), "That did not work: the database is locked."),
        (KeyError("secret"), APOLOGY),
    ],
)
async def test_trouble_of_ours_is_told(
    desk: Json, staff: Staff, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    """A button that does nothing in silence would be pressed for ever."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(Desk, "_take", broken)
    assert await told(staff.press(desk, buttons.CLAIM), staff) == [words]


async def test_window_closes_when_its_answers_are_stored(desk: Json, staff: Staff, parts: Parts) -> None:
    """A kill right after it lost nothing of what was typed, however long Slack took to tell a name."""
    await press_close(staff, desk)
    window = await opened(staff)
    await staff.fault("users.info", "slow")
    assert not (await staff.submit(window, outcome="won", note="signed"))["ack"]
    assert (lead(parts).status, lead(parts).note) == (LeadStatus.WON, "signed")


async def test_window_stays_open_while_its_answers_cannot_be_stored(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why, keeps the note, and takes it as soon as the database does; nobody is told twice."""
    await press_close(staff, desk)
    window = await opened(staff)
    real = Desk._take

    def locked(*_: object) -> None:
        raise RetryLater("the database is locked")

    monkeypatch.setattr(Desk, "_take", locked)
    given = await staff.submit(window, outcome="won", note="signed")
    words = "That did not work: the database is locked."
    assert given["ack"] == {"response_action": "errors", "errors": {modals_outcome.NOTE: words}}
    assert [view["id"] for view in await staff.windows()] == [window["id"]]
    assert staff.whispers(STAFF_1) == []
    monkeypatch.setattr(Desk, "_take", real)
    assert not (await staff.submit(window, outcome="won", note="signed"))["ack"]
    assert (lead(parts).note, await staff.windows()) == ("signed", [])


@asynccontextmanager
async def _stuck(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> AsyncIterator[None]:
    """Nothing can be written as long as this lasts, as in a locked database; afterwards it can, or fails for good."""
    free, real = threading.Event(), Desk._take

    def waiting(*given: Any) -> Any:
        assert free.wait(30)
        if error is not None:
            raise error
        return real(*given)

    monkeypatch.setattr(Desk, "_take", waiting)
    for name, seconds in (PROMISED | {"WORD_SECONDS": 0.1}).items():
        monkeypatch.setattr(listeners, name, seconds)
    try:
        yield
    finally:
        free.set()


async def test_press_is_acknowledged_before_it_is_done_when_that_takes_long(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The presser hears that it is not done yet; what comes of it later is on the card, and not told again."""
    async with _stuck(monkeypatch):
        assert await told(staff.press(desk, buttons.CLAIM), staff) == [LATE]
        assert (lead(parts).status, deeds(parts)) == (LeadStatus.OPEN, [])
    await card(staff, f"Claimed by {MAYA}")
    assert deeds(parts) == [(STAFF_1, "claimed")]
    assert staff.whispers(STAFF_1) == [LATE]


async def test_press_that_fails_after_its_acknowledgement_is_told(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody believes that they have a lead which they have not."""
    async with _stuck(monkeypatch, RetryLater("the database is locked")):
        assert await told(staff.press(desk, buttons.CLAIM), staff) == [LATE]

    async def second() -> list[str]:
        return staff.whispers(STAFF_1)[1:]

    assert await until(second) == ["That did not work: the database is locked."]
    assert lead(parts).status == LeadStatus.OPEN


async def test_press_pressed_again_while_it_is_stuck_is_done_once(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were asked to, when nothing has changed for a while."""
    async with _stuck(monkeypatch):
        for _ in range(2):
            assert await told(staff.press(desk, buttons.CLAIM), staff) == [LATE]
    await card(staff, f"Claimed by {MAYA}")
    assert await until(lambda: _both_done(staff)) == 3
    assert deeds(parts) == [(STAFF_1, "claimed")]


async def _both_done(staff: Staff) -> int:
    """How much the presser was told, once the second press has been answered: it was theirs already."""
    count = len(staff.whispers(STAFF_1))
    return count if count > 2 else 0


async def test_window_is_answered_before_its_answers_are_stored_when_that_takes_long(
    desk: Json, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays open with what was typed, and whoever sent it in hears when it was stored, or why not."""
    await press_close(staff, desk)
    window = await opened(staff)
    async with _stuck(monkeypatch):
        given = await staff.submit(window, outcome="won", note="signed")
        assert given["ack"] == {"response_action": "errors", "errors": {modals_outcome.NOTE: SLOW}}
        assert [view["id"] for view in await staff.windows()] == [window["id"]]
        assert staff.whispers(STAFF_1) == []

    async def heard() -> list[str]:
        return staff.whispers(STAFF_1)

    assert await until(heard) == [STORED]
    assert (lead(parts).status, lead(parts).note) == (LeadStatus.WON, "signed")
    assert not (await staff.submit(window, outcome="won", note="signed"))["ack"]
    assert deeds(parts) == [(STAFF_1, "closed")]


async def test_press_that_comes_twice_opens_one_window(desk: Json, staff: Staff) -> None:
    """Slack sends an envelope again whose answer it missed; the presser hears of no trouble."""
    trigger = staff.workspace.interactions.trigger(STAFF_1)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert not (await _deliver(staff, {"selected_option": {"value": "why:1"}}, trigger_id=trigger))["ack"]
        await opened(staff)
        await asyncio.sleep(0.2)
    assert (len(await staff.windows()), staff.whispers(STAFF_1)) == (1, [])
    assert [entry for entry in logs if entry["event"] == "an action failed"] == []
    assert desk


@pytest.mark.usefixtures("desk")
async def test_nobody_claims_nothing(staff: Staff, parts: Parts) -> None:
    """A press that does not say whose it is changes no lead."""
    claim = {"type": "button", "action_id": buttons.CLAIM, "value": "1"}
    with structlog.testing.capture_logs() as logs:
        assert not (await _deliver(staff, claim, user={"id": ""}))["ack"]
        await until(lambda: _refused(logs))
    assert deeds(parts) == []


async def _refused(logs: Sequence[Mapping[str, Any]]) -> bool:
    return any(entry["event"] == "somebody who may not was refused" for entry in logs)


async def test_window_that_remembers_nonsense_is_answered(desk: Json, staff: Staff, parts: Parts) -> None:
    """However deep the nonsense is."""
    await press_close(staff, desk)
    window = await opened(staff)
    state = {"values": {modals_outcome.OUTCOME: {modals_outcome.OUTCOME: {"selected_option": {"value": "won"}}}}}
    who = {"user": {"id": STAFF_1}, "team": {"id": TEAM_ID}, "token": "t"}
    for odd in ("[" * 3000, "{", "7", '{"lead": "1"}', None):
        view = {**window, "state": state, "private_metadata": odd}
        ack = await staff.workspace.hub.deliver("interactive", {"type": "view_submission", "view": view, **who})
        words = "That did not work: the window does not say which lead it is about."
        assert ack == {"response_action": "errors", "errors": {modals_outcome.NOTE: words}}
    assert deeds(parts) == []
