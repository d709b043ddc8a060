"""What a mailbox looks like from inside, for `leadbot doctor`: folders, capabilities, room, its newest mail.

Folders are examined, never selected, so that nothing in them changes.
"""

from __future__ import annotations

import imaplib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from channels.mail import imap_list
from channels.mail.imap_server import Server
from channels.mail.imap_session import Mailbox
from channels.mail.imap_trouble import words
from channels.mail.imap_wire import Client

USEFUL = ("IDLE", "MOVE", "SPECIAL-USE", "CONDSTORE")
NEARLY_FULL = 0.9
_MOST_SHOWN = 12
_LONGEST_SHOWN = 60


class Inside(NamedTuple):
    """What was found. missing: folders that are not there, with the keys that name them; filled: 1.0 is full."""

    missing: tuple[str, ...]
    folders: tuple[str, ...]
    junk: tuple[str, ...]
    counts: tuple[str, ...]
    capabilities: tuple[str, ...]
    filled: float | None


def look(client: Client, mailbox: Mailbox) -> Inside:
    """Look around. Raises what the session raises."""
    server = Server(mailbox, client)
    folders = tuple(listed.name for listed in imap_list.folders(server))
    return Inside(
        missing=tuple(_missing(mailbox, folders)),
        folders=folders,
        junk=mailbox.junk or imap_list.junk_folders(server),
        counts=tuple(_count(client, folder) for folder in mailbox.folders if _is_there(folder, folders)),
        capabilities=tuple(name for name in USEFUL if client.has_capability(name)),
        filled=_filled(client),
    )


def _is_there(folder: str, folders: Sequence[str]) -> bool:
    return folder in folders or (folder == "INBOX" and any(name.upper() == "INBOX" for name in folders))


def _missing(mailbox: Mailbox, folders: Sequence[str]) -> list[str]:
    wanted = dict.fromkeys(mailbox.junk, "junk") | dict.fromkeys(mailbox.folders, "folders")
    if mailbox.after == "move":
        wanted[mailbox.move_to] = "move_to"
    return [f"{shown(folder)} ({key})" for folder, key in wanted.items() if not _is_there(folder, folders)]


def _count(client: Client, folder: str) -> str:
    """How many mails, and when the newest came."""
    exists = int(client.select_folder(folder, readonly=True).get(b"EXISTS", 0))
    told = f"{shown(folder)}: {exists:,} mail{'' if exists == 1 else 's'}"
    if not exists:
        return told
    newest = _newest(client, exists)
    return f"{told}, the newest of {newest:%Y-%m-%d %H:%M} UTC" if newest else told


def _newest(client: Client, number: int) -> datetime | None:
    """When the mail with the highest number came, as the server has it; numbers are in order of arrival."""
    client.use_uid, client.normalise_times = False, False
    try:
        found = client.fetch([number], ["INTERNALDATE"])
    finally:
        client.use_uid = True
    date = found.get(number, {}).get(b"INTERNALDATE")
    return date.astimezone(UTC) if isinstance(date, datetime) and date.tzinfo else None


def _filled(client: Client) -> float | None:
    """How full the fullest of its limits is; None where the server sets or tells none."""
    if not client.has_capability("QUOTA"):
        return None
    try:
        _, quotas = client.get_quota_root("INBOX")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return None  # it may be forbidden to ask
    return max((quota.usage / quota.limit for quota in quotas if quota.limit), default=None)


def shown(name: str) -> str:
    """A folder's name for one line."""
    return words(name)[:_LONGEST_SHOWN]


def several(names: Sequence[str]) -> str:
    """Some names for one line."""
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(shown(name) for name in names[:_MOST_SHOWN]) + more
