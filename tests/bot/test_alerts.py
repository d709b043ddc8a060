"""The owner hears of an outage once, and of its end once: over a real mail server, through kills, refusals, workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog

from bot import alert_mail
from bot.alert_address import parse
from bot.alert_text import House, trial
from bot.alerts import NAME, OwnerAlerts, Trouble, first_of, pause, told
from enrichment.adapters.store.outages import Outages
from enrichment.adapters.store.waiting import Waiting
from enrichment.errors import RetryLater
from tests.enrichment import fixtures
from tests.enrichment.parts import Parts
from tests.servers.mail_receiver import QUERY, Receiver, receiving

migrated_file = fixtures.migrated_file
sqlite_parts = fixtures.sqlite_parts

HOUSE = House(slack="Slack", local=False, timezone="America/Denver")
WHY = "Slack did not answer chat.postMessage (TimeoutError)"


class Slack:
    """A Slack that is up or down as told; satisfies bot.alerts.SlackOutage."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.trouble: Trouble | None = None

    def __call__(self) -> Trouble | None:
        """Since when, and why."""
        return self.trouble

    def down(self, why: str = WHY) -> None:
        """From now on."""
        self.trouble = Trouble(self._parts.clock.now(), why)

    def up(self) -> None:
        """From now on."""
        self.trouble = None


class Room:
    """The alerts of a worker beside the receiver, on a clock that is moved."""

    def __init__(self, parts: Parts, receiver: Receiver) -> None:
        self.parts, self.receiver, self.slack = parts, receiver, Slack(parts)
        self.outages = Outages(parts.database, parts.clock)
        self.alerts = self.worker("one")

    def worker(self, name: str) -> OwnerAlerts:
        """A process; another of the same name is the same one started again."""
        return OwnerAlerts(
            self.outages,
            Waiting(self.parts.database),
            self.parts.views,
            self.slack,
            to=parse(f"smtp://127.0.0.1:{self.receiver.port}/?{QUERY}"),
            house=HOUSE,
            worker=name,
            patience=600.0,
            elapsed=lambda: self.parts.clock.now().timestamp(),
        )

    async def wait(self, seconds: float, *workers: OwnerAlerts) -> None:
        """Every worker looks again and again for so long."""
        for _ in range(int(seconds / 15)):
            self.parts.clock.move(15)
            for worker in workers or (self.alerts,):
                await worker.look()

    @property
    def subjects(self) -> list[str]:
        """What the owner has got."""
        return [mail["Subject"] for mail in self.receiver.mails]

    @property
    def line(self) -> str:
        """What the status says."""
        return "".join(told(self.outages.get(NAME), self.parts.clock.now(), 10))


DOWN, BACK = "Leadbot: Slack is down: no lead waits", "Leadbot: Slack is back"


@pytest.fixture
def room(sqlite_parts: Parts) -> Iterator[Room]:
    """All of it."""
    with receiving(login=False) as receiver:
        yield Room(sqlite_parts, receiver)


async def test_owner_is_mailed_after_ten_minutes_and_when_it_is_back(room: Room) -> None:
    """Once each, as one thread, from no autoresponder's point of view a person's."""
    room.slack.down()
    await room.wait(600)
    assert room.subjects == []
    assert room.line == "Slack is down for 10 min; the owner is mailed after 10"
    await room.wait(15)
    assert room.subjects == [DOWN]
    await room.wait(1800)
    assert room.subjects == [DOWN]
    assert room.line == "Slack is down for 40 min; the owner was mailed"
    room.slack.up()
    await room.wait(120)
    assert room.subjects == [DOWN, BACK]
    assert room.line == ""
    down, back = room.receiver.mails
    assert back["In-Reply-To"] == down["Message-ID"] != back["Message-ID"]
    assert {mail["Auto-Submitted"] for mail in (down, back)} == {"auto-generated"}
    await room.wait(600)
    assert room.subjects == [DOWN, BACK]


