"""A table that is not what docs/airtable.md describes: what is written all the same, and what a person is told."""

from __future__ import annotations

import pytest
import structlog

from enrichment.adapters import airtable as adapter
from enrichment.adapters.airtable import AirtableCrm
from enrichment.adapters.lead_record import COLUMNS, KEY, record
from enrichment.errors import GiveUp, NeedsPerson
from enrichment.lead import Triage, UrgencyLabel
from tests.enrichment import crm as fixtures
from tests.enrichment.crm import Elapsed, connected, failed, lead
from tests.servers.airtable import AirtableServer
from tests.servers.airtable_table import FieldOf, Table

RICH = "the field Message has the type long text with rich text formatting: change it to long text, or it stays out"

# The fixtures of these tests.
server, clock, crm = fixtures.server, fixtures.clock, fixtures.crm


@pytest.mark.parametrize("scope", [True, False])
def test_a_missing_field_stays_out(server: AirtableServer, crm: AirtableCrm, *, scope: bool) -> None:
    """The others are written, and the log says what to add; with the schema's scope or without."""
    if not scope:
        server.scopes.discard("schema.bases:read")
    for name in ("Company", "Why"):
        del server.table.fields[name]
    with structlog.testing.capture_logs() as told:
        crm.upsert([lead(1)])
        crm.upsert([lead(2)])
    assert len(server.rows()) == 2
    assert set(server.rows()[1]) == {column.name for column in COLUMNS} - {"Company", "Why"}
    words = {entry["problem"] for entry in told}
    assert "the table has no field Company: add it, or it stays out" in words
    assert len(told) == len(words) == (2 if scope else 3)
    assert server.count("PATCH") == (2 if scope else 4)


def test_a_field_that_goes_away_stays_out_and_comes_back(
    server: AirtableServer, crm: AirtableCrm, clock: Elapsed
) -> None:
    """A change of the table needs no restart: after a failure the schema is read again, but not at once."""
    crm.upsert([lead()])
    why = server.table.fields.pop("Why")
    crm.upsert([lead()])
    assert server.count("GET") == 1
    server.table.fields["Why"] = why
    clock.seconds += adapter.READ_AGAIN_SECONDS
    crm.upsert([lead(2)])
    assert server.rows()[1]["Why"]
    assert server.count("GET") == 2


def test_a_field_that_was_missing_is_looked_for_again(server: AirtableServer, crm: AirtableCrm, clock: Elapsed) -> None:
    """Now and then: a plan may hold a thousand calls a month."""
    note = server.table.fields.pop("Note")
    crm.upsert([lead()])
    server.table.fields["Note"] = note
    crm.upsert([lead(2)])
    clock.seconds += adapter.LOOK_AGAIN_SECONDS
    crm.upsert([lead(3)])
    assert ["Note" in row for row in server.rows()] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("Urgency", "checkbox", "the field Urgency has the type checkbox: change it to number, or it stays out"),
        ("Why", "formula", "the field Why is computed (formula): change it to long text, or it stays out"),
        ("Message", "richText", RICH),
        ("Received", "number", "the field Received has the type number: change it to date with time, or it stays out"),
        # Nobody can add an option for every customer, and no error may carry what they wrote.
        (
            "Name",
            "singleSelect",
            "the field Name has the type single select: change it to single line text, or it stays out",
        ),
        (
            "Name",
            "someNewType",
            "the field Name has the type someNewType: change it to single line text, or it stays out",
        ),
    ],
)
def test_a_field_of_the_wrong_type_stays_out(
    server: AirtableServer, crm: AirtableCrm, name: str, kind: str, words: str
) -> None:
    """The lead is written without it, and words say what to change."""
    server.table.fields[name] = FieldOf(kind)
    assert crm.problems() == (words,)
    crm.upsert([lead()])
    (row,) = server.rows()
    assert set(row) == {column.name for column in COLUMNS} - {name}


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("Urgency", "singleLineText", "85"),
        ("Received", "date", "2026-11-20"),
        ("Received", "singleLineText", "2026-11-20T09:30:00.000Z"),
        ("Priority", "singleLineText", "Hot"),
        ("Email", "singleLineText", "ann@example.com"),
    ],
)
def test_a_plainer_type_will_do(server: AirtableServer, crm: AirtableCrm, name: str, kind: str, value: str) -> None:
    """Whoever keeps numbers or choices as text gets text."""
    server.table.fields[name] = FieldOf(kind)
    crm.upsert([lead()])
    assert server.rows()[0][name] == value
    assert crm.problems() == ()


