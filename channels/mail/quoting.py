"""Splits the newest words of a mail from what its program quoted below, above or between them; nothing is lost.

Strips only with a reason: a mark of the DOM, an attribution or a quoted header; bare `>` lines only in a reply. When no
words would be left, everything is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from channels.mail.attribution import Attribution, Needs, find_attribution
from channels.mail.attribution_words import ADDRESS, DATE
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK, SIGNATURE_MARK, without_marks
from channels.mail.quote_answers import points_below
from channels.mail.quote_header import find_header, is_forward_title
from channels.mail.signature import split_signature

MAX_SPLIT = 64_000  # characters that are searched; what is longer is a log file or an attack
_MAX_LINES = 5_000
_QUOTED = re.compile(r"[ \t]{0,3}(?:\|[ \t]?)?>(?!.*<<)")
_LINK_TAIL = re.compile(r"[ \t]*[(<]?https?://\S+|\S{1,200}[)>]$|.{0,300}> ?$")
_PREFIX = re.compile(r"[ \t]{0,3}(?:>[ \t]?){1,20}")


class Split(NamedTuple):
    """A mail's newest words, what it quotes, and its signature; line ends as they were."""

    own: str
    quoted: str
    signature: str


class _Kind(Enum):
    OWN = 1
    QUOTED = 2
    SIGNATURE = 3


def split_reply(text: str, *, reply: bool) -> Split:
    """The parts of a mail's text. reply: whether its headers or its subject say that it answers another mail."""
    reader = _Reader(text[:MAX_SPLIT].split("\n", _MAX_LINES), reply=reply)
    reader.read()
    rest = text[MAX_SPLIT:]
    kinds = reader.kinds
    if rest:
        reader.lines[-1] += rest
    own, signature = _own(reader.lines, kinds)
    quoted = _joined(line for line, kind in zip(reader.lines, kinds, strict=True) if kind is _Kind.QUOTED)
    if not _says_something(own) or (points_below(own) and not _has_signs(reader)):
        return Split(_unquoted(without_marks(text)).strip("\n"), "", "")
    return Split(own, quoted, signature)


