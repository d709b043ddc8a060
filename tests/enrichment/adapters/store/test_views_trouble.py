"""What the views have to tell about themselves; on both databases."""

from __future__ import annotations

from tests.enrichment.parts import Parts


def test_only_the_views_asked_for_are_told(parts: Parts) -> None:
    """A view that nobody keeps up is no news."""
    parts.lead()
    assert set(parts.views.lag()) >= {"card", "thread", "index", "crm"}
    assert parts.views.lag(("card", "index")) == {"card": 1, "index": 1}
    assert parts.views.lag(()) == {}


def test_trouble_is_told_while_it_lasts(parts: Parts) -> None:
    """Of the lead that is tried next; of one that is shown by now no more."""
    first, second = parts.lead(), parts.lead()
    assert parts.views.trouble("crm") is None
    parts.views.failed("crm", first, "this row is bad", 3600)
    assert parts.views.trouble("crm") == "this row is bad"
    parts.views.failed("crm", second, "the token is wrong", 60)
    assert parts.views.trouble("crm") == "the token is wrong"
    assert parts.views.trouble("card") is None
    parts.views.caught_up("crm", [(second, 1)])
    assert parts.views.trouble("crm") == "this row is bad"
    parts.views.caught_up("crm", [(first, 1)])
    assert parts.views.trouble("crm") is None
