"""What a person types becomes the text that Slack would have sent."""

from __future__ import annotations

import time

import pytest

from bot.workspace.typed_text import as_slack_text


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("&amp;", "&amp;amp;"),
        ("hi @leadbot!", "hi <@U0LEADBOT>!"),
        ("<@U0STAFF2> look", "<@U0STAFF2> look"),
        ("<@U0NOBODY> @nobody", "&lt;@U0NOBODY&gt; @nobody"),
        ("<!channel> <https://a.example|b>", "&lt;!channel&gt; &lt;<https://a.example>|b&gt;"),
        ("see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."),
        ("anna@example.com", "<mailto:anna@example.com|anna@example.com>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_typed_text(typed: str, stored: str) -> None:
    """Only known mentions, URLs and mail addresses become markup."""
    assert as_slack_text(typed) == stored


def test_hostile_text_takes_no_time() -> None:
    """Long runs that almost match are read in linear time."""
    start = time.perf_counter()
    for text in ("a." * 6000, "@" * 12_000, "<@U" * 4000, "https://" + "." * 12_000, "a@" + "b." * 6000):
        as_slack_text(text)
    assert time.perf_counter() - start < 30
