"""Decides in which channel each lead's card is posted: once, by the first rule that fits, else the lead channel."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from bot.routes import Route, first_fit
from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, one_line, section
from bot.slack.client import Slack
from bot.slack.poster import Poster
from channels.mail.language import language_of
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.routed import AT_ONCE, Routed
from enrichment.errors import LeadbotError
from enrichment.lead import Lead
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{5,}")
PAGE, PAGES = 999, 100
# More leads than these wait for the next look.
ROUNDS = 50
NAMED = 80


class Routing:
    """poster: of the lead channel; routes: the rules as they are now."""

    def __init__(
        self,
        slack: Slack,
        poster: Poster,
        routed: Routed,
        book: LeadBook,
        *,
        routes: Callable[[], Sequence[Route]],
        clock: Clock,
    ) -> None:
        self._slack = slack
        self._poster = poster
        self._routed = routed
        self._book = book
        self._routes = routes
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._used: frozenset[str] | None = None
        self._followers: list[Callable[[], None]] = []

    @property
    def active(self) -> bool:
        """Whether any lead goes, or went, elsewhere than to the lead channel."""
        return bool(self._routes() or self._used)

    def channels(self) -> frozenset[str]:
        """The channels of cards besides the lead channel."""
        routed = {self._ids.get(route.channel, "") for route in self._routes()}
        return frozenset(routed | (self._used or frozenset())) - {"", self._poster.channel}

    async def refresh(self) -> list[str]:
        """Learn which channels the rules mean; those that are not there. Raises as `Slack.read` does."""
        if self._used is None:
            await asyncio.to_thread(self._routed.come_home, self._poster.channel)
            self._used = await asyncio.to_thread(self._routed.channels)
        wanted = {route.channel for route in self._routes()} - set(self._ids)
        self._ids |= {name: name for name in wanted if CHANNEL_ID.fullmatch(name)}
        if names := wanted - set(self._ids):
            found = await named_channels(self._slack)
            self._ids |= {name: found[name.lower()] for name in names if name.lower() in found}
        return sorted({route.channel for route in self._routes()} - set(self._ids))

    def sort(self) -> None:
        """Decide for every lead whose card is to be drawn and that has no channel yet. Blocking."""
        for _ in range(ROUNDS if self.active else 0):
            lead_ids = self._routed.undecided()
            if lead_ids:
                channels = self._decided(lead_ids)
                self._routed.decide(channels)
                self._used = (self._used or frozenset()) | (set(channels.values()) - {""})
            if len(lead_ids) < AT_ONCE:
                return

    def _decided(self, lead_ids: Sequence[int]) -> dict[int, str]:
        shown, accounts = self._routed.shown(lead_ids), self._routed.accounts(lead_ids)
        leads = {lead.id: lead for lead in self._book.these(lead_ids)}
        # One that was deleted at this moment has no facts, and needs none.
        chosen = {
            lead_id: shown[lead_id] if lead_id in shown else self._chosen(leads.get(lead_id), accounts.get(lead_id, ""))
            for lead_id in lead_ids
        }
        return {lead_id: "" if channel == self._poster.channel else channel for lead_id, channel in chosen.items()}

    def _chosen(self, lead: Lead | None, account: str) -> str:
        route = first_fit(self._routes(), facts(lead, account)) if lead is not None else None
        return self._ids.get(route.channel, "") if route is not None else ""

    def where(self, lead_id: int) -> str:
        """The channel of this lead's card. Blocking."""
        return (self._routed.channel(lead_id) if self.active else "") or self._poster.channel

    async def fall_back(self, lead_id: int, why: str) -> bool:
        """Its channel cannot be used: from now on the lead is in the lead channel; False when it was to be there."""
        channel = await asyncio.to_thread(self._routed.channel, lead_id)
        if not channel or channel == self._poster.channel:
            return False
        await asyncio.to_thread(self._routed.move, lead_id, "")
        for moved in self._followers:
            moved()
        await self.tell(channel, why)
        return True

    def follow(self, moved: Callable[[], None]) -> None:
        """Call this whenever a lead has gone over to the lead channel."""
        self._followers.append(moved)

    async def tell(self, channel: str, why: str) -> None:
        """Say in the lead channel, once a day, that a rule's channel cannot be used."""
        key = f"notice:route:{channel}:{self._clock.now().date().isoformat()}"
        try:
            await self._poster.show(key, cannot_use(channel, why))
        except LeadbotError as error:
            log.warning("nobody could be told of a rule's channel", channel=channel, why=str(error))


def cannot_use(channel: str, why: str) -> SlackMessage:
    """What staff read of a channel that a rule names."""
    named = one_line(channel, NAMED)
    title = f"⚠️ Leads for the channel {named} come here instead"
    told = f"{one_line(why, 300)}. Type /invite @Leadbot in that channel, or change the rule. Nothing is lost."
    return SlackMessage(text=clipped(title, TEXT_LIMIT), blocks=(section(title), section(told)))


def facts(lead: Lead, account: str) -> Mapping[str, str]:
    """What the rules ask of a lead, by condition. account: the door that its message came through."""
    return {
        "business": lead.business,
        "mailbox": account,
        "intent": lead.triage.intent,
        "service": lead.triage.service,
        "urgency": lead.triage.label.value,
        "language": language_of(lead.text) or "",
        "channel_in": lead.channel,
    }


async def named_channels(slack: Slack) -> dict[str, str]:
    """The public channels, name to id. Raises as `Slack.read` does."""
    found: dict[str, str] = {}
    asked: dict[str, Any] = {"limit": PAGE, "exclude_archived": "true", "types": "public_channel"}
    for _ in range(PAGES):
        page = await slack.read("conversations.list", **asked)
        found |= {str(each.get("name")): str(each["id"]) for each in page.get("channels", [])}
        asked["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
        if not asked["cursor"]:
            break
    return found
