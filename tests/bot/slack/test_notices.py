"""Notices are posted once, whatever comes between."""

from __future__ import annotations

import asyncio

import pytest

from bot.slack import notices as module
from bot.slack.notices import Notices
from bot.slack.poster import Poster
from enrichment.adapters.store.messages import MAX_FAILURES
from enrichment.errors import RetryLater
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts


@pytest.fixture
def notices(poster: Poster, parts: Parts) -> Notices:
    """The notices of a store."""
    return Notices(poster, parts.ledger)


def quarantine(parts: Parts, count: int = 1) -> None:
    """Set so many messages aside."""
    for _ in range(count):
        message = parts.accept()
        for attempt in range(1, MAX_FAILURES + 1):
            parts.messages.fail(message, attempt, "parse", "<!channel> broken", blame=True)


async def test_quarantined_messages_are_told_of_once(notices: Notices, parts: Parts, staff: Staff) -> None:
    """Together, in one notice; what comes later gets another."""
    assert await notices.quarantined() == 0
    quarantine(parts, 7)
    assert await notices.quarantined() == 7
    assert await notices.quarantined() == 0
    quarantine(parts)
    assert await notices.quarantined() == 1
    assert await staff.texts() == [
        "⚠️ 7 messages could not be read and were set aside",
        "⚠️ A message could not be read and was set aside",
    ]
    told = (await staff.messages())[0]["blocks"][1]["text"]["text"]
    assert "failed in parse: &lt;!channel&gt; broken" in told
    assert "and 2 more" in told
    for command in ("leadbot dead-letters”", "leadbot dead-letters show ID”", "leadbot dead-letters retry --all”"):
        assert command in told


async def test_a_retry_that_fails_is_one_notice_more(notices: Notices, parts: Parts, staff: Staff) -> None:
    """And only one, though it is about the same message; the first stays as it was."""
    quarantine(parts)
    assert await notices.quarantined() == 1
    for last in (3, 6):
        parts.dead_letters.retry([1], "cli:maya")
        assert await notices.quarantined() == 0
        for attempt in (last + 1, last + 2, last + 3):
            parts.messages.fail(1, attempt, "parse", "again", blame=True)
        assert await notices.quarantined() == 1
        assert await notices.quarantined() == 0
    assert len(await staff.texts()) == 3
    assert [("broken" in str(m["blocks"]), bool(m.get("edited"))) for m in await staff.messages()] == [
        (True, False),
        (False, False),
        (False, False),
    ]


async def test_five_hundred_at_once_are_one_notice(notices: Notices, parts: Parts, staff: Staff) -> None:
    """It says how many, names five and stays short."""
    quarantine(parts, 500)
    assert await notices.quarantined() == 500
    (told,) = await staff.messages()
    assert told["text"] == "⚠️ 500 messages could not be read and were set aside"
    assert "and 495 more" in told["blocks"][1]["text"]["text"]


async def test_a_burst_is_waited_for(notices: Notices, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until no more come, for they make one notice; with nothing to tell nobody waits."""
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.2)
    assert not await asyncio.wait_for(notices.awaited(), 0.15)
    quarantine(parts)
    waiting = asyncio.create_task(notices.awaited())
    for _ in range(3):
        await asyncio.sleep(0.1)
        assert not waiting.done()
        quarantine(parts)
    assert await asyncio.wait_for(waiting, 2)
    assert await notices.quarantined() == 4


async def test_a_burst_without_end_is_told_of(notices: Notices, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a minute at most."""
    monkeypatch.setattr(module, "QUIET_SECONDS", 10.0)
    monkeypatch.setattr(module, "LONGEST_BURST", 0.05)
    quarantine(parts)
    assert await asyncio.wait_for(notices.awaited(), 2)


async def test_crash_after_a_notice_does_not_repeat_it(
    notices: Notices, parts: Parts, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posted, but not marked: the same notice is found, and takes up what came in between."""
    quarantine(parts)

    def crash(*_: object) -> None:
        raise RetryLater("the database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(parts.ledger, "notice", crash)
        with pytest.raises(RetryLater):
            await notices.quarantined()
    quarantine(parts)
    assert await notices.quarantined() == 2
    assert await notices.quarantined() == 0
    assert await staff.texts() == ["⚠️ 2 messages could not be read and were set aside"]


async def test_lost_answer_does_not_repeat_a_notice(notices: Notices, parts: Parts, staff: Staff) -> None:
    """It is looked for before it is posted again."""
    quarantine(parts)
    await staff.fault("chat.postMessage", "lost")
    with pytest.raises(RetryLater):
        await notices.quarantined()
    assert await notices.quarantined() == 1
    assert len(await staff.texts()) == 1
