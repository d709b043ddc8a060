"""The whole bot beside a real Dovecot: what is appended becomes a card, whatever breaks meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import httpx
import pytest

from tests.conftest import RequireServer
from tests.servers.dovecot import PASSWORD, USER, Dovecot, running_dovecot
from tests.servers.running_bot import RunningBot, mail
from tests.servers.silent import silent

Make = Callable[..., RunningBot]
SELDOM = 600.0
WITHOUT_IDLE = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ ID ENABLE NAMESPACE UIDPLUS SPECIAL-USE\n"
PEOPLE = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea")


@pytest.fixture
def dovecot(require_server: RequireServer) -> Iterator[Dovecot]:
    """A mail server with IDLE."""
    with running_dovecot(require_server("dovecot")) as server:
        yield server


def request(name: str) -> EmailMessage:
    """A customer's mail, unlike the others'."""
    text = f"Hello, {name} here. My {name.lower()}mobile makes a noise when I brake. When can you look at it?"
    return mail(f"{name} <{name.lower()}@customer.example>", f"Brakes of {name}", text)


def reading(
    bot: RunningBot, port: int, *, name: str = "shop", interval: float = SELDOM, user: str = USER
) -> RunningBot:
    """The bot, not started, with this mailbox beside those that it has; its password is in a file."""
    bot.cwd = bot.folder
    (bot.folder / f"{name}.password").write_text(PASSWORD + "\n")
    with (bot.folder / "leadbot.toml").open("a") as file:
        file.write(
            f'[[mailbox]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nuser = "{user}"\n'
            f'password_file = "{bot.folder}/{name}.password"\ninterval = {interval}\n'
        )
    return bot


def line(bot: RunningBot, name: str = "shop") -> str:
    """What the status says of a mailbox."""
    found = [line for line in bot.cli("status").stdout.splitlines() if line.startswith(f"mailbox {name}")]
    return found[0] if found else ""


def is_read(bot: RunningBot, name: str = "shop") -> bool:
    """Whether the last poll went well."""
    return line(bot, name).startswith(f"mailbox {name}: last read ") and "fails" not in line(bot, name)


def started(bot: RunningBot, roles: str = "") -> RunningBot:
    """The bot once its first poll is over: what comes from then on is new mail."""
    bot.start(roles=roles)
    bot.wait_for(lambda: is_read(bot), 30)
    return bot


def titles(bot: RunningBot) -> list[str]:
    """Whose cards there are."""
    return sorted(name for card in bot.cards() for name in PEOPLE if name in card["text"])


def wait_for_cards(bot: RunningBot, *names: str, seconds: float = 60.0) -> None:
    """Until exactly these people have a card."""
    bot.wait_for(lambda: titles(bot) == sorted(names), seconds)


@contextmanager
def appended(dovecot: Dovecot, *names: str) -> Iterator[None]:
    """Mails of these people; at the end no flag of them has changed."""
    dovecot.append(*(request(name).as_bytes() for name in names))
    yield
    assert set().union(*dovecot.flags().values()) == set()


def test_new_mail_is_a_card_because_the_server_says_so(fresh_bot: Make, dovecot: Dovecot) -> None:
    """Long before the next poll; older mail stays where it is; status, metrics and readiness tell of the mailbox."""
    dovecot.append(request("Ann").as_bytes())
    bot = started(reading(fresh_bot(), dovecot.port))
    with appended(dovecot, "Bob"):
        wait_for_cards(bot, "Bob")
    with appended(dovecot, "Cleo", "Dan"):
        wait_for_cards(bot, "Bob", "Cleo", "Dan")
    told = httpx.get(f"{bot.http}/metrics", timeout=20).text
    assert 'leadbot_mailbox_lag_seconds{mailbox="shop"}' in told
    assert 'leadbot_mailbox_last_success_seconds{mailbox="shop"}' in told
    ready = httpx.get(f"{bot.http}/readyz", timeout=20)
    assert ready.status_code == 200
    assert [check["state"] for check in ready.json() if check["name"] == "mailbox shop"] == ["ok"]
    assert "mailbox shop: last read" in bot.command("status")
    assert bot.settled()["channels"]["imap"]["received"] == 3
    assert bot.stop() == 0


def test_a_server_without_idle_is_polled(fresh_bot: Make, require_server: RequireServer) -> None:
    """At every interval."""
    with running_dovecot(require_server("dovecot"), settings=WITHOUT_IDLE) as dovecot:
        bot = started(reading(fresh_bot(), dovecot.port, interval=1.0))
        with appended(dovecot, "Ann"):
            wait_for_cards(bot, "Ann")
        assert bot.stop() == 0


def test_one_mailbox_in_trouble_never_stops_another(fresh_bot: Make, dovecot: Dovecot) -> None:
    """One server hangs and one login is refused: the third mailbox is read, and the bot stops without waiting."""
    with silent() as hanging:
        bot = reading(reading(fresh_bot(), hanging.port, name="hangs"), dovecot.port, name="refused", user="nobody")
        started(reading(bot, dovecot.port))
        with appended(dovecot, "Ann"):
            wait_for_cards(bot, "Ann")
        bot.wait_for(lambda: "fails since" in line(bot, "refused"), 30)
        assert "password" in line(bot, "refused")
        ready = httpx.get(f"{bot.http}/readyz", timeout=20)
        states = {check["name"]: check["state"] for check in ready.json()}
        assert (ready.status_code, states["mailbox refused"], states["mailbox shop"]) == (200, "off", "ok")
        assert bot.stop() == 0  # within half the time that the server may be silent


def test_a_changed_password_and_an_outage_lose_nothing(fresh_bot: Make, dovecot: Dovecot) -> None:
    """What came meanwhile is read as soon as the server is back and the new password is in the file."""
    bot = started(reading(fresh_bot(), dovecot.port))
    dovecot.set_password("another")
    dovecot.stop()
    bot.wait_for(lambda: "nothing listens" in line(bot), 30)
    dovecot.start()
    bot.wait_for(lambda: "password" in line(bot), 60)
    with appended(dovecot, "Ann"):
        assert bot.cards() == []
        (bot.folder / "shop.password").write_text("another")
        wait_for_cards(bot, "Ann", seconds=90)
    assert is_read(bot)
    with appended(dovecot, "Bob"):
        wait_for_cards(bot, "Ann", "Bob")
    assert bot.stop() == 0


def test_kills_while_mail_comes_lose_and_double_nothing(fresh_bot: Make, dovecot: Dovecot) -> None:
    """Each mail is one message and one card, though the bot dies three times; no flag is changed."""
    bot = started(reading(fresh_bot(), dovecot.port))
    for begin in range(0, len(PEOPLE), 4):
        dovecot.append(*(request(name).as_bytes() for name in PEOPLE[begin : begin + 4]))
        bot.kill()
        bot.start()
    with appended(dovecot):
        wait_for_cards(bot, *PEOPLE, seconds=90)
    status = bot.settled()
    assert (status["channels"]["imap"]["received"], status["leads"]["shown"]) == (len(PEOPLE), len(PEOPLE))
    assert bot.stop() == 0


def test_a_full_disk_pauses_the_polls(fresh_bot: Make, dovecot: Dovecot) -> None:
    """Mail waits in its mailbox as senders wait for SMTP, and is read when there is room."""
    bot = started(reading(fresh_bot(), dovecot.port, interval=1.0))
    assert bot.stop() == 0
    bot.environment["LEADBOT_MIN_FREE_DISK"] = "100000TB"
    bot.start()
    with appended(dovecot, "Ann"):
        bot.wait_for(lambda: "new mail is put off" in bot.cli("status").stdout, 30)
        assert bot.status()["received"] == 0
        assert bot.stop() == 0
        del bot.environment["LEADBOT_MIN_FREE_DISK"]
        bot.start()
        wait_for_cards(bot, "Ann")
    assert bot.stop() == 0


def test_another_worker_goes_on_when_one_dies(fresh_bot: Make, dovecot: Dovecot, postgres_url: str) -> None:
    """One reads the mailbox at a time; the other takes over within a minute, and nothing is read twice."""
    shared = {"LEADBOT_DATABASE_URL": postgres_url, "LEADBOT_SECRET_KEY": "0123456789abcdef0123456789abcdef"}
    first = started(reading(fresh_bot(LEADBOT_WORKER="one", **shared), dovecot.port, interval=1.0), roles="poll")
    second = reading(fresh_bot(LEADBOT_WORKER="two", **shared), dovecot.port, interval=1.0).start()
    with appended(dovecot, "Ann"):
        wait_for_cards(second, "Ann")
    assert "a mailbox is ours to read" not in second.errors()
    first.kill()
    with appended(dovecot, "Bob"):
        wait_for_cards(second, "Ann", "Bob", seconds=60)
    first.start(roles="poll")
    with appended(dovecot, "Cleo"):
        wait_for_cards(second, "Ann", "Bob", "Cleo")
    assert second.settled()["channels"]["imap"]["received"] == 3
    assert (second.stop(), first.stop()) == (0, 0)
