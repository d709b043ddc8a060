"""Outlook's winmail.dat: what is inside is named, whatever it claims about itself."""

from __future__ import annotations

import base64
import struct

import pytest

from channels.mail.mime import parse
from channels.mail.tnef import TnefFile, read_tnef
from tests.channels.mail.winmail import attribute, properties, winmail

SIGNATURE = struct.pack("<IH", 0x223E9F78, 1)


def mail(data: bytes, text: bytes) -> bytes:
    """A mail from Outlook with this winmail.dat."""
    return (
        b"From: ann@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain\r\n\r\n"
        + text
        + b"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"\r\n--b--\r\n"
    )


def test_the_files_inside_are_listed_under_the_container() -> None:
    """The long name wins over `PLAN~1.PDF`; the size is that of the file itself."""
    data = winmail("Plan für Küche.pdf", b"x" * 321)
    found = parse(mail(data, b"see the plan"))
    assert [(item.filename, item.content_type, item.size, item.within) for item in found.attachments] == [
        ("winmail.dat", "application/ms-tnef", len(data), ""),
        ("Plan für Küche.pdf", "application/pdf", 321, "winmail.dat"),
    ]
    assert found.text == "see the plan"


def test_the_text_inside_is_read_when_the_mail_has_no_other() -> None:
    """A mail whose only words are inside the container is no empty mail."""
    assert parse(mail(winmail("a.pdf", b"x", "Please call me"), b"")).text == "Please call me"
    assert parse(mail(winmail("a.pdf", b"x", "Please call me"), b"hello")).text == "hello"


def test_what_is_no_tnef_is_only_a_file() -> None:
    """A winmail.dat of anything else is listed as it is."""
    assert read_tnef(b"PK\3\4 not at all") is None
    assert [item.filename for item in parse(mail(b"PK\3\4", b"hi")).attachments] == ["winmail.dat"]


def test_every_cut_gives_what_came_before_it() -> None:
    """A file cut off at any byte is read up to there."""
    data = winmail("plan.pdf", b"xyz", "words")
    for end in range(len(data)):
        found = read_tnef(data[:end])
        assert (found is None) == (end < 6)
    whole = read_tnef(data)
    assert whole is not None
    assert whole.files == (TnefFile("plan.pdf", "application/pdf", 3),)


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<I", 0xFFFFFFFF),
        struct.pack("<IHHI", 9, 0x1003, 0x0001, 0xFFFFFFFF),
        struct.pack("<IHHII", 9, 0x001F, 0x1000, 0xFFFFFFFF, 0xFFFFFFFF),
        struct.pack("<IHHII", 9, 0x101F, 0x1000, 0xFFFFFFFF, 0) + b"\0" * 4000,
        struct.pack("<IHH", 9, 0x7777, 0x1000),
        struct.pack("<IHH", 9, 0x001F, 0x8000) + b"G" * 16 + struct.pack("<II", 1, 0xFFFFFFFF),
        b"",
    ],
)
def test_counts_and_lengths_that_lie_are_harmless(value: bytes) -> None:
    """Billions of values of billions of bytes are not believed."""
    found = read_tnef(SIGNATURE + attribute(1, 0x00069003, value) + attribute(2, 0x00069002, properties()))
    assert found is not None
    assert [file.size for file in found.files] == [0]
