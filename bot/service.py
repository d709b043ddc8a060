"""The running bot: its parts started in order, kept alive, and stopped in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

import bot
from bot import checks, control, folder, health, local_workspace, schedule
from bot.bootstrap import Core, build_core, open_embedder, open_index, open_store
from bot.settings import Settings
from bot.slack.app import Connection
from bot.slack.side import SlackSide
from bot.status import Status, gather
from bot.web import WebServer, bind_tcp
from bot.workflow import Workflows
from bot.workspace import identity as local_identity
from channels.mail.parser import ParserProcess
from channels.mail.smtp import SmtpChannel
from enrichment.adapters.index_target import IndexTarget
from enrichment.errors import LeadbotError, StartupError
from enrichment.intake import Intake
from enrichment.models import MessageState
from enrichment.reconcile import Reconciler

log = structlog.get_logger(__name__)

SLACK_PATIENCE = 10.0
DIGEST_PATIENCE = 600.0


@dataclass(frozen=True)
class Ready:
    """Where the running bot can be reached; workspace is empty when it talks to Slack itself.

    slack_trouble: why Slack cannot be reached yet, empty when it can.
    """

    smtp: str
    workspace: str
    http: str
    slack_trouble: str = ""


Announce = Callable[[Ready], None]


class Service:
    """One bot with everything in one process but the local workspace."""

    def __init__(self, settings: Settings, core: Core, connection: Connection, smtp: socket.socket) -> None:
        self._settings = settings
        self._core = core
        self.search = core.search
        store = core.store
        self._loop = asyncio.get_running_loop()
        self._waiting = asyncio.Event()
        self._intake = Intake(store.messages, self._waiting.set)
        self.smtp = SmtpChannel(
            self._intake,
            store.clock,
            listening=smtp,
            recipients=settings.recipients,
            max_bytes=settings.smtp_max_bytes,
        )
        self.slack = SlackSide(core, connection, settings, self.status)
        self._index = Reconciler(IndexTarget(core.leads, core.index, core.embedder), store.views, settings.worker)
        self._workflows = Workflows(
            store.engine,
            store.messages,
            core.pipeline,
            version=bot.__version__,
            executor=settings.worker,
            ended=self._ended,
            digest=self._digest,
        )
        self._tasks: list[asyncio.Task[Any]] = []

    def status(self) -> Status:
        """The state of everything; blocking."""
        store = self._core.store
        return gather(store.ledger, store.book, store.views, running=True)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything at work inside the block."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._cancel_tasks)
            await self._workflows.launch()
            stack.push_async_callback(self._close_workflows)
            await self._workflows.rescue()
            self._begin(self._dispatch(), "dispatcher")
            self._begin(self._index.run(), "index")
            self._begin(self.slack.run(), "slack")
            scheduler = self._scheduler()
            scheduler.start()
            stack.callback(scheduler.shutdown, wait=False)
            await self.smtp.start()
            stack.push_async_callback(self._intake.drain)
            stack.push_async_callback(self.smtp.stop)
            self._wake()
            yield

    async def _close_workflows(self) -> None:
        with ThreadPoolExecutor(1) as own:
            await self._loop.run_in_executor(own, self._workflows.close)
        # DBOS shuts down the loop's thread pool with itself; what is closed after it needs one.
        self._loop.set_default_executor(ThreadPoolExecutor())

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _cancel_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def failed(self) -> None:
        """Return never, or raise what ended one of the loops that must not end."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task

    def _scheduler(self) -> Any:
        async def tick() -> None:
            self._wake()

        async def rescue() -> None:
            await self._workflows.rescue()
            self._waiting.set()

        async def clean() -> None:
            await self._workflows.forget_old(self._core.store.clock.now())

        async def digest() -> None:
            today = datetime.now(ZoneInfo(self._settings.timezone)).date()
            await self._workflows.start_digest(today.isoformat())

        return schedule.build(
            tick=tick,
            rescue=rescue,
            clean=clean,
            digest=digest,
            digest_time=self._settings.digest_time,
            timezone=self._settings.timezone,
        )

    def _wake(self) -> None:
        self._waiting.set()
        self._index.wake()
        self.slack.wake()

    async def _dispatch(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            try:
                await asyncio.to_thread(self._workflows.dispatch)
            except LeadbotError as error:
                log.warning("messages wait to be dispatched", why=str(error))
            except Exception:  # the next tick tries again; a message that is stored must not wait for a restart
                log.exception("dispatch failed")

    def _ended(self, _state: MessageState | None) -> None:
        self._loop.call_soon_threadsafe(self._wake)

    def _digest(self, day: str) -> None:
        """The digest workflow's body, in a worker thread."""
        posting = asyncio.run_coroutine_threadsafe(self.slack.digest(date.fromisoformat(day)), self._loop)
        posting.result(DIGEST_PATIENCE)

    def reindex(self) -> int:
        """Empty the index and fill it again in the background; how many leads. Blocking."""
        self._core.index.reset()
        count = self._core.store.views.start_over("index")
        self._loop.call_soon_threadsafe(self._wake)
        return count

    async def checks(self) -> list[health.Check]:
        """What the bot needs, looked at now."""
        return [
            await asyncio.to_thread(checks.store, self._core.store),
            await asyncio.to_thread(checks.index, self._core.index),
            checks.smtp(listening=self.smtp.listening, port=self.smtp.port),
            checks.slack(connected=await self.slack.is_connected(), trouble=self.slack.trouble),
        ]


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Core]:
    """The store, the model and the index, opened side by side; closed at the end. Raises StartupError."""
    store, embedder = await asyncio.gather(
        asyncio.to_thread(open_store, settings), asyncio.to_thread(open_embedder, settings)
    )
    index, parser = open_index(settings, embedder), ParserProcess()
    core = build_core(settings, store, embedder, index, parser)
    try:
        await asyncio.gather(asyncio.to_thread(parser.start), asyncio.to_thread(mend_index, core))
        yield core
    finally:
        await asyncio.to_thread(parser.close)
        await asyncio.to_thread(index.close)
        store.engine.dispose()


