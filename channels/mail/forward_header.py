"""The header of a passed-on message as a mail client writes it into the text: lines of `Label: value`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from channels.mail.cleaning import MAX_SUBJECT
from channels.mail.forward_labels import Label, guess_label, read_label
from channels.mail.forward_lines import Line, unquoted

_MAX_LINES = 300  # a list of recipients may be long
_MAX_AHEAD = 3
_MAX_BLANKS = 2
_MAX_VALUE = 20_000
_UNCOUNTED = frozenset({"other", "bcc"})
_ADDRESSED = frozenset({"from", "to", "cc", "bcc", "reply_to"})


class Header(NamedTuple):
    """The values by role (from, to, cc, date, subject, reply_to) and the number of the first line below.

    transport: it holds what only servers write (`Received:`), as in a report of failed delivery.
    finnish: its labels are Finnish. tight: no blank line parts it from what follows.
    """

    values: dict[str, str]
    end: int
    transport: bool = False
    finnish: bool = False
    tight: bool = False

    @property
    def plausible(self) -> bool:
        """Whether it is a header, given that a mark above it says so."""
        return "from" in self.values and (len(self.values) > 1 or "@" in self.values["from"])

    @property
    def stands_alone(self) -> bool:
        """Whether it is a header without any mark: a contact form's `From:` and `Subject:` are not enough."""
        values = self.values
        if self.transport or "from" not in values:
            return False
        if "@" in values["from"]:
            return len(values.keys() & {"date", "to", "subject"}) >= 2
        return values.keys() >= {"date", "to", "subject"}


@dataclass
class _Block:
    """The header while it is being read."""

    depth: int
    values: dict[str, str] = field(default_factory=dict)
    last: str = ""
    fresh: bool = False  # the last value was empty and its line was the one before
    stacked: bool = False  # values stand below their labels
    transport: bool = False
    finnish: bool = False

    def placed(self, label: Label) -> Label:
        """The label as the first addresses' To and the second ones' Cc, where a language has one word for both."""
        if label.role == "cc" and label.guessed and "to" not in self.values:
            return label._replace(role="to")
        return label._replace(role="cc") if label.role == "to" and "to" in self.values else label

    def expects(self, label: Label | None) -> bool:
        """Whether a label would bring something new."""
        return label is not None and (label.role in _UNCOUNTED or label.role not in self.values)

    def add(self, label: Label) -> None:
        """Take a labelled line."""
        self.values.setdefault(label.role, label.value[:_MAX_VALUE])
        self.last, self.fresh = label.role, not label.value
        self.transport = self.transport or label.transport
        self.finnish = self.finnish or label.finnish

    def extend(self, words: str) -> None:
        """Take a line that continues the last value."""
        self.stacked = self.stacked or self.fresh
        if len(self.values[self.last]) < _MAX_VALUE:
            self.values[self.last] = f"{self.values[self.last]} {words}".strip()
        self.fresh = False


def read_header(lines: list[Line], start: int) -> Header | None:
    """The header that begins at this line; None when the line is not the first of one."""
    first = read_label(lines[start].words)
    if first is None or first.role in {"cc", "bcc"}:
        return None
    above = read_label(lines[start - 1].words) if start else None
    block, at = _Block(lines[start].depth, transport=above is not None and above.transport), start
    while at < min(len(lines), start + _MAX_LINES) and (eaten := _eat(lines, at, block)):
        at += eaten
    values = {role: value for role, value in block.values.items() if role not in _UNCOUNTED}
    if "subject" in values:
        values["subject"] = " ".join(values["subject"].split())[:MAX_SUBJECT]
    tight = at < len(lines) and bool(lines[at].words)
    return Header(values, at, block.transport, block.finnish, tight)


def _eat(lines: list[Line], at: int, block: _Block) -> int:
    """Take the line at this place into the block; how many lines that were, 0 when the header has ended."""
    line = lines[at]
    if not line.words:
        return _blanks(lines, at, block)
    if line.depth != block.depth:
        return 0
    label = read_label(line.words)
    if label is None and (guess := guess_label(line.words)) is not None and _label_ahead(lines, at + 1, block):
        label = guess
    if label is not None and block.expects(label := block.placed(label)):
        block.add(label)
        return 1
    if label is None and block.last and _continues(lines, at, block):
        block.extend(line.words)
        return 1
    return 0


def _blanks(lines: list[Line], at: int, block: _Block) -> int:
    """Blank lines inside a header: let pass while the subject is still to come and the next words are a label."""
    for ahead in range(at, min(len(lines), at + _MAX_BLANKS + 1)):
        line = lines[ahead]
        if line.words:
            wanted = "subject" not in block.values and block.expects(read_label(line.words))
            return ahead - at if wanted and line.depth == block.depth else 0
    return 0


def _continues(lines: list[Line], at: int, block: _Block) -> bool:
    """Whether a line without a label belongs to the value above it."""
    words, value = lines[at].words, block.values[block.last]
    if block.fresh:
        return block.last != "subject" or block.stacked or _label_ahead(lines, at + 1, block)
    if block.last in _ADDRESSED:
        if value.endswith((",", ";", "<")) or words.startswith("<") or value.count("<") > value.count(">"):
            return True
        if "@" in words and unquoted(lines[at], block.depth)[:1] in {" ", "\t"}:
            return True
    return _label_ahead(lines, at + 1, block)


def _label_ahead(lines: list[Line], at: int, block: _Block) -> bool:
    """Whether the header goes on within the next lines."""
    for line in lines[at : at + _MAX_AHEAD]:
        if not line.words or line.depth != block.depth:
            return False
        label = read_label(line.words)
        if label is not None:
            return block.expects(label)
    return False
