"""`/lead samples` and `/lead samples remove`, and the sentences that answer them everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from bot.samples.samples import Loaded, Removed, Samples
from bot.slack.blocks import SlackMessage, markup
from bot.slack.commands import Verb
from enrichment.errors import GiveUp

VERB = "samples"
HELP: Mapping[str, str] = MappingProxyType(
    {
        "/lead samples": "load ten sample mails and watch what becomes of them",
        "/lead samples remove": "take the samples and all that came of them away",
    }
)
# Who waits longer for an answer thinks that it is lost.
PATIENCE = 10.0
_LOADED = (
    "{count} sample mails are on their way; their cards show up here within seconds. Look at the order of `/lead`, the "
    "duplicate warning below one of the two hot and five warm cards, and what was filtered in `/lead status`; then try "
    "`/lead similar house painting`. `/lead samples remove` takes the samples away again."
)
_THERE = "Samples are already loaded. `/lead samples remove` takes them away; after that they can be loaded again."
_NONE = "There are no samples to remove. `/lead samples` loads ten."
_SLOW = (
    "The samples are off every list. Slack lets their messages be deleted slowly, one after the other; the last will "
    "be gone in a minute or two."
)


class SampleCommands:
    """Loads and removes, and says what came of it in words. Raises as Samples does."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    async def load(self) -> str:
        """Load the samples."""
        return _of_load(await self._samples.load())

    async def remove(self) -> str:
        """Remove the samples; after PATIENCE seconds the removal goes on by itself."""
        try:
            async with asyncio.timeout(PATIENCE):
                return _of_removal(await self._samples.remove())
        except TimeoutError:
            return _SLOW

    async def answer(self, rest: str) -> SlackMessage:
        """The answer to `/lead samples <rest>`. Raises GiveUp for other words."""
        asked = rest.strip().lower()
        if asked not in {"", "load", "remove"}:
            raise GiveUp("it is `samples` to load the sample mails, `samples remove` to take them away")
        told = await (self.remove() if asked == "remove" else self.load())
        return SlackMessage(text=told, blocks=(markup(told),))


def verb(samples: SampleCommands) -> Verb:
    """What `/lead` needs to know of us, to be put under VERB."""
    return Verb(answer=samples.answer, help=HELP)


def _of_load(loaded: Loaded) -> str:
    return _LOADED.format(count=loaded.count) if loaded.count else _THERE


def _of_removal(removed: Removed) -> str:
    if not removed.messages:
        return _NONE
    told = f"Removed {_count(removed.messages, 'sample mail')} and {_count(removed.leads, 'lead')} with all traces."
    if not removed.left:
        return told
    return f"{told} Slack would not let go of {_count(removed.left, 'message')}: delete by hand."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
