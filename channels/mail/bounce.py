"""Reads delivery reports: RFC 3464, the free text of the world's mail servers, Amazon's notifications.

None for everything else, above all for people who write about a bounce, and for automatic replies.
"""

from __future__ import annotations

from email.message import Message

from channels.mail.addresses import parse_addresses
from channels.mail.bounce_fields import Outcome, outcome_of, parts_of, returned_headers, status_field
from channels.mail.bounce_notice import read_notice
from channels.mail.bounce_reason import best_status, is_hard
from channels.mail.bounce_report import (
    Report,
    answer_in,
    message_id_in,
    one_line,
    pasted_fields,
    recipient_in,
    split_report,
)
from channels.mail.bounce_signs import is_report
from channels.mail.cleaning import MAX_ADDRESS, clean_line
from channels.mail.headers import Headers, message_ids
from enrichment.models import Bounce

_MOST_ANSWERED = 20
_DONE = ("delivered", "relayed", "expanded")


def read_bounce(message: Message, text: str) -> Bounce | None:
    """What a delivery report says; `text` is the readable text of the whole message. None when it is no report."""
    headers = Headers.of(message)
    if notice := read_notice(headers, text):
        return _bounce(notice[0], Report("", ""), notice[1])
    parts = parts_of(message)
    if not is_report(headers, parts, text):
        return None
    report = split_report(text)
    outcome = _completed(outcome_of(parts) or _pasted(report.words), headers, report, parts)
    found = _bounce(outcome, report, _message_id(headers, report, parts))
    return found.model_copy(update={"answers": _answered(parts)})


def _bounce(outcome: Outcome, report: Report, message_id: str | None) -> Bounce:
    recipient = outcome.recipient or None
    answer = outcome.diagnostic or answer_in(report.words, recipient)
    status = best_status(outcome.status, answer or report.words)
    settled = outcome.action in _DONE
    return Bounce(
        recipient=clean_line(recipient, MAX_ADDRESS) if recipient else None,
        status=status,
        hard=not settled and is_hard(answer, report.words, status, delayed=outcome.action == "delayed"),
        reason=one_line(answer),
        message_id=message_id,
    )


def _pasted(words: str) -> Outcome:
    """The outcome as far as fields written into the text tell it."""
    fields = pasted_fields(words)
    return Outcome(
        "",
        fields.get("action", "").lower(),
        status_field(fields.get("status", "")),
        fields.get("diagnostic-code", "").partition(";")[2].strip(),
    )


def _completed(outcome: Outcome, headers: Headers, report: Report, parts: list[Message]) -> Outcome:
    """The outcome with a recipient from wherever one is named."""
    if outcome.recipient:
        return outcome
    failed = parse_addresses(headers.raw("x-failed-recipients"))
    people = [*parse_addresses(headers.raw("from")), *parse_addresses(headers.raw("to"))]
    found = failed[0].address if failed else recipient_in(report.words, (person.address for person in people))
    if not found and (returned := returned_headers(parts)):
        found = next((mailbox.address for mailbox in parse_addresses(returned.raw("to"))), None)
    return outcome._replace(recipient=found or "")


def _answered(parts: list[Message]) -> tuple[str, ...]:
    """What the mail that came back had answered: a customer's mail that we know, where that of ours is not."""
    returned = returned_headers(parts)
    if returned is None:
        return ()
    named = (*returned.ids("in-reply-to"), *reversed(returned.ids("references")))
    return tuple(dict.fromkeys(named))[:_MOST_ANSWERED]


def _message_id(headers: Headers, report: Report, parts: list[Message]) -> str | None:
    """The Message-ID of the mail that came back, or of what the report says that it answers."""
    returned = returned_headers(parts)
    named = (
        *(returned.ids("message-id") if returned else ()),
        *message_ids(f"<{message_id_in(report.returned)}>" if message_id_in(report.returned) else ""),
        *headers.ids("in-reply-to"),
        *headers.ids("references")[-1:],
    )
    return next(iter(named), None)
