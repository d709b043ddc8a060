"""`/lead` as staff type it: through the workspace, Socket Mode, a real Bolt app, the real store and the real model."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Core
from bot.slack.app import Connection, Identity, SlackApp, web_client
from bot.slack.blocks import SlackMessage
from bot.slack.client import Slack
from bot.slack.commands import HELP, Commands, Verb, hints
from bot.slack.staff import StaffCheck
from bot.status import gather
from bot.workspace.block_kit import check_message
from bot.workspace.identity import BOT_ID, BOT_USER_ID, LEADS_CHANNEL, STAFF_1, TEAM_ID
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.store.events import SHOWN
from enrichment.adapters.store.leads import Leads
from enrichment.adapters.store.schema import events
from enrichment.errors import NeedsPerson
from enrichment.models import Contact, MatchKind, MessageState
from enrichment.ports import NewLead
from tests.bot.slack.staff import Staff, text_objects
from tests.enrichment.parts import Parts, match, triage

BRAKES = "My brakes make a grinding noise when I stop, can you look at them this week?"
BOILER = "Our boiler leaks water onto the kitchen floor. Can somebody come and fix it?"
Json = dict[str, Any]


@pytest.fixture
def commands(core: Core) -> Commands:
    """The commands on a real store."""
    store = core.store
    return Commands(
        store.book,
        core.search,
        store.clock,
        lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread")),
        store.audit,
    )


@pytest.fixture
async def app(connection: Connection, commands: Commands) -> AsyncIterator[SlackApp]:
    """The Bolt app, connected."""
    identity = Identity(team_id=TEAM_ID, bot_id=BOT_ID, bot_user_id=BOT_USER_ID, channel=LEADS_CHANNEL)
    staff = StaffCheck(Slack(web_client(connection)), team=TEAM_ID, channel=LEADS_CHANNEL)
    running = SlackApp(connection, web_client(connection), identity, commands, staff=staff)
    await running.connect()
    yield running
    await running.close()


def add(core: Core, parts: Parts, text: str, email: str, urgency: int = 50) -> int:
    """The number of a lead that says this."""
    embedder = core.embedder
    assert isinstance(embedder, OnnxEmbedder)
    new = NewLead(
        message_id=parts.accept(),
        contact=Contact(name="", email=email),
        keys=(("email", email),),
        subject=text[:40],
        ask=text,
        text=text,
        vector=embedder.embed([text])[0].astype("<f4").tobytes(),
        embedder=embedder.name,
    )
    leads = core.leads
    assert isinstance(leads, Leads)
    lead_id = leads.open(new).lead_id
    leads.complete(lead_id, triage(urgency), [])
    return lead_id


async def answer(staff: Staff, text: str) -> str:
    """What the asker reads after `/lead <text>`: one ephemeral answer that Slack takes, the ack empty."""
    given = await staff.command(text)
    assert not given["ack"], given
    (response,) = given["responses"]
    assert response["response_type"] == "ephemeral"
    assert check_message(response["blocks"]) == []
    return html.unescape("\n".join(each["text"] for each in text_objects(response["blocks"])))


@pytest.mark.usefixtures("app")
async def test_list_is_in_order_of_urgency(staff: Staff, core: Core, parts: Parts) -> None:
    """Most urgent first, then oldest first; nothing is posted for others to see."""
    assert await answer(staff, "") == "No open leads. New ones show up here as soon as a customer writes."
    for urgency, email in ((50, "a@example.com"), (90, "b@example.com"), (50, "c@example.com"), (10, "d@example.com")):
        add(core, parts, BRAKES, email, urgency)
    for text in ("", "  ", "list", "LIST"):
        told = await answer(staff, text)
        assert told.startswith("4 open leads, most urgent first\n")
        assert re.findall(r"L-\d", told) == ["L-2", "L-1", "L-3", "L-4"]
    assert staff.posts() == len([m for m in staff.workspace.store.messages(LEADS_CHANNEL, -1) if m.ephemeral_to])


@pytest.mark.usefixtures("app")
async def test_similar_finds_by_text_and_by_lead(staff: Staff, core: Core, parts: Parts) -> None:
    """The likely ones with what kind they are and why; the unlike ones not."""
    for text, email in ((BRAKES, "jo@example.com"), (BOILER, "ann@example.com"), (BRAKES, "bo@example.com")):
        add(core, parts, text, email)
    by_text = await answer(staff, "similar grinding   brakes")
    assert by_text.startswith("2 leads like “grinding brakes”")
    assert set(re.findall(r"L-\d", by_text)) == {"L-1", "L-3"}
    by_lead = await answer(staff, "similar L-1")
    assert by_lead.startswith("1 lead like “L-1”")
    assert "L-3" in by_lead
    assert re.search(r"similar, \d+%: ", by_lead)
    again = add(core, parts, BRAKES, "jo@example.com")
    assert f"L-{again}" in await answer(staff, "similar\nl1")
    assert "duplicate, " in await answer(staff, f"similar L-{again}")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("similar", "say what to look for"),
        ("similar L-99", "there is no lead L-99"),
        ("similar zebra crossing quantum", "No lead is like “zebra crossing quantum”."),
        ("show", "say which lead"),
        ("show L-99", "there is no lead L-99"),
        ("show something", "say which lead"),
        ("frobnicate <!channel> *x*", "I don't know “frobnicate”."),
        ("<!channel>", "I don't know “<!channel>”."),
        ("help", "`/lead similar TEXT`"),
    ],
)
async def test_what_cannot_be_answered_says_what_can(staff: Staff, text: str, told: str) -> None:
    """Never silence, never an error of Slack's."""
    assert told in await answer(staff, text)


