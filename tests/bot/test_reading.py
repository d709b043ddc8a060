"""What `leadbot read` makes of files, folders and mboxes: one reading a mail, in order, also of what cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.reading import Kind, Reader, readings
from enrichment.errors import GiveUp
from enrichment.models import ParsedMessage
from enrichment.stages.business import Businesses
from tests.enrichment.house import InProcess, business

OWN = "service@harbourside.example"
LIMIT = 2_000


def mail(subject: str, words: str = "The gate motor hums and does not move.") -> bytes:
    """A customer's mail."""
    return f"From: Ivy Nash <ivy@example.org>\r\nTo: {OWN}\r\nSubject: {subject}\r\n\r\n{words}\r\n".encode()


def reader(limit: int = LIMIT, trusted: frozenset[str] = frozenset()) -> Reader:
    """Reads in this process."""
    return Reader(InProcess(), Businesses([business("harbourside", OWN)]), trusted, limit)


def read(*sources: Path, stdin: bytes = b"") -> list[tuple[str, Kind]]:
    """Each reading's file and kind."""
    return [(found.file, found.kind) for found in readings(list(sources), io.BytesIO(stdin), reader())]


def subjects(content: bytes) -> list[tuple[str, str | None]]:
    """What stands in one file."""
    return [(found.file, found.subject) for found in reader().of_file("box", io.BytesIO(content))]


def test_a_folder_is_read_to_its_depth_in_order(tmp_path: Path) -> None:
    """Folders inside are read in their place; what is no file, and hidden files, are left out."""
    (tmp_path / "b").mkdir()
    for name in ("c.eml", "b/2.eml", "b/1.eml", "a.eml", ".DS_Store", "b/.gitignore"):
        (tmp_path / name).write_bytes(mail(name))
    found = [str(Path(file).relative_to(tmp_path)) for file, _ in read(tmp_path)]
    assert found == ["a.eml", "b/1.eml", "b/2.eml", "c.eml"]


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    """No mail, no reading."""
    assert read(tmp_path) == []


def test_a_broken_file_stops_no_other(tmp_path: Path) -> None:
    """A file that is missing, a dangling link and an empty file are told in their place."""
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "good").write_bytes(mail("good"))
    sources = [tmp_path / name for name in ("missing", "empty", "link", "good")]
    assert [kind for _, kind in read(*sources)] == [Kind.UNREADABLE] * 3 + [Kind.LEAD]


def test_standard_input_stands_where_it_is_named(tmp_path: Path) -> None:
    """`-` between two files."""
    (tmp_path / "1").write_bytes(mail("one"))
    assert [file for file, _ in read(tmp_path / "1", Path("-"), tmp_path / "1", stdin=mail("two"))] == [
        str(tmp_path / "1"),
        "-",
        str(tmp_path / "1"),
    ]


def test_mails_of_an_mbox_are_numbered() -> None:
    """One alone keeps the file's name; an empty mail between two is told."""
    start = b"From ivy@example.org Sat Nov 21 09:00:00 2026\r\n"
    assert subjects(start + mail("one")) == [("box", "one")]
    assert subjects(start + mail("one") + b"\r\n" + start + mail("two")) == [("box#1", "one"), ("box#2", "two")]
    gap = list(reader().of_file("box", io.BytesIO(start + mail("one") + b"\r\n" + start + b"\r\n" + start + mail("3"))))
    assert [found.kind for found in gap] == [Kind.LEAD, Kind.UNREADABLE, Kind.LEAD]


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b" \n"])
def test_nothing_is_unreadable(content: bytes) -> None:
    """An empty file says so; nothing is a lead in it."""
    (found,) = reader().of_file("box", io.BytesIO(content))
    assert (found.kind, found.is_lead, found.reasons) == (Kind.UNREADABLE, False, ("the file is empty",))


def test_a_mail_beyond_the_limit_is_not_looked_at() -> None:
    """It says why, whatever it holds; the next mail of the mbox is read."""
    start = b"From ivy@example.org Sat Nov 21 09:00:00 2026\r\n"
    box = start + mail("big", "x" * 3 * LIMIT) + b"\r\n" + start + mail("small")
    big, small = reader().of_file("box", io.BytesIO(box))
    assert (big.kind, big.reasons) == (Kind.UNREADABLE, ("the mail is larger than 2,000 bytes",))
    assert (small.kind, small.subject) == (Kind.LEAD, "small")
    assert reader(limit=len(mail("1"))).of_mail("1", mail("1")).kind is Kind.LEAD


class _Stuck:
    """A parser that gives up, as the one in a process of its own does with a mail that it cannot read in time."""

    def parse(self, content: bytes) -> ParsedMessage:
        """Never answers."""
        raise GiveUp(f"Reading {len(content)} bytes took longer than 5 s")


def test_a_mail_that_the_parser_gives_up_is_told() -> None:
    """The reading holds the parser's reason."""
    stuck = Reader(_Stuck(), Businesses([business("harbourside", OWN)]))
    found = stuck.of_mail("1.eml", b"From: x\r\n\r\nx")
    assert (found.kind, found.reasons) == (Kind.UNREADABLE, ("Reading 12 bytes took longer than 5 s",))


def test_a_mail_that_says_nothing_is_no_lead() -> None:
    """Neither words, nor subject, nor file: there is nothing to answer."""
    found = reader().of_mail("1", b"From: ivy@example.org\r\n\r\n")
    assert (found.kind, found.is_lead) == (Kind.OTHER, False)


def test_only_a_trusted_server_s_verdicts_are_told() -> None:
    """A stranger's Authentication-Results say nothing; see LEADBOT_AUTHSERV_IDS."""
    stamped = b"Authentication-Results: mx.host.example; spf=pass smtp.mailfrom=example.org; dkim=fail; dmarc=pass\r\n"
    told = reader(trusted=frozenset({"mx.host.example"})).of_mail("1", stamped + mail("x")).authentication
    assert (told.spf, told.dkim, told.dmarc) == ("pass", "fail", "pass")
    assert reader().of_mail("1", stamped + mail("x")).authentication.spf is None


def test_a_phone_without_a_country_stays_as_it_was_written() -> None:
    """E.164 needs a region; the number is shown all the same."""
    found = reader().of_mail("1", mail("x", "Please call me on 01 99 00 12 34, thank you."))
    assert found.contact.phone == "01 99 00 12 34"
