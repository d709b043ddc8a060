"""Tells a domain that may be taken for another: one letter off, look-alike letters, or the name with a word added."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from enrichment.stages.addresses import domain_of, is_free_mail, is_relay, organisation_of
from enrichment.stages.confusables import skeleton

_LONGEST = 253
_MOST_KNOWN = 20_000
_SLIPS_FROM = 6  # letters: of a shorter name, one letter makes another honest name
_TWO_SLIPS_FROM = 12
_NAME_FROM = 6  # letters of a name that is telling inside another: `acmetools-billing`
# Words of business that are put behind a name.
_ADDED = (
    "group",
    "inc",
    "llc",
    "ltd",
    "corp",
    "pay",
    "payment",
    "payments",
    "billing",
    "invoice",
    "invoices",
    "support",
)


class LookAlike(NamedTuple):
    """domain: the one written from; known: the one that it resembles; words: the warning for staff."""

    domain: str
    known: str
    words: str


class KnownDomains:
    """Our own domains and those of known customers' firms, prepared for comparing; free-mail and relays left out."""

    def __init__(self, addresses: Iterable[str]) -> None:
        """addresses: e-mail addresses or bare domains; the first 20,000 different domains are kept."""
        found: dict[str, None] = {}
        for address in addresses:
            host = readable_domain(domain_of(address))
            domain = organisation_of(host)
            if "." in domain and not is_free_mail(host) and not is_relay(f"@{host}"):
                found.setdefault(domain)
            if len(found) == _MOST_KNOWN:
                break
        self.domains = frozenset(found)
        self._by_skeleton = {skeleton(_label(domain)): domain for domain in found}
        self._by_label = {_label(domain): domain for domain in found}

    def resembled_by(self, address: str) -> LookAlike | None:
        """What the address's domain may be meant to be taken for; None when it is known itself or resembles none."""
        domain = organisation_of(readable_domain(domain_of(address[-_LONGEST:])))
        if domain in self.domains or is_free_mail(domain) or "." not in domain:
            return None
        for judge in (self._by_letters, self._by_slip, self._by_ending, self._by_addition):
            if found := judge(domain):
                known, why = found
                words = f"{domain} looks like {known}, the domain of somebody we know, but is another: {why}"
                return LookAlike(domain, known, words)
        return None

    def _by_letters(self, domain: str) -> tuple[str, str] | None:
        """Equal to the eye: `acrne`, `acme` with a Cyrillic letter, `acme` with a 1 for an l."""
        known = self._by_skeleton.get(skeleton(_label(domain)))
        if known is None or _label(known) == _label(domain):
            return None
        return known, "some letters only look the same"

    def _by_slip(self, domain: str) -> tuple[str, str] | None:
        """One letter off, or two of a long name."""
        label = _label(domain)
        if len(label) < _SLIPS_FROM:
            return None
        slips = 1 + (len(label) >= _TWO_SLIPS_FROM)
        found = process.extractOne(label, self._by_label.keys(), scorer=OSA.distance, score_cutoff=slips)
        if found is None or not found[1] or len(found[0]) < _SLIPS_FROM or _is_numbered(label, found[0]):
            return None
        return self._by_label[found[0]], "one letter is off" if found[1] == 1 else "two letters are off"

    def _by_ending(self, domain: str) -> tuple[str, str] | None:
        """The same name under another ending; a firm may own both, but staff should look."""
        known = self._by_label.get(_label(domain)) if len(_label(domain)) >= _SLIPS_FROM else None
        return (known, "the ending is another") if known else None

    def _by_addition(self, domain: str) -> tuple[str, str] | None:
        """The name with a word of business added: `acmetools-billing`."""
        for part in (_label(domain).rpartition("-"), _split_addition(_label(domain))):
            known = self._by_label.get(part[0]) if len(part[0]) >= _NAME_FROM else None
            if known and part[2] in _ADDED:
                return known, f"`{part[2]}` is added"
        return None


def readable_domain(domain: str) -> str:
    """A domain as it is shown to people: `xn--…` as its letters, in lower case; as it is when it cannot be read."""
    return ".".join(_readable_label(label) for label in domain[-_LONGEST:].lower().split("."))


def is_mixed_script(domain: str) -> bool:
    """Whether one label mixes letters of several alphabets, as honest names do not: a Cyrillic one in `acme`."""
    return any(len(_scripts(label)) > 1 for label in readable_domain(domain).split("."))


def _readable_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError):
        return label


def _scripts(label: str) -> set[str]:
    """The alphabets of the label's letters; Japanese ones belong together."""
    names = {unicodedata.name(letter, "?").split(" ")[0] for letter in label if letter.isalpha()}
    return {"CJK" if name in {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"} else name for name in names}


def _label(domain: str) -> str:
    return domain.partition(".")[0]


def _is_numbered(left: str, right: str) -> bool:
    """`garage1` and `garage2` are two honest names."""
    return left.rstrip("0123456789") == right.rstrip("0123456789")


def _split_addition(label: str) -> tuple[str, str, str]:
    """`acmetoolspay` as (`acmetools`, ``, `pay`), by the longest word that may be added."""
    found = max((word for word in _ADDED if label.endswith(word)), key=len, default="")
    return label.removesuffix(found), "", found
