"""What the prefix of a subject says of a message: passed on (`WG:`), answered (`AW:`), or nothing."""
# ruff: noqa: RUF001 - the table holds words of many alphabets

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType

from channels.mail.forward_labels import plain

_FORWARDED = """
    fw fwd wg tr rv i vs vb vl pd enc redir ilt fs tov továbbítás továbbít videresend videresendt
    vidarebefordrat doorst doorsturen doorgestuurd weitergeleitet inoltro inoltrato reenv reenvío reenviado
    encaminhada encaminhado transféré transf přeposláno přeposláni předat preposlané przekazane podaj přep
    пересл переслано пересылка перес препр препратено прослеђено proslijeđeno prosl prosleđeno posr
    posredovano edasi edasta persiųsta pers pārsūtīts pārs πρθ προώθηση הועבר إعادةتوجيه محول 转发 轉寄 轉發
    転送 전달 trs diteruskan chuyểntiếp tc ส่งต่อ ynl iletildi ilet vidarebef välitetty välit fwd-msg áfr bfwd
"""
_ANSWERED = """
    re aw sv antw antwort r res resp rif rép rep odp yan yanıt ynt vá vál válasz atb ats отв ответ на відп
    відповідь απ σχετ השב תגובה رد 回复 回覆 答复 答覆 返信 회신 bls balas trả-lời tl ตอบ ta отг odg hae svar
    vastaus vast odpověď odpowiedź răspuns respuesta risposta resposta réponse reply automaticreply
    outofoffice automatischeantwort abwesenheitsnotiz réponseautomatique respuestaautomática autoreply
    rispostaautomatica respostaautomática automatischantwoord autosvar automatisktsvar afwezig
    automaattinenvastaus automatickáodpověď automatickáodpoveď odpowiedźautomatyczna автоответ
    автоматическийответ automatikusválasz otomatikyanıt răspunsautomat 自动答复 自动回复 自動返信
    automatiskesvar fuoriufficio
"""


class SubjectKind(StrEnum):
    """What a subject says of its message."""

    FORWARD = "forward"
    REPLY = "reply"
    OTHER = "other"


def _keys(words: str) -> frozenset[str]:
    return frozenset(plain(word).replace(" ", "") for word in words.split())


_KINDS = MappingProxyType(
    dict.fromkeys(_keys(_ANSWERED), SubjectKind.REPLY) | dict.fromkeys(_keys(_FORWARDED), SubjectKind.FORWARD)
)
_TAG = re.compile(r"^\s*\[(?P<tag>[^\[\]]{0,60})\]\s*")
_PREFIX = re.compile(r"^\s*(?P<word>[^\W\d_][^:\uff1a\[(]{0,30}?)\.?\s?(?:[\[(]\d{1,3}[\])])?\s?[:\uff1a]\s*")
_MAX_TAGS = 5


def _first(subject: str) -> tuple[SubjectKind, int]:
    """The kind of the first known prefix and where the rest begins; tags such as [EXTERNAL] are passed over."""
    rest = subject[:1_000]
    for _ in range(_MAX_TAGS):
        tag = _TAG.match(rest)
        if tag is None:
            break
        if _kind_of(tag["tag"].partition(":")[0]) is SubjectKind.FORWARD:  # [Fwd: Roof]
            return SubjectKind.FORWARD, len(subject)
        rest = rest[tag.end() :]
    prefix = _PREFIX.match(rest)
    kind = _kind_of(prefix["word"]) if prefix else SubjectKind.OTHER
    end = prefix.end() if prefix and kind is not SubjectKind.OTHER else 0
    return kind, len(subject[:1_000]) - len(rest) + end


def _kind_of(word: str) -> SubjectKind:
    return _KINDS.get(plain(word).replace(" ", ""), SubjectKind.OTHER)


def subject_kind(subject: str, *, finnish: bool = False) -> SubjectKind:
    """Whether a subject is a forward's or a reply's, by its first prefix: `Re: Fwd: roof` is a reply.

    finnish: the quoted header is Finnish, where `VS:` means an answer (in Danish and Norwegian it means passed on).
    """
    kind, _ = _first(subject)
    if finnish and subject.strip().casefold().startswith("vs:"):
        return SubjectKind.REPLY
    return kind


def without_prefix(subject: str) -> str:
    """The subject without its first prefix: `FW: Re: roof` gives `Re: roof`, `[Fwd: roof]` gives `roof`."""
    kind, end = _first(subject)
    if kind is SubjectKind.FORWARD and end == len(subject) and subject.rstrip().endswith("]"):
        return subject.partition(":")[2].strip(" ]")
    return subject[end:].strip() if kind is not SubjectKind.OTHER else subject.strip()
