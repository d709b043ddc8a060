"""Slack's payloads as facts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.intake_rules import Me, says_something_else, writer_of
from bot.slack.interaction import read
from channels.slack.wire import Happened, said_by_shortcut, said_in
from tests.bot.slack.envelopes import Envelope, broken, envelopes
from tests.channels.slack.events import CHANNEL, TEAM, TS, USER, changed, deleted, message

ME = Me(team_id=TEAM, bot_id="BBOT", bot_user_id="UBOT")


def test_a_message_says_who_where_and_when() -> None:
    """The facts that the rest is decided from."""
    said = said_in(message(thread_ts="1763629100.000000", parent_user_id="U9"))
    assert said is not None
    assert (said.team, said.channel, said.user, said.ts, said.happened) == (TEAM, CHANNEL, USER, TS, Happened.SAID)
    assert (said.is_reply, said.parent_user) == (True, "U9")


def test_an_edit_and_a_deletion_name_the_message_itself() -> None:
    """Their own ts is that of the change."""
    edit, gone = said_in(changed("New words", "Old words")), said_in(deleted())
    assert edit is not None
    assert gone is not None
    assert (edit.happened, edit.ts, edit.message["text"]) == (Happened.EDITED, TS, "New words")
    assert (gone.happened, gone.ts, gone.user) == (Happened.DELETED, TS, USER)


def test_a_deleted_root_with_replies_is_a_deletion() -> None:
    """Slack says it as an edit that leaves a tombstone."""
    said = said_in(changed("This message was deleted.", "My brakes grind", subtype="tombstone"))
    assert said is not None
    assert said.happened is Happened.DELETED


@pytest.mark.parametrize("lost", ["team_id", "channel", "ts", "type"])
def test_what_lacks_a_name_or_place_is_none(lost: str) -> None:
    """No crash, no guess."""
    body = message()
    body.pop(lost, None)
    body["event"].pop(lost, None)
    assert said_in(body) is None


@pytest.mark.parametrize(("channel", "kind"), [("D0GUEST1", "im"), ("C0INBOX", ""), ("G0CLOSED", "")])
def test_a_direct_message_is_known_by_its_channel(channel: str, kind: str) -> None:
    """Also where Slack does not say which kind of channel it is; what it says counts more."""
    said = said_in(message(channel=channel, channel_type=None))
    assert said is not None
    assert said.kind == kind
    told = said_in(message(channel=channel, channel_type="mpim"))
    assert told is not None
    assert told.kind == "mpim"


@pytest.mark.parametrize("odd", [None, [], 7, "x", {}, {"a": {"b": 1}}])
def test_a_part_of_another_kind_is_empty(odd: Any) -> None:
    """Every key may hold anything."""
    for key in message()["event"]:
        body = message()
        body["event"][key] = odd
        said_in(body)
        said_by_shortcut({"team": odd, "message": odd, "channel": odd})
    for key in ("message", "previous_message", "deleted_ts"):
        for body in (changed("a", "b"), deleted()):
            body["event"][key] = odd
            said_in(body)


@pytest.mark.parametrize("envelope", envelopes(), ids=lambda envelope: envelope.name)
def test_every_kind_of_payload_passes_through(envelope: Envelope) -> None:
    """Also those that are for other readers, and with any part missing: none makes a reader raise."""
    for body in (envelope.payload, *(cut for _, cut in broken(envelope.payload))):
        read(body)
        said_by_shortcut(body)
        said = said_in(body)
        if said is not None:
            writer_of(said, ME, intake=True)
            says_something_else(said, ME)
