"""Soft line breaks of `format=flowed` are joined; hard ones, signatures and levels of quotation stay."""

from __future__ import annotations

import pytest

from channels.mail.flowed import unflowed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the roof \nleaks\n\nBo", "the roof leaks\n\nBo"),
        ("the roof \r\nleaks", "the roof leaks"),
        ("one\ntwo", "one\ntwo"),
        ("> shall we \n> come?\nYes", "> shall we come?\nYes"),
        (">> old \n> newer", ">> old\n> newer"),
        ("words \n-- \nBo", "words\n-- \nBo"),
        (" From here", "From here"),
        ("ends soft ", "ends soft"),
        (">\n> a", ">\n> a"),
        ("", ""),
    ],
)
def test_paragraphs_become_lines(text: str, expected: str) -> None:
    """As RFC 3676 says; a change of level ends a paragraph, and so does the line before a signature."""
    assert unflowed(text, delete_space=False) == expected


@pytest.mark.parametrize("second", ["- 2 doors", "2. doors", "Phone: 123", "-----", "电话：123"])
def test_what_begins_itself_is_not_joined(second: str) -> None:
    """Many programs leave a space behind every line: items, labels and rules keep a line of their own."""
    text = f"we need three windows of oak and, if the price is right, also \n{second}"
    assert unflowed(text, delete_space=False).split("\n")[1] == second


def test_a_short_line_among_full_ones_has_ended() -> None:
    """A line that had room for the next word was ended by its writer, whatever space it bears."""
    full = "we need three windows of oak and, if the price is right, some \nmore"
    assert unflowed(f"Hello, \n{full}", delete_space=False) == f"Hello,\n{full.replace(chr(10), '')}"


def test_languages_without_spaces() -> None:
    """DelSp=yes: the space before the break was never typed."""
    assert unflowed("浴室の \nリフォーム", delete_space=True) == "浴室のリフォーム"


@pytest.mark.parametrize("line", ["x \n", "> \n", ">", " \n", "-- \n", "\n"])
def test_hostile_text_keeps_its_words(line: str) -> None:
    """A hundred thousand soft breaks neither hang nor make one endless line of words."""
    found = unflowed(line * 100_000, delete_space=False)
    assert found.count("x") == line.count("x") * 100_000
    assert max(len(words.lstrip(">")) for words in found.split("\n")) <= 2_100
