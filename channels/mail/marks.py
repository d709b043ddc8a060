"""Private marks by which the HTML reader tells the plain-text readers what the DOM knew.

Each stands alone on its line. U+E000-U+E00F coming from outside are removed: nobody else can set one.
"""

from __future__ import annotations

import re

QUOTE_MARK = "\ue002"  # a client's quotation starts here and goes on to the end
SIGNATURE_MARK = "\ue003"  # a signature starts: up to END_MARK, a quotation, or else up to the end
END_MARK = "\ue004"  # what SIGNATURE_MARK or REGION_MARK started ends here
REGION_MARK = "\ue005"  # a quotation, or the lines that introduce one, starts: up to END_MARK
RULE_MARK = "\ue006"  # a horizontal rule; inside the HTML reader only

MARK = re.compile("([\ue002-\ue005])")
_MARKS = re.compile("[\ue000-\ue00f]")
_MARK_LINES = re.compile("^[\ue000-\ue00f][ \t]*\n?|\n[\ue000-\ue00f][ \t]*(?=\n|\\Z)")
_ENTITIES = re.compile(r"&#(?:0*5734[4-9]|0*5735\d|[xX]0*[eE]00[0-9a-fA-F])(?![0-9a-fA-F]);?")


def without_marks(text: str) -> str:
    """The text as people see it: the lines of marks are gone."""
    return _MARKS.sub("", _MARK_LINES.sub("", text))


def without_foreign_marks(html: str) -> str:
    """HTML in which nobody outside has set a mark, neither as a character nor as an entity."""
    return _ENTITIES.sub(" ", _MARKS.sub("", html))  # the space lets no entity grow together from two halves


def on_lines_of_their_own(text: str) -> str:
    """The text with every mark alone on its line, wherever the layout had put it, and a line's end where a rule was."""
    text = _parted(text, RULE_MARK, "\n") if RULE_MARK in text else text
    for mark in (QUOTE_MARK, SIGNATURE_MARK, END_MARK, REGION_MARK):
        text = _parted(text, mark, f"\n{mark}\n") if mark in text else text
    return text


def _parted(text: str, mark: str, by: str) -> str:
    """The pieces between the marks without the white space beside these, joined by something else."""
    first, *rest = text.split(mark)
    pieces = [_stripped_end(first), *(_stripped_end(_stripped_start(piece)) for piece in rest[:-1])]
    return by.join([*pieces, _stripped_start(rest[-1])])


def _stripped_end(piece: str) -> str:
    return piece.rstrip(" \t").removesuffix("\n")


def _stripped_start(piece: str) -> str:
    return piece.lstrip(" \t").removeprefix("\n")
