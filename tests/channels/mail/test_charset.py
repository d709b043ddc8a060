"""Bytes become the text that was meant, whatever the label says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.charset import codec_name, decode


@pytest.mark.parametrize(
    ("text", "sent_as", "label"),
    [
        ("Grüße aus München", "utf-8", "utf-8"),
        ("Grüße aus München", "utf-8", None),
        ("Grüße aus München", "utf-8", "iso-8859-1"),  # form plugins that lie
        ("Grüße aus München", "utf-8", "us-ascii"),
        ("Grüße aus München", "latin-1", "iso-8859-1"),
        ("Grüße aus München", "latin-1", None),
        ("Grüße aus München", "latin-1", "utf-8"),
        ("Grüße aus München", "latin-1", "no-such-charset"),
        ("Kostet das 50 € – “alles”?", "cp1252", "iso-8859-1"),
        ("Kostet das 50 € – “alles”?", "cp1252", "us-ascii"),
        ("你好，朱镕基", "gb18030", "gb2312"),  # the second name is not in gb2312
        ("①番の見積もり", "cp932", "shift_jis"),
        ("見積もりをお願いします", "iso2022_jp", "iso-2022-jp"),
        ("見積もりをお願いします", "iso2022_jp", None),
        ("Здравствуйте, сколько стоит ремонт?", "cp1251", "windows-1251"),
        ("Здравствуйте, сколько стоит ремонт?", "cp1251", None),
        ("Dzień dobry", "iso8859-2", '"ISO-8859-2"'),
        ("İyi günler", "iso8859-9", "iso-8859-9"),
        ("plain", "ascii", "utf-16"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
    ],
)
def test_the_text_is_read_as_it_was_written(text: str, sent_as: str, label: str | None) -> None:
    """Right, missing and wrong labels all end at the same words."""
    assert decode(text.encode(sent_as), label).text == text


def test_a_few_broken_bytes_do_not_spoil_utf8() -> None:
    """Text cut in the middle of a character stays UTF-8 with one replacement character."""
    found = decode("Öffnungszeiten für Köln €".encode()[:-1], "utf-8")
    assert found.text == "Öffnungszeiten für Köln �"
    assert found.codec == "utf-8"
    assert not found.as_declared


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "base64", "rot13", "undefined", "a" * 500, "../x", "\x00"]
)
def test_codecs_that_are_no_character_sets_are_refused(label: str) -> None:
    """A sender cannot choose a quadratic codec, or one that is not text at all."""
    assert codec_name(label) is None
    assert decode(b"hello", label).text == "hello"


def test_a_hostile_label_costs_no_time() -> None:
    """200 KB under a quadratic codec's name are read at once; idna alone would take minutes."""
    started = time.monotonic()
    assert decode(b"k" * 200_000, "idna").text == "k" * 200_000
    assert time.monotonic() - started < 30


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300),
    st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["utf-8", "utf-7", "utf-16", "hz", "gb2312"])),
)
def test_decoding_never_raises(data: bytes, label: str | None) -> None:
    """Any bytes under any label give text."""
    assert isinstance(decode(data, label).text, str)
