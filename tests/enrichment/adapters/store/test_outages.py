"""Outages as they are written down: how long one was watched, who tells of it, and that no end is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enrichment.adapters.store.outages import LONGEST_PAUSE, TELLING, Outage, Outages
from tests.enrichment.parts import Parts, at_once

PATIENCE = 600.0


@pytest.fixture
def outages(parts: Parts) -> Outages:
    """The table."""
    return Outages(parts.database, parts.clock)


def watch(outages: Outages, parts: Parts, seconds: float = PATIENCE, step: float = 30.0) -> Outage:
    """Slack is seen to be down, again and again, until so much time has passed."""
    found = outages.down("slack", parts.clock.now(), "no answer", PATIENCE)
    for _ in range(int(seconds / step)):
        parts.clock.move(step)
        found = outages.down("slack", parts.clock.now(), "no answer", PATIENCE)
    return found


def test_only_a_long_outage_is_told(outages: Outages, parts: Parts) -> None:
    """Ten minutes to the look; since when and the newest reason are kept; nothing is left of a short one."""
    began = parts.clock.now()
    assert watch(outages, parts, PATIENCE - 30).state == "watched"
    assert outages.claim("slack") is None
    parts.clock.move(30)
    found = outages.down("slack", parts.clock.now(), "the token was revoked", PATIENCE)
    assert (found.state, found.since, found.why) == ("telling", began, "the token was revoked")
    assert outages.get("slack") == found
    assert outages.up("slack") is None
    assert outages.get("slack") is None
    watch(outages, parts, 60)
    assert outages.up("slack") is None


def test_its_beginning_may_be_known_from_elsewhere(outages: Outages, parts: Parts) -> None:
    """But lies never ahead, and counts for no more than was watched."""
    early = parts.clock.now() - timedelta(hours=1)
    found = outages.down("slack", early, "no answer", PATIENCE)
    assert (found.since, found.watched, found.state) == (early, 0.0, "watched")
    assert outages.down("imap", parts.clock.now() + timedelta(days=1), "", PATIENCE).since == parts.clock.now()


@pytest.mark.parametrize("jump", [3600.0, 3 * 86_400.0, -86_400.0])
def test_jump_of_the_clock_or_a_stop_is_no_outage(jump: float, outages: Outages, parts: Parts) -> None:
    """A minute at most counts between two looks, and no time backwards."""
    watch(outages, parts, 60)
    parts.clock.move(jump)
    found = outages.down("slack", parts.clock.now(), "no answer", PATIENCE)
    assert found.state == "watched"
    assert found.watched == (120.0 if jump > 0 else 60.0)


def test_one_tells_and_a_kill_tells_again(outages: Outages, parts: Parts) -> None:
    """Of many workers one claims it; when that one dies the next claims it after a while, under the same name."""
    watch(outages, parts)
    claims = [claim for claim in at_once(*[lambda: outages.claim("slack")] * 4) if claim is not None]
    assert [claim.attempts for claim in claims] == [1]
    assert outages.claim("slack") is None
    parts.clock.move(TELLING.total_seconds() + 1)
    again = outages.claim("slack")
    assert again is not None
    assert (again.token, again.attempts) == (claims[0].token, 2)


def test_told_once_and_its_end_once(outages: Outages, parts: Parts) -> None:
    """However long it goes on; then nothing is left of it, and the next outage is another."""
    watch(outages, parts)
    claim = outages.claim("slack")
    assert claim is not None
    outages.told(claim)
    assert watch(outages, parts, 7200).state == "told"
    assert outages.claim("slack") is None
    over = outages.up("slack")
    assert over is not None
    assert (over.state, over.ended, over.token) == ("over", parts.clock.now(), claim.token)
    parts.clock.move(60)
    assert outages.up("slack") == over
    end = outages.claim("slack")
    assert end is not None
    outages.told(end)
    assert outages.get("slack") is None
    assert outages.up("slack") is None
    assert watch(outages, parts, 30).token != claim.token


def test_failed_try_waits_and_says_why(outages: Outages, parts: Parts) -> None:
    """For as long as it was told to; a clock that was set back makes it no longer than that."""
    watch(outages, parts)
    claim = outages.claim("slack")
    assert claim is not None
    outages.failed(claim, "AUTH failed", 100.0)
    found = outages.get("slack")
    assert found is not None
    assert (found.state, found.error) == ("telling", "AUTH failed")
    parts.clock.move(99)
    assert outages.claim("slack") is None
    parts.clock.move(-3 * LONGEST_PAUSE.total_seconds())
    assert outages.claim("slack") is not None


def test_end_is_told_when_the_beginning_may_have_been_heard(outages: Outages, parts: Parts) -> None:
    """A try was made and no answer came: the owner may know, so they are told that it is over; late news is not."""
    watch(outages, parts)
    claim = outages.claim("slack")
    assert claim is not None
    outages.failed(claim, "no answer", 100.0)
    over = outages.up("slack")
    assert over is not None
    assert (over.state, over.attempts, over.retry_at) == ("over", 0, None)
    outages.told(claim)  # the answer came after all
    found = outages.get("slack")
    assert found is not None
    assert found.state == "over"


def test_down_again_before_the_end_is_told_is_a_new_outage(outages: Outages, parts: Parts) -> None:
    """The end of the first is no longer true, so it is not told; the second is, when it has lasted."""
    watch(outages, parts)
    first = outages.claim("slack")
    assert first is not None
    outages.told(first)
    outages.up("slack")
    assert watch(outages, parts, 30).state == "watched"
    assert outages.claim("slack") is None
    second = watch(outages, parts)
    assert (second.state, second.token == first.token) == ("telling", False)
