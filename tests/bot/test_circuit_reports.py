"""How services in trouble are told: in `status`, in the metrics and by the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot import checks
from bot.bootstrap import Store, open_store
from bot.circuits import OLLAMA, SLACK, standing
from bot.health import create_app
from bot.settings import Settings
from bot.status import Status, gather, lines
from enrichment.adapters.store.circuits import Circuits
from tests.bot.test_health import checks as findings
from tests.enrichment.parts import Parts

USED = (SLACK, OLLAMA)


@pytest.fixture
def circuits(parts: Parts) -> Circuits:
    """Slack has been in trouble for ten minutes, with words that a terminal must not obey."""
    found = Circuits(parts.database, parts.clock)
    found.opened(SLACK, parts.clock.now(), "no answer\x1b[2J", answered=True)
    parts.clock.move(600)
    return found


def status(parts: Parts, circuits: Circuits) -> Status:
    """The state of the store."""
    now = parts.clock.now()
    found = standing(circuits, USED, now)
    return gather(parts.ledger, parts.book, parts.views, running=True, used=(), now=now, circuits=found)


def test_status_says_what_is_in_trouble(parts: Parts, circuits: Circuits) -> None:
    """Since when and why; nothing of the services that are well."""
    told = lines(status(parts, circuits), parts.clock.now())
    assert "Slack does not work, since 10 min ago; it is tried again by itself (no answer[2J)" in told
    assert not [line for line in told if "language" in line]


async def test_metrics_have_a_row_a_service(parts: Parts, circuits: Circuits) -> None:
    """1 while it is left alone, 0 otherwise; the time since when only for the former."""
    began = circuits.listed()[0].since.timestamp()
    app = create_app(findings(), lambda: status(parts, circuits))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://leadbot") as http:
        told = (await http.get("/metrics")).text.splitlines()
    assert 'leadbot_circuit_open{service="slack"} 1.0' in told
    assert 'leadbot_circuit_open{service="ollama"} 0.0' in told
    since = dict(line.rsplit(" ", 1) for line in told if line.startswith("leadbot_circuit_open_since"))
    assert {name: float(value) for name, value in since.items()} == {
        'leadbot_circuit_open_since_timestamp_seconds{service="slack"}': pytest.approx(began, abs=1)
    }


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Settings, Store]]:
    """A data folder."""
    settings = Settings(data_dir=tmp_path / "data")
    store = open_store(settings)
    yield settings, store
    store.engine.dispose()


def test_the_doctor_says_what_is_in_trouble(own: tuple[Settings, Store]) -> None:
    """A check each, or one that all are well; without a bot it is what the last one knew."""
    settings, store = own
    (well,) = checks.circuits(settings, USED)
    assert (well.state, well.detail) == ("ok", "no service is being left alone")
    for name in USED:
        store.circuits.opened(name, store.clock.now(), "no answer", answered=True)
    found = checks.circuits(settings, USED)
    assert [check.state for check in found] == ["off", "off"]
    assert found[1].detail.startswith("Slack has not worked since 20")
    assert found[1].detail.endswith("UTC: no answer (when the bot last ran)")
