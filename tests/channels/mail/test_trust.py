"""SPF, DKIM and DMARC together, on mails signed here and a DNS server of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels.mail.dns_lookup import DnsResolver
from channels.mail.trust import authenticate
from enrichment.models import Authentication
from tests.channels.mail.signed_mail import Key, make_key, record_of, signed
from tests.servers.name_server import Names, name_server

OURS, STRANGER = "192.0.2.7", "198.51.100.9"
MAIL = b"From: Ana Ruiz <ana@acme.example>\r\nTo: leads@us.example\r\nSubject: Brakes\r\n\r\nMy brakes grind.\r\n"


@pytest.fixture(scope="module")
def key() -> Key:
    """One key for all tests here; making one takes a moment."""
    return make_key()


@pytest.fixture
def names(key: Key) -> Iterator[Names]:
    """A DNS in which acme.example permits its own server, publishes its key and asks for rejection."""
    with name_server() as served:
        served.txt("acme.example", "v=spf1 ip4:192.0.2.0/24 -all")
        served.txt("s1._domainkey.acme.example", key.record)
        served.txt("_dmarc.acme.example", "v=DMARC1; p=reject")
        yield served


def check(
    names: Names, content: bytes, ip: str | None = OURS, mail_from: str = "ana@acme.example", seconds: float = 3.0
) -> Authentication:
    """The verdicts with the server of the test."""
    resolver = DnsResolver(["127.0.0.1"], names.port)
    return authenticate(
        content, client_ip=ip, helo="mail.acme.example", mail_from=mail_from, resolver=resolver, seconds=seconds
    )


def test_an_honest_mail_passes_everything(names: Names, key: Key) -> None:
    """Permitted server, good signature, aligned: pass three times, with one question for each."""
    found = check(names, signed(MAIL, key, "acme.example"))
    assert found == Authentication(spf="pass", dkim="pass", dmarc="pass", aligned=True)
    assert names.asked == [
        ("_dmarc.acme.example", "TXT"),
        ("s1._domainkey.acme.example", "TXT"),
        ("acme.example", "TXT"),
    ]


def test_a_forged_mail_fails(names: Names) -> None:
    """A stranger's server and no signature: SPF and DMARC fail, and From is unproven."""
    found = check(names, MAIL, STRANGER)
    assert found == Authentication(spf="fail", dkim="none", dmarc="fail", aligned=False)


def test_a_signature_saves_a_mail_that_was_passed_on(names: Names, key: Key) -> None:
    """A forwarding server is not in the SPF record, but the signature still proves the author."""
    found = check(names, signed(MAIL, key, "acme.example"), STRANGER)
    assert found == Authentication(spf="fail", dkim="pass", dmarc="pass", aligned=True)


@pytest.mark.parametrize("change", [(b"brakes grind", b"account is new"), (b"Subject: Brakes", b"Subject: Invoice")])
def test_a_changed_mail_has_no_good_signature(names: Names, key: Key, change: tuple[bytes, bytes]) -> None:
    """A word changed in the body or in a signed header breaks the signature."""
    found = check(names, signed(MAIL, key, "acme.example").replace(*change), STRANGER)
    assert (found.dkim, found.dmarc) == ("fail", "fail")


def test_proof_for_another_domain_proves_nothing_about_from(names: Names, key: Key) -> None:
    """Envelope and signature of evil.example are good, and DMARC still fails for acme.example."""
    names.txt("evil.example", "v=spf1 ip4:198.51.100.0/24 -all")
    names.txt("s1._domainkey.evil.example", key.record)
    found = check(names, signed(MAIL, key, "evil.example"), STRANGER, "x@evil.example")
    assert found == Authentication(spf="pass", dkim="pass", dmarc="fail", aligned=False)


def test_without_a_policy_alignment_is_still_told(names: Names) -> None:
    """No DMARC record: the verdict is none, and `aligned` says whether From is proven."""
    del names.records["_dmarc.acme.example", "TXT"]
    assert check(names, MAIL) == Authentication(spf="pass", dkim="none", dmarc="none", aligned=True)
    assert check(names, MAIL, STRANGER).aligned is False


def test_the_policy_of_the_organisation_counts_for_its_names(names: Names, key: Key) -> None:
    """A mail from a name below acme.example falls under its policy, and its signature speaks for the name."""
    mail = MAIL.replace(b"ana@acme.example", b"ana@mail.acme.example")
    found = check(names, signed(mail, key, "acme.example"), STRANGER)
    assert (found.dmarc, found.aligned) == ("pass", True)


def test_neighbours_under_a_public_suffix_are_no_organisation(names: Names, key: Key) -> None:
    """evil.co.uk proves nothing about acme.co.uk."""
    names.txt("s1._domainkey.evil.co.uk", key.record)
    names.txt("_dmarc.acme.co.uk", "v=DMARC1; p=none")
    mail = MAIL.replace(b"ana@acme.example", b"ana@acme.co.uk")
    found = check(names, signed(mail, key, "evil.co.uk"), STRANGER, "x@evil.co.uk")
    assert (found.dkim, found.dmarc) == ("pass", "fail")


def test_a_strict_policy_wants_the_very_same_domain(names: Names, key: Key) -> None:
    """With adkim=s and aspf=s the organisation's own name does not speak for a name below it."""
    names.txt("_dmarc.mail.acme.example", "v=DMARC1; p=none; adkim=s; aspf=s")
    mail = MAIL.replace(b"ana@acme.example", b"ana@mail.acme.example")
    assert check(names, signed(mail, key, "acme.example")).dmarc == "fail"


def test_several_policies_are_none(names: Names) -> None:
    """Two DMARC records cancel each other."""
    names.txt("_dmarc.acme.example", "v=DMARC1; p=reject", "v=DMARC1; p=none")
    assert check(names, MAIL, STRANGER).dmarc == "none"


