"""How a lead belongs together with another: duplicate, related or similar, with the reasons in words.

Thresholds: chosen on the first 100 pairs of tests/enrichment/stages/pairs.toml with all-MiniLM-L6-v2 (precision and
recall: duplicate 0.94, 0.92; similar 0.96, 0.90), checked on the 24 written afterwards (both kinds 0.86, 1.00).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from enrichment.lead import Candidate, Contact, Match, MatchKind
from enrichment.models import Model
from enrichment.stages.addresses import emails_in
from enrichment.stages.party import company_domain, same_party
from enrichment.stages.phones import phones_in
from enrichment.stages.terms import in_english, shared_words, telling_words
from enrichment.stages.wording import request_text

DUPLICATE_FLOOR = 0.48
SIMILAR_FLOOR = 0.50
FOREIGN_FLOOR = 0.55  # the model knows English best: other languages look alike by being foreign
SEARCH_FLOOR = 0.35
_SAME_FRAME = 65  # of 100: so many letters in common come from a template or from courtesy, not from the request
_MOSTLY_SHARED = 0.75
_REPEAT_AFTER = timedelta(days=180)  # then it is another job, such as next year's inspection
_WORDS_SHOWN = 4
_ANOTHER = "another request"
_ORDER = (MatchKind.DUPLICATE, MatchKind.RELATED, MatchKind.SIMILAR)


class Probe(Model):
    """What staff typed into a search, with the e-mails and phones in it."""

    text: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class Found(Model):
    """A lead that a search found; score 0.0-1.0; reasons in words."""

    lead_id: int
    kind: MatchKind
    score: float
    reasons: tuple[str, ...] = ()


def judge(lead: Candidate, other: Candidate, similarity: float, generic: frozenset[str] = frozenset()) -> Match | None:
    """How two leads belong together, None when they do not.

    similarity: cosine of their vectors, -1.0..1.0; generic: words that tell nothing in this trade, lower case.
    """
    if lead.lead_id == other.lead_id:
        return None
    party = same_party(lead, other, similarity)
    if party.strength == 0.0:
        if not _same_request(lead, other, similarity, SIMILAR_FLOOR, generic):
            return None
        reasons = (*_colleagues(lead.contact, other.contact), *_likeness(lead, other, similarity, generic))
        return _match(lead, other, MatchKind.SIMILAR, similarity, reasons)
    score = party.strength * (0.6 + 0.4 * max(0.0, similarity))
    if not _same_request(lead, other, similarity, DUPLICATE_FLOOR, generic):
        return _match(lead, other, MatchKind.RELATED, score * 0.8, (*party.reasons, _ANOTHER))
    reasons = (*party.reasons, *_likeness(lead, other, similarity, generic))
    if days := _days_apart_if_repeat(lead, other):
        return _match(lead, other, MatchKind.RELATED, score * 0.8, (*reasons, f"asked again after {days} days"))
    return _match(lead, other, MatchKind.DUPLICATE, score, reasons)


def probe(text: str, region: str) -> Probe:
    """What a search text says; region: two letters, for phones without a country code."""
    return Probe(text=text, emails=emails_in(text), phones=phones_in(text, region))


def judge_text(searched: Probe, other: Candidate, similarity: float) -> Found | None:
    """How a lead answers a search, None when it does not; similarity: cosine of the text and the lead's vector.

    A contact in the text finds its party's leads; without one the floor is lower than between leads, since staff look
    on purpose.
    """
    lead = Candidate(
        lead_id=0,
        contact=Contact(),
        emails=searched.emails,
        phones=searched.phones,
        text=searched.text,
        received_at=other.received_at,
    )
    match = judge(lead, other, similarity)
    if match:
        reasons = tuple(reason for reason in match.reasons if reason != _ANOTHER)
        return Found(lead_id=other.lead_id, kind=match.kind, score=match.score, reasons=reasons)
    if similarity < SEARCH_FLOOR:
        return None
    reasons = _likeness(lead, other, similarity)
    return Found(lead_id=other.lead_id, kind=MatchKind.SIMILAR, score=min(1.0, similarity), reasons=reasons)


def rank(found: Iterable[Found]) -> list[Found]:
    """The party's own leads first, then the most alike."""
    return sorted(found, key=lambda hit: (_ORDER.index(hit.kind), -hit.score, -hit.lead_id))


def _same_request(lead: Candidate, other: Candidate, similarity: float, floor: float, generic: frozenset[str]) -> bool:
    """Whether both ask for the same thing."""
    if similarity < floor:
        return False
    left, right = _request(lead), _request(other)
    if _only_frame_alike(left, right, generic):
        return False
    if in_english(left) and in_english(right):
        return True
    return similarity >= FOREIGN_FLOOR and bool(shared_words(left, right, without=generic))


def _only_frame_alike(left: str, right: str, generic: frozenset[str]) -> bool:
    """Whether two texts are alike by their phrases while the words that tell what is asked differ."""
    if fuzz.ratio(left.lower(), right.lower()) < _SAME_FRAME:
        return False
    shorter, longer = sorted((telling_words(left, generic), telling_words(right, generic)), key=len)
    if not shorter:
        return False
    shared = sum(_has(longer, word, written) for word, written in shorter.items())
    return shared / len(shorter) < _MOSTLY_SHARED


def _has(words: dict[str, str], stemmed: str, written: str) -> bool:
    """Whether the word is there, perhaps misspelt."""
    if stemmed in words:
        return True
    return len(written) >= 5 and any(OSA.distance(written, other, score_cutoff=1) <= 1 for other in words.values())


def _days_apart_if_repeat(lead: Candidate, other: Candidate) -> int:
    apart = abs(lead.received_at - other.received_at)
    return apart.days if apart >= _REPEAT_AFTER else 0


def _likeness(
    lead: Candidate, other: Candidate, similarity: float, generic: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """What the two requests share, in words."""
    names = frozenset(f"{lead.contact.name} {other.contact.name}".casefold().split())
    words = shared_words(_request(lead), _request(other), without=names | generic)[:_WORDS_SHOWN]
    about = [f"both are about {', '.join(words)}"] if words else []
    return (*about, f"the wording is {round(100 * max(0.0, min(1.0, similarity)))}% alike")


def _colleagues(left: Contact, right: Contact) -> tuple[str, ...]:
    domain = company_domain(left)
    return (f"both write from {domain}",) if domain and domain == company_domain(right) else ()


def _request(lead: Candidate) -> str:
    return request_text(lead.subject, lead.text)


def _match(lead: Candidate, other: Candidate, kind: MatchKind, score: float, reasons: tuple[str, ...]) -> Match:
    return Match(
        lead_id=max(lead.lead_id, other.lead_id),
        other_id=min(lead.lead_id, other.lead_id),
        kind=kind,
        score=round(max(0.0, min(1.0, score)), 3),
        reasons=reasons,
    )
