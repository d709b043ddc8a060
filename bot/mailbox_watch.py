"""One mailbox being read: a thread that polls it when it is time or when the server says that there is news.

After a failure it waits ever longer; what is wrong with this mailbox is nobody else's trouble.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from bot.mailbox_lease import Lease
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from enrichment.mailboxes import MailboxStore

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 6 * 3600.0
# Servers and firewalls drop a connection that says nothing for half an hour, some after ten minutes.
LONGEST_IDLE = 600.0
# A connection that breaks is news every day; a login that is refused too often locks the account.
FIRST_PAUSE, PERSON_PAUSE, LONGEST_PAUSE = 1.0, 30.0, 300.0
# A server that speaks without end gets no more polls than this allows; a customer does not notice half a second.
GAP_SECONDS = 0.5
LOOK_SECONDS = 0.5
SHORTEST_IDLE, IDLE_AGAIN_SECONDS = 5.0, 60.0
AGAIN_SECONDS = 0.2
_LATE = 1.5


class Poller(Protocol):
    """Reads one mailbox; blocking. Each raises RetryLater or NeedsPerson."""

    def poll(self, *, sweep: bool = False) -> object:
        """Store what is new, and with `sweep` what was overlooked in the last days."""
        ...

    def idle(self, seconds: float) -> bool:
        """Wait at most so long for the server to say something; False at once where it never does by itself."""
        ...

    def close(self) -> None:
        """Break the connection off, from any thread; the next poll opens another. Never raises."""
        ...


class MailboxWatch:
    """The thread of one mailbox. interval: seconds between polls; delay: before the first of them.

    paused: why nothing may be taken now, empty when it may. elapsed: a clock that is never set; chance: 0.0-1.0.
    """

    def __init__(
        self,
        name: str,
        poller: Poller,
        lease: Lease,
        store: MailboxStore,
        *,
        interval: float,
        paused: Callable[[], str],
        delay: float = 0.0,
        elapsed: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name, self.interval = name, interval
        self._poller, self._lease, self._store = poller, lease, store
        self._paused, self._delay = paused, delay
        self._elapsed, self._chance = elapsed, chance
        self._due, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {name}", daemon=True)
        self._sweep_at = elapsed() + interval  # not at the first poll, which somebody waits for
        self._idle_at = float("-inf")
        self._failures = 0
        self._for_person = False
        self._told = ""
        self._open = False

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    async def due(self) -> None:
        """It is time for a poll."""
        self._due.set()

    def keep_lease(self) -> None:
        """Take or keep the lease; a mailbox that is another's now is let go. Blocking. Raises RetryLater."""
        had = self._lease.held
        has = self._lease.keep()
        if has != had:
            log.info("a mailbox is ours to read" if has else "another worker reads a mailbox", mailbox=self.name)
        if had and not has:
            self._poller.close()

    def stop(self) -> None:
        """Read no more: nothing is stored from here on, and whatever the thread waits for is broken off."""
        self._lease.end()
        self._stop.set()
        self._due.set()
        self._poller.close()

    def ended(self, seconds: float) -> bool:
        """Wait so long for the thread to end; whether it has. Then another worker may read the mailbox at once."""
        until = self._elapsed() + seconds
        while self._thread.is_alive() and self._elapsed() < until:
            self._thread.join(AGAIN_SECONDS)
            self._poller.close()  # it may have connected again a moment after it was told to stop
        if self._thread.is_alive():
            return False
        with contextlib.suppress(LeadbotError):  # it runs out by itself
            self._lease.give_back()
        return True

    def _run(self) -> None:
        self._stop.wait(self._delay)
        while not self._stop.is_set():
            try:
                self._stop.wait(self._turn())
            except Exception:  # whatever it is, the mailbox must be read again
                log.exception("a mailbox could not be read", mailbox=self.name)
                self._stop.wait(LONGEST_PAUSE)
        self._poller.close()

    def _turn(self) -> float:
        """One poll, and the wait for a reason to make the next; the seconds to wait besides."""
        if not self._lease.held or self._paused():
            self._let_go()
            return LOOK_SECONDS
        self._open = True
        error = self._poll()
        if error is not None:
            return self._pause(error)
        return self._await_news()

    def _let_go(self) -> None:
        # A pause may last for hours; a connection that nobody uses is one that another cannot have.
        if self._open:
            self._poller.close()
        self._open = False

    def _poll(self) -> LeadbotError | None:
        sweep = self._elapsed() >= self._sweep_at
        try:
            self._poller.poll(sweep=sweep)
            self._store.succeeded(self.name)
        except LeadbotError as error:
            return self._note(error)
        except Exception as error:  # a server that nobody has thought of must not end the reading
            log.exception("a poll failed", mailbox=self.name)
            return self._note(RetryLater(f"{self.name}: something unforeseen ({type(error).__name__}); see the log"))
        if sweep:
            self._sweep_at = self._elapsed() + SWEEP_SECONDS
        if self._told:
            log.info("a mailbox is read again", mailbox=self.name)
        self._failures, self._told = 0, ""
        return None

    def _note(self, error: LeadbotError) -> LeadbotError:
        """Write down why the mailbox was not read, unless that is because we have let go of it."""
        if not self._lease.held:
            return error
        # Another kind of trouble begins anew: a server that is back must not find us waiting for a person.
        for_person = isinstance(error, NeedsPerson)
        self._failures = self._failures + 1 if for_person == self._for_person else 1
        self._for_person = for_person
        # What stays wrong for a week is news once, not every five minutes.
        tell = log.debug if str(error) == self._told else log.warning
        tell("a mailbox is not read", mailbox=self.name, why=str(error), tries=self._failures)
        self._told = str(error)
        with contextlib.suppress(LeadbotError):  # the database is away: that is told elsewhere
            self._store.failed(self.name, str(error))
        return error

    def _pause(self, error: LeadbotError) -> float:
        """Seconds before the next try: doubled each time, spread, and no less than the server asked for."""
        first = PERSON_PAUSE if isinstance(error, NeedsPerson) else FIRST_PAUSE
        longest = min(first * 2.0 ** min(max(self._failures, 1) - 1, 16), LONGEST_PAUSE)
        asked = error.retry_after if isinstance(error, RetryLater) and error.retry_after is not None else 0.0
        return max(longest * (0.5 + self._chance() / 2), min(asked, LONGEST_PAUSE))

    def _await_news(self) -> float:
        """Until the server has news or it is time; the seconds to wait besides."""
        self._due.clear()
        if self._stop.is_set():  # looked at after the clearing, which a stop may have met
            return 0.0
        latest = self._elapsed() + self.interval * _LATE
        if self._elapsed() >= self._idle_at:
            began, seconds = self._elapsed(), min(self.interval, LONGEST_IDLE)
            try:
                told = self._poller.idle(seconds)
            except LeadbotError as error:
                log.debug("a mailbox cannot be listened to", mailbox=self.name, why=str(error))
                return self._deafened(self._elapsed() - began)
            listened = self._elapsed() - began
            if told or listened >= seconds / 2:
                return max(0.0, GAP_SECONDS - listened)
        # The scheduler goes by the machine's clock; one that was set back must not silence a mailbox.
        again = self._idle_at if self._idle_at > self._elapsed() else latest
        self._due.wait(max(0.0, min(latest, again) - self._elapsed()))
        return 0.0

    def _deafened(self, listened: float) -> float:
        """The connection broke while it was listened to: a poll opens another; one that never holds is left alone."""
        if listened < SHORTEST_IDLE:
            self._idle_at = self._elapsed() + IDLE_AGAIN_SECONDS
        return GAP_SECONDS
