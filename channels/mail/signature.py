"""Separates a signature, a mail program's advert or a legal footer from the words above it; nothing is lost.

A formal closing ("Kind regards,") begins a signature. Thanks stay with the words, since they say something, unless
contact details follow them.
"""

from __future__ import annotations

import re

from channels.mail.signature_words import ADVERT, CONTACT, FIRST_PERSON, FORMAL, LEGAL, THANKS

_MAX_BLOCK = 30  # lines; signatures are shorter, and a longer "signature" would hide words
_MAX_LINE = 300
_DELIMITER = re.compile(r"[ \t]{0,3}-- ?[ \t]*$")
_LOOSE_DELIMITER = re.compile(r"[ \t]{0,3}(?:-{3,4}|_{2,4}|[—–])[ \t]*$")  # noqa: RUF001 - dashes as people type them
_PUNCTUATION = " \t*_|,.!;:-–—。、，！"  # noqa: RUF001 - punctuation of several scripts
_LINK = re.compile(r"(?<=.)[<(\[] ?http[^<>()\[\]\s]{0,300} ?(?:[>)\]]|$)")
_ADVERT_END = " .!。"
_STOPS = (".", "!", "…", "。")
_RULE = re.compile(r"[ \t]{0,3}(?:_{5,}|-{5,}|={5,}|\*{5,})[ \t]*$")
_FRAME = re.compile(r"[ \t\u3000]{0,3}[-_=*~+・─-╿－＝＊※◆◇■□★☆―—]{6,200}[ \t]{0,3}$")  # noqa: RUF001 - wide and drawn rules
_DASHED_NAME = re.compile(r"[-–—~]{1,2}[ ]?[^\W\d_][\w.'’]{0,30}(?: [^\W\d_][\w.'’]{0,30}){0,2}$")  # noqa: RUF001
_ITEM = re.compile(r"[-*•+][ \t]|\d{1,2}[.)][ \t]")
_POSTSCRIPT = re.compile(r"(?:P\.? ?P?\.? ?S|N\.?B|З\.?Ы)\b[.:]{0,2}", re.IGNORECASE)  # noqa: RUF001 - Russian's, too
_TITLE = re.compile(r"[|•·,&/]|\d{4,5}|\b(?:GmbH|Ltd|LLC|Inc|S\.?A\.?|BV|AG|AB|A/S|Sp\. z o\.o|Oy|Kft|s\.r\.o)\b")
_FOOTER = re.compile(
    r"mailing list|subscri|sponsored by|be removed|opt[- ]out|abmelde|désabonn|desinscri|darse de baja|uitschrijv"
    r"|do you yahoo",
    re.IGNORECASE,
)


def split_signature(text: str, *, below: bool = False) -> tuple[str, str]:
    """The words and the signature under them; the signature is empty unless it is sure and words are left.

    below: whether the text stands below other words, so that it may be nothing but a signature.
    """
    lines = text.split("\n")
    cut = len(lines)
    for find in (_delimited, _framed, _footer, _advert, _closed_block, _dashed_name):
        found = find(lines, cut)
        if found is not None and (below or _has_words(lines[:found])):
            cut = found
    if cut == len(lines):
        return text.strip("\n") if below else text, ""
    return "\n".join(lines[:cut]).rstrip(), "\n".join(lines[cut:]).strip("\n").rstrip()


def _has_words(lines: list[str]) -> bool:
    """Whether more than a greeting is left; the words must never be nothing but "Hello,"."""
    filled = [line.strip() for line in lines if line.strip()]
    if not filled or (len(filled) == 1 and filled[0].endswith((",", "，")) and len(filled[0]) <= 40):  # noqa: RUF001 - the wide comma
        return False
    return any(character.isalnum() or ord(character) > 0x2000 for line in filled for character in line)


def _filled(lines: list[str], start: int, end: int) -> int:
    return sum(bool(line.strip()) for line in lines[start:end])


def _delimited(lines: list[str], end: int) -> int | None:
    """`-- ` on a line of its own, as mail programs of old write it; the first of several, a list adds its own."""
    for number in range(max(0, end - 3 * _MAX_BLOCK), end):
        if _DELIMITER.match(lines[number]) and _filled(lines, number, end) <= _MAX_BLOCK:
            return number
        if _LOOSE_DELIMITER.match(lines[number]) and not _divides(lines, number, end):
            block = [line for line in map(str.strip, lines[number + 1 : end]) if line]
            if block and _is_block(block, formal=True) and _names_somebody(block):
                return number
    return None


