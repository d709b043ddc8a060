"""Durable workflows: one for each message and attempt. The only module that knows DBOS.

Only ids pass through DBOS, as JSON: its rows outlive an erasure. An id that has ended never runs again, so it carries
the attempt (`message:<row>:<attempt>`) or the slot (`digest:<date>`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from enrichment.adapters.store.messages import Messages
from enrichment.errors import LeadbotError
from enrichment.models import MessageState
from enrichment.pipeline import Pipeline, StageError

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)

QUEUE = "messages"
# More than two would only wait for the two cores; four hide the waits for the disk and the parser.
CONCURRENCY = 4
POLLING_SECONDS = 0.1
BATCH = 100
KEEP = dt.timedelta(days=7)
# Databases limit the parameters of a statement, and a backlog may be any size.
AT_ONCE = 1000
_ALIVE = ("PENDING", "ENQUEUED", "DELAYED")


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

    async def launch(self) -> None:
        """Start DBOS on the running loop and take up what was left unfinished."""
        url = self._engine.url.render_as_string(hide_password=False)
        serializer = DBOSPortableJSONSerializer()
        config = DBOSConfig(
            name="leadbot",
            system_database_url=url,
            system_database_engine=self._engine,
            application_version=self._version,
            executor_id=self._executor,
            serializer=serializer,
            log_level="WARNING",
            enable_otlp=False,
        )
        DBOS(config=config)
        logging.getLogger("dbos").propagate = False
        self._register()
        DBOS.launch()
        await DBOS.register_queue_async(QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLLING_SECONDS)
        self._client = DBOSClient(system_database_url=url, system_database_engine=self._engine, serializer=serializer)
        await self._abandon_other_versions()

    def _register(self) -> None:
        message = functools.partial(run_message, self._pipeline, self._messages, self._ended)
        self._run_message = DBOS.workflow(name="message")(_named(message, "message"))
        self._run_digest = DBOS.workflow(name="digest")(_named(self._digest, "digest"))

    def dispatch(self) -> int:
        """Enqueue what waits, in the transaction that marks it; how many messages. Blocking."""
        total = 0
        while count := self._messages.dispatch(BATCH, self._enqueue):
            total += count
            if count < BATCH:
                break
        return total

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
        expected = await asyncio.to_thread(self._messages.dispatched)
        count = 0
        for start in range(0, len(expected), AT_ONCE):
            count += await self._rescue({_flow_id(*pair): pair for pair in expected[start : start + AT_ONCE]})
        if count:
            log.warning("messages dispatched anew", count=count)
        return count

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

        def start() -> None:
            with SetWorkflowID(f"digest:{date}"):
                DBOS.start_workflow(self._run_digest, date)

        await asyncio.to_thread(start)

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
