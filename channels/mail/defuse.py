"""Takes the fuses out of raw mail before any library sees it; readable mail passes unchanged.

Each was met: a Content-Type of 100 KB of quoted semicolons costs the stdlib 17 s, `idna` as a character set is
quadratic, NULs or a byte-order mark before the first header hide all headers, a boundary that is folded in the
middle is never found, and a line between the headers that is none ends them for the stdlib.
"""

from __future__ import annotations

import re

_MAX_BYTES = 4_000  # of one Content-Type or Content-Disposition
_MAX_PARAMETERS = 100
_PARAMETER_HEADER = re.compile(
    rb"^content-(?:type|disposition)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_FOLD = re.compile(rb"\r?\n[ \t]{1,1000}")
_MAX_HEAD = 256_000
_MAX_HEADERS = 1_000_000  # bytes of the whole header block
_MAX_BLOCKS = 20_000
_STATUS = re.compile(rb"message/delivery-status", re.IGNORECASE)
_BLANK = re.compile(rb"\n\r?\n")
_HEADER = re.compile(rb"(?:from |[!-9;-~]{1,200}:)", re.IGNORECASE)
_STRAY = re.compile(rb"^(?!from |[!-9;-~]{1,200}:)(?=\S)", re.IGNORECASE | re.MULTILINE)
_SPACED = re.compile(rb"^([!-9;-~]{1,76})[ \t]{1,20}:", re.MULTILINE)
_KNOWN = re.compile(
    rb"^(?:from|to|subject|date|reply-to|message-id|mime-version|content-type|content-transfer-encoding)[ \t]{0,20}:",
    re.IGNORECASE | re.MULTILINE,
)
_SLOW_CODEC = re.compile(rb"(=[?\"' \t]{0,3})(?:idna|punycode)(?=[?\"'\s;*])", re.IGNORECASE)


def defuse(content: bytes) -> bytes:
    """The same mail without what would stop a parser for seconds, or hide half of the headers from it."""
    content = content.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")  # the line ends of the old Macintosh
    if b"\r\r\n" in content[:_MAX_BYTES]:
        content = content.replace(b"\r\r\n", b"\r\n")  # every line would be followed by an empty one
    content = _mended(_fewer_headers(content))
    if content.count(b"\n\r\n") + content.count(b"\n\n") > _MAX_BLOCKS:
        content = _STATUS.sub(b"text/plain", content)  # the stdlib makes a message of every block of a status
    content = _PARAMETER_HEADER.sub(_shortened, content)
    return _SLOW_CODEC.sub(rb"\1x-unknown", content)


def _fewer_headers(content: bytes) -> bytes:
    """Of a header block of megabytes, its beginning."""
    ends = [end for end in (content.find(b"\n\r\n"), content.find(b"\n\n")) if end >= 0]
    if not ends or min(ends) <= _MAX_HEADERS:
        return content
    return content[: content.rfind(b"\n", 0, _MAX_HEADERS)] + content[min(ends) :]


def _mended(content: bytes) -> bytes:
    """A header block with a stray line in it, made whole: `Subject : x` loses the blank, other lines are folded in.

    Only up to the last header that everybody knows: what stands below is the text of a mail without an empty line.
    """
    blank = _BLANK.search(content, 0, _MAX_HEAD)
    head = content[: blank.start() if blank else _MAX_HEAD]
    if not _HEADER.match(head) or not _STRAY.search(head):
        return content
    head = _SPACED.sub(rb"\1:", head)
    last = max((known.start() for known in _KNOWN.finditer(head)), default=0)
    return _STRAY.sub(b" ", head[:last]) + head[last:] + (content[blank.start() :] if blank else content[_MAX_HEAD:])


def _shortened(header: re.Match[bytes]) -> bytes:
    ending = b"\r" if header[0].endswith(b"\r") else b""
    value = _FOLD.sub(b" ", header[0][:_MAX_BYTES].rstrip(b"\r\n"))
    return b";".join(value.split(b";")[:_MAX_PARAMETERS]) + ending
