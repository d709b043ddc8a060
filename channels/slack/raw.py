"""Slack's messages as raw messages: what is stored before Slack has its answer.

The content is JSON of two parts: `about`, the few facts that the event alone knows, and `message`, Slack's own object
without what nobody reads. Whatever can be understood of it is understood later, by the parser.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from channels.slack.loose import record, records, text
from channels.slack.wire import Happened, Said
from channels.slack.words import LONGEST
from enrichment.models import RawMessage

CHANNEL = "slack"
# About forty times of what people type, and three times of what Slack takes as text.
MOST_BYTES = 120_000
FORM = "form"
_KEPT = ("type", "subtype", "text", "user", "bot_id", "username", "ts", "thread_ts")
_FILE = ("name", "title", "mimetype", "size", "id")
_MOST_FILES = 20
# A message's clock is Slack's. One that is far from ours is not believed: everything else goes by ours.
_OLDEST = timedelta(days=30)


def message_name(team: str, channel: str, ts: str) -> str:
    """What a Slack message is called, as a mail by its Message-ID."""
    return f"slack:{team}/{channel}/{ts}"


def author_of(team: str, user: str) -> str:
    """A Slack user as somebody who takes part in a thread; looks like an address and is none."""
    return f"{user}@{team}.slack".lower() if user else ""


def is_version(content: bytes, said: Said) -> bool:
    """Whether stored content is what this event tells: an edit may be all that we ever got of a message."""
    try:
        about, _ = about_of(content)
    except ValueError:
        return False
    return text(about, "version") == _version(said)


def _version(said: Said) -> str:
    return text(said.message, "edited", "ts") or said.at


def identity_of(said: Said) -> str:
    """Hex sha256 of team, channel, ts: the same however often Slack sends it; edits and deletions have their own."""
    parts = [said.team, said.channel, said.ts]
    if said.happened is Happened.EDITED:
        parts += ["edited", _version(said)]
    elif said.happened is Happened.DELETED:
        parts += ["deleted"]
    return _hashed(*parts)


def first_identity(team: str, channel: str, ts: str) -> str:
    """The identity of a message as it was first said."""
    return _hashed(team, channel, ts)


def raw_of(
    said: Said, now: datetime, *, name: str = "", email: str = "", bot_user: str = "", link: str = "", together: bool
) -> RawMessage:
    """The raw message of an event.

    name, email: of who wrote, as Slack knows them. bot_user: the bot that it was said to. link: the message's address.
    together: whether it is a person's, whose next words within two minutes belong to it.
    """
    own = message_name(said.team, said.channel, said.ts)
    later = said.happened is not Happened.SAID
    about = {
        "id": f"{own}#{said.happened}-{said.at}" if later else own,
        "replaces": own if later else "",
        "withdrawn": said.happened is Happened.DELETED,
        "answers": message_name(said.team, said.channel, said.thread_ts) if said.is_reply else "",
        "author": author_of(said.team, said.user),
        "name": name[:200],
        "email": email[:320],
        "bot_user": bot_user,
        "link": link[:1000],
        "date": (said.at if later else said.ts),
        "version": _version(said),
    }
    return RawMessage(
        channel="slack",
        identity=identity_of(said),
        account=f"{said.team}/{said.channel}",
        content=_content(about, said.message),
        received_at=_moment(said.at if later else said.ts, now),
        mail_from=author_of(said.team, said.user) if together and not later else None,
    )


def form_of(team: str, key: str, fields: Mapping[str, str], now: datetime, *, by: str = "") -> RawMessage:
    """The raw message of a form that staff filled in: name, email, phone, message.

    key: of this one form, so that it counts once however often it is sent in. by: who filled it in.
    """
    about = {"id": f"slack:{team}/form/{key}", "date": f"{now.timestamp():.6f}", "kind": FORM, "by": by}
    cut = {name: value[:LONGEST] for name, value in fields.items()}
    return RawMessage(
        channel="slack",
        identity=_hashed(team, FORM, key),
        account=f"{team}/{FORM}",
        content=json.dumps({"about": about, "message": {"fields": cut}}, ensure_ascii=False).encode(
            "utf-8", "backslashreplace"
        ),
        received_at=now,
    )


def kept(message: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of Slack's object that anybody reads."""
    found: dict[str, Any] = {name: message[name] for name in _KEPT if isinstance(message.get(name), str)}
    found["text"] = text(message, "text", limit=LONGEST)
    found["files"] = [
        {name: each[name] for name in _FILE if isinstance(each.get(name), str | int)} for each in _files(message)
    ]
    return found | {name: message[name] for name in ("attachments", "blocks") if isinstance(message.get(name), list)}


def _content(about: Mapping[str, Any], message: Mapping[str, Any]) -> bytes:
    """The stored bytes; of a message that is too large its text stays and its looks go."""
    found = kept(message)
    for dropped in ("", "blocks", "attachments", "files"):
        found.pop(dropped, None)
        content = json.dumps({"about": about, "message": found}, ensure_ascii=False).encode("utf-8", "backslashreplace")
        if len(content) <= MOST_BYTES:
            return content
    found["text"] = found["text"][: LONGEST // 4]
    return json.dumps({"about": about, "message": {"text": found["text"]}}, ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )


def about_of(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both parts of stored content. Raises ValueError when it is not ours."""
    try:
        whole = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return record(whole, "about"), record(whole, "message")


class SharedFile(NamedTuple):
    """A file that a message shares; the name is its sender's."""

    id: str
    name: str


def files_of(content: bytes) -> list[SharedFile]:
    """The files of a stored message that Slack gave an id; none of what is not ours."""
    try:
        _, message = about_of(content)
    except ValueError:
        return []
    found = [SharedFile(text(each, "id", limit=64), file_name(each)) for each in _files(message)]
    return [file for file in found if file.id]


def file_name(given: Mapping[str, Any]) -> str:
    """What a file is called, on one line."""
    return " ".join((text(given, "name", limit=255) or text(given, "title", limit=255) or "file").split()) or "file"


def _files(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    return records(message, "files", limit=_MOST_FILES)


def writer_of(head: bytes) -> str:
    """Who wrote, as far as the beginning of stored content says it: their e-mail, else their name, else empty."""
    _, _, rest = head.decode("utf-8", "replace").partition('{"about":')
    try:
        about, _ = json.JSONDecoder().raw_decode(rest.lstrip())
    except (ValueError, RecursionError):
        return ""
    return (text(about, "email") or text(about, "name")) if isinstance(about, dict) else ""


def _moment(ts: str, now: datetime) -> datetime:
    try:
        when = datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):  # further than a calendar goes
        return now
    return when if now - _OLDEST <= when <= now else now


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join((CHANNEL, *parts)).encode()).hexdigest()
