"""Slack's mrkdwn as plain text: what a person reads on the screen, without Slack's signs for it."""

from __future__ import annotations

import re

# Slack takes 40,000 characters a message.
LONGEST = 40_000

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
# `<@U1|ann>`, `<#C1|inbox>`, `<!here>`, `<https://x|label>`; no `<` inside, so that nothing is read twice.
_ENTITY = re.compile(r"<([^<>]{1,4000})>")
_EMOJI = re.compile(r":([a-z0-9_+'-]{1,50}):(?::skin-tone-[2-6]:)?")
_MARKED = tuple(
    re.compile(rf"(?<![\w{sign}]){sign}(?=[^\s{sign}])([^{sign}\n]{{0,3000}}[^\s{sign}])?{sign}(?![\w{sign}])")
    for sign in (r"\*", "_", "~", "`")
)
_ASIDE = re.compile("\0([0-9]+)\0")
_FENCE = re.compile("```\n?")
_QUOTED = re.compile(r"^&gt;(?:&gt;&gt;)? ?", re.MULTILINE)
# What people really type; another name stays as it is, which is still readable.
_PICTURES = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "wave": "👋", "pray": "🙏", "smile": "😄", "slightly_smiling_face": "🙂",
    "grinning": "😀", "blush": "😊", "wink": "😉", "joy": "😂", "sweat_smile": "😅", "heart": "❤️", "tada": "🎉",
    "fire": "🔥", "rotating_light": "🚨", "warning": "⚠️", "exclamation": "❗", "question": "❓", "eyes": "👀",
    "white_check_mark": "✅", "x": "❌", "car": "🚗", "wrench": "🔧", "hammer": "🔨", "house": "🏠", "phone": "☎️",
    "telephone_receiver": "📞", "calendar": "📅", "moneybag": "💰", "cry": "😢", "sob": "😭", "rage": "😡",
    "angry": "😠", "disappointed": "😞", "slightly_frowning_face": "🙁", "sos": "🆘", "raised_hands": "🙌",
    "ok_hand": "👌",
}  # fmt: skip
_FORMAL = {"here": "@here", "channel": "@channel", "everyone": "@everyone"}


def plain(text: str, bot_user: str = "") -> str:
    """The text as it is read; bot_user: whose mentions are left out, being the address and not the letter."""
    shown = _CONTROL.sub("", text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n"))
    # Quotation marks and formatting before entities are resolved: what was escaped is a person's own sign.
    shown = _FENCE.sub("", _QUOTED.sub("", shown))
    # Addresses are left out meanwhile: the signs in them are their own.
    read: list[str] = []

    def aside(found: re.Match[str]) -> str:
        read.append(_entity(found[1], bot_user))
        return f"\0{len(read) - 1}\0"

    shown = _ENTITY.sub(aside, shown)
    for marked in _MARKED:
        shown = marked.sub(lambda found: found[1] or "", shown)
    shown = _EMOJI.sub(lambda found: _PICTURES.get(found[1], found[0]), shown)
    shown = _ASIDE.sub(lambda found: read[int(found[1])], shown)
    shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\xa0", " ")
    return "\n".join(line.rstrip() for line in shown.split("\n")).strip()


def _entity(inside: str, bot_user: str) -> str:
    target, _, label = inside.partition("|")
    match target[:1]:
        case "@":
            return "" if bot_user and target[1:] == bot_user else f"@{label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            command = target[1:].split("^", 1)[0]
            return label or _FORMAL.get(command, f"@{command}")
        case _:
            return _link(target, label)


def _link(target: str, label: str) -> str:
    """An address as it was typed; behind another label the target is named, for it is what would be opened."""
    bare = re.sub(r"^(?:mailto|tel):", "", target)
    if not label or label == target or label in (bare, re.sub(r"^https?://", "", target).rstrip("/")):
        return bare if target != bare or not label else label
    return f"{label} ({bare})"
