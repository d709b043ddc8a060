"""A mailbox of a test's own on the real Dovecot, polled into the real store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from channels.mail.imap_poll import MailboxPoller, Polled
from channels.mail.imap_session import Mailbox
from enrichment.adapters.store.mailboxes import Mailboxes
from tests.enrichment.parts import Parts
from tests.servers.dovecot import PASSWORD, Dovecot


class Password:
    """A credential that a test sets; implements channels.mail.imap_session.Credential."""

    def __init__(self, secret: str = PASSWORD, kind: Literal["password", "token"] = "password") -> None:
        self.text, self.kind = secret, kind
        self.asked = 0

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """What was set."""
        self.asked += 1
        return self.kind, self.text


def mailbox_at(port: int, **changes: Any) -> Mailbox:
    """A mailbox on a server of this machine, without TLS."""
    made: dict[str, Any] = {
        "name": "shop",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": "leads",
        "recipients": ("leads@shop.example",),
    }
    return Mailbox(**(made | changes))


@dataclass
class Polling:
    """A poller and what it has stored. room: whether mail may be taken; told: what was said to be new."""

    parts: Parts
    mailbox: Mailbox
    credential: Password = field(default_factory=Password)
    timeout: float = 10.0
    room: bool = True
    told: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Mailboxes(self.parts.database, self.parts.clock)
        self.restart()

    def restart(self) -> None:
        """As when the bot is started again."""
        self.poller = MailboxPoller(
            self.mailbox,
            self.credential,
            self.store,
            self.parts.clock,
            self.told.append,
            lambda: self.room,
            timeout=self.timeout,
        )

    def poll(self, *, sweep: bool = False) -> Polled:
        """Poll once."""
        return self.poller.poll(sweep=sweep)

    @property
    def contents(self) -> list[bytes]:
        """The bytes of every stored mail, in order."""
        return [row["content"] for row in self.rows("content")]

    def rows(self, *columns: str) -> list[dict[str, Any]]:
        """These columns of every stored mail, in order."""
        with self.parts.engine.begin() as connection:
            found = connection.execute(sa.text(f"SELECT {', '.join(columns)} FROM messages ORDER BY id"))
            return [dict(row) for row in found.mappings()]


@dataclass
class Post:
    """A user of the real server, made for one test."""

    server: Dovecot
    user: str
    parts: Parts
    pollings: list[Polling] = field(default_factory=list)

    def polling(self, **changes: Any) -> Polling:
        """A poller of this user's mailbox."""
        made = Polling(self.parts, mailbox_at(self.server.port, user=self.user, **changes))
        self.pollings.append(made)
        return made

    def put(self, *mails: bytes, **options: Any) -> None:
        """Mails arrive."""
        self.server.append(*mails, user=self.user, **options)

    def flags(self, folder: str = "INBOX") -> dict[int, set[bytes]]:
        """The flags of every mail."""
        return self.server.flags(folder, self.user)


def letter(number: int, text: str = "Hello") -> bytes:
    """A mail of its own."""
    return f"From: ana@example.com\r\nSubject: {number}\r\nMessage-ID: <{number}@x>\r\n\r\n{text}\r\n".encode()
