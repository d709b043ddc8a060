"""The analysis view: the real loop and store, and a server that speaks Ollama's protocol over a real socket."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from enrichment import analysis, reconcile
from enrichment.adapters.ollama import OllamaModel
from enrichment.adapters.store.schema import leads
from enrichment.analysis import HOPELESS, ROW_SECONDS, AnalysisTarget, SteppedAside, Suspects
from enrichment.errors import GiveUp, NeedsPerson, RetryLater
from enrichment.lead import Lead
from enrichment.reconcile import Reconciler
from tests.enrichment.parts import Parts, triage
from tests.servers import ollama as scripted
from tests.servers.ollama import MODEL, OllamaServer, Step
from tests.servers.ollama_answers import sensible

WORDS = "Hello,\nmy car makes a noise. Can I book an appointment this week? I am in Denver."


class House:
    """A store, a server, and the loop between them. Time passes only when a test says so."""

    def __init__(self, parts: Parts, server: OllamaServer) -> None:
        self.parts = parts
        self.server = server
        self.model = OllamaModel(server.url, MODEL, 8192, 3.0)
        self.target = AnalysisTarget(
            parts.book, parts.leads, self.model, parts.clock, lambda _: ("Garage", ("Brakes",))
        )
        self.loop = Reconciler(self.target, parts.views, "one")

    async def work(self) -> int:
        """Until nothing is left to do now; how many leads were tried."""
        count = 0
        while await self.loop.step():
            count += 1
        return count

    def get(self, lead_id: int) -> Lead:
        """A lead as staff see it."""
        found = self.parts.book.get(lead_id)
        assert found is not None
        return found

    def change(self, lead_id: int, **values: Any) -> None:
        """What a click of staff's changes."""
        with self.parts.engine.begin() as connection:
            connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(values))

    def order(self) -> list[str]:
        """The second line of each message that the model was shown, in order."""
        return [body["messages"][1]["content"].split("\n1| ")[1].split("\n")[0] for body in self.server.chats()]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the loop makes, without waiting for them."""
    made: list[float] = []
    real, keeper = asyncio.sleep, 11.0  # a time that no pause has
    monkeypatch.setattr(reconcile, "LEASE_SECONDS", 3 * keeper)

    class Asyncio:
        """The module as the loop sees it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, seconds: float) -> None:
            """The keeper of the lease waits, the loop does not."""
            if seconds == keeper:
                await real(seconds)
            made.append(seconds)

    monkeypatch.setattr(reconcile, "asyncio", Asyncio())
    monkeypatch.setattr(analysis, "asyncio", Asyncio())
    return made


@pytest.fixture
async def house(sqlite_parts: Parts) -> AsyncIterator[House]:
    """The parts, running."""
    server = OllamaServer()
    await server.start()
    made = House(sqlite_parts, server)
    yield made
    await made.model.close()
    await server.stop()


async def test_a_lead_gets_the_models_opinion(house: House) -> None:
    """Summary, evidence from the message, a moved urgency, and one revision more, so that it is drawn again."""
    lead_id = house.parts.lead(text=WORDS, urgency=40)
    assert await house.work() == 1
    lead = house.get(lead_id)
    assert lead.analysis is not None
    assert lead.analysis.model == MODEL
    assert lead.analysis.evidence[0].quote == "Can I book an appointment this week?"
    assert (lead.analysis.location, lead.analysis.timeframe) == ("Denver", "this week")
    assert lead.analysis.rules == triage(40)
    assert lead.triage.urgency == 65
    assert lead.triage.method == f"rules and {MODEL}"
    assert (lead.triage.intent, lead.revision) == ("booking", 2)
    assert "Services: Brakes" in house.server.chats()[0]["messages"][1]["content"]
    assert await house.work() == 0


async def test_waiting_leads_are_analysed_hot_first_and_each_once(house: House) -> None:
    """Fifty that came while the model was away."""
    for number in range(50):
        house.parts.lead(f"c{number}@x.com", urgency=number * 37 % 100, text=f"{number * 37 % 100}")
    assert await house.work() == 50
    shown = [int(line) for line in house.order()]
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) == 50


