"""How well real mail is understood: the public labelled cases, each read as a whole mail, with the failures named.

The cases lie beside the project and not in it; LEADBOT_CASES names another folder. Without them nothing is measured.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NamedTuple

from channels.mail.html_text import html_to_text
from channels.mail.mime import parse
from enrichment.models import ParsedMessage
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.screen import Automatic, Verdict, screen
from enrichment.stages.spam import judge_spam

CASES = Path(os.environ.get("LEADBOT_CASES", Path(__file__).parents[3] / "shared" / "data"))
_NAMED = 8

Row = dict[str, Any]


class Outcome(NamedTuple):
    """One thing that was looked at in one case."""

    what: str
    case: str
    right: bool


def measure() -> None:
    """Measure and print a table: how many right, of how many, and the first of the others."""
    if not CASES.is_dir():
        sys.stdout.write("the public cases are not here; LEADBOT_CASES names their folder\n")
        return
    outcomes = [*_replies(), *_forwards(), *_mime(), *_bounces(), *_spam()]
    sys.stdout.write(f"{'':<28}{'right':>7}{'of':>7}{'':>9}  not right\n")
    for what in dict.fromkeys(outcome.what for outcome in outcomes):
        sys.stdout.write(_line(what, [outcome for outcome in outcomes if outcome.what == what]))


def _line(what: str, outcomes: list[Outcome]) -> str:
    wrong = [outcome.case for outcome in outcomes if not outcome.right]
    right = len(outcomes) - len(wrong)
    most = len(wrong) if os.environ.get("LEADBOT_CASES_ALL") else _NAMED
    named = " ".join(wrong[:most])
    return f"{what:<28}{right:>7}{len(outcomes):>7}{right / len(outcomes):>9.1%}  {named}\n"


def _rows(name: str) -> Iterator[Row]:
    with (CASES / f"{name}.jsonl").open() as lines:
        for line in lines:
            yield json.loads(line)


def _mail(subject: str, body: str, *, html: bool = False, reply: bool = False) -> bytes:
    """The case as somebody would send it."""
    mail = EmailMessage()
    mail["From"] = "Sam Colleague <sam@own-business.example>"
    mail["To"] = "leads@own-business.example"
    mail["Subject"] = subject.strip()
    mail["Message-ID"] = "<case@own-business.example>"
    if reply:
        mail["In-Reply-To"] = "<before@own-business.example>"
    mail.set_content(body, subtype="html" if html else "plain")
    return mail.as_bytes()


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _replies() -> Iterator[Outcome]:
    """Whether the newest words are what they should be, compared as the case says."""
    for row in _rows("reply"):
        if row["kind"] == "eml":
            content = row["input"].encode()
        else:
            content = _mail("Re: a question", row["input"], html=row["kind"] == "html", reply=True)
        yield Outcome("reply: the newest words", row["id"], _is_reply_right(row, parse(content)))


def _is_reply_right(row: Row, found: ParsedMessage) -> bool:
    """Labellers differ in whether a signature belongs to the words; we keep it apart, so either is right."""
    signed = f"{found.text}\n\n{found.signature}" if found.signature else found.text
    return any(_is_right(row, text) for text in (found.text, signed))


def _is_right(row: Row, text: str) -> bool:
    expect = row["expect"]
    whole = expect.get("equals", expect.get("equals_reference_impl"))
    if whole is not None and not _same(row, text, whole):
        return False
    wanted, unwanted = _several(expect.get("contains")), _several(expect.get("not_contains"))
    held = _squeezed(text)
    return all(_squeezed(part) in held for part in wanted) and not any(_squeezed(part) in held for part in unwanted)


def _same(row: Row, text: str, wanted: str) -> bool:
    if row["kind"] == "html" and not row["norm"].startswith("html_to_text"):
        wanted = html_to_text(wanted).text
    if "no_whitespace" in row["norm"]:
        return _squeezed(text) == _squeezed(wanted)
    return _normal(text) == _normal(wanted)


def _normal(text: str) -> str:
    """The text without what no reader sees: blanks at the ends of lines, empty lines."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _several(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _forwards() -> Iterator[Outcome]:
    """Whether it is told as a forward, whose the words behind it are, and the words."""
    for row in _rows("forward"):
        found = parse(_mail(row["subject"] or "A document", row["body"], html=row["kind"] == "html"))
        flag, address, body = _wanted_of_forward(row)
        if flag is None:
            continue
        right = found.forwarded == flag
        yield Outcome("forward: told", row["id"], right)
        if flag:
            sender = found.originals[-1].sender if found.originals else None
            if address:
                yield Outcome("forward: from", row["id"], sender is not None and sender.address == address.lower())
            if body:
                yield Outcome("forward: words", row["id"], _squeezed(found.text) == _squeezed(body))


