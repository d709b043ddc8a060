"""Durable workflows over a kill, an upgrade and on PostgreSQL: an instance for each test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import DBOS

from enrichment.models import MessageState
from tests.bot.workflow_house import DAY, Works, flows
from tests.enrichment import fixtures
from tests.enrichment.house import mail
from tests.enrichment.parts import Parts

# The core's own fixtures; this folder's conftest has others by some of the names.
migrated_file = fixtures.migrated_file
migrated_postgres = fixtures.migrated_postgres
postgres_parts = fixtures.postgres_parts
sqlite_parts = fixtures.sqlite_parts


ROOT = Path(__file__).parent.parent.parent
IDS = range(1, 8)


def killed(parts: Parts, version: str) -> None:
    """Accept seven messages and have them dispatched by a process that is killed while it works on them."""
    for number in IDS:
        parts.accept(mail(f"c{number}@example.com"))
    command = [sys.executable, "-m", "tests.bot.workflow_house", str(parts.engine.url.database), version]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"hanging\n"
        finally:
            process.kill()
    assert len(flows(parts, "PENDING")) >= 2
    assert len(flows(parts)) == 7


async def test_a_killed_worker_finishes_its_work_after_the_restart(sqlite_parts: Parts) -> None:
    """What it was working on and what still waited in the queue: all done, each once, under the same attempt."""
    killed(sqlite_parts, "1")
    async with Works(sqlite_parts, "1").running() as works:
        assert await works.flows.rescue() == 0
        await works.until(lambda: works.all_in(MessageState.LEAD, IDS))
        await works.until(lambda: len(flows(sqlite_parts, "SUCCESS")) == 7)
    assert sorted(flows(sqlite_parts)) == [f"message:{number}:1" for number in IDS]
    assert sqlite_parts.scalar("SELECT count(*) FROM leads") == 7


async def test_another_version_takes_over_what_was_left(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade the old version's workflows are given up and their messages dispatched as the next attempt."""
    monkeypatch.setattr("bot.workflow.AT_ONCE", 3)
    killed(sqlite_parts, "1")
    async with Works(sqlite_parts, "2").running() as works:
        assert sorted(flows(sqlite_parts, "CANCELLED")) == [f"message:{number}:1" for number in IDS]
        assert await works.flows.rescue() == 7
        await works.until(lambda: works.all_in(MessageState.LEAD, IDS))
        await works.until(lambda: len(flows(sqlite_parts, "SUCCESS")) == 7)
    assert sorted(flows(sqlite_parts, "SUCCESS")) == [f"message:{number}:2" for number in IDS]
    assert sqlite_parts.scalar("SELECT count(*) FROM leads") == 7


async def test_a_digest_that_an_upgrade_cut_off_is_posted_by_the_new_version(sqlite_parts: Parts) -> None:
    """Under the next id, once; by the same version it is simply taken up again."""
    killed(sqlite_parts, "1")
    async with Works(sqlite_parts, "2").running() as works:
        assert works.digest_ids(DAY) == {f"digest:{DAY}": "CANCELLED"}
        await works.flows.start_digest(DAY)
        assert works.digests == []
        for _ in range(2):
            await works.flows.resume_digest(DAY)
        await works.until(lambda: works.digest_ids(DAY).get(f"digest:{DAY}:2") == "SUCCESS")
        await works.flows.resume_digest(DAY)
        assert len(works.digest_ids(DAY)) == 2
        assert works.digests == [DAY]


async def test_workflows_run_on_postgresql(postgres_parts: Parts) -> None:
    """The queue's tables lie beside ours and share the transaction of the dispatch."""
    with postgres_parts.database.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS dbos CASCADE"))
    ids = [postgres_parts.accept(mail(f"c{number}@example.com")) for number in range(3)]
    async with Works(postgres_parts).running() as works:
        await works.until(lambda: works.all_in(MessageState.LEAD, ids))
        assert sorted(works.flows_of(*ids)) == [f"message:{number}:1" for number in ids]


async def test_closing_leaves_nothing_behind(sqlite_parts: Parts) -> None:
    """No instance, so that the next start in this process is a first one; and closing before the start is harmless."""
    works = Works(sqlite_parts)
    works.flows.close()
    async with works.running():
        assert await DBOS.list_workflows_async() == []
    with pytest.raises(Exception, match="DBOS"):
        await DBOS.list_workflows_async()
