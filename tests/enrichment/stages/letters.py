"""Letters of the table files as the bytes of real mails, and what the whole chain decides about each."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import parseaddr
from pathlib import Path
from typing import NotRequired, TypedDict

from channels.mail.mime import parse
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.screen import Verdict, screen
from enrichment.stages.spam import judge_spam

OUR_ADDRESS = "hello@meadow-works.example"
PRIVATE = "Robin Ashdown <robin.ashdown@mailhome.example>"
_OWN = OwnAddresses(addresses=frozenset({OUR_ADDRESS}), domains=frozenset({"meadow-works.example"}))
_INVITATION = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{0}\r\nBEGIN:VEVENT\r\nUID:1@x.example\r\nSUMMARY:{1}\r\n"
    "DTSTART:20240604T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Letter(TypedDict):
    """One letter as the table files write it; what is left out is ordinary."""

    subject: str
    by: NotRequired[str]
    text: NotRequired[str]
    html: NotRequired[str]
    headers: NotRequired[dict[str, str]]
    calendar: NotRequired[str]
    report: NotRequired[str]
    receipt: NotRequired[bool]
    envelope: NotRequired[str]


def table(name: str) -> dict[str, list[Letter]]:
    """The letters of a table file beside this module, by kind."""
    read: dict[str, list[Letter]] = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return read


def as_mail(letter: Letter) -> bytes:
    """The letter as its sender's program would send it."""
    message = _body(letter)
    message["From"] = letter.get("by", PRIVATE)
    message["To"] = OUR_ADDRESS
    message["Subject"] = letter["subject"]
    message["Message-ID"] = "<letter@mailhome.example>"
    message["Date"] = "Tue, 14 May 2024 09:30:00 +0000"
    for name, value in letter.get("headers", {}).items():
        message[name] = value
    return message.as_bytes()


def screened(letter: Letter) -> Verdict:
    """What parsing, the judgement of spam and the screening say of a stranger's letter."""
    parsed = parse(as_mail(letter))
    mail_from = letter.get("envelope", parseaddr(letter.get("by", PRIVATE))[1])
    return screen(parsed, mail_from, known_party=False, own=_OWN, spam=judge_spam(parsed))


def _body(letter: Letter) -> Message:
    text = letter.get("text", "")
    if "report" in letter:
        return _report("delivery-status", text, letter["report"])
    if letter.get("receipt"):
        return _report("disposition-notification", text, "Disposition: manual-action/MDN-sent-manually; displayed\n")
    if "calendar" in letter:
        both = MIMEMultipart("alternative")
        both.attach(MIMEText(text, "plain", "utf-8"))
        both.attach(_invitation(letter["calendar"], letter["subject"]))
        return both
    plain = EmailMessage()
    if "html" in letter:
        plain.set_content(letter["html"], subtype="html")
    else:
        plain.set_content(text)
    return plain


def _report(kind: str, text: str, fields: str) -> Message:
    report = MIMEMultipart("report", report_type=kind)
    report.attach(MIMEText(text, "plain", "utf-8"))
    machine = MIMEBase("message", kind)
    machine.set_payload([_fields(fields)])
    report.attach(machine)
    return report


def _fields(fields: str) -> Message:
    plain = Message()
    plain.set_payload(fields)
    return plain


def _invitation(method: str, summary: str) -> Message:
    part = MIMEText(_INVITATION.format(method, summary), "calendar", "utf-8")
    part.set_param("method", method)
    return part
