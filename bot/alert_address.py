"""LEADBOT_ALERT_SMTP_URL read once: which server takes the owner's alerts, as whom, from and to which addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field

from bot.values import is_loopback
from enrichment.models import Model

EXAMPLE = "smtp://user:password@mail.example.com:587/?from=leadbot@example.com&to=owner@example.com"
_PORTS = {"smtp": 587, "smtps": 465}
_ADDRESS = re.compile(r"[!-;=?A-~]+@[A-Za-z0-9.-]+")
_LONGEST, _LONGEST_ADDRESS = 2000, 254
_MOST_RECIPIENTS = 20
_ESCAPE = "; write special characters in them as %40 and the like"


class AlertAddress(Model):
    """Where alerts go. tls: the connection begins with TLS (smtps), else it is upgraded by STARTTLS.

    here: the server runs on this machine, where nobody stands in between. user: empty means no AUTH.
    """

    host: str
    port: int
    tls: bool
    here: bool
    user: str
    password: str = Field(repr=False)
    sender: str
    recipients: tuple[str, ...]

    @property
    def server(self) -> str:
        """Host and port, as they may be shown."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(url: str) -> AlertAddress:
    """The parts of the URL. Raises ValueError in words that hold nothing of it, for it has a password."""
    parts = _split(url)
    port = _port(parts)
    host = parts.hostname or ""
    user, password = (_decoded(text or "") for text in (parts.username, parts.password))
    if password and not user:
        raise ValueError("has a password but no user")
    if not (user + password).isascii() or not (user + password).isprintable():
        raise ValueError("should have user and password in ASCII" + _ESCAPE)
    query = list(_query(parts.query))
    senders, recipients = (_addresses(query, name) for name in ("from", "to"))
    if len(senders) != 1:
        raise ValueError("should have one from=, the address that alerts come from")
    if not 1 <= len(recipients) <= _MOST_RECIPIENTS:
        raise ValueError(f"should have to=, the address that alerts go to; up to {_MOST_RECIPIENTS} of them")
    return AlertAddress(
        host=host,
        port=port,
        tls=parts.scheme == "smtps",
        here=is_loopback(host),
        user=user,
        password=password,
        sender=senders[0],
        recipients=recipients,
    )


def _split(url: str) -> SplitResult:
    if len(url) > _LONGEST or not url.isprintable() or " " in url:
        raise ValueError("should be one URL without blanks")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError("cannot be read as a URL" + _ESCAPE) from error
    if parts.scheme not in _PORTS:
        raise ValueError("should begin with smtp:// or smtps://")
    if not parts.hostname:
        raise ValueError("should name a mail server")
    if parts.path not in {"", "/"} or parts.fragment or not parts.query:
        raise ValueError("should end in /?from=ADDRESS&to=ADDRESS; / ? and # in user and password are %2F %3F %23")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("should have a port from 1 to 65535 after the host" + _ESCAPE)
    return port or _PORTS[parts.scheme]


def _query(text: str) -> Iterator[tuple[str, str]]:
    """Names and values; a + stays one, as it stands in many an address."""
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if name not in {"from", "to"}:
            raise ValueError("knows only from= and to= after the question mark")
        yield name, _decoded(value)


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError("has a % sequence that is no text") from error


def _addresses(query: list[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    found = [each.strip() for name, value in query if name == wanted for each in value.split(",") if each.strip()]
    if not all(_ADDRESS.fullmatch(each) and len(each) <= _LONGEST_ADDRESS for each in found):
        raise ValueError(f"should have plain e-mail addresses in {wanted}=")
    return tuple(dict.fromkeys(found))
