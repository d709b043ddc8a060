"""`leadbot backfill`: imports a mailbox's older mail, at a measured pace and behind whatever comes in now. Blocking.

It only stores; the bot that works on the same database does the rest. Whatever ends it, the same command goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot import folder
from bot.backpressure import open_pressure
from bot.bootstrap import Store
from bot.login import credential_of
from bot.mailboxes import MailboxTable
from bot.settings import Settings
from channels.mail.imap_fetch import Attempts
from channels.mail.imap_history import History, Part, Taken, Wanted
from channels.mail.imap_poll import TIMEOUT
from channels.mail.imap_server import Refused, Server
from channels.mail.imap_session import open_session
from enrichment.errors import GiveUp, LeadbotError, RetryLater

# What waits to be read, live mail included: history comes after it and keeps nothing waiting.
MOST_WAITING = 100
LOOK_SECONDS = 1.0
# Servers close a connection after half an hour, some much sooner.
STAY_SECONDS = 60.0
# More than a mail is tried before it is passed over.
MOST_TRIES = 12
LONGEST_PAUSE = 30.0
# A server that refuses one mail is there.
REFUSED_PAUSE = 0.5
# So much of a second's traffic at once that the pace is even, yet not a mail a time.
BURST_SECONDS = 2.0
RATE = 500_000


@dataclass
class Tally:
    """How far it has come. total: the wanted mails; done: dealt with; new: imported by this run; size: their bytes.

    passed: those that could not be fetched, in words.
    """

    total: int = 0
    done: int = 0
    stored: int = 0
    new: int = 0
    size: int = 0
    passed: Sequence[str] = ()

    def add(self, taken: Taken) -> None:
        """Count a commit."""
        self.done += taken.mails
        self.stored += taken.stored
        self.new += taken.new
        self.size += taken.size


class Shown(Protocol):
    """Who shows how it goes."""

    def show(self, tally: Tally) -> None:
        """How far it has come now."""
        ...

    def tell(self, line: str) -> None:
        """Something worth a line."""
        ...


class Pace:
    """Spreads bytes over time. rate: bytes a second."""

    def __init__(self, rate: int, elapsed: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._rate, self._elapsed, self._sleep = rate, elapsed, sleep
        self._free_at = elapsed()

    def spent(self, size: int) -> None:
        """Wait until so many bytes more may have come."""
        now = self._elapsed()
        self._free_at = max(now, self._free_at) + size / self._rate
        self._sleep(self._free_at - now)


class Backfill:
    """One import. rate: bytes a second; timeout: seconds that the server may be silent; sleep: how it waits."""

    def __init__(
        self,
        table: MailboxTable,
        settings: Settings,
        store: Store,
        shown: Shown,
        *,
        rate: int = RATE,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._mailbox, self._credential = table.mailbox(), credential_of(table, settings)
        self._settings, self._store, self._shown = settings, store, shown
        self._pressure = open_pressure(settings, store)
        self._sleep, self._pace = sleep, Pace(rate, time.monotonic, sleep)
        self._timeout = timeout
        self._most_bytes = int(rate * BURST_SECONDS)
        self._attempts = Attempts()
        self.tally = Tally()

    def run(self, wanted: Wanted) -> Tally:
        """Import what is missing. Raises GiveUp, NeedsPerson, and RetryLater when trying again has not helped."""
        tries, gained = 0, 0
        while True:
            try:
                self._through(wanted)
            except RetryLater as error:
                gain = self.tally.stored + len(self._attempts.passed)
                tries, gained = (1 if gain > gained else tries + 1), gain
                if tries >= MOST_TRIES:
                    raise RetryLater(f"{error}; what was imported stays, and the same command goes on") from error
                self._pause(tries, error)
            else:
                self.tally.passed = tuple(self._attempts.passed)
                return self.tally

    def _pause(self, tries: int, error: LeadbotError) -> None:
        seconds = REFUSED_PAUSE if isinstance(error, Refused) else min(LONGEST_PAUSE, 2.0 ** (tries - 1))
        self._shown.tell(f"{error}; it is tried again in {seconds:g} s")
        self._sleep(seconds)

    def _through(self, wanted: Wanted) -> None:
        with open_session(self._mailbox, self._credential, timeout=self._timeout) as client:
            server = Server(self._mailbox, client)
            history = History(server, self._store.mailboxes, self._store.clock, self._attempts, self._most_bytes)
            plan = history.plan(wanted)
            self.tally.total, self.tally.done = plan.known + plan.missing, plan.known
            self._shown.show(self.tally)
            for part in plan.parts:
                self._take(history, part)

    def _take(self, history: History, part: Part) -> None:
        self._wait_for_room(history)
        for taken in history.take(part):
            self.tally.add(taken)
            self._shown.show(self.tally)
            if self.tally.done < self.tally.total:
                self._pace.spent(taken.size)
                self._wait_for_room(history)

    def _wait_for_room(self, history: History) -> None:
        said, waited = "", 0.0
        while why := self._crowded():
            if why != said:
                self._shown.tell(f"waiting: {why}")
            said = why
            self._sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS
            if waited % STAY_SECONDS == 0:
                history.stay()

    def _crowded(self) -> str:
        """Why nothing may be stored now; empty while it may."""
        if paused := self._pressure.sample().paused:
            return paused
        if self._store.ledger.count_waiting(MOST_WAITING) < MOST_WAITING:
            return ""
        running = folder.is_locked(self._settings.data_dir)
        return f"{MOST_WAITING} messages are still to be read" + ("" if running else "; start `leadbot run`")


def wanted_of(table: MailboxTable, folders: Sequence[str], since: date, limit: int | None) -> Wanted:
    """What these options mean for this mailbox: all its folders but Junk. Raises GiveUp for others."""
    read = table.mailbox().folders
    for name in folders:
        if name not in read:
            raise GiveUp(
                f"{table.name} does not read the folder {name[:200]!r} (Junk is never imported); name one of "
                f"{', '.join(read)}, or add it to folders in leadbot.toml and start Leadbot again"
            )
    return Wanted(tuple(dict.fromkeys(folders)) or read, since, limit)