async def test_mail_says_what_waits_and_what_to_do_and_no_more(room: Room) -> None:
    """The hottest few by number, urgency and request; no name, address or phone number of anybody."""
    asks = {80: "Burst pipe, call (303) 555-0142 or ann@home.example", 20: "New fence"}
    for urgency in (80, *([20] * 6)):
        lead_id = room.parts.lead(f"jo{urgency}@customer.example", name="Jo Smith", urgency=urgency)
        room.parts.scalar(f"UPDATE leads SET ask = '{asks[urgency]}' WHERE id = {lead_id} RETURNING id")
    room.slack.down()
    await room.wait(615)
    (mail,) = room.receiver.mails
    assert mail["Subject"] == "Leadbot: Slack is down: 7 leads wait"
    assert (mail["From"], mail["To"]) == ("Leadbot <leadbot@example.com>", "owner@example.com")
    lines = mail.get_content().splitlines()
    assert lines[0] == "Leadbot has not reached Slack since 02:00 on Fri 20 Nov (MST)."
    assert f"Why: {WHY}" in lines
    start = lines.index("7 leads wait, the most urgent first:")
    assert lines[start + 1 : start + 3] == ["- L-1 (hot): Burst pipe, call ***42 or a***@home.example", "- L-2 (cold): New fence"]  # fmt: skip  # noqa: E501
    assert lines[start + 6] == "- and 2 more"
    assert any("leadbot doctor" in line for line in lines)
    assert not any(word in mail.as_string() for word in ("Jo", "555", "customer.example"))
    assert max(map(len, lines)) < 120


async def test_short_trouble_is_nobodys_mail(room: Room) -> None:
    """Nine minutes, again and again, with Slack well for a while between them."""
    for _ in range(4):
        room.slack.down()
        await room.wait(540)
        room.slack.up()
        await room.wait(90)
    assert room.subjects == []


async def test_moment_of_an_answer_ends_no_outage(room: Room) -> None:
    """Slack that answers for half a minute now and then is down all the same."""
    for _ in range(12):
        room.slack.down()
        await room.wait(60)
        room.slack.up()
        await room.wait(30)
    assert room.subjects == [DOWN]


async def test_kill_between_claim_and_mail_costs_nothing(room: Room) -> None:
    """The next start sends it, once; a start in the middle of an outage goes on counting."""
    room.slack.down()
    await room.wait(300)
    room.alerts = room.worker("one")

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    room.alerts._send = killed  # type: ignore[assignment]  # where a power cut would strike
    with pytest.raises(KeyboardInterrupt):
        await room.wait(315)
    assert room.subjects == []
    room.alerts = room.worker("one")
    await room.wait(600)
    assert room.subjects == [DOWN]
    room.alerts = room.worker("one")
    await room.wait(600)
    assert room.subjects == [DOWN]


async def test_lost_answer_sends_the_same_mail_again(room: Room) -> None:
    """Twice under one Message-ID rather than never; and its end is told once."""
    room.receiver.faults["LOST"] = "drop"
    room.slack.down()
    await room.wait(615)
    assert "the mail to the owner is on its way (tries: 1, last try: DATA failed at" in room.line
    room.receiver.faults.clear()
    await room.wait(600)
    assert room.subjects == [DOWN, DOWN]
    assert len({mail["Message-ID"] for mail in room.receiver.mails}) == 1
    room.slack.up()
    await room.wait(300)
    assert room.subjects == [DOWN, DOWN, BACK]


async def test_refusal_is_retried_with_growing_pauses(room: Room) -> None:
    """And told in the log and the status; the mail comes when the server takes it."""
    room.receiver.faults["RCPT"] = "451 4.7.1 greylisted"
    room.slack.down()
    with structlog.testing.capture_logs() as logs:
        await room.wait(3600)
        assert "RCPT TO failed at 127.0.0.1" in room.line
        tries = room.receiver.sessions
        assert 4 < tries < 12
        room.receiver.faults.clear()
        await room.wait(1815)
    assert room.subjects == [DOWN]
    assert len([entry for entry in logs if entry["log_level"] == "warning"]) == tries
    assert [entry["event"] for entry in logs if entry["log_level"] == "info"] == ["the owner was mailed"]


