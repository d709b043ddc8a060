"""Message events as Slack sends them."""

from __future__ import annotations

from typing import Any

TEAM, CHANNEL, USER = "T1", "C0INBOX", "U1"
TS = "1763629200.000100"  # 2025-11-20 09:00:00 UTC
Json = dict[str, Any]


def message(text: str = "Hello, my brakes grind.", **changes: Any) -> Json:
    """The payload of a person's message in a public channel; a key that is None is left out."""
    event = {
        "type": "message", "channel": CHANNEL, "user": USER, "text": text, "ts": TS, "event_ts": TS,
        "channel_type": "channel", "team": TEAM,
    }  # fmt: skip
    return payload({key: value for key, value in (event | changes).items() if value is not None})


def changed(text: str, before: str, *, at: str = "1763629260.000200", **changes: Any) -> Json:
    """The payload of an edit of `message`."""
    was = {"type": "message", "user": USER, "text": before, "ts": TS}
    now = was | {"text": text, "edited": {"user": USER, "ts": at}} | changes
    return payload(
        {
            "type": "message",
            "subtype": "message_changed",
            "channel": CHANNEL,
            "channel_type": "channel",
            "hidden": True,
            "ts": at,
            "event_ts": at,
            "message": now,
            "previous_message": was,
        }
    )


def deleted(before: str = "Hello, my brakes grind.", *, at: str = "1763629270.000300") -> Json:
    """The payload of the deletion of `message`."""
    was = {"type": "message", "user": USER, "text": before, "ts": TS}
    return payload(
        {
            "type": "message",
            "subtype": "message_deleted",
            "channel": CHANNEL,
            "channel_type": "channel",
            "hidden": True,
            "ts": at,
            "event_ts": at,
            "deleted_ts": TS,
            "previous_message": was,
        }
    )


def payload(event: Json) -> Json:
    """An event in its callback."""
    return {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event_time": 1763629200, "event": event}
