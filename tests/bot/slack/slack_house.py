"""A bot in this process, from the stored message to what staff see: real store, pipeline, Slack side, workspace."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack.app import Connection
from bot.slack.side import SlackSide
from bot.status import gather
from bot.workspace import actions
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1
from bot.workspace.workspace import Workspace
from channels.mail.parser import ParserProcess
from enrichment.lead import Lead
from tests.enrichment.parts import Parts, raw

Json = dict[str, Any]
SETTLED_SECONDS = 60.0


@dataclass(frozen=True)
class SlackHouse:
    """The parts, running."""

    core: Core
    parts: Parts
    side: SlackSide
    workspace: Workspace

    def receive(self, *mails: bytes) -> None:
        """Store mails, as the channels do."""
        self.parts.messages.accept_many([raw(mail, self.parts.clock) for mail in mails])

    async def settle(self) -> None:
        """Read everything that waits, and see that all of it is shown."""
        until = time.monotonic() + SETTLED_SECONDS
        while time.monotonic() < until:
            waiting = await asyncio.to_thread(self._waiting)
            for message in waiting:
                await asyncio.to_thread(self.core.pipeline.run, message)
            self.side.wake()
            if not waiting and not await asyncio.to_thread(self.parts.views.lag, ("card", "thread", "batch")):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"not settled: {self.parts.views.trouble('card')}")

    def _waiting(self) -> list[int]:
        query = sa.text("SELECT id FROM messages WHERE state = 'in_progress' AND copy_of IS NULL ORDER BY id")
        with self.parts.engine.begin() as connection:
            return [int(row.id) for row in connection.execute(query)]

    def leads(self) -> list[Lead]:
        """All leads, oldest first."""
        with self.parts.engine.begin() as connection:
            ids = connection.execute(sa.text("SELECT id FROM leads WHERE revision > 0 ORDER BY id")).scalars().all()
        return [lead for lead in (self.parts.book.get(number) for number in ids) if lead is not None]

    async def type(self, text: str, user: str = STAFF_1) -> Json:
        """`/lead <text>`, of any length and with any characters; its ack and answers."""
        channel = self.workspace.store.channel(LEADS_CHANNEL)
        assert channel is not None
        return await actions.command(self.workspace, channel, user, "/lead", text)

    def card(self, lead_id: int) -> Json | None:
        """The lead's card, if it has one of its own."""
        for message in self.workspace.store.messages(LEADS_CHANNEL, -1):
            if message.thread_ts is None and str(message.body.get("text", "")).endswith(f"(L-{lead_id})"):
                return {"ts": message.ts, **message.body}
        return None


@contextlib.asynccontextmanager
async def slack_house(
    core: Core,
    parts: Parts,
    connection: Connection,
    settings: Settings,
    workspace: Workspace,
    *,
    door: socket.socket | None = None,
) -> AsyncIterator[SlackHouse]:
    """The house, its socket open, or its door (HTTP mode)."""
    store = core.store
    side = SlackSide(
        core,
        connection,
        settings,
        lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread")),
        door=door,
    )
    task = asyncio.create_task(side.run())
    try:
        await asyncio.wait_for(side.connected.wait(), 20)
        yield SlackHouse(core, parts, side, workspace)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        if isinstance(core.parser, ParserProcess):
            core.parser.close()
