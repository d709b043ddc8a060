"""People's names: what a display name or a line of a signature says of who wrote."""

from __future__ import annotations

import re
import unicodedata

from enrichment.stages.people_words import names_company, names_role, people_words

NAME_LENGTH = 120
_MOST_WORDS = 5
# `Ana via Shop`, `Ana (Acme)`, `Ana | Acme`, `Ana [Acme]`: the person stands first.
_AFTER_NAME = re.compile(
    r"\s*(?:[|(\[<\u2022\u00b7]|\s[-\u2013\u2014]\s|\s(?:via|por|über|ueber|through|from|from the|at|@)\s).{0,120}$",
    re.IGNORECASE | re.DOTALL,
)
_NO_NAME = re.compile(r"[\d@:/\\?!#=*+_<>{}\[\]%$€£\"]|www\.|https?")
_HAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # and kana and hangul
_CJK = re.compile(rf"^[{_HAN}]{{2,5}}(?:[ \u3000][{_HAN}]{{1,4}})?$")
_PLACE = re.compile(
    r"^.{3,}[\u90fd\u9053\u5e9c\u770c\u5e02\u533a\u753a\u8def\u53f7\u7701\u90e8\u8ab2]$"
)  # a prefecture, a ward, a street
_HONORIFIC = re.compile(r"(?:様|さん|先生|氏|殿)$")


def clean_name(value: str) -> str:
    """A name on one line without quotes around it, at most 120 characters."""
    return " ".join(value.split()).strip(" \"'<>,;\u201c\u201d\u2018\u2019\u201e")[:NAME_LENGTH]


def display_name(value: str) -> str:
    """The person's part of a display name: `Smith, Jo (Acme)` as `Jo Smith`; empty when it holds an address."""
    name = clean_name(value[: 2 * NAME_LENGTH])
    person = clean_name(_AFTER_NAME.sub("", name)) or name
    return "" if "@" in person else turned(person)


def turned(name: str) -> str:
    """`Smith, Jo` as `Jo Smith`; `Acme, Inc.` and `Jo Smith, MD` stay."""
    family, comma, given = name.partition(", ")
    suffix = given.lower() in people_words().name_suffixes or names_company(name)
    if not comma or suffix or "," in given or len(family.split()) > 3 or len(given.split()) > 2:
        return name
    # `Jo Smith, Birmingham`: two words before the comma are a whole name, unless a particle makes them one.
    whole = len(family.split()) > 1 and family.split()[0].lower() not in people_words().name_particles
    return name if whole else f"{given} {family}"


def is_full(name: str) -> bool:
    """Whether it has a given and a family name."""
    return len(name.split()) > 1 or bool(_CJK.match(name))


def looks_personal(line: str) -> bool:
    """Whether a line of a signature could be a person's name: one to five capitalised words and nothing else."""
    name = line.strip()
    if not 2 <= len(name) <= 60 or _NO_NAME.search(name) or name.endswith(("。", "、")):
        return False
    if _CJK.match(_HONORIFIC.sub("", name)):
        return not names_role(name) and not _PLACE.search(name)
    head, comma, tail = name.partition(",")
    if comma and len(head.split()) > 1 and tail.strip().lower() not in people_words().name_suffixes:
        return False  # a list of things, or a person and a firm
    words = [
        word for word in name.replace(",", " ").split() if word.lower().rstrip(".") not in people_words().name_titles
    ]
    if not 1 <= len(words) <= _MOST_WORDS or names_role(name) or names_company(name):
        return False
    return _is_capitalised(words) and not (name.endswith(".") and len(words[-1]) > 4)


def _is_capitalised(words: list[str]) -> bool:
    """Every word but the particles begins with a capital, or is in a script that has none."""
    named = [word for word in words if word.lower() not in people_words().name_particles]
    return bool(named) and all(word[0].isalpha() and word[0] == word[0].upper() for word in named)


def belongs_to(name: str, address: str) -> bool:
    """Whether a part of the name is in the address: `Ana Pérez` and `aperez@…`."""
    local = re.sub(r"[^a-z]", "", _plain(address.rpartition("@")[0]))
    return any(len(word) > 2 and word in local for word in re.split(r"[^a-z]+", _plain(name)))


def _plain(text: str) -> str:
    """Lower case, without accents."""
    return "".join(part for part in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(part))
