"""Mails as they really come, and the facts that are read from them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.feedparser import BytesFeedParser
from email.parser import BytesHeaderParser
from typing import NoReturn

import mailparser
import pytest

from channels.mail.mime import parse
from enrichment.models import Address
from tests.channels.mail.letters import ANN, HTML, TEXT, mail, parts


def test_a_plain_mail_is_read_in_full() -> None:
    """Every field of an ordinary mail."""
    found = parse(
        b"Return-Path: <ann@example.com>\r\nFrom: =?utf-8?q?Ann_L=C3=A9e?= <Ann@Example.com>\r\n"
        b"To: Sales <sales@shop.example>, b@shop.example\r\nCc: c@shop.example\r\nReply-To: ann@home.example\r\n"
        b"Subject: =?utf-8?b?RMOhY2g=?=\r\n =?utf-8?q?_und_T=C3?= =?utf-8?q?=BCr?=\r\nMessage-ID: <One@example.com>\r\n"
        b"In-Reply-To: <zero@shop.example>\r\nReferences: <a@x>\r\n <zero@shop.example>\r\n"
        b"Date: Mon, 20 Nov 2023 10:00:00 +0100\r\nList-Id: <l.example>\r\nX-Mailer: m\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\tplease call.\r\n"
    )
    assert found.sender == Address(name="Ann Lée", address="ann@example.com")
    assert found.to == (Address(name="Sales", address="sales@shop.example"), Address(address="b@shop.example"))
    assert found.cc == (Address(address="c@shop.example"),)
    assert found.reply_to == (Address(address="ann@home.example"),)
    assert found.subject == "Dách und Tür"
    assert (found.message_id, found.in_reply_to) == ("One@example.com", ("zero@shop.example",))
    assert found.references == ("a@x", "zero@shop.example")
    assert found.date == datetime(2023, 11, 20, 9, 0, tzinfo=UTC)
    assert found.text == "Hello,\n\tplease call."
    assert found.content_type == "text/plain"
    assert found.headers == {"return-path": "<ann@example.com>", "list-id": "<l.example>"}
    assert (found.attachments, found.defects, found.fields) == ((), (), {})


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        (b"text/plain; charset=utf-8", "Größe 5 €".encode(), "Größe 5 €"),
        (b"text/plain", "Größe".encode(), "Größe"),
        (b"text/plain", "Größe".encode("latin-1"), "Größe"),
        (b"text/plain; charset=iso-8859-1", "5 € – jetzt".encode("cp1252"), "5 € – jetzt"),
        (b"text/plain; charset=gb2312", "朱镕基的房子".encode("gb18030"), "朱镕基的房子"),
        (b"text/plain; charset=iso-2022-jp", "見積もり".encode("iso2022_jp"), "見積もり"),
        (b"text/plain; charset=\xff\xfe", b"hello", "hello"),
        (b'text/plain; charset="idna"', b"hello", "hello"),
        (b"text/html", b'<meta charset="windows-1251"><p>' + "Привет".encode("cp1251"), "Привет"),
    ],
)
def test_bodies_in_any_character_set(content_type: bytes, body: bytes, text: str) -> None:
    """Declared, undeclared and misdeclared character sets, sent as base64 and as 8-bit."""
    eight_bit = mail(body, b"Content-Type: " + content_type + b"\r\n")
    encoded = mail(
        base64.encodebytes(body), b"Content-Type: " + content_type + b"\r\nContent-Transfer-Encoding: base64\r\n"
    )
    assert parse(eight_bit).text == text
    assert parse(encoded).text == text


@pytest.mark.parametrize(
    ("header", "address", "name"),
    [
        ("From: J\xfcrgen <j@x.de>".encode("latin-1"), "j@x.de", "Jürgen"),
        ("From: Jürgen <j@x.de>".encode(), "j@x.de", "Jürgen"),
        (b'From: "=?utf-8?Q?J=C3=BCrgen?=" <j@x.de>', "j@x.de", "Jürgen"),
        (b"From: Ann Lee <ann@x.de", "ann@x.de", "Ann Lee"),
        (b"From: nobody\r\nSender: Ann <ann@x.de>", "ann@x.de", "Ann"),
        (b"From: Ann\x00 <ann@x.de>", "ann@x.de", "Ann"),
    ],
)
def test_broken_senders_are_still_found(header: bytes, address: str, name: str) -> None:
    """8-bit names, quoted encoded words, unclosed brackets, a From without an address."""
    assert parse(header + b"\r\nSubject: x\r\n\r\nhi").sender == Address(name=name, address=address)


def test_no_sender_is_said() -> None:
    """Without any address there is no sender, and the defect says why."""
    assert parse(b"From: \r\nSubject: x\r\n\r\nhi").defects == ("From holds no address",)
    assert parse(b"Subject: x\r\n\r\nhi").defects == ("there is no From",)
    assert "there are several From headers; the first was taken" in parse(b"From: a@b.c\r\n" + ANN + b"\r\nhi").defects


def test_alternatives_are_read_as_plain_text() -> None:
    """Of two forms of the same words one is read."""
    found = parse(mail(b"", b"")[:-2] + parts(b"alternative", TEXT + b"plain words", HTML + b"<p>html words</p>"))
    assert found.text == "plain words"


@pytest.mark.parametrize(
    "placeholder",
    [
        b"",
        b" \r\n\r\n",
        b"Your mail client does not support HTML.",
        b"This is an HTML message. Please use an HTML capable mail program to read this message.",
        b"Ihr Mailprogramm unterst\xc3\xbctzt kein HTML.",
    ],
)
def test_an_empty_alternative_gives_way_to_html(placeholder: bytes) -> None:
    """Plain text that says nothing is not chosen."""
    found = parse(ANN + parts(b"alternative", TEXT + placeholder, HTML + b"<p>real words</p>"))
    assert found.text == "real words"


def test_short_plain_text_is_no_placeholder() -> None:
    """A short message counts, even when it speaks of HTML."""
    found = parse(ANN + parts(b"alternative", TEXT + b"Yes", HTML + b"<p>Yes!</p>"))
    assert found.text == "Yes"
    asks = b"Hi, can you build HTML email templates for our shop? We need ten."
    assert parse(ANN + parts(b"alternative", TEXT + asks, HTML + b"<p>x</p>")).text.startswith("Hi, can you")


def test_an_html_mail_is_read_as_text() -> None:
    """HTML alone is converted, and hidden text is a defect."""
    found = parse(mail(b'<p>Hello</p><p style="display:none">secret</p>', b"Content-Type: text/html\r\n"))
    assert found.text == "Hello"
    assert found.defects == ("the HTML holds hidden text, which was left out",)


def test_a_bounce_shows_status_and_original_id() -> None:
    """A delivery report's machine part and the Message-ID of what we sent are in the text; report-type is a header."""
    status = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; m.x\r\n\r\nStatus: 5.1.1\r\n"
    original = (
        b"Content-Type: message/rfc822\r\n\r\nFrom: us@shop.example\r\nMessage-ID: <ours@shop.example>\r\n\r\nhi\r\n"
    )
    report = parts(b"report", TEXT + b"Not delivered.", status, original).replace(
        b"multipart/report;", b"multipart/report; report-type=Delivery-Status;"
    )
    found = parse(ANN + b"Auto-Submitted: auto-replied\r\n" + report)
    assert found.headers == {"auto-submitted": "auto-replied", "report-type": "delivery-status"}
    assert found.content_type == "multipart/report"
    assert "Status: 5.1.1" in found.text
    assert "Message-ID: <ours@shop.example>" in found.text


