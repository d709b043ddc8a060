"""Leads, analyses and actions as the tests of what is shown need them: with any words in every place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from enrichment.adapters.store.desk import Change
from enrichment.adapters.store.events import Event
from enrichment.lead import (
    Analysis,
    Contact,
    Evidence,
    Lead,
    LeadStatus,
    Match,
    MatchKind,
    Origin,
    Triage,
    UrgencyLabel,
    Via,
)
from enrichment.models import Address

NOW = datetime(2026, 11, 10, 15, tzinfo=UTC)
HOSTILE = {
    "ping": "<!channel> <!here> <!subteam^S1> <@U123> @channel",
    "link": "<http://evil.example|your bank> http://evil.example [bank](http://evil.example)",
    "entities": "&lt;!channel&gt; &amp;lt; &#60;",
    "formatting": "*bold* _italic_ ~gone~ `code` ```block``` :fire: > quote",
    "reversed": "invoice \u202efdp.exe\u202c \u2066x\u2069 \u200f\u061c",
    "unseen": "\u200b\u2060\ufeff\u00ad\U000e0041",
    "fillers": "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5",
    "joiners alone": "\u200d\u200c \ufe0f",
    "controls": "a\x00b\x07c\x1b[31md\x9b\r\ne\u2028f\u2029g\ud800h\uffff",
    "empty": "",
    "blank": " \n\t \r\n \u3000",
    "long": "All of it. " * 10_000,
    "all entities": "&<>" * 40_000,
    "one word": "x" * 100_000,
    "emoji": "🔥" * 3000,
    "zalgo": "e" + "\u0301" * 5000,
    "fake fields": "Jo\nE-mail\nboss@example.com\n\nUrgency 100",
}


def lead(words: str = "Brakes grind", number: int = 12, **changes: Any) -> Lead:
    """A lead that says these words wherever a customer can say something."""
    duplicate = Match(lead_id=number, other_id=3, kind=MatchKind.DUPLICATE, score=0.91, reasons=(words, "same phone"))
    others = [
        Match(lead_id=number, other_id=other, kind=kind, score=0.5, reasons=(words,) * 3)
        for other, kind in ((2, MatchKind.RELATED), *((other, MatchKind.SIMILAR) for other in range(4, 12)))
    ]
    evidence = tuple(Evidence(rule="says it is urgent", quote=words, points=30) for _ in range(12))
    made: dict[str, Any] = {
        "id": number,
        "uuid": "u",
        "message_id": 1,
        "contact": Contact(name=words, email=words or None, phone=words or None, company=words),
        "subject": words,
        "ask": words,
        "text": words,
        "channel": "smtp",
        "received_at": NOW,
        "revision": 1,
        "triage": Triage(urgency=85, label=UrgencyLabel.HOT, evidence=evidence),
        "duplicate_of": 3,
        "matches": (duplicate, *others),
    }
    return Lead(**(made | changes))


def origin(words: str) -> Origin:
    """A way in that says these words everywhere."""
    passed_on = Address(name=words, address=words)
    return Origin(via=Via.FORWARD, forwarded_by=passed_on, note=words, reply_to=words, cautions=(words,) * 5)


def analysis(words: str) -> Analysis:
    """A model's analysis that says these words everywhere."""
    told = dict.fromkeys(("summary", "service", "timeframe", "budget", "location", "next_step"), words)
    evidence = (Evidence(rule=words, quote=words),) * 12
    return Analysis(model=words or "m", made_at=NOW, urgency=70, evidence=evidence, **told)


def service(words: str) -> Triage:
    """A judgement that names this service."""
    evidence = tuple(Evidence(rule="says it is urgent", quote=words, points=30) for _ in range(12))
    return Triage(urgency=85, label=UrgencyLabel.HOT, service=words, evidence=evidence, method=words)


def deed(action: str, words: str) -> Event:
    """What somebody did whose name is these words."""
    detail = {"name": words, "was_owner_name": words[::-1], "note": words, "status": "won"}
    return Event(id=1, at=NOW, actor="U1", action=action, detail=detail)


def too_late(words: str) -> Change:
    """Somebody of this name was quicker."""
    return Change(done=False, status=LeadStatus.WON, by="U1", by_name=words, action="closed", at=NOW)
