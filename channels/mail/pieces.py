"""The readable pieces of a message: which of several alternatives to read, and how they make one text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.mail.cleaning import MAX_TEXT, clean_text
from channels.mail.html_text import html_to_text

_PLACEHOLDER = 400  # characters; a longer text says something itself
_NO_HTML = re.compile(
    r"html[- ](?:capable|enabled|compatible)|this (?:is an?|e-?mail is in|mail is in|message is in) html"
    r"|(?:not|n't|unable to) (?:support|display|render|read|view|show).{0,60}html"
    r"|html.{0,60}(?:not|n't) (?:be )?(?:support|display|render|read|view|show)"
    r"|(?:view|read) (?:this|it|the) .{0,40}(?:browser|online|html)"
    r"|kein html|pas (?:en charge |le |compatible )?.{0,10}html"
    r"|no (?:soporta|admite|puede) .{0,20}html|non supporta|não suporta|ondersteunt geen",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True)
class Piece:
    """A readable part; HTML is converted only if it is chosen."""

    text: str
    html: bool = False


def best_alternative(groups: list[list[Piece]]) -> list[Piece]:
    """Of alternatives the plain text, unless it is empty or only says that there is HTML."""
    filled = [group for group in groups if any(piece.text.strip() for piece in group)]
    plain = [group for group in filled if not any(piece.html for piece in group) and not _is_placeholder(group)]
    return next(iter([*plain, *(group for group in filled if any(piece.html for piece in group)), *filled]), [])


def _is_placeholder(group: list[Piece]) -> bool:
    text = " ".join(" ".join(piece.text.split()) for piece in group)
    if len(text) > _PLACEHOLDER:
        return False
    sentences = _SENTENCE.split(text)
    rest = [sentence for sentence in sentences if not _NO_HTML.search(sentence)]
    return len(rest) < len(sentences) and len(" ".join(rest)) < 20


def render(pieces: list[Piece], defects: list[str]) -> str:
    """One text of all pieces; HTML that only repeats what was already said in plain text is left out."""
    texts: list[str] = []
    said, length = "", 0
    for piece in pieces:
        text = _plain(piece, defects)
        squeezed = "".join(text.split())
        if not squeezed or (piece.html and squeezed in said):
            continue
        texts.append(text)
        said += squeezed
        length += len(text) + 2
        if length > MAX_TEXT:
            break
    text = "\n\n".join(texts)
    if len(text) > MAX_TEXT:
        defects.append(f"the text is longer than {MAX_TEXT:,} characters; the rest was left out")
    return text[:MAX_TEXT]


def _plain(piece: Piece, defects: list[str]) -> str:
    if not piece.html:
        return clean_text(piece.text).strip("\n")
    converted = html_to_text(piece.text)
    defects.extend(defect for defect in converted.defects if defect not in defects)
    return converted.text
