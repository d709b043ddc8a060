"""SPF records, rule by rule, on a DNS server of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels.mail.dns_lookup import DnsResolver, Lookups
from channels.mail.trust_spf import SpfResult, check_spf
from tests.servers.name_server import Names, name_server

V4, V6 = "192.0.2.7", "2001:db8::7"


@pytest.fixture
def names() -> Iterator[Names]:
    """A DNS with some hosts, mail servers and the way back from both addresses."""
    with name_server() as served:
        served.records |= {
            ("host.example", "A"): ["192.0.2.7"],
            ("host.example", "AAAA"): ["2001:db8::7"],
            ("near.example", "A"): ["192.0.2.200"],
            ("near.example", "AAAA"): ["2001:db8::ffff"],
            ("mx.example", "MX"): ["20 near.example.", "10 host.example."],
            ("7.2.0.192.in-addr.arpa", "PTR"): ["host.example.", "liar.example."],
            ("liar.example", "A"): ["203.0.113.1"],
        }
        yield served


def check(names: Names, record: str, ip: str = V4, sender: str = "ana@acme.example", helo: str = "h.example") -> str:
    """The verdict when acme.example has that record."""
    names.txt("acme.example", record)
    return ask(names, ip, sender, helo).verdict


def ask(names: Names, ip: str = V4, sender: str = "ana@acme.example", helo: str = "h.example") -> SpfResult:
    """The result for an envelope."""
    return check_spf(ip, helo, sender, Lookups(DnsResolver(["127.0.0.1"], names.port), 3))


@pytest.mark.parametrize(
    ("record", "four", "six"),
    [
        ("v=spf1 -all", "fail", "fail"),
        ("v=spf1 ~all", "softfail", "softfail"),
        ("v=spf1 ?all", "neutral", "neutral"),
        ("V=SPF1 +ALL", "pass", "pass"),
        ("v=spf1", "neutral", "neutral"),
        ("v=spf1 ip4:192.0.2.7 -all", "pass", "fail"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass", "fail"),
        ("v=spf1 ip4:192.0.3.0/24 -all", "fail", "fail"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail", "pass"),
        ("v=spf1 a:host.example -all", "pass", "pass"),
        ("v=spf1 a:near.example -all", "fail", "fail"),
        ("v=spf1 a:near.example/24//64 -all", "pass", "pass"),
        ("v=spf1 a:near.example//64 -all", "fail", "pass"),
        ("v=spf1 mx:mx.example -all", "pass", "pass"),
        ("v=spf1 ptr:example -all", "permerror", "permerror"),
        ("v=spf1 ptr:host.example -all", "pass", "fail"),
        ("v=spf1 ptr:liar.example -all", "fail", "fail"),
        ("v=spf1 exists:host.example -all", "pass", "pass"),
        ("v=spf1 exists:nowhere.example -all", "fail", "fail"),
        ("v=spf1 -ip4:192.0.2.7 +all", "fail", "pass"),
        ("v=spf1 a:%{l}.%{o2} -all", "fail", "fail"),
        ("v=spf1 exists:%{ir}.%{v}.ok.example -all", "pass", "fail"),
        ("v=spf1 exists:%{p}.ok.example -all", "pass", "fail"),
        ("v=spf1 x-owner=%{d} -all", "fail", "fail"),
        ("v=spf1 exp=why.%{d} -all", "fail", "fail"),
    ],
)
def test_a_record_is_read_as_the_standard_says(names: Names, record: str, four: str, six: str) -> None:
    """Each mechanism, qualifier, prefix length and macro, for a client of either kind."""
    names.records["7.2.0.192.in-addr.ok.example", "A"] = names.records["host.example.ok.example", "A"] = ["127.0.0.2"]
    assert (check(names, record), check(names, record, V6)) == (four, six)


def test_a_mapped_address_is_its_ipv4_one(names: Names) -> None:
    """`::ffff:192.0.2.7` is 192.0.2.7."""
    assert check(names, "v=spf1 ip4:192.0.2.7 -all", "::ffff:192.0.2.7") == "pass"


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:192.0.2.0/33 -all",
        "v=spf1 ip4:192.0.2 -all",
        "v=spf1 ip4:192.0.2.0/024 -all",
        "v=spf1 ip4 -all",
        "v=spf1 ip6:192.0.2.1 -all",
        "v=spf1 a:host.example/33 -all",
        "v=spf1 a: -all",
        "v=spf1 include -all",
        "v=spf1 all:x -all",
        "v=spf1 +all unknown",
        "v=spf1 +all a:%{z}.example",
        "v=spf1 +all a:%x.example",
        "v=spf1 +all redirect=a.example redirect=b.example",
        "v=spf1 exists:%{d0} -all",
        "v=spf1 +all \u00e9",
        "v=spf1 redirect=nowhere.example",
        "v=spf1 include:nowhere.example -all",
        "v=spf1 include:acme.example -all",
        "v=spf1 redirect=acme.example",
    ],
)
def test_a_wrong_record_is_a_permanent_error(names: Names, record: str) -> None:
    """Also behind a mechanism that would have matched; loops end."""
    assert check(names, record) == "permerror"


def test_several_records_are_an_error_and_other_texts_are_none(names: Names) -> None:
    """Texts for other purposes do not count, two of ours are too many."""
    names.txt("acme.example", "v=spf10 -all", "google-site-verification=1", "v=spf1 +all")
    assert ask(names).verdict == "pass"
    names.txt("acme.example", "v=spf1 +all", "v=spf1 -all")
    assert ask(names).verdict == "permerror"


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [("+all", "pass"), ("-all", "softfail"), ("~all", "softfail"), ("?all", "softfail"), ("zzz", "permerror")],
)
def test_an_included_record_only_matches_when_it_passes(names: Names, inner: str, verdict: str) -> None:
    """The other verdicts of an included record count for nothing, an error of it for everything."""
    names.txt("inner.example", f"v=spf1 {inner}")
    assert check(names, "v=spf1 include:inner.example ~all") == verdict


def test_a_redirect_hands_the_verdict_over(names: Names) -> None:
    """Only when nothing has matched, and the other record's verdict is the verdict."""
    names.txt("other.example", "v=spf1 ~all")
    assert check(names, "v=spf1 redirect=other.example") == "softfail"
    assert check(names, "v=spf1 redirect=other.example ip4:192.0.2.7") == "pass"
    assert check(names, "v=spf1 redirect=other.example -all") == "fail"


