"""The files of a stored mail that staff may look at: images and PDFs, known by their first bytes and by nothing else.

Hostile mail is opened in a process of its own, which is ended when it is late, and gets no tokens.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import PurePath
from typing import NamedTuple

from channels.mail.attachments import safe_name
from channels.mail.framing import BrokenFrame, read_frame
from channels.mail.parser import child_environment
from enrichment.errors import GiveUp, RetryLater

MOST = 10
LARGEST = 10 * 1024 * 1024
# Starting takes a second, on a busy machine more; nobody waits for it but who pressed.
SECONDS = 30.0
_MEMORY_MEGABYTES = 1536
_STEM = 100
_HEAD = 32
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_HEIF = frozenset({b"heic", b"heix", b"mif1", b"heif"})
_SAME = {"jpeg": "jpg", "jpe": "jpg", "tif": "tiff", "heif": "heic"}


class AttachedFile(NamedTuple):
    """A file with a safe name, whose ending says what it really is: png, jpg, gif, webp, heic, tiff or pdf."""

    name: str
    content: bytes


class AttachedFiles(NamedTuple):
    """What may be shown, in its order, and how many files were left out."""

    files: tuple[AttachedFile, ...]
    left_out: int


def kind_of(content: bytes) -> str:
    """What the bytes are, as the ending of a file name; empty when they are nothing that is shown."""
    head = content[:_HEAD]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return "heic"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


def shown_name(name: str, kind: str, number: int) -> str:
    """The safe name with the ending of what the file is: `photo.pdf.exe` that is a picture is `photo.pdf.exe.png`."""
    safe = safe_name(name)
    path = PurePath(safe)
    ending = path.suffix.removeprefix(".").lower()
    stem = path.stem if _SAME.get(ending, ending) == kind else safe
    return f"{stem[:_STEM].strip(' .') or f'attachment-{number}'}.{kind}"


def attachments_of(
    content: bytes, *, most: int = MOST, largest: int = LARGEST, seconds: float = SECONDS
) -> AttachedFiles:
    """The images and PDFs of a raw mail, at most `most` of at most `largest` bytes each.

    Raises GiveUp when it could not be read in time, RetryLater when the process cannot be started.
    """
    limits = [str(number) for number in (most, largest, max(1, int(seconds)), _MEMORY_MEGABYTES)]
    command = [sys.executable, "-P", "-m", "channels.mail.attachment_worker", *limits]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command, input=content, stdout=subprocess.PIPE, env=child_environment(), timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GiveUp(f"reading the attachments took longer than {seconds:g} s") from error
    except OSError as error:
        raise RetryLater(f"the reader of attachments cannot be started: {error}") from error
    if done.returncode != 0:
        raise GiveUp(f"the attachments could not be read (exit status {done.returncode})")
    return _read(done.stdout)


def _read(answer: bytes) -> AttachedFiles:
    """The frames of the child: how many were left out, then name and bytes of each file."""
    stream = io.BytesIO(answer)
    try:
        left_out = int(read_frame(stream) or b"")
        files = []
        while (name := read_frame(stream)) is not None:
            files.append(AttachedFile(name.decode(), read_frame(stream) or b""))
    except (BrokenFrame, ValueError) as error:
        raise GiveUp("the attachments could not be read (half an answer)") from error
    return AttachedFiles(tuple(files), left_out)
