"""The running bot: the parts of its roles at work together, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

import bot
from bot import backpressure, circuits, clock_watch, health, mail_doors, schedule
from bot.bootstrap import Core
from bot.coalesce import Coalesced
from bot.dead_letters import DeadLetterDesk
from bot.followers import followers
from bot.mail_doors import Doors
from bot.mailbox_side import MailboxSide
from bot.overview import status_of
from bot.owner import Owner
from bot.samples import commands as sample_commands
from bot.samples.samples import Samples
from bot.settings import Settings
from bot.slack import reminder_parts
from bot.slack.app import Connection
from bot.slack.circuit_notices import CircuitNotices
from bot.slack.intake_notices import IntakeNotices
from bot.slack.side import SlackSide
from bot.staff_settings import LiveSettings
from bot.status import Status
from bot.vitals import Vitals
from bot.workflow import Workflows
from enrichment.adapters.store.samples import SampleStore
from enrichment.adapters.store.waits import Waits
from enrichment.errors import LeadbotError
from enrichment.intake import Intake
from enrichment.models import MessageState
from enrichment.reconcile import Reconciler

log = structlog.get_logger(__name__)

# ingest takes mail, poll reads mailboxes, work judges, slack shows, clock posts the digest.
ROLES = ("ingest", "poll", "work", "slack", "clock")
DIGEST_PATIENCE = 600.0
# In a flood every lead would have every view looked through for more.
WAKE_SECONDS = 0.1


class Service:
    """One bot with everything in one process but the local workspace."""

    def __init__(
        self,
        settings: Settings,
        core: Core,
        connection: Connection,
        doors: Doors,
        roles: frozenset[str],
        *,
        slack_door: socket.socket | None = None,
    ) -> None:
        self._settings = settings
        self._roles = roles
        self._core = core
        self.search = core.search
        store = core.store
        self._loop = asyncio.get_running_loop()
        self._waiting = asyncio.Event()
        self._look_again = Coalesced(self._wake, WAKE_SECONDS)
        self._intake = Intake(store.messages, self._waiting.set)
        self._pressure = backpressure.open_pressure(settings, store)
        self._mailboxes = MailboxSide(settings, store, self._pressure, self._arrived, polls="poll" in roles)
        self.mail = mail_doors.channels(settings, doors, self._intake, store.clock, self._pressure)
        self.smtp = self.mail[0]
        self._samples = self._make_samples()
        self.samples = sample_commands.SampleCommands(self._samples)
        verbs = {sample_commands.VERB: sample_commands.verb(self.samples)}
        self.live = LiveSettings(settings, store.staff_settings)
        self.slack = SlackSide(
            core, connection, settings, self.status, verbs=verbs, intake=self._intake, live=self.live, door=slack_door
        )
        self._reminding = reminder_parts.build(core, settings, self.slack.poster, self.live, self.slack.wake)
        self._vitals = Vitals(core, roles, mail=self.mail, pressure=self._pressure, slack=self.slack)
        self.owner = Owner(settings, store, self.slack, roles, self._live_parts)
        self.dead_letters = DeadLetterDesk(store.dead_letters, self._wake)
        self._followers: list[Reconciler] = []
        self._workflows = self._make_workflows()
        self._tasks: list[asyncio.Task[Any]] = []

    def _make_samples(self) -> Samples:
        store = self._core.store
        return Samples(
            SampleStore(store.database, store.clock),
            store.messages,
            self._core.index,
            store.clock,
            recipient=self._settings.all_recipients[0],
            poster=lambda: self.slack.poster(),  # noqa: PLW0108 - the Slack side is made later, with our command
            wake=self._wake,
        )

    def _make_workflows(self) -> Workflows:
        return Workflows(
            self._core.store.engine,
            self._core.store.messages,
            self._core.pipeline,
            version=bot.__version__,
            executor=self._settings.worker,
            ended=self._ended,
            digest=self._digest,
        )

    def status(self) -> Status:
        """The state of everything; blocking."""
        told = self.owner.lines()
        return status_of(
            self._settings,
            self._core.store,
            running=True,
            intake=self._pressure.reading,
            owner=told,
            watched_since=self._mailboxes.since,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything at work inside the block."""
        async with contextlib.AsyncExitStack() as stack:
            if "work" in self._roles:
                # Opened first: what the loops use must outlive them.
                opened = followers(self._core, self._settings, self._look_again)
                self._followers = await stack.enter_async_context(opened)
            stack.push_async_callback(self._cancel_tasks)
            if "work" in self._roles:
                await self._workflows.launch()
                stack.push_async_callback(self._close_workflows)
                self._begin(self._dispatch(), "dispatcher")
                for loop in self._followers:
                    self._begin(loop.run(), "follower")
            if "slack" in self._roles:
                self._begin_slack()
            self._begin(circuits.keep(self._core.breakers, self._core.store.circuits), "circuits")
            if "work" in self._roles:
                waits = Waits(self._core.store.database, self._core.store.clock)
                self._begin(clock_watch.keep(self._core.store.clock, waits, self._wake), "clock watch")
            await asyncio.to_thread(self._pressure.sample)  # before the first mail can come
            self._begin(backpressure.keep_up(self._pressure), "pressure")
            for loop_, name in self.owner.loops():
                self._begin(loop_, name)
            scheduler = self._scheduler()
            scheduler.start()
            self.live.follow(lambda chosen: schedule.move_digest(scheduler, chosen.digest_time))
            self._begin(self.live.keep(), "staff settings")
            self._begin(schedule.keep_going(scheduler, clock_watch.ClockWatch(self._core.store.clock)), "schedule")
            stack.callback(scheduler.shutdown, wait=False)
            await stack.enter_async_context(self._mailboxes.running(scheduler))
            if "ingest" in self._roles:
                stack.push_async_callback(self._intake.drain)
                stack.push_async_callback(mail_doors.stop, self.mail)
                for server in self.mail:
                    await server.start()
            self._wake()
            yield

    def _begin_slack(self) -> None:
        store, zone, poster = self._core.store, ZoneInfo(self._settings.timezone), self.slack.poster
        circuit = CircuitNotices(store.circuits, store.views, poster, store.clock, zone)
        self._begin(self.slack.run(), "slack")
        self._begin(self._samples.run(), "samples")
        self._begin(circuit.run(), "circuit notices")
        self._begin(IntakeNotices(lambda: self._pressure.reading, poster, store.clock).run(), "intake notices")
        self._begin(self._mailboxes.notices(poster).run(), "mailbox notices")

    async def _close_workflows(self) -> None:
        # DBOS shuts down the loop's thread pool with itself; what still works, and is closed after it, needs one.
        self._loop.set_default_executor(ThreadPoolExecutor())
        with ThreadPoolExecutor(1) as own:
            await self._loop.run_in_executor(own, self._workflows.close)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _cancel_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def failed(self) -> None:
        """Return never, or raise what ended one of the loops that must not end."""
        if not self._tasks:
            await asyncio.Event().wait()
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task

    def _scheduler(self) -> Any:
        def today() -> str:
            return datetime.now(ZoneInfo(self._settings.timezone)).date().isoformat()

        async def tick() -> None:
            self._wake(news=False)

        async def rescue() -> None:
            if "work" in self._roles:
                await self._rescue()
            if "clock" in self._roles:
                await self._workflows.resume_digest(today())

        async def clean() -> None:
            if "clock" in self._roles:
                await self._workflows.forget_old(self._core.store.clock.now())

        async def digest() -> None:
            if "clock" in self._roles:
                await self._workflows.start_digest(today())

        return schedule.build(
            tick=tick,
            rescue=rescue,
            clean=clean,
            digest=digest,
            remind=self._remind,
            digest_time=self.live.current.digest_time,
            timezone=self._settings.timezone,
        )

    async def _remind(self) -> None:
        if "slack" in self._roles:
            await self._reminding.tick()

    def _wake(self, *, news: bool = True) -> None:
        self._waiting.set()
        for loop in self._followers:
            loop.wake()
        self.slack.wake(news=news)

    async def _rescue(self) -> None:
        try:
            await self._workflows.rescue()
        except Exception:  # as on a full disk: it is tried again soon, and the others must go on
            log.exception("messages could not be looked for")
        self._waiting.set()

    async def _dispatch(self) -> None:
        # Beside the start, not before it: each message of a backlog is looked for, and mail must be taken meanwhile.
        await self._rescue()
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            try:
                await asyncio.to_thread(self._workflows.dispatch)
            except LeadbotError as error:
                log.warning("messages wait to be dispatched", why=str(error))
            except Exception:  # the next tick tries again; a message that is stored must not wait for a restart
                log.exception("dispatch failed")

    def _arrived(self) -> None:
        """New mail was stored; called in any thread."""
        self._loop.call_soon_threadsafe(self._waiting.set)

    def _ended(self, _state: MessageState | None) -> None:
        self.owner.movement.note()
        self._loop.call_soon_threadsafe(self._look_again)

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
        """What the bot needs, looked at now, and how the heartbeat goes that rests on it."""
        return [*await self._vitals.look(), *await self._mailboxes.checks(), *self.owner.checks()]

    async def _live_parts(self) -> list[health.Check]:
        """The same for the heartbeat, which is silent when a mailbox is not read."""
        return [*await self._vitals.look(), *await self._mailboxes.silences()]
