"""The name that somebody signs with or introduces themselves by, and the lines that belong to their signature."""

from __future__ import annotations

import re
from typing import NamedTuple

from enrichment.stages.names import belongs_to, clean_name, is_full, looks_personal, turned
from enrichment.stages.people_words import any_of, names_company, names_role, people_words

_TAIL_LINES = 14
_BLOCK_LINES = 9
_NAME_LINES = 4
_LINE = 120
_QUOTED_LINES = 15
_HEAD = 1500
_SIGNATURE_READ = 4000
_DASHES = re.compile(r"^\s{0,8}(?:[-\u2013\u2014~*_=/]{1,60})\s{0,8}")
_INTRODUCED = re.compile(r"[ \t]{1,3}(?P<name>[^\W\d_][\w.'\u2019-]{0,30}(?:[ \t][^\W\d_][\w.'\u2019-]{0,30}){0,3})")
_KANJI = "\u3040-\u30ff\u3400-\u9fff"  # and kana
_JAPANESE = re.compile(rf"(?:^|[\s、。の])(?P<name>[{_KANJI}]{{1,6}}[ \u3000]?[{_KANJI}]{{0,4}})と申します")
_CHINESE = re.compile(r"(?:我叫|我的名字是)(?P<name>[\u3400-\u9fff]{2,4})")
# What may follow a name on its line.
_HEAD_END = re.compile(r"\s{2,8}|\s?[|\u2022\u00b7/,(<\[]|\s[-\u2013\u2014]\s|\shttps?:|\t")
_DETAIL = re.compile(
    r"^(?=.{1,80}$)(?:[^@]{0,60}@[\w.-]{1,60}|\D{0,30}(?:\d\D{0,3}){6,18}\D{0,20}|.{0,20}www\..{1,60})$"
)
_PLAIN_NAME = re.compile(
    r"[ \t]{1,3}(?P<name>[^\W\d_]{2,20}(?: [^\W\d_]{2,20})?)(?=,|\.|!|\n|$|\s(?:and|from|y|und|et|e|i|en|och|og)\s)"
)
_AROUND = " ,.!;:-\u2013\u2014\u3001\u3002\uff01\uff0c\uff1a"
_BOTH = re.compile(r"\s*(?:,|&|\+|/)\s*|\s(?:and|und|et|y|e|en|och|og|ja|i|a|\u0438|\u0442\u0430|ve)\s")


class SignOff(NamedTuple):
    """name: as signed, may be empty; lines: the rest of the signature block below it."""

    name: str
    lines: tuple[str, ...]


_NOTHING = SignOff("", ())


def sign_off(text: str, signature: str, address: str) -> SignOff:
    """How the message ends: from its signature where it was split off, else from the last lines of the text.

    address: the writer's, which may vouch for a lone word being a name; may be empty.
    """
    split = _lines(signature[:_SIGNATURE_READ])
    tail = _lines(text[-_HEAD:])[-_TAIL_LINES:]
    below = (_after_farewell(split) or _named_block(split, tail)) if split else _NOTHING
    above = _after_farewell(tail) or _NOTHING
    # `Cheers, Ana` above a signature of `Ana Brown, Buyer`.
    named = below if below.name and (is_full(below.name) or not above.name) else above
    if named.name or split or not tail:
        return SignOff(named.name, (*above.lines, *below.lines))
    if unannounced := _last_block(text, address):
        return unannounced
    return above


def introduced(text: str) -> str:
    """The name after `my name is` and the like, in the first 1500 characters; empty when nobody is introduced."""
    head = text[:_HEAD]
    if found := _JAPANESE.search(head) or _CHINESE.search(head):
        return clean_name(found["name"])
    lowered = head.lower()
    if not any(phrase in lowered for phrase in people_words().introductions):
        return ""  # most messages; cheaper than the pattern
    for phrase in any_of(people_words().introductions).finditer(head):
        if (match := _INTRODUCED.match(head, phrase.end())) and (name := _capitalised(match["name"])):
            weak = phrase[0].lower() in people_words().weak_introductions
            if is_full(name) or not weak:
                return name
        # Some write all small: `my name is jane roe and …`.
        small = (
            _PLAIN_NAME.match(head, phrase.end()) if phrase[0].lower() in people_words().strong_introductions else None
        )
        if small and small["name"].islower() and small["name"].split()[0] not in people_words().never_names:
            return small["name"].title()
    return ""


def greeted(quoted: str) -> str:
    """Whom the newest quoted message greets, `> Hi Ana,`; empty when nobody is named. Reads its first 15 lines."""
    for line in quoted[:_HEAD].split("\n")[:_QUOTED_LINES]:
        bare = line.removeprefix(">").strip()
        words = bare[:60].rstrip(" ,.!:;\u2013-").split()
        # A greeting has its line to itself; behind a second `>` somebody else is greeted.
        if bare.startswith(">") or len(bare) > 60 or not bare.endswith((",", "!", ":", ".", "-", "\u2013")):
            continue
        for count in (2, 1):
            name = " ".join(words[count:])
            if " ".join(words[:count]).lower() in people_words().greetings and looks_personal(name):
                return name if words[count].lower().rstrip(".") not in people_words().name_titles else ""
    return ""


def _capitalised(words: str) -> str:
    """The leading words that look like a name: `Ana Pérez from Acme` as `Ana Pérez`."""
    taken: list[str] = []
    for word in words.split():
        if not looks_personal(" ".join([*taken, word.rstrip(".")])):
            break
        taken.append(word.rstrip("."))
        if word.endswith(".") and len(word) > 3:
            break
    return " ".join(taken)


