"""The files that were uploaded, in a folder of the workspace's own: content and a description beside each other.

Bounded: one file by MAX_FILE_BYTES, all by number and size; the oldest make room. What a file is, is read from its
first bytes, never from its name.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.workspace.errors import SlackError
from bot.workspace.identity import BOT_USER_ID
from bot.workspace.options import MAX_FILE_BYTES

MAX_FILES = 1000
MAX_TOTAL_BYTES = 300_000_000
MAX_PENDING = 100
MAX_NAME = 255
MAX_ALT_TEXT = 1000
UNKNOWN = "application/octet-stream"
# The first bytes of what may be shown in the page, and of PDF, which may not.
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file. mimetype: by its content; created: Unix time."""

    id: str
    name: str
    title: str
    alt_text: str
    size: int
    mimetype: str
    user: str
    created: int

    @property
    def shown(self) -> bool:
        """Whether it is a picture that a page may show."""
        return self.mimetype.startswith("image/")


@dataclass(slots=True)
class Pending:
    """An upload that was announced. received: whether its content has come."""

    file_id: str
    name: str
    length: int
    alt_text: str
    mimetype: str = ""
    received: bool = False


def sniff(content: bytes) -> str:
    """The type that the first bytes tell: a picture, a PDF, plain text, or something unknown."""
    for start, mimetype in MAGIC:
        if content.startswith(start):
            return mimetype
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN
    return UNKNOWN if b"\x00" in content else "text/plain"


class Files:
    """Takes files in and gives them out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pending: dict[str, Pending] = {}
        self._forget_unfinished()

    def announce(self, name: str, length: int, alt_text: str = "") -> tuple[str, Pending]:
        """Expect an upload; gives the token of its URL. Raises SlackError when it could not be kept."""
        if not 0 < length <= MAX_FILE_BYTES:
            raise SlackError("file_upload_size_restricted" if length > 0 else "invalid_arguments")
        token = secrets.token_urlsafe(24)
        self._pending[token] = Pending(_new_id(), name[:MAX_NAME], length, alt_text[:MAX_ALT_TEXT])
        while len(self._pending) > MAX_PENDING:
            self._forget(next(iter(self._pending)))
        return token, self._pending[token]

    def receive(self, token: str, content: bytes) -> Pending:
        """Take an upload's content, once. Raises SlackError when none is expected or its length is another."""
        pending = self._pending.get(token)
        if pending is None or pending.received:
            raise SlackError("no_such_upload")
        if len(content) != pending.length:
            raise SlackError("length_mismatch")
        self._write(pending.file_id, content)
        pending.mimetype, pending.received = sniff(content), True
        return pending

    def complete(self, file_id: str, title: str | None, user: str = BOT_USER_ID) -> File:
        """Make an uploaded file a file of the workspace. Raises SlackError when its content never came."""
        token = next((token for token, pending in self._pending.items() if pending.file_id == file_id), None)
        pending = self._pending.get(token or "")
        if token is None or pending is None or not pending.received:
            raise SlackError("file_not_found")
        del self._pending[token]
        named = (title or pending.name)[:MAX_NAME]
        size, kind, now = pending.length, pending.mimetype, int(time.time())
        file = File(file_id, pending.name, named, pending.alt_text, size, kind, user, now)
        self._described(file_id).write_text(json.dumps(asdict(file)), encoding="utf-8")
        self._make_room()
        return file

    def add(self, name: str, content: bytes, user: str) -> File:
        """A file that a person uploads. Raises SlackError when it is empty or too large."""
        token, pending = self.announce(name, len(content))
        self.receive(token, content)
        return self.complete(pending.file_id, None, user)

    def ready(self, file_id: str) -> bool:
        """Whether an upload can be completed."""
        return any(one.file_id == file_id and one.received for one in self._pending.values())

    def get(self, file_id: str) -> File | None:
        """The file of that id."""
        if not file_id.isalnum() or not file_id.isascii():
            return None
        try:
            return File(**json.loads(self._described(file_id).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None  # there is none, or one of another version

    def path(self, file: File) -> Path:
        """Where its content is."""
        return self._folder / file.id

    def _described(self, file_id: str) -> Path:
        return self._folder / f"{file_id}.json"

    def _write(self, file_id: str, content: bytes) -> None:
        path = self._folder / file_id
        path.touch(mode=0o600)
        path.write_bytes(content)

    def _forget(self, token: str) -> None:
        pending = self._pending.pop(token)
        (self._folder / pending.file_id).unlink(missing_ok=True)

    def _forget_unfinished(self) -> None:
        """Take away what was uploaded before a kill and never shared; nobody can ask for it any more."""
        for path in self._folder.iterdir():
            if not path.suffix and not self._described(path.name).exists():
                path.unlink(missing_ok=True)

    def _make_room(self) -> None:
        found = sorted(
            ((path.stat(), path) for path in self._folder.glob("*.json")), key=lambda one: one[0].st_mtime_ns
        )
        sizes = [content.stat().st_size if (content := path.with_suffix("")).exists() else 0 for _, path in found]
        total, count = sum(sizes), len(found)
        for size, (_, path) in zip(sizes, found, strict=True):
            if total <= MAX_TOTAL_BYTES and count <= MAX_FILES:
                return
            path.with_suffix("").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            total, count = total - size, count - 1


def _new_id() -> str:
    return "F" + secrets.token_hex(5).upper()
