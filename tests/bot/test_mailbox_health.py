"""How mailboxes fare, told in `status`, in the metrics, in `/readyz` and to the heartbeat."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from bot import mailbox_readiness
from bot.health import create_app
from bot.mailbox_health import MailboxState, patience, states, unread_since
from bot.status import Status, gather, lines
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.errors import RetryLater
from enrichment.mailboxes import Pulse
from tests.bot.test_health import checks
from tests.enrichment.parts import START, Parts

BOXES = (("shop", 60.0), ("office", 60.0), ("new", 60.0))
MINUTE = timedelta(minutes=1)


class House:
    """Three mailboxes: one is well, one fails since four minutes, one was never polled."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.clock = parts, parts.clock
        self.store = Mailboxes(parts.database, parts.clock)
        self.start = self.clock.now()
        self.store.succeeded("office")
        self.clock.move(60)
        self.store.failed("office", "office: the password is refused\x1b[2J; make a new one")
        self.clock.move(240)
        self.store.succeeded("shop")

    def states(self, watched_since: datetime | None = None) -> tuple[MailboxState, ...]:
        """How they fare now."""
        return states(BOXES, self.store, self.clock.now(), watched_since)

    def status(self) -> Status:
        """The whole state."""
        found = gather(
            self.parts.ledger, self.parts.book, self.parts.views, running=True, used=(), now=self.clock.now()
        )
        return found.model_copy(update={"mailboxes": self.states()})


@pytest.fixture
def house(parts: Parts) -> House:
    """The mailboxes."""
    return House(parts)


def test_status_has_a_line_for_each_mailbox(house: House) -> None:
    """When it was last read, since when it fails and why, without what a terminal would obey."""
    told = [line for line in lines(house.status(), house.clock.now()) if line.startswith("mailbox")]
    assert told == [
        "mailbox shop: last read 0 s ago",
        "mailbox office: last read 5 min ago; it fails since 4 min ago and is tried again by itself (the password is refused[2J; make a new one)",  # noqa: E501
        "mailbox new: not read yet",
    ]


def test_status_says_when_nobody_reads_a_mailbox(house: House) -> None:
    """As when the worker that polls is away; what was missed before this bot's start is no trouble of it."""
    house.clock.move(600)
    shop = house.states(house.clock.now() - 2 * MINUTE)[0]
    assert shop.unread_since is None
    shop = house.states(house.clock.now() - 4 * MINUTE)[0]
    assert shop.unread_since == shop.last_success
    status = house.status().model_copy(update={"mailboxes": (shop,)})
    assert "mailbox shop: last read 10 min ago (is a bot with the role poll at work?)" in lines(
        status, house.clock.now()
    )


async def test_metrics_have_a_row_a_mailbox(house: House) -> None:
    """Its last success and how long ago that is; nothing where there was none."""
    house.clock.move(20)
    app = create_app(checks(), house.status)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://leadbot") as http:
        told = (await http.get("/metrics")).text.splitlines()
    rows = dict(line.rsplit(" ", 1) for line in told if line.startswith("leadbot_mailbox"))
    assert {name: float(value) for name, value in rows.items()} == {
        'leadbot_mailbox_last_success_seconds{mailbox="shop"}': pytest.approx(house.start.timestamp() + 300, abs=10),
        'leadbot_mailbox_last_success_seconds{mailbox="office"}': pytest.approx(house.start.timestamp(), abs=10),
        'leadbot_mailbox_lag_seconds{mailbox="shop"}': pytest.approx(20, abs=10),
        'leadbot_mailbox_lag_seconds{mailbox="office"}': pytest.approx(320, abs=10),
    }


def test_readiness_is_not_lost_for_a_mailbox(house: House) -> None:
    """It says so, and what to do, but the bot can work."""
    found = mailbox_readiness.checks(house.states)
    assert [(check.name, check.state) for check in found] == [
        ("mailbox shop", "ok"),
        ("mailbox office", "off"),
        ("mailbox new", "ok"),
    ]
    assert found[1].detail.endswith("UTC: the password is refused[2J; make a new one")
    assert "leadbot doctor" in found[1].advice


def test_the_heartbeat_is_silent_for_a_mailbox_that_is_not_read(house: House) -> None:
    """Once that is no short trouble any more."""
    silent = [mailbox_readiness.silence(state) for state in house.states(house.start)]
    assert [check.state for check in silent] == ["ok", "failed", "failed"]
    assert silent[1].detail.endswith("make a new one")
    fresh = [mailbox_readiness.silence(state) for state in house.states(house.clock.now())]
    assert [check.state for check in fresh] == ["ok", "failed", "ok"]


def test_a_database_that_is_away_says_nothing_of_mailboxes() -> None:
    """It has its own check."""

    def away() -> tuple[MailboxState, ...]:
        raise RetryLater("the database is away")

    assert mailbox_readiness.checks(away) == []


@pytest.mark.parametrize(("interval", "minutes"), [(1.0, 3), (60.0, 3), (600.0, 30), (3600.0, 180)])
def test_patience_is_three_intervals(interval: float, minutes: int) -> None:
    """And three minutes at least."""
    assert patience(interval) == minutes * MINUTE


@pytest.mark.parametrize(
    ("success", "failing", "watched", "since"),
    [
        (0, None, None, None),  # well, as far as anybody knows
        (10, None, 0, None),
        (6, None, 0, 6),  # nobody reads it
        (6, None, 8, None),  # nobody should have
        (None, None, 6, 6),  # never read, and nothing said of it
        (None, None, 8, None),
        (5, 6, None, 6),  # fails, whoever watches
        (5, 8, 0, None),  # fails, but not for long
        (None, 6, None, 6),
    ],
)
def test_unread_is_what_somebody_should_have_read(
    success: int | None, failing: int | None, watched: int | None, since: int | None
) -> None:
    """Minutes of one hour, the tenth of which it is now; patience is three."""

    def at(minute: int | None) -> datetime | None:
        return None if minute is None else START + minute * MINUTE

    pulse = Pulse("shop", at(success), "why" if failing else "", at(failing))
    now = at(10)
    assert now is not None
    assert unread_since(pulse, 60.0, now, at(watched)) == at(since)
