"""What staff hear when a service is in trouble and when it is back: each once, and nothing of short troubles.

Told is an outage that lasts for a minute; its end, when the service has been well for a minute. A service that comes
and goes is told of once an hour, unless it is away for ten minutes. Of Slack's own outage staff hear when it is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from bot.circuits import SERVICES, SLACK, Neighbour
from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, one_line, section
from bot.slack.poster import Poster
from bot.slack.telling import keep_telling
from enrichment.adapters.store.circuits import CALM, CLOSED, OPEN, Circuit, Circuits
from enrichment.adapters.store.views import Views
from enrichment.ports import Clock

SHORT = timedelta(seconds=60)
LONG = timedelta(minutes=10)
AGAIN = timedelta(hours=1)
LONGEST_REASON = 300


class CircuitNotices:
    """Follows the circuits in the store, whichever worker they are of.

    poster: raises RetryLater until Slack has been reached. zone: of the times that staff read.
    """

    def __init__(
        self, circuits: Circuits, views: Views, poster: Callable[[], Poster], clock: Clock, zone: tzinfo
    ) -> None:
        self._circuits = circuits
        self._views = views
        self._poster = poster
        self._clock = clock
        self._zone = zone

    async def run(self) -> None:
        """Look until cancelled."""
        await keep_telling(self.look)

    async def look(self) -> None:
        """Tell what has not been told. Raises as Poster.show does."""
        for circuit in await asyncio.to_thread(self._circuits.listed):
            service = SERVICES.get(circuit.name)
            if service is not None:
                await self._tell(circuit, service)

    async def _tell(self, circuit: Circuit, service: Neighbour) -> None:
        now = self._clock.now()
        if circuit.state == OPEN and circuit.noticed == "" and _is_news(circuit, service, now):
            if circuit.name != SLACK:
                await self._show(circuit, OPEN, began(circuit, service, self._zone))
            await asyncio.to_thread(self._circuits.told, circuit, OPEN)
        elif circuit.closed_at is not None and circuit.noticed == OPEN and now - circuit.closed_at >= CALM:
            behind = await asyncio.to_thread(self._views.lag, (service.view,))
            await self._show(circuit, CLOSED, ended(circuit, service, behind.get(service.view, 0)))
            await asyncio.to_thread(self._circuits.told, circuit, CLOSED)

    async def _show(self, circuit: Circuit, what: str, text: str) -> None:
        # Named after the outage, so that a crash before it is marked finds its own notice again.
        key = f"notice:circuit:{circuit.name}:{circuit.since:%Y%m%dT%H%M%S.%f}:{what}"
        await self._poster().show(key, SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(section(text),)))


def _is_news(circuit: Circuit, service: Neighbour, now: datetime) -> bool:
    lasted = now - circuit.since
    if lasted < SHORT or (service.optional and not circuit.answered):
        return False
    return lasted >= LONG or circuit.told_at is None or now - circuit.told_at >= AGAIN


def began(circuit: Circuit, service: Neighbour, zone: tzinfo) -> str:
    """That a service is in trouble."""
    reason = one_line(circuit.error, LONGEST_REASON)
    return (
        f"⚠️ {service.name} has not worked since {circuit.since.astimezone(zone):%H:%M} ({reason}). {service.meanwhile}"
    )


def ended(circuit: Circuit, service: Neighbour, waiting: int) -> str:
    """That it is back, and how many leads have waited for it."""
    after = _lasted((circuit.closed_at or circuit.since) - circuit.since)
    leads = "1 lead is" if waiting == 1 else f"{waiting} leads are"
    rest = f"; {leads} {service.work}." if waiting else "; nothing waits for it any more."
    return f"✅ {service.name} is back after {after}{rest}"


def _lasted(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
