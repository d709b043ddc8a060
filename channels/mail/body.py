"""Walks the parts of a message and keeps what a person would read, in its order, and the list of attachments."""

from __future__ import annotations

import base64
import binascii
import email
import re
from dataclasses import dataclass, field
from email.message import Message
from itertools import chain

from channels.mail.attachments import MAX_ATTACHMENTS, describe
from channels.mail.charset import decode
from channels.mail.cleaning import MAX_HEADER, MAX_TEXT, clean_text
from channels.mail.part import Part
from channels.mail.pieces import Piece, best_alternative, render
from channels.mail.salvage import salvage_parts
from enrichment.models import Attachment

_MAX_DEPTH = 50
_MAX_PARTS = 1_000
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})
_SEALED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_ADF = re.compile(rb"<\?adf\b|<adf\b", re.IGNORECASE)


@dataclass
class Body:
    """What was found. The text is bounded, and what was left out is said in `defects`."""

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def read_body(message: Message) -> Body:
    """The readable text and the attachments of a parsed message."""
    reader = _Reader()
    pieces = reader.read(message, 0)
    if not any(piece.text.strip() for piece in pieces):
        pieces = reader.named
    reader.body.text = render(pieces, reader.body.defects)
    return reader.body


class _Reader:
    """One walk over one message.

    named: texts with a file name that are not said to be attached; text messages sent as mail have nothing else.
    """

    def __init__(self) -> None:
        self.body = Body()
        self.named: list[Piece] = []
        self._parts = 0
        self._bytes = 0
        self._report = False

    def read(self, message: Message, depth: int) -> list[Piece]:
        """The pieces of a part and of those inside it, in reading order."""
        self._parts += 1
        if depth > _MAX_DEPTH:
            raise RecursionError  # mime.parse then searches the text without regard to nesting
        if self._parts > _MAX_PARTS:
            self._note("the message has too many parts; the rest was left out")
            return []
        part = Part(message)
        if part.kind in _SEALED:
            self._note("the message is encrypted or sealed; its text cannot be read here")
        if part.kind.startswith("multipart/"):
            return self._multipart(part, depth)
        if part.kind in _REPORTS:
            return self._status(part)
        if part.kind.startswith("message/"):
            return self._forwarded(part, depth)
        return self._leaf(part)

    def _note(self, defect: str) -> None:
        if defect not in self.body.defects:
            self.body.defects.append(defect)

    def _multipart(self, part: Part, depth: int) -> list[Piece]:
        self._report = self._report or part.kind == "multipart/report"
        children = part.children
        if not children:
            self._note("a multipart's boundary is missing; its text was searched for")
            children = salvage_parts(part.content())
        groups = [self.read(child, depth + 1) for child in children]
        return best_alternative(groups) if part.kind == "multipart/alternative" else list(chain(*groups))

    def _status(self, part: Part) -> list[Piece]:
        """A delivery status or the like: blocks of headers that a postmaster reads."""
        blocks = [_header_lines(block) for block in part.children] or [part.text()[0]]
        return [Piece("\n\n".join(block for block in blocks if block))]

    def _forwarded(self, part: Part, depth: int) -> list[Piece]:
        """A message inside the message: its main headers after a separator line, then its text."""
        before = self._bytes
        pieces = []
        for child in part.children or [email.message_from_bytes(part.content())]:
            inner = _unpacked(part, child)
            pieces += [Piece(_separator(inner, with_id=self._report)), *self.read(inner, depth + 1)]
        self._attach(part, self._bytes - before)
        return pieces

    def _leaf(self, part: Part) -> list[Piece]:
        data = part.content()
        self._bytes += len(data)
        if part.is_text:
            return [self._piece(part)]
        if data or part.filename:
            self._attach(part, len(data))
        if part.kind == "text/plain" and part.disposition != "attachment":
            self.named.append(self._piece(part))
        if part.kind.endswith(("xml", "/x-adf")) and _ADF.search(data[:2_000]):
            return [self._piece(part)]
        return []

    def _piece(self, part: Part) -> Piece:
        text, defect = part.text()
        if defect:
            self._note(defect)
        return Piece(text, html=part.kind == "text/html")

    def _attach(self, part: Part, size: int) -> None:
        number = len(self.body.attachments) + 1
        if number > MAX_ATTACHMENTS:
            self._note(f"more than {MAX_ATTACHMENTS} attachments; the rest are not listed")
            return
        self.body.attachments.append(describe(part.filename, part.kind, size, inline=part.is_inline, number=number))


def _unpacked(part: Part, child: Message) -> Message:
    """The inner message, decoded once more when a mail program wrongly encoded a whole message as base64."""
    payload = child.get_payload()
    if (
        "base64" not in part.headers.raw("content-transfer-encoding").lower()
        or len(child)
        or not isinstance(payload, str)
    ):
        return child
    try:
        return email.message_from_bytes(base64.b64decode(payload))
    except (binascii.Error, ValueError):
        return child


def _separator(message: Message, *, with_id: bool) -> str:
    """The lines that mail programs put before a forwarded message; a bounce needs the Message-ID too."""
    headers = Part(message).headers
    names = ("From", "Date", "Subject", "To", "Cc", *(["Message-ID"] if with_id else []))
    lines = [f"{name}: {headers.text(name.lower(), MAX_HEADER)}" for name in names if headers.count(name.lower())]
    return "\n".join(["---------- Forwarded message ----------", *lines])


def _header_lines(message: Message) -> str:
    headers = Part(message).headers
    names = dict.fromkeys(name for name, _ in message.raw_items())
    return "\n".join(f"{name}: {headers.text(name.lower(), MAX_HEADER)}" for name in list(names)[:50])


def raw_text(content: bytes) -> str:
    """The whole content as text, for a message whose structure cannot be read at all."""
    return clean_text(decode(content[: 5 * MAX_TEXT]).text)[:MAX_TEXT].strip("\n")
