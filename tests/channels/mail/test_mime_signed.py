"""Opaque-signed S/MIME: the words inside are read, whatever else is in there."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from channels.mail.mime import parse
from channels.mail.signed import signed_content

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
INNER = "Content-Type: text/plain; charset=utf-8\r\n\r\nBitte um Rückruf.\r\n".encode()
HEAD = b"From: ann@example.com\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/pkcs7-mime; "
SEALED = "the message is encrypted or sealed; its text cannot be read here"


def der(tag: int, *contents: bytes) -> bytes:
    """A value with its length told."""
    content = b"".join(contents)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + length + content


def ber(tag: int, *contents: bytes) -> bytes:
    """A value that goes on until two zero bytes, as programs write that sign while they read."""
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


def definite(content: bytes) -> bytes:
    """Signed as Outlook does."""
    octets = der(0xA0, der(0x04, content))
    inner = der(0x30, der(0x02, b"\1"), der(0x31), der(0x30, DATA, octets), der(0x31))
    return der(0x30, SIGNED_DATA, der(0xA0, inner))


def endless(content: bytes) -> bytes:
    """Signed as OpenSSL does in a stream: the content in pieces."""
    pieces = [der(0x04, content[at : at + 7]) for at in range(0, len(content), 7)]
    octets = ber(0xA0, ber(0x24, *pieces))
    inner = ber(0x30, der(0x02, b"\1"), ber(0x31), ber(0x30, DATA, octets), der(0x31))
    return ber(0x30, SIGNED_DATA, ber(0xA0, inner))


def mail(packed: bytes) -> bytes:
    """A mail that is nothing else."""
    return HEAD + b"name=smime.p7m\r\n\r\n" + base64.encodebytes(packed)


@pytest.mark.parametrize("pack", [definite, endless])
@pytest.mark.parametrize("content", [INNER, INNER + b"again \r\n" * 200])
def test_signed_words_are_read(pack: Callable[[bytes], bytes], content: bytes) -> None:
    """Both forms of packing give the message that was signed; the packing is no attachment and no defect."""
    assert signed_content(pack(content)) == content
    found = parse(mail(pack(content)))
    assert found.text.startswith("Bitte um Rückruf.")
    assert found.attachments == ()
    assert SEALED not in found.defects


def test_encrypted_and_detached_say_so() -> None:
    """What holds no readable message is an attachment, and the defect says why there is no text."""
    enveloped = der(0x30, SIGNED_DATA[:-1] + b"\3", der(0xA0, der(0x30)))
    detached = der(0x30, SIGNED_DATA, der(0xA0, der(0x30, der(0x02, b"\1"), der(0x31), der(0x30, DATA))))
    for packed in (enveloped, detached, b"", b"\x30", b"PK\3\4"):
        assert signed_content(packed) is None
        assert SEALED in parse(mail(packed)).defects


def test_every_cut_is_harmless() -> None:
    """A packing that was cut off anywhere gives nothing rather than half a message."""
    for whole in (definite(INNER), endless(INNER)):
        assert not any(signed_content(whole[:end]) for end in range(len(whole) - 1))


def test_a_tower_of_containers_is_not_climbed() -> None:
    """Neither endless nesting nor endless pieces cost more than a moment."""
    assert signed_content(b"\x30\x80" * 100_000) is None
    assert signed_content(b"\x30\x80" + SIGNED_DATA + b"\x04\x00" * 300_000) is None
