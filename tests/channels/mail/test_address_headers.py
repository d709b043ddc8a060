"""Address headers give the mailbox that a person would see in them."""

from __future__ import annotations

import time

import pytest

from channels.mail.addresses import parse_addresses


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ann Lee <Ann@Example.COM>", [("Ann Lee", "ann@example.com")]),
        ('"Lee, Ann" <ann@example.com>', [("Lee, Ann", "ann@example.com")]),
        ("Lee, Ann <ann@example.com>", [("Lee Ann", "ann@example.com")]),
        ("ann@example.com", [("", "ann@example.com")]),
        ("<ann@example.com>", [("", "ann@example.com")]),
        ("ann@example.com (Ann Lee)", [("Ann Lee", "ann@example.com")]),
        ("Ann Lee ann@example.com", [("Ann Lee", "ann@example.com")]),
        ("Ann Lee <ann@example.com", [("Ann Lee", "ann@example.com")]),
        ('"Ann" ann@example.com', [("Ann", "ann@example.com")]),
        ("a@b.c, Bo <d@e.f>;g@h.i", [("", "a@b.c"), ("Bo", "d@e.f"), ("", "g@h.i")]),
        ("undisclosed-recipients:;", []),
        ("Team: a@b.c, d@e.f;", [("", "a@b.c"), ("", "d@e.f")]),
        ("MAILER-DAEMON", []),
        ("", []),
        ("=?utf-8?q?J=C3=BCrgen_Gro=C3=9F?= <j@x.de>", [("Jürgen Groß", "j@x.de")]),
        ('"=?utf-8?B?SsO8cmdlbg==?=" <j@x.de>', [("Jürgen", "j@x.de")]),
        ("J\udcfcrgen <j@x.de>", [("Jürgen", "j@x.de")]),
        ('"boss@bank.example" <crook@evil.example>', [("boss@bank.example", "crook@evil.example")]),
        ('"ann@example.com" <ann@example.com>', [("", "ann@example.com")]),
        ("=?utf-8?q?=3Cboss=40bank.example=3E?= <crook@evil.example>", [("boss@bank.example", "crook@evil.example")]),
        ("'ann@example.com' <ann@example.com>", [("", "ann@example.com")]),
        ("O'Neil <o'neil@example.com>", [("O'Neil", "o'neil@example.com")]),
        ("<mailto:ann@example.com>", [("", "ann@example.com")]),
        ("<@relay.example,@b.example:ann@example.com>", [("", "ann@example.com")]),
        ("Ann\x00 \u202eLee\r\n Bcc: x <ann@example.com>", [("x", "ann@example.com")]),
        ("a@" + "b" * 400, []),
        ("x" * 250 + "@example.com", []),
        ("reply+" + "x" * 90 + "@mail.example", [("", "reply+" + "x" * 90 + "@mail.example")]),
    ],
)
def test_mailboxes(raw: str, expected: list[tuple[str, str]]) -> None:
    """Sound and broken forms; the address in angle brackets is the one that counts."""
    assert [(found.name, found.address) for found in parse_addresses(raw)] == expected


@pytest.mark.parametrize("unit", [",", '"', "<", "(", '"\\"', "a@", "<a@", "a b ", "a@b.c,", "(\\"])
def test_hostile_headers_are_read_in_time_and_bounded(unit: str) -> None:
    """32 KB of any punctuation do not hang and give at most a hundred mailboxes."""
    started = time.monotonic()
    found = parse_addresses((unit * 32_768)[:32_768])
    assert time.monotonic() - started < 30
    assert len(found) <= 100


def test_names_are_bounded() -> None:
    """A display name has at most 200 characters."""
    assert len(parse_addresses("x" * 5000 + " <a@b.c>")[0].name) == 200