def mend_index(core: Core) -> None:
    """Fill the index anew when it holds fewer leads than it was given, as after its folder was deleted."""
    try:
        if core.index.count() < core.store.views.count_shown("index"):
            log.warning("the vector index is incomplete and is filled again")
            core.store.views.start_over("index")
    except LeadbotError as error:
        log.warning("the vector index cannot be opened yet", why=str(error))


async def run(settings: Settings, announce: Announce) -> None:
    """Work until SIGINT or SIGTERM; `announce` is called when mail is accepted and commands are answered.

    Raises StartupError when the bot cannot start.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    folder.prepare(settings.data_dir)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(folder.locked(settings.data_dir))
        # Every address is taken before anything is started, so that a wrong one leaves nothing behind.
        smtp = bind_tcp(settings.smtp_host, settings.smtp_port, "LEADBOT_SMTP_PORT")
        stack.callback(smtp.close)
        http = bind_tcp(settings.http_host, settings.http_port, "LEADBOT_HTTP_PORT")
        stack.callback(http.close)
        starting = await stack.enter_async_context(_workspace(settings))
        core = await stack.enter_async_context(opened(settings))
        workspace = await starting
        service = Service(settings, core, _connection(settings, workspace), smtp)
        await stack.enter_async_context(service.running())
        await stack.enter_async_context(_served(service, settings, http))
        await _connected(service.slack)
        host, port = http.getsockname()[:2]
        announce(
            Ready(
                smtp=f"{settings.smtp_host}:{service.smtp.port}",
                workspace=workspace.url if workspace else "",
                http=f"http://{host}:{port}",
                slack_trouble=service.slack.trouble,
            )
        )
        await _until(stopping, service)
        log.info("stopping")


@contextlib.asynccontextmanager
async def _workspace(settings: Settings) -> AsyncIterator[asyncio.Task[local_workspace.Running | None]]:
    """The local workspace being started beside everything else, when there is no Slack; stopped at the end."""

    async def start() -> local_workspace.Running | None:
        return await local_workspace.ensure(settings) if settings.local_workspace else None

    starting = asyncio.create_task(start(), name="workspace")
    try:
        yield starting
    finally:
        (found,) = await asyncio.gather(starting, return_exceptions=True)
        if isinstance(found, local_workspace.Running):
            await local_workspace.stop(found, settings.data_dir)


@contextlib.asynccontextmanager
async def _served(service: Service, settings: Settings, http: socket.socket) -> AsyncIterator[None]:
    """The http port, and the door for our own command line."""
    servers = (
        WebServer(health.create_app(service.checks, service.status), http),
        WebServer(control.create_app(service.search, service.reindex), control.bind(settings.data_dir)),
    )
    for server in servers:
        await server.start()
    try:
        yield
    finally:
        await asyncio.gather(*(server.stop() for server in servers))


def _connection(settings: Settings, workspace: local_workspace.Running | None) -> Connection:
    if workspace is not None:
        return Connection(
            bot_token=local_identity.BOT_TOKEN,
            app_token=local_identity.APP_TOKEN,
            base_url=f"{workspace.url}/api/",
            local=True,
        )
    assert settings.slack_bot_token is not None  # noqa: S101 - else there is a workspace
    if settings.slack_app_token is None:
        raise StartupError(
            "SLACK_APP_TOKEN: is missing; make one with connections:write, e.g. SLACK_APP_TOKEN=xapp-..."
        )
    return Connection(
        bot_token=settings.slack_bot_token.get_secret_value(), app_token=settings.slack_app_token.get_secret_value()
    )


async def _connected(slack: SlackSide) -> None:
    """Wait for Slack a while; mail is taken all the same when it is away."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SLACK_PATIENCE):
            await slack.connected.wait()


async def _until(stopping: asyncio.Event, service: Service) -> None:
    """Until told to stop; raises what ended a part that must not end."""
    told = asyncio.create_task(stopping.wait())
    broken = asyncio.create_task(service.failed())
    done, pending = await asyncio.wait((told, broken), return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        await task
