"""What people see and do in the local workspace, and how a test looks at messages."""

from __future__ import annotations

import asyncio
import html
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx

from bot.slack.blocks import SlackMessage
from bot.workspace.block_kit import check_message
from bot.workspace.identity import BOT_USER_ID, LEADS_CHANNEL, STAFF_1
from bot.workspace.workspace import Workspace

T = TypeVar("T")
Json = dict[str, Any]


class Staff:
    """The people of a workspace, by its control API."""

    def __init__(self, client: httpx.AsyncClient, workspace: Workspace) -> None:
        self.client = client
        self.workspace = workspace

    async def messages(self) -> list[Json]:
        """Everything in the leads channel, roots and replies, oldest first."""
        found: list[Json] = (await self.client.get("/messages", params={"channel": "leads"})).json()["messages"]
        return [message for message in found if not message.get("ephemeral_to")]

    async def texts(self) -> list[str]:
        """The fallback texts, oldest first."""
        return [message["text"] for message in await self.messages()]

    async def roots(self) -> list[Json]:
        """The cards; what is left of a deleted one is none."""
        shown = [message for message in await self.messages() if message.get("subtype") != "tombstone"]
        return [message for message in shown if not message.get("thread_ts")]

    async def thread(self, ts: str) -> list[str]:
        """The fallback texts of the replies to a card."""
        return [message["text"] for message in await self.messages() if message.get("thread_ts") == ts]

    async def command(self, text: str, command: str = "/lead", channel: str = "leads") -> Json:
        """Type a slash command; its ack and its answers."""
        answer = await self.client.post("/command", json={"command": command, "text": text, "channel": channel})
        found: Json = answer.json()
        return found

    async def press(self, card: Json, action_id: str, user: str = STAFF_1, **choice: Any) -> Json:
        """Use a button or a menu of a message; what came of it."""
        where = {"message_ts": card["ts"], "channel": LEADS_CHANNEL}
        return await self._act("/click", {**where, "action_id": action_id, "user": user, **choice})

    async def press_in(self, view: Json, action_id: str, **choice: Any) -> Json:
        """Use a button of an open window."""
        where = {"view_id": view["id"], "user": view["user"]}
        return await self._act("/click", {**where, "action_id": action_id, **choice})

    async def submit(self, view: Json, **values: str) -> Json:
        """Send a window in; by field what was entered, each block having one field of its own name."""
        filled = {name: {name: value} for name, value in values.items()}
        return await self._act("/submit", {"view_id": view["id"], "user": view["user"], "values": filled})

    async def _act(self, path: str, body: Json) -> Json:
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def windows(self) -> list[Json]:
        """The open windows, oldest first."""
        found: list[Json] = (await self.client.get("/views")).json()["views"]
        return found

    def whispers(self, user: str) -> list[str]:
        """What this person alone was told in the leads channel, oldest first."""
        found = self.workspace.store.messages(LEADS_CHANNEL, -1)
        return [message.body["text"] for message in found if message.ephemeral_to == user]

    async def fault(self, method: str, kind: str, times: int = 1) -> None:
        """Make the next calls of a method fail."""
        answer = await self.client.post("/fault", json={"method": method, "kind": kind, "times": times})
        assert answer.status_code == 200, answer.text

    async def faults(self) -> list[Json]:
        """The faults that have not struck yet."""
        found: list[Json] = (await self.client.get("/faults")).json()["faults"]
        return found

    def delete(self, ts: str) -> None:
        """Delete a message, as an administrator of Slack may."""
        message = self.workspace.store.find(ts)
        assert message is not None
        channel = self.workspace.store.channel(message.channel)
        assert channel is not None
        self.workspace.delete(channel, message)

    def chat(self, count: int) -> None:
        """People write so many messages of their own."""
        channel = self.workspace.store.channel(LEADS_CHANNEL)
        assert channel is not None
        for number in range(count):
            self.workspace.post(channel, STAFF_1, {"text": f"chat {number}"})

    def posts(self) -> int:
        """How many messages of the bot lie in all channels."""
        store = self.workspace.store
        return sum(m.user == BOT_USER_ID for channel in store.channels() for m in store.messages(channel.id, -1))


async def until(look: Callable[[], Awaitable[T]], seconds: float = 8.0) -> T:
    """The first answer that is not empty."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.02)
    return found


def text_objects(value: object) -> Iterator[Json]:
    """Every text object in blocks, at any depth."""
    if isinstance(value, dict):
        if value.get("type") in {"plain_text", "mrkdwn"}:
            yield value
        for each in value.values():
            yield from text_objects(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from text_objects(each)


def read(message: SlackMessage) -> str:
    """What people read in the blocks, entities resolved."""
    return html.unescape("\n".join(each["text"] for each in text_objects(message.blocks)))


def assert_safe(message: SlackMessage) -> None:
    """Slack takes the message, and nothing in it but our own mrkdwn can ping, link or format."""
    assert check_message(json.loads(json.dumps(list(message.blocks)))) == []
    assert 0 < len(message.text) <= 4000
    assert_escaped(message.text)
    json.dumps([message.text, message.blocks], ensure_ascii=False).encode("utf-8")
    for each in text_objects(message.blocks):
        if each["type"] == "plain_text":
            assert each["text"].strip()
            assert each["emoji"] is False
            assert_escaped(each["text"])


def assert_escaped(text: str) -> None:
    """No control character of Slack's stands in the text, and every entity is whole."""
    assert "<" not in text
    assert ">" not in text
    for piece in text.split("&")[1:]:
        assert piece.startswith(("amp;", "lt;", "gt;")), piece[:20]