class _Reader:
    """One walk over the lines of one text, which gives each its kind."""

    def __init__(self, lines: list[str], *, reply: bool) -> None:
        self.lines = lines
        self.kinds = [_Kind.OWN] * len(lines)
        self._reply = reply
        self._attributed = False
        self._bare: list[range] = []  # runs of `>` lines without a reason of their own

    def read(self) -> None:
        """Give every line its kind; after the place where an unmarked quotation starts all are quoted."""
        number = 0
        while number < len(self.lines):
            number = self._step(number)
        if self._reply and not self._attributed:
            for block in self._bare:
                self._mark(self._introduction(block.start), block.stop, _Kind.QUOTED)

    def _step(self, number: int) -> int:
        """Judge the line, and those that belong to it; return the number of the next one to judge."""
        line = self.lines[number]
        if line.startswith((REGION_MARK, SIGNATURE_MARK)):
            return self._region(number)
        if line.startswith(QUOTE_MARK):
            return self._mark(number, len(self.lines), _Kind.QUOTED)
        return self._words(number) if line.strip() else number + 1

    def _words(self, number: int) -> int:
        """The same for a line that is no mark."""
        if is_forward_title(self.lines[number]):
            return len(self.lines)
        header = find_header(self.lines, number)
        if header and (header.sure or self._reply):
            return self._quotation(header.start, header.end)
        found = find_attribution(self.lines, number)
        if found and self._applies(found):
            return self._introduced(found)
        return self._quoted_block(number) if _QUOTED.match(self.lines[number]) else number + 1

    def _applies(self, found: Attribution) -> bool:
        """Whether what the attribution needs is there."""
        if found.needs is Needs.NOTHING or (found.needs is Needs.REPLY and self._reply):
            return True
        return self._quote_follows(found.end + 1)

    def _region(self, number: int) -> int:
        """What the DOM marked, up to its end."""
        kind = _Kind.QUOTED if self.lines[number].startswith(REGION_MARK) else _Kind.SIGNATURE
        end = number + 1
        while end < len(self.lines) and not self._ends_region(self.lines[end], kind):
            end += 1
        after = end + 1 if end < len(self.lines) and self.lines[end].startswith(END_MARK) else end
        self._attributed = self._attributed or kind is _Kind.QUOTED
        return self._mark(number, after, kind)

    @staticmethod
    def _ends_region(line: str, kind: _Kind) -> bool:
        if line.startswith(END_MARK):
            return True
        return kind is _Kind.SIGNATURE and (
            line.startswith((QUOTE_MARK, REGION_MARK)) or _QUOTED.match(line) is not None
        )

    def _introduced(self, found: Attribution) -> int:
        """An attribution; words of the writer's own before it on its line stay theirs."""
        start, end = found.start, found.end + 1
        if found.offset:
            line = self.lines[start]
            self.lines[start : start + 1] = [line[: found.offset].rstrip(), line[found.offset :]]
            self.kinds.insert(start, _Kind.OWN)
            start, end = start + 1, end + 1
        return self._quotation(start, end)

    def _quotation(self, start: int, end: int) -> int:
        """Quoted lines that follow say where the quotation ends; otherwise it goes on to the end of the mail."""
        self._attributed = True
        if not self._quote_follows(end):
            return self._mark(start, len(self.lines), _Kind.QUOTED)
        while not self.lines[end].strip():
            end += 1
        return self._mark(start, end, _Kind.QUOTED)

    def _quote_follows(self, number: int) -> bool:
        following = next((line for line in self.lines[number : number + 4] if line.strip()), "")
        return _QUOTED.match(following) is not None

    def _quoted_block(self, start: int) -> int:
        """A run of `>` lines; a broken link between two of them belongs to it."""
        end = start + 1
        while end < len(self.lines) and (_QUOTED.match(self.lines[end]) or self._is_broken_link(end)):
            end += 1
        if self._attributed or self._introduces_itself(start, end):
            self._attributed = True
            return self._mark(start, end, _Kind.QUOTED)
        self._bare.append(range(start, end))
        return end

    def _introduction(self, start: int) -> int:
        """Where the line above a quotation starts that names a date or an address, in whatever language."""
        above = start - 1
        while above > max(0, start - 3) and not self.lines[above].strip():
            above -= 1
        line = self.lines[above][:500] if above >= 0 else ""
        introduces = line.rstrip().endswith((":", "：")) and (DATE.search(line) or ADDRESS.search(line))  # noqa: RUF001
        return above if introduces and self.kinds[above] is _Kind.OWN else start

    def _is_broken_link(self, number: int) -> bool:
        return (
            number + 1 < len(self.lines)
            and _QUOTED.match(self.lines[number + 1]) is not None
            and len(self.lines[number]) < 1_000
            and _LINK_TAIL.match(self.lines[number]) is not None
        )

    def _introduces_itself(self, start: int, end: int) -> bool:
        """Whether the quoted lines begin with an attribution or a header, as Hotmail and some Apple programs do."""
        inner = [_PREFIX.sub("", line, count=1) for line in self.lines[start : min(end, start + 8)]]
        if any(is_forward_title(line) for line in inner):
            return False
        return any(
            find_attribution(inner, number) or find_header(inner, number) for number in range(min(4, len(inner)))
        )

    def _mark(self, start: int, end: int, kind: _Kind) -> int:
        for number in range(start, end):
            self.kinds[number] = kind
        return end


def _own(lines: list[str], kinds: list[_Kind]) -> tuple[str, str]:
    """The writer's own words and signature, taken from between the quotations."""
    pieces: list[str] = []
    signatures: list[str] = []
    for kind, run in groupby(zip(lines, kinds, strict=True), key=lambda pair: pair[1]):
        text = without_marks("\n".join(line for line, _ in run))
        if kind is _Kind.SIGNATURE:
            signatures.append(text)
        elif kind is _Kind.OWN and text.strip():
            own, signature = split_signature(text.lstrip("\n") if pieces else text, below=bool(pieces))
            pieces.append(own)
            signatures.append(signature)
    return "\n".join(pieces).strip("\n").rstrip(), _joined(part.strip("\n") for part in signatures if part.strip())


def _has_signs(reader: _Reader) -> bool:
    """Whether the quotation's lines carry `>`, so that answers between them were found already."""
    return any(
        kind is _Kind.QUOTED and _QUOTED.match(line) for line, kind in zip(reader.lines, reader.kinds, strict=True)
    )


def _joined(lines: Iterable[str]) -> str:
    return without_marks("\n".join(lines)).strip("\n")


def _says_something(text: str) -> bool:
    """Whether there is more than white space and rules; a thumb raised is a word too."""
    return any(character.isalnum() or ord(character) > 0x2000 for character in text)


def _unquoted(text: str) -> str:
    """A mail that is quoted from its first to its last line is not a quotation but its program's idea of layout."""
    lines = text.split("\n")
    filled = [line for line in lines if line.strip()]
    if not filled or not all(_QUOTED.match(line) for line in filled[:_MAX_LINES]):
        return text
    return "\n".join(line.lstrip(" \t|").removeprefix(">").removeprefix(" ") for line in lines)
