"""Slack behind its breaker: what is refused unsent loses no dispatch id and is never taken for a lost answer."""

from __future__ import annotations

import pytest

from bot.circuits import SERVICES, SLACK
from bot.slack.app import Connection, web_client
from bot.slack.client import Slack, SlackLeftAlone, SlackRefused, SlackUnclear
from bot.slack.poster import Poster
from bot.workspace.identity import LEADS_CHANNEL
from enrichment.adapters.breaker import CircuitBreaker
from enrichment.errors import NeedsPerson, RetryLater
from tests.bot.slack.staff import Staff
from tests.bot.slack.test_poster import message
from tests.enrichment.crm import Elapsed
from tests.enrichment.parts import Parts, SetClock


@pytest.fixture
def now() -> Elapsed:
    """The breaker's time."""
    return Elapsed()


@pytest.fixture
def breaker(now: Elapsed) -> CircuitBreaker:
    """Slack's, as the bot has it, in a time that stands."""
    return CircuitBreaker(SetClock(), SERVICES[SLACK].rules, now=now, random=lambda: 1.0)


@pytest.fixture
def slack(connection: Connection, breaker: CircuitBreaker) -> Slack:
    """The calls the bot makes."""
    return Slack(web_client(connection), breaker)


async def postings(parts: Parts) -> list[tuple[str, str]]:
    """The rows of what was or is being posted."""
    with parts.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT key, state FROM postings ORDER BY id")
        return [(row.key, row.state) for row in rows]


async def trouble(slack: Slack, staff: Staff, kind: str = "500", times: int = 3) -> None:
    """Slack fails until it is left alone."""
    await staff.fault("auth.test", kind, times)
    for _ in range(times):
        with pytest.raises(SlackUnclear):
            await slack.read("auth.test")
    with pytest.raises(SlackLeftAlone):
        await slack.read("auth.test")


async def test_a_refused_posting_leaves_nothing_behind(
    poster: Poster, slack: Slack, staff: Staff, parts: Parts, now: Elapsed
) -> None:
    """It was never sent: there is no row to be looked for, and Slack is not asked where it is."""
    await trouble(slack, staff)
    with pytest.raises(SlackLeftAlone) as caught:
        await poster.show("k", message("one"))
    assert caught.value.retry_after == pytest.approx(1.1)
    assert await postings(parts) == []
    now.seconds += 1
    await poster.show("k", message("one"))
    assert await staff.texts() == ["one"]


@pytest.mark.parametrize("kind", ["lost", "500"])
async def test_a_posting_whose_answer_was_lost_keeps_its_dispatch_id(
    poster: Poster, slack: Slack, staff: Staff, *, parts: Parts, now: Elapsed, kind: str
) -> None:
    """Slack is left alone before anybody could look for it; afterwards it is found, or sent, and is there once."""
    await staff.fault("chat.postMessage", kind)
    with pytest.raises(SlackUnclear):
        await poster.show("k", message("one"))
    await trouble(slack, staff, times=2)
    for _ in range(3):
        with pytest.raises(SlackLeftAlone):
            await poster.show("k", message("one"))
    assert await postings(parts) == [("k", "sending")]
    now.seconds += 1
    ts = await poster.show("k", message("one"))
    assert await staff.texts() == ["one"]
    assert await poster.ts_of("k") == ts
    assert await postings(parts) == [("k", "sent")]


async def test_a_refused_edit_is_made_later(poster: Poster, slack: Slack, staff: Staff, now: Elapsed) -> None:
    """The message stays as it is until Slack is back."""
    await poster.show("k", message("one"))
    await trouble(slack, staff)
    with pytest.raises(SlackLeftAlone):
        await poster.show("k", message("two"))
    assert await staff.texts() == ["one"]
    now.seconds += 1
    await poster.show("k", message("two"))
    assert await staff.texts() == ["two"]


async def test_to_be_asked_to_slow_down_is_no_trouble(poster: Poster, staff: Staff, breaker: CircuitBreaker) -> None:
    """However often; nor is it when Slack refuses a message."""
    await staff.fault("chat.postMessage", "429", 5)
    for _ in range(5):
        with pytest.raises(RetryLater):
            await poster.show("k", message("one"))
    for _ in range(5):
        with pytest.raises(SlackRefused):
            await poster.show("k", message("one"), thread_ts="1.000001")
    assert not breaker.snapshot().open


async def test_a_wrong_token_is_said_once(connection: Connection, breaker: CircuitBreaker) -> None:
    """It opens at once with Slack's words; a channel that the bot may not see does not, for others are fine."""
    with pytest.raises(NeedsPerson):
        await Slack(web_client(connection), breaker).read("conversations.members", channel="C0NOTHERE1")
    assert not breaker.snapshot().open
    wrong = Slack(web_client(connection.model_copy(update={"bot_token": "xoxb-wrong"})), breaker)
    with pytest.raises(NeedsPerson, match="invalid_auth"):
        await wrong.read("auth.test")
    with pytest.raises(SlackLeftAlone, match="invalid_auth") as caught:
        await wrong.call("chat.postMessage", channel=LEADS_CHANNEL, text="hello")
    assert caught.value.retry_after == pytest.approx(11)
