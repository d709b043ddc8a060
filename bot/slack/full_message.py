"""The whole of a message, with its pictures and PDFs, in the lead's thread: once, whoever asks and whatever crashes."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

import structlog

from bot.slack.blocks import one_line, visible
from bot.slack.card_facts import sender
from bot.slack.client import Slack, SlackBusy, SlackRefused
from bot.slack.files import Upload, upload
from bot.slack.poster import THREAD_GONE
from bot.slack.shared_files import Attached, SharedFiles, left_out_line
from channels.mail.attachment_files import attachments_of
from channels.slack.raw import CHANNEL
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.postings import Posting, Postings, card_key
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.lead import Lead
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

# Whoever began it so long ago has ended it, or crashed.
SECONDS = 90.0
# Slack shows files a moment after it has taken them.
LOOKS, LOOK_SECONDS = 4, 0.5
# Messages whose files are read side by side.
AT_ONCE = 2
PAGE = 200
PAGES = 5
MESSAGE_GONE = "message_not_found"
_MAIL = ("smtp", "imap")


def full_key(lead_id: int) -> str:
    """The key of what is in the thread."""
    return f"lead:{lead_id}:full"


class FullMessage:
    """Puts whole messages into threads."""

    def __init__(self, slack: Slack, postings: Postings, messages: Messages, clock: Clock) -> None:
        self._slack = slack
        self._postings = postings
        self._messages = messages
        self._clock = clock
        self._shared = SharedFiles(slack, messages)
        # Each is a process with a memory of its own, and a thread that waits for it; the store needs threads too.
        self._reading = asyncio.Semaphore(AT_ONCE)

    async def show(self, lead: Lead) -> tuple[str, bool]:
        """See that it is in the lead's thread; the link to it, and whether it is new there.

        Raises RetryLater while it is on its way or Slack is away, GiveUp when the lead has no card, NeedsPerson when
        the bot may put no files there, SlackRefused.
        """
        card = await asyncio.to_thread(self._postings.get, card_key(lead.id))
        if card is None or card.ts is None:
            raise GiveUp(f"{lead.label} has no card of its own yet")
        known = await asyncio.to_thread(self._postings.get, full_key(lead.id))
        digest = await self._digest(lead)
        if known is not None and (link := await self._there(known, card, lead)) is not None:
            if lead.channel != CHANNEL or known.digest == digest:
                return link, False
            # The customer has said more in Slack since, or sent a file.
            await asyncio.to_thread(self._postings.forget, known.id)
        return await self._link(card, await self._put(lead, card, card.ts, digest)) or "", True

    async def _there(self, known: Posting, card: Posting, lead: Lead) -> str | None:
        """The link to what an earlier press put there; None when there is nothing, and nobody is about to."""
        if (known.channel, known.thread_ts) == (card.channel, card.ts):
            ts = known.ts
            if ts is None and abs(self._clock.now() - known.created_at) < timedelta(seconds=SECONDS):
                raise RetryLater("the whole message is on its way into the thread")
            if ts is None and (ts := await self._find(known, lead)) is not None:
                await asyncio.to_thread(self._postings.sent, known.id, ts, known.digest)
            if ts is not None and (link := await self._link(card, ts)) is not None:
                return link
        await asyncio.to_thread(self._postings.forget, known.id)
        return None

    async def _digest(self, lead: Lead) -> str:
        """Of the words, and of which files there are in Slack."""
        files = await asyncio.to_thread(self._shared.ids, lead) if lead.channel == CHANNEL else ()
        return hashlib.sha256(_content(lead) + "".join(files).encode()).hexdigest()

    async def _put(self, lead: Lead, card: Posting, root: str, digest: str) -> str:
        attached = await self._attached(lead)
        begun = await asyncio.to_thread(self._postings.begin, full_key(lead.id), card.channel, root, digest, lead.id)
        files = _files(lead, begun, _content(lead), attached)
        try:
            async with asyncio.timeout(SECONDS):
                await upload(
                    self._slack, channel=card.channel, thread_ts=root, files=files, comment=_comment(lead, attached)
                )
        except TimeoutError as error:
            raise RetryLater("Slack takes long to take the files; please look into the thread in a minute") from error
        except (SlackBusy, SlackRefused, NeedsPerson):
            # A clear no: nothing is there to be looked for.
            await asyncio.to_thread(self._postings.forget, begun.id)
            raise
        # Slack may be slow to show it; the root of its thread is as good a place to look.
        ts = await self._patiently(begun, lead) or root
        await asyncio.to_thread(self._postings.sent, begun.id, ts, digest)
        return ts

    async def _attached(self, lead: Lead) -> Attached:
        """The files of the message; where they cannot be read, the words alone are shown."""
        stored = await asyncio.to_thread(self._messages.get, lead.message_id)
        if stored is not None and stored.channel == CHANNEL:
            async with self._reading:
                return await self._shared.of(lead)
        if stored is None or stored.channel not in _MAIL:
            return Attached()
        try:
            async with self._reading:
                return Attached(*await asyncio.to_thread(attachments_of, stored.content))
        except LeadbotError as error:
            log.warning("the attachments of a message cannot be shown", lead=lead.id, why=str(error))
            return Attached(left_out=1)

    async def _patiently(self, posting: Posting, lead: Lead) -> str | None:
        for _ in range(LOOKS):
            try:
                if (ts := await self._find(posting, lead)) is not None:
                    return ts
            except LeadbotError as error:
                log.info("slack does not say where the files are", lead=lead.id, why=str(error))
                return None
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def _find(self, posting: Posting, lead: Lead) -> str | None:
        """The ts of the message in the thread whose first file is the one that this posting is about."""
        where: dict[str, Any] = {"channel": posting.channel, "ts": posting.thread_ts, "limit": PAGE}
        for _ in range(PAGES):
            try:
                page = await self._slack.read("conversations.replies", **where)
            except SlackRefused as error:
                if error.code != THREAD_GONE:
                    raise
                return None
            for message in page.get("messages") or ():
                if any(file.get("name") == text_name(lead, posting) for file in message.get("files") or ()):
                    return str(message["ts"])
            where["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not where["cursor"]:
                return None
        return None

    async def _link(self, card: Posting, ts: str) -> str | None:
        """The link to it; empty when Slack does not tell one, None when somebody deleted it."""
        try:
            answer = await self._slack.read("chat.getPermalink", channel=card.channel, message_ts=ts)
        except LeadbotError as error:
            if isinstance(error, SlackRefused) and error.code == MESSAGE_GONE:
                return None
            log.info("no link to a message", why=str(error))
            return ""
        return str(answer.get("permalink") or "")


def text_name(lead: Lead, posting: Posting) -> str:
    """The name of the file with the words, by which it is found again."""
    return f"{lead.label}-message-{posting.dispatch_id[:8]}.txt"


def _content(lead: Lead) -> bytes:
    subject = one_line(lead.subject, 300)
    head = f"From: {sender(lead)}\n" + (f"Subject: {subject}\n" if subject else "")
    return visible(f"{head}\n{lead.whole or lead.text or '(no text)'}\n").encode("utf-8", "replace")


def _files(lead: Lead, begun: Posting, text: bytes, attached: Attached) -> list[Upload]:
    whole = Upload(text_name(lead, begun), text, f"{lead.label} message", "")
    sent = "sent with the message of a customer"
    return [whole, *(Upload(file.name, file.content, file.name, sent) for file in attached.files)]


def _comment(lead: Lead, attached: Attached) -> str:
    return f"📎 The whole message of {lead.label}.{left_out_line(attached)}"