FAULTS: dict[str, Step] = {
    "garbage": scripted.ok("Sure! Here it is."),
    "wrong schema": scripted.ok('{"urgency": "high"}'),
    "no JSON": scripted.raw(b"<html>"),
    "dropped": scripted.drop(),
    "stalled": scripted.stall(),
    "cut": scripted.ok(done_reason="length"),
    "error line": scripted.records({"error": "oops"}),
    "500": scripted.status(500, "crashed"),
    "503": scripted.status(503, "busy"),
    "404": scripted.status(404, "model 'x' not found"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_the_rules_said_stands_until_the_model_has_answered(house: House, fault: str) -> None:
    """Whatever goes wrong; and the lead is analysed when it is over."""
    lead_id = house.parts.lead(text=WORDS, urgency=40)
    before = house.get(lead_id)
    house.server.script.append(FAULTS[fault])
    assert await house.work() == 1
    assert house.get(lead_id) == before
    house.parts.clock.move(reconcile.NEEDS_PERSON_SECONDS)
    assert await house.work() == 1
    assert house.get(lead_id).analysis is not None


async def test_no_ollama_at_all_costs_nothing_but_a_pause(house: House, pauses: list[float]) -> None:
    """No lead is blamed for it, however long it takes, and all are analysed soon after it is over."""
    ids = [house.parts.lead(f"c{number}@x.com", text=WORDS) for number in range(3)]
    port = int(house.server.url.rpartition(":")[2])
    await house.server.stop()
    for _ in range(2 * HOPELESS):
        assert await house.loop.step() == 1
        assert 0 < pauses[-1] <= reconcile.LONGEST_PAUSE
        house.parts.clock.move(pauses[-1])
    again = OllamaServer()
    await again.start(port)
    assert await house.work() == 3
    assert all(house.get(lead_id).analysis for lead_id in ids)
    await again.stop()
    house.server._web = again._web  # stopped twice does no harm


def poison(word: str, step: Step) -> Step:
    """Does that to messages with the word, and answers the others."""

    async def choose(request: Any, body: Mapping[str, Any]) -> Any:
        struck = word in body["messages"][1]["content"]
        return await (step if struck else scripted.ok(sensible(body)))(request, dict(body))

    return choose


@pytest.mark.parametrize("fault", ["garbage", "cut", "500"])
async def test_a_lead_on_which_the_model_always_fails_holds_up_nobody(house: House, fault: str) -> None:
    """The most urgent of all: it is tried in between, ever more rarely, and at last set aside for an hour."""
    house.server.otherwise = poison("poison", FAULTS[fault])
    bad = [house.parts.lead(f"bad{number}@x.com", urgency=95, text=f"poison {number}") for number in range(3)]
    good = [house.parts.lead(f"c{number}@x.com", urgency=10, text=WORDS) for number in range(5)]
    for _ in range(60):
        await house.work()
        house.parts.clock.move(1)
    assert all(house.get(lead_id).analysis for lead_id in good)
    assert not any(house.get(lead_id).analysis for lead_id in bad)
    for _ in range(60):
        await house.work()
        house.parts.clock.move(30)
    asked = len(house.server.chats())
    house.parts.clock.move(60)
    assert await house.work() == 0
    house.parts.clock.move(reconcile.GIVE_UP_SECONDS)
    assert await house.work() == 3
    assert len(house.server.chats()) == asked + 3
    assert "times in a row" in house.parts.scalar("SELECT error FROM views WHERE error IS NOT NULL")


async def test_when_every_answer_is_garbage_no_lead_is_set_aside_for_long(house: House) -> None:
    """It is the model's trouble: once it is mended, all are analysed within five minutes."""
    house.server.otherwise = FAULTS["garbage"]
    ids = [house.parts.lead(f"c{number}@x.com", text=WORDS) for number in range(3)]
    for _ in range(30):
        await house.work()
        house.parts.clock.move(60)
    house.server.otherwise = None
    house.parts.clock.move(300)
    await house.work()
    assert all(house.get(lead_id).analysis for lead_id in ids)


async def test_a_model_that_fails_at_once_on_every_lead_is_not_worn_out(house: House, pauses: list[float]) -> None:
    """It does not fit into memory, say: two tries a minute however many leads wait, and the same news only once."""
    for number in range(40):
        house.parts.lead(f"c{number}@x.com", text=WORDS)
    house.server.otherwise = scripted.status(500, "model requires more system memory (5.6 GiB) than is available")
    with structlog.testing.capture_logs() as logs:
        for _ in range(80):
            house.parts.clock.move(sum(pauses))
            pauses.clear()
            assert await house.loop.step() == 1
    assert len(house.server.chats()) == 80
    assert pauses[0] == ROW_SECONDS
    assert len([entry for entry in logs if entry["log_level"] == "warning"]) == 1


async def test_a_claim_made_while_the_model_thinks_stays(house: House) -> None:
    """Staff's fields and the model's are different ones."""
    lead_id = house.parts.lead(text=WORDS)

    async def claimed(request: Any, body: dict[str, Any]) -> Any:
        house.change(lead_id, status="claimed", owner="U7", owner_name="Maria", note="mine")
        return await scripted.ok()(request, body)

    house.server.script.append(claimed)
    await house.work()
    lead = house.get(lead_id)
    assert (lead.status, lead.owner_name, lead.note) == ("claimed", "Maria", "mine")
    assert lead.analysis is not None


async def test_a_lead_closed_while_the_model_thinks_stays_as_it_is(house: House) -> None:
    """Nobody wants to see a lost lead warm up."""
    lead_id = house.parts.lead(text=WORDS)

    async def closed(request: Any, body: dict[str, Any]) -> Any:
        house.change(lead_id, status="lost")
        return await scripted.ok()(request, body)

    house.server.script.append(closed)
    assert await house.work() == 1
    lead = house.get(lead_id)
    assert (lead.status, lead.analysis, lead.triage) == ("lost", None, triage(50))
    assert await house.work() == 0


async def test_words_that_come_while_the_model_thinks_are_asked_about_anew(house: House) -> None:
    """What it says of the first half is dropped, and the rules' judgement of the whole is where the next begins."""
    lead_id = house.parts.lead(text=WORDS, urgency=40)
    whole = f"{WORDS}\nIt is an emergency."

    async def goes_on(request: Any, body: dict[str, Any]) -> Any:
        house.change(lead_id, text=whole, triage=triage(80).model_dump(mode="json"), urgency=80)
        return await scripted.ok()(request, body)

    house.server.script.append(goes_on)
    await house.target.catch_up([(lead_id, 1)])
    assert (house.get(lead_id).analysis, house.get(lead_id).triage) == (None, triage(80))
    await house.target.catch_up([(lead_id, 1)])
    lead = house.get(lead_id)
    assert lead.analysis is not None
    assert lead.analysis.rules == triage(80)


async def test_what_needs_no_analysis_is_not_asked_about(house: House) -> None:
    """Closed, not shown, gone: done without a question."""
    closed = house.parts.lead(text=WORDS)
    house.change(closed, status="won")
    hidden = house.parts.open("b@x.com")
    await house.target.catch_up([(closed, 1)])
    await house.target.catch_up([(hidden, 1)])
    await house.target.catch_up([(999, 1)])
    assert house.server.chats() == []
    assert await house.work() == 1


async def test_a_lead_can_be_analysed_again_without_drifting(house: House) -> None:
    """As after a crash between the answer and its note: the rules' judgement is where it starts."""
    lead_id = house.parts.lead(text=WORDS, urgency=40)
    await house.target.catch_up([(lead_id, 1)])
    first = house.get(lead_id)
    house.parts.clock.move(60)
    await house.target.catch_up([(lead_id, 1)])
    second = house.get(lead_id)
    assert second.triage == first.triage
    assert second.revision == first.revision + 1


async def test_a_text_that_is_too_long_is_asked_about_in_part(house: House) -> None:
    """The beginning says most; the window is what the owner's machine can bear."""
    small = OllamaModel(house.server.url, MODEL, 4096, 3.0)
    target = AnalysisTarget(house.parts.book, house.parts.leads, small, house.parts.clock)
    lead_id = house.parts.lead(text=WORDS + " And more." * 900)
    await target.catch_up([(lead_id, 1)])
    assert house.get(lead_id).analysis is not None
    (body,) = house.server.chats()
    assert 2000 < len(body["messages"][1]["content"]) < 2600
    await small.close()


async def test_a_server_that_counts_more_tokens_gets_less_text(house: House) -> None:
    """Its refusal is an overflow too; when even the shortest is too long the lead is set aside."""
    overflow = scripted.status(400, "the input length exceeds the context length")
    lead_id = house.parts.lead(text="word " * 3000)
    house.server.script.extend([overflow, scripted.ok(prompt_eval_count=5000)])
    await house.target.catch_up([(lead_id, 1)])
    lengths = [len(body["messages"][1]["content"]) for body in house.server.chats()]
    assert lengths == sorted(lengths, reverse=True)
    assert len(lengths) == 3
    house.server.script.append(overflow)
    with pytest.raises(GiveUp, match="exceeds"):
        await house.target.catch_up([(house.parts.lead("b@x.com", text="short"), 1)])
    assert len(house.server.chats()) == 4
    house.server.otherwise = overflow
    with pytest.raises(GiveUp, match="exceeds"):
        await house.target.catch_up([(lead_id, 1)])


async def test_a_missing_model_is_waited_for(house: House, pauses: list[float]) -> None:
    """A person pulls it; until then the loop asks without a hurry and blames nobody."""
    lead_id = house.parts.lead(text=WORDS)
    house.server.models.clear()
    with pytest.raises(NeedsPerson, match="leadbot models pull"):
        await house.target.catch_up([(lead_id, 1)])
    assert await house.work() == 1
    assert pauses[-1] == reconcile.LONGEST_PAUSE
    house.server.models[MODEL] = {}
    house.parts.clock.move(reconcile.NEEDS_PERSON_SECONDS)
    await house.work()
    assert house.get(lead_id).analysis is not None


async def test_every_question_has_marks_of_its_own(house: House) -> None:
    """Nobody can write the end of a fence that nobody knows."""
    for number in range(3):
        house.parts.lead(f"c{number}@x.com", text=WORDS)
    await house.work()
    marks = [body["messages"][1]["content"].split("=== ")[1] for body in house.server.chats()]
    assert len({mark.split()[0] for mark in marks}) == 3
    assert all(len(mark.split()[0]) == 16 for mark in marks)


def test_a_suspect_is_judged_by_how_the_others_fare() -> None:
    """Twice again at once, then alone, and put off only once another was answered meanwhile."""
    slow, away = RetryLater("slow"), RetryLater("away", 10)

    def blame(suspects: Suspects) -> Callable[[], type[Exception]]:
        return lambda: type(suspects.blamed(1, slow))

    alone = Suspects()
    kinds = [blame(alone)() for _ in range(9)]
    assert kinds == [RetryLater] * 2 + [SteppedAside] * 7
    alone.cleared(2)
    assert blame(alone)() is GiveUp
    assert alone.blamed(1, away) is away
    alone.cleared(1)
    assert blame(alone)() is RetryLater


def test_few_suspects_are_remembered() -> None:
    """A model that fails on everything fills no memory."""
    suspects = Suspects()
    for lead_id in itertools.islice(itertools.count(), 3000):
        suspects.blamed(lead_id, RetryLater("slow"))
    assert len(suspects._failed) == 1000
