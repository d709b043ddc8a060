"""What a monitor asks: /healthz (the process lives), /readyz (it can work), /metrics (numbers for Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool

from bot.status import Status
from enrichment.adapters.pressure import Reading
from enrichment.adapters.store.circuits import OPEN, Circuit
from enrichment.errors import LeadbotError
from enrichment.models import Model


class Check(Model):
    """One thing the bot needs. `advice`: what to do when it is not ok."""

    name: str
    state: Literal["ok", "off", "failed"]
    detail: str
    advice: str = ""


CHECK_SECONDS = 10.0

Checks = Callable[[], Awaitable[list[Check]]]


class StatusCollector(Collector):
    """Reads the ledger when it is scraped."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        """The ledger, the open leads and each view's lag."""
        status = self._status()
        messages = GaugeMetricFamily("leadbot_messages", "Messages by channel and state", labels=["channel", "state"])
        copies = GaugeMetricFamily("leadbot_message_copies", "Further sources of messages", labels=["channel"])
        for name, channel in status.channels.items():
            copies.add_metric([name], channel.copies)
            for state, count in channel.states.items():
                messages.add_metric([name, state], count)
        accepted = GaugeMetricFamily(
            "leadbot_last_accepted_timestamp_seconds", "When a channel's last message came", labels=["channel"]
        )
        for name, channel in status.channels.items():
            if channel.last_received is not None:
                accepted.add_metric([name], channel.last_received.timestamp())
        behind = GaugeMetricFamily("leadbot_view_behind", "Leads a view has yet to show", labels=["view"])
        for view, count in status.behind.items():
            behind.add_metric([view], count)
        yield messages
        yield copies
        yield accepted
        yield behind
        yield from _progress(status)
        yield from _intake(status.intake)
        yield from _circuits(status.circuits)
        yield from _mailboxes(status)
        yield GaugeMetricFamily("leadbot_open_leads", "Open leads", value=status.open_leads)
        yield GaugeMetricFamily(
            "leadbot_ledger_balanced", "1 when every message is in one state", value=status.balanced
        )


def _progress(status: Status) -> Iterable[Metric]:
    """Whether things move."""
    success = GaugeMetricFamily(
        "leadbot_view_last_success_timestamp_seconds", "When a view has last shown something", labels=["view"]
    )
    for view, at in status.last_success.items():
        success.add_metric([view], at.timestamp())
    yield success
    oldest = status.oldest_in_progress_seconds or 0.0
    yield GaugeMetricFamily("leadbot_oldest_in_progress_seconds", "Age of the oldest message at work", value=oldest)


def _intake(intake: Reading) -> Iterable[Metric]:
    """Whether there is room."""
    yield GaugeMetricFamily("leadbot_intake_paused", "1 while no new message is taken", value=bool(intake.paused))
    yield GaugeMetricFamily("leadbot_waiting_messages", "Messages in progress, up to the mark", value=intake.waiting)
    if intake.free_bytes is not None:
        yield GaugeMetricFamily("leadbot_disk_free_bytes", "Room on the data folder's disk", value=intake.free_bytes)


def _circuits(circuits: Iterable[Circuit]) -> Iterable[Metric]:
    """Which neighbours are in trouble, and since when."""
    opened = GaugeMetricFamily("leadbot_circuit_open", "1 while a service is left alone", labels=["service"])
    since = GaugeMetricFamily(
        "leadbot_circuit_open_since_timestamp_seconds", "When its trouble began", labels=["service"]
    )
    for circuit in circuits:
        opened.add_metric([circuit.name], circuit.state == OPEN)
        if circuit.state == OPEN:
            since.add_metric([circuit.name], circuit.since.timestamp())
    yield opened
    yield since


def _mailboxes(status: Status) -> Iterable[Metric]:
    """How long each polled mailbox was not read."""
    success = GaugeMetricFamily(
        "leadbot_mailbox_last_success_seconds", "When a mailbox was last read (Unix time)", labels=["mailbox"]
    )
    lag = GaugeMetricFamily("leadbot_mailbox_lag_seconds", "Seconds since a mailbox was last read", labels=["mailbox"])
    for mailbox in status.mailboxes:
        if mailbox.last_success is not None and mailbox.lag_seconds is not None:
            success.add_metric([mailbox.name], mailbox.last_success.timestamp())
            lag.add_metric([mailbox.name], mailbox.lag_seconds)
    yield success
    yield lag


async def _looked_at(checks: Checks) -> list[Check]:
    """What the checks say; a database that hangs is an answer too."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await checks()
    except TimeoutError:
        return [Check(name="checks", state="failed", detail=f"no answer in {CHECK_SECONDS:g} s", advice="see the log")]


def create_app(checks: Checks, status: Callable[[], Status]) -> FastAPI:
    """The application on the http port."""
    app = FastAPI(title="Leadbot", docs_url=None, redoc_url=None)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(status))

    # Monitors ask with HEAD as often as with GET.
    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> dict[str, bool]:
        return {"ok": True}

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz(response: Response) -> list[Check]:
        found = await _looked_at(checks)
        if any(check.state == "failed" for check in found):
            response.status_code = 503
        return found

    @app.get("/metrics")
    async def metrics() -> Response:
        try:
            text = await run_in_threadpool(generate_latest, registry)
        except LeadbotError as error:
            return Response(f"# {error}\n", status_code=503)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return app
