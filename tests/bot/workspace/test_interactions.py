"""Triggers and response URLs end when Slack's do."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from bot.workspace.errors import SlackError
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1
from bot.workspace.interactions import REMEMBERED, Interactions
from bot.workspace.options import Options
from bot.workspace.rate import Rate
from bot.workspace.server import serving


class Clock:
    """A clock that is set by hand."""

    time = 1000.0

    def __call__(self) -> float:
        """Now, in seconds."""
        return self.time


def error_of(interactions: Interactions, trigger_id: object) -> str | None:
    """Slack's error for a trigger, None when it is good."""
    try:
        interactions.redeem(trigger_id)
    except SlackError as error:
        return error.code
    return None


def test_a_trigger_lasts_three_seconds_and_one_use() -> None:
    """In time it works once; late, twice or invented it does not."""
    clock = Clock()
    interactions = Interactions(Options(), clock)
    early, late = interactions.trigger(STAFF_1), interactions.trigger(STAFF_1)
    clock.time += 3.0
    assert error_of(interactions, early) is None
    assert error_of(interactions, early) == "exchanged_trigger_id"
    clock.time += 0.1
    assert error_of(interactions, late) == "expired_trigger_id"
    assert [error_of(interactions, wrong) for wrong in ("1.2.3", None, ["x"])] == ["invalid_trigger_id"] * 3


def test_a_response_url_lasts_five_uses_and_half_an_hour() -> None:
    """The sixth use and the one after thirty minutes are refused."""
    clock = Clock()
    interactions = Interactions(Options(), clock)
    url, other = (interactions.response_url(STAFF_1, LEADS_CHANNEL) for _ in range(2))
    for _ in range(5):
        interactions.use(url.id)
    with pytest.raises(SlackError, match="used_url"):
        interactions.use(url.id)
    clock.time += 1800.1
    with pytest.raises(SlackError, match="expired_url"):
        interactions.use(other.id)


def test_only_so_many_are_remembered() -> None:
    """The oldest are forgotten, so that a long life does not fill the memory."""
    interactions = Interactions(Options())
    ids = [interactions.trigger(STAFF_1) for _ in range(REMEMBERED + 1)]
    assert error_of(interactions, ids[0]) == "invalid_trigger_id"
    assert error_of(interactions, ids[-1]) is None


def test_the_rate_is_a_burst_and_then_steady() -> None:
    """Ten at once, then one a second; the answer says how long to wait."""
    clock = Clock()
    rate = Rate(1.0, 10, clock)
    assert [rate.wait("a") for _ in range(11)] == [0.0] * 10 + [1.0]
    clock.time += 0.5
    assert rate.wait("a") == pytest.approx(0.5)
    clock.time += 0.5
    assert rate.wait("a") == 0.0
    assert rate.wait("b") == 0.0
    clock.time += 100
    waits = [rate.wait("a") for _ in range(12)]
    assert waits.count(0.0) == 10
    assert all(earlier <= later for earlier, later in pairwise(waits))


async def test_a_response_url_refuses_nonsense(tmp_path: Path) -> None:
    """Unknown URLs are 404, broken bodies 400; an answer may delete the message it belongs to."""
    async with (
        serving(tmp_path) as workspace,
        httpx.AsyncClient(base_url=f"{workspace.base_url}/response", trust_env=False) as client,
    ):
        assert (await client.post("/unknown", json={"text": "a"})).json()["error"] == "no_service"
        leads = workspace.store.channel("leads")
        assert leads is not None
        card = workspace.post(leads, "U0LEADBOT", {"text": "card"})
        url = workspace.interactions.response_url(STAFF_1, LEADS_CHANNEL, card)
        for body in (b"{", b"[]", b"[" * 50_000, b"{}"):
            assert (await client.post(f"/{url.id}", content=body)).status_code == 400
        assert (await client.post(f"/{url.id}", json={"delete_original": True})).text == "ok"
        assert workspace.store.messages(LEADS_CHANNEL) == []
        assert (await client.post(f"/{url.id}", json={"text": "a"})).status_code == 404