def _divides(lines: list[str], number: int, end: int) -> bool:
    """Whether the same rule stands above it too, or again with words below: it parts a text in sections."""
    rule = lines[number].strip()
    if any(line.strip() == rule for line in lines[max(0, number - _MAX_BLOCK) : number]):
        return True
    again = next((place for place in range(number + 1, end) if lines[place].strip() == rule), end)
    return _filled(lines, again + 1, end) > 0


def _framed(lines: list[str], end: int) -> int | None:
    """Contact details between two long rules at the end, as is the custom in Japan."""
    filled = [number for number in range(max(0, end - _MAX_BLOCK), end) if lines[number].strip()]
    rules = [number for number in filled[-17:] if _FRAME.match(lines[number][:_MAX_LINE])]
    if len(rules) < 2 or rules[-1] != filled[-1]:
        return None
    block = [line for line in map(str.strip, lines[rules[-2] + 1 : rules[-1]]) if line]
    return rules[-2] if any(map(CONTACT.search, block)) and _is_block(block, formal=True) else None


def _names_somebody(block: list[str]) -> bool:
    """Whether short lines under a rule may be a signature: a rule also parts two jobs, or one room from the next."""
    if any(CONTACT.search(line) for line in block):
        return True
    return not any(
        line[0].isdigit() or ":" in line or (line.endswith(_STOPS) and len(line.split()) > 2) for line in block
    )


def _footer(lines: list[str], end: int) -> int | None:
    """A legal footer, or a mailing list's below a rule; the first of them in the last lines."""
    for number in range(max(0, end - 2 * _MAX_BLOCK), end):
        line = lines[number][:_MAX_LINE]
        above = lines[number - 1].strip() if number else ""
        if _is_legal(line) and (not above or _RULE.match(above) or LEGAL.match(above)):
            return number - 1 if above and _RULE.match(above) else number
        if _RULE.match(line) and _is_list_footer(lines[number + 1 : end]):
            return number
    return None


def _is_legal(line: str) -> bool:
    return LEGAL.match(line) is not None and not FIRST_PERSON.search(line)


def _is_list_footer(below: list[str]) -> bool:
    filled = [line[:_MAX_LINE] for line in below if line.strip()]
    return 0 < len(filled) <= 8 and any(_FOOTER.search(line) for line in filled)


def _advert(lines: list[str], end: int) -> int | None:
    """The last filled lines when they are adverts such as "Sent from my iPhone"."""
    found = None
    for number in range(end - 1, max(-1, end - 12), -1):
        line = lines[number].strip(" \t*_|-–—\u200e<>()[]")  # noqa: RUF001 - dashes as programs set them
        if line and not (len(line) <= 90 and ADVERT.match(_without_link(line).rstrip(_ADVERT_END))):
            break
        found = number if line else found
    return found


def _without_link(line: str) -> str:
    """`Get Outlook for iOS<https://aka.ms/x>` without its link."""
    return " ".join(_LINK.sub(" ", line).split()) if "http" in line else line


def _closed_block(lines: list[str], end: int) -> int | None:
    """From the closing on, when short lines follow it and no more words."""
    for number in range(end - 1, max(-1, end - _MAX_BLOCK), -1):
        bare = lines[number].strip(_PUNCTUATION).lower() if len(lines[number]) <= 60 else ""
        if bare in FORMAL or bare in THANKS:
            block = [line for line in map(str.strip, lines[number + 1 : end]) if line]
            return number if _is_block(block, formal=bare in FORMAL) else None
    return None


def _is_block(block: list[str], *, formal: bool) -> bool:
    """Short lines, no sentence that somebody may have meant, and after mere thanks a contact detail."""
    if len(block) > 15 or any(len(line) > 120 or _is_sentence(line) for line in block):
        return False
    return any(CONTACT.search(line) for line in block) if len(block) > 5 or not formal else True


def _is_sentence(line: str) -> bool:
    """A question, a postscript, an item of a list, or five words and more without any contact detail."""
    if line.endswith(("?", "？")) or _POSTSCRIPT.match(line) or _ITEM.match(line):  # noqa: RUF001 - the wide question mark
        return True
    return len(line.split()) >= 5 and not CONTACT.search(line) and not _TITLE.search(line)


def _dashed_name(lines: list[str], end: int) -> int | None:
    """`-Ann Lee` as the last line, after an empty one and not in a list."""
    filled = [number for number in range(max(0, end - 10), end) if lines[number].strip()]
    if not filled or filled[-1] == 0 or not _DASHED_NAME.match(lines[filled[-1]].strip()):
        return None
    bare = lines[filled[-1]].strip()
    in_list = len(filled) > 1 and lines[filled[-2]].strip()[:1] in set("-–—*•~")  # noqa: RUF001 - bullets
    spaced = bare[1:2] == " " and bare[0] == "-"
    return None if in_list or spaced or lines[filled[-1] - 1].strip() else filled[-1]
