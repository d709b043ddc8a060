"""Postfix, set up as docs/getting-mail-in.md says, relays to a running bot and keeps the mail while it is away."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from pathlib import Path

from tests.conftest import RequireServer, free_port
from tests.packaging.documents import Page
from tests.packaging.postfix import Postfix, running_postfix
from tests.servers.running_bot import RunningBot, running_bot

PAGE = Page("getting-mail-in.md")
ADDRESS = "leads@in.example.com"


def _files(smtp_port: int) -> dict[str, str]:
    """The page's files, with this bot's port in the place of its own."""
    return {path: text.replace(":2525", f":{smtp_port}") for path, text in PAGE.files("From Postfix").items()}


def test_the_page_gives_three_files() -> None:
    """The settings and the two tables that they name."""
    files = PAGE.files("From Postfix")
    tables = [word.removeprefix("texthash:") for word in files["/etc/postfix/main.cf"].split() if "texthash:" in word]
    assert sorted(files) == sorted([*tables, "/etc/postfix/main.cf"])
    assert len(files) == 3


def test_postfix_relays_and_waits(require_server: RequireServer, tmp_path: Path) -> None:
    """A mail through Postfix becomes a lead; strangers are refused there; nothing is lost while the bot is away."""
    port = free_port()
    program = require_server("postfix")
    with (
        running_bot(
            tmp_path, LEADBOT_SMTP_PORT=str(port), LEADBOT_RECIPIENTS=ADDRESS, LEADBOT_SLACK_PER_SECOND="50"
        ) as bot,
        running_postfix(program, _files(port)) as postfix,
    ):
        for command in _administration():
            postfix.control(command)
        _test_command(postfix)
        (card,) = bot.wait_for(bot.cards)
        assert "Jo Smith" in card["text"]
        _refuses_strangers(postfix)
        bot.stop()
        for number in range(3):
            _send(postfix, f"Request {number}")
        _wait_in_the_queue(postfix, bot)
        bot.start()
        postfix.queue("-f")
        bot.wait_for(lambda: len(bot.cards()) == 4)
        bot.wait_for(lambda: "empty" in postfix.queue("-p"))


def _administration() -> list[str]:
    """What the page lets the administrator do with `postfix`."""
    commands = [line.split()[1] for line in PAGE.lines("From Postfix") if line.startswith("postfix ")]
    assert commands == ["check", "reload"]
    return commands


def _test_command(postfix: Postfix) -> None:
    """The page's own command for this way in, at this Postfix's port."""
    command = PAGE.only("From Postfix", "python3 -c").replace("python3", sys.executable, 1)
    command = command.replace("'127.0.0.1', 25)", f"'127.0.0.1', {postfix.port})")
    subprocess.run(["sh", "-c", command], check=True, timeout=30)


def _refuses_strangers(postfix: Postfix) -> None:
    """A recipient that Leadbot does not have is refused before the mail is taken, so that no bounce is owed."""
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=30) as client:
        client.helo("customer.example")
        client.mail("jo@example.org")
        assert client.rcpt("somebody@in.example.com")[0] == 550
        assert client.rcpt("postmaster@in.example.com")[0] == 250


def _send(postfix: Postfix, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=30) as client:
        text = f"From: Ann <ann{subject[-1]}@example.org>\nSubject: {subject}\n\nPlease call me about a new fence."
        client.sendmail("ann@example.org", [ADDRESS], text)


def _wait_in_the_queue(postfix: Postfix, bot: RunningBot) -> None:
    """All three are in the queue, deferred for want of somebody who listens (one that is moved may be listed twice)."""
    bot.wait_for(lambda: [postfix.queue("-p").count(words) for words in ("Connection refused", ADDRESS)] == [3, 3])
