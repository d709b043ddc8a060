"""Tells obvious automatic mail by its headers; whatever is in doubt passes, and nothing is deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from enrichment.models import Model, ParsedMessage
from enrichment.stages.addresses import OwnAddresses, domain_of, emails_in, is_free_mail

_SHOWN = 80
_OUT_OF_OFFICE = re.compile(
    r"^\W{0,5}(?:auto(?:matic|mated|matische|matisch)?[ -]?(?:reply|response|antwort|repl)|out of (?:the )?office|ooo\b"
    r"|on (?:vacation|leave|holiday)|away from (?:the|my) (?:office|desk)|abwesen|ich bin nicht im büro"
    r"|r[ée]ponse automatique|absence|absent|respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica"
    r"|fuori sede|fuori ufficio|resposta autom[áa]tica|fora do escrit[óo]rio|automatisch antwoord|afwezig)",
    re.IGNORECASE,
)
_CALENDAR_SUBJECT = re.compile(
    r"^(?:accepted|declined|tentative|invitation|updated invitation|cancell?ed(?: event)?|new time proposed"
    r"|akzeptiert|zugesagt|abgesagt|einladung|accepté|refusé|aceptad[oa]|rechazad[oa]|invitación)\s?:",
    re.IGNORECASE,
)
_BOUNCE_SENDERS = ("mailer-daemon@", "mailerdaemon@", "postmaster@", "mail-daemon@")


class Automatic(StrEnum):
    """The kinds of mail that no person wrote to us."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    CALENDAR = "calendar"
    RECEIPT = "receipt"
    FEEDBACK_REPORT = "feedback_report"
    OWN_MAIL = "own_mail"


class Verdict(Model):
    """Passed on when `kind` is None; else what it is and, for staff, the header that says so."""

    kind: Automatic | None = None
    reason: str = ""

    @property
    def passes(self) -> bool:
        """Whether the message goes on to become a lead."""
        return self.kind is None


def screen(parsed: ParsedMessage, mail_from: str | None, known_party: bool, own: OwnAddresses) -> Verdict:
    """Whether a message is obvious automatic mail.

    mail_from: the envelope sender, `<>` or empty for the null sender, None when unknown; known_party: the sender has
    written before, and so is never filtered as bulk.
    """
    checks: tuple[tuple[Automatic, Callable[[], str]], ...] = (
        (Automatic.BOUNCE, lambda: _bounce(parsed, mail_from)),
        (Automatic.RECEIPT, lambda: _report(parsed, "disposition-notification")),
        (Automatic.FEEDBACK_REPORT, lambda: _report(parsed, "feedback-report")),
        (Automatic.CALENDAR, lambda: _calendar(parsed)),
        (Automatic.AUTO_REPLY, lambda: _auto_reply(parsed, mail_from)),
        (Automatic.OWN_MAIL, lambda: _own_mail(parsed, own)),
        (Automatic.BULK, lambda: "" if known_party else _bulk(parsed, own)),
    )
    for kind, check in checks:
        if reason := check():
            return Verdict(kind=kind, reason=reason)
    return Verdict()


def _bounce(parsed: ParsedMessage, mail_from: str | None) -> str:
    if reason := _report(parsed, "delivery-status"):
        return reason
    if "x-failed-recipients" in parsed.headers:
        return f"a bounce: {_quoted(parsed, 'x-failed-recipients')}"
    sender = parsed.sender.address if parsed.sender else ""
    if _is_null(mail_from) and sender.startswith(_BOUNCE_SENDERS):
        return f"a bounce: empty envelope sender, From {sender[:_SHOWN]}"
    return ""


def _report(parsed: ParsedMessage, kind: str) -> str:
    """The reason when the message is a multipart/report of that kind (RFC 6522); the parser names it `report-type`."""
    if parsed.content_type != "multipart/report":
        return ""
    if _value(parsed, "report-type") == kind or any(
        part.content_type == f"message/{kind}" for part in parsed.attachments
    ):
        return f"a report by a mail program: `Content-Type: multipart/report; report-type={kind}`"
    return ""


def _calendar(parsed: ParsedMessage) -> str:
    """An answer to or a change of an appointment; a person's letter with an invitation in it is none."""
    if parsed.content_type == "text/calendar":
        return "a calendar message: `Content-Type: text/calendar`"
    attached = any(part.content_type in {"text/calendar", "application/ics"} for part in parsed.attachments)
    if attached and _CALENDAR_SUBJECT.match(parsed.subject):
        return f"a calendar message: `Subject: {_one_line(parsed.subject)}` with a text/calendar part"
    return ""


