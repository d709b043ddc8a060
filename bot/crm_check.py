"""Airtable by the settings: opened, and looked at for `leadbot doctor` and a start."""

from __future__ import annotations

from bot.health import Check
from bot.settings import Settings
from enrichment.adapters.airtable import PER_SECOND, AirtableCrm
from enrichment.adapters.airtable_http import Timeout
from enrichment.adapters.apart import apart
from enrichment.adapters.breaker import Guard
from enrichment.adapters.pace import paced
from enrichment.adapters.store.views import Views
from enrichment.errors import LeadbotError, RetryLater

NAME = "airtable"
GUIDE = "see docs/airtable.md"
# A person is waiting for the doctor.
DOCTOR_TIMEOUT: Timeout = (5, 10)


def open_crm(
    settings: Settings,
    views: Views | None = None,
    timeout: Timeout = (5, 30),
    breaker: Guard | None = None,
) -> AirtableCrm | None:
    """The CRM of the settings, None when there is none.

    views: where all workers share Airtable's rate; without them each request is made at once. breaker: what leaves
    Airtable alone while it is in trouble; without one it is asked whatever it says.
    """
    if settings.airtable_api_key is None or not settings.airtable_base_id:
        return None
    return AirtableCrm(
        settings.airtable_api_key.get_secret_value(),
        settings.airtable_base_id,
        settings.airtable_table,
        settings.airtable_endpoint_url,
        wait=paced(views.reserve, NAME, PER_SECOND) if views else lambda: None,
        timeout=timeout,
        breaker=breaker,
    )


async def crm(settings: Settings) -> Check:
    """Whether leads can be written to Airtable. Costs two of the plan's calls; never raises."""
    opened = open_crm(settings, timeout=DOCTOR_TIMEOUT)
    if opened is None:
        return _not_set(settings)
    try:
        problems = await apart(opened.problems)
    except RetryLater as error:
        return Check(name=NAME, state="failed", detail=str(error), advice="leads are written when it is back")
    except LeadbotError as error:
        what, _, advice = str(error).rpartition(": ")
        return Check(name=NAME, state="failed", detail=what or str(error), advice=advice if what else GUIDE)
    finally:
        opened.close()
    reached = f"base {settings.airtable_base_id}, table {settings.airtable_table}"
    return Check(name=NAME, state="ok", detail="; ".join((reached, *problems)))


def _not_set(settings: Settings) -> Check:
    """Off when Airtable is not wanted, failed when only half of it is set."""
    if settings.airtable_api_key is None and not settings.airtable_base_id:
        advice = "set AIRTABLE_API_KEY and AIRTABLE_BASE_ID: docs/airtable.md"
        return Check(name=NAME, state="off", detail="leads are not written to Airtable", advice=advice)
    missing = "AIRTABLE_BASE_ID" if settings.airtable_api_key is not None else "AIRTABLE_API_KEY"
    return Check(
        name=NAME, state="failed", detail=f"{missing} is missing", advice=f"set {missing}, see docs/airtable.md"
    )
