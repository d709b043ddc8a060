"""Starting the bot and stopping it: every address taken, every part opened in order, closed in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from bot import announce, circuits, control, folder, health, local_workspace, mail_doors
from bot.bootstrap import Core, build_core, open_embedder, open_index, open_scanner, open_senders, open_store
from bot.followers import services_in_use
from bot.service import ROLES, Service
from bot.settings import Settings
from bot.slack.app import Connection, connection_to
from bot.slack.side import SlackSide
from bot.web import WebServer, bind_tcp
from bot.workspace import identity as local_identity
from channels.mail.parser import ParserProcess
from enrichment.errors import GiveUp, LeadbotError

log = structlog.get_logger(__name__)

T = TypeVar("T")

SLACK_PATIENCE = 10.0


@dataclass(frozen=True)
class Ready:
    """Where the running bot can be reached; workspace is empty when it talks to Slack itself.

    slack_trouble: why Slack cannot be reached yet, empty when it can. off: a line for each part that is not connected.
    """

    smtp: str
    workspace: str
    http: str
    slack_trouble: str = ""
    off: tuple[str, ...] = ()


Announce = Callable[[Ready], None]


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Core]:
    """The store, the model and the index, opened side by side; closed at the end. Raises StartupError."""
    store, embedder = await asyncio.gather(
        asyncio.to_thread(open_store, settings), asyncio.to_thread(open_embedder, settings)
    )
    used = services_in_use(settings)
    breakers = await asyncio.to_thread(circuits.restored, store.clock, store.circuits, used)
    index, parser = open_index(settings, embedder, breakers[circuits.CHROMA]), ParserProcess()
    breakers.probes[circuits.CHROMA] = functools.partial(asyncio.to_thread, index.probe)
    senders, scanner = open_senders(settings), open_scanner(settings, store.clock)
    core = build_core(settings, store, embedder, index, parser, senders=senders, scanner=scanner, breakers=breakers)
    try:
        await asyncio.gather(asyncio.to_thread(parser.start), asyncio.to_thread(mend_index, core))
        yield core
    finally:
        senders.close()
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


def roles_of(text: str) -> frozenset[str]:
    """The roles of `--roles work,slack`; empty means all. Raises GiveUp when they make no sense."""
    roles = frozenset(part.strip() for part in text.split(",") if part.strip()) or frozenset(ROLES)
    if unknown := roles - frozenset(ROLES):
        raise GiveUp(f"--roles: there is no role {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}")
    if "clock" in roles and not roles >= {"work", "slack"}:
        raise GiveUp(
            "--roles: clock posts the digest and needs work and slack beside it, e.g. --roles work,slack,clock"
        )
    return roles


async def run(settings: Settings, ready: Announce, roles: frozenset[str]) -> None:
    """Work until SIGINT or SIGTERM; `ready` is called when mail is accepted and commands are answered.

    Raises StartupError when the bot cannot start.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    folder.prepare(settings.data_dir)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(folder.locked(settings.data_dir))
        # Every address is taken before anything is started, so that a wrong one leaves nothing behind.
        doors = stack.enter_context(mail_doors.opened(settings))
        http = bind_tcp(settings.http_host, settings.http_port, "LEADBOT_HTTP_PORT")
        stack.callback(http.close)
        door = _slack_door(settings, roles)
        if door is not None:
            stack.callback(door.close)
            settings = settings.model_copy(update={"slack_http_port": door.getsockname()[1]})
        looking = await stack.enter_async_context(_beside(announce.looked_at(settings, polls="poll" in roles)))
        starting = await stack.enter_async_context(_workspace(settings))
        core = await stack.enter_async_context(opened(settings))
        workspace = await starting
        service = Service(settings, core, _connection(settings, workspace), doors, roles, slack_door=door)
        await stack.enter_async_context(service.running())
        await stack.enter_async_context(_served(service, settings, http))
        if "slack" in roles:
            await _connected(service.slack)
        lines = announce.off(await looking)
        if workspace:
            await _introduced(workspace.url, service, settings, lines)
        ready(_reached(settings, service, workspace, http, roles=roles, off=lines))
        await _until(stopping, service)
        log.info("stopping")


def _reached(
    settings: Settings,
    service: Service,
    workspace: local_workspace.Running | None,
    http: socket.socket,
    *,
    roles: frozenset[str],
    off: list[str],
) -> Ready:
    host, port = http.getsockname()[:2]
    return Ready(
        smtp=f"{settings.smtp_host}:{service.smtp.port}",
        workspace=workspace.url if workspace else "",
        http=f"http://{host}:{port}",
        slack_trouble=service.slack.trouble if "slack" in roles else "",
        off=tuple(off),
    )


def _slack_door(settings: Settings, roles: frozenset[str]) -> socket.socket | None:
    """Where Slack posts to in HTTP mode; None when this process does not listen for it."""
    if not settings.slack_over_http or "slack" not in roles:
        return None
    return bind_tcp(settings.slack_http_host, settings.slack_http_port, "LEADBOT_SLACK_HTTP_PORT")


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
async def _beside(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Work that goes on beside a start and ends with it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _introduced(workspace: str, service: Service, settings: Settings, lines: list[str]) -> None:
    """Tell the workspace's page where mail goes, what can be typed, and what is off."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.smtp_host, settings.smtp_host)
    smtp = f"[{host}]:{service.smtp.port}" if ":" in host else f"{host}:{service.smtp.port}"
    recipient = settings.businesses[0].recipients[0]
    commands = service.slack.hints
    listening = smtp if service.smtp.listening else ""
    await announce.tell(workspace, smtp=listening, recipient=recipient, commands=commands, lines=lines)


@contextlib.asynccontextmanager
async def _served(service: Service, settings: Settings, http: socket.socket) -> AsyncIterator[None]:
    """The http port, and the door for our own command line."""
    commands = control.create_app(
        service.search, service.reindex, service.samples, service.dead_letters, service.owner.checks
    )
    servers = (
        WebServer(health.create_app(service.checks, service.status), http),
        WebServer(commands, control.bind(settings.data_dir)),
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
            app_token="" if settings.slack_over_http else local_identity.APP_TOKEN,
            signing_secret=local_identity.SIGNING_SECRET if settings.slack_over_http else "",
            base_url=f"{workspace.url}/api/",
            local=True,
        )
    return connection_to(settings)


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
