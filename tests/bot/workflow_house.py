"""The workflows on a database of their own, in this process or in one that is killed.

Run as a program it dispatches what waits and then hangs in the first messages until it is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.workflow import Workflows
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.errors import RetryLater
from enrichment.models import MessageState, ParsedMessage
from tests.enrichment.house import InProcess, build
from tests.enrichment.parts import ExactIndex, Parts, SetClock, WordVectors

PATIENCE = 20.0
DAY = "2026-11-20"


class ScriptedParser(InProcess):
    """The real parser, but for contents that must fail or hang."""

    def __init__(self) -> None:
        self.parsed: list[bytes] = []
        self.hang = False

    def parse(self, content: bytes) -> ParsedMessage:
        """The facts; raises at a poisonous mail."""
        self.parsed.append(content)
        if self.hang:
            time.sleep(3600)
        if b"poison" in content:
            raise ValueError("this mail breaks the parser")
        return super().parse(content)


class Works:
    """The workflows and all they stand on."""

    def __init__(self, parts: Parts, version: str = "1") -> None:
        self.parts = parts
        self.parser = ScriptedParser()
        self.ended: list[object] = []
        self.digests: list[str] = []
        self.digest_fails = 0
        self.digest_hangs = False
        self.flows = Workflows(
            parts.engine,
            parts.messages,
            build(parts, WordVectors(), ExactIndex(), self.parser),
            version=version,
            executor="local",
            ended=self.ended.append,
            digest=self._digest,
        )

    def _digest(self, date: str) -> None:
        self.digests.append(date)
        while self.digest_hangs:
            time.sleep(0.05)
        if self.digest_fails:
            self.digest_fails -= 1
            raise RetryLater("Slack did not answer")

    def digest_ids(self, date: str) -> dict[str, str]:
        """The workflows of this date's digest, with their states."""
        schema = "dbos." if self.parts.engine.dialect.name == "postgresql" else ""
        query = sa.text(f"SELECT workflow_uuid, status FROM {schema}workflow_status WHERE workflow_uuid LIKE :name")
        with self.parts.database.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query, {"name": f"digest:{date}%"})}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Works]:
        """At work inside the block."""
        await self.flows.launch()
        try:
            yield self
        finally:
            with ThreadPoolExecutor(1) as own:
                await asyncio.get_running_loop().run_in_executor(own, self.flows.close)
            # DBOS shuts the loop's own pool down.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    def flows_of(self, *message_ids: int, status: str | None = None) -> list[str]:
        """The ids of the workflows of these messages, those in this state."""
        return [flow for flow in flows(self.parts, status) if int(flow.split(":")[1]) in message_ids]

    def all_in(self, state: MessageState, message_ids: Iterable[int]) -> bool:
        """Whether these messages are in this state."""
        return all(self.parts.state(message_id) == state for message_id in message_ids)

    async def until(self, reached: Callable[[], object]) -> None:
        """Dispatch and let time pass until it is so; fails after PATIENCE seconds."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                await asyncio.to_thread(self.flows.dispatch)
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def works(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Works]:
    """Workflows at work: DBOS is one for a process, and takes seconds to start and stop."""
    file = tmp_path_factory.mktemp("workflow") / "leadbot.db"
    shutil.copy(migrated_file, file)
    engine = make_engine(f"sqlite:///{file}")
    async with Works(Parts(Database(engine), SetClock())).running() as at_work:
        yield at_work
    engine.dispose()


def flows(parts: Parts, status: str | None = None) -> list[str]:
    """The ids of the workflows of messages that DBOS knows, those in this state."""
    schema = "dbos." if parts.engine.dialect.name == "postgresql" else ""
    query = sa.text(
        f"SELECT workflow_uuid FROM {schema}workflow_status "
        "WHERE workflow_uuid LIKE 'message:%' AND status = coalesce(:status, status) ORDER BY created_at, 1"
    )
    with parts.database.begin() as connection:
        return list(connection.execute(query, {"status": status}).scalars())


async def hang(file: Path, version: str) -> None:
    """Dispatch, say so, and never end."""
    works = Works(Parts(Database(make_engine(f"sqlite:///{file}")), SetClock()), version)
    works.parser.hang = works.digest_hangs = True
    await works.flows.launch()
    await works.flows.start_digest(DAY)
    works.flows.dispatch()
    while len(works.parser.parsed) < 2 or not works.digests:  # noqa: ASYNC110 - the parser's thread has no event of this loop
        await asyncio.sleep(0.02)
    print("hanging", flush=True)  # noqa: T201 - read by the test
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(hang(Path(sys.argv[1]), sys.argv[2]))
