"""The request in the customer's own words: for a card's headline, for showing, and for comparing."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from enrichment.models import Model, ParsedMessage
from enrichment.stages.tables import load_table

ASK_LENGTH = 120
REQUEST_LENGTH = 1000  # about what the embedding model reads (256 tokens)
_READ_LENGTH = 20_000
_SUBJECT_LENGTH = 300
_REMEMBERED = 128
_LONG_LINE = 120  # a line of a signature is shorter
_SIGNATURE_LINES = 10

_TAG = re.compile(r"\[[^\[\]]{0,60}\]")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


class _Wording(Model):
    """The table wording.toml: what frames a request without being part of it."""

    reply_prefixes: frozenset[str]
    form_subjects: tuple[str, ...]
    empty_subject_words: frozenset[str]
    greetings: tuple[str, ...]
    closings: tuple[str, ...]


@cache
def _wording() -> _Wording:
    return load_table(_Wording, "wording.toml")


def words_of(parsed: ParsedMessage) -> str:
    """What the customer wrote: a form's message field where there is one, else the text."""
    return parsed.fields.get("message", "").strip() or parsed.text.strip()


def told_of(parsed: ParsedMessage) -> str:
    """The point of a message that becomes no lead of its own: a bounce's whom and why, else what was written."""
    if parsed.bounce is None:
        return words_of(parsed)
    whom = parsed.bounce.recipient or "an address that is not named"
    why = " ".join(filter(None, (parsed.bounce.status, parsed.bounce.reason)))
    return f"Could not be delivered to {whom}" + (f": {why}" if why else "")


def ask_of(parsed: ParsedMessage) -> str:
    """The request in one line of at most 120 characters, for a card's headline."""
    for subject in (parsed.fields.get("subject", ""), parsed.subject):
        if cleaned := clean_subject(subject):
            return _shorten(cleaned)
    if sentence := _first_sentence(words_of(parsed)):
        return _shorten(sentence)
    if parsed.attachments:
        return _shorten(f"Sent a file: {_one_line(parsed.attachments[0].filename)}")
    return "(no text)"


def clean_subject(subject: str) -> str:
    """The subject without reply prefixes, [tags] and a form plugin's boilerplate; empty when nothing is said."""
    cleaned = _one_line(_TAG.sub(" ", subject[:_SUBJECT_LENGTH]))
    while (head := cleaned.partition(":"))[1] and head[0].strip().lower() in _wording().reply_prefixes:
        cleaned = head[2].strip()
    if cleaned.lower().lstrip("(*- ").startswith(_wording().form_subjects):
        return ""
    words = {word.lower() for word in _WORD.findall(cleaned)}
    return cleaned if words - _wording().empty_subject_words else ""


def request_text(subject: str, words: str) -> str:
    """The text that is embedded: the request without greeting, closing and signature, at most 1000 characters.

    Without them, two mails of one person are alike only when they ask for the like.
    """
    return _request_text(subject[:_SUBJECT_LENGTH], words[:_READ_LENGTH])


# A lead is compared with dozens, and its neighbours come up again with the next one.
@lru_cache(maxsize=_REMEMBERED)
def _request_text(subject: str, words: str) -> str:
    body = " ".join(_core_lines(words))
    topic = clean_subject(subject)
    if topic.rstrip("….") and topic.rstrip("….").lower() not in body.lower():
        body = f"{topic}. {body}"
    return body[:REQUEST_LENGTH].strip()


def _core_lines(words: str) -> list[str]:
    """The lines between the greeting and the closing, without empty ones."""
    lines = [line.strip() for line in words[:_READ_LENGTH].splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > 1 and _is_greeting(lines[0]):
        lines = lines[1:]
    for number in range(1, len(lines)):
        if _is_closing(lines[number]) and _may_be_signature(lines[number:]):
            return lines[:number]
        if lines[number] == "--":
            return lines[:number]
    return lines


def _is_greeting(line: str) -> bool:
    return len(line) <= 60 and "?" not in line and _begins_with(line, _wording().greetings)


def _is_closing(line: str) -> bool:
    return len(line) <= 60 and "?" not in line and _begins_with(line, _wording().closings)


def _may_be_signature(lines: list[str]) -> bool:
    """Few, short lines that ask nothing: a postscript must not be lost."""
    return len(lines) <= _SIGNATURE_LINES and all(len(line) <= _LONG_LINE and "?" not in line for line in lines[1:])


def _begins_with(line: str, phrases: tuple[str, ...]) -> bool:
    lowered = line.lower().replace("\u2019", "'")
    return any(lowered.startswith(phrase) and not lowered[len(phrase) :][:1].isalpha() for phrase in phrases)


def _first_sentence(words: str) -> str:
    """The first sentence that says something; a greeting or a closing does not."""
    for sentence in _SENTENCE_END.split(" \n".join(_core_lines(words))[:2000]):
        line = _without_greeting(_one_line(sentence))
        if {word.lower() for word in _WORD.findall(line)} - _wording().empty_subject_words and not _is_greeting(line):
            return line
    return _one_line(words[:_SUBJECT_LENGTH])


def _without_greeting(line: str) -> str:
    """`Hi John, my car …` as `my car …`, when what is left is the longer part."""
    head, comma, tail = line.partition(",")
    return tail.strip() if comma and len(head) < len(tail) and _is_greeting(head) else line


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shorten(line: str) -> str:
    if len(line) <= ASK_LENGTH:
        return line
    cut = line[: ASK_LENGTH - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[60:] else cut) + "…"
