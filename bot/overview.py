"""The whole status by the settings: for the running bot, and for another process on its data folder."""

from __future__ import annotations

from datetime import datetime

from bot.bootstrap import Store
from bot.circuits import standing
from bot.followers import services_in_use, views_in_use
from bot.mailbox_health import intervals, states
from bot.settings import Settings
from bot.status import Status, gather
from enrichment.adapters.pressure import Reading


def status_of(
    settings: Settings,
    store: Store,
    *,
    running: bool,
    intake: Reading,
    owner: tuple[str, ...],
    watched_since: datetime | None = None,
) -> Status:
    """The state of everything; blocking. owner: what is being told to the person who runs the bot, a line each.

    watched_since: from when on the mailboxes should have been read, None when that is not known.
    """
    now = store.clock.now()
    found = gather(
        store.ledger,
        store.book,
        store.views,
        running=running,
        used=views_in_use(settings),
        now=now,
        intake=intake,
        circuits=standing(store.circuits, services_in_use(settings), now),
    )
    mailboxes = states(intervals(settings), store.mailboxes, now, watched_since)
    return found.model_copy(update={"owner": owner, "mailboxes": mailboxes})