def _lines(text: str) -> list[str]:
    """The lines that are not empty, without marks of lists and quotes around them; a quotation ends them."""
    stripped = (line.strip(" \t|*_\xa0\u200b\ue003") for line in text.split("\n") if not line.startswith(">"))
    return [line for line in stripped if line and line.strip("-_=~ ")]


def _after_farewell(block: list[str]) -> SignOff | None:
    """What stands on or under the last farewell, when it ends the block as a signature does."""
    for number in range(len(block) - 1, -1, -1):
        rest = _past_farewell(block[number])
        below = block[number + 1 :]
        if rest and looks_personal(rest):
            return SignOff(_name_of(rest), tuple(below))
        if rest == "":
            return _named_block(below, []) if below else SignOff("", ())
    return None


def _named_block(block: list[str], tail: list[str]) -> SignOff:
    """The name among the first four lines, and all other lines."""
    named = [(_name_in(line), number) for number, line in enumerate(block[:_NAME_LINES])]
    named = [(name, number) for name, number in named if name]
    # `Ana` may stand above `Ana Brown`.
    fuller = (pair for pair in named if is_full(pair[0]) and named[0][0].lower() in pair[0].lower().split())
    if named:
        name, place = next(fuller, named[0])
        others = (line for number, line in enumerate(block) if number != place or line != name)
        return SignOff(name, tuple(others))
    # `Thanks,` may have stayed in the text, and the name with it.
    above = _past_farewell(tail[-2]) if len(tail) > 1 else None
    if above == "" and looks_personal(tail[-1]):
        return SignOff(_name_of(tail[-1]), tuple(block))
    return SignOff("", tuple(block))


def _past_farewell(line: str) -> str | None:
    """What follows the farewell on its line, empty at its end; None when the line is none: `Thanks for the offer`."""
    if len(line) > _LINE:
        return None
    lowered = line.lower().replace("\u2019", "'")
    farewells = people_words().farewells
    for end in (len(lowered), *_comma_places(lowered)):
        if lowered[:end].strip(_AROUND) in farewells:
            rest = line[end:].strip(_AROUND)
            return "" if rest.lower() in farewells else rest
    if (both := _BOTH.split(lowered.strip(_AROUND), maxsplit=1)) and all(part in farewells for part in both):
        return ""
    return _past_words(line.split())


def _past_words(words: list[str]) -> str | None:
    """The name behind a farewell without a comma: `Kind regards Ana`."""
    for count in range(min(len(words) - 1, 5), 0, -1):
        head, rest = " ".join(words[:count]).lower(), " ".join(words[count:])
        if head in people_words().farewells and head not in people_words().weak_farewells and looks_personal(rest):
            return rest
    return None


def _comma_places(line: str) -> list[int]:
    return [
        place.end()
        for place in re.finditer(r"[,.!;:\u2013\u2014-](?=\s|$)|[\u3001\u3002\uff01\uff0c\uff1a]", line[:60])
    ]


def _name_in(line: str) -> str:
    """The name that a line is or begins with: `Ana Pérez | Buyer`, `Ana Pérez <ana@…>`, `-- Ana`."""
    bare = _DASHES.sub("", line)
    if looks_personal(bare.rstrip(".")):
        return _name_of(bare)
    head = _HEAD_END.split(bare[:_LINE], maxsplit=1)[0]
    return _name_of(head) if head != bare and is_full(head) and looks_personal(head) else ""


def _name_of(line: str) -> str:
    """The name without `Mr`, `Ing.` and the like before it; a doctor stays one."""
    words = turned(clean_name(line.rstrip("."))).split()
    while len(words) > 1 and _is_title(words[0]):
        words = words[1:]
    return "" if not words or words[0].lower() in people_words().never_names else " ".join(words)


def _is_title(word: str) -> bool:
    plain = word.lower().rstrip(".")
    return plain in people_words().name_titles and plain not in {"dr", "prof"}


def _last_block(text: str, address: str) -> SignOff | None:
    """A signature without a farewell: the last paragraph, when it is a name, or begins with one and holds details."""
    end = text[-_HEAD:].strip()
    paragraphs = re.split(r"\n\s{0,20}\n", end)
    lines = _lines(paragraphs[-1])
    first, rest = (lines[0], lines[1:]) if lines else ("", [])
    name = _name_in(first)
    if rest and len(rest) < _BLOCK_LINES and name and len(paragraphs) > 1:
        told = [bool(_DETAIL.search(line)) for line in rest]
        if all(told) or (is_full(name) and any(map(_is_of_signature, rest))):
            return SignOff(name, tuple(rest))
    if rest and address and (close := _close_block(lines, address)):
        return close
    last = lines[-1] if "\n" in end and lines else ""
    return SignOff(_name_of(_DASHES.sub("", last)), ()) if _is_lone_name(last, address, alone=not rest) else None


def _close_block(lines: list[str], address: str) -> SignOff | None:
    """A signature right under the words: the full name that the address bears, then details."""
    for number in range(max(1, len(lines) - _BLOCK_LINES), len(lines) - 1):
        name, below = _name_in(lines[number]), lines[number + 1 :]
        if name and is_full(name) and belongs_to(name, address) and any(map(_is_of_signature, below)):
            return SignOff(name, tuple(below))
    return None


def _is_of_signature(line: str) -> bool:
    return bool(_DETAIL.search(line)) or names_role(line) or names_company(line)


def _is_lone_name(line: str, address: str, *, alone: bool) -> bool:
    """Whether the last line is a name: after a dash, of the address, or one word alone in its paragraph."""
    name = _DASHES.sub("", line)
    if not looks_personal(name) or len(name.split()) > 3 or _past_farewell(name) is not None:
        return False
    return name != line or belongs_to(name, address) or (alone and len(name.split()) == 1 and name.isalpha())
