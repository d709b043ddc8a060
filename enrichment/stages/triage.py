"""How soon someone should answer, by rules, with the customer's words as evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from enrichment.lead import HOT_FROM, Contact, Evidence, Triage, UrgencyLabel
from enrichment.models import Model
from enrichment.stages import profiles
from enrichment.stages.dates import days_until
from enrichment.stages.phrases import READ_LENGTH
from enrichment.stages.profiles import Profile
from enrichment.stages.rules import Finding, Rule, Rules, findings

QUOTE_LENGTH = 80
_SUBJECT_LENGTH = 300
_DEADLINE = "deadline"
# An intent further left speaks for the whole message.
_INTENTS = ("vendor_pitch", "job_application", "emergency", "complaint", "booking", "quote", "feedback", "question")
# Who writes so is no customer, and names services to sell them.
_NOT_CUSTOMERS = frozenset({"vendor_pitch", "job_application"})


class _Voice(Model):
    """A rule that spoke."""

    rule: str
    group: str
    points: int
    quote: str = ""
    intent: str = ""
    cap: int = 100


def triage(
    words: str,
    subject: str,
    contact: Contact,
    received_at: datetime,
    attachments: int = 0,
    *,
    profile: Profile | None = None,
    rules: Rules | None = None,
) -> Triage:
    """Urgency 0-100 with its evidence, strongest first; each quote is literally in the subject or the words.

    received_at: aware, what "before Friday" is counted from; attachments: how many files came with it; profile: the
    trade whose services are looked for and whose rules count, unless other rules are given.
    """
    profile = profile or profiles.profile(profiles.DEFAULT)
    rules = rules or profile.rules
    texts = (subject[:_SUBJECT_LENGTH], words[:READ_LENGTH])
    voices = [*_spoken(rules, texts), *_deadlines(rules, texts, received_at), *_given(contact, attachments)]
    weighed = _weigh(voices)
    urgency = _urgency(
        rules.base + sum(points for _, points in weighed), min((voice.cap for voice in voices), default=100)
    )
    evidence = tuple(
        Evidence(rule=voice.rule, quote=voice.quote, points=points)
        for voice, points in sorted(weighed, key=lambda item: -abs(item[1]))
    )
    intent = _intent(voices)
    return Triage(
        urgency=urgency,
        label=UrgencyLabel.of(urgency),
        intent=intent,
        service="" if intent in _NOT_CUSTOMERS else profile.service_of(*texts),
        evidence=evidence,
    )


def _spoken(rules: Rules, texts: Sequence[str]) -> list[_Voice]:
    """The rules whose phrases were found often enough, and deadlines said in words."""
    found = findings(rules, texts)
    spoken = [_voice(rule, found[rule.name]) for rule in rules.rules if len(found.get(rule.name, ())) >= rule.needs]
    said = [
        _Voice(
            rule=deadline.name,
            group=_DEADLINE,
            points=rules.deadline_points(deadline.days),
            quote=_quote(found[deadline.name][0]),
        )
        for deadline in rules.deadlines
        if deadline.name in found
    ]
    return spoken + said


def _voice(rule: Rule, found: Sequence[Finding]) -> _Voice:
    return _Voice(
        rule=rule.name,
        group=rule.group,
        points=rule.points,
        quote=_quote(found[0]),
        intent=rule.intent,
        cap=rule.cap,
    )


def _deadlines(rules: Rules, texts: Iterable[str], received_at: datetime) -> list[_Voice]:
    """The nearest weekday or date that is named."""
    named = [
        (days, Finding("", text, start, end))
        for text in texts
        for days, start, end in days_until(text, received_at.date())
    ]
    if not named:
        return []
    days, place = min(named, key=lambda item: item[0])
    name = "names a day" if days <= 14 else "names a far day"
    return [_Voice(rule=name, group=_DEADLINE, points=rules.deadline_points(days), quote=_quote(place))]


def _given(contact: Contact, attachments: int) -> list[_Voice]:
    """What the customer gave beside words."""
    phone = [_Voice(rule="left a phone number", group="contact", points=5)] if contact.phone else []
    files = [_Voice(rule="sent files", group="files", points=2)] if attachments else []
    return phone + files


def _weigh(voices: Iterable[_Voice]) -> list[tuple[_Voice, int]]:
    """Each voice with its points: in full for the strongest of its group, a fifth for the others."""
    groups: dict[str, list[_Voice]] = defaultdict(list)
    for voice in voices:
        groups[voice.group].append(voice)
    weighed: list[tuple[_Voice, int]] = []
    for group in groups.values():
        strongest, *others = sorted(group, key=lambda voice: -abs(voice.points))
        weighed.append((strongest, strongest.points))
        weighed.extend((voice, round(voice.points / 5)) for voice in others)
    return weighed


def _urgency(points: int, cap: int) -> int:
    """0-100; the hot are spread out, so that a gas leak stands above a brake that grinds."""
    spread = points if points <= HOT_FROM else HOT_FROM + (points - HOT_FROM) // 2
    return max(0, min(100, cap, spread))


def _intent(voices: Sequence[_Voice]) -> str:
    spoken = {voice.intent for voice in voices}
    return next((intent for intent in _INTENTS if intent in spoken), "inquiry")


def _quote(place: Finding) -> str:
    """The words found, as they were written."""
    return place.text[place.start : place.end][:QUOTE_LENGTH].strip()
