"""What the words before a number say about it: the writer's own telephone, a telephone, nothing, or something else."""

from __future__ import annotations

import re
from enum import IntEnum

from enrichment.stages.people_words import any_of, people_words, words_in

_BEFORE = 60
_LAST_WORDS = 2
# They stand between what a number is and the number: `Invoice no. 4711`.
_FILLERS = frozenset({"no", "no.", "nr", "nr.", "num", "number", "n", "is", "ist", "the", "numéro", "número", "numero"})
CUE = re.compile(
    r"\b(?:call|phone|ring|text|tel|cell|mobile|number|reach|whatsapp|sms|fax|dial|line|direct|anrufen|telefon|handy"
    r"|móvil|teléfono|llame|téléphone|portable|appelez|telefono|telefone|celular|bel|mobil|mob|ph|cel|gsm|tél|tlf|tfn"
    r"|telefoon|telefonnummer|rufnummer|durchwahl|cellulare|telemóvel|telefonu|telefonem|puhelin|puh|komórka|komórkowy"
    r"|mobilní|telefonszám|phonenumber|rappeler|joindre|ligue|ligar|llamar|zadzwonić|тел|телефон|моб|мобильный|мобільний"
    r"|звоните|позвоните|cep|gsm|kom|wa|viber|signal|telegram|puhelinnumero)\b|\b[tmpc][:.|]"
    r"|電話|携帯|手机|电话|手機|핸드폰|전화|τηλ",
    re.IGNORECASE,
)
_DIALLED = ("+", "0", "(0", "(+", "\uff0b")


class About(IntEnum):
    """What a number is said to be; the higher, the likelier the writer can be called under it."""

    OTHER = 0
    NOTHING = 1
    PHONE = 2
    MINE = 3


def about(text: str, start: int) -> About:
    """What the words before the number at `start` say of it, back to the number before, and how it is written."""
    if text.startswith(">", text.rfind("\n", 0, start) + 1):
        return About.OTHER  # somebody else's words, quoted
    before = _since_last_number(text[max(0, start - _BEFORE) : start])
    table = people_words()
    if any_of(table.yours_words).search(before):
        return About.OTHER
    if any_of(table.mine_words).search(before):
        return About.MINE
    # Nothing but a telephone is written with a country code or as one dials at home.
    dialled = text.startswith(_DIALLED, start)
    called_phone = bool(CUE.search(_without_fax(before)))
    words = [word.rstrip(".") for word in words_in(before)]
    if not called_phone and _says_other(words):
        return About.OTHER
    return About.PHONE if called_phone or dialled else About.NOTHING


def _says_other(words: list[str]) -> bool:
    """A fax, or the number of an order or the like."""
    table = people_words()
    near = [word for word in words if word not in _FILLERS][-_LAST_WORDS:]
    return any(word in table.fax_words or word in table.other_number_words for word in near)


def _without_fax(before: str) -> str:
    """Fax is a cue of phones in general, but not of one that rings."""
    return re.sub(r"\bfax\b", " ", before, flags=re.IGNORECASE)


def _since_last_number(before: str) -> str:
    """The words on the number's own line after another number, or the line above when it begins its line."""
    head, newline, line = before.rpartition("\n")
    nearest = head.rpartition("\n")[2] if newline and not line.strip(" \t:.+(") else line
    return re.split(r"\d", nearest)[-1]
