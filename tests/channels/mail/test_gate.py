"""The gate by itself, with a clock that the test turns."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
import structlog

from channels.mail import gate as gates
from channels.mail.gate import CROWDED, RESERVED, TOO_BUSY, TOO_MANY, TOO_OFTEN, Gate, Limits
from channels.mail.peers import Address, address_of, counted_as, is_within

STRANGER, OTHER = ip_address("192.0.2.1"), ip_address("192.0.2.2")
HOME = ip_address("127.0.0.1")


class Turned:
    """A clock in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_one_address_has_its_share() -> None:
    """The one too many is told so, others are served, and who leaves makes room."""
    gate = Gate(Limits(per_address=2))
    assert [gate.admit(STRANGER) for _ in range(3)] == [None, None, TOO_MANY]
    assert gate.admit(OTHER) is None
    gate.leave(STRANGER)
    assert gate.admit(STRANGER) is None


def test_rates_are_a_minutes_worth_then_a_steady_flow() -> None:
    """Connections and messages are counted apart; being refused costs nothing; a pause gives at most one minute's."""
    clock = Turned()
    gate = Gate(Limits(connections_per_minute=3, messages_per_minute=2), clock)
    said = []
    for _ in range(5):
        said.append(gate.admit(STRANGER))
        if said[-1] is None:
            gate.leave(STRANGER)
    assert said == [None, None, None, TOO_OFTEN, TOO_OFTEN]
    clock.now += 20.1
    assert [gate.admit(STRANGER), gate.admit(STRANGER)] == [None, TOO_OFTEN]
    assert [gate.message(STRANGER) for _ in range(3)] == [None, None, TOO_BUSY]
    assert gate.message(OTHER) is None
    clock.now += 3600
    assert [gate.message(STRANGER) for _ in range(3)] == [None, None, TOO_BUSY]


def test_our_own_are_spared_and_find_room() -> None:
    """No limit for one address, and some connections that no stranger takes; a Unix socket is our own."""
    gate = Gate(Limits(connections=2, per_address=1, connections_per_minute=1, messages_per_minute=1))
    assert [gate.admit(address) for address in (STRANGER, OTHER, ip_address("192.0.2.3"))] == [None, None, CROWDED]
    assert {gate.admit(HOME) for _ in range(RESERVED - 1)} == {None}
    assert {gate.message(address) for address in (HOME, None) for _ in range(5)} == {None}
    assert [gate.admit(None), gate.admit(None)] == [None, CROWDED]


def test_configured_networks_are_our_own() -> None:
    """An IPv4 network also as the IPv4-mapped addresses that a socket for both kinds shows."""
    gate = Gate(Limits(trusted=(ip_network("10.0.0.0/8"),)))
    assert gate.trusts(address_of(("::ffff:10.1.2.3", 25, 0, 0)))
    assert not gate.trusts(STRANGER)
    assert not gate.trusts(HOME)


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        (("192.0.2.7", 25), "192.0.2.7/32"),
        (("::ffff:192.0.2.7", 25, 0, 0), "192.0.2.7/32"),
        (("2001:db8:1:2:3:4:5:6", 25, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 25, 0, 2), "fe80::/64"),
    ],
)
def test_addresses_are_counted_by_who_owns_them(peer: tuple[object, ...], network: str) -> None:
    """IPv4 by address however it is shown, IPv6 by /64."""
    address = address_of(peer)
    assert address is not None
    assert str(counted_as(address)) == network


@pytest.mark.parametrize("peer", ["", "/run/x.sock", None, ()])
def test_unix_socket_has_no_address(peer: object) -> None:
    """It is on this machine, so it is one of ours."""
    assert address_of(peer) is None
    assert is_within(None, ())


def test_table_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest unheard of are forgotten, those that are connected never."""
    monkeypatch.setattr(gates, "MOST_CLIENTS", 100)
    gate = Gate(Limits(per_address=1))
    assert gate.admit(STRANGER) is None
    for number in range(1000):
        address: Address = ip_address(0x0A000000 + number)
        assert gate.admit(address) is None
        gate.leave(address)
    assert len(gate._clients) == 100
    assert gate.admit(STRANGER) == TOO_MANY
    gate.leave(STRANGER)
    assert gate.admit(STRANGER) is None


def test_flood_makes_one_line_a_minute() -> None:
    """The log tells how many were put off, and is not the flood's next victim."""
    clock = Turned()
    gate = Gate(Limits(connections_per_minute=1), clock)
    gate.admit(STRANGER)
    with structlog.testing.capture_logs() as logs:
        for _ in range(50):
            assert gate.admit(STRANGER) == TOO_OFTEN
        clock.now += 60
        gate.message(STRANGER)
        gate.admit(STRANGER)
        assert gate.admit(STRANGER) == TOO_OFTEN
    assert [entry["times"] for entry in logs] == [1, 50]
