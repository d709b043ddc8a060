"""Airtable's refusals in plain words, each as the error that says what to do next.

401, 402, 403, 404, the month's calls used up   NeedsPerson
429, 5xx, no answer in time, no connection      RetryLater
422 and the other refusals of a record          GiveUp (UnknownField where the table lacks a field)
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import requests
import urllib3
from pydantic import ValidationError

from enrichment.adapters.breaker import Answered, LockedOut
from enrichment.adapters.lead_record import KEY
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater

# Airtable answers nothing for this long after a base was asked too often.
PENALTY_SECONDS = 30.0
LONGEST_PENALTY = 300.0
BILLING = "PUBLIC_API_BILLING_LIMIT_EXCEEDED"
SCOPES = "data.records:read, data.records:write and schema.bases:read"
WORDS_LIMIT = 200
NO_KEY = f"nothing can be written to Airtable: the table has no field {KEY}: add it, as single line text"
_NOT_KNOWN = (
    "Airtable does not know the token: make one at airtable.com/create/tokens with the scopes "
    f"{SCOPES}, and set AIRTABLE_API_KEY"
)
_NOT_SHOWN = (
    "Airtable shows this token no {place}: check AIRTABLE_BASE_ID and AIRTABLE_TABLE, and give the token access to the "
    f"base and the scopes {SCOPES}"
)

# What pyairtable, requests and urllib3 raise for anything that comes from outside; requests' errors are OSErrors.
FROM_OUTSIDE = (
    OSError,
    urllib3.exceptions.HTTPError,
    ValidationError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)

_FIELD = re.compile(r'[Ff]ield (?:name: )?"([^"]{1,200})"')


class UnknownField(GiveUp):
    """The table has no field of this name."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class NotShown(NeedsPerson):
    """There is no such base or table, or this token may not see it: Airtable does not say which."""


class Refusal(NamedTuple):
    """What Airtable said: the HTTP status, its name for the error, its words."""

    status: int
    kind: str
    words: str

    @classmethod
    def of(cls, response: requests.Response) -> Refusal:
        """Read `{"error": {"type", "message"}}`, `{"error": "NAME"}` or `{"errors": [{"error", "message"}]}`."""
        try:
            body: Any = response.json()
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}
        several = body.get("errors")
        said = several[0] if isinstance(several, list) and several else body.get("error")
        if isinstance(said, dict):
            kind = said.get("type") or said.get("error")
            return cls(response.status_code, str(kind or ""), str(said.get("message") or kind or ""))
        return cls(response.status_code, str(said or ""), str(said or ""))


# The first that fits.
_NO_ANSWER: tuple[tuple[tuple[type[Exception], ...], type[LeadbotError], str], ...] = (
    ((requests.TooManyRedirects,), NeedsPerson, "Airtable's address sends us elsewhere: check AIRTABLE_ENDPOINT_URL"),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema),
        NeedsPerson,
        "AIRTABLE_ENDPOINT_URL is no address: set it to https://api.airtable.com",
    ),
    ((requests.Timeout, urllib3.exceptions.TimeoutError), RetryLater, "Airtable did not answer in time"),
    ((requests.exceptions.SSLError,), RetryLater, "Airtable's certificate could not be checked"),
    ((requests.exceptions.JSONDecodeError,), RetryLater, "Airtable's address answers with something else"),
    ((requests.ConnectionError, urllib3.exceptions.HTTPError), RetryLater, "Airtable cannot be reached"),
    ((requests.RequestException,), RetryLater, "Airtable's answer was not understood"),
    # requests' own errors are OSErrors too; what is left comes from this machine.
    ((OSError,), NeedsPerson, "Airtable cannot be asked: check REQUESTS_CA_BUNDLE and the proxy settings"),
)
# By status.
_FOR_A_PERSON: dict[int, tuple[type[NeedsPerson], str]] = {
    401: (LockedOut, _NOT_KNOWN),
    402: (LockedOut, "Airtable asks for a payment: look at the workspace's plan"),
    403: (NotShown, _NOT_SHOWN),
    404: (NotShown, _NOT_SHOWN),
}


def translated(error: Exception, place: str, token: str) -> LeadbotError:
    """The error of ours for one that came from outside. The token is in none of its words.

    place: which base and table were meant.
    """
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _refused(error.response, place, token)
    for kinds, ours, words in _NO_ANSWER:
        if isinstance(error, kinds):
            return ours(words)
    # Not str(error), which may hold the request's headers.
    return RetryLater(f"Airtable's answer was not understood ({type(error).__name__})")


def _refused(response: requests.Response, place: str, token: str) -> LeadbotError:
    refusal = Refusal.of(response)
    if refusal.status == 429:
        return _too_often(response, refusal)
    if refusal.status >= 500 or refusal.status in {408, 425}:
        return RetryLater(f"Airtable is in trouble (status {refusal.status})")
    if refusal.status in _FOR_A_PERSON:
        ours, words = _FOR_A_PERSON[refusal.status]
        return ours(words.format(place=place))
    return _not_taken(refusal, token)


def _too_often(response: requests.Response, refusal: Refusal) -> LeadbotError:
    if BILLING in (refusal.kind, refusal.words):
        return LockedOut("the Airtable workspace has used up its calls of this month: wait for the next, or upgrade")
    asked = response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isascii() and asked.isdigit() else 0.0
    return Answered("Airtable is asked too often", min(max(seconds, PENALTY_SECONDS), LONGEST_PENALTY))


def _not_taken(refusal: Refusal, token: str) -> LeadbotError:
    words = " ".join(refusal.words.replace(token, "***").split())[:WORDS_LIMIT]
    found = _FIELD.search(words)
    name = found[1] if found else ""
    match refusal.kind:
        case "UNKNOWN_FIELD_NAME" if name == KEY:
            return NeedsPerson(NO_KEY)
        case "UNKNOWN_FIELD_NAME" if name:
            return UnknownField(f"the Airtable table has no field {name}: add it", name)
        case "INVALID_MULTIPLE_CHOICE_OPTIONS":
            return GiveUp(f"an option is missing in the Airtable table ({words}): add it, or make it a text field")
        case "INVALID_VALUE_FOR_COLUMN" if name:
            return GiveUp(f"the Airtable field {name} has another type than docs/airtable.md says ({words})")
    return GiveUp(f"Airtable does not take the row: {words or refusal.kind or f'status {refusal.status}'}")
