"""`leadbot backfill` as its owner uses it: a real Dovecot, the bot as a process, and nobody told of what is old."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from tests.conftest import RequireServer
from tests.e2e.test_mailboxes import Make, is_read, reading, started, wait_for_cards
from tests.servers.dovecot import Dovecot, running_dovecot
from tests.servers.running_bot import RunningBot, mail

NOW = datetime.now(UTC)
SINCE = f"{NOW - timedelta(days=100):%Y-%m-%d}"
# Who wrote what, and how many days ago; none has to do with another.
THEN = (
    ("Ann", "The gearbox of my van howls in third gear and needs an overhaul.", 200),
    ("Bob", "Could you repaint the bonnet? Hail has left dents all over it.", 50),
    ("Cleo", "We look for somebody to convert a coach into a camper.", 40),
)


@pytest.fixture
def dovecot(require_server: RequireServer) -> Iterator[Dovecot]:
    """A mail server."""
    with running_dovecot(require_server("dovecot")) as server:
        yield server


def old(name: str, wish: str, days: int) -> EmailMessage:
    """What this person wrote so many days ago."""
    sender, subject = f"{name} <{name.lower()}@customer.example>", f"A question from {name}"
    known = {"Message_ID": f"<{name}@customer.example>"} if days else {}
    made = mail(sender, subject, f"Hello, {name} here. {wish}", **known)
    del made["Date"]
    made["Date"] = format_datetime(NOW - timedelta(days=days))
    return made


def put(dovecot: Dovecot, *mails: tuple[EmailMessage, int]) -> None:
    """Mails that came so many days ago."""
    with dovecot.client() as client:
        for made, days in mails:
            client.append("INBOX", made.as_bytes(), msg_time=NOW - timedelta(days=days))


def three(dovecot: Dovecot) -> None:
    """Three requests, the oldest of 200 days ago."""
    put(dovecot, *((old(name, wish, days), days) for name, wish, days in THEN))


def imported(bot: RunningBot, *options: str) -> str:
    """Import; what was said."""
    result = bot.cli("backfill", "shop", "--since", *(options or (SINCE,)))
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_nobody_is_told_of_history_and_all_is_found(fresh_bot: Make, dovecot: Dovecot) -> None:
    """No card, no digest; a search finds it under its own date, and the customer's next mail shows as news."""
    three(dovecot)
    bot = started(reading(fresh_bot(), dovecot.port))
    assert f"shop: 2 mails since {SINCE} imported" in imported(bot)
    status = bot.settled()
    assert (status["channels"]["imap"]["received"], status["leads"]["shown"]) == (2, 2)
    assert (bot.cards(), bot.warnings(), bot.messages()) == ([], [], [])
    assert status["open_leads"] == 0  # what the digest and the list are made of
    found = bot.wait_for(lambda: text if "L-" in (text := bot.command("similar hail dents on the bonnet")) else "")
    assert "Bob" in found
    came = {lead["contact"]["name"]: lead["received_at"][:10] for lead in bot.leads()}
    assert came == {name: f"{NOW - timedelta(days=days):%Y-%m-%d}" for name, days in (("Bob", 50), ("Cleo", 40))}
    assert bot.stop() == 0


def test_customers_of_old_who_write_again_are_news(fresh_bot: Make, dovecot: Dovecot) -> None:
    """An answer shows the lead of then; only the same request once more is called a duplicate."""
    three(dovecot)
    bot = started(reading(fresh_bot(), dovecot.port))
    imported(bot)
    bot.settled()
    answer = old("Cleo", "So when could you begin with it?", 0)
    answer["In-Reply-To"] = "<Cleo@customer.example>"
    put(dovecot, (answer, 0), (old("Ann", "Do you sell winter tyres?", 0), 0))
    wait_for_cards(bot, "Ann", "Cleo")
    bot.settled()
    assert bot.warnings() == []
    put(dovecot, (old("Bob", "Have you had time to look at the hail dents of my bonnet yet?", 0), 0))
    wait_for_cards(bot, "Ann", "Bob", "Cleo")
    bot.settled()
    (warning,) = bot.warnings()
    assert "bob@customer.example" in warning
    assert bot.stop() == 0


