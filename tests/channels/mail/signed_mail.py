"""Signed mails for tests: a key made on the spot, its DNS record, and dkimpy's signature."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import NamedTuple

import dkim  # type: ignore[import-untyped]  # it has no types
from dkim.canonicalization import CanonicalizationPolicy  # type: ignore[import-untyped]  # it has no types
from dkim.crypto import parse_pem_private_key  # type: ignore[import-untyped]  # it has no types

_RSA_WITH_NULL = bytes.fromhex("300d06092a864886f70d0101010500")  # the AlgorithmIdentifier of X.509
_EXPONENT = 65_537


class Key(NamedTuple):
    """A pair of keys: PEM of PKCS #1, and the TXT record of the public one."""

    private: bytes
    record: str


def make_key(bits: int = 1024) -> Key:
    """A new RSA key."""
    p, q = _prime(bits // 2), _prime(bits // 2)
    modulus, private = p * q, pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = (0, modulus, _EXPONENT, private, p, q, private % (p - 1), private % (q - 1), pow(q, -1, p))
    return Key(_pem(_sequence(*map(_integer, numbers))), record_of(modulus, _EXPONENT))


def record_of(modulus: int, exponent: int) -> str:
    """The DKIM record of a public key."""
    key = _sequence(_integer(modulus), _integer(exponent))
    return f"v=DKIM1; k=rsa; p={base64.b64encode(_sequence(_RSA_WITH_NULL, _der(3, bytes(1) + key))).decode()}"


def signed(content: bytes, key: Key, domain: str, *, selector: str = "s1", length: bool = False) -> bytes:
    """The mail with a signature of that domain above it."""
    header = dkim.sign(
        content,
        selector.encode(),
        domain.encode(),
        key.private,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[b"from", b"to", b"subject"],
        length=length,
    )
    return bytes(header) + content


def sealed(content: bytes, key: Key, domain: str, results: str, *, instance: int = 1, cv: str = "none") -> bytes:
    """The mail with an ARC set of that domain above it, as a forwarding provider adds it."""
    number = f"i={instance}; "
    content = f"ARC-Authentication-Results: {number}{results}\r\n".encode() + content
    message = dkim.ARC(content)
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    message.hasher = hashlib.sha256
    body = base64.b64encode(hashlib.sha256(policy.canonicalize_body(message.body)).digest())
    pem = parse_pem_private_key(key.private)
    common = [(b"i", b"%d" % instance), (b"a", b"rsa-sha256"), (b"d", domain.encode()), (b"s", b"s1")]
    last = (b"b", b"0" * 60)
    parts = [*common, (b"c", b"relaxed/relaxed"), (b"h", b"from : to : subject"), (b"bh", body), last]
    signature = message.gen_header(parts, [b"from", b"to", b"subject"], policy, b"ARC-Message-Signature", pem)
    content = b"ARC-Message-Signature: " + signature + content
    message = dkim.ARC(content)
    message.hasher = hashlib.sha256
    _, found = message.sorted_arc_headers()
    message.headers = policy.canonicalize_headers([header for _, header in found])
    names = [name for _, (name, _) in reversed(found)]
    seal = message.gen_header([*common, (b"cv", cv.encode()), last], names, policy, b"ARC-Seal", pem)
    return b"ARC-Seal: " + bytes(seal) + content


def _integer(number: int) -> bytes:
    return _der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _der(tag: int, data: bytes) -> bytes:
    """Tag, length and data."""
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    length = size if len(data) < 128 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + (length or bytes(1)) + data


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(der) + b"-----END RSA PRIVATE KEY-----\n"


def _prime(bits: int) -> int:
    """A probable prime with its two highest bits set, that the exponent does not divide."""
    while True:
        number = secrets.randbits(bits) | (0b11 << (bits - 2)) | 1
        if number % _EXPONENT != 1 and all(number % small for small in (3, 5, 7, 11, 13, 17)) and _is_prime(number):
            return number


def _is_prime(number: int) -> bool:
    """Fermat's test with five bases, enough for a test's key."""
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))