def test_adf_reaches_the_text() -> None:
    """A car marketplace's XML part is kept as it is, for the ADF reader."""
    adf = b'Content-Type: application/x-adf+xml\r\n\r\n<?adf version="1.0"?><adf><prospect/></adf>'
    assert "<adf><prospect/></adf>" in parse(ANN + parts(b"mixed", TEXT + b"New lead", adf)).text


def test_a_form_in_html_gives_its_fields() -> None:
    """The whole way from an HTML table to labelled fields."""
    rows = b"".join(
        b"<tr><th>%s</th><td>%s</td></tr>" % row
        for row in [(b"Name", b"Bo Ray"), (b"Email", b"bo@example.com"), (b"Message", b"Fix<br>it")]
    )
    found = parse(mail(b"<p>New entry</p><table>" + rows + b"</table>", b"Content-Type: text/html\r\n"))
    assert found.fields == {"name": "Bo Ray", "email": "bo@example.com", "message": "Fix\nit"}


def test_sealed_mail_says_so() -> None:
    """Encrypted mail has no text; the defect says why."""
    sealed = mail(b"AAAA", b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n")
    assert "the message is encrypted or sealed; its text cannot be read here" in parse(sealed).defects


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (b"Mon, 20 Nov 2023 10:00:00 -0500", datetime(2023, 11, 20, 15, 0, tzinfo=UTC)),
        (b"2023-11-20T10:00:00Z", datetime(2023, 11, 20, 10, 0, tzinfo=UTC)),
        (b"20 Nov 2023 10:00:00 -0000", datetime(2023, 11, 20, 10, 0, tzinfo=UTC)),
        (b"Mon, 20 Nov 2023 10:00:00 EST", datetime(2023, 11, 20, 15, 0, tzinfo=UTC)),
        (b"yesterday", None),
        (b"Mon, 99 Nov 2023 10:00:00 +0000", None),
        (b"Fri, 31 Dec 9999 23:59:59 -2359", None),
        (b"1 " * 5000, None),
    ],
)
def test_dates_are_utc_or_none(date: bytes, expected: datetime | None) -> None:
    """Impossible dates are no dates, and a defect."""
    found = parse(b"Date: " + date + b"\r\n" + ANN + b"\r\nhi")
    assert found.date == expected
    assert ("the date cannot be read" in found.defects) == (expected is None)


