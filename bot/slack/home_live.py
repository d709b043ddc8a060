"""Publishes home tabs: when somebody opens theirs, and again when what it shows has changed.

Slack does not say when a tab is left, so the last people to have opened theirs are kept up to date for a working day.
Slack takes 100 views a minute; the tabs leave room for windows, and those who have just opened theirs go first.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from bot.slack import home
from bot.slack.client import Slack, SlackBusy, SlackRefused
from bot.slack.home import Facts, Shared, View
from bot.slack.home_facts import HomeReader
from bot.slack.links import Links
from bot.slack.memory import remember
from bot.slack.people import People
from bot.slack.routing import CHANNEL_ID
from bot.slack.staff import NotStaff, StaffCheck, Unsure
from enrichment.errors import LeadbotError

log = structlog.get_logger(__name__)

MOST_VIEWERS = 50
RECENT_SECONDS = 8 * 3600.0
# A burst of changes is one look, and one person's tab is not drawn more often than this.
SETTLE_SECONDS = 0.7
LEAST_SECONDS = 3.0
# Looked at again without any news: another worker may have changed something.
LOOK_SECONDS = 30.0
REFRESHES_A_MINUTE, OPENS_A_MINUTE = 60, 90
REMEMBERED = 1000
# A channel that Slack does not name is not asked about again, tab by tab, before this.
UNNAMED_SECONDS = 300.0


@dataclass
class _Viewer:
    """One person's tab. refused: they are no staff. shown: the digest of what Slack has, empty when it is not known."""

    opened_at: float
    refused: bool = False
    shown: str = ""
    shown_at: float = float("-inf")


class Home:
    """now: a clock in seconds that is never set back."""

    def __init__(
        self,
        slack: Slack,
        people: People,
        staff: StaffCheck,
        reader: HomeReader,
        links: Links,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slack = slack
        self._people = people
        self._staff = staff
        self._reader = reader
        self._links = links
        self._now = now
        self._viewers: OrderedDict[str, _Viewer] = OrderedDict()
        self._published: deque[float] = deque(maxlen=OPENS_A_MINUTE)
        self._urls: dict[int, str] = {}
        self._channels: dict[str, str] = {}
        self._unnamed: dict[str, float] = {}
        self._one = asyncio.Lock()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something that tabs show may have changed."""
        self._news.set()

    async def opened(self, user: str) -> None:
        """Somebody looks at their tab. Raises what Slack and the store raise."""
        viewer = self._viewers.setdefault(user, _Viewer(self._now()))
        viewer.opened_at = self._now()
        self._viewers.move_to_end(user)
        while len(self._viewers) > MOST_VIEWERS:
            self._viewers.popitem(last=False)
        if self._may(viewer, OPENS_A_MINUTE):
            await self._show(user, viewer, await self._read(), OPENS_A_MINUTE)
        else:
            self.wake()

    async def run(self) -> None:
        """Keep the tabs up to date until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._news.clear()
            try:
                await self._refresh()
            except SlackBusy as error:
                await asyncio.sleep(error.retry_after or SETTLE_SECONDS)
            except LeadbotError as error:
                log.debug("home tabs wait", why=str(error))
            except Exception:  # a tab that cannot be drawn must not take the cards down with it
                log.exception("home tabs could not be drawn")

    async def _refresh(self) -> None:
        """Draw what has changed for everybody who looked lately, the last to open theirs first."""
        recent = [
            (user, viewer)
            for user, viewer in reversed(self._viewers.items())
            if self._now() - viewer.opened_at < RECENT_SECONDS and not viewer.refused
        ]
        if not recent:
            return
        read = await self._read()
        for user, viewer in recent:
            if self._may(viewer, REFRESHES_A_MINUTE):
                await self._show(user, viewer, read, REFRESHES_A_MINUTE)
            else:
                self.wake()

    def _may(self, viewer: _Viewer, most: int) -> bool:
        """Whether Slack would take another view now, and this one is not drawn all the time."""
        now = self._now()
        lately = sum(now - moment < 60 for moment in self._published)
        return lately < most and now - viewer.shown_at >= LEAST_SECONDS

    async def _read(self) -> tuple[Shared, frozenset[str]]:
        return await asyncio.to_thread(lambda: (self._reader.shared(), self._reader.hidden()))

    async def _show(self, user: str, viewer: _Viewer, read: tuple[Shared, frozenset[str]], most: int) -> None:
        """Publish unless Slack has just this already, or had too many while this one waited for its turn."""
        async with self._one:  # the later view must not be overtaken by the one before
            if not self._may(viewer, most):
                self.wake()
                return
            made = await self._view(user, viewer, *read)
            digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()
            if digest == viewer.shown:
                return
            self._published.append(self._now())
            viewer.shown_at, viewer.shown = self._now(), ""
            try:
                await self._slack.call("views.publish", user_id=user, view=made)
            except SlackRefused as error:
                # The same view would be refused again.
                log.warning("slack refuses a home tab", why=str(error))
            viewer.shown = digest

    async def _view(self, user: str, viewer: _Viewer, shared: Shared, hidden: frozenset[str]) -> View:
        try:
            await self._staff.admit(user)
        except NotStaff as error:
            viewer.refused = not isinstance(error, Unsure)
            return home.refusal(str(error))
        viewer.refused = False
        mine, count = await asyncio.to_thread(self._reader.mine, user)
        links = await self._urls_of([lead.id for lead in (*mine, *shared.unclaimed)])
        names = await self._names(shared)
        facts = Facts(shared=shared, mine=mine, mine_count=count, hidden=user in hidden, links=links, names=names)
        return home.view(facts)

    async def _urls_of(self, lead_ids: Iterable[int]) -> dict[int, str]:
        """The links to the cards; a card that is not posted yet, or whose link Slack does not tell now, has none."""
        wanted = list(lead_ids)
        missing = [lead_id for lead_id in wanted if lead_id not in self._urls]
        try:
            found = await self._links.to(missing) if missing else {}
        except LeadbotError as error:
            log.debug("no links on home tabs now", why=str(error))
            found = {}
        for lead_id, url in found.items():
            remember(self._urls, lead_id, url, REMEMBERED)
        return {lead_id: self._urls[lead_id] for lead_id in wanted if lead_id in self._urls}

    async def _names(self, shared: Shared) -> dict[str, str]:
        """What the people are called who set something, and the channels that rules name."""
        actors = {origin.actor for origin in shared.chosen.origins.values() if origin.actor}
        people = {actor: await self._people.name(actor, actor) for actor in sorted(actors)}
        channels = {route.channel: await self._channel(route.channel) for route in shared.chosen.routes}
        return people | channels

    async def _channel(self, channel: str) -> str:
        """Asked of Slack by id alone: a rule of leadbot.toml may name the channel itself."""
        if not CHANNEL_ID.fullmatch(channel):
            return channel
        if channel not in self._channels and self._now() >= self._unnamed.get(channel, float("-inf")):
            try:
                found = (await self._slack.read("conversations.info", channel=channel)).get("channel")
            except LeadbotError as error:
                log.info("slack does not tell a channel's name", why=str(error))
                self._unnamed[channel] = self._now() + UNNAMED_SECONDS
                return channel
            name = found.get("name") if isinstance(found, dict) else None
            remember(self._channels, channel, name if isinstance(name, str) and name else channel, REMEMBERED)
        return self._channels.get(channel, channel)