def test_ten_look_ups_are_enough_and_eleven_too_many(names: Names) -> None:
    """The limit counts over all records together."""
    for number in range(10):
        names.txt(f"i{number}.example", f"v=spf1 include:i{number + 1}.example -all")
    names.txt("i10.example", "v=spf1 +all")
    assert check(names, "v=spf1 include:i1.example -all") == "pass"
    assert check(names, "v=spf1 include:i0.example -all") == "permerror"


def test_names_that_do_not_exist_are_counted(names: Names) -> None:
    """Two are allowed, the third is an error."""
    terms = [f"a:no{number}.example" for number in range(3)]
    assert check(names, f"v=spf1 {' '.join(terms[:2])} +all") == "pass"
    assert check(names, f"v=spf1 {' '.join(terms)} +all") == "permerror"


def test_too_many_mail_servers_are_an_error(names: Names) -> None:
    """Eleven mail servers of one name are more than may be asked for."""
    names.records["mx.example", "MX"] = [f"10 m{number}.example." for number in range(11)]
    assert check(names, "v=spf1 mx:mx.example -all") == "permerror"


def test_the_null_sender_is_asked_for_by_helo(names: Names) -> None:
    """A bounce is judged by the name in HELO, and the result says so."""
    names.txt("h.example", "v=spf1 +all")
    assert ask(names, sender="") == SpfResult("pass", "h.example")
    assert ask(names, sender="<>") == SpfResult("pass", "h.example")


@pytest.mark.parametrize("sender", ["x@", "x@[192.0.2.1]", "x@localhost", "x@a..example", f"x@{'a' * 64}.example"])
def test_what_is_no_domain_has_no_record(names: Names, sender: str) -> None:
    """Nothing is asked for a domain that cannot be one."""
    assert ask(names, sender=sender, helo="[192.0.2.1]").verdict == "none"
    assert names.asked == []


def test_what_is_no_address_cannot_be_checked(names: Names) -> None:
    """A client without an IP address gets temperror, and nothing is asked."""
    assert ask(names, ip="unknown").verdict == "temperror"
    assert names.asked == []


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 " + "a " * 10_000,
        "v=spf1 a:" + "%{i}" * 2_000 + ".example -all",
        "v=spf1 a:" + "a." * 4_000 + "example -all",
        "v=spf1 exists:" + "%{l}" * 15 + ".example -all",
    ],
    ids=["terms", "macros", "labels", "long local part"],
)
def test_a_hostile_record_gets_a_verdict(names: Names, record: str) -> None:
    """However long a record or what it expands to, it is judged, and not as a pass."""
    verdict = check(names, record[:60_000], sender=f"{'x.' * 5_000}y@acme.example")
    assert verdict in {"permerror", "fail", "none"}
