"""The mails that the spam model is trained and judged on: a public set in a folder, and our own beside this file.

The public set is never part of the project: only the ids of its cases and their split are (split.tsv).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.mail.mime import parse
from enrichment.models import Address, ParsedMessage

HERE = Path(__file__).parent
OWN = ("business.toml", "ordinary.toml", "unwanted.toml")
SPLIT = HERE / "split.tsv"
_SENDERS = (
    "jo@customer.example",
    "jo.miller1984@gmail.com",
    "office@customer.example",
    "jo77@hotmail.com",
    "jo@mail.example",
)
_KINDS = ("text/plain", "multipart/alternative", "multipart/alternative", "text/html")
_LIST_ID = re.compile(rb"^list-id:[^<\n]*(?:\n[ \t][^<\n]*)?<([^>\n]+)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One labelled mail. source: the mailing list or, without one, the sender's organisation; own: written by us."""

    id: str
    spam: bool
    source: str
    parsed: ParsedMessage
    own: bool = False

    @property
    def mailing(self) -> bool:
        """Whether it was sent to many: spam, the public set's hard ham (newsletters), our own newsletters."""
        return self.spam or self.id.startswith(("ham_hard", "news-"))


def public_cases(folder: Path) -> list[Case]:
    """The cases of a folder that holds spam.jsonl: lines of `file` and `label`."""
    rows = [json.loads(line) for line in (folder / "spam.jsonl").read_text("utf-8").splitlines()]
    return [_public(folder, row) for row in rows]


def _public(folder: Path, row: dict[str, str]) -> Case:
    content = (folder / row["file"]).read_bytes()
    parsed = parse(content)
    return Case(Path(row["file"]).stem, row["label"] == "spam", _source(content, parsed), parsed)


def _source(content: bytes, parsed: ParsedMessage) -> str:
    head = content.partition(b"\n\n")[0].replace(b"\r", b"")
    if found := _LIST_ID.search(head):
        return "list " + found[1].decode("latin-1").partition(".")[0].lower()
    domain = parsed.sender.address.rpartition("@")[2] if parsed.sender else ""
    return ".".join(domain.split(".")[-2:]) or "nobody"


def own_cases() -> list[Case]:
    """The cases that we wrote: what customers write to a business, and what nobody wants to get."""
    return [_own(entry) for name in OWN for entry in tomllib.loads((HERE / name).read_text("utf-8"))["mail"]]


def _own(entry: dict[str, Any]) -> Case:
    """A case of ours. What it does not say is varied, so that no program or provider looks like spam or like none."""
    chance = hashlib.sha256(entry["id"].encode()).digest()
    address = entry.get("from") or _SENDERS[chance[0] % len(_SENDERS)]
    parsed = ParsedMessage(
        message_id=f"{entry['id']}@customer.example",
        sender=Address(name="Jo Miller" if chance[1] % 2 else "", address=address),
        to=(Address(address="office@business.example"),),
        subject=entry.get("subject", ""),
        text=entry["text"].strip(),
        content_type=_KINDS[chance[2] % len(_KINDS)],
    )
    return Case(entry["id"], bool(entry.get("spam", False)), entry["id"], parsed, own=True)


def split() -> dict[str, str]:
    """The part, `train` or `held`, of each case by its id."""
    rows = (line.split("\t") for line in SPLIT.read_text("utf-8").splitlines()[1:])
    return {row[0]: row[3] for row in rows}
