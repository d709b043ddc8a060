"""DKIM (RFC 6376) by dkimpy, which is only given what it reads in bounded time."""

from __future__ import annotations

import logging
import re
from functools import cached_property
from typing import NamedTuple

import dkim  # type: ignore[import-untyped]  # it has no types
from dkim.util import InvalidTagValueList, parse_tag_value  # type: ignore[import-untyped]  # it has no types

from channels.mail.dns_lookup import DnsTrouble, Lookups
from channels.mail.trust_domain import ascii_domain, is_aligned
from channels.mail.trust_headers import Field, head_of

_MAX_TRIED = 4  # signatures that are verified; real mail has one to three
MAX_SIGNATURE = 4_000
MAX_KEY = 2_000  # characters of a key's record: 8192 bits; a larger one takes seconds to compute with
_MAX_FIELDS = 500
_MAX_BYTES = 40_000_000
_MAX_LINES = 600_000  # dkimpy keeps each line by itself; 40 MB of base64 have fewer
_LARGE = 2_000_000  # bytes; of a larger mail only two signatures are verified, each costs up to a second
_GAP = re.compile(rb"[ \t]+")
_WIDE = re.compile(r"\s{100}")
# The word for the whole mail when no signature is good: the first of these that was found.
_RANKS = ("pass", "temperror", "fail", "policy", "permerror", "neutral")
# What dkimpy raises on broken signatures, keys and messages beside its own errors.
BROKEN = (dkim.DKIMException, InvalidTagValueList, ArithmeticError, AssertionError, LookupError, TypeError, ValueError)


class DkimResult(NamedTuple):
    """The verdict on the whole mail, the domains whose signatures are good, and those whose DNS did not answer."""

    verdict: str
    domains: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()


class _Signature(NamedTuple):
    """One signature field: its place among the others, and who signed.

    part: only a part of the body is signed; relaxed: runs of spaces in it count as one; sound: it is worth a look-up.
    """

    place: int
    domain: str = ""
    part: bool = False
    relaxed: bool = False
    sound: bool = False


def check_dkim(content: bytes, fields: tuple[Field, ...], author: str, lookups: Lookups) -> DkimResult:
    """The verdict: none, pass, fail, policy, neutral, temperror or permerror.

    author: the domain of From; its own signatures are tried first, and a good one ends the search.
    """
    signatures = _signatures(fields, author)
    if not signatures:
        return DkimResult("none")
    if not is_bounded(content, fields):
        return DkimResult("neutral")
    message = _Message(content, lookups)
    found: list[tuple[str, str]] = []
    for signature in signatures[: _MAX_TRIED if len(content) <= _LARGE else 2]:
        verdict = message.verdict(signature)
        found.append((verdict, signature.domain))
        if verdict == "pass" and is_aligned(signature.domain, author):
            break
    best = min((verdict for verdict, _ in found), key=_RANKS.index)
    return DkimResult(best, _with(found, "pass"), _with(found, "temperror"))


def _with(found: list[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    return tuple(domain for verdict, domain in found if verdict == wanted)


def _signatures(fields: tuple[Field, ...], author: str) -> list[_Signature]:
    """All signatures, the author's own first."""
    values = [field.value for field in fields if field.name == "dkim-signature"]
    found = [_signature(place, value) for place, value in enumerate(values)]
    return sorted(found, key=lambda signature: not is_aligned(signature.domain, author))


def _signature(place: int, value: str) -> _Signature:
    if len(value) > MAX_SIGNATURE or _WIDE.search(value):
        return _Signature(place)
    try:
        tags = parse_tag_value(value.encode("ascii"))
    except (InvalidTagValueList, UnicodeEncodeError):
        return _Signature(place)
    domain = ascii_domain(tags.get(b"d", b"").decode("ascii"))
    # SHA-1 proves nothing any more (RFC 8301).
    sound = bool(domain) and tags.get(b"a", b"").lower() != b"rsa-sha1"
    relaxed = tags.get(b"c", b"").partition(b"/")[2] == b"relaxed"
    return _Signature(place, domain, part=b"l" in tags, relaxed=relaxed, sound=sound)


def is_bounded(content: bytes, fields: tuple[Field, ...]) -> bool:
    """Whether dkimpy can read the mail without taking the square of something long."""
    if len(content) > _MAX_BYTES or content.count(b"\n") > _MAX_LINES:
        return False
    return head_of(content) is not None and len(fields) <= _MAX_FIELDS


class _Message:
    """A mail in dkimpy's hands."""

    def __init__(self, content: bytes, lookups: Lookups) -> None:
        self._lookups = lookups
        self._silent = self._keyless = False
        try:
            # Its default logger would write customers' addresses into our log.
            self._mail = dkim.DKIM(content, logger=quiet_logger(), minkey=1024)
        except BROKEN:
            self._mail = None
        self._body = self._mail.body if self._mail else b""

    def verdict(self, signature: _Signature) -> str:
        """What one signature is worth."""
        if not signature.sound or self._mail is None:
            return "neutral"
        self._silent = self._keyless = False
        self._mail.body = self._relaxed if signature.relaxed else self._body
        try:
            good = self._mail.verify(idx=signature.place, dnsfunc=self._key)
        except dkim.ValidationError:
            return "fail"
        except BROKEN:
            return "permerror"
        if good:
            # What stands behind the signed part may be anybody's.
            return "policy" if signature.part else "pass"
        return "temperror" if self._silent else "permerror" if self._keyless else "fail"

    @cached_property
    def _relaxed(self) -> bytes:
        return relaxed_body(self._body)

    def _key(self, name: bytes, timeout: float = 0) -> bytes | None:  # noqa: ARG002 - dkimpy hands its own time-out over
        """The record of a public key, as dkimpy asks for it."""
        try:
            found = self._lookups.records(name.decode("ascii"), "TXT")
        except DnsTrouble:
            self._silent = True
            return None
        record = next((text for text in found if "p=" in text), "")
        self._keyless = not 0 < len(record) <= MAX_KEY
        return None if self._keyless else record.encode("latin-1")


def relaxed_body(body: bytes) -> bytes:
    """The body as relaxed signatures see it: dkimpy would do the same, but takes the square of a run of spaces."""
    return _GAP.sub(b" ", body).replace(b" \r\n", b"\r\n")


def quiet_logger() -> logging.Logger:
    """A logger that says nothing and belongs to nobody else."""
    logger = logging.Logger("channels.mail.trust_dkim")  # noqa: LOG001 - a registered one could be configured to speak
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