def test_behind_a_server_of_ours_only_the_signature_is_looked_at(names: Names, key: Key) -> None:
    """Without a client address SPF is None, a good signature passes, and nothing is called failed."""
    assert check(names, signed(MAIL, key, "acme.example"), None) == Authentication(
        dkim="pass", dmarc="pass", aligned=True
    )
    assert check(names, MAIL, None) == Authentication(dkim="none")


@pytest.mark.parametrize("fault", ["silent", "broken"])
def test_a_dns_that_does_not_answer_accuses_nobody(names: Names, key: Key, fault: str) -> None:
    """With every server silent or broken all is temperror, within the deadline, and alignment unknown."""
    for name in ("acme.example", "s1._domainkey.acme.example", "_dmarc.acme.example"):
        names.faults[name] = fault
    found = check(names, signed(MAIL, key, "acme.example"), STRANGER, seconds=0.3)
    assert found == Authentication(spf="temperror", dkim="temperror", dmarc="temperror")


def test_a_key_that_cannot_be_had_leaves_the_verdict_open(names: Names, key: Key) -> None:
    """The author's own signature might have been good: temperror and not fail."""
    names.faults["s1._domainkey.acme.example"] = "broken"
    found = check(names, signed(MAIL, key, "acme.example"), STRANGER)
    assert (found.dkim, found.dmarc, found.aligned) == ("temperror", "temperror", None)


def test_a_strangers_silent_dns_does_not_hide_a_forgery(names: Names, key: Key) -> None:
    """Signature and envelope of evil.example, whose DNS never answers: DMARC of acme.example fails all the same."""
    names.faults["evil.example"] = names.faults["s1._domainkey.evil.example"] = "silent"
    found = check(names, signed(MAIL, key, "evil.example"), STRANGER, "x@evil.example", seconds=0.5)
    assert found == Authentication(spf="temperror", dkim="temperror", dmarc="fail", aligned=False)


def test_a_part_that_is_not_signed_spoils_the_signature(names: Names, key: Key) -> None:
    """A signature over a stated length lets others add to the text, and proves nothing."""
    found = check(names, signed(MAIL, key, "acme.example", length=True) + b"Pay here.\r\n", STRANGER)
    assert (found.dkim, found.dmarc) == ("policy", "fail")


def test_a_withdrawn_key_is_no_key(names: Names, key: Key) -> None:
    """A signature whose key record is gone is a permanent error."""
    del names.records["s1._domainkey.acme.example", "TXT"]
    assert check(names, signed(MAIL, key, "acme.example"), STRANGER).dkim == "permerror"


def test_a_short_key_proves_nothing(names: Names) -> None:
    """A 512-bit key can be computed by anybody."""
    short = make_key(512)
    names.txt("s1._domainkey.acme.example", short.record)
    assert check(names, signed(MAIL, short, "acme.example"), STRANGER).dmarc == "fail"


def test_an_overlong_key_is_not_computed_with(names: Names, key: Key) -> None:
    """Powers of 60,000-bit numbers would take minutes; the record comes over TCP and is refused."""
    names.txt("s1._domainkey.acme.example", record_of(2**20_000 - 1, 2**20_000 - 3))
    assert check(names, signed(MAIL, key, "acme.example"), STRANGER).dkim == "permerror"


def test_of_many_signatures_the_authors_own_comes_first(names: Names, key: Key) -> None:
    """A hundred signatures of others above it cost no look-up: the author's is found and ends the search."""
    mail = signed(MAIL, key, "acme.example")
    for number in range(100):
        mail = signed(MAIL, key, f"evil{number}.example")[: -len(MAIL)] + mail
    assert check(names, mail, STRANGER).dmarc == "pass"
    assert sum("_domainkey" in name for name, _ in names.asked) == 1


def test_the_look_ups_for_strangers_signatures_are_few(names: Names, key: Key) -> None:
    """Of a hundred signatures of others only four are tried."""
    mail = MAIL
    for number in range(100):
        mail = signed(MAIL, key, f"evil{number}.example")[: -len(MAIL)] + mail
    assert check(names, mail, STRANGER).dmarc == "fail"
    assert sum("_domainkey" in name for name, _ in names.asked) == 4


@pytest.mark.parametrize(
    "head",
    [
        b"From: ana@acme.example\r\nFrom: x@evil.example\r\n",
        b"From: ana@acme.example, x@evil.example\r\n",
        b"From: nobody\r\n",
        b"Subject: no From at all\r\n",
    ],
)
def test_without_one_author_nothing_can_be_proven(names: Names, head: bytes) -> None:
    """Several or no domains in From: permerror, and no policy is looked for."""
    found = check(names, head + b"\r\nHello\r\n")
    assert (found.dmarc, found.aligned) == ("permerror", None)
    assert not any(name.startswith("_dmarc") for name, _ in names.asked)


def test_a_null_sender_is_asked_for_by_helo(names: Names) -> None:
    """A bounce has no envelope sender: SPF looks at HELO's name, and alignment with it counts."""
    names.txt("mail.acme.example", "v=spf1 ip4:192.0.2.0/24 -all")
    assert check(names, MAIL, mail_from="") == Authentication(spf="pass", dkim="none", dmarc="pass", aligned=True)


def test_an_international_domain_is_asked_for_in_ascii(names: Names) -> None:
    """`münchen.example` in the envelope and in From is `xn--mnchen-3ya.example` in the DNS."""
    names.txt("xn--mnchen-3ya.example", "v=spf1 ip4:192.0.2.7 -all")
    mail = "From: a@münchen.example\r\n\r\nHallo\r\n".encode()
    assert check(names, mail, mail_from="a@münchen.example").aligned is True
