"""`/lead`: what staff can ask for. Each answer is for the asker's eyes only."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.search import Hit, Search, lead_number
from bot.slack import cards
from bot.slack.blocks import EMPTY, TEXT_LIMIT, Block, SlackMessage, clipped, context, escape, markup, one_line, section
from bot.status import Status, lines
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.events import SHOWN, Audit
from enrichment.errors import GiveUp, NeedsPerson, RetryLater
from enrichment.models import Lead, MatchKind
from enrichment.ports import Clock

COMMAND = "/lead"
LISTED = 15
HELP = {
    "/lead": "open leads, most urgent first",
    "/lead similar TEXT": "leads like this text, e.g. `/lead similar grinding brakes`",
    "/lead similar L-12": "leads like that lead, and its duplicates",
    "/lead show L-12": "one lead in full",
    "/lead status": "what came in and what became of it",
    "/lead help": "this list",
}
_LIST = f"{COMMAND} help"
_KIND = {MatchKind.DUPLICATE: "duplicate", MatchKind.RELATED: "same customer", MatchKind.SIMILAR: "similar"}

Answer = Callable[[str], Awaitable[SlackMessage]]


@dataclass(frozen=True)
class Verb:
    """A command that another part brings. answer: to what stands after it; help: its lines, command to what it does."""

    answer: Answer
    help: Mapping[str, str] = field(default_factory=dict)


def hints(extra: Mapping[str, Verb] | None = None) -> dict[str, str]:
    """Everything that can be typed, with what it does; the list itself last."""
    own = {command: what for command, what in HELP.items() if command != _LIST}
    for verb in (extra or {}).values():
        own |= verb.help
    return own | {_LIST: HELP[_LIST]}


@dataclass(frozen=True)
class Commands:
    """Answers the words after `/lead`; `status` reads the state of the running bot, `audit` notes who saw what.

    extra: verbs that other parts bring (`samples`), which answer and are listed like the built-in ones.
    """

    book: LeadBook
    search: Search
    clock: Clock
    status: Callable[[], Status]
    audit: Audit
    extra: Mapping[str, Verb] = field(default_factory=dict)

    async def answer(self, text: str, user: str) -> SlackMessage:
        """The answer to `/lead <text>`; never raises for what was typed or for a neighbour's outage.

        user: Slack's id of who asks.
        """
        verb, rest = (*text.split(maxsplit=1), "", "")[:2]
        known: dict[str, Answer] = {name: brought.answer for name, brought in self.extra.items()} | {
            "": functools.partial(self._list, user),
            "list": functools.partial(self._list, user),
            "similar": functools.partial(self._similar, user),
            "show": functools.partial(self._show, user),
            "status": self._status,
            "help": self._help,
        }
        answer = known.get(verb.lower())
        if answer is None:
            return self._explained(f"I don't know “{one_line(verb, 80)}”.")
        try:
            return await answer(rest.strip())
        except GiveUp as error:
            return self._explained(f"{error}")
        except (RetryLater, NeedsPerson) as error:
            return _message(f"That did not work just now: {error}. Please try again.", [])

    async def _list(self, user: str, _rest: str) -> SlackMessage:
        leads = await asyncio.to_thread(self.book.listed, limit=LISTED)
        await self._noted(user, "list", leads)
        total = await asyncio.to_thread(self.book.count_open)
        return listing(leads, total)

    async def _noted(self, user: str, by: str, leads: Sequence[Lead]) -> None:
        """Write down who is about to see these. What was asked is not: it may be a customer's words."""
        if leads:
            numbers = [lead.id for lead in leads]
            await asyncio.to_thread(self.audit.note, user, SHOWN, by=by, leads=numbers)

    async def _similar(self, user: str, rest: str) -> SlackMessage:
        hits = await asyncio.to_thread(self.search.similar, rest)
        await self._noted(user, "similar", [hit.lead for hit in hits])
        asked = one_line(rest, 200)
        if not hits:
            return _message(f"No lead is like “{asked}”.", [])
        count = "1 lead" if len(hits) == 1 else f"{len(hits)} leads"
        return _message(f"{count} like “{asked}”", [section(_found(hit), 2 * cards.LINE_LIMIT) for hit in hits])

    async def _show(self, user: str, rest: str) -> SlackMessage:
        number = lead_number(rest)
        if number is None:
            raise GiveUp("say which lead: `show L-12`")
        lead = await asyncio.to_thread(self.book.get, number)
        if lead is None or lead.revision == 0:
            raise GiveUp(f"there is no lead L-{number}")
        await asyncio.to_thread(self.audit.note, user, SHOWN, lead_id=number, by="command")
        return cards.full(lead)

    async def _status(self, _rest: str) -> SlackMessage:
        status = await asyncio.to_thread(self.status)
        return _message("Leadbot status", [section("\n".join(lines(status, self.clock.now())))])

    async def _help(self, _rest: str) -> SlackMessage:
        return self._explained("")

    def _explained(self, remark: str) -> SlackMessage:
        return help_message(remark, hints(self.extra))


def listing(leads: list[Lead], total: int) -> SlackMessage:
    """Open leads, most urgent first; `total`: how many there are."""
    if not leads:
        return _message("No open leads. New ones show up here as soon as a customer writes.", [])
    blocks = [section(cards.list_line(lead), cards.LINE_LIMIT) for lead in leads]
    if total > len(leads):
        blocks.append(context(f"and {total - len(leads)} more: `leadbot leads` on the command line lists all"))
    noun = "lead" if total == 1 else "leads"
    return _message(f"{total} open {noun}, most urgent first", blocks)


def _found(hit: Hit) -> str:
    reasons = one_line(", ".join(hit.found.reasons), 250)
    why = f"{_KIND[hit.found.kind]}, {hit.found.score:.0%}" + (f": {reasons}" if reasons else "")
    return f"{cards.list_line(hit.lead)}\n      {why}"


def help_message(remark: str, known: Mapping[str, str] = HELP) -> SlackMessage:
    """What can be typed, after a remark about what was not understood (anybody's words)."""
    listed = "\n".join(f"`{escape(command)}`  {what}" for command, what in known.items())
    blocks = [markup(listed)]
    return _message(remark, blocks) if remark else SlackMessage(text="What you can ask Leadbot", blocks=tuple(blocks))


def _message(title: str, blocks: list[Block]) -> SlackMessage:
    """A titled answer; the title may hold anybody's words."""
    return SlackMessage(text=clipped(title, TEXT_LIMIT) or EMPTY, blocks=(section(title, 1000), *blocks))
