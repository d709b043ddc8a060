"""One MIME part behind getters that never raise, whatever its headers hold."""

from __future__ import annotations

import re
from email.message import Message

from channels.mail.attachments import safe_type
from channels.mail.charset import decode
from channels.mail.headers import Headers, decode_header

_MAX_TEXT_BYTES = 1_000_000  # five bytes for each character that is kept
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=[\s\"']{0,5}([\w.:-]{1,40})", re.IGNORECASE)
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
    def is_inline(self) -> bool:
        """Whether it is shown inside the message, such as a logo."""
        return self.disposition == "inline" or (not self.disposition and bool(self.headers.raw("content-id")))

    def content(self) -> bytes:
        """The decoded bytes of a leaf."""
        payload = self._message.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""

    def text(self) -> tuple[str, str | None]:
        """The text of a leaf, and what was wrong with its character set in words (None when nothing was)."""
        data = self.content()
        if len(data) > _MAX_TEXT_BYTES:
            data = data[:_MAX_TEXT_BYTES].rpartition(b"\n")[0] or data[:_MAX_TEXT_BYTES]
        label = self.parameter("charset")
        if not label and self.kind == "text/html" and (meta := _META_CHARSET.search(data[:2_000])):
            label = meta[1].decode("ascii", "replace")
        found = decode(data, label)
        if found.as_declared:
            return found.text, None
        return (
            found.text,
            f"a text is not in its declared character set ({label[:40] or 'none'}); read as {found.codec}",
        )


def _decoded_bytes(raw: str) -> str:
    """The header with its 8-bit bytes decoded and its encoded words left alone."""
    if raw.isascii():
        return raw
    return decode(raw.encode("utf-8", "surrogateescape")).text
