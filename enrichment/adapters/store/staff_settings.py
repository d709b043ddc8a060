"""What staff set in Slack: a value with who set it and when, and an event for each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record, who
from enrichment.adapters.store.staff_tables import staff_settings
from enrichment.models import Model
from enrichment.ports import Clock

SETTING_CHANGED = "setting_changed"
LONGEST_NAME = 64
# One row a setting and one a person who hid the checklist; more would be somebody's mistake.
MOST = 1000

# From all that is stored to what is to change; None takes a value back.
Decision = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class StaffSetting(Model):
    """One value. value: anything that JSON can say; actor: Slack's id of who set it."""

    name: str
    value: Any
    actor: str
    at: datetime


class StaffSettings:
    """The table of what staff set. Every method is one transaction and raises RetryLater."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> dict[str, Any]:
        """Every value by name."""
        return {name: setting.value for name, setting in self.listed().items()}

    def listed(self) -> dict[str, StaffSetting]:
        """Every value by name, with who set it and when."""
        with self._database.begin() as connection:
            return _read(connection)

    def set(self, name: str, value: Any, actor: str) -> bool:
        """Set one, None taking it back; whether that changed anything."""
        return self.put({name: value}, actor)

    def put(self, changes: Mapping[str, Any], actor: str) -> bool:
        """Set several at once, None taking one back; whether that changed anything."""
        return self.decide(lambda _: changes, actor)

    def decide(self, decision: Decision, actor: str) -> bool:
        """Change what depends on what is there, so that of two people at once neither undoes the other."""
        with self._database.begin(write=True) as connection:
            self._hold(connection)
            before = {name: setting.value for name, setting in _read(connection).items()}
            asked = {name[:LONGEST_NAME]: storable(value) for name, value in decision(before).items()}
            changed = {name: value for name, value in asked.items() if before.get(name) != value}
            for name, value in changed.items():
                self._write(connection, name, value, who(actor))
                detail = {"setting": name, "was": before.get(name), "value": value}
                record(connection, self._clock.now(), who(actor), SETTING_CHANGED, detail=detail)
            return bool(changed)

    def _hold(self, connection: sa.Connection) -> None:
        """Be alone until the end of the transaction: a row that is not there yet cannot be locked."""
        if not self._database.one_writer:
            connection.execute(sa.text("LOCK TABLE staff_settings IN SHARE ROW EXCLUSIVE MODE"))

    def _write(self, connection: sa.Connection, name: str, value: Any, actor: str) -> None:
        if value is None:
            connection.execute(sa.delete(staff_settings).where(staff_settings.c.name == name))
            return
        now = {"value": value, "actor": actor, "at": self._clock.now()}
        insert = self._database.insert(staff_settings).values(name=name, **now)
        connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=now))


def _read(connection: sa.Connection) -> dict[str, StaffSetting]:
    # The settings themselves first: no number of people who hid the checklist may hide them.
    mine = sa.select(staff_settings).order_by(staff_settings.c.name.contains(":"), staff_settings.c.name)
    rows = connection.execute(mine.limit(MOST)).mappings()
    return {row["name"]: StaffSetting.model_validate(dict(row)) for row in rows}
