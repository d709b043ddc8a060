"""Whether a mail is a delivery report: signs of a mail server and of a failure. People and shops speak of those too.

Who is no mail server by name must bring the mail back, or it is not believed.
"""

from __future__ import annotations

from email.message import Message
from email.utils import parseaddr

from channels.mail.bounce_fields import RETURNED_TYPES, STATUS_TYPES, kind_of
from channels.mail.bounce_terms import DAEMON_LOCAL, DAEMON_NAME, OPENING, RETURNED, SUBJECT, squeezed
from channels.mail.headers import Headers

_OPENING = 3_000  # a report says what it is in its first lines
_ENOUGH = 4


def is_report(headers: Headers, parts: list[Message], text: str) -> bool:
    """Whether the message reports on a delivery; reports on reading or on abuse are others'."""
    kind = kind_of(parts[0])
    kinds = {kind_of(part) for part in parts[1:]} | {kind}
    if kinds & {"message/disposition-notification", "message/feedback-report"}:
        return False
    if kind == "multipart/report" and kinds & STATUS_TYPES:
        return True
    daemon, program = _is_daemon(headers), _program(headers)
    if not daemon and not program:
        return False  # a person, as nearly always: nothing more is looked for
    failure = _failure(headers, kinds, text)
    if daemon:
        return 2 + program + failure >= _ENOUGH
    returned = bool(kinds & RETURNED_TYPES or RETURNED.search(text[: 4 * _OPENING]))
    return bool(failure and returned)


def _is_daemon(headers: Headers) -> bool:
    """Whether a mail server says that it writes itself."""
    sender = headers.text("from", 500)
    name, address = parseaddr(sender)
    named = DAEMON_LOCAL.search(address.strip("<> ") or sender) or DAEMON_NAME.search(name or sender)
    return bool(named) or bool(headers.count("x-failed-recipients"))


def _program(headers: Headers) -> int:
    """Points for signs of a program, which forms and vacation notices show too."""
    path = headers.text("return-path", 500).lower()
    null = path in {"<>", "<mailer-daemon>"} or path.startswith("<mailer-daemon@")
    return (
        2 * bool(headers.count("x-failed-recipients"))
        + null
        + headers.text("auto-submitted", 50).lower().startswith("auto-")
        + _is_unattended(parseaddr(headers.text("from", 500))[1])
    )


def _is_unattended(address: str) -> bool:
    local = "".join(letter for letter in address.lower().partition("@")[0] if letter.isalnum())
    return local.startswith(("noreply", "donotreply"))


def _failure(headers: Headers, kinds: set[str], text: str) -> int:
    """Points for saying that something was not delivered."""
    points = 2 * bool(SUBJECT.search(headers.text("subject", 300)))
    points += 2 * bool(OPENING.search(squeezed(text[:_OPENING])))
    return points + 2 * bool(kinds & STATUS_TYPES)
