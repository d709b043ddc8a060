"""The circuit breakers of a running bot: one a service, kept in the store, tried again by themselves.

A breaker never writes: what changed is written from here, so that no call waits for a locked database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import structlog

from enrichment.adapters.breaker import CircuitBreaker, LockedOut, Rules, Snapshot
from enrichment.adapters.store.circuits import CLOSED, OPEN, Circuit, Circuits
from enrichment.errors import LeadbotError
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

SLACK, AIRTABLE, OLLAMA, CHROMA = "slack", "airtable", "ollama", "chroma"
LOOK_SECONDS = 0.5
_NO_NEWS = Snapshot(since=None, error="", answered=False)


@dataclass(frozen=True)
class Neighbour:
    """A neighbour that may be away, in words for staff.

    name: at the beginning of a sentence. view: what waits for it. meanwhile: what its outage means. work: what becomes
    of the leads that waited. optional: one that has never answered is not missed.
    """

    name: str
    view: str
    meanwhile: str
    work: str
    rules: Rules
    optional: bool = False


SERVICES: Mapping[str, Neighbour] = MappingProxyType(
    {
        # One question in ten seconds is nothing to it, and staff wait for their cards.
        SLACK: Neighbour(
            "Slack",
            "card",
            "Cards wait and are posted when it is back.",
            "being posted",
            Rules(first=1.0, longest=10.0, person=LockedOut),
        ),
        AIRTABLE: Neighbour(
            "Airtable",
            "crm",
            "Leads wait and are written when it is back.",
            "being written",
            Rules(first=5.0, person=LockedOut),
        ),
        # One text that it chokes on makes it no worse for the others, so it has more patience.
        OLLAMA: Neighbour(
            "The language model",
            "analysis",
            "Leads come as always, judged by the rules alone; it looks at them when it is back.",
            "being analysed",
            Rules(failures=5, first=5.0),
            optional=True,
        ),
        # No message waits to see whether it is back.
        CHROMA: Neighbour(
            "The search for similar leads",
            "index",
            "Leads come as always, most of them without similar ones; a customer's own leads are still found.",
            "being indexed",
            Rules(failures=2, first=1.0, longest=10.0, apart=True),
        ),
    }
)


# Asks a service whether it is back, through its breaker; raises what any call raises.
Probe = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Breakers:
    """The breakers of one process, by the service's name, and who asks whether a service is back.

    A service without a probe of its own is tried again by the next call. known: what the store says of those of which
    it says anything.
    """

    made: Mapping[str, CircuitBreaker]
    known: Mapping[str, Snapshot] = field(default_factory=dict)
    probes: dict[str, Probe] = field(default_factory=dict)

    def __getitem__(self, name: str) -> CircuitBreaker:
        """The breaker of this service."""
        return self.made[name]


def closed(clock: Clock) -> Breakers:
    """Breakers that know of no trouble."""
    return Breakers({name: CircuitBreaker(clock, service.rules) for name, service in SERVICES.items()})


def restored(clock: Clock, circuits: Circuits, used: Collection[str]) -> Breakers:
    """Breakers as the last start left them, each open one to be tried at once. Blocking; never raises.

    used: the services that somebody uses with these settings; others are forgotten.
    """
    known: dict[str, Snapshot] = {}
    try:
        circuits.keep(used)
        known = {circuit.name: _snapshot(circuit) for circuit in circuits.listed()}
    except LeadbotError as error:
        log.warning("what was in trouble before this start is not known", why=str(error))
    breakers = Breakers(closed(clock).made, known)
    for name, snapshot in known.items():
        breakers[name].restore(snapshot)
    return breakers


def _snapshot(circuit: Circuit) -> Snapshot:
    since: datetime | None = circuit.since if circuit.state == OPEN else None
    return Snapshot(since, circuit.error if since else "", circuit.answered)


def standing(circuits: Circuits, used: Collection[str], now: datetime) -> list[Circuit]:
    """How each service in use is doing, for whoever looks from outside; one without news is well. Blocking."""
    known = {circuit.name: circuit for circuit in circuits.listed()}
    return [known.get(name) or Circuit(name=name, state=CLOSED, since=now, answered=False) for name in sorted(used)]


async def keep(breakers: Breakers, circuits: Circuits) -> None:
    """Write down what changes and try what is due, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for name in breakers.made:
            group.create_task(_Keeper(name, breakers, circuits).run(), name=f"circuit {name}")


class _Keeper:
    """Keeps the row of one service, and asks whether it is back."""

    def __init__(self, name: str, breakers: Breakers, circuits: Circuits) -> None:
        self._name = name
        self._breaker = breakers[name]
        self._probes = breakers.probes
        self._circuits = circuits
        self._written = breakers.known.get(name, _NO_NEWS)

    async def run(self) -> None:
        while True:
            try:
                await self._write()
                await self._probe()
            except LeadbotError as error:
                log.debug("a circuit is not written yet", service=self._name, why=str(error))
            except Exception:  # a database in some other trouble must not end the bot
                log.exception("a circuit cannot be kept", service=self._name)
            await asyncio.sleep(LOOK_SECONDS)

    async def _write(self) -> None:
        now = self._breaker.snapshot()
        if now == self._written:
            return
        if now.since is not None:
            write = self._circuits.opened
            await asyncio.to_thread(write, self._name, now.since, now.error, answered=now.answered)
            if not self._written.open:
                log.warning("a service is left alone for now", service=self._name, why=now.error)
        else:
            await asyncio.to_thread(self._circuits.closed, self._name)
            if self._written.open:
                log.info("a service is back", service=self._name)
        self._written = now

    async def _probe(self) -> None:
        probe = self._probes.get(self._name)
        if probe is None or not self._breaker.due():
            return
        try:
            await probe()
        except LeadbotError as error:
            log.debug("a service is still away", service=self._name, why=str(error))
