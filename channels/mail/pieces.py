"""The readable pieces of a message: which of several alternatives to read, and how they make one text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from channels.mail.cleaning import MAX_TEXT, clean_text
from channels.mail.html_text import html_to_text
from channels.mail.marks import without_marks

ENRICHED = frozenset({"text/enriched", "text/richtext"})
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
_NOTHING_SAID = re.compile(
    r"\[(?:cid|image|bild|imagen|immagine|afbeelding|obraz)[^\]\n]{0,300}\]|https?://\S{1,2000}|[^\w\n]", re.IGNORECASE
)
_MARKUP = re.compile(r"<(?:[a-z!/][^<>]{0,2000}>|!--)", re.IGNORECASE)
_IS_MARKUP = re.compile(r"\s{0,200}<(?:!doctype html|html|head|body|div|p|table|span|meta|style)\b", re.IGNORECASE)
_ENRICHED = re.compile(r"<param>[^<]{0,1000}</param>|</?[a-z][a-z-]{0,60}>", re.IGNORECASE)
_MAX_HIDDEN = 1_000  # characters of hidden text in all
_SENTENCE = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True)
class Piece:
    """A readable part; HTML is converted only if it is chosen."""

    text: str
    html: bool = False


def piece_of(text: str, kind: str) -> Piece:
    """A readable part by what it is rather than what it is called: HTML sent as plain text, plain text sent as HTML."""
    if kind == "text/html":
        return Piece(text, html=True) if _MARKUP.search(text) else Piece(html.unescape(text))
    if kind in ENRICHED:
        return Piece(_ENRICHED.sub("", text).replace("<<", "<"))
    return Piece(text, html=kind == "text/plain" and bool(_IS_MARKUP.match(text)) and "</" in text)


def best_alternative(groups: list[list[Piece]]) -> list[Piece]:
    """Of alternatives the plain text, unless it is empty or only says that there is HTML."""
    filled = [group for group in groups if any(piece.text.strip() for piece in group)]
    plain = [group for group in filled if not any(piece.html for piece in group) and not _is_placeholder(group)]
    return next(iter([*plain, *(group for group in filled if any(piece.html for piece in group)), *filled]), [])


def _is_placeholder(group: list[Piece]) -> bool:
    text = " ".join(" ".join(piece.text.split()) for piece in group)
    if len(text) > _PLACEHOLDER:
        return False
    if not _NOTHING_SAID.sub("", text).strip():
        return True
    sentences = _SENTENCE.split(text)
    rest = [sentence for sentence in sentences if not _NO_HTML.search(sentence)]
    return len(rest) < len(sentences) and len(" ".join(rest)) < 20


def render(pieces: list[Piece], defects: list[str]) -> tuple[str, str]:
    """One text of all pieces, and what HTML hid; HTML that repeats what was already said in plain text is left out."""
    texts: list[str] = []
    hidden: list[str] = []
    said, length = "", 0
    for piece in pieces:
        text = _plain(piece, defects, hidden)
        squeezed = "".join(without_marks(text).split())
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
    return text[:MAX_TEXT], "\n".join(hidden)[:_MAX_HIDDEN]


def _plain(piece: Piece, defects: list[str], hidden: list[str]) -> str:
    if not piece.html:
        return clean_text(piece.text).strip("\n")
    converted = html_to_text(piece.text)
    defects.extend(defect for defect in converted.defects if defect not in defects)
    if converted.hidden:
        hidden.append(converted.hidden)
    return converted.text
