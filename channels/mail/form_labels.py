"""Tells what a form's label names, in whatever dress and language: `*Your E-Mail (required):*` is `email`."""
# ruff: noqa: RUF001 - letters and brackets of other languages, not look-alikes

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from types import MappingProxyType

from channels.mail.form_words import IDENTITY
from channels.mail.form_words_text import BODY, TEXT

_MAX_LABEL = 80
_REMEMBERED = 2_000
_POSSESSIVE = re.compile(
    r"^(?:(?:enter|please enter|please provide|please leave|provide|type|write|leave|what s|what is|what are"
    r"|cual es|quel est|quelle est|wie lautet|wie ist|qual e|qual o|wat is|vad ar|hvad er|hva er|mika on|jakie jest"
    r"|podaj|jaky je|mi az|care este|unesite) )?"
    r"(?:(?:il|la|le|lo|o|a|i|os|as|el|the|az|l) )?"
    r"(?:(?:your|my|tu|su|votre|vos|ton|ta|ihre?|deine?|meine?|tuo|tua|suo|sua|seu|teu|uw|uwe|je|jouw|din|ditt|dit|er"
    r"|ert|deres|twoje|twoj|twoja|vas|vase|vasa|ваше|ваш|ваша|ваши|ваші|твое|твои|az on|an|sinun) )?"
)
_CJK_POLITE = re.compile(r"^(?:您的|你的|您|您嘅|お客様の|お客様|お|ご|御|고객 ?|귀하의 ?)")
# Whose detail it is: a form's sender under any name. Never the vendor's, dealer's or agent's.
_ROLES = re.compile(
    r"\b(?:customers?|clients?|contacts?|buyers?|guests?|leads?|senders?|applicants?|tenants?|visitors?|users?|patients?"
    r"|prospects?|invitees?|attendees?|enquirers?|inquirers?|requesters?|shoppers?|members?|renters?|borrowers?|submitters?"
    r"|kunde|kunden|interessent|interessenten|absender|klient|zakaznik|zakaznika|klienta|klanten?|clientes?|cliente"
    r"|клиента|клиент|покупателя|заказчика|pour|del?|du|des|di|da|do|dos|van|of|the|s|d)\b"
)
_LONE_ROLES = """
    customer; client; contact; buyer; guest; lead; sender; applicant; tenant; visitor; prospect; invitee
    attendee; enquirer; inquirer; requester; renter; patient; cliente; clientes; kunde; kunden; interessent
    absender; klant; klient; zakaznik; kund; asiakas; klijent; клиент; заказчик; покупатель; замовник; клієнт
    musteri; interessato
"""
_ASIDE = re.compile(r"\([^()]{0,40}\)|（[^（）]{0,40}）|\[[^\[\]]{0,40}\]|\{[^{}]{0,40}\}")
_REMARK = re.compile(
    r"\b(?:required|optional|mandatory|obligatorio|obligatoire|pflichtfeld|pflicht|obbligatorio|obrigatorio|verplicht"
    r"|wymagane|povinne|kotelezo|обязательно)\b|必須|任意|必填|选填|選填|필수|선택"
)
_OTHER_THAN_WORDS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ʼ": " ", "'": " ", "’": " "}
)


def _plain(label: str) -> str:
    """Lower case without accents and punctuation: `Teléfono*` is `telefono`."""
    folded = label.casefold()
    if not folded.isascii():
        letters = unicodedata.normalize("NFKD", folded.translate(_UNDECOMPOSED))
        folded = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _OTHER_THAN_WORDS.sub(" ", folded).strip()


def _split(names: str) -> list[str]:
    plain = (_plain(name) for name in names.replace("\n", ";").split(";"))
    return [name for name in plain if name]


# Identity comes last, so that it wins where one word means two things in two languages.
# `Customer: Ann Lee` gives a name.
_KEYS = MappingProxyType(
    dict.fromkeys(_split(_LONE_ROLES), "name")
    | {name: key for key, names in {**TEXT, **IDENTITY}.items() for name in _split(names)}
)
_WORDS = frozenset(
    word
    for source in (
        *_KEYS,
        _POSSESSIVE.pattern,
        _ROLES.pattern,
        _REMARK.pattern,
        "field fields input data form 1 2 3 4 5",
    )
    for word in re.findall(r"[^\W_]+", source)
)
_BODIES = frozenset(_split(BODY))


@lru_cache(maxsize=_REMEMBERED)
def key_of(label: str) -> str | None:
    """What a label names; None when it is no known label.

    Beside the fields: first_name and last_name, question (a message if it stands in a form), from and header (lines of
    a mail header), meta (what form plugins append), other (known to stand in forms, such as `City`).
    """
    if len(label) > _MAX_LABEL:
        return None
    plain = _plain(label)
    if plain in _KEYS:
        return _KEYS[plain]
    bare = _plain(_CAMEL.sub(" ", _ASIDE.sub(" ", label)))
    if bare.isascii() and not _WORDS.issuperset(bare.split()):
        return None  # most lines of most mails end here
    bare = " ".join(_REMARK.sub(" ", bare).split())
    return next((_KEYS[reading] for reading in _readings(label, bare) if reading in _KEYS), None)


def _readings(label: str, bare: str) -> Iterator[str]:
    """The ways to read a label, most literal first; bare: plain and without remarks in brackets."""
    yield bare
    yield _POSSESSIVE.sub("", bare, count=1)
    yield _CJK_POLITE.sub("", bare, count=1)
    if bare.startswith(("field ", "fields ", "input ", "data ", "form ", "contact ", "your ")):
        yield bare.partition(" ")[2]
    yield " ".join(_ROLES.sub(" ", bare).split())
    if "/" in label or "|" in label or " - " in label:  # two languages side by side
        yield from (_plain(part) for part in re.split(r"[/|]| - ", label)[:4])
    yield bare.rstrip(" 0123456789")


def is_body_label(label: str) -> bool:
    """Whether it is the label that Contact Form 7 puts before the message: all that follows is the message."""
    return _plain(label) in _BODIES
