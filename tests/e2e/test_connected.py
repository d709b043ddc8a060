"""The whole bot beside an Ollama and an Airtable: cards get better, rows are written, trouble costs nothing."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import Request, Response

from bot.slack.buttons import CLAIM
from tests.servers import airtable
from tests.servers.ollama import MODEL, OllamaServer, Step, drop, ok, raw, serving, silence, stall, status
from tests.servers.running_bot import RunningBot, mail

Make = Callable[..., RunningBot]


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    """An Ollama in a thread of its own, on a free port."""
    with serving() as server:
        yield server


def held(gate: threading.Event) -> Step:
    """The model thinks until the gate is opened, then answers sensibly."""
    answered = ok()

    async def step(request: Request, body: dict[str, Any]) -> Response:
        await asyncio.to_thread(gate.wait, 30)
        return await answered(request, body)

    return step


def shown(card: dict[str, Any]) -> str:
    """All that a card says."""
    return json.dumps(card["blocks"], ensure_ascii=False)


def the_card(bot: RunningBot, words: str) -> dict[str, Any] | None:
    """The one card, once it says these words."""
    cards = bot.cards()
    return cards[0] if cards and words in shown(cards[0]) else None


def test_a_late_analysis_makes_the_card_better_and_keeps_a_claim(fresh_bot: Make, ollama: OllamaServer) -> None:
    """The card is there at once, built in; somebody claims it; the model's answer comes and both are shown."""
    gate = threading.Event()
    ollama.otherwise = held(gate)
    bot = fresh_bot(OLLAMA_BASE_URL=ollama.url).start()
    bot.send(mail("Jo <jo@customer.example>", "Brakes", "My brakes are grinding, can you look at them today?"))
    card = bot.wait_for(lambda: the_card(bot, "Built-in analysis"))
    bot.click(card, CLAIM)
    bot.wait_for(lambda: the_card(bot, "Claimed"))
    gate.set()
    better = bot.wait_for(lambda: the_card(bot, MODEL))
    assert "Built-in analysis" not in shown(better)
    assert "Claimed" in shown(better)
    assert better["ts"] == card["ts"]
    (lead,) = bot.leads()
    assert lead["status"] == "claimed"


@pytest.mark.parametrize(
    "fault",
    [status(500, "out of memory"), raw(b"<html>"), ok('{"urgency": "very"}'), drop(), stall()],
    ids=["500", "garbage", "wrong-schema", "dropped", "stalled"],
)
def test_the_built_in_card_stands_until_the_model_is_well(fresh_bot: Make, ollama: OllamaServer, fault: Step) -> None:
    """Whatever the model does, the card is there; the lead is analysed when the model answers again."""
    ollama.script.append(fault)
    bot = fresh_bot(OLLAMA_BASE_URL=ollama.url, LEADBOT_ANALYSIS_SECONDS="3").start()
    bot.send(mail("Jo <jo@customer.example>", "Brakes", "My brakes are grinding, can you look at them today?"))
    bot.wait_for(lambda: the_card(bot, "Built-in analysis"))
    bot.wait_for(lambda: the_card(bot, MODEL), 30)
    assert len(ollama.chats()) >= 2
    assert len(bot.cards()) == 1


def test_every_lead_has_one_row_in_airtable(fresh_bot: Make) -> None:
    """An answer that was lost doubles nothing; samples stay out; what staff do follows; the others of a batch go on."""
    with airtable.serving(per_second=20, penalty=1.0) as server:
        server.fail("lost", 1)
        bot = fresh_bot(
            AIRTABLE_API_KEY=server.token, AIRTABLE_BASE_ID=server.base, AIRTABLE_ENDPOINT_URL=server.url
        ).start()
        assert bot.cli("samples", "load").returncode == 0
        bot.send(*(mail(f"C{n} <c{n}@customer.example>", f"Fence {n}", f"Please fix fence {n}.") for n in range(12)))
        bot.wait_for(lambda: len(server.rows()) == 12, 40)
        bot.settled()
        card = next(card for card in bot.cards() if "Fence 3" in shown(card))
        bot.click(card, CLAIM)
        bot.wait_for(lambda: [row for row in server.rows() if row["Status"] == "Claimed"])
        assert len(server.rows()) == len({row["Leadbot Key"] for row in server.rows()}) == 12


def test_a_stop_waits_neither_for_the_model_nor_for_airtable(fresh_bot: Make, ollama: OllamaServer) -> None:
    """Both hang in the middle of the work: the bot ends without a word of trouble, and the next run does it all."""
    ollama.otherwise = silence()
    with airtable.serving() as server:
        bot = fresh_bot(
            OLLAMA_BASE_URL=ollama.url,
            AIRTABLE_API_KEY=server.token, AIRTABLE_BASE_ID=server.base, AIRTABLE_ENDPOINT_URL=server.url,
        ).start()  # fmt: skip
        server.fail("slow", 1, method="PATCH", seconds=60)
        bot.send(*(mail(f"C{n} <c{n}@customer.example>", f"Fence {n}", f"Please fix fence {n}.") for n in range(5)))
        bot.wait_for(lambda: len(bot.leads()) == 5 and ollama.chats() and server.count("PATCH"))
        began = time.monotonic()
        assert bot.stop() == 0
        assert time.monotonic() - began < 10
        levels = {json.loads(line)["level"] for line in bot.errors().splitlines()}
        assert levels == {"info"}
        status = bot.status()
        assert (status["behind"]["analysis"], status["behind"]["crm"], status["troubles"]) == (5, 5, {})
        ollama.otherwise = None
        bot.start()
        bot.settled()
        assert len(server.rows()) == len({row["Leadbot Key"] for row in server.rows()}) == 5
        assert all(row["Summary"] for row in server.rows())


def test_what_is_off_is_said_and_all_else_works(fresh_bot: Make) -> None:
    """Slack, model and Airtable unreachable: a line each at the start and on the page, and mail becomes leads."""
    bot = fresh_bot(OLLAMA_BASE_URL="http://127.0.0.1:9").start()
    lines = [line for line in (bot.folder / "out.txt").read_text().splitlines() if line.startswith("- ")]
    assert [line.split(" is off: ")[0] for line in lines] == ["- slack", "- language model", "- airtable"]
    assert "SLACK_BOT_TOKEN" in lines[0]
    assert "leadbot models pull" in lines[1]
    assert "AIRTABLE_API_KEY" in lines[2]
    told = httpx.get(f"{bot.workspace}/control/workspace", timeout=10).json()["announced"]
    assert [f"- {line}" for line in told["off"]] == lines
    bot.send(mail("Jo <jo@customer.example>", "Brakes", "My brakes are grinding, can you look at them today?"))
    bot.wait_for(lambda: the_card(bot, "Built-in analysis"))
    assert "language model: 1 lead to go (Ollama does not answer" in bot.cli("status").stdout
