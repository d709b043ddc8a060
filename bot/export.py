"""`leadbot export`: the leads as CSV, in the columns of the Airtable table; safe to open in a spreadsheet."""

from __future__ import annotations

import codecs
import contextlib
import csv
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from enrichment.adapters.lead_record import COLUMNS, Value, record
from enrichment.adapters.store.book import LeadBook
from enrichment.errors import GiveUp
from enrichment.lead import Lead

STDOUT = "-"
# Excel takes a file without this mark for one of the last century; other programs would show it in a pipe.
FILE_ENCODING, PIPE_ENCODING = "utf-8-sig", "utf-8"

# A cell that begins so is a formula; the last four are what some programs take for the first four.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Numbers and phones: they can do nothing, and should be read as they are.
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?", re.ASCII)


def export(book: LeadBook, target: str = STDOUT, *, every: bool = False, samples: bool = False) -> int:
    """Write the open leads (or all) to a file or, as `-`, to standard output; how many.

    The file is there whole or not at all. Raises GiveUp when it cannot be written.
    """
    leads = book.listed(every=every, samples=samples)
    if target == STDOUT:
        with _reader_may_leave():
            return write(leads, sys.stdout.buffer, PIPE_ENCODING)
        return 0
    try:
        return _to_file(leads, Path(target))
    except OSError as error:
        raise GiveUp(
            f"{target} cannot be written ({error.strerror}); name another file, or - for the screen"
        ) from error


def write(leads: Iterable[Lead], file: IO[bytes], encoding: str) -> int:
    """Write the table, a lead a row below the names of the columns; how many leads."""
    # Every cell is quoted, so that no separator in a customer's words begins a cell of its own.
    writer = csv.writer(codecs.getwriter(encoding)(file), quoting=csv.QUOTE_ALL)
    writer.writerow([column.name for column in COLUMNS])
    count = 0
    for count, lead in enumerate(leads, 1):  # noqa: B007 - counted while they pass
        writer.writerow([harmless(value) for value in record(lead).values()])
    file.flush()
    return count


def harmless(value: Value) -> str:
    """The cell's text; what a spreadsheet would compute gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _to_file(leads: Iterable[Lead], target: Path) -> int:
    path = target.resolve()  # a link stays one
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        with path.open("wb") as file:
            return write(leads, file, FILE_ENCODING)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:50]}.", delete=False) as file:
        unfinished = Path(file.name)
        try:
            count = write(leads, file, FILE_ENCODING)
            os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return count


@contextlib.contextmanager
def _reader_may_leave() -> Iterator[None]:
    """`leadbot export | head` is no error."""
    try:
        yield
    except BrokenPipeError:
        # What is left in the buffer is written at the end of the program, to nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
