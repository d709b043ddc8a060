"""docs/getting-mail-in.md is true: its commands are run on a running bot, its figures are those of the code."""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from bot.settings import Settings, variable
from channels.mail import gate, incoming, smtp_connection
from channels.mail.gate import Limits
from tests.packaging.compose import load
from tests.packaging.documents import ROOT, Page
from tests.servers.running_bot import RunningBot, running_bot

PAGE = Page("getting-mail-in.md")
ADDRESS = "leads@in.example.com"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBot]:
    """A bot for the address that the page uses."""
    with running_bot(
        tmp_path_factory.mktemp("mail"), LEADBOT_RECIPIENTS=ADDRESS, LEADBOT_SLACK_PER_SECOND="50"
    ) as running:
        yield running


def _forwarded(sender: str, to: str, subject: str, body: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def _deliver(bot: RunningBot, envelope_sender: str, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", bot.smtp_port, timeout=30) as client:
        client.send_message(message, from_addr=envelope_sender, to_addrs=[ADDRESS])


def test_the_test_command_makes_a_card(bot: RunningBot) -> None:
    """As it stands on the page, at this bot's port."""
    command = PAGE.only("Getting mail in", "python3 -c").replace("python3", sys.executable, 1)
    assert ", 2525)" in command
    subprocess.run(["sh", "-c", command.replace(", 2525)", f", {bot.smtp_port})")], check=True, timeout=30)
    assert "Jo Smith" in bot.wait_for(bot.cards)[0]["text"]


def test_only_its_own_recipients_are_taken(bot: RunningBot) -> None:
    """With and without a tag, and postmaster; strangers are refused for good, and nothing is passed on."""
    with smtplib.SMTP("127.0.0.1", bot.smtp_port, timeout=30) as client:
        client.ehlo("customer.example")
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
        client.mail("jo@example.org")
        answers = {name: client.rcpt(name)[0] for name in (ADDRESS, "leads+web@in.example.com", "jo@example.org")}
    assert list(answers.values()) == [250, 250, 550]


def test_gmails_code_is_where_the_page_says(bot: RunningBot) -> None:
    """The confirmation, worded as Gmail does: its number is in a card's title and in `leadbot leads --all`."""
    subject = "(#123456789) Gmail Forwarding Confirmation - Receive Mail from owner@gmail.example"
    body = (
        f"owner@gmail.example has requested to automatically forward mail to your email address {ADDRESS}.\n"
        "Confirmation code: 123456789\n\nTo allow this, please click the link below to confirm the request:\n\n"
        "https://mail-settings.google.example/mail/vf-123\n\nThanks for using Gmail!\n"
    )
    sender = "forwarding-noreply@google.example"
    _deliver(bot, sender, _forwarded(f"Gmail Team <{sender}>", ADDRESS, subject, body))
    bot.wait_for(lambda: [card for card in bot.cards() if "(#123456789) Gmail Forwarding" in card["text"]])
    assert "(#123456789)" in bot.cli("leads", "--all").stdout


def test_forwarded_mail_names_the_customer(bot: RunningBot) -> None:
    """Gmail and Microsoft 365 put themselves into the envelope and leave From as it was."""
    for number, envelope in enumerate(("owner+caf_=leads=in.example.com@gmail.example", "SRS0=x=y@shop.example")):
        message = _forwarded(
            f"Ann Lee <ann{number}@example.org>",
            "owner@gmail.example",
            f"Fence {number}",
            "How much is a new fence?",
            X_Forwarded_To=ADDRESS,
            X_Forwarded_For=f"owner@gmail.example {ADDRESS}",
        )
        _deliver(bot, envelope, message)
    bot.wait_for(lambda: len([card for card in bot.cards() if "from Ann Lee" in card["text"]]) == 2)


def test_its_settings_exist() -> None:
    """Each LEADBOT_ name is a setting; what else is set for the container is used by Compose."""
    named = set(re.findall(r"\bLEADBOT_\w+", PAGE.text))
    assert named <= {variable(name, field) for name, field in Settings.model_fields.items()}
    assert "LEADBOT_RECIPIENTS" in named
    assert "SMTP_PUBLISH" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    opened = dict(line.split("=") for line in PAGE.lines("Straight from the internet") if line.startswith("SMTP_"))
    assert any(port.startswith("0.0.0.0:25:") for port in load(opened)["services"]["leadbot"]["ports"])


def test_its_figures_are_the_codes() -> None:
    """The limits that protect a server on the internet, and the defaults."""
    protection = " ".join(PAGE.section("Straight from the internet").split())
    limits, fields = Limits(), Settings.model_fields
    for told in (
        f"{limits.connections} connections at a time, {limits.per_address} of them from one address",
        f"{limits.connections_per_minute} new ones and send {limits.messages_per_minute} mails a minute",
        f"and {gate.RESERVED} connections more",
        f"{limits.recipients} recipients for a message, {limits.errors} refused commands",
        f"{smtp_connection.MOST_REPLIES} replies without a message",
        f"{gate.MAX_HELD_BYTES // 2**20} MiB of them",
        "after five minutes, one without a message after ten",
        f"at {limits.slowest} bytes a second, and within an hour",
    ):
        assert told in protection
    assert (limits.silence, smtp_connection.ROUND_SECONDS, incoming.LONGEST_DATA) == (5 * 60, 10 * 60, 60 * 60)
    assert fields["smtp_max_bytes"].default == 25 * 2**20
    assert "Leadbot 25 MiB" in PAGE.text
    assert (fields["smtp_host"].default, fields["smtp_port"].default) == ("127.0.0.1", 2525)


def test_its_links_lead_somewhere() -> None:
    """Each link within the page is a heading."""
    headings = {re.sub(r"\W+", "-", line.lower()) for line in re.findall(r"^#+ (.*)$", PAGE.text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE.text)) <= headings


def test_the_unit_explains_port_25() -> None:
    """The page sends the reader to a comment; it is there."""
    assert "#AmbientCapabilities" in (ROOT / "docs" / "leadbot.service").read_text(encoding="utf-8")
