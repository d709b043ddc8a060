"""Whose words are whose and who wrote, in mails as the clients and forms of the world write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain

import pytest

from channels.mail.mime import parse
from enrichment.models import ParsedMessage
from enrichment.stages.resolve import OwnAddresses, contact_of, forwarded_by, via_of, words_of
from tests.channels.mail.client_mails import ClientMail, apple_forwards, attributions, table

OWN = OwnAddresses(
    addresses=frozenset(f"{name}@shop.example" for name in ("sales", "tom", "rob", "no-reply", "wordpress"))
)
TABLES = ("replies", "html", "forwards", "forms", "mixed")
MAILS = [*chain.from_iterable(map(table, TABLES)), *attributions(), *apple_forwards()]
CONTACT = ("name", "email", "phone", "company")


def squeezed(text: str) -> str:
    """The text with single spaces, and without the marks of a quotation's lines."""
    return " ".join(text.split())


def unmarked(quoted: str) -> str:
    """A quotation as its writer wrote it."""
    return squeezed(re.sub(r"(?m)^[> ]+", "", quoted))


def is_text(found: ParsedMessage, value: str, closing: str) -> bool:
    """Whether these are the words; the closing may stand with them or in the signature."""
    words, wanted = squeezed(words_of(found)), squeezed(value)
    return words.startswith(wanted) and squeezed(closing).startswith(words[len(wanted) :].strip())


def keeps(found: ParsedMessage, closing: str) -> bool:
    """Whether no line of the closing is lost."""
    kept = f"{squeezed(words_of(found))} {squeezed(found.signature)}"
    return all(squeezed(line) in kept for line in closing.split("\n"))


def quotes(found: ParsedMessage, value: str) -> bool:
    """Whether it is quoted and no word of the writer's."""
    return squeezed(value) in unmarked(found.quoted) and squeezed(value) not in squeezed(words_of(found))


CHECKS: dict[str, Callable[[ParsedMessage, str], bool]] = {
    "close": keeps,
    "exact": lambda found, value: value in words_of(found).split("\n"),
    "hastext": lambda found, value: squeezed(value) in squeezed(words_of(found)),
    "notext": lambda found, value: squeezed(value) not in squeezed(words_of(found)),
    "notempty": lambda found, _: bool(words_of(found).strip()),
    "quoted": quotes,
    "hasquoted": lambda found, value: squeezed(value) in unmarked(found.quoted) + squeezed(words_of(found)),
    "sig": lambda found, value: value in squeezed(found.signature) and value not in squeezed(words_of(found)),
    "note": lambda found, value: squeezed(found.note) == squeezed(value),
    "hasnote": lambda found, value: squeezed(value) in squeezed(found.note),
    "via": lambda found, value: via_of(found).value in value.split("|"),
    "lang": lambda found, value: found.language == value,
    "by": lambda found, value: (getattr(forwarded_by(found), "address", None) or "none") == value,
}


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_mails_are_read_as_a_careful_person_would(mail: ClientMail) -> None:
    """Every fact of the table holds; `none` means that nothing may be found."""
    facts = dict(mail.facts)
    country, closing = facts.get("country", "GB"), facts.get("close", "")
    found = parse(mail.content)
    contact = contact_of(found, OWN, country)
    wrong = [
        f"{key}: {value}"
        for key, value in mail.facts
        if (key == "text" and not is_text(found, value, closing))
        or (key in CONTACT and (getattr(contact, key) or "none") != value)
        or (key in CHECKS and not CHECKS[key](found, value))
    ]
    assert not wrong, f"{contact}\n{found}"
    assert set(facts) <= {"text", "country", *CONTACT, *CHECKS}, "a fact that nobody checks"
