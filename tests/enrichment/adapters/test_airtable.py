"""Airtable, spoken to over real HTTP."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import structlog

from enrichment.adapters import airtable as adapter
from enrichment.adapters import airtable_http
from enrichment.adapters.airtable import AirtableCrm
from enrichment.adapters.lead_record import KEY, record
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.lead import Contact, LeadStatus
from tests.enrichment import crm as fixtures
from tests.enrichment.crm import Elapsed, connected, failed, lead
from tests.servers.airtable import TOKEN, AirtableServer

# The fixtures of these tests.
server, clock, crm = fixtures.server, fixtures.clock, fixtures.crm


def test_a_lead_becomes_a_row(server: AirtableServer, crm: AirtableCrm) -> None:
    """With every field of the record, in one request after one look at the schema."""
    crm.upsert([lead()])
    assert server.rows() == [record(lead())]
    assert [request.method for request in server.requests] == ["GET", "PATCH"]
    sent = server.requests[1].body
    assert (sent["typecast"], sent["performUpsert"]) == (False, {"fieldsToMergeOn": ["Leadbot Key"]})


def test_the_same_lead_is_the_same_row(server: AirtableServer, crm: AirtableCrm) -> None:
    """Found again by its uuid, also when its number is another lead's by now."""
    crm.upsert([lead(1), lead(2)])
    crm.upsert([lead(1, status=LeadStatus.WON)])
    crm.upsert([lead(1, uuid="another")])
    assert [(row[KEY][-1], row["Status"]) for row in server.rows()] == [
        ("1", "Won"),
        ("2", "Claimed"),
        ("r", "Claimed"),
    ]
    assert server.count("GET") == 1


def test_what_staff_undo_is_emptied_and_what_others_wrote_stays(server: AirtableServer, crm: AirtableCrm) -> None:
    """A released lead has no owner; a company that somebody filled in by hand is still there."""
    crm.upsert([lead(contact=Contact(email="a@example.com"))])
    (row,) = server.table.rows.values()
    row["Company"] = "By Hand Ltd"
    crm.upsert([lead(contact=Contact(email="a@example.com"), owner="", owner_name="", note="", duplicate_of=None)])
    (now,) = server.rows()
    assert now["Company"] == "By Hand Ltd"
    assert not {"Owner", "Note", "Duplicate Of"} & set(now)


def test_a_table_may_go_by_its_id(server: AirtableServer) -> None:
    """Which stays when somebody renames it."""
    with connected(server, table=server.table.id) as crm:
        crm.upsert([lead()])
    server.table.name = "Inquiries & more/2"
    with connected(server, table=server.table.name) as crm:
        crm.upsert([lead()])
    assert len(server.rows()) == 1


def test_hostile_text_is_taken(server: AirtableServer, crm: AirtableCrm) -> None:
    """NUL, a lone surrogate and a message without end."""
    crm.upsert([lead(text="\0\ud800" + "🚗" * 200_000, ask="a\0b", contact=Contact(name="\udfff\n"))])
    (row,) = server.rows()
    assert (row["Request"], row["Name"]) == ("a\ufffdb", "\ufffd")
    assert row["Message"].startswith("\ufffd\ufffd🚗")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("401", NeedsPerson, "does not know the token: make one at airtable.com/create/tokens"),
        ("402", NeedsPerson, "asks for a payment"),
        ("403", NeedsPerson, "no base appTestBase000001 with a table Leads"),
        ("404", NeedsPerson, "data.records:read, data.records:write and schema.bases:read"),
        ("413", GiveUp, "Airtable does not take the row: Request body too large"),
        ("429", RetryLater, "asked too often"),
        ("500", RetryLater, "in trouble (status 500)"),
        ("503", RetryLater, "in trouble (status 503)"),
        ("billing", NeedsPerson, "used up its calls of this month"),
        ("billing object", NeedsPerson, "used up its calls of this month"),
        ("html", RetryLater, "answers with something else"),
        ("empty", RetryLater, "was not understood"),
        ("no rows", RetryLater, "names other rows than were written"),
        ("drop", RetryLater, "cannot be reached"),
        ("redirect", NeedsPerson, "check AIRTABLE_ENDPOINT_URL"),
        ("echo", GiveUp, "bad request with Bearer ***"),
    ],
)
def test_trouble_says_what_to_do_next(
    server: AirtableServer, crm: AirtableCrm, fault: str, kind: type[LeadbotError], words: str
) -> None:
    """By the error's type for the loop, in words for a person; the token is in none of it."""
    crm.upsert([lead(2)])
    server.fail(fault)
    with structlog.testing.capture_logs() as told:
        error = failed(crm)
    assert isinstance(error, kind)
    assert words in str(error)
    assert TOKEN not in repr((error, error.__cause__, told))
    assert error.__context__ is None or error.__suppress_context__  # the log shows no request with the token


