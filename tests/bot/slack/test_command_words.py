"""What staff type, taken apart: no text raises, and nothing is taken for what it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.command_list import WORDS
from bot.slack.command_words import LONGEST, handle, lead_and_rest, mentioned, nearest, plain_words, typed
from enrichment.errors import GiveUp


@pytest.mark.parametrize(
    ("text", "verb", "rest", "shared"),
    [
        ("", "", "", False),
        ("  \n ", "", "", False),
        ("LIST hot", "list", "hot", False),
        ("share hot mine", "hot", "mine", True),
        ("hot mine SHARE", "hot", "mine", True),
        ("share", "", "", True),
        ("similar\ngrinding   brakes", "similar", "grinding   brakes", False),
        ("find timeshare", "find", "timeshare", False),
        ("list share share", "list", "share", True),
    ],
)
def test_first_word_and_share(text: str, verb: str, rest: str, shared: bool) -> None:
    """`share` counts as the first word or the last, never inside of another."""
    found = typed(text)
    assert (found.verb, found.rest, found.shared) == (verb, rest, shared)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<mailto:jo@example.com|jo@example.com> called", "jo@example.com called"),
        ("see <http://shop.example/a?b=1&amp;c=2|shop.example/a?b=1&amp;c=2>", "see shop.example/a?b=1&c=2"),
        ("<https://shop.example>", "https://shop.example"),
        ("<tel:+15550134|+1 555 0134>", "+1 555 0134"),
        ("in <#C024BE7LR|general>", "in general"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;"),
        ("<@U024BE7LH|bob> and <!channel>", "<@U024BE7LH|bob> and <!channel>"),
        ("jo\u202e moc", "jo moc"),
        ("x" * 9000, "x" * LONGEST),
    ],
)
def test_marks_of_slack_are_taken_off(text: str, told: str) -> None:
    """Links, addresses and signs read as they were typed; a mention stays one, and all of it is bounded."""
    assert plain_words(text) == told


@given(st.text(max_size=400))
def test_any_text_can_be_taken_apart(text: str) -> None:
    """Nothing that is typed raises."""
    found = typed(text)
    assert len(found.verb) + len(found.rest) <= 2 * LONGEST
    mentioned(text)
    handle(text)
    nearest(text, WORDS)


@pytest.mark.parametrize(
    ("text", "known"), [("hto", "hot"), ("opne", "open"), ("CLAIMD", "claimed"), ("brakes", ""), ("", ""), ("🔥", "")]
)
def test_near_words(text: str, known: str) -> None:
    """A slip of the finger is understood, another word is not."""
    assert nearest(text, WORDS) == known


def test_which_lead() -> None:
    """It comes first, however it is written."""
    assert lead_and_rest("L-12 because", "won L-12") == (12, "because")
    assert lead_and_rest("l12: because", "won L-12") == (12, "because")
    for text in ("", "because", "L-x", "12", "L-9999999999999"):
        with pytest.raises(GiveUp, match="say which lead: `won L-12`"):
            lead_and_rest(text, "won L-12")


def test_who_is_meant() -> None:
    """By Slack's mark, or by name; nothing else."""
    assert mentioned("<@U024BE7LH|bob>") == "U024BE7LH"
    assert mentioned(" <@W1> ") == "W1"
    assert [mentioned(text) for text in ("@bob", "<!channel>", "<@>", "<@U1|a> and more", "<#C1|x>")] == [""] * 5
    assert handle("@maya.brooks") == "maya.brooks"
    assert handle("@Tom  Keller") == "Tom Keller"
    assert [handle(text) for text in ("maya", "@", "@ a", "@a @b", "<@U1>")] == [""] * 5
