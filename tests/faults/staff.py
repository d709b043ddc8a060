"""Staff who press buttons while the bot breaks: what they were answered must have happened, and only once."""

from __future__ import annotations

import contextlib
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from bot.slack.batch_card import OPEN
from bot.slack.buttons import CLAIM, LOST
from bot.slack.listeners import ANSWER_SECONDS
from bot.slack.modals_outcome import REASON

_CARD = re.compile(r"\(L-(\d+)\)$")
# Told to somebody whose press did nothing, or came second.
_TROUBLE = re.compile(r"did not work|please try again|has a card of its own")
_OPEN = re.compile(rf"{OPEN}:(\d+)")
# What can be done, and what the lead is then.
STATUSES = {"claimed": "claimed", "closed": "lost", "opened": "open"}
USERS = ("U0STAFF1", "U0STAFF2")
# Whoever sees an error presses again.
PRESSES = 6
PAUSE = 0.5
LOOKED_AT = 60


@dataclass
class Deed:
    """One thing that somebody does with a lead that nobody else touches. answered: Slack was told that it is done.

    ts: of the card, or of the list that it is opened from. status: what the lead is from then on.
    """

    lead_id: int
    ts: str
    user: str
    action: str
    status: str
    answered: bool = False
    presses: int = 0

    @property
    def button(self) -> str:
        """The action id of its button."""
        return {"claimed": CLAIM, "closed": LOST}.get(self.action, f"{OPEN}:{self.lead_id}")

    @property
    def words(self) -> str:
        """It, in words."""
        return f"that {self.user} {self.action} L-{self.lead_id} (pressed {self.presses} times)"


class Staff:
    """Two people at the local workspace."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._chance = random.Random(f"staff {seed}")
        self.deeds: list[Deed] = []
        self._touched: set[int] = set()
        self._threads: list[threading.Thread] = []

    def act(self, action: str = "") -> bool:
        """Have somebody claim or close a lead that is shown, or open it from a list; False when there is none.

        action: which of STATUSES, if that can be done; any when empty.
        """
        user, any_action = self._chance.choice(USERS), self._chance.choice(tuple(STATUSES))
        action = action or any_action
        found = [deed for deed in self._possible(user) if deed.lead_id not in self._touched]
        wanted = [deed for deed in found if deed.action == action] or found
        if not wanted:
            return False
        deed = self._chance.choice(wanted)
        self._touched.add(deed.lead_id)
        self.deeds.append(deed)
        thread = threading.Thread(target=self._do, args=(deed,), daemon=True)
        thread.start()
        self._threads.append(thread)
        return True

    def join(self) -> None:
        """Wait until everybody has done what they wanted to, or given up."""
        for thread in self._threads:
            thread.join(PRESSES * 60)

    def _possible(self, user: str) -> Iterator[Deed]:
        """What can be done with the newest messages."""
        answer = httpx.get(f"{self._url}/control/messages", params={"channel": "leads", "limit": LOOKED_AT}, timeout=30)
        for message in answer.json()["messages"]:
            buttons = {element.get("action_id", "") for block in message["blocks"] for element in _elements(block)}
            match = _CARD.search(message["text"])
            if match and CLAIM in buttons:
                for action in ("claimed", "closed"):
                    yield Deed(int(match[1]), message["ts"], user, action, STATUSES[action])
            for button in buttons:
                if row := _OPEN.fullmatch(button):
                    yield Deed(int(row[1]), message["ts"], user, "opened", STATUSES["opened"])

    def _do(self, deed: Deed) -> None:
        stopped = threading.Event()
        while deed.presses < PRESSES and not deed.answered:
            deed.presses += 1
            with contextlib.suppress(httpx.HTTPError, LookupError):
                deed.answered = self._close(deed) if deed.action == "closed" else self._press(deed, deed.button)
            if not deed.answered:
                stopped.wait(PAUSE)

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self._url}/control/{path}", json=body, timeout=40)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _press(self, deed: Deed, action_id: str) -> bool:
        """Whether Slack had the ack of what is done, and nobody was told of trouble.

        An ack that comes later says only that the press has arrived.
        """
        told = self._post("click", message_ts=deed.ts, channel="leads", action_id=action_id, user=deed.user)
        done = "error" not in told and told["ack_seconds"] < ANSWER_SECONDS
        return done and not any(_TROUBLE.search(answer["text"]) for answer in told["responses"])

    def _close(self, deed: Deed) -> bool:
        """Fill in the window: the lead is lost, and why."""
        if not self._press(deed, LOST):
            return False
        views = httpx.get(f"{self._url}/control/views", timeout=30).json()["views"]
        mine = [v for v in views if v["user"] == deed.user and f"L-{deed.lead_id}" in v["title"]["text"].split()]
        if not mine:
            return False
        values = {REASON: {REASON: "price"}}
        told = self._post("submit", view_id=mine[-1]["id"], user=deed.user, values=values)
        ack = told.get("ack") or {}
        return "error" not in told and ack.get("response_action") != "errors"


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
