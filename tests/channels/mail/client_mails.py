"""Mails as the clients and forms of the world write them, from the tables in `client_tables/`.

In the tables a mail starts with `@@@ name`; `Type` in its head is `html`, `attached` (a `%%` line, then the attached
message) or the parameters of `format=`. Under it every `@ key value` states what a careful reader would find; a value
goes on to the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TABLES = Path(__file__).parent / "client_tables"
_FACT = re.compile(r"@ [a-z]")
_ANSWER = re.compile(r"(?:re|aw|sv|vs|ynt|r|res|odp|antwort|回复)\s?[:：]", re.IGNORECASE)
_OURS = ("shop.example", "jotform")
_ATTACHED = """Content-Type: multipart/mixed; boundary=zz

--zz
Content-Type: text/plain; charset=utf-8

{}
--zz
Content-Type: message/rfc822

{}
--zz--
"""


class ClientMail(NamedTuple):
    """A mail and what is to be found in it: pairs of a key and a value."""

    name: str
    content: bytes
    facts: tuple[tuple[str, str], ...]


def table(name: str) -> Iterator[ClientMail]:
    """The mails of one table."""
    for entry in (_TABLES / f"{name}.txt").read_text(encoding="utf-8").split("@@@ ")[1:]:
        title, _, rest = entry.partition("\n")
        lines = rest.split("\n")
        end = next(number for number, line in enumerate(lines) if _FACT.match(line))
        facts = "\n".join(lines[end:]).removeprefix("@ ").split("\n@ ")
        pairs = (re.split(r"[ \n]", fact.strip(), maxsplit=1) for fact in facts)
        found = tuple((pair[0], pair[1] if len(pair) > 1 else "") for pair in pairs)
        yield ClientMail(title, _built("\n".join(lines[:end])), found)


def attributions() -> Iterator[ClientMail]:
    """Answers above and below what they quote, under the attribution lines of many programs and languages."""
    for language, program, attribution, own, asked in _rows("attributions"):
        line, quoted = attribution.replace("~", "\n"), f"> {asked}\n> \n> Shop\n"
        facts = (("text", own), ("quoted", asked))
        for place, body in (("top", f"{own}\n\n{line}\n\n{quoted}"), ("bottom", f"{line}\n{quoted}\n{own}\n")):
            yield ClientMail(f"{language}-{program}-{place}", _built(f"Subject: Re: Shop\n\n{body}"), facts)


def apple_forwards() -> Iterator[ClientMail]:
    """Forwards of Apple's programs, with and without marks of quotation."""
    for language, title, sender, subject, date, to, own in _rows("apple_forwards"):
        head = f"{sender}: Ana Silva <ana@cliente.example>\n{subject}: Shop\n{date}: 3 March 2026 09:14:22 CET\n"
        passed = f"{title}\n\n{head}{to}: tom@shop.example\n\n{own}\n"
        facts = (
            ("text", own),
            ("note", "Mia?"),
            ("via", "forward"),
            ("email", "ana@cliente.example"),
            ("name", "Ana Silva"),
        )
        marked = "".join(f"> {line}\n" for line in passed.split("\n"))
        for kind, body in (("plain", passed), ("quoted", marked)):
            mail = f"From: Tom Staff <tom@shop.example>\nSubject: Fwd: Shop\n\nMia?\n\n{body}"
            yield ClientMail(f"{language}-{kind}", _built(mail), facts)


def _rows(name: str) -> list[list[str]]:
    return [line.split("|") for line in (_TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()]


def _built(mail: str) -> bytes:
    head, _, body = mail.partition("\n\n")
    headers = {"From": "Eva Kunde <eva.kunde@firma.example>", "To": "sales@shop.example"}
    headers |= dict(line.split(": ", 1) for line in head.split("\n") if ": " in line)
    headers |= {"Date": "Tue, 3 Mar 2026 10:00:00 +0000", "Message-ID": "<1@firma.example>", "MIME-Version": "1.0"}
    kind = headers.pop("Type", "")
    if _ANSWER.match(headers["Subject"]) and not any(name in headers["From"] for name in _OURS):
        headers |= {"In-Reply-To": "<0@shop.example>", "References": "<0@shop.example>"}
    written = "\n".join(f"{name}: {value}" for name, value in headers.items())
    if kind == "attached":
        outer = _ATTACHED.format(*body.split("%%\n", 1))
        return f"{written}\n{outer}".encode()
    content_type = "text/html; charset=utf-8" if kind == "html" else "text/plain; charset=utf-8"
    content_type += f"; format={kind}" if kind.startswith("flowed") else ""
    return f"{written}\nContent-Type: {content_type}\nContent-Transfer-Encoding: 8bit\n\n{body}".encode()
