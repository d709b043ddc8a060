"""What is known of an attachment without opening it: a safe file name, its type, its size."""

from __future__ import annotations

import re
from mimetypes import MimeTypes

from channels.mail.cleaning import MAX_NAME, clean_line
from enrichment.models import Attachment

MAX_ATTACHMENTS = 200

_TYPES = MimeTypes()  # the standard table only: the same names on every machine
_UNSAFE = re.compile(r'[<>:"|?*]')
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_KEPT_SUFFIX = 20


def describe(name: str, content_type: str, size: int, *, inline: bool, number: int) -> Attachment:
    """An attachment record; one without a usable name is called `attachment-<number>` and what its type suggests."""
    kind = safe_type(content_type)
    filename = safe_name(name) or f"attachment-{number}{_suffix(kind)}"
    return Attachment(filename=filename, content_type=kind, size=size, inline=inline)


def safe_name(name: str) -> str:
    """A file name without path parts, leading dots or characters that a file system refuses; may be empty."""
    last = re.split(r"[/\\]", clean_line(name, 2000))[-1]
    last = _UNSAFE.sub("_", last).strip(" .") if last.strip(" .") else ""
    if len(last) <= MAX_NAME:
        return last
    stem, dot, suffix = last.rpartition(".")
    if not dot or len(suffix) > _KEPT_SUFFIX:
        return last[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(suffix) - 1]}.{suffix}"


def safe_type(content_type: str) -> str:
    """A well-formed media type in lower case; anything else is `application/octet-stream`."""
    kind = clean_line(content_type, MAX_NAME).lower()
    return kind if _CONTENT_TYPE.fullmatch(kind) else "application/octet-stream"


def _suffix(content_type: str) -> str:
    return ".eml" if content_type == "message/rfc822" else _TYPES.guess_extension(content_type) or ""
