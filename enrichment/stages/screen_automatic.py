"""Mail that a program wrote to us: delivery reports, receipts, calendar answers, automatic replies."""

from __future__ import annotations

from collections.abc import Iterator

from enrichment.models import ParsedMessage
from enrichment.stages.addresses import domain_of, emails_in, is_robot
from enrichment.stages.screen_facts import SHOWN, is_form, is_null, is_program, one_line, quoted, value
from enrichment.stages.screen_opinions import buys, said_in
from enrichment.stages.screen_phrases import plain
from enrichment.stages.screen_words import phrases_in, subject_begins

_BOUNCE_SENDERS = ("mailer-daemon@", "mailerdaemon@", "postmaster@", "mail-daemon@")
_CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply")
# A vacation notice is short; a long letter that mentions a holiday is a letter.
_NOTICE = 1_500


def bounce(parsed: ParsedMessage, mail_from: str | None) -> str:
    """A delivery report: as the parser read it, or by the headers that only reports have."""
    if parsed.bounce is not None:
        return _told(parsed)
    if reason := _report(parsed, "delivery-status"):
        return reason
    if "x-failed-recipients" in parsed.headers:
        return f"a bounce: {quoted(parsed, 'x-failed-recipients')}"
    sender = parsed.sender.address if parsed.sender else ""
    if is_null(mail_from) and sender.startswith(_BOUNCE_SENDERS):
        return f"a bounce: empty envelope sender, From {sender[:SHOWN]}"
    return ""


def _told(parsed: ParsedMessage) -> str:
    """`a bounce: jo@x.example cannot be reached (5.1.1, no such user)`."""
    report = parsed.bounce
    if report is None:
        return ""
    whom = one_line(report.recipient or "a recipient")
    what = "cannot be reached" if report.hard else "was not reached"
    details = ", ".join(filter(None, (report.status, one_line(report.reason))))
    return f"a bounce: {whom} {what}" + (f" ({details})" if details else "")


def _report(parsed: ParsedMessage, kind: str) -> str:
    """The reason when the message is a multipart/report of that kind (RFC 6522); the parser names it `report-type`."""
    if parsed.content_type != "multipart/report":
        return ""
    if value(parsed, "report-type") == kind or any(
        part.content_type == f"message/{kind}" for part in parsed.attachments
    ):
        return f"a report by a mail program: `Content-Type: multipart/report; report-type={kind}`"
    return ""


def receipt(parsed: ParsedMessage) -> str:
    """A notice that a mail was read or thrown away: by its type, or by its subject and its words together."""
    if reason := _report(parsed, "disposition-notification"):
        return reason
    if subject_begins(parsed, "receipt") and len(_words(parsed)) < _NOTICE and (said := phrases_in(parsed, "read")):
        return f"a read receipt: `Subject: {one_line(parsed.subject)}` with “{one_line(said)}”"
    return ""


def feedback_report(parsed: ParsedMessage) -> str:
    """An abuse report (RFC 5965), or a report on how our mail passes DMARC or TLS elsewhere."""
    if reason := _report(parsed, "feedback-report") or _report(parsed, "tlsrpt"):
        return reason
    if subject_begins(parsed, "report") and parsed.attachments:
        return f"a report on our own mail: `Subject: {one_line(parsed.subject)}`"
    return ""


def calendar(parsed: ParsedMessage) -> str:
    """An answer to or a change of an appointment; a person's letter with an invitation in it is none."""
    if parsed.content_type == "text/calendar":
        return "a calendar message: `Content-Type: text/calendar`"
    attached = any(part.content_type in _CALENDAR_TYPES for part in parsed.attachments)
    if attached and subject_begins(parsed, "calendar"):
        return f"a calendar message: `Subject: {one_line(parsed.subject)}` with a text/calendar part"
    return ""


def auto_reply(parsed: ParsedMessage, mail_from: str | None) -> str:
    """A vacation notice or a confirmation of receipt. A form's mail is none, whatever its headers say."""
    if is_form(parsed):
        return ""
    for name in _auto_reply_headers(parsed):
        return f"an automatic reply: {quoted(parsed, name)}"
    away, receives = subject_begins(parsed, "out_of_office"), subject_begins(parsed, "acknowledgement")
    if not (away or receives) or _asks(parsed, mail_from):
        return ""
    support = is_program(parsed, mail_from)
    if not (_is_answer(parsed) if receives else _titled(parsed) or _says_program(parsed, mail_from)):
        support = ""  # customers' programs leave the weaker signs too
    if away and not support and len(_words(parsed)) < _NOTICE and (said := phrases_in(parsed, "out_of_office")):
        support = f"“{one_line(said)}”"
    return f"an automatic reply: `Subject: {one_line(parsed.subject)}` with {support}" if support else ""


def _words(parsed: ParsedMessage) -> str:
    return parsed.text or parsed.full_text


def _asks(parsed: ParsedMessage, mail_from: str | None) -> bool:
    """Whether a person who is away writes to us: they ask for something, and no program says that it wrote this."""
    if _says_program(parsed, mail_from):
        return False
    if phrases_in(parsed, "request") and not emails_in(_words(parsed)):  # a notice names who stands in
        return True
    text_alone = parsed.model_copy(update={"subject": ""})  # `Out of office: Your quote` repeats what we wrote
    if _titled(parsed):
        return buys(said_in(text_alone))  # such notices ask `Urgent?` at most
    return "?" in f"{parsed.subject} {_words(parsed)}" or buys(said_in(parsed))


def _titled(parsed: ParsedMessage) -> bool:
    """Whether the subject repeats another: `Out of office: Your quote`."""
    return ":" in plain(parsed.subject)


def _says_program(parsed: ParsedMessage, mail_from: str | None) -> bool:
    """Whether the envelope or the header made for it says that a program wrote this."""
    return is_null(mail_from) or value(parsed, "auto-submitted") not in {"", "no"}


def _is_answer(parsed: ParsedMessage) -> bool:
    """Whether it answers a mail, or comes from a program's address with nobody else behind it."""
    if parsed.in_reply_to or parsed.references:
        return True
    sender = parsed.sender.address if parsed.sender else ""
    home = domain_of(sender)
    return is_robot(sender) and all(domain_of(mailbox.address) == home for mailbox in parsed.reply_to)


def _auto_reply_headers(parsed: ParsedMessage) -> Iterator[str]:
    """The headers that only automatic replies have."""
    if value(parsed, "auto-submitted").startswith(("auto-replied", "auto-notified", "auto-reply")):
        yield "auto-submitted"
    for name in ("precedence", "x-precedence", "preference"):
        if value(parsed, name) in {"auto_reply", "auto-reply"}:
            yield name
    for name in _REPLY_HEADERS:
        if value(parsed, name) not in {"", "no", "false"}:
            yield name
    for name, said in (("x-autogenerated", "reply"), ("x-post-messageclass", "autoresponder")):
        if said in value(parsed, name):
            yield name
