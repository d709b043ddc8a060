"""Mails made to hang or break the checks of their sender: each gets a verdict, and never a pass."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from channels.mail.dns_lookup import DnsResolver, RecordType
from channels.mail.trust import authenticate
from enrichment.models import Authentication
from tests.channels.mail.signed_mail import Key, make_key, sealed, signed
from tests.servers.name_server import Names, name_server

MAIL = b"From: Ana Ruiz <ana@acme.example>\r\nTo: leads@us.example\r\nSubject: Brakes\r\n\r\nMy brakes grind.\r\n"


@pytest.fixture(scope="module")
def key() -> Key:
    """One key for all tests here; making one takes a moment."""
    return make_key()


@pytest.fixture
def names(key: Key) -> Iterator[Names]:
    """A DNS in which acme.example permits no server, publishes its key and asks for rejection."""
    with name_server() as served:
        served.txt("acme.example", "v=spf1 -all")
        served.txt("s1._domainkey.acme.example", key.record)
        served.txt("_dmarc.acme.example", "v=DMARC1; p=reject")
        yield served


def check(names: Names, content: bytes) -> Authentication:
    """The verdicts on a mail from a stranger's server."""
    resolver = DnsResolver(["127.0.0.1"], names.port)
    sender = "ana@acme.example"
    return authenticate(content, client_ip="198.51.100.9", helo="h.example", mail_from=sender, resolver=resolver)


HOSTILE = {
    "spaces": MAIL + b" " * 1_000_000,
    "many runs of spaces": MAIL + (b" " * 998 + b"x\r\n") * 5_000,
    "folds": b"From: ana@acme.example\r\nSubject: x\r\n" + b" x\r\n" * 250_000 + b"\r\nHello\r\n",
    "small folds": b"From: ana@acme.example\r\nSubject: x\r\n" + b" x\r\n" * 30_000 + b"\r\nHello\r\n",
    "headers": b"From: ana@acme.example\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\nHello\r\n",
    "newlines": MAIL + b"\r\n" * 1_000_000,
    "commas": b"From: " + b"," * 100_000 + b"ana@acme.example\r\n\r\nHello\r\n",
    "no end of the header": b"From: ana@acme.example\r\n" + b"x" * 1_000_000,
    "bytes": b"From: ana@acme.example\r\n" + bytes(range(256)) * 400 + b"\r\n\r\nHello\r\n",
    "nothing": b"",
    "first line folded": b" From: ana@acme.example\r\n\r\nHello",
}
SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n"


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_judged(names: Names, content: bytes) -> None:
    """Mails that are slow or impossible to read get a verdict, and never a pass, with a signature above them."""
    found = check(names, SIGNATURE + content)
    assert found.spf == "fail"
    assert found.dkim in {"fail", "neutral", "permerror", "none"}
    assert found.dmarc in {"fail", "permerror"}


SIGNATURES = {
    "empty": b"",
    "semicolons": b";" * 3_000,
    "white space in b": b"v=1; a=rsa-sha256; d=acme.example; s=s1; h=from; bh=AAAA; b=" + b"A" + b"\r\n " * 20_000,
    "long base64": b"v=1; a=rsa-sha256; d=acme.example; s=s1; h=from; bh=AAAA; b=" + b"AAAA" * 900,
    "many headers": b"v=1; a=rsa-sha256; d=acme.example; s=s1; bh=AAAA; b=AAAA; h=from" + b":x" * 1_500,
    "no domain": b"v=1; a=rsa-sha256; s=s1; h=from; bh=AAAA; b=AAAA",
    "endless selector": b"v=1; a=rsa-sha256; d=acme.example; s=" + b"s" * 2_000 + b"; h=from; bh=AAAA; b=AAAA",
    "sha1": b"v=1; a=rsa-sha1; d=acme.example; s=s1; h=from; bh=AAAA; b=AAAA",
    "8 bit": "v=1; a=rsa-sha256; d=acmé.example; s=é; h=from; bh=AAAA; b=AAAA".encode(),
    "future": b"v=1; a=rsa-sha256; d=acme.example; s=s1; h=from; t=99999999999999999999; bh=AAAA; b=AAAA",
}


@pytest.mark.parametrize("value", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_broken_signature_is_never_good(names: Names, value: bytes) -> None:
    """Whatever a signature field holds, the mail is judged, and not as signed."""
    found = check(names, b"DKIM-Signature: " + value + b"\r\n" + MAIL)
    assert found.dkim in {"fail", "neutral", "permerror"}
    assert found.dmarc == "fail"


class Everything:
    """A DNS that knows every name."""

    def __init__(self, key: Key) -> None:
        self._record = key.record

    def resolve(self, name: str, kind: RecordType, seconds: float) -> tuple[str, ...]:
        """A key, a policy, or a record that asks for much more."""
        del seconds
        if kind != "TXT":
            return ()
        if "_domainkey" in name:
            return (self._record,)
        return (
            "v=DMARC1; p=none" if "_dmarc" in name else "v=spf1 a mx ptr include:b.example exists:%{i}.c.example -all",
        )


def test_mutated_mails_never_raise(key: Key) -> None:
    """Signed and sealed mails with bytes changed, cut, doubled and put in get verdicts of the standard's words."""
    whole = sealed(
        signed(MAIL, key, "acme.example"), key, "google.com", "mx.google.com; dmarc=pass header.from=a.example"
    )
    words = {None, "none", "neutral", "pass", "fail", "softfail", "policy", "temperror", "permerror"}
    chance = random.Random(5)
    for _ in range(300):
        mail = bytearray(whole)
        for _ in range(chance.choice((1, 2, 5, 20))):
            at = chance.randrange(len(mail) or 1)
            put = chance.choice((b";", b"=", b"\r\n", b"\r\n ", b"\0", b"\xff", b"i=2;", b"(", bytes(mail[at:][:90])))
            mail[at : at + chance.choice((0, 0, 1, 20))] = put * chance.randrange(1, 9)
        found = authenticate(
            bytes(mail),
            client_ip="192.0.2.1",
            helo="h.example",
            mail_from=chance.choice(("a@acme.example", "", "@", "a@b@c.example")),
            resolver=Everything(key),
            trusted=frozenset({"mx.google.com"}),
        )
        assert {found.spf, found.dkim, found.dmarc} <= words
