"""Phone numbers as people read them; how they are found is tested with what reads them."""

from __future__ import annotations

import pytest

from enrichment.stages.phones import readable


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+13035550100", "+1 303-555-0100"), ("+442079460812", "+44 20 7946 0812"), ("", ""), ("?", "?")],
)
def test_a_number_is_shown_as_people_write_it(phone: str, shown: str) -> None:
    """In groups; what is no number stays what it is."""
    assert readable(phone) == shown
