"""Cards and threads as the reconcilers draw them: the real store, the real workspace."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.slack.client import ChannelRefused
from bot.slack.poster import Poster
from bot.slack.targets import CardTarget, ThreadTarget
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus, MatchKind
from enrichment.reconcile import Reconciler
from tests.bot.slack.drawing import drawing
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts, match, triage

JO = "jo@example.com"


@pytest.fixture
def card(poster: Poster, parts: Parts) -> CardTarget:
    """The view of cards."""
    return drawing(poster, parts).card


@pytest.fixture
def thread(poster: Poster, parts: Parts) -> ThreadTarget:
    """The view of threads."""
    return drawing(poster, parts).thread


def repeat(parts: Parts, earlier: int, kind: MatchKind = MatchKind.DUPLICATE) -> int:
    """The number of a lead that repeats another."""
    lead_id = parts.open(JO)
    parts.leads.complete(lead_id, triage(), [match(lead_id, earlier, kind)])
    return lead_id


def lag(parts: Parts) -> dict[str, int]:
    """How far the two views of Slack are behind."""
    return {view: count for view, count in parts.views.lag().items() if view in {"card", "thread"}}


async def caught_up(parts: Parts, card: CardTarget, thread: ThreadTarget) -> None:
    """Cards, then threads, as the loops do it."""
    for target in (card, thread):
        loop = Reconciler(target, parts.views, "test")
        while await loop.step():
            pass


async def test_lead_is_a_card_with_its_details_below(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """Two messages; drawing them again changes nothing."""
    lead_id = parts.lead(JO)
    await caught_up(parts, card, thread)
    await card.catch_up([(lead_id, 1)])
    await thread.catch_up([(lead_id, 1)])
    (root,) = await staff.roots()
    assert root["text"] == "🟠 Warm 50 · Brakes, from jo@example.com (L-1)"
    assert await staff.thread(root["ts"]) == ["Why L-1 is warm 50"]
    assert len(await staff.messages()) == 2


async def test_duplicate_is_warned_of_and_pointed_to(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """The later card's thread begins with the warning and links to the earlier card, whose thread gets one line."""
    first = parts.lead(JO)
    second = repeat(parts, first)
    await caught_up(parts, card, thread)
    one, two = await staff.roots()
    assert await staff.thread(one["ts"]) == ["Why L-1 is warm 50", "L-2 may be the same request again"]
    (warning,) = [found for found in await staff.messages() if found.get("thread_ts") == two["ts"]]
    assert warning["text"] == "Possible duplicate of L-1: same e-mail"
    assert f"/p{one['ts'].replace('.', '')}|L-1>" in str(warning["blocks"][0])
    assert second == 2


