# ruff: noqa: RUF001 - the letters of other scripts are the point
"""The words by which mail programs of the world say that somebody wrote what is quoted below."""

from __future__ import annotations

import re

# Verbs as whole words, lower case; the languages in the order of the groups beside them.
_SPACED = (
    "wrote|writes|sent|said|"  # en
    "schrieb|schrieben|schreibt|geschrieben|"  # de
    "a écrit|a ecrit|écrit|écrivait|a envoyé|"  # fr
    "escribió|escribio|ha escrito|escribe|"  # es
    "ha scritto|scrive|scriveva|scrisse|"  # it
    "escreveu|escreveram|a escrit|va escriure|escrigué|"  # pt ca
    "schreef|geschreven|het volgende geschreven|schreef het volgende|skryf|het geskryf|"  # nl af
    "skrev|skrev följande|skreiv|skrifaði|"  # da no sv is
    "kirjoitti|kirjutas|rakstīja|rašė|parašė|"  # fi et lv lt
    "napisał|napisała|napisał\\(a\\)|napisali|pisze|"  # pl
    "napsal|napsala|napsal\\(a\\)|napísal|napísala|napísal\\(a\\)|píše|"  # cs sk
    "napisao|napisala|napisao/la|je napisao|napisal|napisal\\(a\\)|pisao|"  # hr sr sl
    "írta|ezt írta|a következőt írta|a scris|a scris următoarele|shkroi|"  # hu ro sq
    "написал|написала|написал\\(а\\)|написали|пишет|писал|писал\\(а\\)|пишете|"  # ru
    "написав|написала|написав\\(-ла\\)|пише|писав|напісаў|піша|"  # uk be
    "написа|пишува|написао|је написао|"  # bg mk sr
    "yazdı|şunu yazdı|yazmış|şunları yazdı|yazıb|"  # tr az
    "έγραψε|έγραψαν|כתב|כתבה|כתב/ה|כתב\\(ה\\)|"  # el he
    "كتب|كتبت|نوشت|نوشته|نوشته است|"  # ar fa
    "đã viết|viết|menulis|tulis|sumulat|isinulat ni|isulat|"  # vi id ms tl
    "เขียน|เขียนว่า|ने लिखा|లిఖించారు|எழுதியது|लिखा"  # th hi te ta
)
_UNSPACED = r"写道|寫道|写到|寫到|撰寫|写了|のメール|書きました|さんは書|のメッセージ|님의 말|작성|씀|wrote|เขียน"

VERB = re.compile(rf"(?<!\w)(?:{_SPACED})(?!\w)|{_UNSPACED}", re.IGNORECASE)

# A date as attributions hold it: a year, a numeric date, a time of day, or a day counted in characters.
DATE = re.compile(
    r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
    r"|(?<!\d)\d{1,2}[:.h時时시]\d{2}(?!\d)|\d{1,2}[日일]"
)
ADDRESS = re.compile(r"[^\s<>@\"']{1,100}@[^\s<>@\"']{1,100}")

# "On Tue, Apr 11", "Am 12.", "W dniu 28", "2014年10月": up to four words, then a digit.
START = re.compile(r"\W{0,4}(?:[^\W\d]{1,20}[.,:]{0,2}\s{1,3}){0,4}[^\w\s]?\d")
# The same behind words of the writer's own on the same line, where it is unmistakable.
INNER_START = re.compile(
    r"(?:-{2,}\s?|(?<=[\s.!?]))(?:On|Am|Le|El|Il|Op|Den|Em|Dne)\s"
    r"(?:[^\W\d]{2,9}[.,]{0,2}\s)?(?:[^\W\d]{2,9}\.?\s)?\d"
)
FORWARDED = re.compile(
    r"forward|réexpédi|weitergeleitet|transf[eé]r|transmis|reenviad|encaminhad|inoltrat|doorgestuurd|videresend|vidarebefordra"
    r"|välitetty|przekazan|przesłan|přeposlan|preposlan|továbbított|redirecționat|пересла|пересыла|перенаправл|пересилан"
    r"|yönlendir|iletilen|iletildi|転送|转发|轉寄|轉發|전달|proslijeđen|προωθημ"
    r"|הודעה שהועבר|معاد توجيه|chuyển tiếp|diteruskan",
    re.IGNORECASE,
)