def test_a_missing_option_stops_the_leads_that_need_it(
    server: AirtableServer, crm: AirtableCrm, clock: Elapsed
) -> None:
    """Before the request, in words that say what to add; other leads go on, and so does this one after the change."""
    server.table.fields["Priority"].choices = ["Warm", "Cold"]
    error = failed(crm)
    assert isinstance(error, GiveUp)
    assert str(error) == "add the option Hot to the Airtable field Priority, or make it a text field"
    assert server.count("PATCH") == 0
    crm.upsert([lead(2, triage=Triage(urgency=50, label=UrgencyLabel.WARM))])
    assert crm.problems() == ("the field Priority lacks the option Hot: add what is missing, or make it a text field",)
    server.table.fields["Priority"].choices.append("Hot")
    clock.seconds += adapter.READ_AGAIN_SECONDS
    crm.upsert([lead()])
    assert len(server.rows()) == 2
    assert server.count("GET") == 4


def test_without_the_scope_airtables_own_words_are_passed_on(server: AirtableServer, crm: AirtableCrm) -> None:
    """A missing option, a wrong type: the lead is set aside with them."""
    server.scopes.discard("schema.bases:read")
    server.table.fields["Priority"].choices = []
    error = failed(crm)
    assert isinstance(error, GiveUp)
    assert str(error) == 'an option is missing in the Airtable table (Insufficient permissions to create new select option ""Hot""): add it, or make it a text field'  # fmt: skip  # noqa: E501
    server.table.fields["Priority"] = FieldOf("singleLineText")
    server.table.fields["Urgency"] = FieldOf("checkbox")
    error = failed(crm)
    assert isinstance(error, GiveUp)
    assert str(error).startswith("the Airtable field Urgency has another type than docs/airtable.md says")


@pytest.mark.parametrize("scope", [True, False])
def test_nothing_is_written_without_the_key(server: AirtableServer, crm: AirtableCrm, *, scope: bool) -> None:
    """Leads could not be found again; a person has to add the field."""
    if not scope:
        server.scopes.discard("schema.bases:read")
    del server.table.fields[KEY]
    error = failed(crm)
    assert isinstance(error, NeedsPerson)
    assert "the table has no field Leadbot Key: add it" in str(error)
    assert server.rows() == []
    with pytest.raises(NeedsPerson, match="Leadbot Key"):
        crm.problems()


def test_a_computed_key_is_refused(server: AirtableServer, crm: AirtableCrm) -> None:
    """Airtable merges on what is written, not on what it computes."""
    server.table.fields[KEY] = FieldOf("formula")
    error = failed(crm)
    assert isinstance(error, NeedsPerson)
    assert str(error).endswith("the field Leadbot Key is computed (formula): change it to single line text")


def test_a_table_that_is_not_there_is_named_with_those_that_are(server: AirtableServer) -> None:
    """So that the setting can be put right at once."""
    server.tables = [Table.leads("Customers"), Table.leads("Orders")]
    with connected(server) as crm, pytest.raises(NeedsPerson) as caught:
        crm.upsert([lead()])
    assert str(caught.value) == "the Airtable base has no table Leads: set AIRTABLE_TABLE to one of Customers, Orders"


def test_a_good_table_has_no_problems(server: AirtableServer, crm: AirtableCrm) -> None:
    """The one of docs/airtable.md; of what is in it only the key is read."""
    crm.upsert([lead()])
    assert crm.problems() == ()
    assert server.requests[-1].query == {"pageSize": ["1"], "maxRecords": ["1"], "fields[]": [KEY]}


def test_without_the_schemas_scope_that_is_told(server: AirtableServer, crm: AirtableCrm) -> None:
    """Everything else works."""
    server.scopes.discard("schema.bases:read")
    assert crm.problems() == ("the table's fields cannot be checked: give the token the scope schema.bases:read",)
    crm.upsert([lead()])
    assert server.rows() == [record(lead())]
