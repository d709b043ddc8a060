"""`leadbot login MAILBOX`: asks a person to allow it, keeps what was granted, and tries it at the mail server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot import folder, login, login_redirect, mailboxes
from bot.mailboxes import MailboxTable
from bot.settings import Settings
from channels.mail import imap_session, oauth_code, oauth_device
from channels.mail.oauth import OAuthClient, granted
from channels.mail.oauth_http import Answer
from enrichment.errors import GiveUp, RetryLater

TRY_SECONDS = 30.0

Tell = Callable[[str], None]


def run(settings: Settings, mailbox: str, tell: Tell, *, browser: bool = False, pasted: int | None = None) -> None:
    """Log in to this mailbox. tell: says a line to the person; pasted: the descriptor on which that one answers.

    browser: by a browser on this machine, also where a code would do. Raises GiveUp (there is no such mailbox, or it
    needs none of this), NeedsPerson (it was refused), RetryLater (the login server is away).
    """
    table = mailboxes.named(settings.mailboxes, mailbox)
    if table.login == "password":
        raise GiveUp(f"{table.name} logs in with a password, from {table.secret_place}; there is nothing to do here")
    folder.prepare(settings.data_dir)
    if table.login != "microsoft-app":
        _allowed(table, settings, tell, browser=browser, pasted=pasted)
    _tried(table, settings)
    tell(f"{table.name}: logged in at {table.host}; a running bot reads it at its next poll")


def _allowed(table: MailboxTable, settings: Settings, tell: Tell, *, browser: bool, pasted: int | None) -> None:
    vault = login.vault_of(settings)
    client = login.client_of(table)
    with vault.locked(table.name):
        pass  # who cannot keep a login here should not ask a person for one
    if table.login == "google" or browser:
        answer = _by_browser(table, client, tell, pasted)
    else:
        answer = _by_code(table, client, tell)
    grant = granted(table.name, client, answer, datetime.now(UTC))
    with vault.locked(table.name):
        vault.write(table.name, grant.model_dump_json())


def _by_code(table: MailboxTable, client: OAuthClient, tell: Tell) -> Answer:
    code = oauth_device.begin(table.name, client)
    tell(f"Open {code.where} in any browser, log in as {table.user}, and enter the code {code.user_code}")
    tell(f"Waiting for you, {code.lives / 60:.0f} minutes at most; Ctrl-C stops it.")
    return oauth_device.wait(table.name, client, code)


def _by_browser(table: MailboxTable, client: OAuthClient, tell: Tell, pasted: int | None) -> Answer:
    with login_redirect.listening() as redirects:
        consent = oauth_code.begin(table.name, client, f"http://{client.redirect_host}:{redirects.port}")
        tell(f"Open this address in a browser and log in as {table.user}:\n\n{consent.url}\n")
        tell("If the browser is on another machine it ends at a page that cannot be shown:")
        tell("copy the address of that page from the browser, paste it here and press Enter.")
        code = redirects.wait(lambda address: oauth_code.code_of(table.name, consent, address), pasted, tell)
    return oauth_code.redeem(table.name, client, consent, code)


def _tried(table: MailboxTable, settings: Settings) -> None:
    """Log in to the mail server once: a token of somebody else's account is refused only there."""
    credential = login.credential_of(table, settings)
    try:
        with imap_session.open_session(table.mailbox(), credential, timeout=TRY_SECONDS):
            pass
    except RetryLater as error:
        raise RetryLater(f"{error} (the login is kept; this needs no other one)") from error
