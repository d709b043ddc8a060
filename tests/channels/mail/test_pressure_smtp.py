"""What senders hear while there is no room for their mail: 452, never 5xx, on a connection that stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from enrichment.errors import RetryLater
from enrichment.models import RawMessage
from enrichment.store_ports import Accepted, Inbox
from tests.channels.mail.mailroom import BUSY, GO_ON, MAIL, RCPT, STAMPED, FailingInbox, Open

NO_ROOM = "452 4.3.1 No room for new messages now, please try again later"
STORED = "250 2.0.0 OK, stored as message 1"


class Door:
    """Open or closed as the test says; implements enrichment.ports.Backpressure."""

    def __init__(self) -> None:
        self.paused = ""


class FilledInbox:
    """A store that finds out that it is full, and says so to the door as the real one does."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:  # noqa: ARG002 - the port's signature
        """Fail, and close the door."""
        self.door.paused = "the database has no room on its disk"
        raise RetryLater("full") from sqlite3.OperationalError("database or disk is full")

    def acknowledge(self, message_id: int) -> None:
        """Nothing to do."""


async def test_no_body_is_sent_for_nothing(mailroom: Open) -> None:
    """The answer comes at MAIL; on the same connection mail is taken as soon as there is room."""
    door = Door()
    room = await mailroom(pressure=door)
    async with room.client() as client:
        await client.talk("EHLO a")
        door.paused = "disk nearly full, 312 MB free"
        refused = await client.talk(MAIL, RCPT, "DATA", "NOOP", MAIL)
        assert refused[0] == refused[-1] == NO_ROOM
        assert [reply[:3] for reply in refused[1:4]] == ["503", "503", "250"]
        assert not any("312" in reply for reply in refused)  # is nobody's business outside
        door.paused = ""
        assert await client.talk(MAIL, RCPT, "DATA", STAMPED + b".\r\n") == ["250 OK", "250 OK", GO_ON, STORED]
    assert len(room.stored()) == 1


async def test_a_relay_may_ask_as_often_as_it_likes(mailroom: Open) -> None:
    """It makes no mistake, so its connection is not ended for too many errors."""
    door = Door()
    door.paused = "full"
    room = await mailroom(pressure=door)
    async with room.client() as client:
        await client.talk("EHLO a")
        assert await client.talk(*[MAIL] * 50) == [NO_ROOM] * 50


async def test_what_was_on_its_way_is_put_off_at_its_end(mailroom: Open) -> None:
    """Nothing of it is stored; sent again later it is stored once."""
    door = Door()
    room = await mailroom(pressure=door)
    async with room.client() as client:
        await client.talk("EHLO a", MAIL, RCPT, "DATA")
        door.paused = "full"
        assert await client.talk(STAMPED + b".\r\n") == [NO_ROOM]
        assert room.stored() == []
        door.paused = ""
        assert await client.talk(MAIL, RCPT, "DATA", STAMPED + b".\r\n") == ["250 OK", "250 OK", GO_ON, STORED]


async def test_lmtp_says_it_to_each_recipient(mailroom: Open) -> None:
    """Once at MAIL, and once a recipient at the end of the message."""
    door = Door()
    room = await mailroom(pressure=door, account="lmtp")
    async with room.client() as client:
        await client.talk("LHLO a", MAIL, RCPT, "RCPT TO:<sales@shop.example>", "DATA")
        door.paused = "full"
        client.send(STAMPED + b".\r\nNOOP\r\n")
        assert [await client.reply() for _ in range(3)] == [NO_ROOM, NO_ROOM, "250 OK"]
        assert await client.talk(MAIL) == [NO_ROOM]
    assert room.stored() == []


async def test_a_store_that_fills_up_under_a_message(mailroom: Open) -> None:
    """The very mail that found it full hears why, and the next one is not even begun."""
    door = Door()
    room = await mailroom(lambda _real: FilledInbox(door), pressure=door)
    async with room.client() as client:
        replies = await client.talk("EHLO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n", MAIL)
    assert replies[-2:] == [NO_ROOM, NO_ROOM]


async def test_a_store_in_trouble_is_one_line_in_the_log(mailroom: Open) -> None:
    """However many mails meet it, and one when it is over."""
    failing = FailingInbox(RetryLater("the database is locked"))

    class Mended(FailingInbox):
        real: Inbox

        def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
            return self.real.accept_many(raws) if failing.error is WELL else failing.accept_many(raws)

    mended = Mended(failing.error)

    def wrap(real: Inbox) -> Inbox:
        mended.real = real
        return mended

    room = await mailroom(wrap)
    with capture_logs() as logs:
        async with room.client() as client:
            await client.talk("EHLO a")
            for _ in range(5):
                assert (await client.talk(MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1] == BUSY
            failing.error = WELL
            assert (await client.talk(MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1] == STORED
    ours = [(line["event"], line.get("put_off")) for line in logs]
    assert ours == [("mail not stored, senders are asked to try again", None), ("mail is stored again", 5)]


WELL = RuntimeError("well")


@pytest.mark.parametrize("account", ["smtp", "lmtp"])
async def test_without_a_measure_there_is_always_room(mailroom: Open, account: str) -> None:
    """For a server that is made without one."""
    room = await mailroom(account=account)
    hello = "EHLO a" if account == "smtp" else "LHLO a"
    assert (await room.talk(hello, MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1] == STORED
