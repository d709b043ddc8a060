"""Hostile texts: an answer in time that grows with the text's length only, and nothing raised."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.forwarding import read_forward
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK
from tests.channels.mail.forward_samples import BODY, OUTLOOK, header

ANA = "From: Ana <ana@x.example>\nDate: Tuesday\nSubject: Roof\nTo: <bob@x.example>\n"
MARK = "---------- Forwarded message ---------\n"
_HUNG = 30  # seconds; each takes about one, what grows with the square takes minutes

HOSTILE = {
    "empty lines": "\n" * 100_000,
    "empty lines below a header": MARK + ANA + "\n" * 100_000,
    "quote signs": ">" * 100_000,
    "quoted empty lines": ">\n" * 100_000,
    "quote signs and blanks": "> " * 100_000,
    "blanks": " " * 100_000 + "x",
    "dashes": "-" * 100_000,
    "dashes and words": "--a-" * 50_000,
    "rules": "-----\n" * 30_000 + MARK + ANA,
    "marks without header": MARK * 5_000,
    "senders": "From: a@b.example\n" * 10_000,
    "empty labels": "From:\n" * 30_000,
    "half headers": "From: a@b.example\nTo: c@d.example\nPhone: 1\n\n" * 4_000,
    "attributions": "a@b.example 2019 x:\n" * 8_000,
    "long values": MARK + "From: " + "<" * 50_000 + "\nTo: " + "a@b.example, " * 10_000,
    "open brackets": MARK + "From: " + "[a@" * 30_000,
    "links": MARK + "From: a@b.example" + "<mailto:" * 20_000,
    "levels": (MARK + ANA.replace("Roof", "Fwd: Roof") + "\n") * 1_500,
    "deep quotes": "".join("> " * min(depth, 300) + MARK + "> " * min(depth, 300) + ANA for depth in range(150)),
    "labels on one line": MARK.strip() + " From: a@b.example" + "To: <a@b>Subject: x" * 5_000,
    "our marks": f"{REGION_MARK}\n{MARK}{ANA}\n" + f"{REGION_MARK}\n{QUOTE_MARK}\n{END_MARK}\n" * 15_000,
    "indented lines": MARK + ANA + "\n" + "    x\n" * 20_000,
    "prefixes": MARK + ANA.replace("Roof", "Fwd: " * 20_000) + "\n" + MARK + ANA,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_linear(case: str) -> None:
    """No text makes the reader hang."""
    started = time.process_time()
    for subject in ("", "Fwd: Roof", "Re: Roof"):
        read_forward(HOSTILE[case], subject)
    assert time.process_time() - started < _HUNG


@pytest.mark.parametrize("subject", ["[" * 100_000, "[a]" * 50_000, "re:" * 50_000, "a " * 50_000, ": " * 50_000])
def test_hostile_subject(subject: str) -> None:
    """A subject of any length and kind is read in bounded time."""
    started = time.process_time()
    assert read_forward(f"{MARK}{ANA}\nHello", subject) is not None or subject.startswith("re:")
    assert time.process_time() - started < _HUNG


_MARKS = re.compile(f"[{QUOTE_MARK}-{REGION_MARK}]")
_PIECES = st.sampled_from(
    [
        MARK,
        ANA,
        BODY,
        "\n",
        "> ",
        ">",
        "-----\n",
        "wrote:\n",
        QUOTE_MARK,
        REGION_MARK,
        END_MARK,
        "Fwd: ",
        "<",
        "@",
        ": ",
    ]
    + [header(words) for words in OUTLOOK.values()]
)


def _words(text: str) -> list[str]:
    """The words without quote signs and marks, which may be taken off."""
    return _MARKS.sub("", text).replace(">", " ").split()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=20)), max_size=25), st.sampled_from(["", "Fwd: x", "Re: x", "x"]))
def test_any_text_gets_an_answer(pieces: list[str], subject: str) -> None:
    """Whatever is put together, nothing is raised, and a forward has a header and holds only words of the text."""
    text = "".join(pieces)
    forward = read_forward(text, subject)
    if forward is not None:
        assert 1 <= len(forward.originals) <= 8
        assert set(_words(forward.body)) <= set(_words(text))
