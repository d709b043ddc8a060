"""HTML mail to the text that a person would read; form tables keep their columns, quotes get `> `.

Guards, each for a case that was met: lexbor's time grows with the square of the nesting, inscriptis loses text below
some 256 levels, hidden text is written for filters (or for models), not for people.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

import inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display, VerticalAlignment
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from selectolax.lexbor import LexborHTMLParser

from channels.mail.cleaning import clean_text
from channels.mail.html_hidden import drop_hidden
from channels.mail.marks import MARK, on_lines_of_their_own, without_foreign_marks, without_marks
from channels.mail.quote_dom import INDENT, mark_quotations

MAX_HTML = 500_000  # characters; conversion of so much takes under a second
_MAX_OPEN_TAGS = 3_000  # above, not even lexbor is asked
_MAX_DEPTH = 200  # inscriptis loses text at 256
_MAX_QUOTES = 50
_MAX_QUOTE_LEVEL = 4
_MAX_ATTRIBUTES = 200  # lexbor takes 40 s for a tag of 50,000

_QUOTES = f"blockquote:not([{INDENT}])"
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
_OPTIONAL_END = "p|li|tr|td|th|dt|dd|option|thead|tbody|tfoot|colgroup"
_TAG = re.compile(rf"<(/?)(?!(?:{_VOID}|{_OPTIONAL_END})\b)[a-zA-Z][^<>\s/]{{0,30}}")
_BLOCK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table)\b[^<>]{0,2000}>", re.IGNORECASE)
_RAW_TEXT = re.compile(r"<(script|style)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,5000}>?")
_LONG_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]{0,30})([\s/][^<>]{400,})")
_BLANK_LINES = re.compile(r"\n{3,}")
# A label stands beside the first line of its value, not beside the middle one.
_CELL = HtmlElement(valign=VerticalAlignment.top)
_LINE = HtmlElement(display=Display.block)  # a definition list is a form to many
_CSS = {**CSS_PROFILES["strict"], "td": _CELL, "th": _CELL, "dl": _LINE, "dt": _LINE, "dd": _LINE}
_CONFIG = ParserConfig(css=_CSS, display_images=False, display_links=False)


class HtmlText(NamedTuple):
    """The text with its marks (see marks.py), what it hid from its reader, shortened, and what was wrong, in words."""

    text: str
    hidden: str
    defects: tuple[str, ...]


def html_to_text(source: str) -> HtmlText:
    """The readable text of an HTML document or fragment of any quality."""
    defects = []
    source = without_foreign_marks(clean_text(source))
    if len(source) > MAX_HTML:
        source = source[:MAX_HTML]
        defects.append(f"the HTML was longer than {MAX_HTML:,} characters; the rest was left out")
    if _open_tags(source) > _MAX_OPEN_TAGS:
        defects.append("the HTML is nested too deeply; only its words were kept")
        return HtmlText(_tidy(_without_tags(source)), "", tuple(defects))
    tree = LexborHTMLParser(_LONG_TAG.sub(_few_attributes, source))
    hidden = drop_hidden(tree)
    if hidden:
        defects.append("the HTML holds hidden text, which was left out")
    if _depth(tree) > _MAX_DEPTH:
        defects.append("the HTML is nested too deeply; its layout was lost")
        return HtmlText(_tidy(tree.text(separator="\n")), hidden, tuple(defects))
    mark_quotations(tree)
    return HtmlText(_tidy(on_lines_of_their_own(_convert_with_quotes(tree))), hidden, tuple(defects))


def _open_tags(source: str) -> int:
    """The most tags open at once if none were closed by implication: an upper bound of the nesting."""
    depth = deepest = 0
    for tag in _TAG.finditer(source):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _few_attributes(tag: re.Match[str]) -> str:
    """The tag as it was, or without attributes when it has too many."""
    return tag[0] if len(tag[2].split()) <= _MAX_ATTRIBUTES else f"<{tag[1]}"


def _without_tags(source: str) -> str:
    return html.unescape(_ANY_TAG.sub(" ", _BLOCK.sub("\n", _RAW_TEXT.sub(" ", source))))


def _depth(tree: LexborHTMLParser) -> int:
    """The nesting of the element tree, counted no further than one past the limit."""
    node, depth, deepest = tree.root, 0, 0
    while node is not None and deepest <= _MAX_DEPTH:
        if node.child is not None:
            node, depth = node.child, depth + 1
            deepest = max(deepest, depth)
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = node.next if node is not None and depth > 0 else None
    return deepest


def _convert_with_quotes(tree: LexborHTMLParser, level: int = 1) -> str:
    """Convert quoted blocks apart and put `> ` before their lines, as plain-text mail has it."""
    quotes: list[str] = []
    while len(quotes) < _MAX_QUOTES and (node := tree.css_first(_QUOTES)) is not None:
        inner = node.inner_html or ""
        deeper = level < _MAX_QUOTE_LEVEL
        quotes.append(_convert_with_quotes(LexborHTMLParser(inner), level + 1) if deeper else _convert(inner))
        node.replace_with(f"\ue000{len(quotes) - 1}\ue001")
    text = _convert(tree.html or "")
    for number, quote in enumerate(quotes):
        lines = "\n".join(
            f"> {line}".rstrip() for line in _tidy(without_marks(on_lines_of_their_own(quote))).split("\n")
        )
        text = text.replace(f"\ue000{number}\ue001", f"\n{lines}\n", 1)
    return text


def _convert(source: str) -> str:
    return str(inscriptis.get_text(source, _CONFIG)) if source.strip() else ""


def _tidy(text: str) -> str:
    """No control characters that came as entities, no trailing blanks, no more than one empty line in a row."""
    pieces = MARK.split(text)  # every second one is a mark
    text = "".join(piece if number % 2 else clean_text(piece) for number, piece in enumerate(pieces))
    lines = "\n".join(line.rstrip() for line in text.replace("\xa0", " ").split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip("\n")
