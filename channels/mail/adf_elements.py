"""Reads the elements out of an ADF document, however broken: no XML parser, so no entities, no nesting, one pass.

ADF has few elements and the lowest hold only text. So a text element ends at the next tag of any kind, and a section
(customer, vendor, provider, vehicle) at the next section; what is not ADF's is part of the text.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from channels.mail.cleaning import clean_text

MAX_DOCUMENT = 200_000
_MAX_ELEMENTS = 500
_MAX_TEXT = 20_000
_START = re.compile(r"<\?adf\b|<(?:\w{1,20}:)?(?:adf|prospect)\b", re.IGNORECASE)
_ESCAPED = re.compile(r"&(?:amp;)?lt;(?:\?adf|(?:\w{1,20}:)?(?:adf|prospect))\b", re.IGNORECASE)
_END = re.compile(r"</(?:\w{1,20}:)?adf\s{0,20}>", re.IGNORECASE)
_ENCODED = re.compile(r"=(?:\n|([2-7][0-9A-F]))")
_QUOTED_LINE = re.compile(r"^(?:> ?)+", re.MULTILINE)
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<data>[^\]]*(?:\](?!\]>)[^\]]*)*)(?:\]\]>|\Z)"
    r"|(?P<skip><!--[^<>]{0,5000}-->|<[?!][^<>]{0,2000}>)"
    r"|<(?P<close>/?)\s{0,5}(?:\w{1,20}:)?(?P<name>[a-zA-Z]\w{0,40})(?P<attributes>(?=[\s/>])[^<>]{0,1000})>"
)
_ATTRIBUTE = re.compile(r"(\w{1,30})\s{0,5}=\s{0,5}(?:\"([^\"]{0,300})\"|'([^']{0,300})'|([^\s\"'>]{1,300}))")
SECTIONS = frozenset({"customer", "vendor", "provider", "vehicle"})
_GROUPS = frozenset({"adf", "prospect", "contact", "address", "timeframe", "finance", "option", "colorcombination"})
_TEXTS = frozenset(
    {
        "id",
        "requestdate",
        "year",
        "make",
        "model",
        "vin",
        "stock",
        "trim",
        "doors",
        "bodystyle",
        "transmission",
        "odometer",
        "condition",
        "imagetag",
        "price",
        "pricecomments",
        "optionname",
        "manufacturercode",
        "weighting",
        "interiorcolor",
        "exteriorcolor",
        "preference",
        "method",
        "amount",
        "balance",
        "comments",
        "comment",
        "name",
        "firstname",
        "first_name",
        "lastname",
        "last_name",
        "fullname",
        "email",
        "phone",
        "street",
        "apartment",
        "city",
        "regioncode",
        "postalcode",
        "country",
        "description",
        "earliestdate",
        "latestdate",
        "vendorname",
        "service",
        "url",
    }
)
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})


class Element(NamedTuple):
    """A text element: the section it stands in (empty: the prospect itself), its name, attributes and text."""

    section: str
    group: str
    name: str
    attributes: dict[str, str]
    text: str


def find_document(text: str) -> str:
    """The ADF document in a text, also one that is escaped or quoted; empty when there is none."""
    if "<" not in text and "&" not in text:
        return ""
    start = _START.search(text)
    if start is None and (escaped := _ESCAPED.search(text)):
        text = html.unescape(text[escaped.start() : escaped.start() + MAX_DOCUMENT])
        text = html.unescape(text) if _ESCAPED.search(text) else text
        start = _START.search(text)
    if start is None:
        return ""
    quoted = text[text.rfind("\n", 0, start.start()) + 1 :].startswith(">")
    document = text[start.start() : start.start() + MAX_DOCUMENT]
    end = _END.search(document)
    document = document[: end.end()] if end else document
    document = _QUOTED_LINE.sub("", document) if quoted else document
    # Some senders say nothing of their quoted-printable.
    return _ENCODED.sub(_decoded, document) if '=3D"' in document else document


def _decoded(octet: re.Match[str]) -> str:
    return chr(int(octet[1], 16)) if octet[1] else ""


def read_elements(document: str) -> list[Element]:
    """The text elements in order, at most 500, of the first prospect."""
    reader = _Reader()
    position = 0
    for token in _TOKEN.finditer(document):
        reader.text(document[position : token.start()])
        position = token.end()
        if token["data"] is not None:
            reader.data(token["data"])
        elif token["name"]:
            reader.tag(token["name"].lower(), token["attributes"], closes=bool(token["close"]))
        if reader.done:
            break
    if not reader.done:
        reader.text(document[position:])
    reader.end_text()
    return reader.elements


class _Reader:
    """Where the reading is: in which section and group, in which text element."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.done = False
        self._prospects = 0
        self._section = ""
        self._group = ""
        self._name = ""
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []

    def text(self, piece: str) -> None:
        """Words between tags."""
        if self._name and piece:
            self._pieces.append(html.unescape(piece))

    def data(self, piece: str) -> None:
        """Words that are to be taken as they are; many put HTML there."""
        if self._name:
            self._pieces.append(piece)

    def tag(self, name: str, attributes: str, *, closes: bool) -> None:
        """A tag opens or closes."""
        if name not in _TEXTS | _GROUPS | SECTIONS:
            if self._name:
                self._pieces.append("\n" if name in _BREAKS else "")
            return
        self.end_text()
        if name in SECTIONS:
            self._section, self._group = "" if closes else name, ""
        elif name in _GROUPS:
            self._group = "" if closes else name
            self._count(name, closes=closes)
        elif not closes and not attributes.rstrip().endswith("/"):
            self._name, self._attributes = name, _read_attributes(attributes)
        if name in SECTIONS and not closes:
            self.elements.append(Element(name, "", "", _read_attributes(attributes), ""))

    def _count(self, name: str, *, closes: bool) -> None:
        """One mail is one lead: only the first prospect is read."""
        if name == "prospect" and not closes:
            self._section = ""
            self._prospects += 1
            self.done = self._prospects > 1

    def end_text(self) -> None:
        """The text element ends here, whether it says so or not."""
        words = clean_text("".join(self._pieces))[:_MAX_TEXT].strip()
        if self._name and words:
            self.elements.append(Element(self._section, self._group, self._name, self._attributes, words))
        self.done = self.done or len(self.elements) >= _MAX_ELEMENTS
        self._name, self._pieces = "", []


def _read_attributes(source: str) -> dict[str, str]:
    """Names in lower case, the first of equal ones."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(source):
        value = next((part for part in match.groups()[1:] if part is not None), "")
        found.setdefault(match[1].lower(), html.unescape(value).strip())
    return found
