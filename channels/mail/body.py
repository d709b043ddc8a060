"""Walks the parts of a message and keeps what a person would read, in its order, and the list of attachments."""

from __future__ import annotations

import base64
import binascii
import email
import re
from dataclasses import dataclass, field
from email.message import Message
from itertools import chain

from channels.mail.attachments import MAX_ATTACHMENTS, Attachments
from channels.mail.charset import decode
from channels.mail.cleaning import MAX_HEADER, MAX_TEXT, clean_text
from channels.mail.defuse import defuse
from channels.mail.part import Part
from channels.mail.pieces import ENRICHED, Piece, best_alternative, piece_of, render
from channels.mail.salvage import salvage_parts
from channels.mail.signed import signed_content
from channels.mail.tnef import is_tnef, read_tnef
from enrichment.models import Attachment

_MAX_DEPTH = 50
MAX_PARTS = 1_000
_MAX_BLOCKS = 200  # recipients that one delivery report speaks of
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})
_PACKED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_METHODS = frozenset({"REQUEST", "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD"})
_METHOD = re.compile(rb"^METHOD:([A-Za-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_CALENDAR_HEAD = 4_000  # the method stands before the first event
_ADF = re.compile(rb"<\?adf\b|<adf\b", re.IGNORECASE)
_ADF_HEAD = 20_000  # portals put pages of style sheets before it


@dataclass
class Body:
    """What was found. The text is bounded, and what was left out is said in `defects`.

    hidden: what HTML hides from its reader, shortened. calendar: the method of an invitation or the answer to one
    (`REQUEST`, `REPLY`, `CANCEL`, `COUNTER`), empty when it is none. attachments: those inside an attached message
    follow it and name it in `within`.
    """

    text: str = ""
    hidden: str = ""
    calendar: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def read_body(message: Message) -> Body:
    """The readable text and the attachments of a parsed message."""
    reader = _Reader()
    pieces = reader.read(message, 0)
    if not any(piece.text.strip() for piece in pieces):
        pieces = reader.named
    body = reader.body
    body.text, body.hidden = render(pieces, body.defects)
    body.attachments = reader.attachments.listed(reader.pages)
    if reader.attachments.full:
        body.defects.append(f"more than {MAX_ATTACHMENTS} attachments; the rest are not listed")
    return body


class _Reader:
    """One walk over one message.

    named: texts with a file name that are not said to be attached, inside winmail.dat or outside of all parts; some
    messages have nothing else. pages: every HTML part, read or not, for the pictures that it shows.
    """

    def __init__(self) -> None:
        self.body = Body()
        self.attachments = Attachments()
        self.named: list[Piece] = []
        self.pages: list[str] = []
        self._parts = 0
        self._around = ""  # the kind of multipart that is being read
        self._report = False

    def read(self, message: Message, depth: int) -> list[Piece]:
        """The pieces of a part and of those inside it, in reading order."""
        self._parts += 1
        if depth > _MAX_DEPTH:
            raise RecursionError  # mime.parse then searches the text without regard to nesting
        if self._parts > MAX_PARTS:
            self._note("the message has too many parts; the rest was left out")
            return []
        part = Part(message)
        if part.kind in _PACKED and (inner := signed_content(part.content())) is not None:
            return self.read(_message(inner), depth + 1)
        if part.kind in _PACKED or part.kind == "multipart/encrypted":
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
        outer, self._around = self._around, part.kind
        groups = [self.read(child, depth + 1) for child in children]
        self._around = outer
        if outside := part.outside():
            self.named.append(Piece(outside))
        return best_alternative(groups) if part.kind == "multipart/alternative" else list(chain(*groups))

    def _status(self, part: Part) -> list[Piece]:
        """A delivery status or the like: blocks of headers that a postmaster reads."""
        blocks = [_header_lines(block) for block in part.children[:_MAX_BLOCKS]] or [part.text(part.content())[0]]
        return [Piece("\n\n".join(block for block in blocks if block))]

    def _forwarded(self, part: Part, depth: int) -> list[Piece]:
        """A message inside the message: its main headers after a separator line, then its text."""
        number, around = len(self.attachments), self.attachments.within
        pieces, size = [], 0
        self.attachments.within = self.attachments.add(part, 0) or around
        for child in part.children or [_message(part.content())]:
            inner = _unpacked(part, child)
            size += Part(inner).raw_size()
            pieces += [Piece(_separator(inner, with_id=self._report)), *self.read(inner, depth + 1)]
        self.attachments.within = around
        self.attachments.resize(size, number=number)
        return pieces

    def _leaf(self, part: Part) -> list[Piece]:
        data = part.content()
        if part.kind == "text/calendar":
            self._calendar(part, data)
        if part.is_text:
            if part.kind in ENRICHED and self._around not in {"", "multipart/alternative"}:
                self.attachments.add(part, len(data))  # of whose looks the text shows nothing
            return [self._piece(part, data)]
        if data or part.filename:
            filename = self.attachments.add(part, len(data), related=self._around == "multipart/related")
            if is_tnef(part.kind, filename):
                self._container(filename, data)
        if part.kind in {"text/plain", "text/html"} and part.disposition != "attachment":
            self.named.append(self._piece(part, data))
        if _ADF.search(data[:_ADF_HEAD]):
            return [self._piece(part, data)]
        return []

    def _piece(self, part: Part, data: bytes) -> Piece:
        text, defect = part.text(data)
        if defect:
            self._note(defect)
        # As HTML an ADF document would lose its tags.
        piece = Piece(text) if _ADF.search(data[:_ADF_HEAD]) else piece_of(text, part.kind)
        if piece.html:
            self.pages.append(piece.text)
        return piece

    def _calendar(self, part: Part, data: bytes) -> None:
        """Remember what an invitation is about; a file without a method is only a date that somebody sent along."""
        found = _METHOD.search(data[:_CALENDAR_HEAD])
        method = part.parameter("method") or (found[1].decode("ascii") if found else "")
        if method.upper() in _METHODS:
            self.body.calendar = method.upper()

    def _container(self, filename: str, data: bytes) -> None:
        """List what is in a winmail.dat; its text is read when the message has no other."""
        if (tnef := read_tnef(data)) is None:
            return
        around, self.attachments.within = self.attachments.within, filename
        for name, kind, size in tnef.files:
            self.attachments.add_file(name, kind, size)
        self.attachments.within = around
        self.named.append(Piece(tnef.text))


def _message(content: bytes) -> Message:
    """A message that was packed inside another, and so has not been defused with it."""
    return email.message_from_bytes(defuse(content))


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
        return _message(base64.b64decode(payload))
    except (binascii.Error, ValueError):
        return child


def _separator(message: Message, *, with_id: bool) -> str:
    """The lines that mail programs put before a forwarded message; a bounce needs the Message-ID too."""
    headers = Part(message).headers
    names = ("From", "Date", "Subject", "To", "Cc", "Reply-To", *(["Message-ID"] if with_id else []))
    lines = [f"{name}: {headers.text(name.lower(), MAX_HEADER)}" for name in names if headers.count(name.lower())]
    return "\n".join(["---------- Forwarded message ----------", *lines])


def _header_lines(message: Message) -> str:
    headers = Part(message).headers
    names = dict.fromkeys(name for name, _ in message.raw_items())
    return "\n".join(f"{name}: {headers.text(name.lower(), MAX_HEADER)}" for name in list(names)[:50])


def raw_text(content: bytes) -> str:
    """The whole content as text, for a message whose structure cannot be read at all."""
    return clean_text(decode(content[: 5 * MAX_TEXT]).text)[:MAX_TEXT].strip("\n")
