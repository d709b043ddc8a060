"""The pictures and PDFs that customers share in Slack, for the thread of their lead: bounded, known by their bytes."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import structlog

from bot.slack.blocks import escape, one_line
from bot.slack.client import ScopeMissing, Slack, SlackBusy, SlackRefused
from channels.mail.attachment_files import LARGEST, MOST, AttachedFile, kind_of, shown_name
from channels.slack.loose import part, record, text
from channels.slack.raw import CHANNEL, file_name, files_of
from enrichment.adapters.breaker import LockedOut
from enrichment.adapters.store.messages import Messages
from enrichment.errors import LeadbotError
from enrichment.lead import Lead

log = structlog.get_logger(__name__)

# Whoever pressed waits for it.
SECONDS = 20.0
# Altogether, as of a mail.
MOST_BYTES = 60 * 1024 * 1024
MOST_MESSAGES = 50
# Slack is asked about so many files; most of them may be none that is shown.
MOST_ASKED = 2 * MOST
# How many are named, and how much of a name.
_NAMED, _NAME = 5, 60
_NOT_ALLOWED = "Slack does not let Leadbot read files yet, see *After an update* in docs/slack.md"


class Attached(NamedTuple):
    """What came with a message: what may be shown, and how many files were left out.

    names: of those that were left out, where they are known; allowed: False where the app may not read files.
    """

    files: tuple[AttachedFile, ...] = ()
    left_out: int = 0
    names: tuple[str, ...] = ()
    allowed: bool = True


class SharedFiles:
    """Fetches the files of messages in Slack."""

    def __init__(self, slack: Slack, messages: Messages) -> None:
        self._slack = slack
        self._messages = messages

    async def of(self, lead: Lead) -> Attached:
        """The files of all that the customer wrote for this lead; what cannot be had is left out by its name."""
        left = await asyncio.to_thread(self._named, lead)
        files: list[AttachedFile] = []
        allowed = True
        try:
            async with asyncio.timeout(SECONDS):
                for file_id in list(left)[:MOST_ASKED]:
                    await self._take(file_id, left, files)
        except ScopeMissing:
            allowed = False
        except (TimeoutError, SlackBusy, LockedOut) as error:
            log.info("not all shared files could be fetched", lead=lead.id, why=str(error) or type(error).__name__)
        return Attached(tuple(files), len(left), tuple(left.values()), allowed)

    def ids(self, lead: Lead) -> tuple[str, ...]:
        """Which files there are, oldest first."""
        return tuple(self._named(lead))

    def _named(self, lead: Lead) -> dict[str, str]:
        """Id and name of each file, oldest first; an edit tells of the same files again."""
        attached = (each.id for each in self._messages.attached_to(lead.id))
        named: dict[str, str] = {}
        for message_id in [lead.message_id, *attached][:MOST_MESSAGES]:
            stored = self._messages.get(message_id)
            for file in files_of(stored.content) if stored is not None and stored.channel == CHANNEL else ():
                named.setdefault(file.id, file.name)
        return named

    async def _take(self, file_id: str, left: dict[str, str], files: list[AttachedFile]) -> None:
        """Move one file from those that are left to those that are there, where it can be had."""
        if len(files) >= MOST:
            return
        room = min(LARGEST, MOST_BYTES - sum(len(file.content) for file in files))
        try:
            info = record(await self._slack.read("files.info", file=file_id), "file")
            # A file of another company comes without its name.
            left[file_id] = file_name(info) if text(info, "name") or text(info, "title") else left[file_id]
            size = part(info, "size")
            if isinstance(size, int) and size > room:
                return
            url = text(info, "url_private_download") or text(info, "url_private")
            content = await self._slack.fetch(url, room)
        except (ScopeMissing, SlackBusy, LockedOut):
            raise  # said of every file
        except LeadbotError as error:
            code = error.code if isinstance(error, SlackRefused) else type(error).__name__
            log.info("a shared file could not be fetched", file=file_id, why=code)
            return
        if kind := kind_of(content):
            name = shown_name(left.pop(file_id), kind, len(files) + 1)
            files.append(AttachedFile(_unique(name, files), content))


def _unique(name: str, files: list[AttachedFile]) -> str:
    """Two photos of a telephone are often both `image.jpg`."""
    return name if all(file.name != name for file in files) else f"{len(files) + 1}-{name}"


def left_out_line(attached: Attached) -> str:
    """What follows the announcement of the whole message: which files are missing, and why; empty when none is."""
    if not attached.left_out:
        return ""
    many = "1 other file was" if attached.left_out == 1 else f"{attached.left_out} other files were"
    shown = f"at most {MOST} images and PDFs of up to {LARGEST // 2**20} MB are shown"
    return f" {many} left out{_listed(attached.names)}: {shown if attached.allowed else _NOT_ALLOWED}."


def _listed(names: tuple[str, ...]) -> str:
    """The names as code, in which nothing pings, links or formats."""
    if not names:
        return ""
    shown = [f"`{escape((one_line(name, _NAME) or 'file').replace('`', chr(39)))}`" for name in names[:_NAMED]]
    more = len(names) - len(shown)
    return f" ({', '.join(shown)}{f' and {more} more' if more else ''})"
