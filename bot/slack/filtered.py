"""The mail that was taken for no lead: listed once a day, each with the way back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from bot.slack.blocks import TEXT_LIMIT, Block, SlackMessage, clipped, context, one_line, section
from bot.slack.buttons import button, pressed
from bot.slack.interaction import Interaction
from bot.slack.listeners import Listeners, plain
from bot.slack.people import People
from enrichment.adapters.store.filtered import Filtered, FilteredMessage
from enrichment.errors import GiveUp

RESTORE = "message_restore"
LISTED = 20
_ROW_LIMIT = 420
_REASON, _WRITER, _WORDS = 120, 80, 120


def digest(found: Sequence[FilteredMessage], total: int) -> SlackMessage:
    """What was filtered since the last time, newest first. found: at most LISTED of them; total: how many there are."""
    many = f"{total} messages were" if total != 1 else "1 message was"
    title = f"🧹 {many} taken for no lead"
    rows = [_row(message) for message in found]
    more = [context(f"and {total - len(found)} more, older")] if total > len(found) else []
    hint = context("Nothing was deleted. A press makes it a lead, with a card of its own.")
    return SlackMessage(text=clipped(title, TEXT_LIMIT), blocks=(section(title), *rows, *more, hint))


def _row(message: FilteredMessage) -> Block:
    words = one_line(message.excerpt, _WORDS) or "(no text)"
    told = f"{one_line(message.writer, _WRITER) or 'unknown sender'}: {words}\n{_reason(message)}"
    back = button(f"{RESTORE}:{message.id}", "This Was a Lead", str(message.id))
    return section(told, _ROW_LIMIT) | {"block_id": f"message:{message.id}", "accessory": back}


def _reason(message: FilteredMessage) -> str:
    """Why, without the backquotes around a quoted header: Slack would show them here."""
    return one_line(message.reason.replace("`", ""), _REASON)


class FilteredActions:
    """The button of a row. wake: called when a message is to be looked at again."""

    def __init__(self, filtered: Filtered, people: People, wake: Callable[[], None]) -> None:
        self._filtered = filtered
        self._people = people
        self._wake = wake

    def listeners(self) -> Listeners:
        """All of them: Slack wants another action id for each button of a message."""
        return Listeners(self._people, {re.compile(rf"^{RESTORE}:\d{{1,12}}$"): self._restore})

    async def _restore(self, given: Interaction) -> None:
        """Make it a lead; whoever comes second is told that it is one already."""
        found = pressed(given.value)
        if found is None or not given.user:
            raise GiveUp("this button does not say which message it is about")
        restored = await asyncio.to_thread(self._filtered.restore, found[1], given.user)
        self._wake()
        said = "It becomes a lead now; its card follows." if restored else "Somebody made it a lead already."
        await self._people.tell(given.user, plain(said), given.channel)
