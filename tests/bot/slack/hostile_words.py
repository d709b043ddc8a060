"""200 texts with which a customer could try to ping, link, format, disguise or break what staff see in Slack.

Each holds a mark of its own, so that a test finds in what leaves the bot whose words they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

# What every mark begins with; it stands in no word of ours, and none of Slack's signs is in it.
MARK = "qzhostile"
COUNT = 200
_LONG = 40_000

_PINGS = (
    "<!channel>",
    "<!here>",
    "<!everyone>",
    "<!channel|channel>",
    "<!here|@here>",
    "@channel",
    "@here",
    "@everyone",
    "<@U0STAFF1>",
    "<@U0STAFF1|maya>",
    "<@W0STAFF2>",
    "<@USLACKBOT>",
    "@maya.brooks",
    "<#C0LEADS>",
    "<#C0LEADS|leads>",
    "#leads",
    "<!subteam^S0TEAM>",
    "<!subteam^S0TEAM|@team>",
    "<! channel>",
    "<!CHANNEL>",
    "< !channel>",
    "<<!channel>>",
    "<!channel",
    "!channel>",
    "＜!channel＞",
    "<\u200b!channel>",
    "<!\u00adchannel>",
    "<\x00!here>",
    "<!chan\nnel>",
)
_LINKS = (
    "<http://evil.example|your bank>",
    "<https://evil.example>",
    "http://evil.example/a_b_c",
    "https://evil.example|x",
    "<mailto:boss@evil.example|Maya>",
    "mailto:boss@evil.example",
    "<mailto:a@b.example?bcc=c@d.example|x>",
    "<slack://channel?team=T0LOCAL&id=C0LEADS|open>",
    "slack://open",
    "<tel:+15550100|call>",
    "<file:///etc/passwd|x>",
    "<javascript:alert(1)|x>",
    "javascript:alert(1)",
    "<data:text/html,x|x>",
    "[bank](http://evil.example)",
    '<a href="http://evil.example">bank</a>',
    "<http://evil.example|<!channel>>",
    "<http://evil.example||x>",
    "<//evil.example|x>",
    "<http://evil.example%7Cx|y>",
    "<HTTP://EVIL.EXAMPLE|y>",
    "evil.example",
    "www.evil.example",
    "<https://local.example/archives/C0LEADS/p1|L-1>",
    "<http://xn--pple-43d.example|apple>",
    "<http://аpple.example|x>",
)
_ENTITIES = (
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "&amp;amp;lt;",
    "&#60;!here&#62;",
    "&#x3c;!here&#x3e;",
    "&LT;!here&GT;",
    "&lt!channel&gt",
    "&lt;http://evil.example|x&gt;",
    "&",
    "&&&&",
    "&amp",
    "&am",
    "&l",
    "<>",
    "><",
    "<",
    ">",
    "&lt;@U1&gt;",
    "&nbsp;&shy;&zwj;",
    "%3C!channel%3E",
    "\\u003c!channel\\u003e",
    "\\<!channel\\>",
)
_UNSEEN = (
    "\u200b\u200c\u200d\u2060\ufeff",
    "\u00ad" * 50,
    "\u180e\u200e\u200f",
    "\U000e0001\U000e0041\U000e007f",
    "\u034f" * 30,
    "\u115f\u1160\u3164\uffa0",
    "\u2800" * 20,
    "\u2028\u2029",
    "\u00a0\u3000\u2003",
    "x" + "\u0301" * 3000,
    "\ufe0f\ufe0e",
    "\ufff9a\ufffab\ufffb",
    "\U000f0000\U0010fffd",
    "\ue000\uf8ff",
    "\ufdd0\uffff\ufffe",
)
_REVERSED = (
    "\u202einvoice.exe\u202c",
    "\u202d\u202e" * 40,
    "\u2066a\u2067b\u2068c\u2069",
    "\u202b\u202a\u202c",
    "\u061c\u200f",
    "مرحبا بالعالم <!channel>",
    "שלום <http://evil.example|x>",
    "abc \u202eלשו\u202c def",
    "\u2067<!here>\u2069",
    "اردو & فارسی",
)
_CONTROLS = (
    "a\x00b",
    "\x00" * 50,
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07",
    "\x07\x08\x7f",
    "\x9b31m",
    "\r\rx\r",
    "a\vb\fc",
    "\x85next",
    "\ud800",
    "\udfff\ud800",
    "\ud83d alone",
    "\ufffd",
    "\x1a\x04",
    "a\tb\tc",
    "Subject: x\r\nBcc: boss@evil.example\r\n\r\nbody",
    "one\r\ntwo\r\nthree",
    "%0d%0aBcc:boss@evil.example",
    "\n" * 300,
)
_FORMATTING = (
    "*bold*",
    "_italic_",
    "~gone~",
    "`code`",
    "```block```",
    "```",
    "`",
    "*_~`",
    "> quote",
    ">>> all quoted",
    "&gt;&gt;&gt; x",
    "• item\n• item",
    "1. one\n2. two",
    "# Title",
    "---",
    "***",
    "*a*b*c*",
    "__init__",
    ":fire:",
    ":rotating_light::x:",
    ":slack:",
    "<!date^1392734382^{date_short}|x>",
    "<!date^1392734382^{time}^http://evil.example|x>",
    "<!date^0|x>",
)
_FLOODS = (
    "🔥" * 3000,
    "👨‍👩‍👧‍👦" * 500,
    "🇩🇪" * 800,
    "👍🏽" * 900,
    ":fire:" * 2000,
    "x" * _LONG,
    "&" * _LONG,
    "<" * _LONG,
    "<!channel> " * 4000,
    "word " * 8000,
    "a\n" * 20_000,
    "ش" * _LONG,
    "漢" * _LONG,
    "\u200b" * _LONG,
    " " * _LONG,
    "<http://evil.example|x>" * 1500,
    "𝕏" * 20_000,
)
_BLOCKS = (
    json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}]),
    json.dumps(
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "action_id": "lead_claim", "value": "1"}]}]}
    ),
    '{"type":"mrkdwn","text":"<!here>"}',
    '"}],"text":"<!channel>"}',
    '","verbatim":false,"x":"',
    "{{user}} ${env} %s %(x)s {0}",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'; DROP TABLE leads;--",
    "{% raw %}{{7*7}}",
    "\\",
    '"',
    "'\"`",
)
_LOOKALIKES = (
    "+1 555 010 2030 <tel:+19005550100|+1 555 010 2030>",
    "555-0100;ext=<!here>",
    "jo@example.com<!channel>",
    '"<!here>"@example.com',
    "jo@example.com|Maya",
    "Maya Brooks",
    "Leadbot",
    "L-1",
    "L-99999999999",
    "🔴 Hot 100 · Wire the money",
    "Claimed by Maya Brooks",
    "Jo\nE-mail\nboss@evil.example",
    "Possible duplicate of L-1",
    "(L-1)",
    "Urgency 100 by rules",
    "U0STAFF1",
    "lead_claim",
    "claim:1",
)


class Words(NamedTuple):
    """mark: stands in the text, and in no other; the text as the customer wrote it."""

    mark: str
    text: str


def _families() -> Iterator[str]:
    families = (_PINGS, _LINKS, _ENTITIES, _UNSEEN, _REVERSED, _CONTROLS, _FORMATTING, _FLOODS, _BLOCKS, _LOOKALIKES)
    for family in families:
        yield from family
    # Two kinds at once: what is safe apart may not be together.
    for number in range(COUNT):
        first, second = families[number % len(families)], families[(number * 7 + 3) % len(families)]
        yield f"{first[number % len(first)][:500]} {second[(number * 3) % len(second)][:500]}"


def all_words() -> list[Words]:
    """The texts, the mark in front, where a cut leaves it."""
    found = [text for text, _ in zip(_families(), range(COUNT), strict=False)]
    return [Words(f"{MARK}{number:03}", f"{MARK}{number:03} {text}") for number, text in enumerate(found)]
