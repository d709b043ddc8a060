"""Makes a stranger's text harmless for a language model: nothing hidden in it, nothing that looks like its controls."""

from __future__ import annotations

import re
import unicodedata

# Control, format (zero width, direction, tags), private and unassigned characters, and halves of characters.
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_VARIATIONS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# <|im_start|>, <start_of_turn>, </think>, <<SYS>>, and the full-width bar of some models.
_TAG = re.compile("<(?=[|\uff5c/<a-zA-Z_])")
_BAR = re.compile("(?<=[|\uff5c])>")
_BRACKETED = re.compile(r"\[(/?[A-Z_]{3,24})\]")  # [INST], [/INST], [TOOL_CALLS]


def visible(text: str) -> str:
    r"""The text as a person sees it: only \n and tabs are kept of what has no shape."""
    shown = (c for c in text if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)
    return _VARIATIONS.sub("", "".join(shown))


def defanged(text: str) -> str:
    """Visible text in which no control token of any model is left; their angle brackets become typographic ones."""
    shown = _TAG.sub("\u2039", visible(text))
    return _BRACKETED.sub(r"(\1)", _BAR.sub("\u203a", shown))


def line_of(text: str, limit: int) -> str:
    """One line of at most `limit` visible characters."""
    return " ".join(visible(text[: limit * 8]).split())[:limit].strip()
