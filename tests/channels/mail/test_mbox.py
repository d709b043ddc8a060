"""Mails come out of a file one by one, whether it holds one or many."""

from __future__ import annotations

import io
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from channels.mail.mbox import is_separator, mails

LIMIT = 100_000


def read(content: bytes, limit: int = LIMIT) -> list[bytes]:
    """All mails of a file."""
    return list(mails(io.BytesIO(content), limit))


def test_a_plain_mail_is_one() -> None:
    """Byte for byte, also with a line in it that looks like a separator."""
    content = b"From: a@x.example\r\n\r\nHello\r\n\r\nFrom ana@x.example Sat Nov 21 09:00:00 2026\r\nbye\r\n"
    assert read(content) == [content]


def test_what_the_standard_library_wrote_comes_back(tmp_path: Path) -> None:
    """Lines that begin with `From ` inside a mail are its own again."""
    box = mailbox.mbox(tmp_path / "box")
    for number in range(3):
        mail = EmailMessage()
        mail["Subject"] = f"mail {number}"
        mail.set_content(f"From here on\n\nFrom there too {number}\n")
        box.add(mail)
    box.flush()
    box.close()
    found = read((tmp_path / "box").read_bytes())
    assert [mail.split(b"\n")[0] for mail in found] == [b"Subject: mail 0", b"Subject: mail 1", b"Subject: mail 2"]
    assert found[1].endswith(b"From here on\n\nFrom there too 1\n")


def test_a_separator_stands_behind_an_empty_line() -> None:
    """In the middle of a text it is a part of that text."""
    start = b"From ana@x.example Sat Nov 21 09:00:00 2026\n"
    assert read(start + b"Subject: one\n\ntext\n" + start + b"more\n\n" + start + b"Subject: two\n\n.\n") == [
        b"Subject: one\n\ntext\n" + start + b"more\n",
        b"Subject: two\n\n.\n",
    ]


def test_a_mail_beyond_the_limit_is_cut_and_the_next_is_whole() -> None:
    """So that its reader sees that it is too large, and memory stays bounded."""
    start = b"From ana@x.example Sat Nov 21 09:00:00 2026\n"
    found = read(start + b"x" * 50 + b"\n" + b"y\n" * 100 + b"\n" + start + b"small\n", limit=60)
    assert 60 < len(found[0]) <= 62 + 60
    assert found[1] == b"small\n"
    assert len(read(b"z" * 500, limit=60)[0]) == 61


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011\n", True),
        (b"From - Sat Nov 21 09:00:00 2026\r\n", True),
        (b"From our side all is well.\n", False),
        (b"From: ana@x.example\n", False),
    ],
)
def test_separators_are_told_from_words(line: bytes, expected: bool) -> None:
    """A sentence may begin with From too."""
    assert is_separator(line) is expected


def test_an_empty_file_is_one_empty_mail() -> None:
    """Whoever reads it is told so."""
    assert read(b"") == [b""]
