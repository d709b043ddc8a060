"""Authentication-Results as Google, Microsoft, Yahoo, Fastmail and Postfix's milters write them."""

from __future__ import annotations

import pytest

from channels.mail.trust_headers import fields_of
from channels.mail.trust_stated import MICROSOFT, stated
from enrichment.models import Authentication

GOOGLE = (
    "mx.google.com;\r\n       dkim=pass header.i=@acme.example header.s=s1 header.b=AbC;\r\n"
    "       spf=pass (google.com: domain of ana@acme.example designates 192.0.2.7 as permitted sender) "
    "smtp.mailfrom=ana@acme.example;\r\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=acme.example"
)
MICROSOFTS = (
    "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=acme.example; dkim=pass (signature was verified)\r\n"
    " header.d=acme.example;dmarc=bestguesspass action=none\r\n header.from=acme.example;compauth=pass reason=109"
)
YAHOO = (
    "atlas-production.v2-mail-prod1-gq1.omega.yahoo.com;\r\n dkim=pass header.i=@acme.example header.s=s1;\r\n"
    " spf=softfail smtp.mailfrom=acme.example;\r\n dmarc=pass(p=QUARANTINE) header.from=acme.example;"
)
OLD_YAHOO = (
    "mta1.mail.gq1.yahoo.com  from=acme.example; domainkeys=neutral (no sig);  from=acme.example; dkim=fail (bad)"
)
MILTER = (
    'mail.us.example; dmarc=fail (p=none dis=none) header.from=acme.example; spf=fail smtp.mailfrom="x y"@evil.example'
)


def read(*values: str, trusted: str = "mx.google.com", sender: str = "Ana <ana@acme.example>") -> Authentication:
    """The verdicts in a mail with these headers, topmost first."""
    headers = "".join(f"Authentication-Results: {value}\r\n" for value in values)
    return stated(fields_of(f"{headers}From: {sender}\r\n\r\nHello".encode()), frozenset({trusted}))


@pytest.mark.parametrize(
    ("value", "trusted", "expected"),
    [
        (GOOGLE, "mx.google.com", ("pass", "pass", "pass", True)),
        (MICROSOFTS, MICROSOFT, ("pass", "pass", "none", True)),
        (f"us.example 1; {MICROSOFTS}", "us.example", ("pass", "pass", "none", True)),
        (YAHOO, "yahoo.com", ("softfail", "pass", "pass", True)),
        (OLD_YAHOO, "yahoo.com", (None, "fail", None, False)),
        (MILTER, "mail.us.example", ("fail", None, "fail", False)),
        ("mail.us.example; none", "mail.us.example", (None, None, None, None)),
        ("MAIL.US.EXAMPLE; SPF=HardFail", "mail.us.example", ("fail", None, None, False)),
        ("mail.us.example; spf=error; dkim=weird; dmarc/1=none", "mail.us.example", ("temperror", None, "none", None)),
    ],
)
def test_real_servers_are_understood(
    value: str, trusted: str, expected: tuple[str | None, str | None, str | None, bool | None]
) -> None:
    """Each server's way of writing gives the standard's words, and whether From is proven."""
    found = read(value, trusted=trusted)
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == expected


def test_nothing_counts_without_a_trusted_server() -> None:
    """Anybody can write the header: an unknown server's, or one that names none, says nothing."""
    nothing = Authentication()
    assert read(GOOGLE, trusted="mail.us.example") == nothing
    assert read(MICROSOFTS) == nothing
    assert read("evilmx.google.com; dmarc=pass") == nothing
    assert read("mx.google.com.evil.example; dmarc=pass") == nothing
    assert stated([("Authentication-Results", GOOGLE)], frozenset()) == nothing


def test_the_topmost_of_the_trusted_server_counts() -> None:
    """What the sender wrote in our server's name stands below it; another server's above it is passed over."""
    forged = "mx.google.com; spf=pass; dkim=pass; dmarc=pass header.from=acme.example"
    found = read("other.example; dmarc=pass", "mx.google.com; dmarc=fail header.from=acme.example", forged)
    assert found == Authentication(dmarc="fail", aligned=False)


def test_comments_and_quotes_say_nothing() -> None:
    """Results inside comments, also nested or escaped ones, and inside quotes are the sender's words."""
    value = r'mx.google.com; spf=fail (x (; spf=pass) \) ; dmarc=pass) smtp.mailfrom="a;dmarc=pass b"@evil.example'
    assert read(value) == Authentication(spf="fail", aligned=False)


def test_the_best_signature_counts_and_alignment_needs_the_authors() -> None:
    """Of several signatures a good one is told; only the author's proves From."""
    others = "mx.google.com; dkim=fail header.d=acme.example; dkim=pass header.d=sender.example"
    assert read(others) == Authentication(dkim="pass", aligned=False)
    assert read(others + "; dkim=pass header.i=@mail.acme.example").aligned is True


def test_two_authors_cannot_be_proven() -> None:
    """With two addresses of different houses in From alignment cannot be told."""
    sender = "ana@acme.example, x@evil.example"
    assert read("mx.google.com; spf=pass smtp.mailfrom=acme.example", sender=sender).aligned is None


@pytest.mark.parametrize(
    "value",
    [
        "(" * 100_000,
        ")" * 100_000,
        '"' * 100_000,
        ";" * 100_000,
        "\\" * 100_000,
        " " * 100_000,
        "a=" * 50_000,
        "",
        ";=",
    ],
)
def test_hostile_headers_say_nothing(value: str) -> None:
    """A hundred thousand of anything is read in bounded time and gives no verdict."""
    assert read(f"mx.google.com; {value}") == Authentication()
    assert read(value) == Authentication()
