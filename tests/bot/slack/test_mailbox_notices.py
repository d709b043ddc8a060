"""What staff hear of mailboxes that are not read: each trouble once, each end once, short ones never."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import pytest

from bot.slack.mailbox_notices import MailboxNotices
from bot.slack.poster import Poster
from enrichment.adapters.store.mailbox_notes import MailboxNotes
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.errors import RetryLater
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts

CAUSE = "the password is refused; make a new app password"
UNREAD = "⚠️ Mailbox {} has not been read since {} ({}). Nothing is lost: mail stays in the mailbox and is read when it can be."  # noqa: E501
READ = "✅ Mailbox {} is read again after {}; what came meanwhile is on its way."
MINUTE, HOUR = 60.0, 3600.0


class House:
    """The notices of a bot with two mailboxes that are polled every minute and every ten."""

    def __init__(self, parts: Parts, poster: Poster) -> None:
        self.parts = parts
        self.poster = poster
        self.store = Mailboxes(parts.database, parts.clock)
        self.zone = ZoneInfo("America/Chicago")
        self.paused = ""
        self.elapsed = 0.0
        self.notices = self.started()

    def started(self) -> MailboxNotices:
        """The notices after a restart."""
        return MailboxNotices(
            MailboxNotes(self.parts.database),
            {"shop": 60.0, "rare": 600.0},
            lambda: self.poster,
            self.parts.clock,
            self.zone,
            paused=lambda: self.paused,
            elapsed=lambda: self.elapsed,
        )

    def time(self) -> str:
        """The time of day that staff read."""
        return f"{self.parts.clock.now().astimezone(self.zone):%H:%M}"

    def reads(self, *mailboxes: str) -> None:
        """A poll that ended well."""
        for mailbox in mailboxes or ("shop", "rare"):
            self.store.succeeded(mailbox)

    async def after(self, seconds: float, *, bad: str = "", good: str = "") -> None:
        """Look each half minute until so much time has passed, with a poll before each; twice at the end."""
        left = seconds
        while left > 0:
            step = min(left, 30.0)
            left -= step
            self.parts.clock.move(step)
            self.elapsed += step
            if bad:
                self.store.failed(bad, f"{bad}: {CAUSE}")
            if good:
                self.reads(*good.split())
            await self.notices.look()
        await self.notices.look()


@pytest.fixture
def house(parts: Parts, poster: Poster) -> House:
    """A bot."""
    return House(parts, poster)


async def test_a_mailbox_that_is_not_read_is_told_once_and_its_end_once(house: House, staff: Staff) -> None:
    """After three intervals, with the cause in words; the other mailbox goes on and is not told of."""
    house.reads()
    house.parts.clock.move(1)
    house.store.failed("shop", f"shop: {CAUSE}")
    since = house.time()
    await house.after(170, bad="shop", good="rare")
    assert await staff.texts() == []
    await house.after(70, bad="shop", good="rare")
    began = UNREAD.format("shop", since, CAUSE)
    assert await staff.texts() == [began]
    await house.after(8 * MINUTE, bad="shop", good="rare")
    house.notices = house.started()
    await house.after(3 * MINUTE, bad="shop", good="rare")
    assert await staff.texts() == [began]
    await house.after(1, good="shop rare")
    ended = READ.format("shop", "15 min")
    assert await staff.texts() == [began, ended]
    house.notices = house.started()
    await house.after(20 * MINUTE, good="shop rare")
    assert await staff.texts() == [began, ended]


async def test_a_mailbox_with_a_long_interval_has_more_time(house: House, staff: Staff) -> None:
    """Three of its own intervals, and half a minute to be sure."""
    house.store.failed("rare", f"rare: {CAUSE}")
    since = house.time()
    await house.after(29 * MINUTE, bad="rare", good="shop")
    assert await staff.texts() == []
    await house.after(2 * MINUTE, bad="rare", good="shop")
    assert await staff.texts() == [UNREAD.format("rare", since, CAUSE)]


async def test_a_short_trouble_is_not_told(house: House, staff: Staff) -> None:
    """Neither its beginning nor its end."""
    await house.after(2 * MINUTE, bad="shop", good="rare")
    await house.after(10 * MINUTE, good="shop rare")
    assert await staff.texts() == []


async def test_a_mailbox_that_nobody_reads_is_told(house: House, staff: Staff) -> None:
    """As when the worker that polls has died and no other has its role."""
    house.reads()
    since = house.time()
    await house.after(4 * MINUTE, good="rare")
    nobody = "nobody reads it: is a bot with the role poll at work?"
    assert await staff.texts() == [UNREAD.format("shop", since, nobody)]


async def test_the_time_that_the_bot_was_off_is_no_trouble(house: House, staff: Staff) -> None:
    """Nobody should have read it then; a trouble of before is told only if it is one still."""
    house.reads()
    house.parts.clock.move(1)
    house.store.failed("shop", f"shop: {CAUSE}")
    house.parts.clock.move(8 * HOUR)
    house.notices = house.started()
    await house.notices.look()
    await house.after(20)
    await house.after(10 * MINUTE, good="shop rare")
    assert await staff.texts() == []


async def test_a_pause_for_want_of_room_is_told_elsewhere(house: House, staff: Staff) -> None:
    """Nothing is polled meanwhile, which is no trouble of the mailboxes."""
    house.reads()
    house.paused = "disk nearly full"
    await house.after(HOUR)
    house.paused = ""
    await house.after(MINUTE)
    await house.after(MINUTE, good="shop rare")
    assert await staff.texts() == []


async def test_a_mailbox_that_comes_and_goes_is_told_of_once_an_hour(house: House, staff: Staff) -> None:
    """Unless it is away for ten minutes."""
    for _ in range(5):
        await house.after(5 * MINUTE, bad="shop", good="rare")
        await house.after(5 * MINUTE, good="shop rare")
    assert [text[0] for text in await staff.texts()] == ["⚠", "✅"]
    await house.after(12 * MINUTE, bad="shop", good="rare")
    assert [text[0] for text in await staff.texts()] == ["⚠", "✅", "⚠"]


async def test_a_crash_before_the_mark_doubles_nothing(
    house: House, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice is found again by its key."""
    with monkeypatch.context() as broken:

        def full(*_arguments: object) -> None:
            raise RetryLater("the disk is full")

        broken.setattr(MailboxNotes, "told", full)
        with pytest.raises(RetryLater):
            await house.after(10 * MINUTE, bad="shop", good="rare")
    assert len(await staff.texts()) == 1
    house.notices = house.started()
    await house.after(5 * MINUTE, bad="shop", good="rare")
    assert len(await staff.texts()) == 1


async def test_two_workers_tell_once(house: House, staff: Staff) -> None:
    """Each looks by itself, and both find the same notice."""
    other = house.started()
    house.store.failed("shop", f"shop: {CAUSE}")
    for _ in range(10):
        house.parts.clock.move(30)
        house.elapsed += 30
        house.store.failed("shop", f"shop: {CAUSE}")
        await asyncio.gather(house.notices.look(), other.look())
    assert len(await staff.texts()) == 1
    house.parts.clock.move(30)
    house.reads()
    await asyncio.gather(house.notices.look(), other.look())
    assert len(await staff.texts()) == 2


async def test_what_the_server_said_is_told_harmlessly(house: House, staff: Staff) -> None:
    """A server's words are anybody's words: they make no link, no mention and no second line."""
    for _ in range(10):
        await house.after(30, good="rare")
        house.store.failed("shop", "shop: it says: <!channel> *x*\n<https://evil.example|here>")
    await house.after(30)
    (text,) = await staff.texts()
    assert "<!channel>" not in text
    assert "<https" not in text
    assert "\n" not in text
