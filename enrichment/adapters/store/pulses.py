"""How each polled mailbox fares: when it was last read whole, and why it is not."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import mailbox_pulses
from enrichment.mailboxes import Pulse
from enrichment.ports import Clock

LONGEST_ERROR = 500
_COLUMNS = [mailbox_pulses.c[name] for name in Pulse._fields]


class Pulses:
    """One row a mailbox; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        insert = database.insert(mailbox_pulses)
        new = insert.excluded
        well = {"last_success": new.last_success, "error": "", "failing_since": None}
        self._succeeded = insert.on_conflict_do_update(index_elements=["mailbox"], set_=well)
        since = sa.func.coalesce(mailbox_pulses.c.failing_since, new.failing_since)
        ill = {"error": new.error, "failing_since": since}
        self._failed = insert.on_conflict_do_update(index_elements=["mailbox"], set_=ill)

    def succeeded(self, mailbox: str) -> None:
        """A whole poll has ended well now."""
        row = {"mailbox": mailbox, "last_success": self._clock.now(), "error": "", "failing_since": None}
        self._put(self._succeeded, row)

    def failed(self, mailbox: str, error: str) -> None:
        """A poll has failed, for this reason in plain words; since when stays as it was at the first failure."""
        row = {"mailbox": mailbox, "error": error[:LONGEST_ERROR], "failing_since": self._clock.now()}
        self._put(self._failed, row | {"last_success": None})

    def _put(self, statement: sa.Executable, row: dict[str, object]) -> None:
        with self._database.begin(lasting=False) as connection:
            connection.execute(statement, row)

    def pulses(self, mailboxes: Sequence[str]) -> list[Pulse]:
        """How these mailboxes fare, in this order; one that was never polled has neither success nor error."""
        query = sa.select(*_COLUMNS).where(mailbox_pulses.c.mailbox.in_(mailboxes))
        with self._database.begin() as connection:
            known = {row.mailbox: Pulse._make(row) for row in connection.execute(query)}
        return [known.get(mailbox, Pulse(mailbox, None, "", None)) for mailbox in mailboxes]
