"""What staff are told of a sender before they answer, and that honest mail is left in peace."""

from __future__ import annotations

import pytest

from enrichment.models import Address, Authentication, Original, ParsedMessage
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.lookalike import KnownDomains
from enrichment.stages.suspicion import cautions_on

OWN = OwnAddresses(addresses=frozenset({"leads@garage.example"}), domains=frozenset({"garage.example"}))
KNOWN = KnownDomains(["garage.example", "ana@acmetools.example"])
GOOD = Authentication(spf="pass", dkim="pass", dmarc="pass", aligned=True)
FORGED = Authentication(spf="fail", dkim="none", dmarc="fail", aligned=False)
UNPROVEN = Authentication(spf="pass", dkim="none", dmarc="none", aligned=False)


def mail(sender: str = "ana@acme.example", *reply_to: str, name: str = "Ana Ruiz") -> ParsedMessage:
    """A mail from that address."""
    return ParsedMessage(
        sender=Address(name=name, address=sender),
        reply_to=tuple(Address(address=address) for address in reply_to),
        text="Can you look at my brakes?",
    )


def cautions(parsed: ParsedMessage, authentication: Authentication = GOOD) -> tuple[str, ...]:
    """The cautions, with our own and one known customer's domain."""
    return cautions_on(parsed, authentication, OWN, KNOWN)


@pytest.mark.parametrize(
    ("parsed", "authentication"),
    [
        (mail(), GOOD),
        (mail(), Authentication()),
        (mail(), Authentication(spf="temperror", dkim="temperror", dmarc="temperror")),
        (mail(), Authentication(spf="fail", dkim="pass", dmarc="pass", aligned=True)),
        (mail("ana@acme.example", "office@mail.acme.example"), GOOD),
        (mail("ana.ruiz@gmail.com", "anaruiz@googlemail.com"), GOOD),
        (mail("ana@acme.example", "leads@garage.example"), GOOD),
        (mail("jo@garage.example", "ana@acme.example"), GOOD),
        (mail("ana@acme.example", name="ana@acme.example"), GOOD),
        (mail("ana@mail.acme.example", name="Ana (ana@acme.example)"), GOOD),
        (mail("ana@xn--mller-kva.example"), GOOD),
        (mail("ivan@xn--e1afmkfd.xn--p1ai"), GOOD),
        (mail("hanako@xn--wgv71a119e.jp"), GOOD),
        (mail("ana@acmetools.example"), GOOD),
        (ParsedMessage(), GOOD),
    ],
)
def test_honest_mail_is_left_in_peace(parsed: ParsedMessage, authentication: Authentication) -> None:
    """Proven or unchecked senders, Reply-To in the same house, foreign but honest domains: no caution."""
    assert cautions(parsed, authentication) == ()


def test_a_forged_sender_is_named() -> None:
    """DMARC fail says that the domain itself denies the mail."""
    (line,) = cautions(mail(), FORGED)
    assert line.startswith("Sender not verified")
    assert "acme.example" in line
    assert "DMARC" in line


def test_an_unproven_sender_is_named() -> None:
    """Without a policy of the domain, proof for another domain is none for this one."""
    (line,) = cautions(mail(), UNPROVEN)
    assert line == "Sender not verified: nothing proves that this comes from acme.example"


def test_our_own_address_in_a_strangers_mail_is_named() -> None:
    """Whoever writes as us without proof is not us."""
    (line,) = cautions(mail("boss@garage.example"), FORGED)
    assert "your own address boss@garage.example" in line


def test_a_broken_from_is_named() -> None:
    """Two authors cannot both be checked."""
    (line,) = cautions(mail(), Authentication(spf="pass", dkim="none", dmarc="permerror"))
    assert line.startswith("Sender not verified")


@pytest.mark.parametrize(
    "form",
    [{"fields": {"email": "ana@acme.example", "message": "Hello"}}, {"adf": True, "form": {"email": "a@b.example"}}],
)
def test_a_form_proves_nothing_and_is_not_accused(form: dict[str, object]) -> None:
    """Anybody may fill a form in; its From is the site's and its Reply-To the customer's."""
    parsed = mail("wordpress@site.example", "ana@acme.example").model_copy(update=form)
    assert cautions(parsed, FORGED) == ()


@pytest.mark.parametrize(
    ("sender", "reply_to"),
    [
        ("ana@acme.example", "x@evil.example"),
        ("ana@acme.example", "ana.acme@gmail.com"),
        ("ana@gmail.com", "anna@gmail.com"),
        ("ana@acme.co.uk", "ana@evil.co.uk"),
    ],
)
def test_an_answer_that_goes_elsewhere_is_named(sender: str, reply_to: str) -> None:
    """Both addresses are told, so that a person can judge."""
    (line,) = cautions(mail(sender, reply_to))
    assert sender in line
    assert reply_to in line


def test_a_relay_and_a_group_may_answer_elsewhere() -> None:
    """A marketplace, a program and a group of ours that rewrote From pass a customer on; that is their work."""
    assert cautions(mail("noreply@portal.example", "ana@acme.example")) == ()
    grouped = mail("leads@garage.example", "ana@acme.example")
    assert cautions(grouped.model_copy(update={"headers": {"x-original-sender": "ana@acme.example"}})) == ()


def test_a_name_that_is_anothers_address_is_named() -> None:
    """A phone shows only the name; an address in it that is not the sender's is a trick."""
    (line,) = cautions(mail("x@evil.example", name="ceo@acmetools.example"))
    assert "ceo@acmetools.example" in line
    assert "x@evil.example" in line


@pytest.mark.parametrize("domain", ["xn--80ak6aa92e.com", "\u0430\u0440\u0440\u04cf\u0435.com", "\u0430pple.com"])
def test_a_domain_in_foreign_letters_that_look_latin_is_named(domain: str) -> None:
    """Punycode and raw letters alike, the whole name or one letter of it; the ASCII form is shown."""
    (line,) = cautions(mail(f"ana@{domain}"))
    assert "another alphabet" in line
    assert "xn--" in line


@pytest.mark.parametrize(
    "domain", ["acmetoo1s.example", "acmetool.example", "acmetools-billing.example", "garaqe.example"]
)
def test_a_domain_that_resembles_a_known_one_is_named(domain: str) -> None:
    """A known customer's and our own domain, one letter off or with a word added."""
    (line,) = cautions(mail(f"ana@{domain}"))
    assert domain in line
    assert "looks like" in line


def test_the_writer_behind_a_forward_is_looked_at_too() -> None:
    """A colleague passes on what somebody wrote from a look-alike domain."""
    original = Original(sender=Address(address="ana@acmetoo1s.example"))
    parsed = mail("jo@garage.example").model_copy(update={"forwarded": True, "originals": (original,)})
    (line,) = cautions(parsed)
    assert "acmetoo1s.example" in line


def test_cautions_are_few_short_and_each_told_once() -> None:
    """However many addresses and however long, a person reads at most six lines."""
    long = "x" * 300
    parsed = mail(f"{long}@evil.example", *(f"{n}{long}@{n}.example" for n in range(100)), name="a@b.example " * 500)
    found = cautions(parsed, FORGED)
    assert len(found) == len(set(found)) == 6
    assert all(len(line) < 300 for line in found)
