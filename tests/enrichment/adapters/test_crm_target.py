"""Airtable kept up with the leads by the real loop on the real store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa

from enrichment import reconcile
from enrichment.adapters.airtable import AirtableCrm
from enrichment.adapters.crm_target import CrmTarget
from enrichment.adapters.lead_record import KEY
from enrichment.adapters.store.schema import leads
from enrichment.errors import NeedsPerson
from enrichment.lead import Lead
from enrichment.reconcile import Reconciler
from tests.enrichment import crm as fixtures
from tests.enrichment.crm import connected
from tests.enrichment.parts import Parts
from tests.servers.airtable import AirtableServer, serving

server = fixtures.server


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the loop makes, in seconds, without waiting for them."""
    made: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds == reconcile.LEASE_SECONDS / 3:
            await real(seconds)  # the keeper of the lease
        made.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


def loop(parts: Parts, crm: AirtableCrm) -> Reconciler:
    """The loop of the view `crm`."""
    return Reconciler(CrmTarget(parts.book, crm), parts.views, "one")


async def work(parts: Parts, crm: AirtableCrm, seconds: float = 3600) -> None:
    """Let the loop work, and time pass, until nothing is behind or the time is over."""
    keeper = loop(parts, crm)
    end = parts.clock.now().timestamp() + seconds
    while parts.views.lag(["crm"]) and parts.clock.now().timestamp() < end:
        if not await keeper.step():
            parts.clock.move(15)


class Interrupted:
    """A CRM during whose first write something happens; implements enrichment.ports.Crm."""

    def __init__(self, crm: AirtableCrm, happens: Callable[[], None]) -> None:
        self._crm = crm
        self._happens = [happens]

    def upsert(self, leads: Sequence[Lead]) -> None:
        """Write, and let it happen."""
        self._crm.upsert(leads)
        if self._happens:
            self._happens.pop()()


def numbers(server: AirtableServer) -> list[int]:
    """The leads in the table."""
    return sorted(int(row["Lead ID"][2:]) for row in server.rows())


async def test_leads_are_written_ten_at_a_time(sqlite_parts: Parts, server: AirtableServer) -> None:
    """The most urgent first, each as it is; then nothing is behind."""
    ids = [sqlite_parts.lead(f"c{number}@example.com", urgency=number) for number in range(25)]
    with connected(server) as crm:
        await work(sqlite_parts, crm)
    assert [len(request.body["records"]) for request in server.requests if request.body] == [10, 10, 5]
    assert numbers(server) == ids
    assert server.rows()[0]["Lead ID"] == f"L-{ids[-1]}"
    found = {row["Lead ID"]: row[KEY] for row in server.rows()}
    assert found == {lead.label: lead.uuid for lead in sqlite_parts.book.listed()}


async def test_every_lead_comes_once_whatever_happens(sqlite_parts: Parts, server: AirtableServer) -> None:
    """Sixty leads through lost answers, broken connections, 429s, errors of the server, and a restart in between."""
    ids = [sqlite_parts.lead(f"c{number}@example.com") for number in range(60)]
    for kind in ("lost", "500", "429", "drop", "html", "503", "lost", "lost"):
        server.fail(kind, method="PATCH")
    with connected(server, lambda: sqlite_parts.clock.now().timestamp()) as crm:
        await work(sqlite_parts, crm, 20)
        assert sqlite_parts.views.lag(["crm"])
    with connected(server, lambda: sqlite_parts.clock.now().timestamp()) as crm:
        server.fail("lost", method="PATCH")
        server.fail("429")
        await work(sqlite_parts, crm)
    assert sqlite_parts.views.lag(["crm"]) == {}
    assert numbers(server) == ids
    assert not any(fault.times for fault in server.faults)


async def test_a_base_that_is_asked_too_often_gets_every_lead(sqlite_parts: Parts) -> None:
    """Without a pace of our own: Airtable's penalty is waited for, and nobody asks within it."""
    ids = [sqlite_parts.lead(f"c{number}@example.com") for number in range(60)]
    with serving(per_second=5, penalty=0.0) as server:
        with connected(server, lambda: sqlite_parts.clock.now().timestamp()) as crm:
            await work(sqlite_parts, crm, 25)
            assert (server.too_often, len(server.requests)) == (1, 6)
        server._recent.clear()  # a second has passed
        with connected(server, lambda: sqlite_parts.clock.now().timestamp()) as crm:
            await work(sqlite_parts, crm)
        assert numbers(server) == ids


