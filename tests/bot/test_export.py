"""Leads as CSV."""

from __future__ import annotations

import csv
import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot import export as module
from bot.export import export, harmless, write
from enrichment.adapters.lead_record import COLUMNS, record
from enrichment.errors import GiveUp
from enrichment.lead import Contact
from tests.enrichment.crm import lead
from tests.enrichment.parts import Parts

HOSTILE = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://x")',
    "\uff1d1+1",
    "+",
    "--1",
    "+1\u0663",
]
NAMES = [column.name for column in COLUMNS]


def table(content: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def test_a_lead_is_a_row_in_airtables_columns() -> None:
    """Texts with line ends, quotes and separators come through whole."""
    words = 'He said: "hi",\nthen; left\tfor café 🚗'
    file = io.BytesIO()
    assert write([lead(text=words), lead(2)], file, "utf-8") == 2
    first, second = table(file.getvalue(), "utf-8")
    assert list(first) == NAMES
    assert first["Message"] == words
    assert first["Urgency"] == "85"
    assert second == {name: "" if value is None else str(value) for name, value in record(lead(2)).items()}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_cell_is_a_formula(hostile: str) -> None:
    """A customer's words may begin with anything; a spreadsheet shall show them and compute nothing."""
    assert harmless(hostile) == f"'{hostile}"
    file = io.BytesIO()
    write([lead(text=hostile, ask=hostile, contact=Contact(name=hostile, company=hostile))], file, "utf-8")
    (row,) = table(file.getvalue(), "utf-8")
    for name in ("Message", "Request", "Name", "Company"):
        assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))


@pytest.mark.parametrize("plain", ["+15551234567", "85", "-5", "0.75", "Ann", "a=b", "", "2026-11-20T09:30:00.000Z"])
def test_phones_and_numbers_stay_readable(plain: str) -> None:
    """They can do nothing."""
    assert harmless(plain) == plain


def test_no_word_begins_a_cell_of_its_own(tmp_path: Path, parts: Parts) -> None:
    """Every cell is quoted: a separator or a quote in a text stays in it."""
    parts.lead(name='";=1+1;"', text='",=1+1,"')
    export(parts.book, str(tmp_path / "a.csv"))
    content = (tmp_path / "a.csv").read_bytes()
    (row,) = table(content)
    assert b',"50","Warm",' in content
    assert row["Message"] == '",=1+1,"'
    assert len(row) == len(COLUMNS)


def test_a_file_is_read_by_excel_and_by_nobody_else(tmp_path: Path, parts: Parts) -> None:
    """UTF-8 with the mark that Excel needs, for the owner's eyes alone, and nothing left beside it."""
    parts.lead(text="café")
    target = tmp_path / "leads.csv"
    assert export(parts.book, str(target)) == 1
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(target.read_bytes())[0]["Message"] == "café"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*"))


def test_standard_output_is_plain_utf_8(parts: Parts, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """For the next program in the pipe."""
    parts.lead(text="café")
    assert export(parts.book) == 1
    out = capfdbinary.readouterr().out
    assert out.startswith(b'"Leadbot Key",')
    assert table(out, "utf-8")[0]["Message"] == "café"


def test_open_leads_all_leads_and_samples(tmp_path: Path, parts: Parts) -> None:
    """Closed leads with --all, samples with --samples only."""
    kept, closed = parts.lead("a@example.com"), parts.lead("b@example.com")
    sample = parts.lead("c@example.com", message_id=parts.accept(sample=True))
    parts.scalar(f"UPDATE leads SET status = 'won' WHERE id = {closed} RETURNING id")

    def exported(**options: bool) -> set[str]:
        export(parts.book, str(tmp_path / "x.csv"), **options)
        return {row["Lead ID"] for row in table((tmp_path / "x.csv").read_bytes())}

    assert exported() == {f"L-{kept}"}
    assert exported(every=True) == {f"L-{kept}", f"L-{closed}"}
    assert exported(every=True, samples=True) == {f"L-{kept}", f"L-{closed}", f"L-{sample}"}


def test_without_leads_there_are_the_columns(tmp_path: Path, parts: Parts) -> None:
    """An empty table, not an empty file."""
    assert export(parts.book, str(tmp_path / "x.csv")) == 0
    assert (tmp_path / "x.csv").read_text(encoding="utf-8-sig").count("\n") == 1


def test_a_failure_leaves_the_old_file(tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no half of a new one."""
    parts.lead()
    target = tmp_path / "leads.csv"
    target.write_text("old")

    def full(_value: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "harmless", full)
    with pytest.raises(GiveUp, match=r"leads\.csv cannot be written \(No space left on device\); name another"):
        export(parts.book, str(target))
    assert target.read_text() == "old"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["no/such/folder/x.csv", "."])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, parts: Parts, name: str) -> None:
    """In one line."""
    with pytest.raises(GiveUp, match="cannot be written"):
        export(parts.book, str(tmp_path / name))


def test_a_link_stays_a_link(tmp_path: Path, parts: Parts) -> None:
    """What it points to is replaced."""
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    export(parts.book, str(tmp_path / "link.csv"))
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_pipe_is_written_into(tmp_path: Path, parts: Parts) -> None:
    """Not replaced by a file; nor would /dev/stdout be."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    export(parts.book, str(pipe))
    reader.join(5)
    assert table(found[0]) == []
    assert pipe.is_fifo()


def test_a_reader_that_leaves_early_is_no_error(parts: Parts, tmp_path: Path) -> None:
    """`leadbot export | head -1` ends quietly."""
    parts.lead(text="x" * 90_000)
    script = (
        "import sys, time; from bot.export import export; from enrichment.adapters.store.book import LeadBook;"
        "from enrichment.adapters.store.engine import Database, make_engine;"
        f"engine = make_engine('sqlite:///{tmp_path / 'leadbot.db'}'); book = LeadBook(Database(engine));"
        "sys.stdin.read(); export(book, '-', every=True); engine.dispose()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(20) == 0
