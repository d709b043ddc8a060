"""Joins the soft line breaks of `format=flowed` (RFC 3676), as Thunderbird sets them; linear in the text.

More careful than the RFC, since many programs declare the format and leave a stray space at the end of a short line: an
item of a list, a label or a rule begins a line of its own, and among full lines a short one has ended.
"""

from __future__ import annotations

import re

_SIGNATURE = "-- "
_LONGEST = 2_000  # characters of a joined line; a longer paragraph keeps a break, so that later readers stay quick
_FULL = 60  # columns; programs break lines at 66 to 78
_WIDE = "\u2e80"  # from here on characters take two columns
_BEGINS = re.compile(
    r"[-*•+·][ \t]|[-_=*~]{2}|\d{1,3}[.)][ \t]|[^\W\d_][^\n:：.,;!?]{0,24}(?:：|:(?:\s|$))"  # noqa: RUF001 - the wide colon
)


def unflowed(text: str, *, delete_space: bool) -> str:
    r"""The text with its paragraphs on one line each; quoted ones keep a `> ` for each level.

    delete_space: DelSp=yes, the space before a soft break is not part of the text (languages without spaces).
    """
    unstuffed = [_unstuffed(line) for line in text.replace("\r\n", "\n").split("\n")]
    full = min(_FULL, max((_columns(words) for _, words in unstuffed if _is_soft(words)), default=0))
    lines: list[str] = []
    paragraph: list[str] = []
    depth = length = 0
    for level, words in unstuffed:
        if paragraph and (
            level != depth or length + len(words) > _LONGEST or not _continues(paragraph[-1], words, full)
        ):
            lines.append(_joined(depth, paragraph))
            paragraph, length = [], 0
        elif paragraph and delete_space:
            paragraph[-1] = paragraph[-1][:-1]
        depth = level
        paragraph.append(words)
        length += len(words)
        if not _is_soft(words):
            lines.append(_joined(depth, paragraph))
            paragraph, length = [], 0
    return "\n".join([*lines, _joined(depth, paragraph)] if paragraph else lines)


def _unstuffed(line: str) -> tuple[int, str]:
    """How deep a line is quoted, and its words without the space that guards them."""
    words = line.lstrip(">")
    return len(line) - len(words), words.removeprefix(" ")


def _is_soft(words: str) -> bool:
    return words.endswith(" ") and words != _SIGNATURE


def _continues(above: str, words: str, full: int) -> bool:
    """Whether the soft line above ended only because the next word had no room."""
    if not words.strip():
        return True
    if _BEGINS.match(words):
        return False
    return _columns(above) + _columns(words[:100].split(maxsplit=1)[0]) >= full


def _columns(words: str) -> int:
    if words.isascii():
        return len(words)
    return len(words) + sum(character >= _WIDE for character in words[:200])


def _joined(depth: int, paragraph: list[str]) -> str:
    words = "".join(paragraph)
    words = words if words == _SIGNATURE else words.rstrip(" ")
    return f"{'>' * depth} {words}".rstrip(" ") if depth else words
