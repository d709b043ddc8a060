"""Slack as a way in: what customers write there is stored before Slack has its answer, and thanked for after.

What cannot be stored is not acknowledged: Slack sends it again at once, after a minute and after five. So it is never
held off for want of room, as mail is: after the third time Slack gives up, and messages here are small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.slack.intake_channels import IntakeChannels
from bot.slack.intake_profiles import Profiles
from bot.slack.intake_rules import Me, Writer, says_something_else, writer_of
from bot.slack.intake_thanks import IntakeThanks
from bot.slack.staff import NotStaff, StaffCheck
from channels.slack.raw import first_identity, is_version, raw_of
from channels.slack.wire import Happened, Said, said_in
from enrichment.adapters.store.conversations import Conversations
from enrichment.errors import RetryLater
from enrichment.models import RawMessage, StoredMessage
from enrichment.ports import Clock
from enrichment.stages.conversation import TOGETHER_SECONDS
from enrichment.store_ports import Accepted

log = structlog.get_logger(__name__)

Accept = Callable[[RawMessage], Awaitable[Accepted]]
# Slack waits three seconds for its answer.
STORE_SECONDS = 2.5
STAFF_SECONDS = 1.0
# Slack's retries end after some six minutes: an edit may come before the message that it edits.
LATE = timedelta(minutes=10)


class SlackIntake:
    """Listens to messages. url: the team's address in Slack, for links; accept: stores a message, once committed."""

    def __init__(
        self,
        me: Me,
        url: str,
        *,
        accept: Accept,
        store: Conversations,
        channels: IntakeChannels,
        profiles: Profiles,
        staff: StaffCheck,
        thanks: IntakeThanks,
        clock: Clock,
    ) -> None:
        self._me = me
        self._url = url
        self._accept = accept
        self._store = store
        self._channels = channels
        self._profiles = profiles
        self._staff = staff
        self._thanks = thanks
        self._clock = clock
        self._courtesies: set[asyncio.Task[None]] = set()

    def register(self, app: AsyncApp, staff: StaffCheck) -> None:  # noqa: ARG002 - as all listeners; who writes is asked
        """Listen; a listener's middleware runs before Bolt acknowledges, and a failure there acknowledges nothing."""
        app.event("message", middleware=[self._stored])(_stored_already)

    async def _stored(self, body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002 - Bolt's name
        said = said_in(body)
        if said is not None and says_something_else(said, self._me):
            try:
                async with asyncio.timeout(STORE_SECONDS):
                    await self.take(said)
            except TimeoutError as error:
                raise RetryLater("a message could not be stored in time; Slack sends it again") from error
        await next()

    async def take(self, said: Said) -> Accepted | None:
        """Store what is for us; None when it is not. Raises RetryLater when it could not be stored."""
        known = None if said.happened is Happened.SAID else await self._stored_as(said, said.ts)
        if known is not None:
            again = said.happened is Happened.EDITED and is_version(known.content, said)
            return None if again else await self._accept(self._changed(said))
        if said.happened is Happened.DELETED:
            return None
        writer = writer_of(said, self._me, intake=await self._is_intake(said))
        if writer is None or not await self._is_in_time(said) or not await self._is_theirs(said):
            return None
        if said.kind == "im" and await self._is_staff(said.user):
            self._begin(self._thanks.greet_staff(said))
            return None
        return await self._new(said, writer)

    async def _is_intake(self, said: Said) -> bool:
        return said.kind not in ("im", "mpim") and await self._channels.has(said.channel)

    async def _is_in_time(self, said: Said) -> bool:
        """An edit of what we never had counts as the message when that may still be on its way to us."""
        age = self._clock.now().timestamp() - float(said.ts)
        return said.happened is Happened.SAID or age <= LATE.total_seconds()

    async def _is_theirs(self, said: Said) -> bool:
        """In a thread only who began it is the customer; others' replies there are talk among us."""
        if not said.is_reply or said.kind == "im":
            return True
        if said.parent_user:
            return said.parent_user == said.user
        root = await self._stored_as(said, said.thread_ts)
        return root is not None and root.mail_from == self._raw(said, together=True).mail_from

    async def _is_staff(self, user: str) -> bool:
        """When Slack does not say, they are not: a lead too many costs less than a customer who is not heard."""
        try:
            async with asyncio.timeout(STAFF_SECONDS):
                await self._staff.admit(user)
        except (NotStaff, TimeoutError):
            return False
        return True

    async def _new(self, said: Said, writer: Writer) -> Accepted:
        profile = await self._profiles.of(said.user) if writer is Writer.PERSON else None
        first = said.model_copy(update={"happened": Happened.SAID})
        raw = self._raw(
            first,
            name=profile.name if profile else "",
            email=profile.email if profile else "",
            together=writer is Writer.PERSON,
        )
        accepted = await self._accept(raw)
        if accepted.new and writer is Writer.PERSON:
            self._begin(self._thank(first))
        return accepted

    async def taken(self, said: Said) -> Accepted:
        """Store what staff have pointed at, whoever wrote it and wherever. Raises RetryLater.

        Of what staff wrote about a customer only the words say who that is.
        """
        ours = said.user in ("", self._me.bot_user_id) or said.bot_id or await self._is_staff(said.user)
        profile = None if ours else await self._profiles.of(said.user)
        known = {"name": profile.name, "email": profile.email} if profile else {}
        return await self._accept(self._raw(said, **known, together=profile is not None))

    def _raw(self, said: Said, *, name: str = "", email: str = "", together: bool) -> RawMessage:
        return raw_of(
            said,
            self._clock.now(),
            name=name,
            email=email,
            bot_user=self._me.bot_user_id,
            link=self.link(said),
            together=together,
        )

    def link(self, said: Said) -> str:
        """The message's address, as Slack's own `Copy link` gives it."""
        return f"{self._url.rstrip('/')}/archives/{said.channel}/p{said.ts.replace('.', '')}" if self._url else ""

    def _changed(self, said: Said) -> RawMessage:
        return self._raw(said, together=False)

    async def _stored_as(self, said: Said, ts: str) -> StoredMessage | None:
        return await asyncio.to_thread(self._store.known, first_identity(said.team, said.channel, ts))

    async def _thank(self, said: Said) -> None:
        stored = await self._stored_as(said, said.ts)
        if stored is None:
            return
        near = await asyncio.to_thread(self._store.near, stored, TOGETHER_SECONDS)
        await self._thanks.give(said, first=not (said.is_reply or near.waits or near.lead_id is not None))

    def _begin(self, courtesy: Coroutine[Any, Any, None]) -> None:
        """Beside the answer to Slack, not before it."""
        task = asyncio.create_task(courtesy)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)


async def _stored_already() -> None:
    """All of the work was done before the acknowledgement."""
