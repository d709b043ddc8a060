"""Envelopes of every kind, twice, late, out of order, with parts missing or odd: acked, no crash, no double."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa
import structlog

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import buttons, modals_later, modals_outcome
from bot.slack.app import Connection
from bot.workspace.identity import CUSTOMER, STAFF_1
from bot.workspace.options import Options
from bot.workspace.workspace import Workspace
from tests.bot.slack.conftest import QUICK
from tests.bot.slack.envelopes import Envelope, broken, command, envelopes, form, message, press, shortcut
from tests.bot.slack.slack_house import SlackHouse, slack_house
from tests.enrichment.parts import Parts

BOTH_TRANSPORTS = True

Json = dict[str, Any]

CASES = Path(os.environ.get("LEADBOT_CASES", Path(__file__).parents[4] / "shared" / "data")) / "slack_payloads.jsonl"
# What is on its way at the same time.
AT_ONCE = 20
# Bolt's own name for a listener at work, which may go on after the ack.
LISTENER = "run_ack_function_asynchronously"
# Over HTTP another door opens to the same house: one of so many odd envelopes is enough there.
ONE_OF = {"socket": 1, "http": 5}


@pytest.fixture
def options() -> Options:
    """Patient: whether each envelope is acked is asked here, and not how soon on this machine."""
    return replace(QUICK, ack_timeout=30.0)


@pytest.fixture
async def house(
    core: Core,
    parts: Parts,
    connection: Connection,
    settings: Settings,
    workspace: Workspace,
    *,
    door: socket.socket | None,
) -> AsyncIterator[SlackHouse]:
    """A bot in this process, with one lead."""
    parts.lead("jo@shop.test")
    async with slack_house(core, parts, connection, settings, workspace, door=door) as running:
        await running.settle()
        yield running


class Errors:
    """What was logged as an error, by us or by a library."""

    def __init__(self, caplog: pytest.LogCaptureFixture, entries: Sequence[Any]) -> None:
        self._caplog = caplog
        self._entries = entries

    def all(self) -> list[str]:
        """In words."""
        ours = [str(entry) for entry in self._entries if entry["log_level"] in {"error", "critical"}]
        theirs = [r.getMessage() + str(r.exc_info or "") for r in self._caplog.records if r.levelno >= logging.ERROR]
        return [*ours, *theirs]


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Any:
    """What is logged as an error from now on."""
    with structlog.testing.capture_logs() as entries:
        yield Errors(caplog, entries)


async def deliver(house: SlackHouse, given: Sequence[Envelope], *, attempt: int = 0) -> None:
    """Send them all, some at once, and wait for the work that they began; one that is not acked is named.

    attempt: which of Slack's retries this is; events say so.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    reason = "timeout" if attempt else ""

    async def one(envelope: Envelope) -> None:
        async with gate:
            try:
                await house.workspace.hub.deliver(envelope.kind, envelope.payload, attempt=attempt, reason=reason)
            except Exception as error:
                raise AssertionError(f"{envelope.name} was not acked: {json.dumps(envelope.payload)[:1500]}") from error

    async with asyncio.TaskGroup() as group:
        for envelope in given:
            group.create_task(one(envelope))
    await asyncio.gather(*(task for task in asyncio.all_tasks() if LISTENER in str(task.get_coro())))


def said_and_done(parts: Parts) -> Json:
    """How much there is of all that an envelope may bring about."""
    with parts.engine.begin() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM messages")).scalar_one()
        rows = connection.execute(sa.text("SELECT action, count(*) FROM events GROUP BY action")).all()
    looked = {"shown"}
    return {"messages": count} | {action: number for action, number in rows if action not in looked}


async def test_every_kind_is_acked_and_none_is_an_error(house: SlackHouse, errors: Errors) -> None:
    """What we listen to, what we do not, and what nobody has heard of."""
    assert len(envelopes()) > 60
    await deliver(house, envelopes())
    await house.settle()
    assert errors.all() == []


@pytest.mark.parametrize("order", ["as sent", "backwards"])
async def test_what_comes_again_has_no_second_effect(
    house: SlackHouse, parts: Parts, errors: Errors, order: str
) -> None:
    """Everything twice at once, and again five minutes later as Slack's last retry; the events also out of order."""
    for envelope in envelopes()[:: 1 if order == "as sent" else -1]:
        await deliver(house, [envelope])
        done = said_and_done(parts)
        await deliver(house, [envelope, envelope])
        assert said_and_done(parts) == done, envelope.name
        parts.clock.move(300)
        await deliver(house, [envelope], attempt=3)
        assert said_and_done(parts) == done, f"{envelope.name}, late"
    events = [envelope for envelope in envelopes() if envelope.kind == "events_api"]
    await deliver(house, events)
    await house.settle()
    done = said_and_done(parts)
    await deliver(house, events[::-1], attempt=2)
    await house.settle()
    assert said_and_done(parts) == done
    assert errors.all() == []