def _auto_reply(parsed: ParsedMessage, mail_from: str | None) -> str:
    if _is_form(parsed):
        return ""
    for name in _auto_reply_headers(parsed):
        return f"an automatic reply: {_quoted(parsed, name)}"
    if _OUT_OF_OFFICE.match(parsed.subject) and (support := _supports_auto_reply(parsed, mail_from)):
        return f"an automatic reply: `Subject: {_one_line(parsed.subject)}` with {support}"
    return ""


def _auto_reply_headers(parsed: ParsedMessage) -> Iterator[str]:
    """The headers that only automatic replies have."""
    if _value(parsed, "auto-submitted").startswith(("auto-replied", "auto-notified")):
        yield "auto-submitted"
    if _value(parsed, "precedence") in {"auto_reply", "auto-reply"}:
        yield "precedence"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply"):
        if _value(parsed, name) not in {"", "no", "false"}:
            yield name


def _supports_auto_reply(parsed: ParsedMessage, mail_from: str | None) -> str:
    """A sign of a program that bears out an out-of-office subject; anybody can write such a subject."""
    if _value(parsed, "auto-submitted") not in {"", "no"}:
        return _quoted(parsed, "auto-submitted")
    if _value(parsed, "precedence") in {"bulk", "junk", "list"}:
        return _quoted(parsed, "precedence")
    if "x-auto-response-suppress" in parsed.headers:
        return _quoted(parsed, "x-auto-response-suppress")
    return "an empty envelope sender" if _is_null(mail_from) else ""


def _own_mail(parsed: ParsedMessage, own: OwnAddresses) -> str:
    """A program of ours writing to us about nobody: a form that writes in our name names its customer somewhere."""
    automatic = _value(parsed, "auto-submitted") not in {"", "no"}
    if not automatic or parsed.sender is None or not own.owns(parsed.sender.address) or _is_form(parsed):
        return ""
    named = (*(mailbox.address for mailbox in parsed.reply_to), *emails_in(parsed.text))
    if any(not own.owns(address) for address in named):
        return ""
    return f"our own automatic mail: From {parsed.sender.address[:_SHOWN]} with {_quoted(parsed, 'auto-submitted')}"


def _bulk(parsed: ParsedMessage, own: OwnAddresses) -> str:
    """A newsletter or a mailing list, unless a customer can be behind it or the list is our own mailbox."""
    name = next((header for header in _bulk_headers(parsed)), "")
    if not name or _is_form(parsed) or _has_other_reply_to(parsed) or _is_own_list(parsed, own):
        return ""
    return f"a mailing to many: {_quoted(parsed, name)}"


def _bulk_headers(parsed: ParsedMessage) -> Iterator[str]:
    for name in ("list-id", "list-unsubscribe"):
        if _value(parsed, name):
            yield name
    if _value(parsed, "precedence") in {"bulk", "list", "junk"}:
        yield "precedence"


def _has_other_reply_to(parsed: ParsedMessage) -> bool:
    """Whether answers go to another organisation than From's: then a form or a marketplace passed a customer on."""
    if parsed.sender is None:
        return bool(parsed.reply_to)
    home = _organisation(parsed.sender.address)
    return any(_organisation(mailbox.address) != home for mailbox in parsed.reply_to)


def _is_own_list(parsed: ParsedMessage, own: OwnAddresses) -> bool:
    """Whether the list is a group mailbox of ours: each customer's mail to it then bears a List-Id."""
    list_id = _value(parsed, "list-id").rpartition("<")[2].rstrip("> ")
    ours = own.domains | {domain_of(address) for address in own.addresses}
    if any(list_id == domain or list_id.endswith(f".{domain}") for domain in ours if not is_free_mail(domain)):
        return True
    return list_id in {address.replace("@", ".") for address in own.addresses}


def _is_form(parsed: ParsedMessage) -> bool:
    """Whether a web form's labels were found."""
    return any(parsed.fields.get(label, "").strip() for label in ("email", "phone", "message", "name"))


def _organisation(address: str) -> str:
    """The last two labels of the domain, near enough to tell a sub-domain from another house."""
    return ".".join(domain_of(address).split(".")[-2:])


def _is_null(mail_from: str | None) -> bool:
    return mail_from is not None and mail_from.strip() in {"", "<>"}


def _value(parsed: ParsedMessage, name: str) -> str:
    return parsed.headers.get(name, "").strip().lower()


def _quoted(parsed: ParsedMessage, name: str) -> str:
    return f"`{name.title()}: {_one_line(parsed.headers[name])}`"


def _one_line(text: str) -> str:
    return " ".join(text[: 4 * _SHOWN].split()).replace("`", "'")[:_SHOWN]
