"""Batch cards as the loops draw them and people open them: the real store, the real workspace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import batches as module
from bot.slack.app import Connection
from bot.slack.client import Slack
from bot.slack.poster import Poster
from bot.slack.side import SlackSide
from bot.status import gather
from bot.workspace.identity import INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2
from enrichment.adapters.store.batches import BACKLOG, ROWS, take_out
from enrichment.adapters.store.postings import Postings
from enrichment.adapters.store.samples import SampleStore
from enrichment.lead import Analysis, LeadStatus, MatchKind
from tests.bot.slack.drawing import Drawing, drawing
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts, match, triage

Json = dict[str, Any]
COUNT = BACKLOG + 5


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits follow each other at once."""
    monkeypatch.setattr(module, "EDIT_SECONDS", 0.01)


@pytest.fixture
def drawn(poster: Poster, parts: Parts) -> Drawing:
    """The loops of one worker."""
    return drawing(poster, parts)


def cold(parts: Parts, count: int = COUNT, urgency: int = 10) -> list[int]:
    """So many cold leads, each of its own party."""
    return [parts.lead(f"{urgency}.{number}@example.com", urgency=urgency) for number in range(count)]


def rows(message: Json) -> list[int]:
    """The leads that are shown by this message as rows."""
    ids = (block.get("block_id", "") for block in message["blocks"])
    return [int(found[1]) for found in map(re.compile(r"lead:(\d+)").fullmatch, ids) if found]


async def shown(staff: Staff) -> tuple[list[int], list[int]]:
    """(leads with cards, leads that are rows), in the order of the channel."""
    roots = await staff.roots()
    cards = [int(found[1]) for root in roots if (found := re.search(r"\(L-(\d+)\)$", root["text"]))]
    return cards, [lead_id for root in roots for lead_id in rows(root)]


async def batch_card(staff: Staff) -> Json:
    """The one batch card."""
    (found,) = [
        root for root in await staff.roots() if " in one list" in root["text"] or "of this list" in root["text"]
    ]
    return found


def lag(parts: Parts) -> dict[str, int]:
    """How far Slack is behind."""
    return parts.views.lag(("card", "thread", "batch"))