def test_only_the_newest_references_are_kept() -> None:
    """A thread of years keeps its last hundred ids."""
    ids = b" ".join(b"<%d@x>" % number for number in range(300))
    found = parse(b"References: " + ids + b"\r\n" + ANN + b"\r\nhi").references
    assert (len(found), found[0], found[-1]) == (100, "200@x", "299@x")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"just words", "just words"),
        (b"\xef\xbb\xbf" + ANN + b"\r\nhi", "hi"),
        (b"\r\n\r\n" + ANN + b"\r\nhi", "hi"),
        (ANN.replace(b"\r\n", b"\r") + b"\rhi", "hi"),
        (ANN.replace(b"\r\n", b"\n") + b"\nhi\x00\x07", "hi"),
        (ANN + b"Content-Type: multipart/mixed; boundary=never\r\n\r\n--other\r\n\r\nstill read", "still read"),
        (ANN + b"Content-Type: multipart/mixed\r\n\r\nstill read", "still read"),
        (ANN + b"Content-Type: nonsense\r\n\r\nstill read", "still read"),
        (ANN + b"Content-Transfer-Encoding: base64\r\n\r\nnot base64 !", "not base64 !"),
    ],
)
def test_broken_structure_still_gives_the_words(content: bytes, text: str) -> None:
    """Missing boundaries, wrong line ends, a byte-order mark, no headers at all."""
    assert parse(content).text == text


def test_each_stage_catches_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """When mail-parser fails the structure is still read; when everything fails, sender, subject and raw words."""
    content = ANN + parts(b"mixed", TEXT + "Grüße".encode(), b"Content-Type: application/pdf; name=a.pdf\r\n\r\nx")

    def fail(*_: object, **__: object) -> NoReturn:
        raise AttributeError

    monkeypatch.setattr(mailparser, "MailParser", fail)
    second = parse(content)
    assert (second.text, len(second.attachments)) == ("Grüße", 1)
    assert second.defects == ("the message is badly broken (AttributeError); read with fewer means",)

    monkeypatch.setattr(BytesFeedParser, "feed", fail)
    third = parse(content)
    assert (third.text, third.subject, third.sender) == (
        "Grüße",
        "Roof",
        Address(name="Ann Lee", address="ann@example.com"),
    )

    monkeypatch.setattr(BytesHeaderParser, "parsebytes", fail)
    last = parse(content)
    assert (last.subject, last.sender) == ("Roof", Address(address="ann@example.com"))
    assert "Grüße" in last.text
    assert len(last.defects) == 3
