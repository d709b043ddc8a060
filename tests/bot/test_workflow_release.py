"""Workflows whose end could not be written, as on a full disk, are given up; their messages go on."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from enrichment.errors import RetryLater
from enrichment.models import MessageState
from tests.bot import workflow_house
from tests.bot.workflow_house import DAY, Works
from tests.enrichment import fixtures
from tests.enrichment.house import mail

# The core's own fixtures; this folder's conftest has others by some of the names.
migrated_file = fixtures.migrated_file
works = workflow_house.works

pytestmark = pytest.mark.asyncio(loop_scope="module")


def unwritten(works: Works, flow: str) -> None:
    """As if the workflow's end had not been written."""
    with works.parts.engine.begin() as connection:
        pending = "UPDATE workflow_status SET status = 'PENDING', completed_at = NULL WHERE workflow_uuid = :flow"
        assert connection.execute(sa.text(pending), {"flow": flow}).rowcount == 1


def full(*_: object, **__: object) -> MessageState:
    """What a full disk does to every write."""
    raise RetryLater("the database is not available now: database or disk is full")


async def test_what_is_not_running_is_given_up_at_the_second_look(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is dispatched again, and its place in the queue is free; what does run is left alone."""
    works.digest_hangs = True
    await works.flows.start_digest(DAY)
    message_id = works.parts.accept(mail("ann@example.com", "My brakes grind."))
    with monkeypatch.context() as broken:
        broken.setattr(works.parts.messages, "get", full)
        broken.setattr(works.parts.messages, "fail", full)
        await works.until(lambda: works.flows_of(message_id, status="ERROR"))
    unwritten(works, f"message:{message_id}:1")
    assert await works.flows.rescue() == 0
    assert await works.flows.rescue() == 1
    assert works.flows_of(message_id, status="PENDING") == []
    await works.until(lambda: works.all_in(MessageState.LEAD, [message_id]))
    assert works.digest_ids(DAY) == {f"digest:{DAY}": "PENDING"}
    works.digest_hangs = False
    await works.until(lambda: works.digest_ids(DAY) == {f"digest:{DAY}": "SUCCESS"})
