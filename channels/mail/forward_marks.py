"""The lines that mail clients write above what they pass on: `---------- Forwarded message ----------` and its kin."""
# ruff: noqa: RUF001 - the table holds words of many alphabets

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail.forward_labels import plain

# Stems that mean "passed on", one per word family; a line must also look like a mark, so short stems do no harm.
_STEMS = """
    forward fwd weitergeleitet transfér transmis réexpédi reenvi reencaminh encaminhad inoltrat doorgestuur
    doorgezonden vidarebefordr vidaresän videresend viderebr přepos přeposl prepos preposl předan przekaz
    przesł podan továbbít redirec retransmis пересл перенапр пересыл пересил переадрес iletilmiş iletilen
    iletildi yönlendiril välitet edasta edastat pārsūt persių 转发 轉寄 轉發 转寄 転送 전달 προωθ препра
    proslij prosle прослеђ прослије posredovan הועבר מועבר chuyểntiếp ส่งต่อ diteruskan terusan محولة محوّلة
    المعادتوجيه إعادةتوجيه معادةتوجيه framsend áframsend iletibaşlangıcı reenviat birzuzen bidalitako
    ileridesen
"""
_ORIGINALS = """
    original ursprünglich oprindelig opprinnelig ursprunglig oorspronkelijk původní pôvodná oryginalna eredeti
    alkuperäinen исходн оригинал оригінал початков orijinal izvorn 原始 元の 원본 αρχικό d'origine מקורית
    الأصلية
"""
_ENDS = """
    end ende fin fine final fim konec koniec конец завершение кінець slut slutt slutten loppu sfârșit vége
    einde kraj slutet sonu τέλος край
"""
_SOLE = re.compile(r"(?:begin )?forwarded (?:message|mail|email)\b[^\w]{0,5}", re.IGNORECASE)
_DECORATED = re.compile(
    r"^[-\u2013\u2014_=*~]{2,100}(?P<words>(?:[^-\u2013\u2014_=~]|[-_=](?![-_=])){3,150}?)[-\u2013\u2014_=*~]{2,100}(?P<rest>.{0,4000})$"
)
_RULE = re.compile(r"^[-\u2013\u2014_=*~\s\u2500\u2501]{3,}$")
_MAX_PLAIN = 100
_DASHES = tuple("-\u2013\u2014_=*~")


def _stems(words: str) -> tuple[str, ...]:
    return tuple(plain(word).replace(" ", "") for word in words.split())


_PASSED_ON = re.compile("|".join(map(re.escape, _stems(_STEMS))))
_QUOTED = re.compile("|".join(map(re.escape, _stems(_ORIGINALS))))
_END_WORDS = frozenset(_stems(_ENDS))


class Mark(NamedTuple):
    """A mark line: whether it says `passed on`, closes what was passed on, and what stands behind it on the line.

    sole: the words are enough of a mark even without a header below. original: it says `original message`.
    """

    forward: bool
    end: bool = False
    sole: bool = False
    rest: str = ""
    original: bool = False


def read_mark(line: str) -> Mark | None:
    """The mark on a stripped line; None when the line is an ordinary one."""
    decorated = _DECORATED.match(line) if line[:1] in _DASHES else None
    if decorated is not None:
        words, rest = decorated["words"], decorated["rest"].strip()
    elif len(line) <= _MAX_PLAIN and (line.endswith((":", "\uff1a")) or line.startswith("--")):
        words, rest = line, ""
    else:
        return None
    key = plain(words.replace("(", " "))
    forward = _PASSED_ON.search(key.replace(" ", "")) is not None
    if decorated is None and not forward:
        return None
    end = forward and line[:1] in _DASHES and not _END_WORDS.isdisjoint(key.split()[:2])
    original = not forward and _QUOTED.search(key.replace(" ", "")) is not None
    return Mark(forward, end, _SOLE.fullmatch(words.strip()) is not None, rest, original)


def is_rule(line: str) -> bool:
    """Whether a stripped line is nothing but a rule of dashes, underscores or the like."""
    return _RULE.match(line) is not None
