"""What staff did, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.slack import history
from enrichment.adapters.store.acts import TOLD, Change
from enrichment.lead import LeadStatus
from tests.bot.slack.leads import NOW, deed, lead
from tests.bot.slack.staff import read

TIMES = {-5: "just now", 59: "just now", 60: "1 minute ago", 150: "2 minutes ago", 3600: "1 hour ago"}


@pytest.mark.parametrize(("seconds", "told"), [*TIMES.items(), (200_000, "2 days ago")])
def test_time_is_told_in_words(seconds: int, told: str) -> None:
    """As people say it."""
    assert history.ago(NOW, NOW + timedelta(seconds=seconds)) == told


def test_every_action_of_staff_is_told_of() -> None:
    """An action without its words would be missing in the thread."""
    assert set(history.WORDS) == set(TOLD)


def test_note_stands_below_the_line() -> None:
    """Whole, and in short in the fallback text."""
    event = deed("closed", "Maya").model_copy(update={"detail": {"name": "Maya", "status": "lost", "note": "Too\nfar"}})
    message = history.line(lead("x"), event)
    assert message.text == "❌ Maya closed L-12 as lost: Too far"
    assert read(message) == "❌ Maya closed L-12 as lost\nToo\nfar"


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"name": "Maya", "was_owner_name": "Maya"}, "↩️ Maya released L-12"),
        ({"name": "Tom", "was_owner_name": "Maya"}, "↩️ Tom released L-12, which Maya had"),
        ({"name": "\u200b", "was_owner_name": "\u200b"}, "↩️ Somebody released L-12"),
        ({}, "↩️ Somebody released L-12"),
    ],
)
def test_release_says_whose_it_was(detail: dict[str, str], told: str) -> None:
    """Unless it was the releaser's own."""
    event = deed("released", "x").model_copy(update={"detail": detail})
    assert history.line(lead("x"), event).text == told


@pytest.mark.parametrize(
    ("user", "action", "status", "told"),
    [
        ("U2", "claimed", LeadStatus.CLAIMED, "Maya claimed L-12 2 minutes ago"),
        ("U1", "claimed", LeadStatus.CLAIMED, "You claimed L-12 2 minutes ago"),
        ("U2", "closed", LeadStatus.NOT_A_LEAD, "Maya closed L-12 as not a lead 2 minutes ago"),
        ("U2", "reopened", LeadStatus.OPEN, "Maya reopened L-12 2 minutes ago"),
    ],
)
def test_who_came_too_late_hears_who_was_first(user: str, action: str, status: LeadStatus, told: str) -> None:
    """And when."""
    change = Change(done=False, status=status, by="U1", by_name="Maya", action=action, at=NOW)
    assert history.standing(12, change, user, NOW + timedelta(seconds=125)).text == told


@pytest.mark.parametrize(("by", "who"), [("U1", "You"), ("U2", "Maya")])
def test_who_comes_after_an_assignment_hears_whose_it_is(by: str, who: str) -> None:
    """Not only who gave it away."""
    whose = {"status": LeadStatus.CLAIMED, "owner": "U3", "owner_name": "Tom\nKeller"}
    change = Change(done=False, by=by, by_name="Maya", action="assigned", at=NOW, **whose)
    assert history.standing(12, change, "U1", NOW).text == f"{who} assigned L-12 to Tom Keller just now"


def test_lead_that_nobody_touched_is_told_as_it_is() -> None:
    """A button of another time."""
    change = Change(done=False, status=LeadStatus.OPEN)
    assert history.standing(12, change, "U1", NOW).text == "L-12 is open"
