"""PROXY headers, of both versions: the client that they name is stored and counted; from strangers they are nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from pathlib import Path

import pytest

from channels.mail import smtp_connection
from channels.mail.certificate import Certificate
from channels.mail.gate import TOO_MANY, TOO_OFTEN, Limits
from tests.channels.mail.certificates import make_certificate, trusting
from tests.channels.mail.mailroom import MAIL, RCPT, STAMPED, Open

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
MESSAGE = ("EHLO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n")


def version_1(client: str, family: str = "TCP4", here: str = "192.0.2.200") -> bytes:
    """The header in words."""
    return f"PROXY {family} {client} {here} 40000 25\r\n".encode()


def version_2(client: str, command: int = 1, more: bytes = b"") -> bytes:
    """The header in bytes; command 0 is the proxy's own look; more: TLVs."""
    family, kind = (socket.AF_INET6, 0x21) if ":" in client else (socket.AF_INET, 0x11)
    addresses = socket.inet_pton(family, client) * 2 + struct.pack("!HH", 40000, 25) + more
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, kind, len(addresses)) + addresses


LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


@pytest.mark.parametrize(
    ("header", "stored"),
    [
        (version_1("198.51.100.7"), "198.51.100.7"),
        (version_1("2001:db8::7", "TCP6", "2001:db8::1"), "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (version_2("198.51.100.7"), "198.51.100.7"),
        (version_2("2001:db8::7", more=b"\x04\x00\x05hello"), "2001:db8::7"),
        (version_2("::ffff:198.51.100.7"), "198.51.100.7"),
        (version_2("198.51.100.7", command=0), "127.0.0.1"),
        (LOCAL, "127.0.0.1"),
    ],
)
async def test_the_named_client_is_stored(mailroom: Open, header: bytes, stored: str) -> None:
    """In either version; a header that names nobody leaves the proxy's own address."""
    room = await mailroom(proxied=True)
    async with room.client(first=header) as client:
        assert (await client.talk(*MESSAGE))[-1] == "250 2.0.0 OK, stored as message 1"
    assert [row["client_ip"] for row in room.stored()] == [stored]
    await room.left_alone()


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO a\r\n",
        b"PROXY\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4 hello 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.1 1 99999\r\n",
        b"PROXY TCP4 " + b"9" * 200_000 + b"\r\n",
        SIGNATURE + b"\x31\x11\x00\x0c" + b"x" * 12,
        SIGNATURE + b"\x21\x11\x00\x02xx",
        b"\r\n\r\n\x00\r\nQUAT\n" + b"x" * 20,
    ],
)
async def test_wrong_header_ends_the_connection(mailroom: Open, header: bytes) -> None:
    """Without a word, for nobody knows whose it is; the next connection is served."""
    room = await mailroom(proxied=True)
    with contextlib.suppress(ConnectionResetError):  # what it still had to say was not read
        assert await room.turned_away(first=header) == ""
    await room.left_alone()
    async with room.client(first=LOCAL) as client:
        assert (await client.talk(*MESSAGE))[-1].startswith("250")


async def test_header_that_does_not_come_is_waited_for_a_moment(
    mailroom: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a one too."""
    monkeypatch.setattr(smtp_connection, "PROXY_SECONDS", 0.2)
    room = await mailroom(proxied=True)
    told = await asyncio.gather(*(room.turned_away(first=said) for said in (b"", b"PROXY TCP4 1", SIGNATURE[:7])))
    assert told == ["421 4.4.2 No command for too long, please try again later"] * 3


async def test_the_named_client_is_counted(mailroom: Open) -> None:
    """Its connections and its messages; another client of the same proxy is not."""
    room = await mailroom(proxied=True, limits=Limits(per_address=1, connections_per_minute=2, messages_per_minute=1))
    one, other = version_1("198.51.100.7"), version_1("198.51.100.8")
    async with room.client(first=one) as client:
        assert await room.turned_away(first=version_2("198.51.100.7")) == TOO_MANY
        assert (await client.talk(*MESSAGE))[-1].startswith("250")
        assert await client.talk(MAIL) == [
            "421 4.7.0 Too many messages a minute from your address, please try again later"
        ]
        assert await client.at_end()
    async with room.client(first=one):
        pass
    assert await room.turned_away(first=one) == TOO_OFTEN
    async with room.client(first=other) as client:
        assert (await client.talk(*MESSAGE))[-1].startswith("250")
    await room.left_alone()


async def test_neighbours_of_one_ipv6_network_are_one_client(mailroom: Open) -> None:
    """A /64 is one customer."""
    room = await mailroom(proxied=True, limits=Limits(per_address=1))
    async with room.client(first=version_2("2001:db8::1")):
        assert await room.turned_away(first=version_2("2001:db8::2")) == TOO_MANY
        async with room.client(first=version_2("2001:db8:0:1::1")) as client:
            assert await client.talk("NOOP") == ["250 OK"]


async def test_stranger_may_not_name_another(mailroom: Open) -> None:
    """Who comes directly is served as itself, and its header is no command."""
    room = await mailroom(proxied=True, limits=Limits(trusted=()))
    async with room.client(first=version_1("198.51.100.7")) as client:
        assert await client.reply() == '500 Error: command "PROXY" not recognized'
        assert (await client.talk(*MESSAGE))[-1].startswith("250")
    assert [row["client_ip"] for row in room.stored()] == ["127.0.0.1"]


async def test_header_is_no_command_when_it_is_off(mailroom: Open) -> None:
    """The default."""
    room = await mailroom()
    async with room.client(first=version_1("198.51.100.7")) as client:
        assert await client.reply() == '500 Error: command "PROXY" not recognized'


async def test_the_client_stays_itself_in_tls(mailroom: Open, tmp_path: Path) -> None:
    """STARTTLS forgets what was said, but not who speaks."""
    files = make_certificate(tmp_path)
    room = await mailroom(proxied=True, certificate=Certificate(*files))
    async with room.client(first=version_1("198.51.100.7")) as client:
        await client.talk("EHLO a", "STARTTLS")
        await client.start_tls(trusting(files[0]))
        assert (await client.talk(*MESSAGE))[-1].startswith("250")
    assert [(row["client_ip"], row["tls"]) for row in room.stored()] == [("198.51.100.7", True)]
