"""What the linear models look at: words in use everywhere, and how a mail is made; never who sent or passed it on.

Left out on purpose: mailing-list headers, names of lists, hosts, addresses, dates and numbers. They tell one corpus
from another, not spam from a customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from enrichment.lead import Evidence
from enrichment.models import ParsedMessage
from enrichment.stages.addresses import domain_of, is_free_mail

READ_LENGTH = 12_000  # characters; a model of words has made up its mind by then
_MOST_WORDS = 1_500
MAILING = "#calls itself a mailing"
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]{1,500}", re.IGNORECASE)
_IP_HOST = re.compile(r"https?://(?:[^\s/@]{0,60}@)?(?:\d{1,3}\.){3}\d{1,3}\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,120}")
_MONEY = re.compile(r"[$€£]\s?\d|\d\s?[$€£]|\b(?:usd|dollars?|euros?)\b", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w])[a-z]{2,16}(?:'[a-z]{1,2})?(?![\w])")
_SHOUTED = re.compile(r"(?<![\w])[A-Z]{3,20}(?![\w])")
_ANY_WORD = re.compile(r"[^\W\d_]{2,30}")
_RAW_HTML = re.compile(r"<(?:html|body|font|table)\b", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w./-])[A-Za-z0-9]{8,40}(?![\w./])")
_MAILING = re.compile(r"news|letter|digest|bulletin|subscri|lists?[.@-]|-owner@")
_CONSONANTS = re.compile(r"[a-z]{0,20}[^aeiouy\W\d_]{5}[a-z]{0,20}|(?=[A-Z]{3,6}$)[^AEIOU]{3,6}", re.ASCII)
_MONTHS = r"jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august"
_DAYS = r"mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_LEFT_OUT = re.compile(rf"{_MONTHS}|(?:septem|octo|novem|decem)ber|{_DAYS}|gmt|est|edt|pst|pdt|ist|https?|www")


def own_words(parsed: ParsedMessage) -> str:
    """The subject and the sender's words; lines that quote others are left out."""
    text = f"{parsed.text[:READ_LENGTH]}\n{parsed.signature[:2000]}"
    return "\n".join(line for line in text.splitlines() if not line.startswith(">"))


def has_link(text: str) -> bool:
    """Whether a web address stands in it."""
    return _URL.search(text) is not None


def features(parsed: ParsedMessage, evidence: Iterable[Evidence]) -> frozenset[str]:
    """The names of everything that is true of this message; evidence: what the rules found in it."""
    text, subject = own_words(parsed), parsed.subject[:300]
    shape = (*_shaped(parsed, text), *_subject(subject), *_sender(parsed), *_told(evidence))
    return frozenset((*_worded(subject, "s:"), *_worded(text, ""), *shape))


def _words(text: str) -> list[str]:
    plain = _ADDRESS.sub(" ", _URL.sub(" ", text)).lower()
    found = (match[0] for match in _WORD.finditer(plain))
    return [word for _, word in zip(range(_MOST_WORDS), found, strict=False) if not _LEFT_OUT.fullmatch(word)]


def _worded(text: str, prefix: str) -> Iterator[str]:
    """Words, and pairs of words that follow each other."""
    words = _words(text)
    yield from (prefix + word for word in words if len(word) > 2)
    yield from (f"{prefix}{one} {two}" for one, two in pairwise(words))


def _shaped(parsed: ParsedMessage, text: str) -> Iterator[str]:
    """How the mail is made."""
    count = len(_ANY_WORD.findall(text)) or 1
    yield from _grown("#shouting", 100 * len(_SHOUTED.findall(text)) // count, (5, 12, 25))
    yield from _grown("#exclamations", text.count("!"), (3, 8, 20))
    yield from _grown("#links", len(_URL.findall(text)), (1, 4, 10))
    yield from _grown("#money", len(_MONEY.findall(text)), (1, 4, 10))
    yield from _grown("#recipients", len(parsed.to) + len(parsed.cc), (6, 15))
    if _IP_HOST.search(text):
        yield "#link to a bare address"
    if parsed.content_type == "text/html":
        yield "#only html"
    if _RAW_HTML.search(text[:2000]):
        yield "#html as plain text"
    yield from _grown("#noise", sum(map(_is_noise, _TOKEN.findall(text)[:_MOST_WORDS])), (1, 3))


def _told(evidence: Iterable[Evidence]) -> Iterator[str]:
    """What the rules say, as features."""
    points = 0
    for each in evidence:
        points += 0 if each.rule == "footer" else each.points
        yield from _grown(f"!{each.rule}", each.points, (3, 5, 7))
    yield from _grown("!points", points, (3, 5, 7, 9, 12))


def _is_noise(token: str) -> bool:
    """A word that a program made up to look different each time: letters and digits change places all the time."""
    kinds = [character.isdigit() for character in token]
    return sum(one != two for one, two in pairwise(kinds)) >= 4


def _grown(name: str, amount: int, steps: tuple[int, ...]) -> Iterator[str]:
    """One feature for each step that the amount has reached."""
    return (f"{name} {step}" for step in steps if amount >= step)


def _subject(subject: str) -> Iterator[str]:
    letters = [character for character in subject if character.isalpha()]
    if len(letters) > 8 and sum(map(str.isupper, letters)) > 0.8 * len(letters):
        yield "#subject shouts"
    if "!" in subject:
        yield "#subject exclaims"
    if len(words := subject.split()) > 2 and _is_tail(words[-1]):
        yield "#subject has a tail"
    if _MONEY.search(subject):
        yield "#subject names money"


def _is_tail(word: str) -> bool:
    """Whether a subject's last word is there only to make each subject different."""
    mixed = len(word) >= 5 and any(map(str.isdigit, word)) and any(map(str.isalpha, word))
    return mixed or (word.isdigit() and len(word) == 5) or bool(_CONSONANTS.fullmatch(word))


def _sender(parsed: ParsedMessage) -> Iterator[str]:
    if parsed.sender is None:
        return
    local = parsed.sender.address.partition("@")[0]
    if not parsed.sender.name:
        yield "#nameless sender"
    if _MAILING.search(parsed.sender.address):
        yield MAILING
    if parsed.content_type == "text/html" and is_free_mail(domain_of(parsed.sender.address)):
        yield "#only html from free mail"
    if sum(map(str.isdigit, local)) >= 3:
        yield "#sender has digits"
    home = domain_of(parsed.sender.address)
    if any(
        domain_of(mailbox.address) != home and is_free_mail(domain_of(mailbox.address)) for mailbox in parsed.reply_to
    ):
        yield "#answers go to free mail"
