"""Breaks mails as transport, gateways and attackers do: seeded, so that a failing mail can be made again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

LONGEST = 150_000  # bytes of a mutated mail
TOKENS = (
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xee\x80\x82",
    b"&#xE002;",
    b"--b\r\n",
    b"--b--\r\n",
    b"> ",
    b"-- \r\n",
    b"=\r\n",
    b"=?utf-8?b?/////w==?=",
    b"=?iso-2022-jp?b?GyRC?=",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b'Content-Disposition: attachment; filename="../a\x07b.exe"\r\n',
    b"filename*0*=utf-8''%ff; filename*1=x",
    b"From: Ana <ana@example.net>\r\nTo: x@example.org\r\nSubject: \r\n\r\n",
    b"---------- Forwarded message ----------\r\n",
    b"Am 3. M\xe4rz 2026 um 09:00 schrieb Bo <bo@example.com>:\r\n",
    b"Final-Recipient: rfc822; a@b.c\r\nStatus: 4.2.2\r\n",
    b"<adf><prospect><customer><contact>",
    b"<div style='display:none'>",
    b"<blockquote type=cite>",
    b"<table><tr><td>",
    b"<!--",
    b"Name: \r\nEmail: a@b.c\r\n",
    b"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
    b"\xe3\x81\x93\xe3\x82\x93",
)
Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _span(dice: random.Random, mail: bytes, longest: int) -> tuple[int, int]:
    start = dice.randrange(len(mail) + 1)
    return start, min(len(mail), start + dice.randint(1, longest))


def _flip(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    changed = bytearray(mail)
    for _ in range(dice.randint(1, 20) if mail else 0):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    start, end = _span(dice, mail, 400)
    return mail[:start] + mail[end:]


def _end(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    return mail[: dice.randrange(len(mail) + 1)]


def _insert(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(mail) + 1)
    return mail[:at] + dice.choice(TOKENS) * dice.choice((1, 1, 1, 2, 50, 1000)) + mail[at:]


def _repeat(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    start, end = _span(dice, mail, 300)
    return mail[:end] + mail[start:end] * dice.choice((1, 5, 100)) + mail[end:]


def _swap(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    lines = mail.split(b"\n")
    for _ in range(dice.randint(1, 5)):
        first, second = dice.randrange(len(lines)), dice.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _splice(dice: random.Random, mail: bytes, others: Sequence[bytes]) -> bytes:
    other = dice.choice(others)
    return mail[: dice.randrange(len(mail) + 1)] + other[dice.randrange(len(other) + 1) :]


def _wrap(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    kind = dice.choice((b"message/rfc822", b"text/plain", b"text/html", b"multipart/mixed; boundary=b"))
    return b"From: fw@example.org\r\nSubject: Fwd: x\r\nContent-Type: " + kind + b"\r\n\r\n" + mail


def _recode(dice: random.Random, mail: bytes, _others: Sequence[bytes]) -> bytes:
    return mail.replace(b"utf-8", dice.choice((b"gb2312", b"utf-16", b"iso-2022-kr", b"hz", b"idna", b"x-nothing")))


MUTATIONS: tuple[Mutation, ...] = (_flip, _cut, _end, _insert, _insert, _repeat, _swap, _splice, _wrap, _recode)


def mutated(mails: Sequence[bytes], *, seed: int, count: int) -> Iterator[bytes]:
    """So many broken mails; the same seed and mails give the same ones."""
    dice = random.Random(seed)
    for _ in range(count):
        mail = dice.choice(mails)
        for _ in range(dice.randint(1, 4)):
            mail = dice.choice(MUTATIONS)(dice, mail[:LONGEST], mails)
        yield mail[:LONGEST]
