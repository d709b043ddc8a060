"""Marks in the DOM where mail programs say that their quotation or their signature starts (see marks.py)."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.mail.attribution_words import FORWARDED
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK, RULE_MARK, SIGNATURE_MARK

_MAX_NODES = 50
_MAX_ABOVE = 250  # no deeper than html_text looks
_MAX_INTRODUCTION = 400  # characters; more are somebody's words
INDENT = "data-indent"  # set on the blockquotes that are layout

# From here on everything is quoted: Outlook, Hotmail, Zimbra, old Outlook Express.
_TAILS = (
    "[id$=divRplyFwdMsg],[id$=appendonsend],hr[id$=stopSpelling],hr#zwchr,.OutlookMessageHeader,div[style*=border-top]"
)
_WORD_BORDER = re.compile(
    r"border-top:solid#[0-9a-f]{6}1\.0pt;padding:3\.0pt0|border-top-color:[^;]+;.*border-top-style:solid"
)
# Boxes that hold a quotation: Gmail, Yahoo, Proton, Outlook for Mac and phones, Spark, Zoho, NetEase, Front, Tutanota.
_BOXES = (
    ".gmail_quote,.gmail_quote_container,.gmail_extra,.yahoo_quoted,.protonmail_quote,#OLK_SRC_BODY_SECTION,"
    "#mail-editor-reference-message-container,.ms-outlook-mobile-reference-message,[name=messageReplySection],.zmail_extra,"
    "#isReplyContent,.front-blockquote,.tutanota_quote,.moz-cite-prefix,.gmail_attr,#reply-intro,.yahoo-quoted-begin"
)
_SIGNATURES = (
    ".gmail_signature,.moz-signature,#Signature,#ms-outlook-mobile-signature,[name=messageSignatureSection],"
    ".protonmail_signature_block,[data-signatureblock],.mailSignature,#signature"
)
_BORDERLESS = re.compile(r"border:(?:none|0|medium)|border-(?:style|width):(?:none|0)|border-left:(?:none|0)")


def mark_quotations(tree: LexborHTMLParser) -> None:
    """Put marks around what the DOM knows to be quoted or signature, and note which blockquotes are layout."""
    for block in tree.css("blockquote")[: 4 * _MAX_NODES]:
        if _is_indent(block):
            block.attrs[INDENT] = "1"
    for rule in tree.css("hr")[:_MAX_NODES]:
        rule.insert_after(RULE_MARK)
    marked: set[int] = set()
    for box in tree.css(_BOXES)[:_MAX_NODES]:
        if box.tag != "blockquote" and not _inside(box, marked):
            _mark_box(box, marked)
    for tail in tree.css(_TAILS)[:_MAX_NODES]:
        if _is_tail(tail) and not _inside(tail, marked):
            tail.insert_before(QUOTE_MARK)
            break
    for signature in tree.css(_SIGNATURES)[:_MAX_NODES]:
        if signature.text(strip=True) and not _inside(signature, marked):
            _enclose(signature, SIGNATURE_MARK, marked)


def _mark_box(box: LexborNode, marked: set[int]) -> None:
    """Mark a whole box, or what introduces the blockquote in it; the writer may have answered between blockquotes."""
    text = box.text()
    if not text.strip() or FORWARDED.search(text.strip()[:100]) or text.lstrip().startswith("-----"):
        return
    block = box.css_first(f"blockquote:not([{INDENT}])")
    if block is None:
        if box.attributes.get("class") != "gmail_extra":
            _enclose(box, REGION_MARK, marked)
        return
    before = text.find(block.text())
    if 0 < before <= _MAX_INTRODUCTION and text[:before].strip() and box.child is not None:
        box.child.insert_before(REGION_MARK)
        block.insert_before(END_MARK)
        marked.add(box.mem_id)


def _enclose(node: LexborNode, mark: str, marked: set[int]) -> None:
    node.insert_before(mark)
    node.insert_after(END_MARK)
    marked.add(node.mem_id)


def _is_tail(node: LexborNode) -> bool:
    """Word's line above a quoted header is known by its measures only; other borders are layout."""
    if (node.attributes.get("id") or node.attributes.get("class") or "").endswith(
        ("divRplyFwdMsg", "appendonsend", "stopSpelling", "zwchr", "OutlookMessageHeader")
    ):
        return True
    style = "".join((node.attributes.get("style") or "")[:1_000].lower().split())
    return _WORD_BORDER.search(style) is not None and ":" in node.text()[:200]


def _is_indent(block: LexborNode) -> bool:
    """Whether a blockquote is layout: the indent button of Gmail and of Apple's and Microsoft's editors."""
    attributes = block.attributes
    style = "".join((attributes.get("style") or "")[:1_000].lower().split())
    if attributes.get("type") == "cite" or "cite" in attributes:
        return False
    if _BORDERLESS.search(style) and "border-left:1px" not in style:
        return True
    if (attributes.get("class") or "") != "gmail_quote" or "border-left" in style:
        return False
    return not _has_above(block, "gmail_quote")


def _has_above(node: LexborNode, name: str) -> bool:
    above = node.parent
    for _ in range(_MAX_ABOVE):
        if above is None:
            return False
        if name in (above.attributes.get("class") or ""):
            return True
        above = above.parent
    return False


def _inside(node: LexborNode, marked: set[int]) -> bool:
    """Whether the node lies in one that is marked already, or in a blockquote that becomes `> ` lines."""
    above: LexborNode | None = node
    for _ in range(_MAX_ABOVE):
        if above is None:
            return False
        if above.mem_id in marked or (above.tag == "blockquote" and INDENT not in above.attributes):
            return True
        above = above.parent
    return True
