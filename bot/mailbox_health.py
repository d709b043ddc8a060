"""How the polled mailboxes fare: what the status, the metrics and staff's notices go by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.settings import Settings
from channels.mail.cleaning import clean_line
from enrichment.mailboxes import MailboxStore, Pulse
from enrichment.models import Model

LONGEST_CAUSE = 300
# Three polls that failed are a trouble; one that was slow is none.
INTERVALS = 3
SHORTEST = timedelta(minutes=3)
NOBODY = "nobody reads it: is a bot with the role poll at work?"


class MailboxState(Model):
    """One mailbox. lag_seconds: since its last whole poll, None when there was none; error: why the last one failed.

    unread_since: since when it has not been read, where that is longer than patience allows.
    """

    name: str
    last_success: datetime | None = None
    lag_seconds: float | None = None
    error: str = ""
    failing_since: datetime | None = None
    unread_since: datetime | None = None


def patience(interval: float) -> timedelta:
    """How long a mailbox that is polled so often (seconds) may go unread."""
    return max(SHORTEST, INTERVALS * timedelta(seconds=interval))


def unread_since(pulse: Pulse, interval: float, now: datetime, watched_since: datetime | None) -> datetime | None:
    """Since when it has not been read, once that is too long; else None.

    watched_since: from when on somebody should have read it, None when nobody need; what it missed before that, while
    no bot ran, is no trouble.
    """
    began = counted = pulse.failing_since
    if began is None and watched_since is not None:
        began = pulse.last_success or watched_since
        counted = max(watched_since, began)
    return began if counted is not None and now - counted >= patience(interval) else None


def intervals(settings: Settings) -> list[tuple[str, float]]:
    """Each mailbox's name and the seconds between its polls."""
    return [(table.name, table.interval) for table in settings.mailboxes]


def cause(mailbox: str, error: str) -> str:
    """Why it was not read, in a line that stands behind its name."""
    return clean_line(error.removeprefix(f"{mailbox}: "), LONGEST_CAUSE)


def states(
    mailboxes: Sequence[tuple[str, float]], store: MailboxStore, now: datetime, watched_since: datetime | None = None
) -> tuple[MailboxState, ...]:
    """How these mailboxes (name, seconds between polls) fare, in this order. Blocking. Raises RetryLater."""
    if not mailboxes:
        return ()
    pulses = store.pulses([name for name, _ in mailboxes])
    return tuple(
        _state(pulse, interval, now, watched_since) for pulse, (_, interval) in zip(pulses, mailboxes, strict=True)
    )


def _state(pulse: Pulse, interval: float, now: datetime, watched_since: datetime | None) -> MailboxState:
    last = pulse.last_success
    return MailboxState(
        name=pulse.mailbox,
        last_success=last,
        lag_seconds=None if last is None else max(0.0, (now - last).total_seconds()),
        error=cause(pulse.mailbox, pulse.error),
        failing_since=pulse.failing_since,
        unread_since=unread_since(pulse, interval, now, watched_since),
    )
