"""The header fields of a raw mail in their order, for the checks that must see each one; linear on hostile input."""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail.addresses import parse_addresses
from channels.mail.trust_domain import domain_of

MAX_HEAD = 131_072
_MAX_FIELDS = 1_000
_END = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(r"([\x21-\x39\x3b-\x7e]{1,200})[ \t]{0,20}:")


class Field(NamedTuple):
    """One header field: its name in lower case and its raw value, unfolded to one line."""

    name: str
    value: str


def head_of(content: bytes) -> bytes | None:
    """The bytes before the first empty line; None when that is not within the first 128 KB."""
    start = content[: MAX_HEAD + 4]
    end = _END.search(start)
    if end:
        return start[: end.start()]
    return content if len(content) <= MAX_HEAD else None


def fields_of(content: bytes) -> tuple[Field, ...]:
    """The first 1,000 fields of the first 128 KB; bytes beyond ASCII as surrogate escapes, broken lines left out."""
    head = head_of(content)
    text = (content[:MAX_HEAD] if head is None else head).decode("ascii", "surrogateescape")
    found: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"}:
            if found:
                found[-1][1].append(line.strip("\r"))
        elif name := _NAME.match(line):
            if len(found) == _MAX_FIELDS:
                break
            found.append((name[1].lower(), [line[name.end() :].strip("\r")]))
    return tuple(Field(name, "".join(lines).strip()) for name, lines in found)


def author_domain(fields: tuple[Field, ...]) -> str:
    """The domain of From; empty when there is not exactly one, so that nothing can be proven about it."""
    headers = [field.value for field in fields if field.name == "from"]
    if len(headers) != 1:
        return ""
    domains = {domain_of(mailbox.address) for mailbox in parse_addresses(headers[0])}
    return domains.pop() if len(domains) == 1 else ""
