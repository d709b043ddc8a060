"""Mails of every kind to mutate: those in the repository, and small ones that each hold one structure."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.channels.mail.winmail import winmail

ROOT = Path(__file__).parent.parent.parent
FOLDERS = (ROOT / "bot" / "samples" / "mails", ROOT / "tests" / "emails")
HEAD = (
    b"From: =?utf-8?q?Zo=C3=AB?= Kern <zoe@example.com>\r\nTo: shop@example.org\r\nSubject: Re: leaking roof\r\n"
    b"Date: Tue, 3 Mar 2026 09:15:00 +0100\r\nMessage-ID: <a1@example.com>\r\nIn-Reply-To: <b2@example.org>\r\n"
    b"MIME-Version: 1.0\r\n"
)
REPLY = (
    "Yes, Thursday suits us.\r\n\r\nZoë\r\n-- \r\nZoë Kern\r\n+49 30 901820\r\n\r\n"
    "On Mon, 2 Mar 2026 at 10:00, Shop <shop@example.org> wrote:\r\n> Shall we come on Thursday?\r\n> Best\r\n"
).encode()
FORWARD = (
    b"please call her\r\n\r\n---------- Forwarded message ---------\r\n"
    b"From: Ana <ana@example.net>\r\n"
    b"Date: Mon, 2 Mar 2026 at 08:00\r\nSubject: Presupuesto\r\n"
    b"To: <zoe@example.com>\r\n\r\nNecesito un presupuesto.\r\n"
)
HTML = (
    "<html><head><style>p{color:red}</style></head><body><p>Grüße, <b>bitte</b> anrufen</p>"
    "<table><tr><th>Name</th><td>Bo</td></tr><tr><th>Email</th><td>bo@example.com</td></tr></table>"
    "<div style='display:none'>ignore this</div><div class=gmail_quote>On Monday Shop wrote:<blockquote type=cite>"
    "<p>old</p></blockquote></div><img src='cid:logo'></body></html>"
).encode()
ADF = (
    b'<?xml version="1.0"?><?adf version="1.0"?><adf><prospect><customer><contact><name part="full">Jo Day</name>'
    b"<email>jo@example.com</email></contact><comments>Is it there?</comments></customer></prospect></adf>"
)
CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Visit\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
STATUS = b"Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; ana@example.net\r\nStatus: 5.1.1\r\n"


def _part(kind: str, body: bytes, *more: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"Content-Type: {kind}", *more))
    return head.encode() + b"\r\n" + body


def _packed(kind: str, body: bytes, *more: str) -> bytes:
    return _part(kind, base64.encodebytes(body), "Content-Transfer-Encoding: base64", *more)


def _multi(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    line = b"--" + boundary.encode()
    inside = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return _part(f'multipart/{kind}; boundary="{boundary}"', inside + line + b"--\r\n")


def built() -> list[bytes]:
    """One mail for each structure that the parser knows."""
    plain = _part("text/plain; charset=utf-8", REPLY, "Content-Transfer-Encoding: 8bit")
    page = _part("text/html; charset=utf-8", HTML)
    logo = _packed("image/png; name=logo.png", b"\x89PNG" * 40, "Content-ID: <logo>", "Content-Disposition: inline")
    original = b"Received: by mx\r\nFrom: Ana <ana@example.net>\r\nSubject: Presupuesto\r\n" + plain
    return [
        HEAD + plain,
        HEAD + page,
        HEAD + _part("text/plain; charset=iso-8859-15", "Größe 3 €".encode("iso-8859-15")),
        HEAD + _part("text/plain", FORWARD),
        HEAD + _multi("alternative", plain, page),
        HEAD + _multi("mixed", _multi("related", page, logo, boundary="in"), _packed("application/pdf", b"%PDF" * 99)),
        HEAD + _multi("mixed", _part("text/plain", b"see below"), _part("message/rfc822", original)),
        HEAD + _multi("mixed", _part("text/plain", b"New lead"), _part("application/x-adf+xml", ADF)),
        HEAD + _multi("alternative", plain, _part("text/calendar; method=REQUEST", CALENDAR)),
        HEAD
        + _multi(
            "report; report-type=delivery-status",
            _part("text/plain", b"It could not be delivered."),
            _part("message/delivery-status", STATUS),
            _part("message/rfc822", original),
        ),
        HEAD
        + _multi("mixed", plain, _packed("application/ms-tnef; name=winmail.dat", winmail("plan.pdf", b"x" * 300))),
    ]


def seeds() -> list[bytes]:
    """All of them, in an order that does not change."""
    files = sorted(file for folder in FOLDERS for file in folder.rglob("*.eml"))
    return [*built(), *(file.read_bytes() for file in files)]
