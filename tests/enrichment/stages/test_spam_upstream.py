"""Marks that mail servers on the way have left."""

from __future__ import annotations

import pytest

from enrichment.models import Address, ParsedMessage
from enrichment.stages.spam import judge_spam
from enrichment.stages.spam_upstream import upstream_verdict

SPAM = [
    ("x-spam-flag", "YES"),
    ("x-spam-status", "Yes, score=8.1 required=5.0 tests=BAYES_99"),
    ("x-spam", "Yes"),
    ("x-rspamd-action", "add header"),
    ("x-forefront-antispam-report", "CIP:192.0.2.1;CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mx.example;CAT:SPM;"),
    ("x-forefront-antispam-report", "CIP:192.0.2.1; SCL:9; CAT:HPHISH;"),
    ("x-ms-exchange-organization-scl", "6"),
    ("x-microsoft-antispam-mailbox-delivery", "ucf:0;jmr:0;auth:0;dest:J;ENG:(750129);"),
    ("x-barracuda-spam-status", "Yes, SCORE=5.1"),
    ("x-proofpoint-spam-details", "rule=spam policy=default score=99"),
    ("x-vr-spamstate", "SPAM"),
    ("x-yandex-spam", "4"),
    ("x-ui-filterresults", "junk:10;V03:K0:abc"),
    ("x-apple-movetofolder", "Junk"),
    ("x-bogosity", "Spam, tests=bogofilter, spamicity=0.99"),
]
HAM = [
    ("x-spam-flag", "NO"),
    ("x-spam-status", "No, score=4.9 required=5.0"),
    ("x-spam", "high"),
    ("x-rspamd-action", "no action"),
    ("x-rspamd-action", "greylist"),
    ("x-forefront-antispam-report", "CIP:192.0.2.1;SCL:1;SFV:NSPM;CAT:NONE;"),
    ("x-ms-exchange-organization-scl", "-1"),
    ("x-ms-exchange-organization-scl", "1"),
    ("x-microsoft-antispam-mailbox-delivery", "ucf:0;jmr:0;dest:I;"),
    ("x-proofpoint-spam-details", "rule=notspam policy=default score=0"),
    ("x-yandex-spam", "1"),
    ("x-ui-filterresults", "notjunk:1;V03:K0:abc"),
    ("x-spam-level", "******"),
]


def mail(name: str = "", value: str = "", subject: str = "Brakes") -> ParsedMessage:
    """A customer's mail with one header."""
    sender = Address(name="Jo", address="jo@customer.example")
    headers = {name: value} if name else {}
    return ParsedMessage(sender=sender, subject=subject, text="How much are new brakes?", headers=headers)


@pytest.mark.parametrize(("name", "value"), SPAM)
def test_a_servers_yes_counts_and_is_quoted(name: str, value: str) -> None:
    """Staff see the header that spoke."""
    opinion = judge_spam(mail(name, value))
    assert opinion.spam
    assert name in opinion.reasons[0].lower()


@pytest.mark.parametrize(("name", "value"), HAM)
def test_a_servers_no_says_nothing(name: str, value: str) -> None:
    """Anybody can write a `no` into a mail of his own; a level without its threshold is no verdict."""
    assert upstream_verdict(mail(name, value)) == ""


@pytest.mark.parametrize("subject", ["***SPAM*** You won", "[SPAM] Hello", "{Spam?} Hello", "*****SPAM***** x"])
def test_a_marked_subject_counts(subject: str) -> None:
    """Servers that mark by the subject."""
    assert judge_spam(mail(subject=subject)).spam


@pytest.mark.parametrize(
    "subject", ["Re: [SPAM] your quote", "spam filter for our office", "Is this spam?", "(SPAM? 08.00) hi"]
)
def test_a_subject_that_speaks_of_spam_does_not(subject: str) -> None:
    """An answer to a letter of ours that their server had marked, or somebody who asks about spam."""
    assert upstream_verdict(mail(subject=subject)) == ""


def test_a_quoted_header_is_one_short_line() -> None:
    """Nothing from outside can break the line or the quotation marks."""
    said = upstream_verdict(mail("x-spam-flag", "YES `x`\n" + "y" * 5000))
    assert said.startswith("`X-Spam-Flag: YES 'x' yyy")
    assert len(said) < 120
    assert "\n" not in said
