"""Durable workflows: one for each message and attempt. The only module that knows DBOS.

Only ids pass through DBOS, as JSON: its rows outlive an erasure. An id that has ended never runs again, so it carries
the attempt (`message:<row>:<attempt>`) or the slot (`digest:<date>`, then `digest:<date>:<attempt>`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from bot.ahead import Ahead
from enrichment.adapters.store.engine import passing
from enrichment.adapters.store.messages import Messages
from enrichment.errors import LeadbotError
from enrichment.models import MessageState
from enrichment.pipeline import Pipeline, StageError

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)

QUEUE = "messages"
# How many DBOS hands over at a look; it looks so seldom that fewer would be done before it looks again.
CONCURRENCY = 16
# How many are worked on: eight hide the waits for the disk, the parser and each other's turn to write (four: a seventh
# fewer leads a second on two cores).
AT_WORK = 8
# How many are in DBOS's hands; of a flood the rest waits as rows, and is neither listed nor looked after.
AHEAD = 1500
POLLING_SECONDS = 0.1
BATCH = 100
KEEP = dt.timedelta(days=7)
# Databases limit the parameters of a statement, and a backlog may be any size.
AT_ONCE = 1000
_ALIVE = ("PENDING", "ENQUEUED", "DELAYED")
_FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
# A digest that failed is tried again after so long, then after twice that, and so on.
DIGEST_AGAIN, DIGEST_SLOWEST = 30.0, 1800.0


class Workflows:
    """Runs messages through the pipeline so that a crash at any moment only means: again.

    version: unfinished workflows of another version are given up and their messages dispatched anew.
    executor: this worker's name; it takes its own unfinished work up again after a crash.
    ended: called (in a worker thread) after a message has ended or failed.
    """

    def __init__(
        self,
        engine: sa.Engine,
        messages: Messages,
        pipeline: Pipeline,
        *,
        version: str,
        executor: str,
        ended: Callable[[MessageState | None], None],
        digest: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._messages = messages
        self._pipeline = pipeline
        self._version = version
        self._executor = executor
        self._ended = ended
        self._digest = digest
        self._client: DBOSClient | None = None
        self._places = threading.BoundedSemaphore(AT_WORK)
        self._ahead = Ahead()
        self._running: set[str] = set()
        self._idle: set[str] = set()

    async def launch(self) -> None:
        """Start DBOS on the running loop and take up what was left unfinished."""
        url = self._engine.url.render_as_string(hide_password=False)
        serializer = DBOSPortableJSONSerializer()
        config = DBOSConfig(
            name="leadbot",
            system_database_url=url,
            system_database_engine=passing(self._engine),
            application_version=self._version,
            executor_id=self._executor,
            serializer=serializer,
            log_level="WARNING",
            enable_otlp=False,
        )
        DBOS(config=config)
        _through_our_logs()
        self._register()
        DBOS.launch()
        await DBOS.register_queue_async(QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLLING_SECONDS)
        self._client = DBOSClient(system_database_url=url, system_database_engine=self._engine, serializer=serializer)
        await self._abandon_other_versions()

    def _register(self) -> None:
        def message(message_id: int, attempt: int) -> str | None:
            with self._places:
                return run_message(self._pipeline, self._messages, self._message_ended, message_id, attempt)

        self._run_message = DBOS.workflow(name="message")(self._noted(message, "message"))
        self._run_digest = DBOS.workflow(name="digest")(self._noted(self._digest, "digest"))

    def _noted(self, function: Callable[P, R], name: str) -> Callable[P, R]:
        """The function under a name of its own, remembered while it runs."""

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            flow = str(DBOS.workflow_id)
            self._running.add(flow)
            try:
                return function(*args, **kwargs)
            finally:
                self._running.discard(flow)

        return _named(call, name)

    def dispatch(self) -> int:
        """Enqueue what waits, as far as AHEAD goes, in the transaction that marks it; how many messages. Blocking."""
        total = 0
        while (size := min(BATCH, AHEAD - self._ahead.count)) > 0:
            count = self._messages.dispatch(size, self._enqueue)
            self._ahead.add(count)
            total += count
            if count < size:
                break
        return total

    def _message_ended(self, state: MessageState | None) -> None:
        self._ahead.add(-1)
        self._ended(state)

    def _enqueue(self, connection: sa.Connection, message_id: int, attempt: int) -> None:
        assert self._client is not None  # noqa: S101 - dispatch runs after launch
        options: Any = {
            "queue_name": QUEUE,
            "workflow_name": "message",
            "workflow_id": _flow_id(message_id, attempt),
            "app_version": self._version,
        }
        self._client.enqueue_in_transaction(connection, options, message_id, attempt)

    async def rescue(self) -> int:
        """Dispatch anew what no living workflow is working on any more; how many messages that was."""
        await self._release()
        expected = await asyncio.to_thread(self._messages.dispatched)
        self._ahead.count = len(expected)
        count = 0
        for start in range(0, len(expected), AT_ONCE):
            count += await self._rescue({_flow_id(*pair): pair for pair in expected[start : start + AT_ONCE]})
        if count:
            log.warning("messages dispatched anew", count=count)
        return count

    async def _release(self) -> None:
        """Cancel what DBOS takes for running here and is not: its end could not be written, as on a full disk.

        Such a workflow would hold its message, and its place in the queue, until a restart. One that is found so twice
        is between two states no longer; a message's next attempt does no harm to one that ends after all.
        """
        found = await DBOS.list_workflows_async(
            status="PENDING", executor_id=self._executor, load_input=False, load_output=False
        )
        idle = {flow.workflow_id for flow in found if flow.workflow_id not in self._running}
        stuck, self._idle = sorted(idle & self._idle), idle
        for start in range(0, len(stuck), AT_ONCE):
            await DBOS.cancel_workflows_async(stuck[start : start + AT_ONCE])
        if stuck:
            log.warning("workflows whose end could not be written were given up", count=len(stuck))

    async def _rescue(self, expected: dict[str, tuple[int, int]]) -> int:
        found = await DBOS.list_workflows_async(workflow_ids=list(expected), load_input=False, load_output=False)
        alive = {flow.workflow_id for flow in found if flow.status in _ALIVE}
        lost = [pair for name, pair in expected.items() if name not in alive]
        for row, attempt in lost:
            await asyncio.to_thread(self._messages.redispatch, row, attempt)
        return len(lost)

    async def _abandon_other_versions(self) -> None:
        found = await DBOS.list_workflows_async(status=list(_ALIVE), load_input=False, load_output=False)
        stale = [flow.workflow_id for flow in found if flow.app_version != self._version]
        for start in range(0, len(stale), AT_ONCE):
            await DBOS.cancel_workflows_async(stale[start : start + AT_ONCE])

    async def start_digest(self, date: str) -> None:
        """Post the digest of this date (YYYY-MM-DD) once, whoever asks for it how often."""
        await self._begin_digest(date, f"digest:{date}")

    async def _begin_digest(self, date: str, name: str) -> None:
        def start() -> None:
            with SetWorkflowID(name):
                DBOS.start_workflow(self._run_digest, date)

        await asyncio.to_thread(start)

    async def resume_digest(self, date: str) -> None:
        """Begin the digest of this date again when it was begun and an upgrade or a failure ended it.

        What it has posted already is found again under its key, so that nothing is said twice.
        """
        tried = await DBOS.list_workflows_async(
            workflow_id_prefix=f"digest:{date}", load_input=False, load_output=False
        )
        states = {flow.status for flow in tried}
        if not tried or states & {"SUCCESS", *_ALIVE}:
            return
        failures = sum(flow.status in _FAILED for flow in tried)
        wait = min(DIGEST_AGAIN * 2 ** (failures - 1), DIGEST_SLOWEST) if failures else 0.0
        ended = max(flow.completed_at or flow.updated_at or 0 for flow in tried) / 1000
        # A clock that was set back makes nobody wait for longer.
        if not 0 <= time.time() - ended < wait:
            await self._begin_digest(date, f"digest:{date}:{len(tried) + 1}")

    async def forget_old(self, now: dt.datetime) -> None:
        """Delete what DBOS keeps of workflows that ended long ago."""
        before = (now - KEEP).isoformat()
        while ended := await DBOS.list_workflows_async(
            completed_before=before,
            status=["SUCCESS", "ERROR", "CANCELLED"],
            limit=AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            await DBOS.delete_workflows_async([flow.workflow_id for flow in ended])

    def close(self) -> None:
        """Stop taking work; what runs is taken up again at the next start. Blocking, about a second."""
        if self._client is not None:
            self._client.destroy()
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=5)


def _through_our_logs() -> None:
    """Take DBOS's own handler away: it writes whatever an exception says, past our masks."""
    theirs = logging.getLogger("dbos")
    theirs.handlers.clear()
    theirs.propagate = True


