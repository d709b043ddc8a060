"""Airtable as the customer's own list of leads: a row a lead, found again by the lead's uuid."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from pyairtable import Table

from enrichment.adapters.airtable_errors import FROM_OUTSIDE, NotShown, UnknownField, translated
from enrichment.adapters.airtable_fields import UNCHECKED, Shape, fields_of, shape_of
from enrichment.adapters.airtable_http import Timeout, open_api
from enrichment.adapters.breaker import CircuitOpen, Guard, Unguarded
from enrichment.adapters.lead_record import COLUMNS, KEY
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.lead import Lead

T = TypeVar("T")

log = structlog.get_logger(__name__)

ENDPOINT = "https://api.airtable.com"
# Records in a request, by Airtable's rule; and requests a second, of the five that a base answers.
BATCH = 10
PER_SECOND = 4.0
# After a failure the schema may be read again this soon, while it has faults this often; a plan may hold few calls.
READ_AGAIN_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 6 * 3600.0
# What only a person can mend is not asked about more often, whoever asks us.
HOLD_SECONDS = 300.0

_TOKEN = re.compile(r"[!-~]{1,1000}")
_BASE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AirtableCrm:
    """Implements enrichment.ports.Crm.

    wait: called before each request, and returns when it may be made; now: seconds on a clock that only goes on;
    breaker: what leaves Airtable alone while it is in trouble.
    """

    def __init__(
        self,
        api_key: str,
        base_id: str,
        table: str,
        endpoint_url: str = ENDPOINT,
        *,
        wait: Callable[[], None] = lambda: None,
        timeout: Timeout = (5, 30),
        now: Callable[[], float] = time.monotonic,
        breaker: Guard | None = None,
    ) -> None:
        self._token = api_key.strip()
        self._place = f"base {base_id[:64]} with a table {table[:100]}"
        self._wrong = _wrong(self._token, base_id, table)
        self._api = open_api(self._token, endpoint_url, timeout)
        self._base_id = base_id
        self._name = table
        self._wait = wait
        self._now = now
        self._breaker = breaker or Unguarded()
        self._shape: Shape | None = None
        self._read_at = 0.0
        self._stale = False
        self._told: tuple[str, ...] = ()
        self._held: tuple[float, LeadbotError] | None = None

    def close(self) -> None:
        """Close the connections."""
        self._api.session.close()

    def upsert(self, leads: Sequence[Lead]) -> None:
        """Write each lead's row, the same row again for the same uuid.

        Raises RetryLater, GiveUp for a row that will not be taken, NeedsPerson.
        """
        if not leads:
            return
        self._raise_held()
        try:
            self._write(leads)
        except CircuitOpen:
            raise
        except (RetryLater, NeedsPerson) as error:
            self._hold(error)
            if isinstance(error, NeedsPerson):
                # Not at each call: a token that may not read the schema may well write rows.
                self._breaker.shut(error)
            raise
        except GiveUp:
            self._stale = True
            raise

    def problems(self) -> tuple[str, ...]:
        """What a person should change in the table, a line each; asks Airtable now. Raises what upsert raises."""
        found = self._read_shape()
        columns = [KEY]
        self._ask(lambda table: next(table.iterate(page_size=1, max_records=1, fields=columns), None))
        return found.problems

    def _write(self, leads: Sequence[Lead]) -> None:
        """Each round leaves out a field that the table turned out not to have."""
        for _ in COLUMNS:
            shape, rows = self._rows(leads)
            try:
                written = self._ask(partial(_put, rows))
            except UnknownField as error:
                self._leave_out(error, shape)
                continue
            if written != len(leads):
                raise RetryLater("Airtable's answer names other rows than were written")
            return
        raise GiveUp("the Airtable table takes none of the fields")

    def _rows(self, leads: Sequence[Lead]) -> tuple[Shape, list[dict[str, Any]]]:
        """The leads for the table as it is known; what it lacks is looked for once more, for it may have been added."""
        shape = self._shape_now()
        try:
            return shape, [{"fields": fields_of(lead, shape)} for lead in leads]
        except GiveUp:
            self._stale = True
            newer = self._shape_now()
            if newer is shape:
                raise
            return newer, [{"fields": fields_of(lead, newer)} for lead in leads]

    def _leave_out(self, error: UnknownField, shape: Shape) -> None:
        if error.name not in {column.name for column in shape.columns}:
            raise error
        self._stale = True
        self._keep(shape.without(error.name))

    def _shape_now(self) -> Shape:
        shape = self._shape
        age = self._now() - self._read_at
        patience = READ_AGAIN_SECONDS if self._stale else LOOK_AGAIN_SECONDS
        if shape is None or ((self._stale or shape.problems) and age >= patience):
            return self._read_shape()
        return shape

    def _read_shape(self) -> Shape:
        self._read_at = self._now()
        self._stale = False
        self._keep(self._shape_there())
        return self._shape or UNCHECKED

    def _shape_there(self) -> Shape:
        """The table's shape by Airtable's word; unchecked where the token may not ask."""
        try:
            schema = self._ask(lambda table: table.base.schema(force=True))
        except NotShown:
            return UNCHECKED
        for table in schema.tables:
            if self._name in (table.id, table.name):
                return shape_of(table)
        names = ", ".join(table.name for table in schema.tables[:10])
        raise NeedsPerson(f"the Airtable base has no table {self._name[:100]}: set AIRTABLE_TABLE to one of {names[:300]}")  # fmt: skip  # noqa: E501

    def _keep(self, shape: Shape) -> None:
        self._shape = shape
        for problem in shape.problems:
            if problem not in self._told:
                log.warning("the Airtable table needs a look", problem=problem)
        self._told = shape.problems

    def _ask(self, question: Callable[[Table], T]) -> T:
        """One request; its failure in our own words."""
        if self._wrong:
            raise NeedsPerson(self._wrong)
        self._breaker.check()
        self._wait()
        with self._breaker.guarded():
            try:
                return question(self._api.table(self._base_id, self._name))
            except FROM_OUTSIDE as error:
                # Not `from error`: its text may hold the request with the token.
                raise translated(error, self._place, self._token) from None

    def _hold(self, error: RetryLater | NeedsPerson) -> None:
        seconds = HOLD_SECONDS if isinstance(error, NeedsPerson) else error.retry_after
        if seconds:
            self._held = (self._now() + seconds, error)

    def _raise_held(self) -> None:
        """Say again what Airtable said, as long as it would say the same."""
        if self._held is None:
            return
        until, error = self._held
        left = until - self._now()
        if left <= 0:
            self._held = None
        elif isinstance(error, RetryLater):
            raise RetryLater(str(error), left)
        else:
            raise NeedsPerson(str(error))


def _put(rows: Sequence[dict[str, Any]], table: Table) -> int:
    """Upsert; how many rows Airtable says it has written."""
    return len(table.batch_upsert(rows, key_fields=[KEY], typecast=False)["records"])


def _wrong(token: str, base_id: str, table: str) -> str:
    """What is wrong with the settings; empty when they can be tried."""
    if not _TOKEN.fullmatch(token):
        return "AIRTABLE_API_KEY is no token: set it to one of airtable.com/create/tokens"
    if not _BASE.fullmatch(base_id):
        return "AIRTABLE_BASE_ID is no base: set it to the part of the base's address that begins with app"
    return "" if table.strip() else "AIRTABLE_TABLE is empty: set it to the table's name"