async def test_one_bad_lead_does_not_hold_up_the_others(sqlite_parts: Parts, server: AirtableServer) -> None:
    """It is set aside for an hour with words for a person, and written when the table was mended."""
    server.table.fields["Priority"].choices = ["Warm", "Cold"]
    ids = [sqlite_parts.lead(f"c{number}@example.com", urgency=90 if number == 3 else 50) for number in range(12)]
    with connected(server, lambda: sqlite_parts.clock.now().timestamp()) as crm:
        await work(sqlite_parts, crm, 60)
        assert numbers(server) == [*ids[:3], *ids[4:]]
        assert sqlite_parts.views.lag(["crm"]) == {"crm": 1}
        words = "add the option Hot to the Airtable field Priority, or make it a text field"
        assert sqlite_parts.views.trouble("crm") == words
        server.table.fields["Priority"].choices.append("Hot")
        await work(sqlite_parts, crm)
    assert numbers(server) == ids
    assert sqlite_parts.views.trouble("crm") is None


async def test_a_revoked_token_keeps_every_lead(sqlite_parts: Parts, server: AirtableServer) -> None:
    """Airtable is asked now and then; when the token is back, all are written."""
    ids = [sqlite_parts.lead(f"c{number}@example.com") for number in range(20)]
    token, server.token = server.token, "another"
    with connected(server, lambda: sqlite_parts.clock.now().timestamp(), api_key=token) as crm:
        await work(sqlite_parts, crm, 900)
        assert len(server.requests) <= 4
        trouble = sqlite_parts.views.trouble("crm") or ""
        assert trouble.startswith("Airtable does not know the token")
        server.token = token
        await work(sqlite_parts, crm)
    assert numbers(server) == ids


async def test_a_lead_that_changes_while_it_is_written_is_written_again(
    sqlite_parts: Parts, server: AirtableServer
) -> None:
    """Its revision has risen; the row says the newest."""
    lead_id = sqlite_parts.lead()

    def reply() -> None:
        sqlite_parts.leads.attach(sqlite_parts.accept(), lead_id, "a reply")

    with connected(server) as crm:
        keeper = Reconciler(CrmTarget(sqlite_parts.book, Interrupted(crm, reply)), sqlite_parts.views, "one")
        assert await keeper.step() == 1
        assert sqlite_parts.views.behind("crm", 9) == [(lead_id, 2)]
        assert await keeper.step() == 1
    assert sqlite_parts.views.lag(["crm"]) == {}
    assert len(server.rows()) == 1


async def test_samples_and_leads_that_are_gone_are_left_out(sqlite_parts: Parts, server: AirtableServer) -> None:
    """No view row is made for a sample, and one that is asked for anyway is not written."""
    sample = sqlite_parts.open(message_id=sqlite_parts.accept(sample=True))
    kept = sqlite_parts.lead("real@example.com")
    with connected(server) as crm:
        await CrmTarget(sqlite_parts.book, crm).catch_up([(sample, 1), (999, 1)])
        assert server.requests == []
        await CrmTarget(sqlite_parts.book, crm).catch_up([(sample, 1), (kept, 1), (999, 1)])
    assert numbers(server) == [kept]
    assert sqlite_parts.views.lag(["crm"]) == {"crm": 1}


async def test_two_leads_with_one_number_are_two_rows(sqlite_parts: Parts, server: AirtableServer) -> None:
    """A database that was made anew counts from one again; the rows of the old one stay as they are."""
    sqlite_parts.lead("old@example.com")
    with connected(server) as crm:
        await work(sqlite_parts, crm)
        with sqlite_parts.engine.begin() as connection:
            connection.execute(sa.update(leads).values(uuid="another", revision=2))
            connection.execute(sa.text("UPDATE views SET wanted = 2"))
        await work(sqlite_parts, crm)
    assert numbers(server) == [1, 1]


async def test_an_airtable_that_is_away_stops_nothing_else(sqlite_parts: Parts) -> None:
    """Nobody listens at the address: the leads wait, and say why."""
    with serving() as server:
        pass
    sqlite_parts.lead()
    with connected(server) as crm:
        assert await loop(sqlite_parts, crm).step() == 1
    assert sqlite_parts.views.trouble("crm") == "Airtable cannot be reached"
    assert sqlite_parts.views.trouble("card") is None


async def test_the_errors_of_the_crm_pass_through(sqlite_parts: Parts, server: AirtableServer) -> None:
    """Their type is the loop's policy."""
    lead_id = sqlite_parts.lead()
    server.tables.clear()
    with connected(server) as crm, pytest.raises(NeedsPerson):
        await CrmTarget(sqlite_parts.book, crm).catch_up([(lead_id, 1)])
