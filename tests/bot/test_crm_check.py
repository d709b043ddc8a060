"""The doctor's look at Airtable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import crm_check
from bot.settings import Settings
from tests.enrichment.crm import lead
from tests.enrichment.parts import Parts
from tests.servers.airtable import TOKEN, AirtableServer, serving


@pytest.fixture
def server() -> Iterator[AirtableServer]:
    """An Airtable."""
    with serving() as started:
        yield started


def settings_for(server: AirtableServer, folder: Path, **changes: Any) -> Settings:
    """The settings of a bot that writes to this Airtable."""
    given: dict[str, Any] = {
        "airtable_api_key": SecretStr(server.token),
        "airtable_base_id": server.base,
        "airtable_endpoint_url": server.url,
    }
    return Settings(data_dir=folder, **(given | changes))


async def test_airtable_is_off_until_it_is_set(tmp_path: Path) -> None:
    """The doctor says how to begin; half a setting is a fault."""
    check = await crm_check.crm(Settings(data_dir=tmp_path))
    assert (check.state, check.advice) == ("off", "set AIRTABLE_API_KEY and AIRTABLE_BASE_ID: docs/airtable.md")
    check = await crm_check.crm(Settings(data_dir=tmp_path, airtable_base_id="appX"))
    assert (check.state, check.detail) == ("failed", "AIRTABLE_API_KEY is missing")
    check = await crm_check.crm(Settings(data_dir=tmp_path, airtable_api_key=SecretStr("pat")))
    assert (check.state, check.detail) == ("failed", "AIRTABLE_BASE_ID is missing")
    assert crm_check.open_crm(Settings(data_dir=tmp_path)) is None


async def test_a_good_table_is_reached(server: AirtableServer, tmp_path: Path) -> None:
    """With two requests and nothing written."""
    check = await crm_check.crm(settings_for(server, tmp_path))
    assert (check.state, check.detail) == ("ok", f"base {server.base}, table Leads")
    assert [request.method for request in server.requests] == ["GET", "GET"]


async def test_a_table_with_gaps_works_and_they_are_named(server: AirtableServer, tmp_path: Path) -> None:
    """In words that say what to add."""
    del server.table.fields["Company"]
    server.table.fields["Channel"].choices = ["Email"]
    check = await crm_check.crm(settings_for(server, tmp_path))
    assert check.state == "ok"
    assert check.detail == (
        f"base {server.base}, table Leads; the table has no field Company: add it, or it stays out; "
        "the field Channel lacks the option Slack: add what is missing, or make it a text field"
    )


@pytest.mark.parametrize(
    ("changes", "detail", "advice"),
    [
        (
            {"airtable_api_key": SecretStr("patWrong")},
            "does not know the token",
            "make one at airtable.com/create/tokens",
        ),
        ({"airtable_base_id": "appOther"}, "no base appOther with a table Leads", "check AIRTABLE_BASE_ID"),
        ({"airtable_table": "Nope"}, "has no table Nope", "set AIRTABLE_TABLE to one of Leads"),
        ({"airtable_endpoint_url": "http://127.0.0.1:1"}, "cannot be reached", "when it is back"),
        ({"airtable_endpoint_url": "nonsense"}, "is no address", "set it to https://api.airtable.com"),
    ],
)
async def test_what_is_wrong_comes_with_what_to_do(
    server: AirtableServer, tmp_path: Path, changes: dict[str, Any], detail: str, advice: str
) -> None:
    """Never an exception, never the token."""
    check = await crm_check.crm(settings_for(server, tmp_path, **changes))
    assert check.state == "failed"
    assert detail in check.detail
    assert advice in check.advice
    assert TOKEN not in repr(check)


async def test_the_opened_crm_keeps_to_the_shared_rate(server: AirtableServer, tmp_path: Path, parts: Parts) -> None:
    """Through the store, for all workers together."""
    crm = crm_check.open_crm(settings_for(server, tmp_path), parts.views)
    assert crm is not None
    crm.upsert([lead()])
    crm.close()
    assert len(server.rows()) == 1
    assert parts.scalar("SELECT count(*) FROM rate_limits WHERE key = 'airtable'") == 1
    assert server.too_often == 0
