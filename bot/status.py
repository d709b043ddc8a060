"""The state of everything in one model, for `leadbot status`, `/lead status`, `/readyz` and `/metrics`. Blocking."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from pydantic import Field

from bot.circuits import SERVICES
from bot.mailbox_health import MailboxState
from channels.mail.cleaning import clean_line
from enrichment.adapters.pressure import Reading
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.circuits import OPEN, Circuit
from enrichment.adapters.store.ledger import ChannelLedger, LeadCount, Ledger, QuarantinedMessage
from enrichment.adapters.store.views import Views
from enrichment.models import MessageState, Model

LONGEST = 500
_VIEWS = {
    "card": "Slack cards",
    "thread": "Slack threads",
    "batch": "Slack batch cards",
    "index": "similar leads",
    "analysis": "language model",
    "crm": "Airtable",
}


class Status(Model):
    """The ledger by channel, what was set aside, and how far each view is behind.

    running: whether a bot is at work on this data folder. troubles: view to why it does not get on.
    last_success: view to when it has last shown something. intake: whether there is room for new messages.
    circuits: the neighbours that may be away, each as it is.
    owner: what is being told to the person who runs the bot, a line each. mailboxes: how the polled ones fare.
    """

    running: bool
    received: int = 0
    balanced: bool = True
    leads: LeadCount = LeadCount()
    states: dict[str, int] = Field(default_factory=dict)
    channels: dict[str, ChannelLedger] = Field(default_factory=dict)
    open_leads: int = 0
    behind: dict[str, int] = Field(default_factory=dict)
    troubles: dict[str, str] = Field(default_factory=dict)
    quarantined: tuple[QuarantinedMessage, ...] = ()
    oldest_in_progress: datetime | None = None
    oldest_in_progress_seconds: float | None = None
    last_success: dict[str, datetime] = Field(default_factory=dict)
    intake: Reading = Reading()
    circuits: tuple[Circuit, ...] = ()
    owner: tuple[str, ...] = ()
    mailboxes: tuple[MailboxState, ...] = ()


def gather(
    ledger: Ledger,
    book: LeadBook,
    views: Views,
    *,
    running: bool,
    used: Collection[str],
    now: datetime | None = None,
    intake: Reading | None = None,
    circuits: Collection[Circuit] = (),
) -> Status:
    """Read the state from the store. used: the views that somebody keeps up."""
    channels, leads = ledger.by_channel(), ledger.leads()
    states = {state.value: sum(c.states[state.value] for c in channels.values()) for state in MessageState}
    behind = views.lag(used)
    oldest = min((c.oldest_in_progress for c in channels.values() if c.oldest_in_progress), default=None)
    return Status(
        running=running,
        received=sum(channel.received for channel in channels.values()),
        balanced=leads.balanced and all(channel.balanced for channel in channels.values()),
        leads=leads,
        states=states,
        channels=channels,
        open_leads=book.count_open(),
        behind=behind,
        troubles={view: clean_line(trouble, LONGEST) for view in behind if (trouble := views.trouble(view))},
        quarantined=tuple(map(_harmless, ledger.quarantined())),
        oldest_in_progress=oldest,
        oldest_in_progress_seconds=None if oldest is None else _seconds(oldest, now or datetime.now(UTC)),
        last_success=views.last_success(used),
        intake=intake or Reading(),
        circuits=tuple(c.model_copy(update={"error": clean_line(c.error, LONGEST)}) for c in circuits),
    )


def _harmless(message: QuarantinedMessage) -> QuarantinedMessage:
    """Without what a terminal would obey: an error may quote the mail that caused it."""
    texts = {"error": clean_line(message.error, LONGEST), "stage": clean_line(message.stage, LONGEST)}
    return message.model_copy(update=texts)


def lines(status: Status, now: datetime) -> list[str]:
    """The state in words, a short line each."""
    told = [
        f"{status.open_leads} open leads, {status.received} messages received"
        + ("" if status.running else " (the bot is not running)")
    ]
    told += status.owner
    if status.intake.paused:
        told.append(f"new mail is put off (452): {status.intake.paused}")
    for name, channel in sorted(status.channels.items()):
        counts = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in channel.states.items() if count)
        copies = f", {channel.copies} more copies" if channel.copies else ""
        last = f", last {_ago(channel.last_received, now)}" if channel.last_received else ""
        told.append(f"{name}: {channel.received} received = {counts or 'none'}{copies}{last}")
        if not channel.balanced:
            told.append(f"ERROR {name}: the states do not add up to what was received")
    told += [_mailbox(mailbox, now) for mailbox in status.mailboxes]
    if not status.leads.balanced:
        told.append(f"ERROR: {status.leads.ended} messages ended as leads, but there are {status.leads.shown} leads")
    if status.oldest_in_progress is not None:
        told.append(f"oldest in progress: {_seconds(status.oldest_in_progress, now):.0f} s")
    told += [_view(view, status, now) for view in sorted(status.behind.keys() | status.last_success.keys())]
    told += [_in_trouble(circuit, now) for circuit in status.circuits if circuit.state == OPEN]
    told += [f"set aside: message {m.id} failed in {m.stage}: {m.error}" for m in status.quarantined[:5]]
    if status.quarantined:
        told.append("`leadbot dead-letters` lists what was set aside")
    return told


def _view(view: str, status: Status, now: datetime) -> str:
    behind, trouble = status.behind.get(view, 0), status.troubles.get(view, "")
    noun = "lead" if behind == 1 else "leads"
    state = (f"{behind} {noun} to go" if behind else "up to date") + (f" ({trouble})" if trouble else "")
    success = status.last_success.get(view)
    return f"{_VIEWS.get(view, view)}: {state}, last success {_ago(success, now) if success else 'never'}"


def _mailbox(mailbox: MailboxState, now: datetime) -> str:
    name, last = f"mailbox {mailbox.name}", mailbox.last_success
    read = f"last read {_ago(last, now)}" if last else "not read yet"
    if mailbox.failing_since is not None:
        since = _ago(mailbox.failing_since, now)
        return f"{name}: {read}; it fails since {since} and is tried again by itself ({mailbox.error})"
    return f"{name}: {read}" + (" (is a bot with the role poll at work?)" if mailbox.unread_since else "")


def _in_trouble(circuit: Circuit, now: datetime) -> str:
    name = SERVICES[circuit.name].name if circuit.name in SERVICES else circuit.name
    return f"{name} does not work, since {_ago(circuit.since, now)}; it is tried again by itself ({circuit.error})"


def _seconds(since: datetime, now: datetime) -> float:
    """How long ago; a clock that was set back makes it no less than nothing."""
    return max(0.0, (now - since).total_seconds())


def _ago(moment: datetime, now: datetime) -> str:
    seconds = _seconds(moment, now)
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
