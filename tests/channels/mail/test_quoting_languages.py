"""The newest words are found whatever the mail program and its language; each quotation once above and once below."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from channels.mail.quoting import split_reply


def _table() -> ModuleType:
    """The table beside this file; tests are no package."""
    spec = importlib.util.spec_from_file_location("quotations", Path(__file__).with_name("quotations.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_TABLE = _table()
_LINES = [
    pytest.param(line, id=f"{program}-{code}")
    for program in ("GMAIL", "APPLE", "THUNDERBIRD", "OTHERS")
    for code, line in getattr(_TABLE, program).items()
]
_ANSWER = "Yes, Tuesday suits us.\n\nBo"
_OLD = "Shall we come on Tuesday?\n\nAnn Lee"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


@pytest.mark.parametrize("line", _LINES)
@pytest.mark.parametrize("reply", [True, False])
def test_an_answer_above_a_quotation(line: str, *, reply: bool) -> None:
    """The attribution and the quoted lines go to `quoted`, the words above stay."""
    split = split_reply(f"{_ANSWER}\n\n{line}\n\n{_quoted(_OLD)}\n", reply=reply)
    assert split.own == _ANSWER
    assert split.quoted == f"{line}\n\n{_quoted(_OLD)}"
    assert split.signature == ""


@pytest.mark.parametrize("line", _LINES)
def test_an_answer_above_an_unmarked_quotation(line: str) -> None:
    """Programs that set no `>` quote up to the end of the mail."""
    split = split_reply(f"{_ANSWER}\n\n{line}\n\n{_OLD}\n", reply=True)
    assert split.own == _ANSWER
    assert split.quoted.endswith(_OLD)


@pytest.mark.parametrize("line", _LINES)
def test_an_answer_below_and_between_quotations(line: str) -> None:
    """Bottom and inline answers are kept, in their order."""
    split = split_reply(f"{line}\n{_quoted('Shall we come?')}\n\nYes.\n\n{_quoted('When?')}\n\nTuesday.\n", reply=True)
    assert split.own == "Yes.\n\nTuesday."
    assert "When?" in split.quoted


@pytest.mark.parametrize("labels", [pytest.param(labels, id=code) for code, labels in _TABLE.OUTLOOK.items()])
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Original Message-----\n"])
def test_outlook_quotes_with_a_header(labels: tuple[str, str, str, str], rule: str) -> None:
    """The header of the quoted mail, in any language, with or without the rule above it."""
    values = ("Ann Lee <ann@example.org>", "Tuesday, 5 May 2026 10:15", "Bo <bo@example.com>", "Roof")
    header = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    for reply in (True, False):
        split = split_reply(f"{_ANSWER}\n\n{rule}{header}\n\n{_OLD}\n", reply=reply)
        assert split.own == _ANSWER
        assert split.quoted == f"{rule}{header}\n\n{_OLD}"


@pytest.mark.parametrize("labels", [pytest.param(labels, id=code) for code, labels in _TABLE.OUTLOOK.items()])
def test_bold_headers_without_addresses(labels: tuple[str, str, str, str]) -> None:
    """Outlook inside a company names people without addresses; a reply's header needs none."""
    values = ("Lee, Ann", "Tuesday, 5 May 2026 10:15", "Bo Berg", "Roof")
    header = "\n".join(f"*{label}:* {value}" for label, value in zip(labels, values, strict=True))
    assert split_reply(f"{_ANSWER}\n\n{header}\n\n{_OLD}\n", reply=True).own == _ANSWER


def test_an_attribution_that_was_wrapped_before_its_verb() -> None:
    """Turkish says `wrote` last, on a line without a date or an address; both lines go."""
    head = "Ann Lee <ann@example.org>, 17 Kas 2026 Sal, 10:12\ntarihinde şunu yazdı:"
    assert split_reply(f"Tamam.\n\n{head}\n\n> Merhaba", reply=True).own == "Tamam."
    written = "My address is bo@example.org, from 17 Nov 2026 at 10:12.\n\nAnn wrote:\n\n> Hello"
    assert split_reply(written, reply=True).own.startswith("My address is bo@example.org")
