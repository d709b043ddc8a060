"""Slack's mrkdwn as people read it."""

from __future__ import annotations

import pytest

from channels.slack.words import plain


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Hi <@U2|ann>, see <#C1|inbox>", "Hi @ann, see #inbox"),
        ("<@UBOT> my brakes grind", "my brakes grind"),
        ("write to <mailto:ann@example.com|ann@example.com>", "write to ann@example.com"),
        ("call <tel:+15550102030|+1 555 010 2030>", "call +1 555 010 2030 (+15550102030)"),
        ("<https://garage.example/x>", "https://garage.example/x"),
        ("<https://garage.example/_a_/~b~?x=:car:>", "https://garage.example/_a_/~b~?x=:car:"),
        ("*see <mailto:_jo_@example.com|_jo_@example.com>*", "see _jo_@example.com"),
        ("<https://evil.example|bank.example>", "bank.example (https://evil.example)"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("*Name:* Ann _now_ ~old~ `x`", "Name: Ann now old x"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("thanks :pray: :unknown_thing: at 10:30:45", "thanks 🙏 :unknown_thing: at 10:30:45"),
        ("<!here> <!subteam^S1|@sales> <!date^1^x|Friday>", "@here @sales Friday"),
        ("&gt; quoted\nanswer", "quoted\nanswer"),
        ("", ""),
    ],
)
def test_reads_as_on_the_screen(said: str, read: str) -> None:
    """Entities, links, formatting and emoji become what stands there for the eye; a disguised link names its target."""
    assert plain(said, "UBOT") == read


def test_hostile_text_is_bounded_and_quick() -> None:
    """Neither size nor unclosed signs cost more than their length."""
    for text in ("<" * 100_000, "*" * 100_000, "`_~*" * 30_000, ":" * 100_000, "<@" * 60_000, "&lt;" * 60_000):
        assert len(plain(text)) <= 40_000
    assert plain("&lt;@U1&gt; &lt;!channel&gt;") == "<@U1> <!channel>"
    assert plain("a\x00b\ud800c\r\nd") == "abc\nd"