def _wanted_of_forward(row: Row) -> tuple[bool | None, str | None, str | None]:
    """Flag, address and body; None for what the case does not say."""
    expect = row["expect"]
    if row["set"] == "forward_crisp":
        return expect["forwarded"], expect.get("email.from.address"), expect.get("email.body")
    if row["set"] != "reply_quotequail" or not expect:
        return None, None, None
    body = expect.get("text") or html_to_text(expect.get("html", "")).text
    return expect["type"] == "forward", parseaddr(expect.get("from", ""))[1] or None, body


def _mime() -> Iterator[Outcome]:
    for row in _rows("mime"):
        found, expect = parse((CASES / row["file"]).read_bytes()), row["expect"]
        for name, right in _mime_fields(found, expect):
            yield Outcome(f"mime: {name}", Path(row["file"]).stem, right)


def _mime_fields(found: ParsedMessage, expect: Row) -> Iterator[tuple[str, bool]]:
    if "from" in expect:
        wanted = [mailbox["address"].lower() for mailbox in expect["from"] or () if mailbox["address"]]
        yield "from", ([found.sender.address] if found.sender else []) == wanted[:1]
    if "to" in expect:
        wanted = [mailbox["address"].lower() for mailbox in expect["to"] or () if mailbox.get("address")]
        yield "to", [mailbox.address for mailbox in found.to] == wanted
    if "subject" in expect:
        yield "subject", _reads(expect["subject"] or "", found.subject)
    if "message_id" in expect:
        yield "message id", found.message_id == expect["message_id"]
    if expect["text"] is not None:
        yield "text", _reads(expect["text"], found.full_text)
    elif expect["html"] is not None:
        yield "text", _reads(html_to_text(expect["html"]).text, found.full_text)
    files = [part.filename for part in found.attachments if not part.within]
    yield "attachments", len(files) == expect["n_attachments"]
    names = [name for name in expect["attachment_names"] if name]
    yield "attachment names", all(_is_safe_form(name, files) for name in names)


def _reads(label: str, text: str) -> bool:
    """Whether the words of a label stand in the text in their order; the labeller's U+FFFD is any letter."""
    lines = (re.escape(_squeezed(line)).replace("\ufffd", ".") for line in label.splitlines())
    return re.search(".*?".join(lines), _squeezed(text)) is not None


def _is_safe_form(name: str, files: list[str]) -> bool:
    """Whether a file is listed under this name, or under what is left of it when it is made safe (no path)."""
    letters = "".join(x for x in name if x.isalnum() or x == "\ufffd")
    pattern = re.compile("".join("." if x == "\ufffd" else x for x in letters))
    kept = ["".join(filter(str.isalnum, file)) for file in files]
    return any(pattern.fullmatch(file) or letters.endswith(file) for file in kept)


def _bounces() -> Iterator[Outcome]:
    for row in _rows("bounce"):
        found = parse((CASES / row["file"]).read_bytes())
        case = Path(row["file"]).stem
        verdict = _screened(found)
        if row["label"] != "bounce":
            yield Outcome("bounce: not one", case, verdict.kind is not Automatic.BOUNCE)
            continue
        yield Outcome("bounce: told", case, verdict.kind is Automatic.BOUNCE)
        said = [entry for entry in row["expect"] or () if entry.get("hardbounce") is not None]
        if said and found.bounce:
            hard = {entry["hardbounce"] for entry in said}
            yield Outcome("bounce: hard or soft", case, found.bounce.hard in hard)
            status = {entry["status"] for entry in said if entry["status"] and not _is_made_up(entry["status"])}
            if status:
                yield Outcome("bounce: status", case, found.bounce.status in status)


def _is_made_up(status: str) -> bool:
    """Whether the labeller put a code of its own where the report has none (x.0.9nn)."""
    detail = status.rpartition(".")[2]
    return detail.startswith("9") and len(detail) == 3


def _spam() -> Iterator[Outcome]:
    for row in _rows("spam"):
        verdict = _screened(parse((CASES / row["file"]).read_bytes()))
        case = Path(row["file"]).stem
        if row["label"] == "ham":
            yield Outcome("ham: not called spam", case, verdict.kind is not Automatic.SPAM)
        else:
            yield Outcome("spam: set aside", case, not verdict.passes)


def _screened(found: ParsedMessage) -> Verdict:
    return screen(found, None, known_party=False, own=OwnAddresses(), spam=judge_spam(found))
