"""Which messages are looked up in the DNS, which by their header, and that no check holds the bot up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from channels.mail.dns_lookup import DnsResolver, RecordType
from channels.mail.trust_senders import Senders
from enrichment.models import Authentication, RawMessage
from tests.channels.mail.stored_mail import MAIL, message
from tests.servers.name_server import Names, name_server

PROVEN = Authentication(spf="pass", dkim="none", dmarc="pass", aligned=True)
SAID = Authentication(dmarc="fail", aligned=False)
NOTHING = Authentication()


@pytest.fixture
def names() -> Iterator[Names]:
    """A DNS that permits acme.example's mail from anywhere."""
    with name_server() as served:
        served.txt("acme.example", "v=spf1 +all")
        served.txt("_dmarc.acme.example", "v=DMARC1; p=none")
        yield served


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (message(), PROVEN),
        (message("2001:db8::1"), PROVEN),
        (message("127.0.0.1"), SAID),
        (message("::ffff:127.0.0.1"), SAID),
        (message("10.1.2.3"), SAID),
        (message(None), SAID),
        (message("not an address"), SAID),
        (message(account="lmtp"), SAID),
        (message(sample=True), SAID),
        (message(None, channel="imap"), SAID),
        (message(None, channel="slack"), NOTHING),
        (message("127.0.0.1", content=MAIL), NOTHING),
    ],
    ids=[
        "stranger",
        "IPv6",
        "loopback",
        "mapped",
        "relay",
        "socket",
        "broken",
        "LMTP",
        "sample",
        "IMAP",
        "Slack",
        "none",
    ],
)
def test_only_a_strangers_server_is_looked_up(names: Names, raw: RawMessage, expected: Authentication) -> None:
    """What a server of ours brought is judged by its header and asks the DNS nothing."""
    relays = (ip_network("10.0.0.0/8"),)
    resolver = DnsResolver(["127.0.0.1"], names.port)
    senders = Senders(authserv_ids=("MX.us.example",), resolver=resolver, relays=relays)
    assert senders.begin(raw)() == expected
    assert bool(names.asked) == (expected == PROVEN)
    senders.close()


def test_without_a_resolver_and_trusted_servers_nothing_is_looked_at(names: Names) -> None:
    """The switch is off: no verdict, for any message."""
    assert Senders().begin(message())() == NOTHING
    assert names.asked == []


class Stuck:
    """A DNS that keeps its questioner waiting until it is let go, whatever the time-out says."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def resolve(self, name: str, kind: RecordType, seconds: float) -> tuple[str, ...]:
        """Wait, then know nothing."""
        del name, kind, seconds
        self.go.wait(20)
        return ()


def test_a_stuck_check_is_given_up(names: Names) -> None:
    """The verdict is waited for until the deadline, then the message goes on without one."""
    del names
    stuck = Stuck()
    senders = Senders(resolver=stuck, seconds=0.05)
    assert senders.begin(message())() == NOTHING
    stuck.go.set()
    senders.close()


def test_in_a_flood_the_rest_goes_on_unchecked() -> None:
    """With all places taken a message is not looked at and not waited for; with room again it is."""
    stuck = Stuck()
    senders = Senders(resolver=stuck, seconds=20)
    waiting = [senders.begin(message()) for _ in range(36)]
    assert senders.begin(message())() == NOTHING
    stuck.go.set()
    assert [wait().spf for wait in waiting] == ["none"] * 36
    assert senders.begin(message())().spf == "none"
    senders.close()


def test_closing_ends_what_waits() -> None:
    """After close a check that had not begun, and one that comes too late, give no verdict instead of an error."""
    stuck = Stuck()
    senders = Senders(resolver=stuck, seconds=20)
    waiting = [senders.begin(message()) for _ in range(8)]
    senders.close()
    assert waiting[-1]() == NOTHING
    assert senders.begin(message())() == NOTHING
    stuck.go.set()
    assert waiting[0]().spf == "none"
