"""What `/lead` changes: leads, calls typed in, and who is pinged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Core
from bot.slack.command_reply import Asker
from bot.workspace.identity import STAFF_1, STAFF_2, USERS, User
from bot.workspace.workspace import Workspace
from enrichment.lead import LeadStatus
from enrichment.models import MessageState
from tests.bot.slack.asking import (
    BRAKES,
    Built,
    add,
    answer,
)
from tests.bot.slack.envelopes import command
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts

# What Bolt runs a listener in.
LISTENER = "run_ack_function_asynchronously"


@pytest.mark.usefixtures("lead_app")
async def test_deeds_are_done_as_by_the_buttons(staff: Staff, core: Core, parts: Parts, built: Built) -> None:
    """The same events with the same names; whoever comes too late is told who was quicker."""
    lead_id = add(core, parts, BRAKES, "jo@example.com", 90)
    assert await answer(staff, f"claim L-{lead_id}") == f"L-{lead_id} is yours now."
    assert "You claimed" in await answer(staff, f"claim l{lead_id}")
    assert await answer(staff, f"assign L-{lead_id} <@{STAFF_2}|tom>") == f"L-{lead_id} is with Tom Keller now."
    assert await answer(staff, f"assign L-{lead_id} me") == f"L-{lead_id} is yours now."
    assert await answer(staff, f"assign L-{lead_id} @tom.keller") == f"L-{lead_id} is with Tom Keller now."
    assert await answer(staff, f"release L-{lead_id}") == f"L-{lead_id} is open again, for everybody."
    assert "sleeps until" in await answer(staff, f"snooze L-{lead_id} 2h")
    assert await answer(staff, f"snooze L-{lead_id} off") == f"L-{lead_id} is back."
    assert await answer(staff, f"won L-{lead_id} they signed & share") == f"L-{lead_id} is closed as won."
    assert "You closed" in await answer(staff, f"lost L-{lead_id} no")
    lead = parts.book.get(lead_id)
    assert lead is not None
    assert (lead.status, lead.note, lead.owner) == (LeadStatus.WON, "they signed & share", STAFF_1)
    with parts.engine.begin() as connection:
        done = connection.execute(sa.text("SELECT actor, action FROM events WHERE lead_id = 1 ORDER BY id")).all()
    assert [row.action for row in done if row.actor == STAFF_1] == [
        "claimed", "assigned", "assigned", "assigned", "released", "snoozed", "unsnoozed", "closed"
    ]  # fmt: skip
    assert built.woken


@pytest.mark.usefixtures("lead_app")
async def test_colleagues_are_found_by_name(
    staff: Staff, core: Core, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed as plain words: in full in any case, or a first name that one person has; several are named."""
    add(core, parts, BRAKES, "jo@example.com", 90)
    for typed in ("@Tom Keller", "@tom  keller", "@TOM.KELLER", "@tom"):
        assert await answer(staff, f"assign L-1 {typed}") == "L-1 is with Tom Keller now."
        assert await answer(staff, "assign L-1 me") == "L-1 is yours now."
    assert "Nobody is called @Tom Kell" in await answer(staff, "assign L-1 @Tom Kell")
    monkeypatch.setitem(USERS, "U0MORE", User("U0MORE", "tash", "Tom Ash"))
    told = await answer(staff, "assign L-1 @tom")
    assert "2 people are called @tom: Tom Keller (@tom.keller), Tom Ash (@tash)" in told


@pytest.mark.usefixtures("lead_app")
async def test_calls_typed_in_become_leads(staff: Staff, core: Core, parts: Parts) -> None:
    """Stored before the answer, with who typed it; the caller's address and number are found as in a mail."""
    told = await answer(staff, "add Jo Miller, jo@example.com, brakes grind & squeal, needs them by Friday")
    assert told.startswith("Stored. Its card follows in a moment.")
    stored = parts.messages.get(1)
    assert stored is not None
    assert stored.channel == "slack"
    assert STAFF_1.encode() in stored.content
    assert b"grind & squeal" in stored.content
    assert core.pipeline.run(1) == MessageState.LEAD
    lead = parts.book.get(1)
    assert lead is not None
    assert lead.contact.email == "jo@example.com"


async def test_a_call_delivered_twice_is_one(built: Built, parts: Parts) -> None:
    """Slack sends a command again when its answer was lost on the way; the same words typed again are another call."""
    for press in ("1.2", "1.2", "1.3"):
        await built.commands.answer("add Jo wants new brakes", Asker(user=STAFF_1, press=press))
    assert parts.scalar("SELECT count(*) FROM messages") == 2


@pytest.mark.usefixtures("lead_app")
@pytest.mark.parametrize("text", ["claim L-1", "snooze L-1 2h", "mute 2h"])
async def test_a_command_delivered_again_is_no_second_one(workspace: Workspace, parts: Parts, text: str) -> None:
    """Slack sends it again when our ack was lost, and somebody may have gone on meanwhile."""
    lead_id = parts.lead("jo@example.com")
    payload = command(text)
    await _delivered(workspace, payload)
    parts.desk.release(lead_id, STAFF_1, "Maya")
    done = parts.scalar("SELECT count(*) FROM events")
    assert done
    parts.clock.move(300)
    await _delivered(workspace, payload, attempt=3)
    assert parts.scalar("SELECT count(*) FROM events") == done
    await _delivered(workspace, payload | {"trigger_id": "1.2.typed-again"})
    assert parts.scalar("SELECT count(*) FROM events") > done


async def _delivered(workspace: Workspace, payload: dict[str, Any], *, attempt: int = 0) -> None:
    """Acknowledged, and done."""
    await workspace.hub.deliver("slash_commands", payload, attempt=attempt, reason="timeout" if attempt else "")
    await asyncio.gather(*(task for task in asyncio.all_tasks() if LISTENER in str(task.get_coro())))


@pytest.mark.usefixtures("lead_app")
async def test_mute_and_its_end(staff: Staff, core: Core, parts: Parts) -> None:
    """For who types it alone."""
    for text in ("mute", "mute today", "mute 2h"):
        assert "No pings for you until" in await answer(staff, text)
        assert core.store.mutes.muted(STAFF_1, parts.clock.now())
    assert not core.store.mutes.muted(STAFF_2, parts.clock.now())
    assert await answer(staff, "mute off") == "You are pinged again."
    assert not core.store.mutes.muted(STAFF_1, parts.clock.now())
