"""Logins by OAuth 2.0 (RFC 6749): who we are to a login server, what it granted, and where that is kept."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field, ValidationError

from channels.mail.oauth_http import Answer
from enrichment.errors import NeedsPerson
from enrichment.models import Model

GOOGLE_SCOPE = "https://mail.google.com/"
MICROSOFT_SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
_USUAL, _SHORTEST, _LONGEST = 3_600.0, 1.0, 86_400.0  # seconds that an access token lives
_EARLY = 300.0
_NOT_AN_API = {"offline_access", "openid", "profile", "email"}


@dataclass(frozen=True)
class OAuthClient:
    """The app that an owner has registered, and its login server.

    scope: what is asked for, separated by blanks; user: whose mailbox; more: parameters of the authorize page;
    redirect_host: the name of this machine that the login server knows; secret: empty for a public client.
    """

    client_id: str
    scope: str
    token_url: str
    device_url: str = ""
    authorize_url: str = ""
    secret: str = field(default="", repr=False)
    user: str = ""
    redirect_host: str = "127.0.0.1"
    more: Mapping[str, str] = field(default_factory=dict)

    def form(self, **fields: str) -> dict[str, str]:
        """A request in this client's name."""
        secret = {"client_secret": self.secret} if self.secret else {}
        return {"client_id": self.client_id, **secret, **fields}


class Grant(Model):
    """A login as it is kept. good_until: when the access token is to be renewed, some time before it expires.

    mailbox, client_id, token_url: whose it is, so that it is never sent to anybody else.
    """

    mailbox: str
    client_id: str
    token_url: str
    access: str = Field(repr=False)
    refresh: str = Field(repr=False)
    good_until: datetime

    def fresh(self, now: datetime) -> bool:
        """Whether the access token may be used; one that is good for longer than any is, is of a wrong clock."""
        return now < self.good_until <= now + timedelta(seconds=_LONGEST)


class Vault(Protocol):
    """Where grants are kept. Raises NeedsPerson (cannot be opened), RetryLater (cannot be written or locked now)."""

    def locked(self, mailbox: str) -> AbstractContextManager[None]:
        """Keep every other process from changing this mailbox's grant."""
        ...

    def read(self, mailbox: str) -> str | None:
        """What was kept last; None when nothing was."""
        ...

    def write(self, mailbox: str, text: str) -> None:
        """Keep this instead, whole or not at all, and safely before it returns."""
        ...


def login_again(mailbox: str) -> str:
    """What a person is to do when a login has ended."""
    return f"run `leadbot login {shlex.quote(mailbox)}`"


def granted(mailbox: str, client: OAuthClient, answer: Answer, now: datetime, refresh: str = "") -> Grant:
    """The grant of a good answer. refresh: what stays when no new refresh token came. Raises NeedsPerson without."""
    access, refresh = answer.text("access_token"), answer.text("refresh_token") or refresh
    if not access or not refresh:
        what = "lasting login (no refresh token)" if access else "access token"
        raise NeedsPerson(f"{mailbox}: {answer.where} gave no {what}; {login_again(mailbox)} and allow all it asks for")
    if answer.words("scope") and not _needed(client.scope) <= _needed(" ".join(answer.words("scope"))):
        raise NeedsPerson(f"{mailbox}: reading mail was not allowed; {login_again(mailbox)} and tick that box")
    lives = answer.number("expires_in", _USUAL, _SHORTEST, _LONGEST)
    return Grant(
        mailbox=mailbox,
        client_id=client.client_id,
        token_url=client.token_url,
        access=access,
        refresh=refresh,
        good_until=now + timedelta(seconds=lives - min(_EARLY, lives / 2)),
    )


def _needed(scope: str) -> set[str]:
    """The permissions without the API's address, which Microsoft writes in more than one way."""
    return {each.rstrip("/").rpartition("/")[2].casefold() for each in scope.split()} - _NOT_AN_API


def kept(vault: Vault, mailbox: str, client: OAuthClient) -> Grant:
    """The mailbox's grant. Raises NeedsPerson when there is none, or it is of another app or login server."""
    text = vault.read(mailbox)
    if text is None:
        raise NeedsPerson(f"{mailbox}: nobody has logged in yet; {login_again(mailbox)}")
    try:
        grant = Grant.model_validate_json(text)
    except ValidationError as error:
        raise NeedsPerson(f"{mailbox}: its stored login is damaged; {login_again(mailbox)}") from error
    if (grant.mailbox, grant.client_id, grant.token_url) != (mailbox, client.client_id, client.token_url):
        raise NeedsPerson(f"{mailbox}: its stored login is of another app or server; {login_again(mailbox)}")
    return grant