async def test_late_news_is_not_sent(room: Room) -> None:
    """Slack came back before the mail server could be reached at all: nobody hears of either."""
    room.slack.down()
    await room.wait(600)
    room.slack.up()
    await room.wait(300)
    assert (room.subjects, room.line) == ([], "")


async def test_end_waits_for_the_mail_server_too(room: Room) -> None:
    """And is sent once."""
    room.slack.down()
    await room.wait(615)
    room.receiver.faults["DATA"] = "452 full"
    room.slack.up()
    await room.wait(300)
    assert room.line.startswith("Slack is back; the mail to the owner is on its way (tries: ")
    room.alerts = room.worker("one")
    room.receiver.faults.clear()
    await room.wait(2400)
    assert room.subjects == [DOWN, BACK]


async def test_of_several_workers_one_mails(room: Room) -> None:
    """Together, and when the first one dies."""
    two, three = room.worker("two"), room.worker("three")
    room.slack.down()
    await room.wait(300, room.alerts, two, three)
    await room.wait(600, two, three)
    assert room.subjects == [DOWN]
    await room.wait(600, three)
    room.slack.up()
    await room.wait(600, three, two, room.alerts)
    assert room.subjects == [DOWN, BACK]


async def test_server_that_hangs_holds_nothing_up(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of the bot goes on, and a stop does not wait for it."""
    monkeypatch.setattr(alert_mail, "WAIT_SECONDS", 1.0)
    room.receiver.faults["DATA"] = "hang"
    room.slack.down()
    await room.wait(600)
    room.parts.clock.move(15)
    looking = asyncio.create_task(room.alerts.look())
    async with asyncio.timeout(10):
        while not room.receiver.sessions:  # noqa: ASYNC110 - the server is in another thread
            await asyncio.sleep(0.01)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking


async def test_loop_outlives_any_trouble(room: Room) -> None:
    """What nobody thought of, and a database that is away, which is said once; cancelled, it ends."""
    locked = RetryLater("the database is locked")
    troubles: list[Exception] = [locked, locked, ValueError("a bug")]

    def outage() -> Trouble | None:
        if troubles:
            raise troubles.pop()
        raise asyncio.CancelledError

    room.alerts._outage = outage
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with structlog.testing.capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await room.alerts.run(sleep)
    assert slept == [15.0, 15.0, 15.0]
    assert [entry["log_level"] for entry in logs] == ["error", "warning"]


def test_pauses_grow_and_differ() -> None:
    """From half a minute to half an hour, never all at the same moment."""
    assert all(15 <= pause(1) <= 30 for _ in range(50))
    assert all(900 <= pause(n) <= 1800 for n in (7, 8, 100, 10**9))
    assert len({pause(5) for _ in range(20)}) > 10


def test_earliest_source_counts(sqlite_parts: Parts) -> None:
    """Slack is down as soon as one source says so."""
    now = sqlite_parts.clock.now()
    late, early = Trouble(now, "late"), Trouble(now - timedelta(minutes=1), "early")
    assert first_of([lambda: None, lambda: late, lambda: early])() == early
    assert first_of([lambda: None])() is None


def test_test_mail_says_that_it_is_one(sqlite_parts: Parts) -> None:
    """And what it is for."""
    mail = trial(HOUSE, sqlite_parts.clock.now(), parse(f"smtp://localhost/?{QUERY}"))
    assert mail["Subject"] == "Leadbot: test of the alert"
    assert "This is a test, sent 02:00 on Fri 20 Nov (MST)" in mail.get_content()


def test_words_from_outside_stay_on_their_line(room: Room) -> None:
    """What Slack or a proxy says may hold anything."""
    room.slack.down("boom\r\nBcc: x@example.com\x1b[31m " + "long " * 200)
    asyncio.run(room.wait(615))
    (mail,) = room.receiver.mails
    assert mail["Bcc"] is None
    (line,) = (line for line in mail.get_content().splitlines() if line.startswith("Why: "))
    assert line.startswith("Why: boom Bcc: x***@example.com [31m long")
    assert len(line) <= 305
