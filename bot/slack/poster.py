"""Posts to Slack so that nothing is said twice: written down first, marked by an id, looked for after a crash."""

from __future__ import annotations

import asyncio
import hashlib
import json
import weakref
from typing import Any, NamedTuple

import structlog

from bot.slack.blocks import SlackMessage, without_looks
from bot.slack.client import ChannelRefused, Slack, SlackBusy, SlackRefused
from bot.slack.memory import remember
from enrichment.adapters.store.postings import Posting, Postings
from enrichment.adapters.store.views import Views
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater

log = structlog.get_logger(__name__)

EVENT_TYPE = "leadbot_posting"
# Slack lets short bursts through above its rate. They are kept for cards: a reply waits until none of it is used, so
# that a new lead finds a place at once however many older ones are still waiting for their details.
BURST = 5
REPLY_BURST = 1
# Slack counts some fifty deletions a minute, and lets more through at once.
DELETE_BURST = 20
# Slack's words for a message that it would take with other blocks, or that is not there to be edited.
_LOOKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
THREAD_GONE = "thread_not_found"
_GONE = {"message_not_found", "cant_update_message"}
REMEMBERED_LINKS = 1000
LOOKUP_PAGE = 200
LOOKUP_PAGES = 10
# A call ends within seconds of its row; but Slack's clock and ours may differ by more.
NEAR_SECONDS = 60.0
LOOKUP_SECONDS = 600.0


class _Spot(NamedTuple):
    """Where a message belongs."""

    channel: str
    thread_ts: str | None
    lead_id: int | None


