"""The process that takes files out of one mail: the mail on stdin, frames with them on stdout.

`python -m channels.mail.attachment_worker MOST LARGEST SECONDS MEGABYTES`, started by attachment_files.attachments_of.
"""

from __future__ import annotations

import email
import logging
import os
import sys
from collections.abc import Iterator
from email.message import Message
from itertools import islice

from channels.mail.attachment_files import AttachedFile, AttachedFiles, kind_of, shown_name
from channels.mail.child import alarm, limit_memory
from channels.mail.defuse import defuse
from channels.mail.framing import write_frame
from channels.mail.part import Part

MAX_PARTS = 1_000
# A smaller picture inside the text is a logo, or counts who reads the mail.
_SMALLEST_SHOWN = 8_000
# Altogether, so that the answer fits the memory of who asks.
_MOST_BYTES = 60 * 1024 * 1024


def files_of(content: bytes, most: int, largest: int) -> AttachedFiles:
    """The files that may be shown."""
    found: list[AttachedFile] = []
    left_out = total = 0
    for part in _attached(content):
        data = part.content()
        kind = kind_of(data)
        if not data or (part.content_id and kind and len(data) < _SMALLEST_SHOWN):
            continue
        if not kind or len(data) > largest or len(found) >= most or total + len(data) > _MOST_BYTES:
            left_out += 1
            continue
        total += len(data)
        found.append(AttachedFile(_unique(shown_name(part.filename, kind, len(found) + 1), found), data))
    return AttachedFiles(tuple(found), left_out)


def _unique(name: str, found: list[AttachedFile]) -> str:
    """Two photos of a telephone are often both `image.jpg`."""
    taken = {file.name for file in found}
    return name if name not in taken else f"{len(found) + 1}-{name}"


def _attached(content: bytes) -> Iterator[Part]:
    """The leaves that are not the text of the mail, those of attached mails too."""
    message: Message = email.message_from_bytes(defuse(content))
    for each in islice(message.walk(), MAX_PARTS):
        part = Part(each)
        if not part.children and not part.is_text and not part.kind.startswith(("multipart/", "message/")):
            yield part


def main(most: int, largest: int, seconds: int, megabytes: int) -> None:
    """Read, answer, end; what a library prints goes to stderr and cannot spoil the answer."""
    logging.disable(logging.CRITICAL)
    limit_memory(megabytes)
    alarm(seconds + 5)  # should the parent be gone
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answer:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        found = files_of(sys.stdin.buffer.read(), most, largest)
        write_frame(answer, str(found.left_out).encode())
        for file in found.files:
            write_frame(answer, file.name.encode())
            write_frame(answer, file.content)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:5]))
