"""`/lead` as staff type it: through the workspace, Socket Mode, a real Bolt app, the real store and the real model."""

from __future__ import annotations

import html
import re
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Core
from bot.slack.command_actions import CommandActions
from bot.slack.commands import Commands
from bot.workspace.block_kit import check_message
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.store.events import SHOWN
from enrichment.adapters.store.leads import Leads
from enrichment.adapters.store.schema import events
from enrichment.lead import Contact
from enrichment.store_ports import NewLead
from tests.bot.slack.staff import Staff, text_objects
from tests.enrichment.parts import Parts, triage

BRAKES = "My brakes make a grinding noise when I stop, can you look at them this week?"
BOILER = "Our boiler leaks water onto the kitchen floor. Can somebody come and fix it?"
ZONE = ZoneInfo("Europe/Berlin")
Json = dict[str, Any]


class Built(NamedTuple):
    """What answers, what listens below the answers, and how often the loops were woken."""

    commands: Commands
    actions: CommandActions
    woken: list[int]


def add(core: Core, parts: Parts, text: str, email: str, urgency: int = 50) -> int:
    """The number of a lead that says this."""
    embedder = core.embedder
    assert isinstance(embedder, OnnxEmbedder)
    new = NewLead(
        message_id=parts.accept(),
        contact=Contact(name="", email=email),
        keys=(("email", email),),
        subject=text[:40],
        ask=text,
        text=text,
        vector=embedder.embed([text])[0].astype("<f4").tobytes(),
        embedder=embedder.name,
    )
    leads = core.leads
    assert isinstance(leads, Leads)
    lead_id = leads.open(new).lead_id
    leads.complete(lead_id, triage(urgency), [])
    return lead_id


async def response(staff: Staff, text: str) -> Json:
    """The one answer to `/lead <text>`, which Slack takes; the ack empty."""
    given = await staff.command(text)
    assert not given["ack"], given
    (found,) = given["responses"]
    assert check_message(found["blocks"]) == []
    return dict(found)


def words(found: Json) -> str:
    """What is read in an answer."""
    return html.unescape("\n".join(each["text"] for each in text_objects(found["blocks"])))


async def answer(staff: Staff, text: str) -> str:
    """What the asker alone reads after `/lead <text>`."""
    found = await response(staff, text)
    assert found["response_type"] == "ephemeral"
    return words(found)


async def listed(staff: Staff, text: str) -> list[int]:
    """The leads that an answer names, in order."""
    return [int(number) for number in re.findall(r"· L-(\d+)", await answer(staff, text))]


async def pressed(staff: Staff, shown: Json, action_id: str) -> Json:
    """What stands in the place of an answer after a press."""
    given = await staff.press(shown, action_id)
    (found,) = given["responses"]
    assert found["replace_original"] is True
    assert check_message(found["blocks"]) == []
    return dict(found)


def seen(parts: Parts) -> list[tuple[str, Any]]:
    """Who has seen which leads, oldest first."""
    query = sa.select(events.c.actor, events.c.detail).where(events.c.action == SHOWN).order_by(events.c.id)
    with parts.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(query)]
