"""What a mail server that we trust found out about the sender: its Authentication-Results (RFC 8601), read tolerantly.

Google follows the standard, Yahoo names another server each time, and Microsoft 365 names none at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from channels.mail.trust_domain import domain_of, is_aligned
from channels.mail.trust_headers import Field, author_domain, fields_of
from enrichment.models import Authentication

# Stands for a header without an authserv-id, as Microsoft 365 writes it; it removes such headers of others.
MICROSOFT = "microsoft365"
_MAX_LENGTH = 8_000
_MAX_RESULTS = 50
_TOKEN = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.){0,300})"|\\.|(?P<bracket>[()])|[^"\\()]+|.', re.DOTALL)
_RESULT = re.compile(r"\s{0,20}([a-z][a-z0-9-]{0,30})(?:/\d{1,3})?\s{0,20}=\s{0,20}([a-z]{1,20})\b", re.IGNORECASE)
_PROPERTY = re.compile(r"\b([a-z]{1,20}\.[a-z_-]{1,30})\s{0,20}=\s{0,20}(\S{1,320})", re.IGNORECASE)
_WORDS = frozenset({"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror"})
# Words of servers that have not read the standard, and Microsoft's for `no record, but it looks right`.
_OTHER_WORDS = {"hardfail": "fail", "error": "temperror", "invalid": "neutral", "bestguesspass": "none"}


class Result(NamedTuple):
    """One result: the method, the word as written, and the properties."""

    method: str
    word: str
    properties: dict[str, str]


def stated_in(content: bytes, trusted: frozenset[str]) -> Authentication:
    """What the trusted servers have written into a mail; see `stated`."""
    return stated(fields_of(content), trusted) if trusted else Authentication()


def stated(fields: Iterable[tuple[str, str]], trusted: frozenset[str]) -> Authentication:
    """The verdicts of the topmost Authentication-Results whose server we trust; nothing when there is none.

    fields: the header fields in their order, values unfolded. trusted: authserv-ids in lower case; one also stands for
    the names below it (`yahoo.com`), and `microsoft365` for a header that names no server.
    """
    every = tuple(Field(name.lower(), value) for name, value in fields)
    for field in every:
        if field.name == "authentication-results":
            _, results = read_results(field.value, trusted)
            if results is not None:
                return verdicts(results, author_domain(every))
    return Authentication()


def read_results(value: str, trusted: frozenset[str]) -> tuple[str, list[Result] | None]:
    """The server's name and the results of one header; no results when the server is not trusted."""
    server, results = _read(value)
    return server, results if _is_trusted(server, trusted) else None


def _is_trusted(server: str, trusted: frozenset[str]) -> bool:
    labels = (server or MICROSOFT).split(".")
    return any(".".join(labels[start:]) in trusted for start in range(len(labels)))


def _read(value: str) -> tuple[str, list[Result]]:
    """The server's name, empty when the header starts with a result, and the results."""
    parts = _without_comments(value[:_MAX_LENGTH]).split(";")[:_MAX_RESULTS]
    first = parts[0].split(maxsplit=1)
    server = first[0].lower() if first and "=" not in first[0] else ""
    return server, [result for part in parts if (result := _result(part))]


def _result(part: str) -> Result | None:
    found = _RESULT.match(part)
    if not found:
        return None
    properties = {name.lower(): text.lower() for name, text in _PROPERTY.findall(part, found.end())}
    return Result(found[1].lower(), found[2].lower(), properties)


def _without_comments(value: str) -> str:
    """The value with a space for each (nested) comment, and quoted strings bare."""
    depth, kept = 0, []
    for token in _TOKEN.finditer(value):
        if token["bracket"]:
            depth = max(0, depth + (1 if token["bracket"] == "(" else -1))
            kept.append(" ")
        elif not depth:
            kept.append(token[0] if token["quoted"] is None else token["quoted"].replace(";", " "))
    return "".join(kept)


def verdicts(results: list[Result], author: str) -> Authentication:
    """The results in the words of the standard. author: the domain of From, empty when there is not exactly one."""
    of = {method: [result for result in results if result.method == method] for method in ("spf", "dkim", "dmarc")}
    spf = next(iter(sorted(of["spf"], key=lambda result: "smtp.mailfrom" not in result.properties)), None)
    dkim = next(iter(sorted(of["dkim"], key=lambda result: result.word != "pass")), None)
    dmarc = next(iter(of["dmarc"]), None)
    return Authentication(
        spf=_word(spf),
        dkim=_word(dkim),
        dmarc=_word(dmarc),
        aligned=_aligned(results, dmarc.word if dmarc else "", author),
    )


def _word(result: Result | None) -> str | None:
    if result is None:
        return None
    word = _OTHER_WORDS.get(result.word, result.word)
    return word if word in _WORDS else None


def _aligned(results: list[Result], dmarc: str, author: str) -> bool | None:
    """Whether From is proven: as DMARC says, else as the domains of what passed say."""
    if dmarc in {"pass", "bestguesspass", "fail"}:
        return dmarc != "fail"
    looked = [result for result in results if result.method in {"spf", "dkim"}]
    if not looked or not author or any(_word(result) == "temperror" for result in looked):
        return None
    return any(result.word == "pass" and _signed_by(result, author) for result in looked)


def _signed_by(result: Result, author: str) -> bool:
    """Whether the domain that the result is about belongs to the author's organisation."""
    names = ("smtp.mailfrom",) if result.method == "spf" else ("header.d", "header.i")
    return any(is_aligned(domain_of(result.properties.get(name, "")), author) for name in names)