class Poster:
    """Messages of ours, in one channel unless another is named.

    Each is under a key (`lead:7:card`) that is posted once and edited afterwards.

    per_second: new messages that a channel takes; each has a rate of its own.
    """

    def __init__(self, slack: Slack, postings: Postings, views: Views, channel: str, per_second: float) -> None:
        self._slack = slack
        self._per_second = per_second
        self._postings = postings
        self._views = views
        self.channel = channel
        self._links: dict[tuple[str, str], str] = {}
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def show(
        self,
        key: str,
        message: SlackMessage,
        *,
        thread_ts: str | None = None,
        lead_id: int | None = None,
        channel: str = "",
    ) -> str:
        """Make the message under this key, in this channel or our own, say this; its ts.

        Raises RetryLater when Slack cannot be asked now: calling again finishes the work, and never posts twice;
        SlackRefused with the code THREAD_GONE when the root of the thread is no more.
        """
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._show(key, message, _Spot(channel or self.channel, thread_ts, lead_id))

    async def _show(self, key: str, message: SlackMessage, spot: _Spot) -> str:
        posting = await asyncio.to_thread(self._postings.get, key)
        if posting is not None and posting.state == "sending":
            posting = await self._adopt(posting, moved=posting.channel != spot.channel)
        if posting is not None and (posting.channel, posting.thread_ts) != (spot.channel, spot.thread_ts):
            # Its root was posted anew, or the cards go to another channel now; what is there stays as it is.
            await asyncio.to_thread(self._postings.forget, posting.id)
            posting = None
        if posting is None or posting.ts is None:
            return await self._post(key, message, spot)
        if posting.digest == digest(message):
            return posting.ts
        return await self._edit(posting, posting.ts, message)

    def at(self, channel: str) -> Poster:
        """Who posts in another channel; a key is of one channel only."""
        return Poster(self._slack, self._postings, self._views, channel, self._per_second)

    async def forget(self, key: str) -> None:
        """What was posted under this key is gone from Slack: the next `show` posts it anew."""
        posting = await asyncio.to_thread(self._postings.get, key)
        if posting is not None:
            await asyncio.to_thread(self._postings.forget, posting.id)

    @property
    def team(self) -> str:
        """The Slack team that the channel is in."""
        return self._postings.team

    async def delete(self, key: str) -> bool:
        """Take what was posted under this key out of Slack and forget it; False when Slack would not let it go.

        Safe to repeat. Raises RetryLater when Slack cannot be asked now or somebody may be posting it just now.
        """
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            posting = await asyncio.to_thread(self._postings.get, key)
            if posting is not None and self._postings.may_arrive(posting):
                raise RetryLater(f"{key} is still on its way to Slack", retry_after=2.0)
            if posting is not None and posting.state == "sending":
                posting = await self._adopt(posting)
            return posting is None or posting.ts is None or await self._delete(posting, posting.ts)

    async def _delete(self, posting: Posting, ts: str) -> bool:
        await asyncio.sleep(
            await asyncio.to_thread(self._views.reserve, "slack:chat.delete", self._per_second, DELETE_BURST)
        )
        gone = True
        try:
            await self._slack.call("chat.delete", channel=posting.channel, ts=ts)
        except SlackRefused as error:
            gone = error.code in _GONE
            if not gone:
                log.warning("a message stays in Slack", key=posting.key, why=str(error))
        await asyncio.to_thread(self._postings.forget, posting.id)
        return gone

    async def ts_of(self, key: str) -> str | None:
        """The ts of what was posted under this key, None when it is not known to be there."""
        posting = await asyncio.to_thread(self._postings.get, key)
        return posting.ts if posting is not None else None

    async def place(self, key: str) -> tuple[str, str] | None:
        """The channel and the ts of what was posted under this key, None when it is not known to be there."""
        posting = await asyncio.to_thread(self._postings.get, key)
        return None if posting is None or posting.ts is None else (posting.channel, posting.ts)

    async def _post(self, key: str, message: SlackMessage, spot: _Spot) -> str:
        await self._wait_for_place(spot.channel, REPLY_BURST if spot.thread_ts else BURST)
        where = spot.channel, spot.thread_ts
        posting = await asyncio.to_thread(self._postings.begin, key, *where, digest(message), spot.lead_id)
        try:
            answer = await self._slack.call("chat.postMessage", **_arguments(posting, message))
        except (SlackBusy, SlackRefused, NeedsPerson) as error:
            # A clear no: nothing is there to be looked for.
            await asyncio.to_thread(self._postings.forget, posting.id)
            return await self._post(key, _plainer(error, key, message), spot)
        ts = str(answer["ts"])
        await asyncio.to_thread(self._postings.sent, posting.id, ts, posting.digest)
        return ts

    async def _edit(self, posting: Posting, ts: str, message: SlackMessage) -> str:
        change = {"text": message.text, "blocks": message.blocks, "parse": "none"}
        try:
            await self._slack.call("chat.update", channel=posting.channel, ts=ts, **change)
        except SlackRefused as error:
            if error.code in _GONE:
                # Somebody deleted it; the lead must still be shown.
                await asyncio.to_thread(self._postings.forget, posting.id)
                spot = _Spot(posting.channel, posting.thread_ts, posting.lead_id)
                return await self._post(posting.key, message, spot)
            return await self._edit(posting, ts, _plainer(error, posting.key, message))
        await asyncio.to_thread(self._postings.sent, posting.id, ts, digest(message))
        return ts

    async def _adopt(self, posting: Posting, *, moved: bool = False) -> Posting | None:
        """Find out whether a posting whose answer we never saw is in Slack; None when it is not there.

        moved: it belongs to another channel now, so that one which is closed holds nothing up.
        """
        try:
            ts = await self._find(posting)
        except SlackRefused as error:
            if error.code != THREAD_GONE:
                raise
            ts = None
        except ChannelRefused:
            if not moved:
                raise
            ts = None
        if ts is None:
            await asyncio.to_thread(self._postings.forget, posting.id)
            return None
        log.info("adopted a posting", key=posting.key)
        await asyncio.to_thread(self._postings.sent, posting.id, ts, posting.digest)
        return posting.model_copy(update={"ts": ts, "state": "sent"})

    async def _find(self, posting: Posting) -> str | None:
        """The ts of the message that carries the posting's dispatch id; in the channel, where it must be by its time.

        Near its time by our clock first, which may have been wrong, then by Slack's, and last far around: in a busy
        channel that would be more than can be looked through.
        """
        if posting.thread_ts is not None:
            return await self._seek(posting, "conversations.replies", ts=posting.thread_ts)
        ours = posting.created_at.timestamp()
        before, after = await asyncio.to_thread(self._postings.neighbours, posting)
        for oldest, latest, margin in (
            (ours, ours, NEAR_SECONDS),
            (before, after, NEAR_SECONDS),
            (ours, ours, LOOKUP_SECONDS),
            (before, after, LOOKUP_SECONDS),
        ):
            found = await self._seek(posting, "conversations.history", **_span(oldest, latest, margin))
            if found is not None:
                return found
        return None

    async def _seek(self, posting: Posting, method: str, **where: str) -> str | None:
        arguments: dict[str, Any] = {
            "channel": posting.channel,
            "limit": LOOKUP_PAGE,
            "include_all_metadata": "true",
            **where,
        }
        for _ in range(LOOKUP_PAGES):
            page = await self._slack.read(method, **arguments)
            for message in page.get("messages", []):
                if _dispatch_id(message) == posting.dispatch_id:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            arguments["cursor"] = cursor
        return None

    async def _wait_for_place(self, channel: str, burst: int) -> None:
        place = f"slack:{channel}"
        await asyncio.sleep(await asyncio.to_thread(self._views.reserve, place, self._per_second, burst))

    async def permalink(self, ts: str, channel: str = "") -> str:
        """The link to a message of ours, in this channel or our own; asked for once. Raises as `Slack.call` does."""
        where = channel or self.channel, ts
        if where not in self._links:
            answer = await self._slack.read("chat.getPermalink", channel=where[0], message_ts=ts)
            remember(self._links, where, str(answer["permalink"]), REMEMBERED_LINKS)
        return self._links[where]


def digest(message: SlackMessage) -> str:
    """Hex sha256 of what a message says."""
    return hashlib.sha256(json.dumps([message.text, message.blocks], sort_keys=True).encode()).hexdigest()


def _span(oldest: float | None, latest: float | None, margin: float) -> dict[str, str]:
    """A look-up's bounds with so many seconds of room on both sides; none where there is no moment."""
    bounds = {} if oldest is None else {"oldest": f"{oldest - margin:.6f}"}
    return bounds if latest is None else {**bounds, "latest": f"{latest + margin:.6f}"}


def _arguments(posting: Posting, message: SlackMessage) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "channel": posting.channel,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"dispatch_id": posting.dispatch_id}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if posting.thread_ts is None:
        return arguments
    shown = {"reply_broadcast": True} if message.broadcast else {}
    return arguments | {"thread_ts": posting.thread_ts, **shown}


def _plainer(error: LeadbotError, key: str, message: SlackMessage) -> SlackMessage:
    """The message without its looks when Slack refused those; raises the error when it did not, or has seen it so."""
    plain = without_looks(message)
    if not isinstance(error, SlackRefused) or error.code not in _LOOKS or message.blocks == plain.blocks:
        raise error
    # The lead counts more than its looks.
    log.error("slack refused the blocks of a message", key=key, why=str(error))
    return plain


def _dispatch_id(message: dict[str, Any]) -> object:
    return ((message.get("metadata") or {}).get("event_payload") or {}).get("dispatch_id")
