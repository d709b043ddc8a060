"""Headers that break the rules: raw bytes of many character sets, stray lines, addresses with blanks."""

from __future__ import annotations

import pytest

from channels.mail.mime import parse
from enrichment.models import Address
from tests.channels.mail.letters import ANN

WORDS = [
    ("windows-1251", "Заявка"),
    ("koi8-r", "Заявка на ремонт"),
    ("gb2312", "询价单"),
    ("shift_jis", "お見積もり"),
    ("iso-8859-2", "łazienka"),
    ("iso-8859-9", "isteği şimdi"),
    ("windows-1253", "Προσφορά"),
    ("utf-8", "Grüße"),
]


@pytest.mark.parametrize(("charset", "words"), WORDS)
def test_raw_headers_are_in_the_character_set_of_the_text(charset: str, words: str) -> None:
    """A program that sends raw bytes in Subject and From has named their character set below."""
    raw = f"Subject: {words}\r\nFrom: {words} <a@b.example>\r\n".encode(charset)
    declared = f"Content-Type: text/html; charset={charset}\r\n\r\nhi\r\n".encode()
    multipart = b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n" + declared + b"--q--\r\n"
    for content in (raw + declared, raw + multipart):
        found = parse(content)
        assert found.subject == words
        assert found.sender == Address(name=words, address="a@b.example")


def test_utf8_headers_are_utf8_whatever_the_text_is() -> None:
    """A modern program puts UTF-8 above a text of an older character set."""
    content = "Subject: Grüße\r\n".encode() + b"Content-Type: text/plain; charset=windows-1251\r\n\r\n\xef\xf0"
    assert (parse(content).subject, parse(content).text) == ("Grüße", "пр")


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        (b"Zoe Kern [mailto:zoe@example.com]", "Zoe Kern", "zoe@example.com"),
        (b"Zoe <mailto:zoe@example.com>", "Zoe", "zoe@example.com"),
        (b"Zoe <zoe @example.com>", "Zoe", "zoe@example.com"),
        (b"zoe@[192.168.1.1]", "", "zoe@[192.168.1.1]"),
    ],
)
def test_addresses_as_programs_write_them(value: bytes, name: str, address: str) -> None:
    """Outlook's `mailto:`, a blank inside the brackets, an address at a number."""
    assert parse(b"From: " + value + b"\r\n\r\nhi").sender == Address(name=name, address=address)


@pytest.mark.parametrize(
    "content",
    [
        b"Received: by mx\r\nhello I am no header\r\n" + ANN + b"\r\nhi",
        b"Received: by mx\r\nX-Scan : clean\r\n" + ANN + b"\r\nhi",
        ANN.replace(b"Subject:", b"Subject :") + b"\r\nhi",
        (ANN + b"\r\nhi").replace(b"\r\n", b"\r\r\n"),
        ANN + b"hi",
    ],
)
def test_a_stray_line_does_not_hide_the_other_headers(content: bytes) -> None:
    """Gateways and scripts break header blocks; the sender, the subject and the words are still told apart."""
    found = parse(content)
    assert found.sender == Address(name="Ann Lee", address="ann@example.com")
    assert (found.subject, found.text) == ("Roof", "hi")
