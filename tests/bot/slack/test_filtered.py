"""What was taken for no lead is shown once a day, and a button brings it back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack.app import Connection
from bot.slack.digest import Digest
from bot.slack.filtered import LISTED, digest
from bot.slack.poster import Poster
from bot.slack.side import SlackSide
from bot.workspace.identity import STAFF_1, STAFF_2
from enrichment.adapters.store.filtered import FilteredMessage
from enrichment.errors import RetryLater
from enrichment.models import MessageState
from tests.bot.slack.digests import digest_of
from tests.bot.slack.home_tabs import at_home
from tests.bot.slack.staff import Staff, assert_safe
from tests.enrichment.parts import Parts

DAY = date(2026, 11, 10)


def set_aside(parts: Parts, count: int = 1) -> list[int]:
    """So many filtered messages."""
    ids = [parts.accept() for _ in range(count)]
    for message_id in ids:
        parts.messages.describe(message_id, f"{message_id}@x", "h", ["news@shop.example"], "Our <!channel> sale")
        parts.messages.finish(message_id, MessageState.FILTERED, "a mailing to many: `List-Id: x`")
    return ids


@pytest.fixture
def daily(poster: Poster, parts: Parts) -> Digest:
    """The digest of a store."""
    return digest_of(poster, parts)


async def test_the_digest_lists_what_was_filtered(daily: Digest, parts: Parts, staff: Staff) -> None:
    """Each with its writer, words and reason, once; on a day without any there is no list."""
    set_aside(parts, 2)
    await daily.post(DAY)
    await daily.post(DAY)
    (found,) = await staff.messages()
    assert found["text"] == "🧹 2 messages were taken for no lead"
    row = found["blocks"][1]
    assert row["text"]["text"].startswith("news@shop.example: Our &lt;!channel&gt; sale\na mailing to many: List-Id: x")
    assert row["accessory"]["text"]["text"] == "This Was a Lead"
    await daily.post(date(2026, 11, 11))
    assert len(await staff.texts()) == 1


async def test_a_lost_answer_does_not_hide_what_was_filtered(daily: Digest, parts: Parts, staff: Staff) -> None:
    """Slack took the list and its answer was lost: the same list is found again and not told twice."""
    set_aside(parts)
    await staff.fault("chat.postMessage", "lost")
    with pytest.raises(RetryLater):
        await daily.post(DAY)
    await daily.post(DAY)
    assert await staff.texts() == ["🧹 1 message was taken for no lead"]


async def test_a_digest_that_is_begun_again_keeps_what_it_listed(daily: Digest, parts: Parts, staff: Staff) -> None:
    """As after a crash later in the digest: what was filtered since then is a list of its own."""
    set_aside(parts, LISTED + 1)
    await daily.post(DAY)
    set_aside(parts)
    await daily.post(DAY)
    assert [text.split()[1] for text in await staff.texts()] == [str(LISTED + 1), "1"]


def test_slack_takes_the_longest_list() -> None:
    """However long and odd the words are; the rest is counted."""
    moment = datetime(2026, 11, 10, tzinfo=UTC)
    hostile = "&<!channel>`*" * 100
    found = [
        FilteredMessage(id=n, channel="smtp", received_at=moment, reason=hostile, writer=hostile[:320], excerpt=hostile)
        for n in range(1, LISTED + 1)
    ]
    message = digest(found, 500)
    assert_safe(message)
    assert "and 480 more" in str(message.blocks[-2])


@pytest.fixture
async def side(core: Core, connection: Connection, settings: Settings) -> AsyncIterator[SlackSide]:
    """A whole Slack side at work."""
    async with at_home(core, connection, settings, None) as made:
        yield made


async def test_a_press_brings_the_message_back(side: SlackSide, parts: Parts, staff: Staff) -> None:
    """It is at work again under its next attempt; whoever presses later is told that it is a lead already."""
    (message_id,) = set_aside(parts)
    await side.digest(DAY)
    (listed,) = await staff.messages()
    first = await staff.press(listed, f"message_restore:{message_id}", user=STAFF_1)
    stored = parts.messages.get(message_id)
    assert stored is not None
    assert (stored.restored, stored.attempt) == (True, 2)
    second = await staff.press(listed, f"message_restore:{message_id}", user=STAFF_2)
    assert "its card follows" in str(first)
    assert "already" in str(second)
