"""ADF 1.0, the lead format of car dealers: who asks, for which vehicle. The customer is read, never the vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from channels.mail.adf_elements import Element, find_document, read_elements
from channels.mail.cleaning import MAX_NAME, MAX_SUBJECT, clean_line
from channels.mail.form_values import MAX_MESSAGE, read_value

_VEHICLE = ("year", "make", "model", "trim")
_ADDRESS = ("street", "apartment", "city", "regioncode", "postalcode", "country")
_TRADE = frozenset({"trade-in", "tradein", "trade"})
# Elements that hold a name and which part of it; ADF's own says so in an attribute.
_NAMES = {
    "name": "",
    "fullname": "full",
    "firstname": "first",
    "first_name": "first",
    "lastname": "last",
    "last_name": "last",
}
_LABELS = {
    "vin": "VIN",
    "stock": "Stock",
    "condition": "Condition",
    "odometer": "Odometer",
    "exteriorcolor": "Exterior colour",
    "interiorcolor": "Interior colour",
    "price": "Price",
}
_TAGS = re.compile(r"<[/a-zA-Z][^<>]{0,300}>")


class AdfLead(NamedTuple):
    """What an ADF document says.

    fields: as a form's (name, email, phone, company, subject, message); the subject is the vehicle asked for.
    labels: all of it in words, in order. source: who sent the lead, such as a portal's name.
    """

    fields: dict[str, str]
    labels: dict[str, str]
    source: str


def read_adf(text: str) -> AdfLead | None:
    """The lead in an ADF document that is or stands in the text; None when there is none that names a customer."""
    document = find_document(text)
    elements = read_elements(document) if document else []
    found = {**_contact(elements), "subject": _wanted(elements), "message": _comments(elements)}
    fields = {key: value for key, value in found.items() if value}
    if not fields.keys() & {"name", "email", "phone"}:
        return None
    source = _source(elements)
    return AdfLead(fields, _labels(elements, fields, source), source)


def _contact(elements: list[Element]) -> dict[str, str]:
    """Who asks, from the customer; where that section is missing, from the prospect itself."""
    people = [element for element in elements if element.section == "customer"]
    people = people if any(element.name for element in people) else [each for each in elements if not each.section]
    emails = [each for each in people if each.name == "email"]
    phones = [each for each in people if each.name == "phone" and each.attributes.get("type") != "fax"]
    return {
        "name": _name(people),
        "email": _first("email", emails),
        "phone": _first("phone", sorted(phones, key=lambda each: each.attributes.get("preferredcontact") != "1")),
        "company": _company(people),
    }


def _first(key: str, elements: list[Element]) -> str:
    """The first text that is an address, or a number."""
    return next((value for each in elements if (value := read_value(key, each.text).get(key, ""))), "")


def _name(people: list[Element]) -> str:
    """The full name, else its parts in order; never a firm's."""
    parts = {
        _part(each): clean_line(each.text, MAX_NAME)
        for each in reversed(people)
        if each.name in _NAMES and not _is_firm(each)
    }
    joined = " ".join(parts[part] for part in ("first", "middle", "last", "suffix") if parts.get(part))
    return clean_line(parts.get("full") or joined or next(iter(parts.values()), ""), MAX_NAME)


def _part(element: Element) -> str:
    return _NAMES[element.name] or element.attributes.get("part", "full").lower()


def _is_firm(element: Element) -> bool:
    return element.attributes.get("type", "").lower() == "business"


def _company(people: list[Element]) -> str:
    return next((clean_line(each.text, MAX_NAME) for each in people if each.name == "name" and _is_firm(each)), "")


def _vehicles(elements: list[Element]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Each vehicle as (attributes, texts by element name)."""
    texts: dict[str, str] | None = None
    for element in elements:
        if element.section == "vehicle" and not element.name:
            texts = {}
            yield element.attributes, texts
        elif element.section == "vehicle" and texts is not None:
            texts.setdefault(element.name, element.text)


def _by_interest(elements: list[Element], *, trade: bool) -> list[dict[str, str]]:
    found = list(_vehicles(elements))  # read to the end, so that the texts are filled in
    return [texts for attributes, texts in found if (attributes.get("interest", "").lower() in _TRADE) is trade]


def _called(texts: dict[str, str]) -> str:
    return clean_line(" ".join(texts[part] for part in _VEHICLE if texts.get(part)), MAX_SUBJECT)


def _wanted(elements: list[Element]) -> str:
    """The first vehicle that is not given in payment."""
    return next((name for texts in _by_interest(elements, trade=False) if (name := _called(texts))), "")


def _comments(elements: list[Element]) -> str:
    """The customer's words; where there are none, those that stand with the prospect or the vehicle."""
    for section in ("customer", "", "vehicle"):
        for element in elements:
            if element.section == section and element.name in ("comments", "comment"):
                return _TAGS.sub(" ", element.text)[:MAX_MESSAGE].strip()
    return ""


def _source(elements: list[Element]) -> str:
    """Who sent the lead: the provider's name or service, else the source that its number bears."""
    names = [
        each.text
        for wanted in ("name", "service")
        for each in elements
        if each.section == "provider" and each.name == wanted
    ]
    ids = [each.attributes["source"] for each in elements if each.name == "id" and each.attributes.get("source")]
    return clean_line(next(iter([*names, *ids]), ""), MAX_NAME)


def _labels(elements: list[Element], fields: dict[str, str], source: str) -> dict[str, str]:
    """The lead in words, as a person would fill in a form."""
    names = {"name": "Name", "email": "Email", "phone": "Phone", "company": "Company", "subject": "Vehicle"}
    labels = {label: fields.get(key, "") for key, label in names.items()}
    customer = {each.name: each.text for each in reversed(elements) if each.section == "customer"}
    wanted = next(iter(_by_interest(elements, trade=False)), {})
    given = next(iter(_by_interest(elements, trade=True)), {})
    labels |= {label: wanted.get(name, "") for name, label in _LABELS.items()}
    labels["Trade-in"] = _called(given)
    labels["Timeframe"] = _timeframe(elements)
    labels["Address"] = ", ".join(customer[part] for part in _ADDRESS if customer.get(part))
    labels["Comments"] = fields.get("message", "")
    labels["Request date"] = next((each.text for each in elements if each.name == "requestdate"), "")
    labels["Source"] = source
    return {label: value for label, value in labels.items() if value}


def _timeframe(elements: list[Element]) -> str:
    return next((clean_line(each.text, MAX_SUBJECT) for each in elements if each.group == "timeframe"), "")