def test_again_imports_what_is_missing(fresh_bot: Make, dovecot: Dovecot) -> None:
    """A limit takes the newest; again nothing comes twice; nothing is changed on the server."""
    three(dovecot)
    bot = started(reading(fresh_bot(), dovecot.port))
    assert "shop: 1 mail since" in imported(bot, SINCE, "--limit", "1")
    assert "shop: 1 mail since" in imported(bot)
    told = "shop: 1 mail since 2020-01-01 imported (0.0 MB); 2 mails more here already, or gone"
    assert told in imported(bot, "2020-01-01")
    assert bot.settled()["channels"]["imap"]["received"] == 3
    assert set().union(*dovecot.flags().values()) == set()
    assert bot.stop() == 0


def test_beside_a_stopped_bot_it_stores_for_the_next_start(fresh_bot: Make, dovecot: Dovecot) -> None:
    """And says so; what was stored becomes leads then."""
    three(dovecot)
    bot = started(reading(fresh_bot(), dovecot.port))
    assert bot.stop() == 0
    assert "no bot is running here" in imported(bot)
    bot.start()
    assert bot.settled()["leads"]["shown"] == 2
    assert bot.cards() == []
    assert bot.stop() == 0


def test_what_cannot_be_is_one_line(fresh_bot: Make, dovecot: Dovecot) -> None:
    """No such mailbox, no first poll yet, a day that is none, a folder that is not read."""
    bot = reading(fresh_bot(), dovecot.port)

    def failed(*arguments: str) -> tuple[int, str]:
        result = bot.cli("backfill", *arguments)
        assert len(result.stderr.splitlines()) == 1
        return result.returncode, result.stderr

    assert failed("shop", "--since", SINCE)[0] == 1  # no database
    bot.start(roles="work")
    told = failed("shop", "--since", SINCE)
    assert told[0] == 1
    assert "has not read the folder INBOX yet" in told[1]
    assert failed("other", "--since", SINCE) == (1, "leadbot: there is no mailbox 'other'; name one of shop\n")
    assert failed("shop", "--since", "yesterday")[0] == 2
    assert failed("shop", "--since", "2999-01-01")[0] == 2
    assert "does not read the folder 'Junk'" in failed("shop", "--since", SINCE, "--folder", "Junk")[1]
    assert bot.stop() == 0


def test_killed_and_resumed_it_loses_and_doubles_nothing(fresh_bot: Make, dovecot: Dovecot) -> None:
    """Killed or interrupted at any moment, while the bot reads what is there: each mail is one message."""
    count = 60
    content = b"From: ann@customer.example\r\nSubject: Brakes\r\n\r\n" + b"My brakes grind.\r\n" * 40
    dovecot.fill(count, content)
    bot = started(reading(fresh_bot(), dovecot.port))
    command = [sys.executable, "-m", "bot.cli", "backfill", "shop", "--since", "1990-01-01", "--rate", "1"]
    for number in range(4):
        process = subprocess.Popen(command, env=bot.environment, cwd=bot.cwd, stdout=subprocess.PIPE, text=True)
        wait_for_more(bot)
        time.sleep(0.1 * number)
        process.kill() if number % 2 else process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=20)
        assert number % 2 or "stopped; " in told
        assert process.returncode == (-9 if number % 2 else 1)
        assert f"of {count} mails" in told
    imported(bot, "1990-01-01")
    bot.wait_for(lambda: received(bot) == count, 60)
    assert bot.settled(120)["balanced"]
    assert received(bot) == count
    assert bot.cards() == []
    assert is_read(bot)
    assert bot.stop() == 0


def wait_for_more(bot: RunningBot) -> None:
    """Until there are more messages than now."""
    before = received(bot)
    bot.wait_for(lambda: received(bot) > before, 60)


def received(bot: RunningBot) -> int:
    """How many messages have come, copies too."""
    imap = bot.status()["channels"].get("imap", {"received": 0, "copies": 0})
    return int(imap["received"] + imap["copies"])
