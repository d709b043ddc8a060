"""The folders of a server, and which of them is Junk: the one marked so (RFC 6154), or one of the usual names."""

from __future__ import annotations

from typing import NamedTuple

from imapclient.imap_utf7 import decode, encode

from channels.mail.imap_server import Server

MOST_FOLDERS = 20_000
LONGEST_NAME = 1000
MOST_JUNK = 10
# Where a server marks nothing; compared without the part above and in lower case.
_USUAL = {"junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk", "bulk mail", "spamverdacht", "unbekannt"}


class Listed(NamedTuple):
    """A folder that can be opened. leaf: its name below the folder above it."""

    name: str
    leaf: str
    junk: bool


def folders(server: Server) -> list[Listed]:
    """Every folder with a name that can be read. Raises RetryLater."""
    with server.asking() as client:
        client.folder_encode = False  # one name that is no modified UTF-7 must not hide the others
        try:
            found = client.list_folders()
        finally:
            client.folder_encode = True
        if len(found) > MOST_FOLDERS:
            raise ValueError(f"{len(found)} folders")
    return [listed for each in found if (listed := _listed(*each)) is not None]


def junk_folders(server: Server) -> tuple[str, ...]:
    """The Junk folders of a mailbox that names none itself, without those that it reads as ordinary ones."""
    listed = folders(server)
    marked = [each.name for each in listed if each.junk]
    usual = [each.name for each in listed if each.leaf.lower() in _USUAL]
    return tuple(name for name in marked or usual if name not in server.mailbox.folders)[:MOST_JUNK]


def _listed(flags: object, delimiter: object, raw: object) -> Listed | None:
    wire = raw if isinstance(raw, bytes) else str(raw).encode("ascii", "replace")
    try:
        name = decode(wire)
    except UnicodeError:
        return None
    if not isinstance(flags, tuple):
        return None
    marks = {flag.lower() for flag in flags if isinstance(flag, bytes)}
    readable = 0 < len(name) <= LONGEST_NAME and name.isprintable() and encode(name) == wire
    if not readable or marks & {b"\\noselect", b"\\nonexistent"}:
        return None
    between = delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) and delimiter else "/"
    return Listed(name, name.rpartition(between)[2], b"\\junk" in marks)
