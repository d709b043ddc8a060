"""The Slack side of a running bot: connects, keeps the cards up, answers commands; waits for Slack when it is away."""

from __future__ import annotations

import asyncio
import functools
import random
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from bot.bootstrap import Core
from bot.circuits import SLACK
from bot.settings import Settings
from bot.slack import card_parts
from bot.slack.app import Connection, Identity, Registers, SlackApp, check_app_token, identify, web_client
from bot.slack.batches import BatchCards
from bot.slack.client import Slack, SlackLeftAlone
from bot.slack.commands import Verb, hints
from bot.slack.digest import Digest
from bot.slack.digest_picture import TrendPicture
from bot.slack.home_live import Home
from bot.slack.lanes import Lanes
from bot.slack.listening import Listening
from bot.slack.notices import Notices
from bot.slack.poster import Poster
from bot.slack.routing import Routing
from bot.slack.targets import CardTarget, ThreadTarget
from bot.staff_settings import LiveSettings
from bot.status import Status
from enrichment.adapters.store.batches import Batches
from enrichment.adapters.store.postings import Postings
from enrichment.adapters.store.routed import Routed
from enrichment.errors import LeadbotError, RetryLater
from enrichment.intake import Intake
from enrichment.reconcile import Reconciler

log = structlog.get_logger(__name__)

T = TypeVar("T")

RETRY_SECONDS = 5.0
PERSON_SECONDS = 30.0
CONNECT_SECONDS = 30.0
CARDS_AT_ONCE = 4
# A socket that is away for so long is opened at a new address.
AWAY_SECONDS = 30.0


