"""Public mails of others, where they are at hand (LEADBOT_CASES, or `shared/data` beside the checkout)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from channels.mail.mime import parse


def corpus() -> Path | None:
    """The folder that is named, or the one beside any of this file's parents."""
    named = os.environ.get("LEADBOT_CASES")
    beside = (parent / "shared" / "data" for parent in Path(__file__).resolve().parents)
    found = (Path(named),) if named else beside
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
    """At least 46 of 50 mails hold the labelled words; the rest are broken, and labelled with their raw MIME."""
    agree = 0
    for case in cases():
        assert DATA is not None
        expected = like(squeezed(case["expect"].get("text")))
        agree += bool(expected.search(squeezed(parse((DATA / case["file"]).read_bytes()).full_text)))
    assert agree >= 46


def test_attachments_agree_with_the_labels() -> None:
    """All names, and the number in 43 of 50; the others are parts that a broken structure makes of nothing.

    A label that keeps half of a path (`C:TEMPa.png`) means the file name at its end.
    """
    counted = 0
    for case in cases():
        assert DATA is not None
        files = [item for item in parse((DATA / case["file"]).read_bytes()).attachments if not item.within]
        counted += len(files) == case["expect"]["n_attachments"]
        for name in filter(None, case["expect"]["attachment_names"]):
            named = [file for file in files if like(name).fullmatch(file.filename) or name.endswith(file.filename)]
            assert named, (case["file"], name)
    assert counted >= 43


def like(label: str) -> re.Pattern[str]:
    """The label as a pattern: where it lost a character to its reader's character set, any will do."""
    return re.compile("".join(".{0,2}" if letter == "\ufffd" else re.escape(letter) for letter in label), re.DOTALL)


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