@pytest.mark.usefixtures("app")
async def test_help_lists_every_command(staff: Staff) -> None:
    """And so does the answer to what is unknown."""
    for text in ("help", "nonsense"):
        told = await answer(staff, text)
        assert all(command in told for command in HELP)


def test_hints_list_what_can_be_typed() -> None:
    """With what other parts bring; how to list them comes last."""

    async def nothing(_: str) -> SlackMessage:
        return SlackMessage(text="", blocks=())

    assert hints() == HELP
    extra = {"samples": Verb(nothing, {"/lead samples": "ten leads"})}
    assert list(hints(extra).items())[-2:] == [("/lead samples", "ten leads"), ("/lead help", HELP["/lead help"])]


@pytest.mark.usefixtures("app")
async def test_show_tells_all_of_a_lead(staff: Staff, core: Core, parts: Parts) -> None:
    """All words, in paragraphs; the warning when it repeats another."""
    first = add(core, parts, BRAKES, "jo@example.com")
    long = " ".join(f"word{number}" for number in range(700))
    second = parts.open("jo@example.com", text=long)
    parts.leads.complete(second, triage(80), [match(second, first, MatchKind.DUPLICATE)])
    told = await answer(staff, f"show L-{second}")
    assert "word0 " in told
    assert "word699" in told
    assert f"Possible duplicate of L-{first}: same e-mail" in told
    (seen,) = parts.history.of(second, [SHOWN])
    assert (seen.actor, seen.detail) == (STAFF_1, {"by": "command"})
    unseen = parts.open("x@example.com")
    assert f"there is no lead L-{unseen}" in await answer(staff, f"show L-{unseen}")
    assert parts.history.of(unseen, [SHOWN]) == []


def seen(parts: Parts) -> list[tuple[str, Any]]:
    """Who has seen which leads, oldest first."""
    query = sa.select(events.c.actor, events.c.detail).where(events.c.action == SHOWN).order_by(events.c.id)
    with parts.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.usefixtures("app")
async def test_lists_are_written_down(staff: Staff, core: Core, parts: Parts) -> None:
    """Whom, when and which leads, but not what was asked for: it may be a customer's words. Nothing found, no row."""
    await answer(staff, "")
    await answer(staff, "similar jo@example.com")
    assert seen(parts) == []
    first, second = add(core, parts, BRAKES, "jo@example.com", 90), add(core, parts, BOILER, "ann@example.com", 20)
    await answer(staff, "")
    await answer(staff, "list")
    await answer(staff, "similar jo@example.com")
    listed = (STAFF_1, {"by": "list", "leads": [first, second]})
    assert seen(parts) == [listed, listed, (STAFF_1, {"by": "similar", "leads": [first]})]


@pytest.mark.usefixtures("app")
async def test_status_says_when_the_books_do_not_balance(staff: Staff, parts: Parts) -> None:
    """A row that is in no state, and a lead that is gone."""
    parts.lead()
    parts.accept()
    with parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE messages SET state = 'nowhere' WHERE id = 2"))
        connection.execute(sa.text("UPDATE leads SET revision = 0"))
    told = await answer(staff, "status")
    assert "ERROR smtp: the states do not add up to what was received" in told
    assert "ERROR: 1 messages ended as leads, but there are 0 leads" in told


@pytest.mark.usefixtures("app")
async def test_status_tells_the_ledger(staff: Staff, parts: Parts) -> None:
    """What came in, and what became of it."""
    parts.lead()
    parts.messages.finish(parts.accept(), MessageState.FILTERED, "newsletter")
    told = await answer(staff, "status")
    assert "1 open leads, 2 messages received" in told
    assert "smtp: 2 received = 1 lead, 1 filtered" in told


@pytest.mark.usefixtures("app")
async def test_hostile_words_of_customers_and_staff_stay_words(staff: Staff, parts: Parts) -> None:
    """In lists, searches and headlines."""
    parts.lead("jo@example.com", name="<!channel> *Jo*", text="<http://evil.example|bank>")
    for text in ("", "show L-1", "similar <!here> " + "&" * 3000, "&" * 5000):
        given = await staff.command(text)
        raw = json.dumps(given["responses"])
        assert "<!channel>" not in raw
        assert "<!here>" not in raw
        assert "<http://evil" not in raw


@pytest.mark.usefixtures("app")
async def test_trouble_is_told(staff: Staff, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """A neighbour's outage in its own words; a bug of ours without them."""

    def away(_: str) -> None:
        raise NeedsPerson("the index is closed")

    monkeypatch.setattr(commands.search, "similar", away)
    assert await answer(staff, "similar x") == "That did not work just now: the index is closed. Please try again."

    def broken(**_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(commands.book, "listed", broken)
    assert "Something went wrong" in await answer(staff, "")


@pytest.mark.usefixtures("app")
async def test_refused_answer_is_given_plainly(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Slack does not take the blocks of an answer, its point is still told."""

    async def odd(_: Commands, _text: str, _user: str) -> SlackMessage:
        return SlackMessage(text="the point", blocks=({"type": "nonsense"},))

    monkeypatch.setattr(Commands, "answer", odd)
    assert await answer(staff, "") == "the point"
