"""`/lead` as staff type it: what reads, what is explained, what is refused."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bootstrap import Core
from bot.slack.blocks import SlackMessage
from bot.slack.command_help import MORE
from bot.slack.command_reply import Asker, Reply
from bot.slack.commands import HELP, Commands, Verb, hints
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1
from enrichment.adapters.store.events import SHOWN
from enrichment.errors import NeedsPerson
from enrichment.lead import MatchKind
from enrichment.models import MessageState
from tests.bot.slack.asking import (
    BOILER,
    BRAKES,
    Built,
    add,
    answer,
    seen,
)
from tests.bot.slack.leads import HOSTILE
from tests.bot.slack.staff import Staff, assert_safe
from tests.enrichment.parts import Parts, match, triage

BOTH_TRANSPORTS = True


@pytest.mark.usefixtures("lead_app")
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


@pytest.mark.usefixtures("lead_app")
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


@pytest.mark.usefixtures("lead_app")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("similar", "Say what to look for"),
        ("similar L-99", "There is no lead L-99"),
        ("similar zebra crossing quantum", "No lead is like “zebra crossing quantum”."),
        ("show", "Say which lead"),
        ("show L-99", "There is no lead L-99"),
        ("show something", "Say which lead"),
        ("frobnicate <!channel> *x*", "I don't know “frobnicate”."),
        ("asign L-1 @tom", "Did you mean “/lead assign L-1”?"),
        ("show L-1 share share", "There is no lead L-1"),
        ("claim L-1", "There is no lead L-1"),
        ("claim", "Say which lead: “claim L-12”"),
        ("won L-1 they signed", "There is no lead L-1"),
        ("clame L-1", "Did you mean “/lead claim L-1”?"),
        ("clame", "Did you mean “/lead claimed”?"),
        ("snooze L-1", "Say until when: “2h”, “3d”"),
        ("snooze L-1 yesterday", "Say until when: “2h”"),
        ("assign L-1 maya", "Say who: “assign L-12 @user”"),
        ("assign L-1 @nobody", "Nobody is called @nobody"),
        ("assign L-1 <@U0LEADBOT>", "A lead cannot be given to them"),
        ("assign L-1 <@U404>", "A lead cannot be given to them"),
        ("add", "Say what they want"),
        ("mute soon", "It is “mute” until tomorrow"),
        ("stats month", "It is just “stats”"),
        ("hot cold", "Choose one of"),
        ("mine unclaimed", "A lead of yours is not unclaimed"),
        ("find", "Say what to look for"),
        ("find " + "x" * 300, "Search for fewer words"),
        ("find a b c d e f g h i", "No lead has “a b c d e f g h”."),
        ("list hot a b c d e f g h i", "No lead has “a b c d e f g h” among these."),
        ("share add a secret", "for you alone"),
        ("help nonsense", "I don't know “nonsense”."),
        ("help snooze", "`/lead snooze L-12 off`"),
        ("help hot", "`/lead unclaimed week`"),
        ("<!channel>", "I don't know “<!channel>”."),
        ("help", "`/lead similar TEXT`"),
        ("help", "`share` as the first or last word"),
    ],
)
async def test_what_cannot_be_answered_says_what_can(staff: Staff, text: str, told: str) -> None:
    """Never silence, never an error of Slack's."""
    assert told in await answer(staff, text)


@pytest.mark.usefixtures("lead_app")
async def test_help_lists_every_command(staff: Staff) -> None:
    """And so does the answer to what is unknown."""
    for text in ("help", "nonsense"):
        told = await answer(staff, text)
        assert all(command in told for command in HELP)


async def nothing(_: str) -> SlackMessage:
    """A verb of another part."""
    return SlackMessage(text="", blocks=())


def test_hints_list_what_can_be_typed(built: Built) -> None:
    """Every verb, with what other parts bring, in order, each line narrow; how to list them comes last."""
    assert hints() == HELP
    extra = {"samples": Verb(nothing, {"/lead samples": "ten leads"})}
    assert list(hints(extra)) == [*sorted([*HELP, "/lead samples"], key=lambda line: (line == "/lead help", line))]
    assert {*built.commands.own, "help"} == set(MORE)
    listed = {command.split()[1] for command in HELP if " " in command}
    assert listed - {"hot"} == {*built.commands.own, "help"} - {"list"}
    assert max(len(what) for what in HELP.values()) <= 40


@pytest.mark.usefixtures("lead_app")
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
    assert f"There is no lead L-{unseen}" in await answer(staff, f"show L-{unseen}")
    assert parts.history.of(unseen, [SHOWN]) == []


@pytest.mark.usefixtures("lead_app")
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


@pytest.mark.usefixtures("lead_app")
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


@pytest.mark.usefixtures("lead_app")
async def test_status_tells_the_ledger(staff: Staff, parts: Parts) -> None:
    """What came in, and what became of it."""
    parts.lead()
    parts.messages.finish(parts.accept(), MessageState.FILTERED, "newsletter")
    told = await answer(staff, "status")
    assert "1 open leads, 2 messages received" in told
    assert "smtp: 2 received = 1 lead, 1 filtered" in told


@pytest.mark.usefixtures("lead_app")
async def test_hostile_words_of_customers_and_staff_stay_words(staff: Staff, parts: Parts) -> None:
    """In lists, searches and headlines."""
    parts.lead("jo@example.com", name="<!channel> *Jo*", text="<http://evil.example|bank>")
    for text in ("", "show L-1", "similar <!here> " + "&" * 3000, "&" * 5000):
        given = await staff.command(text)
        raw = json.dumps(given["responses"])
        assert "<!channel>" not in raw
        assert "<!here>" not in raw
        assert "<http://evil" not in raw


@pytest.mark.usefixtures("lead_app")
async def test_trouble_is_told(staff: Staff, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    """A neighbour's outage in its own words; a bug of ours without them."""

    def away(_: str) -> None:
        raise NeedsPerson("the index is closed")

    monkeypatch.setattr(core.search, "similar", away)
    assert await answer(staff, "similar x") == "That did not work just now: the index is closed. Please try again."

    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(core.store.book, "found", broken)
    assert "Something went wrong" in await answer(staff, "")


@pytest.mark.usefixtures("lead_app")
async def test_refused_answer_is_given_plainly(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Slack does not take the blocks of an answer, its point is still told."""

    async def odd(_: Commands, _text: str, _asker: Asker) -> Reply:
        return Reply(message=SlackMessage(text="the point", blocks=({"type": "nonsense"},)))

    monkeypatch.setattr(Commands, "answer", odd)
    assert await answer(staff, "") == "the point"


VERBS = ["", "list ", "find ", "show ", "similar ", "claim L-1 ", "assign L-1 ", "snooze L-1 ", "won ", "add ", "mute ",
         "stats ", "help ", "share ", "status ", "L-"]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(VERBS), st.one_of(st.text(max_size=200), st.sampled_from(list(HOSTILE.values()))))
async def test_no_text_raises(built: Built, verb: str, text: str) -> None:
    """Whatever is typed, the answer is one that Slack takes, in which nothing of it is live."""
    reply = await built.commands.answer(verb + text, Asker(user=STAFF_1, username=text))
    assert_safe(reply.message)
