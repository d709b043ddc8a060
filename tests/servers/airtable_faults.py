"""The trouble that the local Airtable makes on request, in Airtable's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.servers.airtable_table import Refused

Answer = tuple[int, Any]


def _error(status: int, kind: str, message: str) -> Answer:
    return status, {"error": {"type": kind, "message": message}}


def _errors(status: int, kind: str, message: str) -> Answer:
    return status, {"errors": [{"error": kind, "message": message}]}


def refused(error: Refused) -> Answer:
    """A 422."""
    return _error(422, error.kind, str(error))


NOT_SHOWN = _error(
    403,
    "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
    "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
    "required permissions, and that the model names and/or ids are correct.",
)
# What Airtable answers for each kind of trouble that a test may ask for.
FAULTS: dict[str, Answer] = {
    "401": _error(401, "AUTHENTICATION_REQUIRED", "Authentication required"),
    "402": _error(402, "PAYMENT_REQUIRED", "Payment required"),
    "403": NOT_SHOWN,
    "404": (404, {"error": "NOT_FOUND"}),
    "413": _error(413, "REQUEST_TOO_LARGE", "Request body too large"),
    "429": _errors(429, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later"),
    "billing": _errors(429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED", "API billing plan limit exceeded"),
    "billing object": _error(429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED", "API billing plan limit exceeded"),
    "500": _error(500, "SERVER_ERROR", "An unexpected error occurred"),
    "503": (503, "<html>busy</html>"),
    "html": (200, "<html>Please log in to the hotel's network</html>"),
    "empty": (200, {}),
    "no rows": (200, {"records": [], "updatedRecords": [], "createdRecords": []}),
}


@dataclass
class Fault:
    """Trouble for the next `times` requests of a method (of any, when empty).

    kind: one of FAULTS; `drop` ends the connection, `lost` does so after the write; `slow` waits, `endless` never
    ends; `redirect` points elsewhere; `echo` answers with the request's own token.
    """

    kind: str
    times: int = 1
    method: str = ""
    seconds: float = 0.0
