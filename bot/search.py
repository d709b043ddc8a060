"""`similar`: the leads like a text or like a lead, for `/lead similar` and the command line alike. Blocking."""

from __future__ import annotations

import itertools
import re

from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.leads import Leads
from enrichment.errors import GiveUp
from enrichment.lead import Lead
from enrichment.models import Model
from enrichment.ports import Embedder, as_vector
from enrichment.stages.addresses import match_key
from enrichment.stages.match import Found, judge, judge_text, probe, rank
from enrichment.stages.neighbours import Neighbours
from enrichment.stages.resolve import contact_keys, name_key

SHOWN = 10
LONGEST_TEXT = 4000
_LABEL = re.compile(r"l-?(\d{1,12})", re.IGNORECASE)


class Hit(Model):
    """A lead that was found, and why."""

    lead: Lead
    found: Found


def lead_number(text: str) -> int | None:
    """The number in `L-12`, `l12`; None when the text is no lead's name."""
    match = _LABEL.fullmatch(text.strip())
    return int(match[1]) if match else None


class Search:
    """Searches the leads. region: where a phone without a country code is from."""

    def __init__(self, leads: Leads, book: LeadBook, neighbours: Neighbours, embedder: Embedder, region: str) -> None:
        self._leads = leads
        self._book = book
        self._neighbours = neighbours
        self._embedder = embedder
        self._region = region

    def similar(self, query: str) -> list[Hit]:
        """What is like this text, or like the lead of this name; best first, ten at most.

        Raises GiveUp with a line for the user when there is nothing to search for, RetryLater or NeedsPerson when the
        index cannot be asked.
        """
        text = query.strip()[:LONGEST_TEXT]
        if not text:
            raise GiveUp("say what to look for: `similar grinding brakes`, or a lead: `similar L-12`")
        number = lead_number(text)
        found = self._like_text(text) if number is None else self._like_lead(number)
        hits = ((self._book.get(result.lead_id), result) for result in rank(found))
        shown = (Hit(lead=lead, found=result) for lead, result in hits if lead is not None and lead.revision > 0)
        return list(itertools.islice(shown, SHOWN))

    def _like_text(self, text: str) -> list[Found]:
        searched = probe(text, self._region)
        keys = [("email", match_key(email)) for email in searched.emails]
        keys += [("phone", phone) for phone in searched.phones]
        vector = self._embedder.embed([text])[0]
        near = self._neighbours.near(vector, keys, strict=True)
        return [hit for other, cosine in near if (hit := judge_text(searched, other, cosine))]

    def _like_lead(self, number: int) -> list[Found]:
        candidates = self._leads.candidates([number])
        if not candidates:
            raise GiveUp(f"there is no lead L-{number}")
        lead = candidates[0]
        vector = as_vector(lead.vector)
        if not lead.vector:
            vector = self._embedder.embed([lead.text])[0]
        who = (contact_keys(lead.contact), name_key(lead.contact.name))
        near = self._neighbours.near(vector, *who, but=number, strict=True, sample=lead.sample)
        matches = [match for other, cosine in near if (match := judge(lead, other, cosine))]
        return [
            Found(
                lead_id=match.other_id if match.lead_id == number else match.lead_id,
                kind=match.kind,
                score=match.score,
                reasons=match.reasons,
            )
            for match in matches
        ]
