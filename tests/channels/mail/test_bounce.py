"""Delivery reports as the world's servers write them, and the mails that must not be taken for one."""

from __future__ import annotations

import email
import json
from email.message import Message

import pytest

from channels.mail.bounce import read_bounce
from enrichment.models import Bounce
from tests.channels.mail.bounce_mails import (
    COPY,
    DAEMON,
    EXCHANGE_GERMAN,
    EXIM,
    EXIM_DATA,
    GMAIL_DELAY,
    HEADERS_ONLY,
    JAPANESE,
    NO_REPORTS,
    QMAIL,
    SES,
    failed,
    report,
)


def text_of(message: Message) -> str:
    """The text parts that a person would read, one after the other; those of a mail inside too."""
    parts = (part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() == "text")
    return "\n\n".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))


def read(mail: str) -> Bounce | None:
    """What the reader makes of a mail."""
    message = email.message_from_bytes(mail.encode())
    return read_bounce(message, text_of(message))


def told(mail: str) -> Bounce:
    """What a mail that is a report says."""
    bounce = read(mail)
    assert bounce is not None
    return bounce


REPORTS = {
    "no such user": (report(failed("5.1.1", "550 5.1.1 no such user")), "5.1.1", True),
    "user unknown under a general code": (
        report(failed("5.0.0", "550 <ana@gone.example>: User unknown")),
        "5.0.0",
        True,
    ),
    "the server's code is better": (report(failed("5.0.0", "550 5.4.4 Host not found")), "5.4.4", True),
    "no such domain": (report(failed("5.4.4", "Host or domain name not found. Name service error")), "5.4.4", True),
    "mailbox full": (report(failed("5.2.2", "552 5.2.2 Mailbox full")), "5.2.2", False),
    "blocked": (
        report(failed("5.7.1", "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org")),
        "5.7.1",
        False,
    ),
    "spam": (report(failed("5.7.0", "550 5.7.0 This message looks like spam")), "5.7.0", False),
    "too big": (report(failed("5.3.4", "552 5.3.4 Message size exceeds fixed limit")), "5.3.4", False),
    "DMARC": (
        report(failed("5.7.26", "550-5.7.26 Unauthenticated email is not accepted due to DMARC")),
        "5.7.26",
        False,
    ),
    "sender refused": (report(failed("5.1.8", "550 5.1.8 Sender address rejected: Domain not found")), "5.1.8", False),
    "greylisted and waiting": (report(failed("4.7.1", "450 4.7.1 try again later", action="delayed")), "4.7.1", False),
    "user unknown, but still trying": (report(failed("4.1.1", "450 User unknown", action="delayed")), "4.1.1", False),
    "expired": (report(failed("4.4.7", "delivery temporarily suspended: Connection timed out")), "4.4.7", False),
    "delivered": (report(failed("2.0.0", "250 2.0.0 Ok", action="delivered"), "Sent."), "2.0.0", False),
    "qmail": (QMAIL, "5.1.1", True),
    "exim, mailbox full": (EXIM, "5.2.2", False),
    "exim, refused after the whole mail": (EXIM_DATA, None, False),
    "a delay in words": (GMAIL_DELAY, "4.3.0", False),
    "Exchange in German": (EXCHANGE_GERMAN, "5.1.10", True),
    "Japanese": (JAPANESE, None, True),
    "Amazon's notification": (SES, "5.1.1", True),
    "headers of the mail only": (HEADERS_ONLY, "5.1.1", True),
}


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_read(name: str) -> None:
    """Each kind is recognised, with its status and whether the address is dead for good."""
    mail, status, hard = REPORTS[name]
    bounce = told(mail)
    assert (bounce.status, bounce.hard) == (status, hard), bounce
    assert bounce.recipient is not None
    assert bounce.recipient.startswith("ana@")
    assert "\n" not in bounce.reason


@pytest.mark.parametrize("name", NO_REPORTS)
def test_other_mail_is_no_report(name: str) -> None:
    """People who write of bounces, vacation notices, receipts and forms are somebody else's to judge."""
    assert read(NO_REPORTS[name]) is None


def test_reason_is_the_remote_servers_words() -> None:
    """Staff read what the other side said, not the boilerplate around it."""
    assert told(QMAIL).reason == "Sorry, no mailbox here by that name. (#5.1.1)"
    assert told(EXIM).reason == "552 5.2.2 The mailbox is over quota"
    assert told(report(failed("5.1.1", "550 5.1.1 no such user"))).reason == "550 5.1.1 no such user"


