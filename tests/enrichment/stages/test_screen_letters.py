"""Whole letters through parsing, the judgement of spam and the screening: no customer is hidden, few sellers pass."""

from __future__ import annotations

import pytest

from enrichment.models import Address, Original, ParsedMessage
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.screen import Automatic, screen
from tests.enrichment.stages.letters import Letter, screened, table

# What was measured, of 26, 10, 12, 8, 19, 11 and 4.
LEAST = {"pitch": 19, "application": 10, "spam": 11, "bulk": 8, "auto_reply": 19, "bounce": 11, "other": 4}
SELLER = "We offer SEO for businesses like yours. Your website is not on the first page of Google. Are you interested?"


@pytest.mark.parametrize("letter", [each for kind in table("customers.toml").values() for each in kind])
def test_no_customer_is_hidden(letter: Letter) -> None:
    """Whatever a customer's mail looks like, a stranger's too goes to the owner."""
    assert screened(letter).passes, screened(letter).reason


@pytest.mark.parametrize("kind", LEAST)
def test_what_is_no_lead_is_set_aside(kind: str) -> None:
    """Of each kind at least as many as were told when the letters were written, each with a reason."""
    verdicts = [screened(letter) for letter in table("no_leads.toml")[kind]]
    set_aside = [verdict for verdict in verdicts if not verdict.passes]
    assert len(set_aside) >= LEAST[kind]
    assert all(verdict.reason for verdict in set_aside)


@pytest.mark.parametrize(
    ("note", "writer", "kind"),
    [
        ("Is this any good? We might want it from you.", "kevin@rank.example", None),
        ("fyi", "kevin@rank.example", Automatic.PITCH),
        ("Did you get a chance to read this one?", "jo@seller.example", Automatic.PITCH),
        ("Did you get a chance to read this one?", "colleague@seller.example", Automatic.PITCH),
    ],
)
def test_a_question_above_a_forwarded_pitch_is_the_letter(note: str, writer: str, kind: Automatic | None) -> None:
    """Who asks about another's pitch is a customer; without a question, or from one's own house, it is a pitch."""
    parsed = ParsedMessage(
        sender=Address(address="jo@seller.example"),
        subject="Fwd: Hello",
        text=SELLER,
        note=note,
        forwarded=True,
        originals=(Original(sender=Address(address=writer)),),
    )
    assert screen(parsed, None, known_party=False, own=OwnAddresses()).kind is kind
