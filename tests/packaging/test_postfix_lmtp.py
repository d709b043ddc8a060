"""Postfix, set up as docs/getting-mail-in.md says, hands over mail by LMTP to a running bot."""

from __future__ import annotations

import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import RequireServer, free_port
from tests.packaging.documents import Page
from tests.packaging.postfix import Postfix, running_postfix
from tests.servers.running_bot import RunningBot, running_bot

PAGE = Page("getting-mail-in.md")
ADDRESSES = ["leads@in.example.com", "postmaster@in.example.com", "leads+form@in.example.com"]
TRANSPORT = "/etc/postfix/leadbot_transport"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that Postfix's own user can come to."""
    with tempfile.TemporaryDirectory(prefix="leadbot-lmtp-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _files() -> dict[str, str]:
    """The page's files, those of this way in instead of those of SMTP."""
    return PAGE.files("From Postfix") | PAGE.files("From Postfix by LMTP")


def test_the_page_names_what_the_setting_opens() -> None:
    """The transport and the setting agree."""
    listen = PAGE.only("From Postfix by LMTP", "LEADBOT_LMTP_LISTEN=").partition("=")[2]
    host, port = listen.split(":")
    assert _files()[TRANSPORT] == f"in.example.com lmtp:inet:[{host}]:{port}\n"


@pytest.mark.parametrize("kind", ["inet", "unix"])
def test_postfix_hands_over(require_server: RequireServer, tmp_path: Path, open_folder: Path, kind: str) -> None:
    """One mail for three recipients is one message and one lead; what came while the bot was away follows."""
    program = require_server("postfix")
    files, port, path = _files(), free_port(), open_folder / "lmtp.sock"
    listen = f"127.0.0.1:{port}" if kind == "inet" else str(path)
    there = f"lmtp:inet:[127.0.0.1]:{port}" if kind == "inet" else f"lmtp:unix:{path}"
    files[TRANSPORT] = f"in.example.com {there}\n"
    settings = {"LEADBOT_RECIPIENTS": ADDRESSES[0], "LEADBOT_SLACK_PER_SECOND": "50", "LEADBOT_LMTP_LISTEN": listen}
    with running_bot(tmp_path, **settings) as bot, running_postfix(program, files) as postfix:
        _send(postfix, "fence")
        bot.wait_for(lambda: "empty" in postfix.queue("-p"))
        bot.wait_for(lambda: len(bot.cards()) == 1)
        assert bot.settled()["received"] == 1
        bot.kill()
        _send(postfix, "gate")
        bot.wait_for(lambda: postfix.queue("-p").count("Connection refused") == 1 or None)
        bot.start()
        postfix.queue("-f")
        bot.wait_for(lambda: "empty" in postfix.queue("-p"))
        bot.wait_for(lambda: len(bot.cards()) == 2)
        _is_stored_as_lmtp(bot)


def _send(postfix: Postfix, what: str) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=30) as client:
        text = f"From: Ann <ann-{what}@example.org>\nSubject: A {what}\n\nPlease call me about a new {what}."
        client.sendmail("ann@example.org", ADDRESSES, text)


def _is_stored_as_lmtp(bot: RunningBot) -> None:
    """Every message is ended, and none came twice."""
    status = bot.settled()
    assert (status["received"], status["balanced"]) == (2, True)
    assert {lead["subject"] for lead in bot.leads()} == {"A fence", "A gate"}
