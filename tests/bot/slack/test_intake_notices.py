"""Staff hear once that new mail is put off, and once that it is taken again."""

from __future__ import annotations

import asyncio

import pytest

from bot.slack import telling
from bot.slack.intake_notices import IntakeNotices
from bot.slack.poster import Poster
from enrichment.adapters.pressure import Reading
from enrichment.errors import RetryLater
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts

LOW = Reading(cause="disk", paused="disk nearly full, 312 MB free", free_bytes=312_000_000)
LOWER = Reading(cause="disk", paused="disk nearly full, 100 MB free", free_bytes=100_000_000)


class Desk:
    """A reading and a poster that the test sets."""

    def __init__(self, poster: Poster, parts: Parts) -> None:
        self.reading = Reading()
        self.trouble: Exception | None = None
        self._poster = poster
        self.notices = IntakeNotices(lambda: self.reading, self.poster, parts.clock)

    def poster(self) -> Poster:
        """Slack's side, when it has been reached."""
        if self.trouble is not None:
            raise self.trouble
        return self._poster


@pytest.fixture
def desk(poster: Poster, parts: Parts) -> Desk:
    """A desk with room for everything."""
    return Desk(poster, parts)


async def test_a_pause_is_told_of_once_and_its_end_once(desk: Desk, parts: Parts, staff: Staff) -> None:
    """With the reason, what to do, and how long it was; the next pause is told of anew."""
    await desk.notices.look()
    for reading in (LOW, LOWER, LOW):
        desk.reading = reading
        await desk.notices.look()
        parts.clock.move(100)
    desk.reading = Reading()
    for _ in range(3):
        await desk.notices.look()
    assert await staff.texts() == [
        "⚠️ New mail is put off: disk nearly full, 312 MB free",
        "✅ New mail is taken again, after 5 min (disk nearly full, 312 MB free)",
    ]
    told = (await staff.messages())[0]["blocks"][1]["text"]["text"]
    assert "Nothing is lost" in told
    assert "make room on the disk" in told
    desk.reading = LOWER
    await desk.notices.look()
    assert len(await staff.texts()) == 3


async def test_a_notice_waits_for_slack(desk: Desk, staff: Staff) -> None:
    """One that could not be posted, as on a disk that is full, is posted when it can be."""
    desk.reading, desk.trouble = LOW, RetryLater("away")
    for _ in range(2):
        with pytest.raises(RetryLater):
            await desk.notices.look()
    desk.trouble = None
    await desk.notices.look()
    await desk.notices.look()
    assert await staff.texts() == ["⚠️ New mail is put off: disk nearly full, 312 MB free"]


async def test_what_was_over_before_it_could_be_told_is_one_notice(desk: Desk, parts: Parts, staff: Staff) -> None:
    """It says that mail is taken again, and why it was not."""
    desk.reading, desk.trouble = LOW, RetryLater("away")
    with pytest.raises(RetryLater):
        await desk.notices.look()
    parts.clock.move(42)
    desk.reading, desk.trouble = Reading(), None
    await desk.notices.look()
    assert await staff.texts() == ["✅ New mail is taken again, after 42 s (disk nearly full, 312 MB free)"]


@pytest.mark.parametrize("trouble", [RetryLater("away"), RuntimeError("a bug")])
async def test_the_loop_survives(desk: Desk, staff: Staff, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """Whatever the notice meets."""
    monkeypatch.setattr(telling, "LOOK_SECONDS", 0.01)
    desk.reading, desk.trouble = LOW, trouble
    running = asyncio.create_task(desk.notices.run())
    await asyncio.sleep(0.1)
    desk.trouble = None
    async with asyncio.timeout(5):
        while not await staff.texts():  # noqa: ASYNC110 - Slack tells nobody
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
