# ruff: noqa: RUF001 - letters of other alphabets are the point
"""Which character set bytes without a label are in, by how common the letters are that each would make of them.

Statistics over pairs of letters need more words than a subject or a short enquiry has. Letters alone tell the sets of
the world's languages apart from some ten of them on, because the wrong set gives rare letters, capitals inside words,
letters that no one language has together, or nothing at all.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

_SAMPLE = 3_000  # bytes
_GOOD = 0.75  # points a letter; text in its own set has 1.0 and more
_TOP, _USUAL, _RARE, _WRONG = 1.5, 1.0, 0.25, -1.0
_CAPITAL = 0.8  # whole texts of capitals are seldom meant
_CAPITAL_INSIDE = re.compile("[а-яёіїєґα-ωά-ώ][А-ЯЁІЇЄҐΑ-ΩΆ-Ώ]")
_MARKS = frozenset("“”„«»‘’‚–—…€№°§©®•·´\xa0。、，．？！：；（）「」『』・～　،؟")


class _Language(NamedTuple):
    """Letters beyond ASCII from the most to the least common, and the sets that people write it in."""

    letters: str
    codecs: tuple[str, ...]
    rest: float = _WRONG  # points of letters that are not listed


_WEST = ("cp1252",)
_CENTRAL = ("cp1250", "iso8859-2")
# Earlier ones win a draw.
_LANGUAGES = (
    _Language("äüöß", _WEST),
    _Language("éèàçùêâîôûëïœü", _WEST),
    _Language("óíáéñúü¿¡", _WEST),
    _Language("ãçáéíóêõúâàô", _WEST),
    _Language("èàòùéì", _WEST),
    _Language("åäöé", _WEST),
    _Language("øåæé", _WEST),
    _Language("ëéïöüèê", _WEST),
    _Language("łęążśćóńź", _CENTRAL),
    _Language("íáéěýčřžšůúťďňó", _CENTRAL),
    _Language("áéöíőóüúű", _CENTRAL),
    _Language("ăîâţşțș", (*_CENTRAL, "iso8859-16")),
    _Language("žščćđ", _CENTRAL),
    _Language("ıüşöğçİ", ("cp1254",)),
    _Language("оеаинтсрвлкмдпуяыьгзбчйжшхюцщэфъё", ("cp1251", "koi8-r", "iso8859-5", "cp866")),
    _Language("оанивіетрслкмдпуяьзгйбчхїжшцюєщфґ", ("cp1251", "koi8-u", "iso8859-5")),
    _Language("αοιετσνηυρπκμλςίόάγέδήωχθύφβώξζψϊ", ("cp1253", "iso8859-7")),
    _Language("יוהלאתרמבשנדםקעחפכטגצזסןךףץ", ("cp1255",)),
    _Language("اليمنرتبةعدسفهكقحجشأىطصخذضغزثإءئآظؤ", ("cp1256", "iso8859-6")),
    _Language("ารนกเงมอยลวดทสตปบคหแจพชขใไ่้ีิัืุ์ู็ะโำซถผฟศณธภ", ("cp874",)),
    _Language(
        "いのにたるとしはてなをがでれかさまりもすっらこあうおきくけせそちつどみよわんやめだねえげごじばび日本人見積願屋根修理電話会社",
        ("cp932", "euc_jp"),
        _RARE,
    ),
    _Language(
        "的我是不了一在有您好们你请问想这个要可以能电话价格多少公司需谢维修房屋顶产品报国人年大来到时和上也为中",
        ("gb18030",),
        _RARE,
    ),
    _Language(
        "的我是不了一在有您好們你請問想這個要可以能電話價格多少公司需謝維修房屋頂產品報國人年大來到時和上也為中",
        ("big5hkscs",),
        _RARE,
    ),
    _Language(
        "이다는에을가를의고하지은한도로서니요세시사기어자리인나아해주있으안녕습합싶수전견적받", ("cp949",), _RARE
    ),
)
_DRAW = 0.02
_FEW = 4  # different bytes; fewer are no words
_LATIN = frozenset({"cp1250", "cp1252", "cp1254", "iso8859-2", "iso8859-16"})
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]{3,}")  # outside the Latin alphabet whole words are beyond ASCII


def guess_charset(data: bytes) -> str | None:
    """Python's name of the likeliest character set; None when no language's letters fit well."""
    sample = data[:_SAMPLE]
    best, points = None, _GOOD
    words = beyond_latin(sample)
    pairs = [(language, codec) for language in _LANGUAGES for codec in language.codecs if words or codec in _LATIN]
    read = {codec: _read(sample, codec) for codec in {codec for _, codec in pairs}}
    for language, codec in pairs:
        found = _points(read[codec], language)
        if found > points + _DRAW:
            best, points = codec, found
    return best


def beyond_latin(data: bytes) -> bool:
    """Whether whole words are beyond ASCII, as in no language of Latin letters."""
    high, runs = len(_HIGH.findall(data[:_SAMPLE])), sum(map(len, _HIGH_RUN.findall(data[:_SAMPLE])))
    return runs > 0.4 * high and len(set(data[:_SAMPLE])) >= _FEW


def _read(sample: bytes, codec: str) -> str:
    """The text in that set, empty when it cannot be; a character cut off at the sample's end is no reason."""
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(sample)
    except UnicodeError:
        return ""


def _points(text: str, language: _Language) -> float:
    """How common the letters of a text are in a language, on average."""
    ranks = _ranks(language.letters)
    letters = {letter: count for letter, count in Counter(text).items() if letter > "\x7f"}
    total = sum(letters.values())
    marks = sum(count for letter, count in letters.items() if letter in _MARKS)
    if total == marks:
        return _WRONG
    points = sum(
        count
        * ranks.get(letter.lower(), language.rest if letter.isalpha() else 2 * _WRONG)
        * (_CAPITAL if letter.isupper() else 1)
        for letter, count in letters.items()
        if letter not in _MARKS
    )
    return (points - 2 * len(_CAPITAL_INSIDE.findall(text))) / (total - marks)


@lru_cache(maxsize=len(_LANGUAGES))
def _ranks(letters: str) -> dict[str, float]:
    """The points of each letter: the first third, the second, the others."""
    third = -(-len(letters) // 3)
    return {letter: (_TOP, _USUAL, _RARE * 2)[place // third] for place, letter in enumerate(letters)}
