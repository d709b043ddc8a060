"""The view "analysis": a language model looks at each lead once, most urgent first, one at a time.

Until it has, and whenever it fails, what the rules said stands. What a failure means for the others:

- Ollama is away or busy (RetryLater with `retry_after`), or needs a person: the whole view waits, no lead is blamed.
- Slow, cut off, broken off, garbage (RetryLater without): it may be Ollama's trouble or this text's. Twice the view
  waits a moment and tries the lead again. From the third time in a row on the lead steps aside (`SteppedAside`): it
  waits alone, up to five minutes, and the others go on. From the sixth, if another lead has been answered meanwhile,
  it is the lead's own fault: GiveUp, tried again in an hour. If none was, nobody is put off for so long; but after a
  dozen failures in a row, whichever leads', each of them is followed by a pause.
- GiveUp (the prompt is too long): the lead is asked about with less of its text, and set aside when that fails too.

The counts are in memory: a restart gives every lead a new chance.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from enrichment.errors import GiveUp, LeadbotError, RetryLater
from enrichment.lead import Analysis, Lead, LeadStatus
from enrichment.ports import Clock, LanguageModel
from enrichment.stages.analyse import judged, question, read_answer, rules_alone
from enrichment.stages.question import TEXT_LENGTH, asked
from enrichment.store_ports import AnalysisStore, LeadReader

log = structlog.get_logger(__name__)

# Of the text, in characters: as much as the model's window takes.
LENGTHS = (TEXT_LENGTH, 2000, 600)
PATIENCE = 3
HOPELESS = 6
# A model that does not fit into memory, say, fails at once on each of a thousand leads.
ROW = 12
ROW_SECONDS = 30.0
_MOST_REMEMBERED = 1000
_OPEN = (LeadStatus.OPEN, LeadStatus.CLAIMED)

# A lead's business by name, and what that sells.
ProfileOf = Callable[[Lead], tuple[str, Sequence[str]]]


class SteppedAside(LeadbotError):
    """This lead failed again and waits alone, so that the others are not held up by it."""


def _no_profile(_: Lead) -> tuple[str, Sequence[str]]:
    return "", ()


class AnalysisTarget:
    """Implements enrichment.store_ports.Target."""

    name = "analysis"
    batch = 1
    after = None

    def __init__(
        self,
        leads: LeadReader,
        store: AnalysisStore,
        model: LanguageModel,
        clock: Clock,
        profile: ProfileOf = _no_profile,
    ) -> None:
        self._leads = leads
        self._store = store
        self._model = model
        self._clock = clock
        self._profile = profile
        self._suspects = Suspects()

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Analyse these leads; one that is gone, closed or not shown is done without a question.

        Raises what the model raises, SteppedAside or GiveUp for a lead that fails by itself (see above).
        """
        for lead_id, _ in leads:
            lead = await self._waiting(lead_id)
            if lead is not None:
                await self._analyse(lead)

    async def _analyse(self, lead: Lead) -> None:
        try:
            analysis = await opinion(self._model, lead, self._profile(lead), self._clock.now)
        except RetryLater as error:
            blamed = self._suspects.blamed(lead.id, error)
            await asyncio.sleep(self._suspects.pause)
            raise blamed from error
        self._suspects.cleared(lead.id)
        # What happened while the model was thinking counts.
        fresh = await self._waiting(lead.id)
        if fresh is None:
            return
        analysis = analysis.model_copy(update={"rules": rules_alone(fresh)})
        verdict = judged(fresh, analysis)
        # What the customer has added or changed meanwhile is asked about anew.
        if not await asyncio.to_thread(self._store.analysed, lead.id, analysis, verdict, text=lead.text):
            return
        log.info("analysed", lead=lead.id, model=analysis.model, prompt=asked().version)

    async def _waiting(self, lead_id: int) -> Lead | None:
        """The lead as it is now, when it is shown and open."""
        lead = await asyncio.to_thread(self._leads.get, lead_id)
        return lead if lead is not None and lead.revision > 0 and lead.status in _OPEN else None


async def opinion(
    model: LanguageModel, lead: Lead, profile: tuple[str, Sequence[str]], now: Callable[[], datetime]
) -> Analysis:
    """What the model says about a lead; asked again with less of a text that is too long.

    profile: the lead's business by name, and what that sells. Raises what the model raises, RetryLater for an answer
    that breaks the schema.
    """

    async def ask(longest: int) -> Analysis:
        business, services = profile
        asking = question(lead, services, business, secrets.token_hex(8), longest)
        text = await model.answer(asking.system, asking.prompt, asking.schema)
        return read_answer(text, lead, model.name, now(), services)

    whole, *parts = LENGTHS
    *longer, last = (whole, *(length for length in parts if length < len(lead.text)))
    for length in longer:
        with contextlib.suppress(GiveUp):
            return await ask(length)
    return await ask(last)


class Suspects:
    """Which leads keep failing while others are answered."""

    def __init__(self) -> None:
        self._answered = 0
        self._row = 0
        # Lead to how often it failed in a row, and how many had been answered before that.
        self._failed: dict[int, tuple[int, int]] = {}

    def blamed(self, lead_id: int, error: RetryLater) -> LeadbotError:
        """What the failure of this lead means for it and the others."""
        if error.retry_after is not None:
            return error
        failures, before = self._failed.pop(lead_id, (0, self._answered))
        failures += 1
        self._row += 1
        self._failed[lead_id] = (failures, before)
        if len(self._failed) > _MOST_REMEMBERED:
            del self._failed[next(iter(self._failed))]
        if failures < PATIENCE:
            return error
        if failures >= HOPELESS and self._answered > before:
            return GiveUp(f"{failures} times in a row: {error}")
        return SteppedAside(str(error))

    @property
    def pause(self) -> float:
        """Seconds to leave the model alone: when nobody has been answered for long."""
        return ROW_SECONDS if self._row >= ROW else 0.0

    def cleared(self, lead_id: int) -> None:
        """The lead was answered."""
        self._answered += 1
        self._row = 0
        self._failed.pop(lead_id, None)