async def test_later_mail_is_shown_in_the_thread(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """In the order in which it came, each once."""
    lead_id = parts.lead(JO)
    for words in ("Any news?", "Never mind"):
        message = parts.accept()
        parts.messages.describe(message, None, words, [JO], words)
        parts.leads.attach(message, lead_id, "a reply")
        await caught_up(parts, card, thread)
    (root,) = await staff.roots()
    assert (await staff.thread(root["ts"]))[1:] == [
        "jo@example.com wrote again about L-1: Any news?",
        "jo@example.com wrote again about L-1: Never mind",
    ]


async def test_links_to_deleted_cards_are_left_out(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """A card that somebody deleted keeps no other lead's details away."""
    first = parts.lead(JO)
    await caught_up(parts, card, thread)
    (root,) = await staff.roots()
    staff.delete(root["ts"])
    second = repeat(parts, first)
    await caught_up(parts, card, thread)
    assert lag(parts) == {}
    roots = await staff.roots()
    assert [found["text"][-5:] for found in roots] == [f"(L-{second})"]
    assert await staff.thread(roots[0]["ts"]) == ["Possible duplicate of L-1: same e-mail"]


async def test_links_into_a_closed_channel_are_left_out(
    parts: Parts, poster: Poster, monkeypatch: pytest.MonkeyPatch, staff: Staff
) -> None:
    """What is closed is the other card's channel, which keeps no details away."""
    made = drawing(poster, parts)

    async def closed(*_: object) -> str:
        raise ChannelRefused("Slack refuses chat.getPermalink: the channel does not exist (channel_not_found)")

    first = parts.lead(JO)
    await caught_up(parts, made.card, made.thread)
    monkeypatch.setattr(poster, "permalink", closed)
    repeat(parts, first)
    await caught_up(parts, made.card, made.thread)
    assert lag(parts) == {}
    one, two = await staff.roots()
    assert await staff.thread(one["ts"]) == ["Why L-1 is warm 50", "L-2 may be the same request again"]
    assert await staff.thread(two["ts"]) == ["Possible duplicate of L-1: same e-mail"]


async def test_deleted_thread_is_drawn_again(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """Card and replies were deleted; the next change of the lead brings all of them back, below a new card."""
    lead_id = parts.lead(JO)
    await caught_up(parts, card, thread)
    for shown in await staff.messages():
        staff.delete(shown["ts"])
    message = parts.accept()
    parts.messages.describe(message, None, "h", [JO], "Hello?")
    parts.leads.attach(message, lead_id, "a reply")
    await caught_up(parts, card, thread)
    (root,) = await staff.roots()
    assert await staff.thread(root["ts"]) == ["Why L-1 is warm 50", "jo@example.com wrote again about L-1: Hello?"]


async def test_earlier_lead_that_is_not_judged_yet_is_waited_for(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """It would be shown with an urgency that nobody has judged; all else is shown meanwhile."""
    first = parts.open(JO)
    repeat(parts, first)
    await Reconciler(card, parts.views, "test").step()
    await Reconciler(thread, parts.views, "test").step()
    assert lag(parts) == {"thread": 1}
    assert await staff.texts() == [
        "🟠 Warm 50 · Brakes, from jo@example.com (L-2)",
        "Possible duplicate of L-1: same e-mail",
    ]
    parts.leads.complete(first, triage(90), [])
    parts.clock.move(2)
    await caught_up(parts, card, thread)
    assert (await staff.texts())[2:] == [
        "🔴 Hot 90 · Brakes, from jo@example.com (L-1)",
        "Why L-1 is hot 90",
        "L-2 may be the same request again",
    ]


async def test_what_staff_did_is_a_line_each_in_the_thread(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """In order, each once, the note below; the card says how it stands now."""
    lead_id = parts.lead(JO)
    parts.desk.claim(lead_id, "U1", "Maya Brooks")
    await caught_up(parts, card, thread)
    parts.desk.release(lead_id, "U2", "Tom Keller")
    parts.desk.close(lead_id, "U2", "Tom Keller", LeadStatus.WON, "Booked\n<!channel>")
    await caught_up(parts, card, thread)
    await thread.catch_up([(lead_id, 9)])
    (root,) = await staff.roots()
    assert root["text"] == "🏆 Won · Tom Keller · Brakes, from jo@example.com (L-1)"
    assert (await staff.thread(root["ts"]))[1:] == [
        "🙋 Maya Brooks claimed L-1",
        "↩️ Tom Keller released L-1, which Maya Brooks had",
        "🏆 Tom Keller closed L-1 as won: Booked &lt;!channel&gt;",
    ]


async def test_closed_lead_of_another_slack_gets_no_card_for_a_pointer(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """The repeat's own thread names it all the same."""
    first = parts.lead(JO)
    parts.views.caught_up("card", [(first, 9)])
    parts.desk.close(first, "U1", "Maya", LeadStatus.LOST)
    parts.views.caught_up("card", [(first, 9)])
    parts.views.caught_up("thread", [(first, 9)])
    second = repeat(parts, first)
    await caught_up(parts, card, thread)
    (root,) = await staff.roots()
    assert root["text"].endswith(f"(L-{second})")
    assert await staff.thread(root["ts"]) == ["Possible duplicate of L-1: same e-mail"]


async def test_historical_lead_gets_no_card_for_a_pointer(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """It was imported and is told of to nobody; the repeat's own thread names it. An answer to it brings it up."""
    first = parts.open(JO, message_id=parts.accept(historical=True))
    parts.leads.complete(first, triage(), [])
    second = repeat(parts, first)
    await caught_up(parts, card, thread)
    (root,) = await staff.roots()
    assert root["text"].endswith(f"(L-{second})")
    assert await staff.thread(root["ts"]) == ["Possible duplicate of L-1: same e-mail"]
    parts.leads.attach(parts.accept(), first, "a reply in the lead's thread")
    await caught_up(parts, card, thread)
    roots = await staff.roots()
    assert [found["text"].rpartition(" ")[2] for found in roots] == [f"(L-{second})", f"(L-{first})"]


async def test_unknown_lead_is_given_up(card: CardTarget, thread: ThreadTarget) -> None:
    """It was erased in between; nobody waits for it."""
    for target in (card, thread):
        with pytest.raises(GiveUp, match="L-77"):
            await target.catch_up([(77, 1)])


async def test_replies_give_way_to_cards(parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff) -> None:
    """As long as a card waits, no reply is posted, whichever loop was quicker."""
    cards, threads = (Reconciler(target, parts.views, "test") for target in (card, thread))
    parts.lead(JO)
    await cards.step()
    parts.lead("ann@other.example")
    assert await threads.step() == 0
    assert len(await staff.messages()) == 1
    await cards.step()
    assert await threads.step() == 1
    assert [bool(found.get("thread_ts")) for found in await staff.messages()] == [False, False, True]


async def test_outage_delays_and_loses_nothing(
    parts: Parts, card: CardTarget, thread: ThreadTarget, staff: Staff
) -> None:
    """Ten leads while Slack fails in every way: ten cards, ten replies, no more."""
    for kind in ("lost", "429", "500"):
        await staff.fault("chat.postMessage", kind)
    for number in range(10):
        parts.lead(f"{number}@example.com", urgency=number)
    threads = Reconciler(thread, parts.views, "test")
    cards = Reconciler(card, parts.views, "test", done=threads.wake)
    running = [asyncio.create_task(loop.run()) for loop in (cards, threads)]
    began = time.monotonic()

    async def settled() -> bool:
        cards.wake()
        threads.wake()
        return lag(parts) == {}

    await until(settled, 25)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    roots = await staff.roots()
    assert len(roots) == 10
    assert {len(await staff.thread(root["ts"])) for root in roots} == {1}
    assert time.monotonic() - began < 25
