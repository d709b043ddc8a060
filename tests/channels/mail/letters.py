"""Builds mails from Ann for the tests, part by part."""

from __future__ import annotations

ANN = b"From: Ann Lee <ann@example.com>\r\nTo: sales@shop.example\r\nSubject: Roof\r\n"


def mail(body: bytes, headers: bytes = b"") -> bytes:
    """A mail from Ann with these further header lines."""
    return ANN + headers + b"\r\n" + body


def parts(kind: bytes, *contents: bytes) -> bytes:
    """The lines of a multipart: its Content-Type and its parts, each with its own header."""
    boundary = b"b%d" % sum(map(len, contents))  # differs from that of a multipart inside
    inner = b"".join(b"--%s\r\n%s\r\n" % (boundary, content) for content in contents)
    return b"Content-Type: multipart/%s; boundary=%s\r\n\r\n%s--%s--\r\n" % (kind, boundary, inner, boundary)


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
