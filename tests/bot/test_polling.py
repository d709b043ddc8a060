"""The role poll inside one process: mailboxes by the settings, leases between workers, checks for the heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from structlog.testing import capture_logs

from bot import polling
from bot.bootstrap import Store
from bot.mailbox_side import MailboxSide
from bot.settings import Settings
from enrichment.errors import RetryLater
from tests.conftest import RequireServer
from tests.enrichment.parts import Parts
from tests.servers.dovecot import PASSWORD, USER, Dovecot, running_dovecot

MAIL = b"From: ann@customer.example\r\nSubject: %d\r\n\r\nMy brakes grind.\r\n"


class Room:
    """There is always some; implements Backpressure."""

    paused = ""


class House:
    """A store, a mail server, and as many workers as one likes."""

    def __init__(self, parts: Parts, folder: Path, dovecot: Dovecot) -> None:
        self.parts, self.folder, self.dovecot = parts, folder, dovecot
        self.store = Store(parts.database, parts.clock, parts.messages, parts.book, parts.views, parts.ledger)
        self.arrived = 0
        (folder / "password").write_text(PASSWORD)
        (folder / "leadbot.toml").write_text(
            f'[[mailbox]]\nname = "shop"\nhost = "127.0.0.1"\nport = {dovecot.port}\ntls = "none"\nuser = "{USER}"\n'
            f'password_file = "{folder}/password"\ninterval = 1\n'
        )

    def note(self) -> None:
        """New mail was stored."""
        self.arrived += 1

    def worker(self, name: str, *, polls: bool = True) -> MailboxSide:
        """A worker of this name; its settings are read from the folder."""
        settings = Settings(data_dir=self.folder / name, worker=name)
        return MailboxSide(settings, self.store, Room(), self.note, polls=polls)

    @property
    def received(self) -> int:
        """How many mails are stored."""
        count: int = self.parts.scalar("SELECT count(*) FROM messages")
        return count

    @property
    def holder(self) -> str:
        """Who reads the mailbox."""
        return str(self.parts.scalar("SELECT holder FROM leases WHERE name = 'mailbox:shop'"))

    @property
    def read(self) -> bool:
        """Whether it was."""
        return self.store.mailboxes.pulses(["shop"])[0].last_success is not None


@pytest.fixture
def house(
    parts: Parts, tmp_path: Path, require_server: RequireServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """All of it; leases are looked after more often."""
    monkeypatch.setattr(polling, "KEEP_SECONDS", 0.05)
    monkeypatch.chdir(tmp_path)
    with running_dovecot(require_server("dovecot")) as dovecot:
        yield House(parts, tmp_path, dovecot)


async def until(look: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for it."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(look):  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.02)


async def at_work(stack: AsyncExitStack, side: MailboxSide) -> None:
    """The worker reads, until the stack is closed."""
    scheduler = AsyncIOScheduler()
    scheduler.start()
    stack.callback(scheduler.shutdown, wait=False)
    await stack.enter_async_context(side.running(scheduler))


async def test_another_worker_goes_on_at_once_after_a_stop(house: House) -> None:
    """One reads at a time, a stop gives the mailbox back, and each mail is stored once."""
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        await at_work(first, house.worker("one"))
        await until(lambda: house.read)
        await at_work(second, house.worker("two"))
        await asyncio.to_thread(house.dovecot.append, MAIL % 1)
        await until(lambda: house.received == 1)
        assert (house.holder, house.arrived) == ("one", 1)
        await first.aclose()
        await until(lambda: house.holder == "two")
        await asyncio.to_thread(house.dovecot.append, MAIL % 2)
        await until(lambda: house.received == 2)
    assert house.arrived == 2


async def test_a_database_that_is_away_is_no_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once; when it is back the mailbox is read."""

    def away(*_arguments: object) -> bool:
        raise RetryLater("the database is away")

    with capture_logs() as logs, monkeypatch.context() as broken:
        broken.setattr(house.parts.views, "lease", away)
        async with AsyncExitStack() as stack:
            await at_work(stack, house.worker("one"))
            await asyncio.sleep(0.3)
            assert not house.read
            broken.undo()
            await until(lambda: house.read)
    assert len([entry for entry in logs if entry.get("why") == "the database is away"]) == 1


async def test_who_has_not_the_role_reads_nothing(house: House) -> None:
    """And says nothing of mailboxes: a worker that reads them does."""
    house.store.mailboxes.failed("shop", "shop: away")
    house.parts.clock.move(3600)
    side = house.worker("one", polls=False)
    async with AsyncExitStack() as stack:
        await at_work(stack, side)
        assert (await side.checks(), await side.silences()) == ([], [])
    assert not house.read


async def test_the_checks_are_by_the_settings(house: House) -> None:
    """A mailbox that is not read silences the heartbeat, and leaves the bot ready."""
    house.store.mailboxes.failed("shop", "shop: the password is refused")
    house.parts.clock.move(200)
    side = house.worker("one")
    assert [(check.name, check.state) for check in await side.checks()] == [("mailbox shop", "off")]
    assert [check.state for check in await side.silences()] == ["failed"]


async def test_notices_are_by_the_settings(house: House) -> None:
    """They know each mailbox and how often it is polled."""
    notices = house.worker("one", polls=False).notices(lambda: pytest.fail("there is nothing to tell"))
    assert notices._intervals == {"shop": 1.0}
    await notices.look()