def test_after_a_429_airtable_is_left_alone(server: AirtableServer, crm: AirtableCrm, clock: Elapsed) -> None:
    """For its thirty seconds, whoever asks: requests within the penalty are lost."""
    server.fail("429")
    error = failed(crm)
    assert isinstance(error, RetryLater)
    assert error.retry_after == 30
    clock.seconds += 20
    error = failed(crm)
    assert isinstance(error, RetryLater)
    assert error.retry_after == pytest.approx(10)
    assert len(server.requests) == 1
    clock.seconds += 10
    crm.upsert([lead()])
    assert len(server.rows()) == 1


def test_what_needs_a_person_is_not_asked_about_all_the_time(
    server: AirtableServer, crm: AirtableCrm, clock: Elapsed
) -> None:
    """A token that was revoked: the loop may come every minute, Airtable is asked every five."""
    server.token = "another"
    said = str(failed(crm))
    clock.seconds += 60
    assert str(failed(crm)) == said
    assert len(server.requests) == 1
    server.token = TOKEN
    clock.seconds += adapter.HOLD_SECONDS
    crm.upsert([lead()])
    assert len(server.rows()) == 1


def test_a_lost_answer_makes_no_second_row(server: AirtableServer, crm: AirtableCrm) -> None:
    """The write happened, the answer did not come: the repeat finds the rows."""
    server.fail("lost", method="PATCH")
    assert isinstance(failed(crm, 1, 2, 3), RetryLater)
    assert len(server.rows()) == 3
    crm.upsert([lead(number) for number in (1, 2, 3)])
    assert len(server.rows()) == 3


def test_two_rows_with_one_key_are_told(server: AirtableServer, crm: AirtableCrm) -> None:
    """Somebody has copied a row in Airtable: that lead is set aside with Airtable's words."""
    crm.upsert([lead()])
    server.table.rows["recCopy"] = dict(server.rows()[0])
    assert isinstance(failed(crm), GiveUp)


@pytest.mark.parametrize(
    ("fault", "seconds", "longest"), [("slow", 3.0, 1.9), ("endless", 0.3, 2.9), ("endless", 0.0, 1.9)]
)
def test_no_answer_is_waited_for_too_long(
    server: AirtableServer, monkeypatch: pytest.MonkeyPatch, fault: str, seconds: float, longest: float
) -> None:
    """Silence, an answer byte by byte, and one that is larger than any of Airtable's."""
    monkeypatch.setattr(airtable_http, "LONGEST_ANSWER", 3_000_000)
    server.fail(fault, seconds=seconds)
    started = time.monotonic()
    with connected(server, timeout=(1, 1)) as crm:
        assert isinstance(failed(crm), RetryLater)
    assert time.monotonic() - started < longest


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"api_key": " "}, "AIRTABLE_API_KEY is no token"),
        ({"api_key": f"{TOKEN}\nX-Evil: 1"}, "AIRTABLE_API_KEY is no token"),
        ({"base_id": "https://airtable.com/appX/tblY"}, "AIRTABLE_BASE_ID is no base"),
        ({"base_id": "../meta"}, "AIRTABLE_BASE_ID is no base"),
        ({"table": ""}, "AIRTABLE_TABLE is empty"),
        ({"endpoint_url": "api.airtable.com"}, "AIRTABLE_ENDPOINT_URL is no address"),
        ({"endpoint_url": "ftp://127.0.0.1"}, "AIRTABLE_ENDPOINT_URL is no address"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(server: AirtableServer, changes: dict[str, Any], words: str) -> None:
    """Nothing is sent; the bot runs on and says so."""
    with connected(server, **changes) as crm:
        error = failed(crm)
    assert isinstance(error, NeedsPerson)
    assert words in str(error)
    assert TOKEN not in str(error)
    assert server.requests == []


def test_a_password_file_does_not_take_the_tokens_place(
    server: AirtableServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .netrc with an entry for every host is common on servers."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with connected(server) as crm:
        crm.upsert([lead()])
    assert len(server.rows()) == 1


def test_a_missing_certificate_file_is_told(server: AirtableServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is this machine's fault and not Airtable's."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file.pem")
    with connected(server, endpoint_url="https://127.0.0.1:1") as crm:
        error = failed(crm)
    assert isinstance(error, NeedsPerson)
    assert "check REQUESTS_CA_BUNDLE" in str(error)


def test_each_request_waits_for_its_place(server: AirtableServer) -> None:
    """The schema's too: a base answers five requests a second in all."""
    waits: list[int] = []
    with connected(server, wait=lambda: waits.append(len(server.requests))) as crm:
        crm.upsert([])
        assert waits == []
        crm.upsert([lead()])
        crm.problems()
    assert waits == [0, 1, 2, 3]


def test_a_token_that_may_not_read_rows_is_found_out(server: AirtableServer, crm: AirtableCrm) -> None:
    """Before the first lead comes."""
    server.scopes.discard("data.records:read")
    with pytest.raises(NeedsPerson, match=r"data\.records:read"):
        crm.problems()
