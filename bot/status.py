"""The state of everything in one model, for `leadbot status`, `/lead status`, `/readyz` and `/metrics`. Blocking."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pydantic import Field

from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.ledger import ChannelLedger, Ledger, QuarantinedMessage
from enrichment.adapters.store.views import Views
from enrichment.models import MessageState, Model

_VIEWS = {
    "card": "Slack cards",
    "thread": "Slack threads",
    "index": "similar leads",
    "analysis": "language model",
    "crm": "Airtable",
}


class Status(Model):
    """The ledger by channel, what was set aside, and how far each view is behind.

    running: whether a bot is at work on this data folder. troubles: view to why it does not get on.
    """

    running: bool
    received: int = 0
    balanced: bool = True
    states: dict[str, int] = Field(default_factory=dict)
    channels: dict[str, ChannelLedger] = Field(default_factory=dict)
    open_leads: int = 0
    behind: dict[str, int] = Field(default_factory=dict)
    troubles: dict[str, str] = Field(default_factory=dict)
    quarantined: tuple[QuarantinedMessage, ...] = ()
    oldest_in_progress: datetime | None = None


def gather(ledger: Ledger, book: LeadBook, views: Views, *, running: bool, used: Collection[str]) -> Status:
    """Read the state from the store. used: the views that somebody keeps up."""
    channels = ledger.by_channel()
    states = {state.value: sum(c.states[state.value] for c in channels.values()) for state in MessageState}
    behind = views.lag(used)
    waiting = [c.oldest_in_progress for c in channels.values() if c.oldest_in_progress]
    return Status(
        running=running,
        received=sum(channel.received for channel in channels.values()),
        balanced=all(channel.balanced for channel in channels.values()),
        states=states,
        channels=channels,
        open_leads=book.count_open(),
        behind=behind,
        troubles={view: trouble for view in behind if (trouble := views.trouble(view))},
        quarantined=tuple(ledger.quarantined()),
        oldest_in_progress=min(waiting, default=None),
    )


def lines(status: Status, now: datetime) -> list[str]:
    """The state in words, a short line each."""
    told = [
        f"{status.open_leads} open leads, {status.received} messages received"
        + ("" if status.running else " (the bot is not running)")
    ]
    for name, channel in sorted(status.channels.items()):
        counts = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in channel.states.items() if count)
        copies = f", {channel.copies} more copies" if channel.copies else ""
        told.append(f"{name}: {channel.received} received = {counts or 'none'}{copies}")
        if not channel.balanced:
            told.append(f"ERROR {name}: the states do not add up to what was received")
    if status.oldest_in_progress is not None:
        told.append(f"oldest in progress: {(now - status.oldest_in_progress).total_seconds():.0f} s")
    told += [_behind(view, count, status.troubles.get(view, "")) for view, count in sorted(status.behind.items())]
    told += [f"set aside: message {m.id} failed in {m.stage}: {m.error}" for m in status.quarantined[:5]]
    return told


def _behind(view: str, count: int, trouble: str) -> str:
    noun = "lead" if count == 1 else "leads"
    return f"{_VIEWS.get(view, view)}: {count} {noun} to go" + (f" ({trouble})" if trouble else "")
