"""What is known of an attachment without opening it: a safe file name, its type, its size, where it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from mimetypes import MimeTypes

from channels.mail.cleaning import MAX_NAME, clean_line
from channels.mail.part import Part, safe_type
from enrichment.models import Attachment

MAX_ATTACHMENTS = 200

_TYPES = MimeTypes()  # the standard table only: the same names on every machine
_UNSAFE = re.compile(r'[<>:"|?*]')
_CID = re.compile(r"\bcid:([^\s\"'<>()]{1,250})", re.IGNORECASE)
_MAX_CIDS = 1_000
_KEPT_SUFFIX = 20


@dataclass(slots=True)
class _Found:
    """One attachment on the way to its record; `shown`: inside the text even if no HTML names its Content-ID."""

    filename: str
    content_type: str
    size: int
    content_id: str = ""
    shown: bool = False
    within: str = ""


class Attachments:
    """The attachments of one message in their order, at most 200; `full` when there were more.

    within: the file name of the attached message or container whose parts are being added; empty outside.
    """

    def __init__(self) -> None:
        self.within = ""
        self.full = False
        self._found: list[_Found] = []

    def add(self, part: Part, size: int, *, related: bool = False) -> str:
        """Note one part, `related` when it belongs to the HTML beside it; gives its safe file name."""
        filename = self.add_file(part.filename, part.kind, size)
        if not self.full:
            found = self._found[-1]
            found.content_id = part.content_id
            found.shown = part.disposition != "attachment" and _is_shown(part, related=related)
        return filename

    def add_file(self, name: str, content_type: str, size: int) -> str:
        """Note one file that is no part of its own, such as one inside winmail.dat; gives its safe file name."""
        kind = safe_type(content_type or _TYPES.guess_type(name)[0] or "")
        filename = safe_name(name) or f"attachment-{len(self._found) + 1}{_suffix(kind)}"
        self.full = self.full or len(self._found) >= MAX_ATTACHMENTS
        if not self.full:
            self._found.append(_Found(filename, kind, size, within=self.within))
        return filename

    def resize(self, size: int, *, number: int) -> None:
        """Set the size of the attachment with this number, counted from 0, when it is known only after its parts."""
        if number < len(self._found):
            self._found[number].size = size

    def __len__(self) -> int:
        return len(self._found)

    def listed(self, pages: Iterable[str]) -> list[Attachment]:
        """The records; what one of these HTML pages shows by its Content-ID is inline, whatever its own header says."""
        shown = {cid.lower() for page in pages for cid in _CID.findall(page)[:_MAX_CIDS]}
        return [
            Attachment(
                filename=found.filename,
                content_type=found.content_type,
                size=found.size,
                inline=found.shown or found.content_id.lower() in shown,
                within=found.within,
            )
            for found in self._found
        ]


def _is_shown(part: Part, *, related: bool) -> bool:
    """A related part, or a nameless inline one; a named photo in the text (Apple Mail) is something that was sent."""
    return (related and bool(part.content_id)) or (part.disposition == "inline" and not part.filename)


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


def _suffix(content_type: str) -> str:
    return ".eml" if content_type == "message/rfc822" else _TYPES.guess_extension(content_type) or ""
