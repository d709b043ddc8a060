"""One MIME part behind getters that never raise, whatever its headers hold."""

from __future__ import annotations

import re
from email.message import Message

from channels.mail.charset import decode
from channels.mail.cleaning import MAX_NAME, clean_line
from channels.mail.flowed import unflowed
from channels.mail.headers import Headers, decode_header, to_bytes

_MAX_TEXT_BYTES = 1_000_000  # five bytes for each character that is kept
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=[\s\"']{0,5}([\w.:-]{1,40})", re.IGNORECASE)
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\r\n]")
_SAMPLE = 2_000
_NOTICE = re.compile(r"multi-?part|mime|prologue", re.IGNORECASE)
_READABLE = frozenset({"plain", "html", "enriched", "richtext", "markdown", "x-markdown", "rfc822-headers"})


class Part:
    """A read-only view of a stdlib message part.

    kind: the media type, `text/plain` where none is given; disposition: `attachment`, `inline` or empty.
    """

    def __init__(self, message: Message) -> None:
        self._message = message
        self.headers = Headers.of(message)
        self._view = self._readable_view()
        declared = "content-type" in self._view
        self.kind = safe_type(self._view.get_content_type() if declared else message.get_content_type())
        self.disposition = self.filename = ""
        if self._view:
            self.disposition = (self._view.get_content_disposition() or "").strip()
            self.filename = decode_header(self._view.get_filename() or "")

    def _readable_view(self) -> Message:
        """A message of only the content headers, decoded, so that the stdlib reads 8-bit parameters rightly."""
        view: Message = Message()
        for name in ("Content-Type", "Content-Disposition"):
            raw = self.headers.raw(name.lower())
            if raw:
                view[name] = _decoded_bytes(raw)
        return view

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type, such as report-type; empty when absent."""
        value = self._view.get_param(name, "")
        return value if isinstance(value, str) else ""

    @property
    def children(self) -> list[Message]:
        """The parts inside; empty for a leaf and for a multipart whose boundary never came."""
        payload = self._message.get_payload()
        return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []

    @property
    def is_text(self) -> bool:
        """Whether a mail program would show it as part of the message: text that is neither attached nor named."""
        main, _, sub = self.kind.partition("/")
        return main == "text" and sub in _READABLE and self.disposition != "attachment" and not self.filename

    @property
    def content_id(self) -> str:
        """By what name HTML can show it, without angle brackets; empty when it has none."""
        return self.headers.text("content-id", MAX_NAME).strip("<> ") if self.headers.count("content-id") else ""

    def content(self) -> bytes:
        """The decoded bytes of a leaf; what is plainly no base64 is taken as it is, whatever its header says."""
        payload = self._message.get_payload()
        if isinstance(payload, str) and self._encoding == "base64" and _is_prose(payload):
            return to_bytes(payload)
        decoded = self._message.get_payload(decode=True)
        return decoded if isinstance(decoded, bytes) else b""

    @property
    def _encoding(self) -> str:
        return self.headers.raw("content-transfer-encoding").strip().lower()

    def outside(self) -> str:
        """What stands before the first and after the last part of a multipart, unless it is only the usual notice."""
        texts = (self._message.preamble or "", self._message.epilogue or "")
        found = "\n".join(text for text in texts if text.strip() and not _NOTICE.search(text))
        return decode(to_bytes(found[:_MAX_TEXT_BYTES])).text if found else ""

    def raw_size(self) -> int:
        """About the size of an attached message as it came, in bytes, headers and boundaries included."""
        return _raw_size(self._message)

    def text(self, data: bytes) -> tuple[str, str | None]:
        """The text of a leaf's bytes, and what was wrong with its character set in words (None when nothing was)."""
        if len(data) > _MAX_TEXT_BYTES:
            data = data[:_MAX_TEXT_BYTES].rpartition(b"\n")[0] or data[:_MAX_TEXT_BYTES]
        label = self.parameter("charset")
        if not label and self.kind == "text/html" and (meta := _META_CHARSET.search(data[:2_000])):
            label = meta[1].decode("ascii", "replace")
        found = decode(data, label)
        words = self._unflowed(found.text)
        if found.as_declared:
            return words, None
        return (
            words,
            f"a text is not in its declared character set ({label[:40] or 'none'}); read as {found.codec}",
        )

    def _unflowed(self, text: str) -> str:
        if self.kind != "text/plain" or self.parameter("format").lower() != "flowed":
            return text
        return unflowed(text, delete_space=self.parameter("delsp").lower() == "yes")


def safe_type(content_type: str) -> str:
    """A well-formed media type in lower case; anything else is `application/octet-stream`."""
    if _CONTENT_TYPE.fullmatch(content_type):
        return content_type
    kind = clean_line(content_type, MAX_NAME).lower()
    return kind if _CONTENT_TYPE.fullmatch(kind) else "application/octet-stream"


def _is_prose(payload: str) -> bool:
    """More than one character in twenty that base64 does not have; its own line ends do not count."""
    sample = payload[:_SAMPLE].strip()
    return len(_NOT_BASE64.findall(sample)) * 20 > len(sample)


def _raw_size(message: Message) -> int:
    size = 2 + sum(len(name) + len(str(value)) + 4 for name, value in message.raw_items())
    payload = message.get_payload()
    if not isinstance(payload, list):
        return size + len(str(payload or ""))
    boundaries = (len(payload) + 1) * (len(message.get_boundary() or "") + 6)
    return size + boundaries + sum(_raw_size(child) for child in payload if isinstance(child, Message))


def _decoded_bytes(raw: str) -> str:
    """The header with its 8-bit bytes decoded and its encoded words left alone."""
    if raw.isascii():
        return raw
    return decode(raw.encode("utf-8", "surrogateescape")).text