class SlackSide:
    """Everything of the bot that talks to Slack; `run` never ends by itself."""

    def __init__(
        self,
        core: Core,
        connection: Connection,
        settings: Settings,
        status: Callable[[], Status],
        *,
        verbs: Mapping[str, Verb] | None = None,
        intake: Intake | None = None,
        live: LiveSettings | None = None,
        door: socket.socket | None = None,
    ) -> None:
        self._door = door
        self._core = core
        self._connection = connection
        self._settings = settings
        store = core.store
        self._status, self._verbs = status, verbs or {}
        self._intake = intake or Intake(store.messages, self.wake)
        self.hints = hints(verbs)
        self._client = web_client(connection)
        self._slack = Slack(self._client, core.breakers[SLACK])
        self._loops: list[Reconciler] = []
        self._routing: Routing | None = None
        self._notices: Notices | None = None
        self._daily: Digest | None = None
        self._poster: Poster | None = None
        self._rows: BatchCards | None = None
        self._live = live or LiveSettings(settings, store.staff_settings)
        self._home: Home | None = None
        self._told = asyncio.Event()
        self._app: SlackApp | None = None
        self._posting = asyncio.Event()
        self.connected = asyncio.Event()
        self.trouble = "not connected yet"
        # Since when Slack cannot reach us; None also as long as it has only not been tried yet.
        self.away_since: datetime | None = None

    def wake(self, *, news: bool = True) -> None:
        """Leads or messages have changed; without news another worker may have changed some.

        Home tabs look for that themselves, less often: what they show costs more to read.
        """
        self._told.set()
        for loop in self._loops:
            loop.wake()
        if news and self._home is not None:
            self._home.wake()

    async def run(self) -> None:
        """Post, and listen for commands, waiting for Slack as long as it takes, until cancelled."""
        # Slack may be away while there is nothing to post, and whoever waits for its return shall hear of it.
        self._core.breakers.probes[SLACK] = functools.partial(self._slack.read, "auth.test")
        identity = await self._patiently(lambda: identify(self._slack, self._settings.slack_channel))
        await self._patiently(lambda: self._move_to(identity.team_id))
        await self._patiently(self._live.refresh)
        lanes = self._build(identity)
        await self._patiently(self._routing_known().refresh)
        self._loops = lanes.opened()
        self._live.follow(lanes.changed)
        assert self._rows is not None  # noqa: S101 - built before anything listens
        self._app, home = self._app_of(identity, self._rows)
        self._home = home
        self._posting.set()
        try:
            async with asyncio.TaskGroup() as group:
                for loop in self._loops:
                    group.create_task(loop.run())

                def begin(loops: Sequence[Reconciler]) -> None:
                    self._loops += loops
                    for loop in loops:
                        group.create_task(loop.run())
                        loop.wake()

                group.create_task(lanes.keep(begin))
                group.create_task(self._tell())
                group.create_task(home.run())
                # Apart from the others: cards are posted even while no socket can be opened.
                group.create_task(self._listen(self._app))
                self.wake()
        finally:
            await self._app.close()

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What Slack answers, asked again for as long as it takes."""
        while True:
            try:
                return await ask()
            except LeadbotError as error:
                # Not asked, it has said nothing new; what it said to us before is more to the point.
                if not isinstance(error, SlackLeftAlone):
                    if str(error) != self.trouble:
                        log.warning("waiting for Slack; nothing is lost meanwhile", why=str(error))
                    self.trouble = str(error)
                self._note_away(away=True)
                await asyncio.sleep(_pause(error))

    async def _listen(self, app: SlackApp) -> None:
        """Open the socket, then see that it is open."""
        await self._patiently(lambda: self._connect(app))
        self.trouble = ""
        self._note_away(away=False)
        self.connected.set()
        log.info("connected to Slack")
        away = 0.0
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            away = 0.0 if await app.is_connected() else away + RETRY_SECONDS
            self._note_away(away=away > 0)
            if away >= AWAY_SECONDS:
                app.renew()

    def _note_away(self, *, away: bool) -> None:
        self.away_since = (self.away_since or self._core.store.clock.now()) if away else None

    async def _connect(self, app: SlackApp) -> None:
        if self._door is None:
            await check_app_token(self._connection)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await app.connect()
        except TimeoutError as error:
            raise RetryLater("Slack's socket cannot be opened; is a firewall in the way of wss:// ?") from error

    async def _move_to(self, team: str) -> None:
        """Bring the open leads along from another Slack, as from the local workspace to the first real one."""
        count = await asyncio.to_thread(self._core.store.views.draw_again_where_missing, team)
        if count:
            log.info("open leads are drawn in this Slack too", team=team, leads=count)

    def _app_of(self, identity: Identity, rows: BatchCards) -> tuple[SlackApp, Home]:
        """What listens, and what keeps the home tabs up to date."""
        parts = Listening(
            self._core,
            self._settings,
            self._slack,
            identity,
            self._intake.accept,
            self._status,
            self.wake,
            self._routing_known(),
        )
        staff = parts.staff()
        commands, below = parts.commands(staff, self._verbs)
        home, tab = parts.home(staff, self._live, rows)
        every: list[Registers] = [*parts.presses(staff, rows), below.listeners(), tab, *parts.way_in(staff)]
        return SlackApp(
            self._connection, self._client, identity, commands, staff=staff, listeners=every, door=self._door
        ), home

    def _routing_known(self) -> Routing:
        assert self._routing is not None  # noqa: S101 - built before anything is shown
        return self._routing

    def _build(self, identity: Identity) -> Lanes:
        store = self._core.store
        postings = Postings(store.database, store.clock, identity.team_id)
        poster = Poster(self._slack, postings, store.views, identity.channel, self._settings.slack_per_second)
        batches = Batches(store.database, store.clock, identity.team_id)
        routed = Routed(store.database, identity.team_id)
        self._routing = Routing(
            self._slack, poster, routed, store.book, routes=lambda: self._live.current.routes, clock=store.clock
        )
        rows = BatchCards(poster, store.book, store.messages, batches, store.views, routing=self._routing)
        # Side by side only as many as the channel takes within a tenth of a second.
        at_once = max(1, min(CARDS_AT_ONCE, int(self._settings.slack_per_second / 10)))
        card = CardTarget(poster, store.book, rows, at_once, card_parts.answering(self._core), routing=self._routing)
        below = ThreadTarget(poster, store.book, store.messages, card, links=rows.links, events=store.history)
        self._poster, self._rows = poster, rows
        self._notices, self._daily = Notices(poster, store.ledger), self._digest_of(poster)
        return Lanes(
            self._routing,
            card,
            below,
            rows,
            database=store.database,
            clock=store.clock,
            views=store.views,
            team=identity.team_id,
            cards=identity.channel,
            holder=self._settings.worker,
        )

    def _digest_of(self, poster: Poster) -> Digest:
        store, zone = self._core.store, ZoneInfo(self._settings.timezone)
        picture = TrendPicture(self._slack, poster.channel, store.numbers, zone)
        return Digest(
            poster,
            store.book,
            store.filtered,
            store.numbers,
            clock=store.clock,
            zone=zone,
            weekday=lambda: self._live.current.digest_weekday,
            picture=picture,
        )

    async def _tell(self) -> None:
        """Tell staff of what was set aside, whenever something may have been."""
        assert self._notices is not None  # noqa: S101 - built before this task starts
        while True:
            await self._told.wait()
            self._told.clear()
            try:
                if await self._notices.awaited():
                    await self._notices.quarantined()
            except LeadbotError as error:
                log.warning("a notice waits", why=str(error))
                await asyncio.sleep(_pause(error))
            except Exception:  # a notice that fails must not take the cards down with it
                log.exception("a notice failed")
                await asyncio.sleep(PERSON_SECONDS)

    async def digest(self, day: date) -> None:
        """Post the day's digest, as soon as Slack can be asked. Raises RetryLater while it is away."""
        await self._posting.wait()
        if self._daily is not None:
            await self._daily.post(day)

    def poster(self) -> Poster:
        """Who posts in the leads channel. Raises RetryLater as long as Slack has not been reached."""
        if self._poster is None:
            raise RetryLater(f"Slack has not been reached yet ({self.trouble})")
        return self._poster

    async def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return self._app is not None and await self._app.is_connected()


def _pause(error: LeadbotError) -> float:
    """Seconds until Slack is asked again: as long as it asks for at least, and not the same for every worker."""
    if isinstance(error, RetryLater):
        asked = error.retry_after or 0.0
        seconds = asked if isinstance(error, SlackLeftAlone) else max(asked, RETRY_SECONDS)
    else:
        seconds = PERSON_SECONDS
    return seconds * random.uniform(1.0, 1.25)  # noqa: S311 - spread, not a secret
