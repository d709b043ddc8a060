"""Slack's payloads as facts: who wrote what where, what was edited, what was taken back. Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from channels.slack.loose import record, text
from enrichment.models import Model

TS = re.compile(r"\d{1,12}\.\d{1,9}", re.ASCII)
_ID = re.compile(r"[A-Z0-9_]{1,64}", re.ASCII)
_TOMBSTONE = "tombstone"


class Happened(StrEnum):
    """What a message event tells of."""

    SAID = "said"
    EDITED = "edited"
    DELETED = "deleted"


class Said(Model):
    """One message event, or the message that a shortcut was used on.

    ts: the message's own; at: when this happened to it, as a ts. thread_ts: of the thread's first message, empty
    outside of one; parent_user: who wrote that, if Slack says so. subtype: Slack's word for a special kind.
    kind: `channel`, `group`, `im` or `mpim`, empty where Slack does not say. message: Slack's own object, as it came;
    before: what it was before an edit.
    """

    happened: Happened = Happened.SAID
    team: str
    channel: str
    ts: str
    at: str
    user: str = ""
    bot_id: str = ""
    app_id: str = ""
    subtype: str = ""
    thread_ts: str = ""
    parent_user: str = ""
    kind: str = ""
    message: dict[str, Any] = Field(default_factory=dict, repr=False)
    before: dict[str, Any] = Field(default_factory=dict, repr=False)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return bool(self.thread_ts) and self.thread_ts != self.ts


def said_in(body: object) -> Said | None:
    """The message event of an `event_callback` payload; None when it is another, or does not say what is needed."""
    event = record(body, "event")
    if text(event, "type") != "message":
        return None
    match text(event, "subtype"):
        case "message_changed":
            return _changed(body, event)
        case "message_deleted":
            before = record(event, "previous_message")
            ts = text(event, "deleted_ts") or text(before, "ts")
            return _made(body, event, before, ts=ts, happened=Happened.DELETED)
        case _:
            return _made(body, event, event, ts=text(event, "ts"), happened=Happened.SAID)


def said_by_shortcut(body: object) -> Said | None:
    """The message that a message shortcut was used on; None when the payload names none."""
    message = record(body, "message")
    event = {"channel": text(body, "channel", "id"), "event_ts": text(body, "message_ts")}
    ts = text(message, "ts") or text(body, "message_ts")
    return _made(body, event, message, ts=ts, happened=Happened.SAID)


def team_of(body: object) -> str:
    """The team in which it happened; in a channel shared with others, the one that the bot is installed in."""
    return _id(text(body, "team_id") or text(body, "team", "id") or text(body, "user", "team_id"))


def _changed(body: object, event: Mapping[str, Any]) -> Said | None:
    message, before = record(event, "message"), record(event, "previous_message")
    ts = text(message, "ts") or text(before, "ts")
    if text(message, "subtype") == _TOMBSTONE:  # what stays of a deleted message that has replies
        return _made(body, event, before, ts=ts, happened=Happened.DELETED)
    return _made(body, event, message, ts=ts, happened=Happened.EDITED, before=before)


def _made(
    body: object,
    event: Mapping[str, Any],
    message: Mapping[str, Any],
    *,
    ts: str,
    happened: Happened,
    before: Mapping[str, Any] | None = None,
) -> Said | None:
    team, channel, at = team_of(body), _id(text(event, "channel")), text(event, "event_ts") or text(event, "ts")
    if not (team and channel and TS.fullmatch(ts)):
        return None
    return Said(
        happened=happened,
        team=team,
        channel=channel,
        ts=ts,
        at=at if TS.fullmatch(at) else ts,
        user=_id(text(message, "user")),
        bot_id=_id(text(message, "bot_id")),
        app_id=_id(text(message, "app_id") or text(message, "bot_profile", "app_id")),
        subtype=text(message, "subtype", limit=64),
        thread_ts=_ts(text(message, "thread_ts")),
        parent_user=_id(text(message, "parent_user_id") or text(message, "root", "user")),
        kind=_kind(channel, text(event, "channel_type", limit=16)),
        message=dict(message),
        before=dict(before or {}),
    )


def _kind(channel: str, said: str) -> str:
    """What Slack says; a direct message is known by its channel's id too, which the bot may not ask Slack about."""
    return said or ("im" if channel.startswith("D") else "")


def _id(value: str) -> str:
    return value if _ID.fullmatch(value) else ""


def _ts(value: str) -> str:
    return value if TS.fullmatch(value) else ""