@pytest.mark.parametrize(
    "name", ["no such user", "qmail", "exim, mailbox full", "headers of the mail only", "Amazon's notification"]
)
def test_the_mail_that_came_back_is_named(name: str) -> None:
    """Its Message-ID joins the report to what we sent, however the mail came back."""
    assert told(REPORTS[name][0]).message_id == "offer-1@shop.example"


def test_a_report_on_several_takes_the_first_that_failed() -> None:
    """Of a delivered, a delayed and two failed recipients the first failed one counts."""
    blocks = (
        failed("2.0.0", "250 ok", "delivered", "one@x.example"),
        failed("4.0.0", "451 later", "delayed", "two@x.example"),
        failed("5.1.1", "550 5.1.1 unknown user", "failed", "three@x.example"),
        failed("5.2.2", "552 5.2.2 full", "failed", "four@x.example"),
    )
    assert told(report("\n".join(blocks))).recipient == "three@x.example"


def test_words_of_the_returned_mail_do_not_count() -> None:
    """What we had written about a `user unknown` says nothing about why it came back."""
    mail = EXIM.replace("Dear Ana", "Dear Ana, the login says user unknown, 550 5.1.1")
    assert told(mail).hard is False
    assert told(mail).status == "5.2.2"


def test_our_own_address_is_not_the_recipient() -> None:
    """A report in words names us as well; the one who was not reached is somebody else."""
    mail = (
        f"{DAEMON}To: me@shop.example\nSubject: Undeliverable mail\n\n"
        "A mail from me@shop.example could not be delivered:\n\n  ana@gone.example: unknown user\n"
    )
    assert told(mail).recipient == "ana@gone.example"


HOSTILE = {
    "newlines": "\n" * 100_000,
    "angle brackets": ">" * 100_000,
    "opening angle brackets": "<" * 100_000,
    "at signs": "@" * 100_000,
    "one address": "a" * 60_000 + "@" + "b." * 20_000,
    "addresses": "<a@b.example>:\n" * 10_000,
    "codes": "550 5.1.1 " * 10_000,
    "users": "user " * 20_000,
    "host of hosts": "host name " * 10_000,
    "dashes": "-" * 100_000,
    "dashed lines": "---- \n" * 20_000,
    "fields": "Status: 5.1.1\n" * 10_000,
    "transcript": ">>> DATA\n<<< 550 no\n" * 5_000,
    "copies": "--- this is a copy of\n" * 5_000,
    "braces": "{" * 50_000,
    "arrays": '{"notificationType":' + "[" * 50_000,
    "blanks": " " * 100_000,
    "dots": "5.1." * 25_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_report_gives_a_bounded_answer(name: str) -> None:
    """Whatever a report holds, reading it ends soon and what it says is short."""
    words = HOSTILE[name]
    for mail in (f"{DAEMON}Subject: failure notice\n\n{words}\n", report(f"Final-Recipient: rfc822; {words}", words)):
        bounce = told(mail)
        assert len(bounce.reason) <= 300
        assert len(bounce.recipient or "") <= 320


def test_hostile_structure_is_bounded() -> None:
    """Thousands of recipients, parts and levels are read up to a limit."""
    assert told(report("\n".join(failed("5.1.1", "550 no such user", to=f"u{i}@x.example") for i in range(3_000)))).hard
    deep = "".join(f'Content-Type: multipart/mixed; boundary="{i}"\n\n--{i}\n' for i in range(200))
    assert told(f"{DAEMON}Subject: failure notice\n{deep}\n{COPY}").hard is False
    wide = (
        f'{DAEMON}Subject: failure notice\nContent-Type: multipart/mixed; boundary="w"\n\n'
        + f"--w\n{TEXT_PART}" * 3_000
    )
    assert told(wide).recipient == "ana@gone.example"


TEXT_PART = "Content-Type: text/plain\n\nUnable to deliver to ana@gone.example\n"


@pytest.mark.parametrize("value", [None, 5, [], {}, "x", [1], {"bouncedRecipients": [7]}, {"bouncedRecipients": {}}])
def test_a_notification_of_the_wrong_shape_is_bounded(value: object) -> None:
    """Amazon's JSON may hold anything where a report is expected."""
    body = json.dumps({"notificationType": "Bounce", "bounce": value, "mail": value})
    bounce = told(f"From: <no-reply@sns.amazonaws.com>\nSubject: x\n\n{body}\n")
    assert bounce.status is None
    assert bounce.hard is False
