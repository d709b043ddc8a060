"""Whether a refusal is for good, judged by the remote server's words first and by its codes where they are silent."""

from __future__ import annotations

import re

from channels.mail.bounce_causes import HARD, SOFT
from channels.mail.bounce_terms import squeezed

_WORDS = 4_000  # a server's answer is a few lines; more is prose about it
_SAYS_NOTHING = ".0.0"
_LINK = re.compile(r"https?://([^\s/]{1,255})\S{0,500}")  # its path may hold any word, its host names a blocklist
_ENHANCED = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\d.]|\.\d)")
_AFTER_REPLY = re.compile(r"\b[245]\d\d[- ][#(\[']?([245]\.[0-7]\.\d{1,3})(?![\d.])")
# The address itself is wrong, or its whole host is.
_HARD_STATUS = re.compile(r"[45]\.(?:1\.[01236]|1\.10|4\.4|4\.310)$")
# Refused at another step than RCPT TO, so for another reason than the address.
_ELSEWHERE = re.compile(
    r"(?:after|in reply to|like our|response to|for) (?:the )?(?:end of |final )?"
    r"(?:data|text command|message body|mail from)\b"
    r"|after I sent the message|>>> (?:data|mail from\S{0,320})\s{1,10}<<<",
    re.IGNORECASE,
)
# A server that is sent DATA although no recipient was accepted says so; the refusal before was of the address.
_NO_RECIPIENT = re.compile(r"need rcpt|no valid recipients|need recipient", re.IGNORECASE)


def best_status(stated: str | None, words: str) -> str | None:
    """The enhanced status code (RFC 3463): the remote server's own, right after its reply code, before all others.

    stated: the report's field, often the sending server's guess; words: the server's, which may hold codes anywhere.
    """
    words = words[:_WORDS]
    said, elsewhere = _AFTER_REPLY.findall(words), _ENHANCED.findall(words)
    codes = [*said, *filter(None, [stated]), *elsewhere]
    return next((code for code in codes if not code.endswith(_SAYS_NOTHING)), codes[0] if codes else None)


def is_hard(answer: str, prose: str, status: str | None, *, delayed: bool) -> bool:
    """Whether trying again is of no use: nobody has that address.

    answer: the server's words; prose: the whole report, heard only where the answer is silent; delayed: the sending
    server itself goes on trying.
    """
    if delayed:
        return False
    for words in (answer, prose):
        verdict = _said(words[:_WORDS])
        if verdict is not None:
            return verdict and not _refused_elsewhere(prose[:_WORDS])
    return bool(status and _HARD_STATUS.match(status))


def _refused_elsewhere(prose: str) -> bool:
    return bool(_ELSEWHERE.search(prose)) and not _NO_RECIPIENT.search(prose)


def _said(words: str) -> bool | None:
    """What the words say: True nobody is there, False something that may pass, None nothing."""
    plain = squeezed(_LINK.sub(r" \1 ", words))
    if SOFT.search(plain):
        return False
    return True if HARD.search(plain) else None