def _flow_id(message_id: int, attempt: int) -> str:
    return f"message:{message_id}:{attempt}"


def run_message(
    pipeline: Pipeline,
    messages: Messages,
    ended: Callable[[MessageState | None], None],
    message_id: int,
    attempt: int,
) -> str | None:
    """The workflow's body: the pipeline, and what its failure means. Safe to run again at any point."""
    try:
        state = pipeline.run(message_id)
    except StageError as error:
        state = messages.fail(message_id, attempt, error.stage, str(error), blame=error.blame)
        log.warning("message failed", message=message_id, attempt=attempt, stage=error.stage, error=str(error)[:300])
    except LeadbotError as error:
        # Not even the message could be read: our trouble, never its fault.
        state = messages.fail(message_id, attempt, "load", str(error), blame=False)
    except Exception as error:  # a row that makes no sense: without this it would be tried for ever, and nobody told
        log.exception("message cannot be loaded", message=message_id, attempt=attempt)
        state = messages.fail(message_id, attempt, "load", type(error).__name__, blame=True)
    ended(state)
    return None if state is None else state.value


def _named(function: Callable[P, R], name: str) -> Callable[P, R]:
    """DBOS registers a function by its qualified name, which a partial or bound method has not."""

    @functools.wraps(function, assigned=())
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    return call
