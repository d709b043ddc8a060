"""Mail that a provider forwards: its seal keeps what it saw of the sender, when it is good and by whom we trust."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels.mail.dns_lookup import DnsResolver
from channels.mail.trust import authenticate
from enrichment.models import Authentication
from tests.channels.mail.signed_mail import Key, make_key, sealed
from tests.servers.name_server import Names, name_server

MAIL = b"From: Ana <ana@acme.example>\r\nTo: leads@us.example\r\nSubject: Brakes\r\n\r\nMy brakes  grind. \r\n"
SAW = "mx.google.com; spf=pass smtp.mailfrom=ana@acme.example; dmarc=pass (p=REJECT) header.from=acme.example"
KEPT = Authentication(spf="pass", dmarc="pass", aligned=True)
FORGED = Authentication(spf="pass", dkim="none", dmarc="fail", aligned=False)
TRUSTED = frozenset({"mx.google.com", "mx.microsoft.com"})


@pytest.fixture(scope="module")
def key() -> Key:
    """One key for every domain here."""
    return make_key()


@pytest.fixture
def names(key: Key) -> Iterator[Names]:
    """A DNS with the keys of two providers and of a stranger, and acme.example's policy."""
    with name_server() as served:
        for domain in ("google.com", "microsoft.com", "evil.example"):
            served.txt(f"s1._domainkey.{domain}", key.record)
        served.txt("gmail.com", "v=spf1 +all")
        served.txt("_dmarc.acme.example", "v=DMARC1; p=reject")
        yield served


def check(names: Names, content: bytes, trusted: frozenset[str] = TRUSTED) -> Authentication:
    """The verdicts on a mail that a forwarding provider's server brings."""
    resolver = DnsResolver(["127.0.0.1"], names.port)
    sender = "owner+caf_=leads=us.example@gmail.com"
    return authenticate(
        content, client_ip="192.0.2.7", helo="mail.example", mail_from=sender, resolver=resolver, trusted=trusted
    )


def test_the_seal_of_a_trusted_provider_keeps_the_proof(names: Names, key: Key) -> None:
    """Forwarding hides the customer's server; what Google saw of it counts."""
    assert check(names, sealed(MAIL, key, "google.com", SAW)) == KEPT


def test_a_provider_also_keeps_what_it_saw_fail(names: Names, key: Key) -> None:
    """A forgery that was forwarded is told as one."""
    saw = "mx.google.com; spf=softfail smtp.mailfrom=x@evil.example; dmarc=fail header.from=acme.example"
    assert check(names, sealed(MAIL, key, "google.com", saw)) == Authentication(
        spf="softfail", dmarc="fail", aligned=False
    )


def test_only_the_newest_seal_counts(names: Names, key: Key) -> None:
    """Behind an older seal of anybody Google's own is believed; an older one of Google's under a stranger's is not."""
    first = sealed(MAIL, key, "evil.example", "evil.example; dmarc=fail header.from=acme.example")
    assert check(names, sealed(first, key, "google.com", SAW, instance=2, cv="pass")) == KEPT
    first = sealed(MAIL, key, "google.com", SAW)
    assert check(names, sealed(first, key, "evil.example", "evil.example; arc=pass", instance=2, cv="pass")) == FORGED


def test_nobody_is_trusted_unasked(names: Names, key: Key) -> None:
    """Without the owner's word for its server a good seal says nothing, and its key is not asked for."""
    assert check(names, sealed(MAIL, key, "google.com", SAW), frozenset()) == FORGED
    assert not any("_domainkey" in name for name, _ in names.asked)


def test_a_strangers_seal_in_a_trusted_name_says_nothing(names: Names, key: Key) -> None:
    """Anybody can write Google's name into the results; the seal must be Google's."""
    assert check(names, sealed(MAIL, key, "evil.example", SAW)) == FORGED


@pytest.mark.parametrize(
    "change",
    [
        (b"My brakes", b"My account"),
        (b"Ana <ana@acme", b"Ana <boss@acme"),
        (b"dmarc=pass", b"dmarc=none"),
        (b"cv=none", b"cv=fail"),
        (b"i=1; a=", b"i=2; a="),
        (b"ARC-Seal: ", b"X-Seal: "),
        (b"ARC-Authentication-Results: ", b"ARC-Authentication-Results: i=1; x\r\nARC-Authentication-Results: "),
    ],
)
def test_a_touched_mail_loses_its_seal(names: Names, key: Key, change: tuple[bytes, bytes]) -> None:
    """Whatever was sealed or signed and then changed, the seal is no good."""
    found = check(names, sealed(MAIL, key, "google.com", SAW).replace(*change, 1))
    assert found.dmarc == "fail"


def test_without_its_key_a_seal_says_nothing(names: Names, key: Key) -> None:
    """A silent DNS leaves the mail as it looks without the seal."""
    names.faults["s1._domainkey.google.com"] = "broken"
    assert check(names, sealed(MAIL, key, "google.com", SAW)) == FORGED


HOSTILE = {
    "many sets": b"".join(b"ARC-Seal: i=%d; d=google.com\r\n" % number for number in range(300)),
    "endless number": b"ARC-Seal: i=" + b"9" * 3_000 + b"\r\n",
    "white space": b"ARC-Authentication-Results: i=1;" + b"\r\n " * 3_000 + b"\r\n",
    "nothing in them": b"ARC-Seal:\r\nARC-Message-Signature:\r\nARC-Authentication-Results:\r\n",
    "8 bit": "ARC-Seal: i=1; d=gö\r\nARC-Message-Signature: i=1; d=ö\r\nARC-Authentication-Results: i=1\r\n".encode(),
    "semicolons": b"ARC-Seal: i=1" + b";" * 3_000 + b"\r\n",
}


@pytest.mark.parametrize("head", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_seals_say_nothing(names: Names, head: bytes) -> None:
    """Broken sets neither raise nor help."""
    assert check(names, head + MAIL) == FORGED
