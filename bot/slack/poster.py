"""Posts to Slack so that nothing is said twice: written down first, marked by an id, looked for after a crash."""

from __future__ import annotations

import asyncio
import hashlib
import json
import weakref
from typing import Any

import structlog

from bot.slack.blocks import SECTION_LIMIT, SlackMessage
from bot.slack.client import Slack, SlackBusy, SlackRefused
from enrichment.adapters.store.postings import Posting, Postings
from enrichment.adapters.store.views import Views
from enrichment.errors import NeedsPerson, RetryLater

log = structlog.get_logger(__name__)

EVENT_TYPE = "leadbot_posting"
# Slack lets short bursts through above its rate.
BURST = 5
LOOKUP_PAGE = 100
LOOKUP_PAGES = 10
# A call ends within seconds of its row, but Slack's clock and ours may differ.
LOOKUP_SECONDS = 120.0


class Poster:
    """Messages of ours in one channel, each under a key (`lead:7:card`) that is posted once and edited afterwards.

    per_second: new messages that the channel takes.
    """

    def __init__(self, slack: Slack, postings: Postings, views: Views, channel: str, per_second: float) -> None:
        self._slack = slack
        self._per_second = per_second
        self._postings = postings
        self._views = views
        self.channel = channel
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def show(
        self, key: str, message: SlackMessage, *, thread_ts: str | None = None, lead_id: int | None = None
    ) -> str:
        """Make the message under this key say this; its ts.

        Raises RetryLater when Slack cannot be asked now: calling again finishes the work, and never posts twice.
        """
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._show(key, message, thread_ts, lead_id)

    async def _show(self, key: str, message: SlackMessage, thread_ts: str | None, lead_id: int | None) -> str:
        posting = await asyncio.to_thread(self._postings.get, key)
        if posting is not None and posting.state == "sending":
            posting = await self._adopt(posting)
        if posting is None or posting.ts is None:
            return await self._post(key, message, thread_ts, lead_id)
        if posting.digest == digest(message):
            return posting.ts
        return await self._edit(posting, posting.ts, message)

    async def ts_of(self, key: str) -> str | None:
        """The ts of what was posted under this key, None when it is not known to be there."""
        posting = await asyncio.to_thread(self._postings.get, key)
        return posting.ts if posting is not None else None

    async def _post(self, key: str, message: SlackMessage, thread_ts: str | None, lead_id: int | None) -> str:
        await self._wait_for_place()
        posting = await asyncio.to_thread(self._postings.begin, key, self.channel, thread_ts, digest(message), lead_id)
        try:
            answer = await self._slack.call("chat.postMessage", **_arguments(posting, message))
        except (SlackBusy, SlackRefused, NeedsPerson) as error:
            # A clear no: nothing is there to be looked for.
            await asyncio.to_thread(self._postings.forget, posting.id)
            if isinstance(error, SlackRefused) and error.code == "invalid_blocks" and len(message.blocks) > 1:
                # The lead counts more than its looks: the point of it as one plain paragraph.
                log.exception("slack refused the blocks of a message", key=key)
                return await self._post(key, _plain(message), thread_ts, lead_id)
            raise
        ts = str(answer["ts"])
        await asyncio.to_thread(self._postings.sent, posting.id, ts, posting.digest)
        return ts

    async def _edit(self, posting: Posting, ts: str, message: SlackMessage) -> str:
        try:
            await self._slack.call(
                "chat.update", channel=posting.channel, ts=ts, text=message.text, blocks=message.blocks
            )
        except SlackRefused as error:
            if error.code != "message_not_found":
                raise
            # Somebody deleted it; the lead must still be shown.
            await asyncio.to_thread(self._postings.forget, posting.id)
            return await self._post(posting.key, message, posting.thread_ts, posting.lead_id)
        await asyncio.to_thread(self._postings.sent, posting.id, ts, digest(message))
        return ts

    async def _adopt(self, posting: Posting) -> Posting | None:
        """Find out whether a posting whose answer we never saw is in Slack; None when it is not there."""
        ts = await self._find(posting)
        if ts is None:
            await asyncio.to_thread(self._postings.forget, posting.id)
            return None
        log.info("adopted a posting", key=posting.key)
        await asyncio.to_thread(self._postings.sent, posting.id, ts, posting.digest)
        return posting.model_copy(update={"ts": ts, "state": "sent"})

    async def _find(self, posting: Posting) -> str | None:
        """The ts of the message that carries the posting's dispatch id, looked for around the time it was sent."""
        arguments: dict[str, Any] = {
            "channel": posting.channel,
            "oldest": f"{posting.created_at.timestamp() - LOOKUP_SECONDS:.6f}",
            "latest": f"{posting.created_at.timestamp() + LOOKUP_SECONDS:.6f}",
            "limit": LOOKUP_PAGE,
            "include_all_metadata": "true",
        }
        method = "conversations.history"
        if posting.thread_ts is not None:
            method, arguments["ts"] = "conversations.replies", posting.thread_ts
        for _ in range(LOOKUP_PAGES):
            page = await self._slack.read(method, **arguments)
            for message in page.get("messages", []):
                payload = message.get("metadata", {}).get("event_payload", {})
                if payload.get("dispatch_id") == posting.dispatch_id:
                    return str(message["ts"])
            cursor = page.get("response_metadata", {}).get("next_cursor")
            if not cursor:
                return None
            arguments["cursor"] = cursor
        return None

    async def _wait_for_place(self) -> None:
        delay = await asyncio.to_thread(self._views.reserve, f"slack:{self.channel}", self._per_second, BURST)
        if delay > 60:
            raise RetryLater("too many messages wait for this channel", retry_after=delay / 2)
        await asyncio.sleep(delay)

    async def permalink(self, ts: str) -> str:
        """The link to a message of ours. Raises as `Slack.call` does."""
        answer = await self._slack.read("chat.getPermalink", channel=self.channel, message_ts=ts)
        return str(answer["permalink"])


def digest(message: SlackMessage) -> str:
    """Hex sha256 of what a message says."""
    return hashlib.sha256(json.dumps([message.text, message.blocks], sort_keys=True).encode()).hexdigest()


def _arguments(posting: Posting, message: SlackMessage) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "channel": posting.channel,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"dispatch_id": posting.dispatch_id}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return arguments if posting.thread_ts is None else arguments | {"thread_ts": posting.thread_ts}


def _plain(message: SlackMessage) -> SlackMessage:
    # The fallback text is escaped already.
    paragraph = {"type": "plain_text", "text": message.text[:SECTION_LIMIT], "emoji": False}
    return SlackMessage(text=message.text, blocks=({"type": "section", "text": paragraph},))
