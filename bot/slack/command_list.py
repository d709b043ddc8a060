"""`/lead` and its words, `/lead find`: leads by what is asked for, ten to a page, with buttons to turn it.

All that a page needs to be drawn again stands in its buttons, so that they work after a restart too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.slack import cards
from bot.slack.blocks import Block, SlackMessage, context, one_line, section
from bot.slack.buttons import button
from bot.slack.command_help import suggestion, suggestions
from bot.slack.command_reply import Asker, titled
from bot.slack.command_time import start_of_day
from bot.slack.command_words import nearest
from enrichment.adapters.store.book import OPEN_STATES, LeadBook
from enrichment.adapters.store.events import SHOWN, Audit
from enrichment.adapters.store.lead_filters import MOST_WORDS, SEARCHED, Filters
from enrichment.errors import GiveUp
from enrichment.lead import Lead, LeadStatus, UrgencyLabel
from enrichment.models import Model
from enrichment.ports import Clock

PREVIOUS, NEXT = "list_previous", "list_next"
PAGE = 10
LONGEST_QUERY = 200
STATES: Mapping[str, tuple[LeadStatus, ...]] = MappingProxyType(
    {
        "open": OPEN_STATES,
        "claimed": (LeadStatus.CLAIMED,),
        "won": (LeadStatus.WON,),
        "lost": (LeadStatus.LOST,),
        "all": tuple(LeadStatus),
    }
)
LABELS = tuple(label.value for label in UrgencyLabel)
WORDS = (*STATES, *LABELS, "mine", "unclaimed", "snoozed", "today", "week")
WEEK = timedelta(days=7)
_STATE = re.compile(r"(\d{1,5}):(list|find):([^\n]{0,200})", re.ASCII)


class Query(Model):
    """verb: `list` or `find`; words: of WORDS, each once; sought: what is to stand in the lead."""

    verb: str = "list"
    words: tuple[str, ...] = ()
    sought: str = ""

    def state(self, page: int) -> str:
        """What a button remembers of it."""
        return f"{page}:{self.verb}:{' '.join([*self.words, self.sought]).strip()}"


def query(verb: str, text: str) -> Query:
    """What these words ask for. Raises GiveUp for too many of them, or two that cannot both be."""
    flat = " ".join(text.split())
    if len(flat) > LONGEST_QUERY:
        raise GiveUp(f"search for fewer words ({LONGEST_QUERY} characters at most)")
    if verb == "find":
        if not flat:
            raise GiveUp("say what to look for: `find brakes`")
        return Query(verb=verb, sought=_sought(flat.split()))
    words = flat.split()
    named = tuple(dict.fromkeys(word.lower() for word in words if word.lower() in WORDS))
    if len(set(named) & set(LABELS)) > 1:
        raise GiveUp("choose one of `hot`, `warm` and `cold`")
    if {"mine", "unclaimed"} <= set(named):
        raise GiveUp("a lead of yours is not unclaimed: choose one of `mine` and `unclaimed`")
    return Query(words=named, sought=_sought([word for word in words if word.lower() not in WORDS]))


def _sought(words: Sequence[str]) -> str:
    """No more than is searched for, so that an answer never speaks of words that it left out."""
    return " ".join(words[:MOST_WORDS])


def filters(asked: Query, user: str, now: datetime, zone: ZoneInfo) -> Filters:
    """What to ask the book for. user: whose `mine` is."""
    if asked.verb == "find":
        return Filters(status=tuple(LeadStatus), words=asked.sought)
    words = set(asked.words)
    named = [status for word, states in STATES.items() if word in words for status in states]
    ended = bool(named) and not set(named) & set(OPEN_STATES)
    since = now - WEEK if "week" in words else None
    return Filters(
        status=tuple(dict.fromkeys(named)) or OPEN_STATES,
        owner=user if "mine" in words else None,
        unclaimed="unclaimed" in words,
        label=next((UrgencyLabel(word) for word in LABELS if word in words), None),
        since=start_of_day(now, zone) if "today" in words else since,
        # What waits until another day is not in the way, unless it is asked for.
        snoozed=True if "snoozed" in words else None if ended or "all" in words else False,
        words=asked.sought,
    )


class ListCommand:
    """Draws the pages. zone: whose day `today` is."""

    def __init__(self, book: LeadBook, audit: Audit, clock: Clock, zone: ZoneInfo) -> None:
        self._book = book
        self._audit = audit
        self._clock = clock
        self._zone = zone

    async def listed(self, asker: Asker, rest: str) -> SlackMessage:
        """`list WORDS`."""
        return await self.page(asker, query("list", rest), buttons=not asker.shared)

    async def find(self, asker: Asker, rest: str) -> SlackMessage:
        """`find WORDS`."""
        return await self.page(asker, query("find", rest), buttons=not asker.shared)

    async def page(self, asker: Asker, asked: Query, page: int = 1, *, buttons: bool = True) -> SlackMessage:
        """One page, or the last when there are fewer. buttons: whether it can be turned."""
        chosen = filters(asked, asker.user, self._clock.now(), self._zone)
        total = await asyncio.to_thread(self._book.count, chosen)
        page = max(1, min(page, -(-total // PAGE)))
        leads = await asyncio.to_thread(self._book.found, chosen, PAGE, (page - 1) * PAGE)
        if leads:
            numbers = [lead.id for lead in leads]
            # Who is about to see these. What was asked is not written down: it may be a customer's words.
            await asyncio.to_thread(self._audit.note, asker.user, SHOWN, by=asked.verb, leads=numbers)
        waiting = await self._waiting(chosen)
        partly = bool(asked.sought) and await asyncio.to_thread(self._book.has_unsearched)
        return drawn(asked, leads, total, page, waiting=waiting, buttons=buttons, partly=partly)

    async def turned(self, asker: Asker, state: str) -> SlackMessage:
        """The page that a button asks for. Raises GiveUp when what it remembers is not ours."""
        found = _STATE.fullmatch(state)
        if found is None:
            raise GiveUp("this button does not say which page")
        return await self.page(asker, query(found[2], found[3]), int(found[1]))

    async def _waiting(self, chosen: Filters) -> int:
        """How many snoozed leads were left out."""
        if chosen.snoozed is not False:
            return 0
        return await asyncio.to_thread(self._book.count, chosen.model_copy(update={"snoozed": True}))


def drawn(
    asked: Query,
    leads: Sequence[Lead],
    total: int,
    page: int,
    *,
    waiting: int = 0,
    buttons: bool = True,
    partly: bool = False,
) -> SlackMessage:
    """A page of leads in the book's order. waiting: how many snoozed ones were left out.

    partly: whether there are leads that were too old to be searched.
    """
    notes = [context(f"and {waiting} snoozed: `/lead snoozed`")] if waiting else []
    notes += [context(f"Only the newest {SEARCHED:,} leads were searched")] if partly else []
    if not leads:
        return _nothing(asked, notes)
    blocks = [section(cards.list_line(lead), cards.LINE_LIMIT) for lead in leads]
    turning = _turning(asked, total, page) if buttons else _rest(total, len(leads))
    return titled(_title(asked, total), [*blocks, *turning, *notes])


def _title(asked: Query, total: int) -> str:
    noun = "lead" if total == 1 else "leads"
    if asked.verb == "find":
        return f"{total} {noun} with “{asked.sought}”, newest first"
    told = asked.words or ("open",)
    only = f"{total} {' '.join(told)} {noun}" if told == ("open",) else f"{total} {noun}: {', '.join(told)}"
    return only + (f" with “{asked.sought}”, newest first" if asked.sought else ", most urgent first")


def _turning(asked: Query, total: int, page: int) -> list[Block]:
    """The buttons below a page, none when it is the only one."""
    pages = -(-total // PAGE)
    if pages == 1:
        return []
    turns = [button(PREVIOUS, "Previous", asked.state(page - 1))] if page > 1 else []
    turns += [button(NEXT, "Next", asked.state(page + 1))] if page < pages else []
    return [
        context(f"{(page - 1) * PAGE + 1}-{min(page * PAGE, total)} of {total}"),
        {"type": "actions", "block_id": "pages", "elements": turns},
    ]


def _rest(total: int, shown: int) -> list[Block]:
    return [context(f"and {total - shown} more")] if total > shown else []


def _nothing(asked: Query, notes: list[Block]) -> SlackMessage:
    """That there is none, and what may have been meant."""
    if not asked.sought:
        if asked.words in ((), ("open",)):
            return titled("No open leads. New ones show up here as soon as a customer writes.", notes)
        return titled(f"No leads: {', '.join(asked.words)}.", notes)
    title = f"No lead has “{one_line(asked.sought, 120)}”"
    if asked.verb == "find":
        return titled(
            f"{title}. “similar” looks for the meaning instead of the words.", [*_else("similar", asked), *notes]
        )
    meant = [nearest(word, WORDS) for word in asked.sought.split()]
    near = [word for word in meant if word]
    if near:
        better = " ".join([*asked.words, *near])
        run = suggestions([suggestion(f"list {better}", f"List {better}")])
        return titled(f"{title} among these. Did you mean “{' '.join(near)}”?", [*run, *notes])
    return titled(f"{title} among these.", [*_else("find", asked), *notes])


def _else(verb: str, asked: Query) -> list[Block]:
    """A button to look elsewhere for the same words."""
    label = {"find": "Search All Leads", "similar": "Find Similar"}[verb]
    return suggestions([suggestion(f"{verb} {asked.sought}", label)])
