"""Whatever the bytes: parsing ends in time, never raises, and every string is clean and bounded."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.mail.mime import parse
from tests.fuzz.promises import assert_promises

HEAD = b"From: a@b.c\r\nSubject: s\r\n"

BOMBS = {
    "100,000 commas in From": b"From: " + b"," * 100_000 + b"\r\nSubject: s\r\n\r\nhi",
    "folded subject of 1 MB": b"From: a@b.c\r\nSubject: " + b"s\r\n " * 300_000 + b"\r\n\r\nhi",
    "10,000 encoded words": b"From: a@b.c\r\nSubject: " + b"=?utf-8?q?=C3=A9?= " * 10_000 + b"\r\n\r\nhi",
    "multipart 1,000 deep": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000))
    + b"\r\nhi",
    "multipart 90 deep": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(90))
    + b"\r\nhi",
    "900 mails in each other": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 900 + b"\r\nhi",
    "100,000 quoted semicolons": HEAD + b'Content-Type: text/plain; x="' + b";" * 100_000 + b'"\r\n\r\nhi',
    "300 parts of quoted semicolons": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    + (b'--x\r\nContent-Type: text/plain; x="' + b";" * 3000 + b'"\r\n\r\nhi\r\n') * 300,
    "idna": HEAD
    + b"X: =?idna?q?"
    + b"k" * 100_000
    + b"?=\r\nContent-Type: text/plain; charset=idna\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"hi " * 60_000),
    "50,000 headers": HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\nhi",
    "10,000 parts": HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\nhi\r\n" * 10_000,
    "half a million empty lines": HEAD + b"\r\n" + b"\n" * 500_000 + b"hi",
    "100,000 dashes": HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\nhi\r\n" + b"-- a\n--b" * 100_000,
    "100,000 references": HEAD + b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nhi",
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_bombs_are_read_in_time_and_keep_their_words(content: bytes) -> None:
    """Each of these stops a usual parser for seconds or raises in it; here the text is read."""
    started = time.monotonic()
    found = parse(content)
    assert time.monotonic() - started < 30
    assert "hi" in found.text
    assert_promises(found)


TOKENS = [
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"Date: ",
    b"References: ",
    b"Content-Type: ",
    b"multipart/mixed; boundary=b",
    b"multipart/alternative; boundary=b",
    b"message/rfc822",
    b"message/delivery-status",
    b"text/html; charset=",
    b"text/plain; charset=utf-16",
    b"text/plain; charset=\x07x",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Disposition: attachment; filename=",
    b"filename*0*=utf-8''%ff",
    b"=?utf-8?b?/////w==?=",
    b"=?utf-7?q?+2AA-?=",
    b"=?iso-2022-jp?b?GyRC?=",
    b"\r\n",
    b"\r\n\r\n",
    b"\r\n--b\r\n",
    b"\r\n--b--\r\n",
    b"\r\n ",
    b"<a@b.c>",
    b"Name: x\nEmail: a@b.c\nMessage: ",
    b"<p style=display:none>",
    b"\x00\x1b$B\x07",
    b"\xed\xa0\x80\xff",
    b"\xc3\xa9",
    b'"',
    b"(",
]


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: text/plain; charset=\x07\x1b[31mred\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=" + b"x" * 5000 + b"\r\n\r\n\xff",
        b"Content-Type: \x01/\x02; name=\x03\r\n\r\nx",
        b"Message-ID: <a\x00\x07b\r\n c@d>\r\nReturn-Path: \x0b\xff\r\n\r\nx",
        b"Content-Type: multipart/report; report-type=\x05x\r\n\r\n",
    ],
)
def test_what_headers_name_is_clean_wherever_it_is_shown(content: bytes) -> None:
    """Control characters do not come back in defects, ids, headers or types."""
    assert_promises(parse(HEAD + content))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12)), max_size=40).map(b"".join))
def test_any_bytes_give_a_clean_message(content: bytes) -> None:
    """Mail-shaped and shapeless bytes never raise, and never let a bad character through."""
    assert_promises(parse(content))
