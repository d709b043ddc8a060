"""The machine-readable half of a delivery report (RFC 3464), and the headers of the mail that came back."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

from channels.mail.cleaning import MAX_HEADER
from channels.mail.headers import Headers

_MAX_DEPTH = 8
_MAX_PARTS = 100
_MAX_BLOCKS = 50
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
_ACTIONS = ("failed", "delayed", "expired")


class Outcome(NamedTuple):
    """One recipient's block: its address, what was done (`failed`, `delayed`, ...), status code, the server's words."""

    recipient: str = ""
    action: str = ""
    status: str | None = None
    diagnostic: str = ""


def parts_of(message: Message) -> list[Message]:
    """The parts of the report, without those inside the mail that it returns; bounded in depth and number."""
    found: list[Message] = []
    waiting = [(message, 0)]
    while waiting and len(found) < _MAX_PARTS:
        part, depth = waiting.pop(0)
        found.append(part)
        payload = part.get_payload()
        if isinstance(payload, list) and depth < _MAX_DEPTH and kind_of(part).startswith("multipart/"):
            waiting[:0] = [(child, depth + 1) for child in payload if isinstance(child, Message)]
    return found


def kind_of(part: Message) -> str:
    """The media type in lower case, read without the standard library's parameter parser."""
    raw = next((str(value) for name, value in part.raw_items() if name.lower() == "content-type"), "text/plain")
    return raw.partition(";")[0].strip().lower()[:100]


def outcome_of(parts: list[Message]) -> Outcome | None:
    """The block that matters most: the first that failed, else the first delayed, else the first."""
    found = [outcome for part in parts if kind_of(part) in STATUS_TYPES for outcome in _outcomes(part)]
    return min(found, key=_weight, default=None)


def _weight(outcome: Outcome) -> int:
    return _ACTIONS.index(outcome.action) if outcome.action in _ACTIONS else len(_ACTIONS)


def _outcomes(part: Message) -> Iterator[Outcome]:
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    for block in blocks[:_MAX_BLOCKS]:
        if isinstance(block, Message):
            headers = Headers.of(block)
            if any(headers.count(name) for name in ("final-recipient", "original-recipient", "action", "status")):
                yield _outcome(headers)


def _outcome(headers: Headers) -> Outcome:
    recipient = _value(headers, "final-recipient") or _value(headers, "original-recipient")
    return Outcome(
        recipient.strip("<> ").lower() if "@" in recipient else "",
        headers.text("action", 30).partition(" ")[0].lower().strip(";,."),
        status_field(headers.text("status", 100)),
        _value(headers, "diagnostic-code"),
    )


def _value(headers: Headers, name: str) -> str:
    """What follows the type in `rfc822; jo@example.com` or `smtp; 550 no such user`."""
    text = headers.text(name, MAX_HEADER)
    kind, found, value = text.partition(";")
    return value.strip() if found and len(kind) < 20 and " " not in kind.strip() else text.strip()


def status_field(value: str) -> str | None:
    """The code of a Status field, None when it holds none."""
    code = value.strip().partition(" ")[0].rstrip(";,.()")
    digits = code.split(".")
    fits = (
        len(digits) == 3 and digits[0] in {"2", "4", "5"} and all(part.isdigit() and len(part) < 4 for part in digits)
    )
    return code if fits else None


def returned_headers(parts: list[Message]) -> Headers | None:
    """The headers of the mail that came back, when it came as a part of its own."""
    for part in parts[1:]:
        if kind_of(part) in RETURNED_TYPES:
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            if isinstance(inner, Message):
                return Headers.of(inner)
            if isinstance(payload, str):
                return Headers(_lines(payload))
    return None


def _lines(text: str) -> Iterator[tuple[str, object]]:
    """Header fields of a text/rfc822-headers part; continuation lines are joined."""
    joined = text[:32_000].replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ")
    for line in joined.split("\n")[:200]:
        name, colon, value = line.partition(":")
        if colon and name and " " not in name:
            yield name, value
