"""Two people at once, and a model that answers late: what staff did stands."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from bot.slack import buttons
from tests.servers.ollama import ok, serving
from tests.servers.running_bot import RunningBot, mail, running_bot

Json = dict[str, Any]

STAFF = {"U0STAFF1": "Maya Brooks", "U0STAFF2": "Tom Keller"}


def urgent(number: int) -> Any:
    """A mail that gets a card of its own."""
    words = f"Number {number}: my brakes failed, this is urgent, please call me today. What would it cost?"
    return mail(f"Cust {number} <cust{number}@shop{number}.test>", f"Brakes {number}", words)


def cards(bot: RunningBot, count: int) -> list[Json]:
    """So many cards with buttons."""
    bot.send(*(urgent(number) for number in range(count)))
    bot.settled(180)
    found = [card for card in bot.cards() if any(b.get("block_id") == buttons.BLOCK for b in card["blocks"])]
    assert len(found) == count
    return found


def both(bot: RunningBot, card: Json) -> list[Json]:
    """What both are answered who press Claim at the same moment."""
    barrier = Barrier(len(STAFF))

    def press(user: str) -> Json:
        with httpx.Client(timeout=30) as client:
            body = {"message_ts": card["ts"], "channel": "leads", "action_id": buttons.CLAIM, "user": user}
            barrier.wait(10)
            answer = client.post(f"{bot.workspace}/control/click", json=body)
        answer.raise_for_status()
        told: Json = answer.json()
        return told

    with ThreadPoolExecutor(len(STAFF)) as pool:
        return list(pool.map(press, STAFF))


def race(tmp_path: Path, count: int) -> None:
    """Two claim each of so many leads at the same moment: one has it, the other is told who."""
    with running_bot(tmp_path, LEADBOT_SLACK_PER_SECOND="50") as bot:
        for card in cards(bot, count):
            answers = both(bot, card)
            told = [json.dumps(answer["responses"]) for answer in answers]
            (loser,) = [text for text in told if "claimed L-" in text]
            winner = next(name for name in STAFF.values() if f"{name} claimed" in loser)
            assert told[list(STAFF.values()).index(winner)] == "[]"
        bot.settled()
        leads = bot.leads()
        assert {lead["status"] for lead in leads} == {"claimed"}
        for card in bot.cards():
            assert len([text for text in bot.thread(card) if " claimed L-" in text]) == 1


def test_one_of_two_who_claim_at_once_has_it(tmp_path: Path) -> None:
    """And the other one is told who."""
    race(tmp_path, 10)


@pytest.mark.slow
def test_one_of_two_who_claim_at_once_has_it_a_hundred_times(tmp_path: Path) -> None:
    """As above."""
    race(tmp_path, 100)


def late(tmp_path: Path, count: int) -> None:
    """A model answers after staff have claimed, assigned and edited: each lead is as they left it, and analysed."""
    with serving() as ollama:
        ollama.otherwise = ok(pause=0.1)
        with running_bot(tmp_path, OLLAMA_BASE_URL=ollama.url, LEADBOT_SLACK_PER_SECOND="50") as bot:
            bot.send(*(urgent(number) for number in range(count)))
            bot.wait_for(lambda: len(bot.cards()) >= count, 120)
            done: dict[str, str] = {}
            for number, lead in enumerate(bot.leads()):
                user, name = list(STAFF.items())[number % 2]
                verb = ("claim", "assign")[number % 4 // 2]
                whom = f" <@{user}>" if verb == "assign" else " "
                answer = httpx.post(
                    f"{bot.workspace}/control/command",
                    json={"command": "/lead", "text": f"{verb} {lead['id']}{whom}", "user": user, "channel": "leads"},
                    timeout=30,
                )
                answer.raise_for_status()
                done[lead["id"]] = name
            bot.wait_for(lambda: len(ollama.chats()) >= count, 300)
            bot.settled(120)
            for card in bot.cards():
                label = card["text"].rpartition("(")[2].rstrip(")")
                assert f"Claimed by {done[label]}" in card["text"]
            assert {lead["status"] for lead in bot.leads()} == {"claimed"}


def test_a_late_analysis_changes_no_claim_and_no_assignment(tmp_path: Path) -> None:
    """Its words come to the card; whose lead it is stays."""
    late(tmp_path, 6)


@pytest.mark.slow
def test_a_hundred_late_analyses_change_no_claim_and_no_assignment(tmp_path: Path) -> None:
    """As above."""
    late(tmp_path, 100)
