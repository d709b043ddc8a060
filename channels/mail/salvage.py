"""Finds the parts of a message whose structure is too broken, or nested too deeply, for a MIME parser."""

from __future__ import annotations

import re
from email.message import Message
from email.parser import BytesHeaderParser

_MAX_BYTES = 2_000_000
_MAX_CHUNKS = 5_000
_MAX_HEAD = 256_000
_BOUNDARY = re.compile(
    rb"^--\S[^\n]{0,200}\n(?=content-|[ \t\r]*\n)|^--\S[^\n]{0,200}--[ \t\r]*(?:\n|\Z)", re.MULTILINE | re.IGNORECASE
)
_PREAMBLE = re.compile(rb"multi-?part|mime", re.IGNORECASE)
_LOOKS_LIKE_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_BLANK = re.compile(rb"\r?\n\r?\n")


def split_head(content: bytes) -> tuple[bytes, bytes]:
    """Header block and body, parted at the first empty line."""
    blank = _BLANK.search(content)
    if blank is None:
        return content[:_MAX_HEAD], b""
    return content[: blank.start() + 1][:_MAX_HEAD], content[blank.end() :]


def salvage_parts(body: bytes) -> list[Message]:
    """The leaf parts between anything that looks like a boundary line, without regard to nesting."""
    first, *chunks = _BOUNDARY.split(body[:_MAX_BYTES], maxsplit=_MAX_CHUNKS)
    parts = [_part(chunk) for chunk in chunks if chunk.strip()]
    kept = [
        part
        for part in parts
        if part.is_multipart() or not part.get_content_type().startswith(("multipart/", "message/"))
    ]
    if first.strip() and not (kept and _PREAMBLE.search(first)):
        kept.insert(0, _text_part(b"", first))
    return kept or [_text_part(b"", body[:_MAX_BYTES])]


def _part(chunk: bytes) -> Message:
    """A leaf, or a message in the message; a chunk that does not begin with a header is all text."""
    if not _LOOKS_LIKE_HEADER.match(chunk):
        return _text_part(b"", chunk)
    head, data = split_head(chunk)
    part = _text_part(head, data)
    if part.get_content_type() == "message/rfc822" and _LOOKS_LIKE_HEADER.match(data):
        part.set_payload([_text_part(*split_head(data))])
    return part


def _text_part(head: bytes, data: bytes) -> Message:
    part = BytesHeaderParser().parsebytes(head)
    part.set_payload(data.decode("ascii", "surrogateescape"))
    return part
