"""A connection to a mailbox, from the name to the login; whatever fails is said in one line.

A credential is asked at every login, so that a password that was changed and a token that was refreshed count at once.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from channels.mail.imap_trouble import blotted, is_passing, meaning, translated, words
from channels.mail.imap_wire import Client
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater

LARGEST = 25 * 2**20


@dataclass(frozen=True)
class Mailbox:
    """A mailbox on an IMAP server.

    folders: what is read; junk: Junk folders to read too, () for those that the server marks as such. after: what
    becomes of a mail once it is stored; move_to: where to. recipients: addresses of the business that its mail counts
    as sent to. largest: bytes; of a larger mail only the first megabyte is stored. interval: seconds between polls.
    """

    name: str
    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    folders: tuple[str, ...] = ("INBOX",)
    junk: tuple[str, ...] = ()
    after: Literal["leave", "seen", "move"] = "leave"
    move_to: str = ""
    recipients: tuple[str, ...] = ()
    largest: int = LARGEST
    interval: float = 60.0
    ca_file: Path | None = None

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


class Credential(Protocol):
    """What opens a mailbox."""

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """The password or a fresh access token. Raises NeedsPerson or RetryLater."""
        ...


@runtime_checkable
class TokenSource(Credential, Protocol):
    """A credential that has its tokens from a login server."""

    @property
    def advice(self) -> str:
        """What a person is to do when the mail server goes on refusing them."""
        ...

    def refused(self) -> None:
        """The mail server did not take the last token: get another at the next use. Raises LeadbotError."""
        ...


@contextlib.contextmanager
def open_session(mailbox: Mailbox, credential: Credential, *, timeout: float) -> Iterator[Client]:
    """An IMAPClient that is logged in. Raises RetryLater or NeedsPerson, also for what fails inside.

    timeout: seconds that the server may be silent, at connecting and at each command.
    """
    client = connect(mailbox, credential, timeout=timeout)
    try:
        with translated(mailbox.name, mailbox.address):
            yield client
    finally:
        client.leave()


def connect(
    mailbox: Mailbox,
    credential: Credential,
    *,
    timeout: float,
    opened: Callable[[socket.socket], None] = lambda _: None,
) -> Client:
    """The same for who closes it himself, with `leave`. opened: told the socket as soon as there is one."""
    kind, secret = credential.secret()
    if any(ord(character) < 32 for character in mailbox.user + secret):
        raise NeedsPerson(f"{mailbox.name}: the user or the {kind} holds a line break or another control character")
    with translated(mailbox.name, mailbox.address):
        client = Client(mailbox.host, mailbox.port, timeout, _begin_tls(mailbox), opened)
    try:
        with translated(mailbox.name, mailbox.address):
            if client.connection.state != "NONAUTH":
                why = f"{mailbox.address} logs in without asking who we are (PREAUTH)"
                raise NeedsPerson(f"{mailbox.name}: {why}; check host and port")
            if mailbox.security == "starttls":
                client.starttls(tls_context(mailbox))
            _login(client, mailbox, kind, secret, credential)
    except LeadbotError:
        client.drop()
        raise
    return client


def tls_context(mailbox: Mailbox) -> ssl.SSLContext:
    """What a certificate is checked against. Raises NeedsPerson when ca_file cannot be read."""
    try:
        return ssl.create_default_context(cafile=mailbox.ca_file)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise NeedsPerson(f"{mailbox.name}: ca_file {mailbox.ca_file} cannot be used: {words(error)}") from error


def _begin_tls(mailbox: Mailbox) -> ssl.SSLContext | None:
    return tls_context(mailbox) if mailbox.security == "tls" else None


def _login(client: Client, mailbox: Mailbox, kind: str, secret: str, credential: Credential) -> None:
    try:
        if kind == "token":
            client.sasl_login("XOAUTH2", _Bearer(_bearer(mailbox.user, secret)))
        elif _needs_plain(client, mailbox, secret):
            client.plain_login(mailbox.user, secret)
        else:
            client.login(f'"{_escaped(mailbox.user)}"', secret)  # imaplib quotes the password only
    except imaplib.IMAP4.error as error:
        # IMAPClient makes a LoginError of everything, a broken connection too.
        broken = error.__context__
        found = broken if isinstance(broken, imaplib.IMAP4.abort) else error
        raise _refusal(mailbox, kind, blotted(found, _forms(mailbox.user, secret)), credential) from None


def _needs_plain(client: Client, mailbox: Mailbox, secret: str) -> bool:
    """Whether LOGIN cannot be used: it is switched off, or cannot carry these letters."""
    off = client.has_capability("LOGINDISABLED")
    if off and not client.has_capability("AUTH=PLAIN"):
        if mailbox.security == "none":
            raise NeedsPerson(f"{mailbox.name}: {meaning('[PRIVACYREQUIRED]')}")
        raise NeedsPerson(f"{mailbox.name}: the server takes no passwords; set login to a kind that it takes")
    return off or not (mailbox.user + secret).isascii()


def _forms(user: str, secret: str) -> list[str]:
    """How the secret goes over the wire."""
    wrapped = (_bearer(user, secret), f"\0{user}\0{secret}")
    return [secret, _escaped(secret), *(base64.b64encode(each.encode()).decode() for each in wrapped)]


def _refusal(mailbox: Mailbox, kind: str, error: imaplib.IMAP4.error, credential: Credential) -> Exception:
    """What a failed login means."""
    if isinstance(error, imaplib.IMAP4.abort) or "command error: BAD" in str(error):
        return error
    if is_passing(error):
        return RetryLater(f"{mailbox.name}: no login for now: {meaning(error)}")
    if kind == "token":
        return NeedsPerson(f"{mailbox.name}: the login is refused: {meaning(error)}; {_not_taken(mailbox, credential)}")
    return NeedsPerson(
        f"{mailbox.name}: the password of {mailbox.user} is refused: {meaning(error)}; put the right one (or an app "
        "password) where password_env or password_file says"
    )


def _not_taken(mailbox: Mailbox, credential: Credential) -> str:
    """Have another token got for the next login; what to do when that is refused, too."""
    if not isinstance(credential, TokenSource):
        return f"run leadbot login {mailbox.name}"
    with contextlib.suppress(LeadbotError):  # what is wrong there is told at the next login
        credential.refused()
    return credential.advice


def _bearer(user: str, token: str) -> str:
    return f"user={user}\1auth=Bearer {token}\1\1"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class _Bearer:
    """XOAUTH2's exchange: the token, then an empty answer to the server's account of what is wrong with it."""

    def __init__(self, first: str) -> None:
        self._answers = [first]

    def __call__(self, _challenge: bytes) -> str:
        """The answer to the server's next challenge."""
        return self._answers.pop() if self._answers else ""
