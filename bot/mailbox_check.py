"""The doctor's look at the mailboxes, one by one: from the DNS to the newest mail, and what to do. Never raises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Literal

from bot import mailbox_look
from bot.health import Check
from bot.login import credential_of
from bot.mailbox_look import Inside
from bot.mailbox_reach import Unreached, reach
from bot.mailboxes import MailboxTable
from bot.settings import Settings
from channels.mail.imap_session import Credential, Mailbox, TokenSource, open_session
from enrichment.adapters.apart import apart
from enrichment.errors import LeadbotError, NeedsPerson

SECONDS = 30.0
STEP_SECONDS = 8.0
_LONGEST = 500
_MOST_FOLDERS = 5
NAME = "mailbox "


class _Asked:
    """A credential that knows whether it had a secret to give: if so, it is the server that refuses."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self.given = False

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """The credential's own."""
        found = self._credential.secret()
        self.given = True
        return found

    @property
    def advice(self) -> str:
        """The credential's own, where it gives tokens."""
        return self._credential.advice if isinstance(self._credential, TokenSource) else ""

    def refused(self) -> None:
        """The mail server refuses its last token."""
        if isinstance(self._credential, TokenSource):
            self._credential.refused()


async def mailboxes(settings: Settings) -> list[Check]:
    """A check for each mailbox, side by side; one that says that there is none."""
    if not settings.mailboxes:
        return [
            Check(name="mailboxes", state="off", detail="no mailbox is polled", advice="docs/mailboxes.md adds one")
        ]
    return await each(settings.mailboxes, settings, SECONDS)


async def each(tables: Iterable[MailboxTable], settings: Settings, seconds: float) -> list[Check]:
    """A check for each mailbox, side by side, so that a server that hangs holds up no other. seconds: for all."""
    return list(await asyncio.gather(*(mailbox(table, settings, seconds) for table in tables)))


async def mailbox(table: MailboxTable, settings: Settings, seconds: float) -> Check:
    """How one mailbox is. seconds: after which no answer is an answer."""
    name = f"{NAME}{table.name}"
    try:
        async with asyncio.timeout(seconds):
            return await apart(_looked, name, table, settings)
    except TimeoutError:
        advice = "see that this machine is on the internet; the bot tries again by itself"
        return Check(name=name, state="failed", detail=f"no answer within {seconds:g} s", advice=advice)


def _looked(name: str, table: MailboxTable, settings: Settings) -> Check:
    """Blocking."""
    try:
        polled = table.mailbox()
        reach(polled, STEP_SECONDS)
        asked = _Asked(credential_of(table, settings))
        try:
            with open_session(polled, asked, timeout=STEP_SECONDS) as client:
                inside = mailbox_look.look(client, polled)
        except NeedsPerson as error:
            return _refused(name, table, error, by_server=asked.given)
    except Unreached as error:
        return Check(name=name, state="failed", detail=str(error), advice=error.advice)
    except LeadbotError as error:
        return _failed(name, table, error)
    return _found(name, polled, inside)


def _failed(name: str, table: MailboxTable, error: LeadbotError) -> Check:
    """The error's one line holds the cause, then what to do."""
    detail, _, advice = str(error).removeprefix(f"{table.name}: ").partition("; ")
    return Check(name=name, state="failed", detail=detail[:_LONGEST], advice=advice or "the bot tries again by itself")


def _refused(name: str, table: MailboxTable, error: NeedsPerson, *, by_server: bool) -> Check:
    """With what this provider wants, where it is known to refuse passwords that are right elsewhere."""
    check = _failed(name, table, error)
    provider = table.known_provider
    if not by_server or provider is None or table.login != "password":
        return check
    place = f"; it belongs in {table.secret_place}" if provider.login == "password" else ": docs/mailboxes.md"
    return check.model_copy(update={"advice": f"{provider.refused}{place}"})


def _found(name: str, polled: Mailbox, inside: Inside) -> Check:
    if inside.missing:
        detail = f"there is no folder {', '.join(inside.missing)}; there are {mailbox_look.several(inside.folders)}"
        advice = "correct the name in its [[mailbox]] table, or make the folder in your mail program"
        return Check(name=name, state="failed", detail=detail, advice=advice)
    detail = _detail(polled, inside)
    if inside.filled is not None and inside.filled >= mailbox_look.NEARLY_FULL:
        advice = "make room in it or buy more: a full mailbox takes no mail, and its senders get theirs back"
        return Check(name=name, state="off", detail=detail, advice=advice)
    return Check(name=name, state="ok", detail=detail)


def _detail(polled: Mailbox, inside: Inside) -> str:
    lacking = [each for each in mailbox_look.USEFUL if each not in inside.capabilities]
    told = [
        f"{polled.user} at {polled.host}",
        *inside.counts[:_MOST_FOLDERS],
        f"{more} more folders" if (more := len(inside.counts) - _MOST_FOLDERS) > 0 else "",
        f"Junk: {mailbox_look.several(inside.junk)}" if inside.junk else "no Junk folder",
        f"has {', '.join(inside.capabilities)}" if inside.capabilities else "",
        f"lacks {', '.join(lacking)}" if lacking else "",
        f"{inside.filled:.0%} full" if inside.filled is not None else "",
    ]
    return "; ".join(part for part in told if part)
