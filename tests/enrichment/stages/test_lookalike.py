"""Domains that are made to be taken for a known customer's."""

from __future__ import annotations

import pytest

from enrichment.stages.lookalike import KnownDomains, is_mixed_script, readable_domain

KNOWN = KnownDomains(
    ["jo@acme-tools.com", "ana@gmail.com", "b@mail.wheelhouse.co.uk", "firmamayor.es", "garage1.example"]
)


@pytest.mark.parametrize(
    ("domain", "known", "why"),
    [
        ("acrne-tools.com", "acme-tools.com", "letters"),
        ("acme-t00ls.com", "acme-tools.com", "letters"),
        ("acme-too1s.com", "acme-tools.com", "letters"),
        ("acmetools.com", "acme-tools.com", "letters"),
        ("аcme-tools.com", "acme-tools.com", "letters"),
        ("xn--cme-tools-zyh.com", "acme-tools.com", "letters"),
        ("ácme-tools.com", "acme-tools.com", "letters"),
        ("acme-tool.com", "acme-tools.com", "one letter"),
        ("wheelhuose.co.uk", "wheelhouse.co.uk", "one letter"),
        ("acme-tools.net", "acme-tools.com", "ending"),
        ("wheelhouse-billing.com", "wheelhouse.co.uk", "`billing`"),
        ("firmamayorpayments.com", "firmamayor.es", "`payments`"),
    ],
)
def test_look_alikes_are_told(domain: str, known: str, why: str) -> None:
    """Look-alike letters, a slip, another ending or a word added, each with the reason in words."""
    found = KNOWN.resembled_by(f"jo@{domain}")
    assert found is not None
    assert found.known == known
    assert why in found.words
    assert known in found.words


@pytest.mark.parametrize(
    "address",
    [
        "new@acme-tools.com",
        "x@mail.acme-tools.com",
        "b@wheelhouse.co.uk",
        "jo@gmial.com",
        "jo@gmail.com",
        "x@garage2.example",
        "x@other.example",
        "x@acme-bricks.com",
        "",
        "x@",
        "@" * 100_000,
        "x@" + "a" * 100_000 + ".com",
    ],
)
def test_others_are_left_alone(address: str) -> None:
    """The customer's own domain, free mail, numbered names and merely related ones raise no alarm."""
    assert KNOWN.resembled_by(address) is None


def test_short_names_differ_by_one_letter() -> None:
    """Of short names one letter makes another honest firm."""
    assert KnownDomains(["ibm.com", "kunde.de"]).resembled_by("x@ibn.com") is None
    assert KnownDomains(["ibm.com", "kunde.de"]).resembled_by("x@hunde.de") is None


def test_free_mail_and_relays_are_nobody_s_domain() -> None:
    """They are not known as anybody's, so that nothing is compared with them."""
    assert KnownDomains(["a@gmail.com", "b@reply.craigslist.org", "c", ""]).domains == frozenset()


def test_a_known_domain_written_in_punycode_is_known() -> None:
    """Both spellings of an international name are one."""
    known = KnownDomains(["a@bücher-laden.de"])
    assert known.resembled_by("b@xn--bcher-laden-thb.de") is None


@pytest.mark.parametrize(
    ("domain", "shown", "mixed"),
    [
        ("xn--cme-tools-zyh.com", "аcme-tools.com", True),
        ("xn--bcher-kva.de", "bücher.de", False),
        ("почта.рф", "почта.рф", False),
        ("xn--" + "9" * 50 + ".de", "xn--" + "9" * 50 + ".de", False),
        ("Acme.COM", "acme.com", False),
    ],
)
def test_punycode_is_shown_as_people_read_it(domain: str, shown: str, *, mixed: bool) -> None:
    """In its letters; one label in two alphabets is told, honest international names are not."""
    assert readable_domain(domain) == shown
    assert is_mixed_script(domain) is mixed
