"""Public mails of others, where they are at hand (a folder `shared/data` beside the checkout); skipped elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels.mail.mime import parse


def corpus() -> Path | None:
    """The folder, looked for beside each of this file's parents."""
    found = (parent / "shared" / "data" for parent in Path(__file__).resolve().parents)
    return next((folder for folder in found if (folder / "mime.jsonl").is_file()), None)


DATA = corpus()
pytestmark = pytest.mark.skipif(DATA is None, reason="the public mail corpus (shared/data) is not beside the checkout")


def squeezed(text: str | None) -> str:
    """Without white space, which mail programs set as they like."""
    return "".join((text or "").split())


def cases() -> list[dict[str, Any]]:
    """The labelled mails."""
    assert DATA is not None
    return [json.loads(line) for line in (DATA / "mime.jsonl").read_text().splitlines()]


def test_senders_and_subjects_agree_with_the_labels() -> None:
    """All senders; all subjects but two, whose labels hold replacement characters where we read the umlaut."""
    wrong = []
    for case in cases():
        expected = case["expect"]
        assert DATA is not None
        found = parse((DATA / case["file"]).read_bytes())
        sender = (expected.get("from") or [None])[0]
        named = {"name": found.sender.name or None, "address": found.sender.address} if found.sender else None
        if named != sender:
            wrong.append((case["file"], "from"))
        if found.subject != (expected.get("subject") or "") and "�" not in expected["subject"]:
            wrong.append((case["file"], "subject"))
    assert wrong == []


def test_labelled_text_is_read() -> None:
    """At least 45 of 50 mails hold the labelled words; the rest are broken, and labelled with their raw MIME."""
    agree = 0
    for case in cases():
        assert DATA is not None
        expected = squeezed(case["expect"].get("text"))
        agree += expected in squeezed(parse((DATA / case["file"]).read_bytes()).text)
    assert agree >= 45


@pytest.mark.parametrize("folder", ["spam", "bounce"])
def test_real_mail_is_read_by_mail_parser_itself(folder: str) -> None:
    """Of hundreds of real mails next to none needs the later stages or comes out without text and attachments."""
    assert DATA is not None
    broken = silent = 0
    files = sorted((DATA / folder).glob("*.eml"))
    for file in files:
        found = parse(file.read_bytes())
        broken += any("badly broken" in defect for defect in found.defects)
        silent += not found.text.strip() and not found.attachments
    assert broken <= 1
    assert silent <= len(files) // 100
