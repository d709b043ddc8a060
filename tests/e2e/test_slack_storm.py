"""Two people at once, and a model that answers late: what staff did stands."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import httpx
import pytest
from fastapi import Request, Response

from bot.slack import buttons, modals_edit
from tests.benchmarks.load import open_store
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


class Held:
    """A model that keeps each answer back until it is told that staff have acted on that lead."""

    def __init__(self) -> None:
        self.asked: dict[int, Event] = {}

    async def answer(self, request: Request, body: Json) -> Response:
        """A step of the scripted server."""
        found = re.search(r"Number (\d+):", json.dumps(body))
        assert found is not None
        free = self.asked.setdefault(int(found[1]), Event())
        assert await asyncio.to_thread(free.wait, 60)
        return await ok()(request, body)

    def next(self) -> int | None:
        """A lead that the model has before it now."""
        return next((number for number, free in list(self.asked.items()) if not free.is_set()), None)


class Acting:
    """Staff who do one thing to each lead. done: by lead, what must be true of it from then on."""

    def __init__(self, bot: RunningBot) -> None:
        self._bot = bot
        self.done: dict[str, Json] = {}

    def act(self, number: int) -> None:
        """Claim, assign or edit the lead of this mail."""
        lead = _of(self._bot, f"subject = 'Brakes {number}'")
        user, name = list(STAFF.items())[number % 2]
        if number % 3 == 2:
            self._edit(lead, f"Put Right {number}", "77")
            self.done[lead] = {"status": "open", "name": f"Put Right {number}", "urgency": 77}
            return
        text = f"claim {lead}" if number % 3 else f"assign {lead} <@{user}>"
        self._do("command", command="/lead", text=text, user=user, channel="leads")
        self.done[lead] = {"status": "claimed", "by": name}

    def _do(self, path: str, **body: Any) -> Json:
        answer = httpx.post(f"{self._bot.workspace}/control/{path}", json=body, timeout=30)
        answer.raise_for_status()
        told: Json = answer.json()
        return told

    def _edit(self, lead: str, name: str, urgency: str) -> None:
        """As staff do: Why This Urgency?, Edit, Save."""
        card = next(card for card in self._bot.cards() if card["text"].endswith(f"({lead})"))
        option = f"{buttons.WHY}:{lead.removeprefix('L-')}"
        where = {"message_ts": card["ts"], "channel": "leads", "user": "U0STAFF1"}
        self._do("click", **where, action_id=buttons.MORE, selected_option=option)
        view = self._bot.wait_for(self._window)
        self._do("click", view_id=view["id"], user="U0STAFF1", action_id=buttons.EDIT)
        self._bot.wait_for(lambda: (self._window() or {}).get("callback_id") == modals_edit.EDIT_FORM)
        values = {field: {field: typed} for field, typed in ((modals_edit.NAME, name), (modals_edit.URGENCY, urgency))}
        self._do("submit", view_id=view["id"], user="U0STAFF1", values=values)
        self._bot.wait_for(lambda: _of(self._bot, f"edits LIKE '%{name}%'"))

    def _window(self) -> Json | None:
        """The newest."""
        views: list[Json] = httpx.get(f"{self._bot.workspace}/control/views", timeout=30).json()["views"]
        return views[-1] if views else None


def _of(bot: RunningBot, where: str) -> str:
    """The label of the one lead of which this is true, empty when there is none."""
    with open_store(bot) as store:
        found = store.execute(f"SELECT id FROM leads WHERE {where}").fetchall()
    return f"L-{found[0][0]}" if len(found) == 1 else ""


def late(tmp_path: Path, count: int) -> None:
    """The model is asked, staff act, then the model answers: each lead is analysed, and as they left it."""
    held = Held()
    with serving() as ollama:
        ollama.otherwise = held.answer
        with running_bot(tmp_path, OLLAMA_BASE_URL=ollama.url, LEADBOT_SLACK_PER_SECOND="50") as bot:
            staff = Acting(bot)
            bot.send(*(urgent(number) for number in range(count)))
            bot.wait_for(lambda: len(bot.cards()) >= count, 120)
            for _ in range(count):
                number = bot.wait_for(lambda: None if (found := held.next()) is None else (found,))[0]
                staff.act(number)
                held.asked[number].set()
            bot.wait_for(lambda: _analysed(bot) == count, 60)
            bot.settled(120)
            assert_kept(bot, staff.done)


def _analysed(bot: RunningBot) -> int:
    with open_store(bot) as store:
        found: int = store.execute("SELECT count(*) FROM leads WHERE analysis IS NOT NULL").fetchone()[0]
        return found


def assert_kept(bot: RunningBot, done: dict[str, Json]) -> None:
    """Leads and cards say what staff did last."""
    assert len(done) == len(bot.leads())
    cards = {card["text"].rpartition("(")[2].rstrip(")"): card["text"] for card in bot.cards()}
    for lead in bot.leads():
        kept = done[lead["id"]]
        assert lead["status"] == kept["status"]
        if "by" in kept:
            assert f"Claimed by {kept['by']}" in cards[lead["id"]]
        else:
            assert (lead["contact"]["name"], lead["urgency"]) == (kept["name"], kept["urgency"])
            assert f" {kept['urgency']} " in cards[lead["id"]]
            assert kept["name"] in cards[lead["id"]]


def test_a_late_analysis_changes_no_claim_no_assignment_and_no_edit(tmp_path: Path) -> None:
    """Its words come to the card; whose lead it is, and what staff put right, stays."""
    late(tmp_path, 6)


@pytest.mark.slow
def test_a_hundred_late_analyses_change_no_claim_no_assignment_and_no_edit(tmp_path: Path) -> None:
    """As above."""
    late(tmp_path, 100)
