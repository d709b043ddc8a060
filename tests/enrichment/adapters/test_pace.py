"""A rate that all workers share."""

from __future__ import annotations

import pytest

from enrichment.adapters.airtable import PER_SECOND
from enrichment.adapters.pace import paced
from enrichment.errors import RetryLater
from tests.enrichment.parts import Parts


def test_two_workers_together_stay_below_airtables_rate(parts: Parts) -> None:
    """Never more than five requests in a second, however they mix."""
    made: list[float] = []
    start = parts.clock.now().timestamp()
    workers = [paced(parts.views.reserve, "airtable", PER_SECOND, parts.clock.move) for _ in range(2)]
    for number in range(40):
        workers[number % 2]()
        made.append(parts.clock.now().timestamp() - start)
    assert max(sum(at <= other < at + 1 for other in made) for at in made) <= 5
    assert made[-1] == pytest.approx(39 / PER_SECOND, abs=0.1)


def test_a_place_that_is_too_far_away_is_not_waited_for(parts: Parts) -> None:
    """The loop comes back later, and does not hang meanwhile."""
    slept: list[float] = []
    wait = paced(parts.views.reserve, "airtable", 0.1, slept.append)
    for _ in range(7):
        wait()
    with pytest.raises(RetryLater) as caught:
        wait()
    assert caught.value.retry_after == 60
    assert slept == [0, 10, 20, 30, 40, 50, 60]
