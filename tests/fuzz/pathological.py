"""Mails made to hang or bloat a parser; each holds the words `needle hi` where a person would still find them."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable

from tests.channels.mail.winmail import attribute, properties

HEAD = b"From: Ann <ann@example.com>\r\nTo: shop@example.org\r\nSubject: Re: roof\r\nIn-Reply-To: <x@example.org>\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nneedle hi\r\n"
PAGE = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>needle hi</p>"
PACKED = b"Content-Transfer-Encoding: base64\r\n\r\n"


def _mixed(*parts: bytes) -> bytes:
    inside = b"".join(b"--q\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + inside + b"--q--\r\n"


def _deep(levels: int) -> bytes:
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    return HEAD + b"".join(level % (n, n) for n in range(levels)) + b"\r\nneedle hi"


def _with_file(kind: bytes, data: bytes) -> bytes:
    words = b"Content-Type: text/plain\r\n\r\nneedle hi"
    return _mixed(words, b"Content-Type: " + kind + b"\r\n" + PACKED + base64.encodebytes(data))


def _laughs() -> bytes:
    lines = [b'<!ENTITY a "%s">' % (b"ha" * 50)]
    lines += [b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)]
    text = b"<adf><prospect><customer><comments>&m;</comments></customer></prospect></adf>"
    xml = b"<?xml version='1.0'?><!DOCTYPE adf [" + b"".join(lines) + b"]>" + text
    return _mixed(b"Content-Type: text/plain\r\n\r\nneedle hi", b"Content-Type: application/x-adf+xml\r\n\r\n" + xml)


def _winmail() -> bytes:
    rows = attribute(2, 0x00069002, b"") + attribute(2, 0x00069005, struct.pack("<I", 0xFFFFFFFF) + properties())
    return _with_file(b"application/ms-tnef; name=winmail.dat", struct.pack("<IH", 0x223E9F78, 1) + rows * 100_000)


PATHOLOGICAL: dict[str, Callable[[], bytes]] = {
    "100,000 commas in From": lambda: b"From: " + b"," * 100_000 + b"\r\nSubject: s\r\n\r\nneedle hi",
    "100,000 quotes and brackets in From": lambda: b"From: " + b'"(<' * 100_000 + b"\r\n\r\nneedle hi",
    "1 MB folded subject": lambda: b"From: a@b.c\r\nSubject: " + b"s\r\n " * 300_000 + b"\r\n\r\nneedle hi",
    "10,000 encoded words": lambda: b"Subject: " + b"=?utf-8?q?=C3=A9?= " * 10_000 + b"\r\n\r\nneedle hi",
    "50,000 headers": lambda: HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\nneedle hi",
    "a million headers": lambda: HEAD + b"X-Y: z\r\n" * 1_000_000 + b"\r\nneedle hi",
    "100,000 references": lambda: HEAD + b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nneedle hi",
    "multipart 1,000 deep": lambda: _deep(1000),
    "multipart 90 deep": lambda: _deep(90),
    "900 mails in each other": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 900 + b"\r\nneedle hi",
    "a bomb in a packed message": lambda: _with_file(
        b"message/rfc822", HEAD + b'Content-Type: text/plain; x="' + b";" * 100_000 + b'"\r\n\r\nhi'
    ),
    "smime.p7m of a million containers": lambda: _with_file(
        b"application/pkcs7-mime", b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02" + b"\x04\x00" * 1_000_000
    ),
    "smime.p7m a million deep": lambda: _with_file(b"application/pkcs7-mime", b"\x30\x80" * 1_000_000),
    "10,000 parts": lambda: _mixed(b"\r\nneedle hi", *[b"Content-Type: image/png\r\n\r\nx"] * 10_000),
    "300,000 parts": lambda: _mixed(b"\r\nneedle hi", *[b"Content-Type: image/png\r\n\r\nx"] * 300_000),
    "20 MB attachment": lambda: _with_file(b"application/zip", b"\0" * 20_000_000),
    "20 MB of 8-bit bytes": lambda: PLAIN + b"\xe9" * 20_000_000,
    "winmail.dat of 100,000 files": _winmail,
    "a billion laughs": _laughs,
    "100,000 newlines": lambda: PLAIN + b"\r\n" * 100_000 + b"end",
    "100,000 quote marks on a line": lambda: PLAIN + b">" * 100_000,
    "100,000 quoted lines": lambda: PLAIN + b"> \r\n" * 100_000,
    "20,000 attributions": lambda: PLAIN + b"On Mon, 3 Mar 2026, Bo <bo@b.c> wrote:\r\n> x\r\n" * 20_000,
    "20,000 open attributions": lambda: PLAIN + b"On Mon, 3 Mar 2026 Bo\r\n" * 20_000,
    "20,000 forwards": lambda: PLAIN + b"---------- Forwarded message ----------\r\nFrom: a@b.c\r\n" * 20_000,
    "20,000 header blocks": lambda: PLAIN + b"From: a@b.c\r\nSent: x\r\nTo: y\r\nSubject: z\r\n\r\n" * 20_000,
    "50,000 labels": lambda: PLAIN + b"Name: x\r\nEmail: a@b.c\r\n" * 50_000,
    "one label without end": lambda: PLAIN + b"Name : " * 100_000,
    "100,000 signatures": lambda: PLAIN + b"-- \r\n" * 100_000,
    "1 MB of blanks": lambda: PLAIN + b" " * 1_000_000 + b"x",
    "1 MB of tabs and no-break spaces": lambda: PLAIN + b"\t\xc2\xa0" * 300_000 + b"x",
    "100,000 at signs": lambda: PLAIN + b"a@" * 100_000,
    "1 MB of digits": lambda: PLAIN + b"1 2-3(4)" * 125_000,
    "1 MB without a blank": lambda: PLAIN + "水".encode() * 330_000,
    "1 MB of dots": lambda: PLAIN + b"a.b." * 250_000,
    "100,000 underscores": lambda: PLAIN + b"_" * 100_000 + b"\r\n" + b"=" * 100_000,
    "100,000 links": lambda: PLAIN + b"http://a.b/c " * 100_000,
    "100,000 open divs": lambda: PAGE + b"<div>" * 100_000,
    "100,000 open tables": lambda: PAGE + b"<table><tr><td>" * 100_000,
    "100,000 open quotes": lambda: PAGE + b"<blockquote type=cite>" * 100_000,
    "2,000 quotes beside each other": lambda: PAGE + b"<blockquote type=cite>x</blockquote>" * 2_000,
    "100,000 open comments": lambda: PAGE + b"<!--" * 100_000,
    "100,000 less-than signs": lambda: PAGE + b"<" * 100_000,
    "100,000 attributes": lambda: PAGE + b"<p " + b"a=b " * 100_000 + b">x",
    "a style of 400 KB": lambda: PAGE + b"<p style='" + b"display: " * 45_000 + b"'>x",
    "50,000 hidden words": lambda: PAGE + b"<i style=display:none>x</i>" * 15_000,
    "60,000 no-break spaces in HTML": lambda: PAGE + b"&nbsp; " * 60_000 + b"x",
    "100,000 line breaks in HTML": lambda: PAGE + b"<br>" * 100_000 + b"x",
    "120,000 entities": lambda: PAGE + b"&lt;" * 120_000,
    "quoted-printable that grows": lambda: (
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\nneedle hi" + b"=\n" * 500_000
    ),
    "utf-7 of 1 MB": lambda: HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\nneedle hi " + b"+2AA-" * 200_000,
    "idna": lambda: HEAD + b"Content-Type: text/plain; charset=idna\r\n\r\nneedle hi " + b"k" * 300_000,
    "an unlabelled soup": lambda: HEAD + b"\r\nneedle hi " + bytes(range(128, 256)) * 3_000,
    "500,000 status fields": lambda: _mixed(
        b"\r\nneedle hi", b"Content-Type: message/delivery-status\r\n\r\n" + b"Status: 5.1.1\r\n\r\n" * 500_000
    ),
}
