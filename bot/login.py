"""How each mailbox logs in: its password or its tokens, from where its [[mailbox]] table says."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bot import secret_key
from bot.mailboxes import MailboxTable
from bot.sealed import PURPOSE, SealedVault
from bot.settings import Settings, dotenv
from channels.mail.imap_session import Credential
from channels.mail.oauth import GOOGLE_SCOPE, MICROSOFT_SCOPE, OAuthClient, Vault
from channels.mail.oauth_tokens import TokenCredential
from enrichment.errors import NeedsPerson

LONGEST_SECRET = 4_096
_GOOGLE = "https://oauth2.googleapis.com/token"
_GOOGLE_PAGE = "https://accounts.google.com/o/oauth2/v2/auth"
_MICROSOFT = "https://login.microsoftonline.com"
_TOKEN = "/oauth2/v2.0/token"  # noqa: S105 - a path
# Without these Google gives no refresh token, or none at the second login.
_GOOGLE_MORE = {"access_type": "offline", "prompt": "consent"}


class PasswordCredential:
    """A password from a variable or a file, read at each login so that a changed one counts."""

    def __init__(self, table: MailboxTable) -> None:
        self._table = table

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """The password. Raises NeedsPerson when there is none."""
        table = self._table
        return "password", _secret(table.name, "password", table.password_env, table.password_file)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def credential_of(table: MailboxTable, settings: Settings) -> Credential:
    """What this mailbox logs in with. Raises StartupError when the secret key cannot be read."""
    if table.login == "password":
        return PasswordCredential(table)
    if table.login == "microsoft-app":
        # Only who uses it waits for msal and holds it in memory.
        from channels.mail.oauth_app import AppCredential  # noqa: PLC0415

        own = table.token_url
        authority = own.removesuffix(_TOKEN) if own else f"{_MICROSOFT}/{table.tenant}"
        return AppCredential(table.name, table.client_id, authority, lambda: _client_secret(table), known=not own)
    return TokenCredential(table.name, lambda: client_of(table), vault_of(settings), _Clock())


def vault_of(settings: Settings) -> Vault:
    """Where logins are kept."""
    if settings.tokens == "keyring":
        # Only who uses it needs a keyring.
        from bot.key_ring import KeyringVault  # noqa: PLC0415

        return KeyringVault(settings.data_dir)
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    return SealedVault(settings.data_dir, secret_key.derived(given, settings.data_dir, PURPOSE))


def client_of(table: MailboxTable) -> OAuthClient:
    """The app that the owner registered, with the addresses of its login server. Raises NeedsPerson."""
    return _google(table) if table.login == "google" else _microsoft(table)


def _google(table: MailboxTable) -> OAuthClient:
    # A desktop app's secret is none that anybody relies on, but Google wants it.
    return OAuthClient(
        client_id=table.client_id,
        secret=_client_secret(table),
        scope=GOOGLE_SCOPE,
        token_url=table.token_url or _GOOGLE,
        authorize_url=table.authorize_url or _GOOGLE_PAGE,
        user=table.user,
        more=_GOOGLE_MORE,
    )


def _microsoft(table: MailboxTable) -> OAuthClient:
    base = f"{_MICROSOFT}/{table.tenant or 'common'}/oauth2/v2.0"
    return OAuthClient(
        client_id=table.client_id,
        secret=_client_secret(table) if table.client_secret_env or table.client_secret_file else "",
        scope=MICROSOFT_SCOPE,
        token_url=table.token_url or f"{base}/token",
        device_url=table.device_url or f"{base}/devicecode",
        authorize_url=table.authorize_url or f"{base}/authorize",
        user=table.user,
        # Microsoft takes any port of this name only, https://learn.microsoft.com/entra/identity-platform/reply-url
        redirect_host="localhost",
    )


def _client_secret(table: MailboxTable) -> str:
    return _secret(table.name, "client_secret", table.client_secret_env, table.client_secret_file)


def _secret(mailbox: str, kind: str, variable: str | None, file: Path | None) -> str:
    """What the variable or the file holds, without the line end. Raises NeedsPerson that names it, never its value."""
    if file is not None:
        place, value = f"the file {file}", _content(mailbox, file)
    elif variable is not None:
        place, value = f"the variable {variable}", os.environ.get(variable) or dotenv().get(variable) or ""
    else:
        raise NeedsPerson(f"{mailbox}: {kind}_env or {kind}_file is missing in its [[mailbox]] table")
    value = value.rstrip("\r\n")
    if not value:
        raise NeedsPerson(f"{mailbox}: {place} is empty; put the {kind.replace('_', ' ')} there")
    if len(value) > LONGEST_SECRET or "\x00" in value or "\n" in value or "\r" in value:
        raise NeedsPerson(f"{mailbox}: {place} holds no {kind.replace('_', ' ')}; it should be one line")
    return value


def _content(mailbox: str, file: Path) -> str:
    try:
        if file.is_fifo():  # to open it would wait for a writer, for ever
            raise NeedsPerson(f"{mailbox}: {file} is a pipe, which is read but once; name a file")
        with file.open(encoding="utf-8") as opened:
            return opened.read(LONGEST_SECRET + 3)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise NeedsPerson(f"{mailbox}: {file} cannot be read ({why}); name a file that this user may read") from error
