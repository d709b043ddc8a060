"""Takes out of an HTML mail what no reader sees, and keeps a short report of the words among it."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HIDDEN = 500  # characters of the report
_MAX_INLINE = 2_000
_MAX_CLASSES = 100
_MAX_STYLE = 50_000
_UNSEEN = ["script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"]
_HIDDEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|opacity:0(?:\.0+)?(?:;|!|$)|font-size:(?:0(?:px|pt|em|%)?|1p[xt])(?:;|!|$)"
    r"|max-height:0(?:px)?(?:;|!|$)|color:transparent|text-indent:-\d{3,}|left:-\d{3,}|clip:rect\(0(?:px)?[, ]0"
)
_COLOUR = re.compile(r"(?:^|;)(color|background|background-color):([#\w(),]{1,40})")
_WHITE = {"white": "#ffffff", "#fff": "#ffffff", "rgb(255,255,255)": "#ffffff"}
_CLASS_RULE = re.compile(r"\.([\w-]{1,60})\s{0,5}\{([^{}]{0,300})\}")
_AT_RULE = re.compile(r"@[^{};]{0,300}\{(?:[^{}]{0,2000}\{[^{}]{0,2000}\}){0,200}[^{}]{0,2000}\}")


def drop_hidden(tree: LexborHTMLParser) -> str:
    """Remove hidden nodes; return their words, shortened, on one line."""
    classes = _hidden_classes(tree)
    tree.strip_tags(_UNSEEN)
    words: list[str] = []
    length = 0
    for node in tree.css(",".join(["[hidden]", "[style]", *classes])):
        if _is_hidden(node, classes):
            text = " ".join(node.text(separator=" ").split()) if length < MAX_HIDDEN else ""
            if any(character.isalnum() for character in text):
                words.append(text[:MAX_HIDDEN])
                length += len(text)
            node.decompose()
    return " ".join(words)[:MAX_HIDDEN].strip()


def _is_hidden(node: LexborNode, classes: list[str]) -> bool:
    attributes = node.attributes
    style = "".join((attributes.get("style") or "")[:_MAX_INLINE].lower().split())
    if "hidden" in attributes or _HIDDEN.search(style) or _is_painted_over(style):
        return True
    return bool(classes) and any(f".{name}" in classes for name in (attributes.get("class") or "").split()[:20])


def _is_painted_over(style: str) -> bool:
    """Whether a style sets the same colour for the words and for what is behind them."""
    colours = {match[1]: _WHITE.get(match[2], match[2]) for match in _COLOUR.finditer(style)}
    return "color" in colours and colours["color"] == (colours.get("background-color") or colours.get("background"))


def _hidden_classes(tree: LexborHTMLParser) -> list[str]:
    """The classes that the mail's own style sheet hides on every screen; rules for some screens do not count."""
    sheets = " ".join(node.text() for node in tree.css("style")[:10])[:_MAX_STYLE]
    if "none" not in sheets and "hidden" not in sheets:
        return []
    rules = _CLASS_RULE.finditer(_AT_RULE.sub(" ", sheets) if "@" in sheets else sheets)
    found = [f".{rule[1]}" for rule in rules if _HIDDEN.search("".join(rule[2].lower().split()))]
    return [name for name in dict.fromkeys(found) if not name[1].isdigit() and name[1] != "-"][:_MAX_CLASSES]
