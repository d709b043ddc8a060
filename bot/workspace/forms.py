"""What a person may not submit: the checks that Slack's own clients make before an app hears of a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from bot.workspace.elements import VALUE_KEYS, elements

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
REQUIRED = "This field is required"
Json = dict[str, Any]


def mistakes(blocks: list[Json], filled: Json) -> dict[str, str]:
    """What to tell beside each input (block_id → a line) that is empty, though required, or holds something wrong.

    filled: the form's state, as elements.state makes it.
    """
    found: dict[str, str] = {}
    for block, element in elements(blocks):
        if block["type"] != "input":
            continue
        key, _ = VALUE_KEYS[element["type"]]
        value = filled["values"][block["block_id"]][element["action_id"]][key]
        if told := _mistake(block, element, value):
            found[block["block_id"]] = told
    return found


def _mistake(block: Json, element: Json, value: Any) -> str:
    if value in (None, "", []):
        return "" if block.get("optional") else REQUIRED
    check = CHECKS.get(element["type"])
    if check is None:
        return ""
    return check(element, value) if isinstance(value, list) == (check is _choices) else "This cannot be read"


def _text(element: Json, value: Any) -> str:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(str(value)) < least:
        return f"Write at least {least} characters"
    return f"Write no more than {most} characters" if len(str(value)) > most else ""


def _number(element: Json, value: Any) -> str:
    number = _decimal(value)
    if number is None:
        return "Enter a number"
    if not element.get("is_decimal_allowed") and number != number.to_integral_value():
        return "Enter a whole number"
    least, most = _decimal(element.get("min_value")), _decimal(element.get("max_value"))
    if least is not None and number < least:
        return f"Enter {element['min_value']} or more"
    return f"Enter {element['max_value']} or less" if most is not None and number > most else ""


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value)[:100])
    except InvalidOperation:
        return None
    # a number of a thousand digits would take its time to compare
    return number if number.is_finite() and abs(number.adjusted()) < 100 else None


def _email(_: Json, value: Any) -> str:
    return "" if len(str(value)) <= 254 and EMAIL.fullmatch(str(value)) else "Enter an e-mail address"


def _url(_: Json, value: Any) -> str:
    try:
        parts = urlsplit(str(value))
    except ValueError:
        return "Enter a web address"
    return "" if parts.scheme in ("http", "https") and parts.netloc else "Enter a web address, with https://"


def _date(_: Json, value: Any) -> str:
    return "" if DATE.fullmatch(str(value)) else "Choose a date"


def _time(_: Json, value: Any) -> str:
    return "" if TIME.fullmatch(str(value)) else "Choose a time"


def _choices(element: Json, value: Any) -> str:
    most = element.get("max_selected_items", len(value))
    return f"Choose no more than {most}" if len(value) > most else ""


CHECKS: dict[str, Callable[[Json, Any], str]] = {
    "plain_text_input": _text,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _url,
    "datepicker": _date,
    "timepicker": _time,
    "multi_static_select": _choices,
}
