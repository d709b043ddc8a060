"""What tells the person who runs the bot: the mail about Slack, and the heartbeat; both off when not set."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterator
from datetime import datetime
from typing import Any, Protocol

from bot import control
from bot.alert_text import House
from bot.alerts import NAME, OwnerAlerts, SlackOutage, Trouble, first_of, told
from bot.bootstrap import Store
from bot.health import Check, Checks
from bot.heartbeat import Heartbeat
from bot.liveness import Liveness, Movement
from bot.settings import Settings
from enrichment.adapters.store.circuits import OPEN, Circuits
from enrichment.adapters.store.outages import Outages
from enrichment.adapters.store.waiting import Waiting
from enrichment.errors import LeadbotError

_CUT = "the connection is cut: buttons and `/lead` do not work, cards may still come"


class Side(Protocol):
    """How the Slack side of the bot sees its connection."""

    away_since: datetime | None
    trouble: str


def house(settings: Settings) -> House:
    """What the mails call things."""
    local = settings.local_workspace
    return House(slack="the local workspace" if local else "Slack", local=local, timezone=settings.timezone)


def slack_outage(side: Side, circuits: Circuits) -> SlackOutage:
    """Slack is down when its Web API is, or when no socket reaches us: then nobody's button works. Blocking."""

    def socket() -> Trouble | None:
        since = side.away_since
        return None if since is None else Trouble(since, side.trouble or _CUT)

    def web() -> Trouble | None:
        found = circuits.get(NAME)
        return Trouble(found.since, found.error) if found is not None and found.state == OPEN else None

    return first_of((web, socket))


class Owner:
    """Both for one process, by its roles: clock mails, every process beats for itself."""

    def __init__(self, settings: Settings, store: Store, side: Side, roles: frozenset[str], checks: Checks) -> None:
        self._settings, self._store = settings, store
        waiting = Waiting(store.database)
        self.movement = Movement()
        outage = slack_outage(side, Circuits(store.database, store.clock)) if "slack" in roles else lambda: None
        address = settings.alerts_to
        self._alerts: OwnerAlerts | None = None
        if address is not None and "clock" in roles:
            self._alerts = OwnerAlerts(
                Outages(store.database, store.clock),
                waiting,
                store.views,
                outage,
                to=address,
                house=house(settings),
                worker=settings.worker,
                patience=settings.alert_after * 60,
                elapsed=time.monotonic,
            )
        live = Liveness(
            checks,
            outage,
            waiting=waiting,
            views=store.views,
            clock=store.clock,
            movement=self.movement,
            worker=settings.worker,
            works="work" in roles,
        )
        url = settings.heartbeat_url
        self._heartbeat = Heartbeat(url.get_secret_value(), live.trouble) if url else None

    def loops(self) -> Iterator[tuple[Coroutine[Any, Any, None], str]]:
        """What is to run as long as the bot, and its name."""
        if self._alerts is not None:
            yield self._alerts.run(), "owner alerts"
        if self._heartbeat is not None:
            yield self._heartbeat.run(), "heartbeat"

    def checks(self) -> list[Check]:
        """How the heartbeat goes; nothing when it is off."""
        return [self._heartbeat.check()] if self._heartbeat is not None else []

    def lines(self) -> tuple[str, ...]:
        """What is going on, for the status; blocking. Raises RetryLater while the database is away."""
        return (*_alert_lines(self._settings, self._store), *map(_line, self.checks()))


def lines_beside(settings: Settings, store: Store, *, running: bool) -> tuple[str, ...]:
    """The same for another process on the data folder; what only a running bot knows is asked from it. Blocking."""
    told_of = _alert_lines(settings, store)
    if not running or settings.heartbeat_url is None:
        return tuple(told_of)
    try:
        return (*told_of, _line(control.ask(settings.data_dir, "/heartbeat", {}, Check)))
    except LeadbotError as error:
        return (*told_of, f"heartbeat: {error}")


def _alert_lines(settings: Settings, store: Store) -> list[str]:
    outage = Outages(store.database, store.clock).get(NAME) if settings.alert_smtp_url else None
    return told(outage, store.clock.now(), settings.alert_after)


def _line(check: Check) -> str:
    return f"{check.name}: {check.detail}"