async def test_hot_leads_get_cards_and_the_cold_rest_becomes_lists(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """Each lead once, hot first, the lists ranked; nobody is behind, and rows have no threads."""
    low, high = cold(parts, 30, 5), cold(parts, 30, 25)
    hot = [parts.lead(f"hot{n}@example.com", urgency=80 + n) for n in range(5)]
    warm = parts.lead("warm@example.com", urgency=50)
    await drawn.catch_up()
    cards, listed = await shown(staff)
    assert cards == [*reversed(hot), warm]
    assert listed == [*high, *low]
    assert len(await staff.roots()) == 8
    assert len(await staff.messages()) == 8 + 6
    assert lag(parts) == {}


async def test_a_backlog_of_twenty_is_no_backlog(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """Each gets its own card."""
    ids = cold(parts, BACKLOG)
    await drawn.catch_up()
    assert await shown(staff) == (ids, [])


async def test_many_warm_leads_are_listed_as_well(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """In lists of their own, before the cold ones and after the hot; a cold one that is left alone gets a card."""
    ids = cold(parts, BACKLOG + 10, 45)
    last, hot = parts.lead("last@example.com", urgency=3), parts.lead("hot@example.com", urgency=70)
    await drawn.catch_up()
    assert await shown(staff) == ([hot, last], ids)
    assert [root["text"][:22] for root in await staff.roots()][1] == "🟠 30 warm leads in one"


async def test_few_warm_leads_get_cards_however_many_cold_ones_wait(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """The lists are for what is too much to be read card by card."""
    low, warm = cold(parts, BACKLOG * 2), cold(parts, BACKLOG, 69)
    await drawn.catch_up()
    assert await shown(staff) == (warm, low)


async def test_hot_leads_are_never_listed(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """However many there are."""
    ids = cold(parts, BACKLOG + 5, 70)
    await drawn.catch_up()
    assert await shown(staff) == (ids, [])


async def test_a_row_that_becomes_warm_stays_one_and_goes_up(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """A late analysis of a whole backlog must not make a hundred cards of it."""
    *others, warmer = cold(parts)
    await drawn.catch_up()
    made = Analysis(model="m", made_at=parts.clock.now(), urgency=60, summary="", evidence=())
    assert parts.leads.analysed(warmer, made, triage(60))
    await drawn.catch_up()
    assert await shown(staff) == ([], [warmer, *others])
    assert (await batch_card(staff))["text"].startswith(f"🟠 {COUNT} leads in one list, most urgent first: L-{warmer},")


async def test_a_hot_lead_goes_between_two_lists(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """It waits for one place in the channel at most."""
    ids = cold(parts, ROWS + 5)
    card, *_ = drawn.loops
    await card.step()
    hot = parts.lead("hot@example.com", urgency=90)
    await card.step()
    assert await shown(staff) == ([hot], ids[:ROWS])
    await drawn.catch_up()
    assert await shown(staff) == ([hot], ids)


async def test_a_lead_that_is_opened_gets_a_card_and_a_thread(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """Its row then links there; all others stay as they are."""
    ids = cold(parts)
    await drawn.catch_up()
    assert drawn.rows.batches.open(ids[3], STAFF_1, "button")
    await drawn.catch_up()
    assert await shown(staff) == ([ids[3]], [*ids[:3], *ids[4:]])
    own = (await staff.roots())[1]
    assert await staff.thread(own["ts"]) == [f"Why L-{ids[3]} is cold 10"]
    assert f"/p{own['ts'].replace('.', '')}|L-{ids[3]}> has its own card" in str((await batch_card(staff))["blocks"])
    assert lag(parts) == {}


async def test_a_row_that_begins_to_matter_is_opened_by_itself(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """Its analysis makes it hot, the customer writes again, or somebody claims it elsewhere."""
    hotter, answered, claimed, *others = cold(parts)
    await drawn.catch_up()
    made = Analysis(model="m", made_at=parts.clock.now(), urgency=80, summary="", evidence=())
    assert parts.leads.analysed(hotter, made, triage(80))
    message = parts.accept()
    parts.messages.describe(message, None, "h", ["x"], "Any news?")
    parts.leads.attach(message, answered, "a reply")
    parts.desk.claim(claimed, STAFF_1, "Maya Brooks")
    await drawn.catch_up()
    cards, listed = await shown(staff)
    assert (sorted(cards), listed) == ([hotter, answered, claimed], others)
    why = [parts.history.of(lead_id, ("opened",))[1].detail["by"] for lead_id in (hotter, answered, claimed)]
    assert why == ["urgency", "reply", "claim"]
    threads = [text for root in await staff.roots() for text in await staff.thread(root["ts"])]
    assert [text for text in threads if "Any news?" in text or "Maya Brooks claimed" in text]
    assert lag(parts) == {}


async def test_other_changes_are_shown_in_the_row_by_one_edit(
    parts: Parts, drawn: Drawing, staff: Staff, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten leads were closed on the command line: one call."""
    ids = cold(parts)
    await drawn.catch_up()
    calls: list[str] = []
    call = slack.call

    async def counted(method: str, **arguments: Any) -> dict[str, Any]:
        calls.append(method)
        return await call(method, **arguments)

    monkeypatch.setattr(slack, "call", counted)
    for lead_id in ids[:10]:
        parts.desk.close(lead_id, "U1", "Maya", LeadStatus.LOST)
    await drawn.catch_up()
    assert calls == ["chat.update"]
    assert str((await batch_card(staff))["blocks"]).count("❌ Lost · Maya") == 10
    assert (await shown(staff), lag(parts)) == (([], ids), {})


async def test_a_duplicate_of_a_row_points_once_there_is_a_thread(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """Until then its warning links to the list."""
    first, *_ = cold(parts)
    await drawn.catch_up()
    later = parts.open("later@example.com")
    parts.leads.complete(later, triage(50), [match(later, first, MatchKind.DUPLICATE)])
    await drawn.catch_up()
    listing = await batch_card(staff)
    warning = (await staff.messages())[-1]
    assert (await shown(staff))[0] == [later]
    assert f"/p{listing['ts'].replace('.', '')}|L-{first}>" in str(warning["blocks"])
    drawn.rows.batches.open(first, STAFF_1, "button")
    await drawn.catch_up()
    own = (await staff.roots())[-1]
    assert (await staff.thread(own["ts"]))[1:] == [f"L-{later} may be the same request again"]
    assert lag(parts) == {}


async def test_a_list_that_somebody_deleted_comes_back(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """When one of its leads changes: they must still be shown."""
    ids = cold(parts)
    await drawn.catch_up()
    staff.delete((await batch_card(staff))["ts"])
    parts.desk.close(ids[0], "U1", "Maya", LeadStatus.LOST)
    await drawn.catch_up()
    assert await shown(staff) == ([], ids)


async def test_a_list_without_leads_is_deleted(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """Erased leads leave their rows first."""
    ids = cold(parts)
    await drawn.catch_up()
    for gone in (ids[:20], ids[20:]):
        erase(parts, gone)
        await drawn.catch_up()
        assert await shown(staff) == ([], [lead_id for lead_id in ids if parts.book.get(lead_id)])
    assert await staff.roots() == []
    assert lag(parts) == {}


def erase(parts: Parts, lead_ids: list[int]) -> None:
    """Delete leads as an erasure does."""
    with parts.database.begin() as connection:
        take_out(connection, lead_ids)
        connection.exec_driver_sql(f"DELETE FROM leads WHERE id IN ({', '.join(map(str, lead_ids))})")


async def test_samples_leave_the_list_when_they_are_removed(
    parts: Parts, drawn: Drawing, poster: Poster, staff: Staff
) -> None:
    """The others stay in it; a sample that was opened loses its card as ever."""
    samples = [
        parts.lead(f"s{number}@example.com", urgency=10, message_id=parts.accept(sample=True)) for number in range(3)
    ]
    ids = cold(parts)
    await drawn.catch_up()
    drawn.rows.batches.open(samples[0], STAFF_1, "button")
    await drawn.catch_up()
    assert (await shown(staff))[0] == [samples[0]]
    store = SampleStore(parts.database, parts.clock)
    assert store.retire() == samples
    for key in store.posted("T1"):
        assert await poster.delete(key)
    await drawn.catch_up()
    assert await shown(staff) == ([], ids)
    gone = store.delete("T1")
    assert gone is not None
    assert gone.leads == len(samples)
    assert lag(parts) == {}


async def test_a_lost_answer_makes_no_second_list(parts: Parts, drawn: Drawing, staff: Staff) -> None:
    """The list that is there is found by its mark; its leads stay in it."""
    ids = cold(parts)
    await staff.fault("chat.postMessage", "lost")
    await drawn.catch_up()
    parts.clock.move(60)
    await drawn.catch_up()
    assert await shown(staff) == ([], ids)
    assert lag(parts) == {}


async def test_refused_rows_leave_a_list_of_names(
    parts: Parts, drawn: Drawing, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should Slack not take the blocks, every lead is still named."""
    ids = cold(parts)
    monkeypatch.setattr("bot.slack.batch_card._blocks", lambda *_: [{"type": "nonsense"}])
    await drawn.catch_up()
    (root,) = await staff.roots()
    assert all(f"L-{lead_id}" in str(root["blocks"]) for lead_id in ids)


async def test_two_workers_show_each_lead_once(parts: Parts, poster: Poster, slack: Slack, staff: Staff) -> None:
    """Both draw, and people press on either; the leases tell who does what."""
    other = drawing(Poster(slack, parts.postings, parts.views, LEADS_CHANNEL, 1000.0), parts, "other")
    mine = drawing(poster, parts, "mine")
    ids = [*cold(parts), *cold(parts, 30, 20)]
    hot = parts.lead("hot@example.com", urgency=90)
    loops = [loop for one in (mine, other) for loop in one.loops]
    running = [asyncio.create_task(loop.run()) for loop in loops]

    async def settled() -> bool:
        for loop in loops:
            loop.wake()
        return not lag(parts)

    try:
        await until(settled, 20)
        for number, lead_id in enumerate(ids[:6]):
            await asyncio.to_thread((mine, other)[number % 2].rows.batches.open, lead_id, STAFF_1, "button")
        await until(settled, 20)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    cards, listed = await shown(staff)
    assert cards[0] == hot
    assert sorted(cards) == sorted([hot, *ids[:6]])
    assert sorted(listed) == sorted(ids[6:])


async def test_another_slack_shows_the_open_ones_anew(parts: Parts, slack: Slack, staff: Staff) -> None:
    """And on the way back each lead is in its old place, as it stands now."""
    ids = cold(parts)
    here = drawing(Poster(slack, parts.postings, parts.views, LEADS_CHANNEL, 1000.0), parts)
    await here.catch_up()
    parts.desk.close(ids[0], "U1", "Maya", LeadStatus.LOST)
    await here.catch_up()
    before = await staff.messages()
    theirs = Postings(parts.database, parts.clock, "T2")
    there = drawing(Poster(slack, theirs, parts.views, INBOX_CHANNEL, 1000.0), parts)
    parts.views.draw_again_where_missing("T2")
    parts.desk.close(ids[1], "U1", "Maya", LeadStatus.LOST)
    parts.desk.claim(ids[2], "U1", "Maya")
    await there.catch_up()
    moved = (await staff.client.get("/messages", params={"channel": "inbox"})).json()["messages"]
    assert sorted([lead_id for root in moved for lead_id in rows(root)]) == [ids[1], *ids[3:]]
    own = [root["text"] for root in moved if root["text"].endswith(")") and not root.get("thread_ts")]
    assert [text[-6:] for text in own] == [f" (L-{ids[2]})"]
    assert (await staff.messages(), lag(parts)) == (before, {})
    parts.views.draw_again_where_missing("T1")
    await here.catch_up()
    assert await shown(staff) == ([ids[2]], [ids[0], ids[1], *ids[3:]])
    assert str((await batch_card(staff))["blocks"]).count("❌ Lost") == 2
    assert lag(parts) == {}


@pytest.fixture
async def desk(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> AsyncIterator[Json]:
    """A whole Slack side at work, and the batch card that it posted."""
    store = core.store
    used = ("card", "thread", "batch")
    side = SlackSide(
        core, connection, settings, lambda: gather(store.ledger, store.book, store.views, running=True, used=used)
    )
    cold(parts)
    task = asyncio.create_task(side.run())
    try:
        await asyncio.wait_for(side.connected.wait(), 10)
        await until(lambda: _roots(staff, 1))
        yield await batch_card(staff)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


async def _roots(staff: Staff, count: int) -> bool:
    return len(await staff.roots()) >= count


async def test_staff_open_a_lead_by_its_button(desk: Json, staff: Staff, parts: Parts) -> None:
    """Two at once get one card, and the one who was later is told; the event names who was first."""
    (first, second) = await asyncio.gather(
        staff.press(desk, "lead_open:7"), staff.press(desk, "lead_open:7", user=STAFF_2)
    )
    assert "error" not in first | second

    async def told() -> list[str]:
        return staff.whispers(STAFF_1) + staff.whispers(STAFF_2)

    async def edited() -> bool:
        return 7 not in rows(await batch_card(staff))

    assert await until(told) == ["L-7 has a card of its own"]
    await until(edited)
    assert await shown(staff) == ([7], [number for number in range(1, COUNT + 1) if number != 7])
    opened = parts.history.of(7, ("opened",))[1:]
    assert [(event.actor in {STAFF_1, STAFF_2}, event.detail["by"]) for event in opened] == [(True, "button")]


async def test_commands_know_rows_like_all_leads(desk: Json, staff: Staff) -> None:
    """`/lead` lists them, `/lead show` shows them, `/lead status` is up to date."""
    assert f"{COUNT} open leads" in str((await staff.command(""))["responses"])
    assert "Brakes" in str((await staff.command("show L-7"))["responses"])
    assert "to go" not in str((await staff.command("status"))["responses"])
    assert desk["text"].startswith(f"🔵 {COUNT} cold leads in one list")
