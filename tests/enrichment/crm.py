"""Leads, and the real Airtable adapter, for tests against the Airtable of this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from enrichment.adapters.airtable import AirtableCrm
from enrichment.errors import LeadbotError
from enrichment.lead import Analysis, Contact, Evidence, Lead, LeadStatus, Triage, UrgencyLabel
from tests.servers.airtable import AirtableServer, serving

MOMENT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Elapsed:
    """Seconds on a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The seconds."""
        return self.seconds


def lead(number: int = 1, **changes: Any) -> Lead:
    """A hot lead with everything that a lead may have."""
    made: dict[str, Any] = {
        "id": number,
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "message_id": number,
        "status": LeadStatus.CLAIMED,
        "contact": Contact(name="Ann Lee", email="ann@example.com", phone="+15551234567", company="Lee Ltd"),
        "subject": "Brakes",
        "ask": "Brakes grind when I stop",
        "text": "Hello,\n\nmy brakes grind.",
        "channel": "smtp",
        "received_at": MOMENT,
        "revision": 2,
        "triage": Triage(
            urgency=85,
            label=UrgencyLabel.HOT,
            intent="booking",
            service="Brakes",
            evidence=(
                Evidence(rule="says it is urgent", quote="asap", points=20),
                Evidence(rule="gives a phone number"),
            ),
        ),
        "analysis": Analysis(model="m", made_at=MOMENT, summary="Wants brakes looked at.", urgency=80),
        "duplicate_of": 7,
        "business": "garage",
        "owner": "U1",
        "owner_name": "Sam",
        "note": "Called back.",
    }
    return Lead(**(made | changes))


@contextlib.contextmanager
def connected(server: AirtableServer, now: Callable[[], float] | None = None, **changes: Any) -> Iterator[AirtableCrm]:
    """The adapter on this server, closed at the end."""
    settings = {"api_key": server.token, "base_id": server.base, "table": "Leads", "endpoint_url": server.url}
    crm = AirtableCrm(**(settings | changes), now=now or Elapsed())
    try:
        yield crm
    finally:
        crm.close()


@pytest.fixture
def server() -> Iterator[AirtableServer]:
    """An Airtable that answers as fast as one likes."""
    with serving(per_second=1000) as started:
        yield started


@pytest.fixture
def clock() -> Elapsed:
    """A clock that the test moves."""
    return Elapsed()


@pytest.fixture
def crm(server: AirtableServer, clock: Elapsed) -> Iterator[AirtableCrm]:
    """The adapter on that server and clock."""
    with connected(server, clock) as made:
        yield made


def failed(crm: AirtableCrm, *numbers: int) -> LeadbotError:
    """The error of a write."""
    with pytest.raises(LeadbotError) as caught:
        crm.upsert([lead(number) for number in numbers or (1,)])
    return caught.value