def _form_about(callback_id: str, **answers: Json) -> Json:
    return form(callback_id, {"lead": 1, "channel": "C0LEADS"}, **answers)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (press(buttons.CLAIM), press(buttons.RELEASE)),
        (press(buttons.MORE, "not_a_lead:1", kind="overflow"), press(buttons.REOPEN_NOW)),
        (_form_about(modals_outcome.WON_FORM), press(buttons.REOPEN_NOW)),
        (_form_about(modals_later.SNOOZE_FORM, when={"type": "radio", "selected_option": {"value": "hour"}}), None),
    ],
    ids=["claim", "not a lead", "won", "snooze"],
)
async def test_what_comes_again_late_undoes_nothing(house: SlackHouse, parts: Parts, first: Json, then: Json) -> None:
    """Somebody has gone on meanwhile: an old press that is delivered again is no new one."""
    for payload in filter(None, (first, then)):
        await deliver(house, [Envelope("press", "interactive", payload)])
    done, lead = said_and_done(parts), parts.book.get(1)
    parts.clock.move(300)
    await deliver(house, [Envelope("press again", "interactive", first)])
    assert said_and_done(parts) == done
    now = parts.book.get(1)
    assert lead is not None
    assert now is not None
    assert (now.status, now.owner, now.snoozed_until) == (lead.status, lead.owner, lead.snoozed_until)


async def test_an_edit_and_a_deletion_may_come_before_what_they_are_of(house: SlackHouse) -> None:
    """The message, its edit and its deletion in every order: one lead at most, and never two."""
    first = message("My brakes grind")["event"]
    base = {"type": "message", "channel": first["channel"], "channel_type": "channel", "hidden": True}
    edit = base | {"subtype": "message_changed", "message": first | {"text": "My clutch"}, "previous_message": first}
    gone = base | {"subtype": "message_deleted", "previous_message": first, "deleted_ts": first["ts"]}
    later = [each | {"ts": f"{float(first['ts']) + 1:.6f}", "event_ts": first["ts"]} for each in (edit, gone)]
    for inside in (*later[::-1], first, later[0], first, later[1]):
        await deliver(house, [Envelope("change", "events_api", message() | {"event": inside})])
        await house.settle()
    assert len(house.leads()) <= 2


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope("message", "events_api", message()),
        Envelope("press", "interactive", press("lead_claim")),
        Envelope("menu", "interactive", press("lead_more", "why:1", kind="overflow")),
        Envelope(
            "form", "interactive", form("edit_form", {"lead": 1}, name={"type": "plain_text_input", "value": "x"})
        ),
        Envelope("command", "slash_commands", command("show L-1")),
        Envelope("shortcut", "interactive", shortcut("message_action", "create_lead", message={"ts": "1.000001"})),
    ],
    ids=lambda envelope: envelope.name,
)
async def test_a_part_may_be_missing_or_of_another_kind(house: SlackHouse, errors: Errors, envelope: Envelope) -> None:
    """Any part of a payload of each kind: acked all the same."""
    odd = [Envelope(f"{envelope.name} {what}", envelope.kind, payload) for what, payload in broken(envelope.payload)]
    await deliver(house, odd)
    assert errors.all() == []


async def test_a_part_of_any_kind_of_envelope_may_be_missing(house: SlackHouse, errors: Errors, transport: str) -> None:
    """Each field of each envelope, taken out in turn."""
    cut = [
        Envelope(f"{envelope.name} {what}", envelope.kind, payload)
        for envelope in envelopes()
        for what, payload in broken(envelope.payload)
        if what.endswith("='missing'")
    ]
    await deliver(house, cut[:: ONE_OF[transport]])
    await house.settle()
    assert errors.all() == []


async def test_customers_press_in_vain(house: SlackHouse, parts: Parts) -> None:
    """Whoever is not staff changes nothing, whichever button they say that they pressed."""
    done = said_and_done(parts)
    acts = [e for e in envelopes() if e.kind == "interactive" and e.payload.get("user", {}).get("id") == STAFF_1]
    for envelope in acts:
        envelope.payload["user"] = envelope.payload["user"] | {"id": CUSTOMER}
    await deliver(house, acts)
    await house.settle()
    assert said_and_done(parts) == done


def real_payloads() -> list[Envelope]:
    """The payloads that Slack's own SDKs are tested with; they lie beside the project, and not in it."""
    if not CASES.exists():
        return []
    return [_envelope(json.loads(line)) for line in CASES.read_text(encoding="utf-8").splitlines()]


def _envelope(row: Json) -> Envelope:
    kind = "events_api" if row["kind"].startswith("event") else "interactive"
    payload = row["payload"]
    if row["kind"] == "slash_command_form":
        payload, kind = dict(parse_qsl(payload)), "slash_commands"
    return Envelope(row["id"], kind, payload if isinstance(payload, dict) else {"payload": payload})


async def test_every_real_payload_passes_through(house: SlackHouse, parts: Parts, errors: Errors) -> None:
    """Acked, no error, no effect: they are of another team, and of people whom nobody here knows."""
    given = real_payloads()
    if not given:
        pytest.skip(f"the payloads are not here: LEADBOT_CASES names their folder, not {CASES.parent}")
    done, posts = said_and_done(parts), len(house.workspace.store.messages("C0LEADS", -1))
    await deliver(house, given)
    await house.settle()
    assert said_and_done(parts) == done
    assert len(house.workspace.store.messages("C0LEADS", -1)) == posts
    assert errors.all() == []
