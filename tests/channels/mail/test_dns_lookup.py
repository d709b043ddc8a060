"""The resolver against a DNS server of the test's own: records, absence, trouble, memory and a message's allowance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels.mail.dns_lookup import DnsResolver, DnsTrouble, Lookups, is_name
from tests.servers.name_server import Names, name_server


@pytest.fixture
def names() -> Iterator[Names]:
    """An empty DNS."""
    with name_server() as served:
        yield served


@pytest.fixture
def resolver(names: Names) -> DnsResolver:
    """A resolver that asks it."""
    return DnsResolver(["127.0.0.1"], names.port)


def test_records_come_as_text(names: Names, resolver: DnsResolver) -> None:
    """Strings of a TXT are one text, mail servers are in their order, names have no last dot."""
    names.txt("a.example", "x" * 300, "caf\u00e9")
    names.records["a.example", "MX"] = ["20 second.example.", "10 first.example."]
    names.records["a.example", "AAAA"] = ["2001:db8:0::7"]
    names.records["a.example", "PTR"] = ["host.example."]
    texts = resolver.resolve("a.example", "TXT", 3)
    assert {text.encode("latin-1").decode() for text in texts} == {"x" * 300, "caf\u00e9"}
    assert resolver.resolve("a.example", "MX", 3) == ("first.example", "second.example")
    assert resolver.resolve("a.example", "AAAA", 3) == ("2001:db8::7",)
    assert resolver.resolve("a.example", "PTR", 3) == ("host.example",)


def test_absence_is_empty_and_trouble_is_an_error(names: Names, resolver: DnsResolver) -> None:
    """No such name and no such record are answers; a broken or silent server is none."""
    names.records["a.example", "A"] = ["192.0.2.1"]
    names.faults |= {"broken.example": "broken", "silent.example": "silent"}
    assert resolver.resolve("nowhere.example", "TXT", 3) == ()
    assert resolver.resolve("a.example", "TXT", 3) == ()
    with pytest.raises(DnsTrouble):
        resolver.resolve("broken.example", "TXT", 0.5)
    with pytest.raises(DnsTrouble):
        resolver.resolve("silent.example", "TXT", 0.2)


def test_answers_are_remembered(names: Names, resolver: DnsResolver) -> None:
    """The same question is asked once."""
    names.txt("a.example", "x")
    assert [resolver.resolve("a.example", "TXT", 3) for _ in range(3)] == [("x",)] * 3
    assert names.asked == [("a.example", "TXT")]


def test_a_large_answer_comes_by_tcp_and_an_absurd_record_not_at_all(names: Names, resolver: DnsResolver) -> None:
    """What does not fit into a datagram is fetched again; a record beyond 8 KB is left out."""
    names.txt("a.example", "y" * 3_000, "z" * 9_000)
    assert resolver.resolve("a.example", "TXT", 3) == ("y" * 3_000,)


def test_a_machine_without_name_servers_has_trouble_and_still_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable resolv.conf makes look-ups fail, not the bot."""
    import dns.resolver  # noqa: PLC0415 - the library's own error is what happens then

    def unreadable(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", unreadable)
    with pytest.raises(DnsTrouble):
        DnsResolver().resolve("a.example", "TXT", 0.2)


def test_a_message_may_ask_so_much_and_no_more(names: Names, resolver: DnsResolver) -> None:
    """Questions beyond the allowance, and after the deadline, are trouble at once."""
    few = Lookups(resolver, 3, most=2)
    assert [few.records(f"n{number}.example", "A") for number in range(2)] == [(), ()]
    with pytest.raises(DnsTrouble):
        few.records("n3.example", "A")
    with pytest.raises(DnsTrouble):
        Lookups(resolver, 0).records("n4.example", "A")
    assert len(names.asked) == 2


@pytest.mark.parametrize(
    "name", ["", ".", "a..example", "a" * 64 + ".example", "a." * 200, "caf\u00e9.example", "a\\.b"]
)
def test_what_is_no_name_is_not_asked(names: Names, resolver: DnsResolver, name: str) -> None:
    """Broken names have no records and cost nothing."""
    assert not is_name(name)
    assert Lookups(resolver, 3).records(name, "A") == ()
    assert names.asked == []
