"""The poster against the real workspace: whatever fails, each key is in the channel once."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.slack import poster as poster_module
from bot.slack.blocks import SlackMessage, section
from bot.slack.client import Slack, SlackBusy, SlackRefused, SlackUnclear
from bot.slack.poster import THREAD_GONE, Poster, digest
from bot.workspace.identity import INBOX_CHANNEL, LEADS_CHANNEL
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts


def message(text: str = "a lead") -> SlackMessage:
    """A message that says this."""
    return SlackMessage(text=text, blocks=(section(text),))


async def shown(poster: Poster, key: str, what: SlackMessage, **how: Any) -> str:
    """Show it as the reconciler does: again and again until it works."""
    for _ in range(6):
        try:
            return await poster.show(key, what, **how)
        except RetryLater:
            continue
    raise AssertionError("six tries were not enough")


async def test_message_is_posted_once_and_edited_afterwards(poster: Poster, staff: Staff) -> None:
    """Showing the same again asks Slack nothing; showing another changes the message."""
    ts = await poster.show("k", message("one"))
    assert await poster.show("k", message("one")) == ts
    assert await poster.show("k", message("two")) == ts
    (found,) = await staff.messages()
    assert (found["ts"], found["text"], found["blocks"][0]["text"]["text"]) == (ts, "two", "two")
    assert await poster.ts_of("k") == ts
    assert await poster.ts_of("unknown") is None


@pytest.mark.parametrize("kind", ["429", "500", "lost", "slow"])
@pytest.mark.parametrize("times", [1, 3])
async def test_failing_post_is_in_the_channel_once(poster: Poster, staff: Staff, kind: str, times: int) -> None:
    """Told to slow down, a broken answer, no answer, a late answer: one message for each key."""
    await staff.fault("chat.postMessage", kind, times)
    for key in ("a", "b", "c"):
        ts = await shown(poster, key, message(key))
        assert await poster.ts_of(key) == ts
    assert await staff.texts() == ["a", "b", "c"]
    assert await staff.faults() == []


@pytest.mark.parametrize("kind", ["429", "500", "lost", "slow"])
async def test_failing_reply_is_in_the_thread_once(poster: Poster, staff: Staff, kind: str) -> None:
    """The same below a card, where the lost one is looked for in the thread."""
    root = await poster.show("root", message("root"))
    await staff.fault("chat.postMessage", kind, 2)
    await shown(poster, "reply", message("reply"), thread_ts=root)
    assert await staff.thread(root) == ["reply"]


@pytest.mark.parametrize("kind", ["429", "500", "lost", "slow"])
async def test_failing_edit_is_made_in_the_end(poster: Poster, staff: Staff, kind: str) -> None:
    """An edit may be repeated; nothing is posted anew."""
    await poster.show("k", message("one"))
    await staff.fault("chat.update", kind, 2)
    await shown(poster, "k", message("two"))
    assert await staff.texts() == ["two"]


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
@pytest.mark.parametrize("kind", ["429", "500", "lost"])
async def test_failing_look_posts_nothing(poster: Poster, staff: Staff, method: str, kind: str) -> None:
    """As long as Slack does not say whether it is there, it is not posted again."""
    root = await poster.show("root", message("root"))
    where: dict[str, Any] = {"thread_ts": root} if method.endswith("replies") else {}
    await staff.fault("chat.postMessage", "lost")
    await staff.fault(method, kind, 2)
    for _ in range(3):
        with pytest.raises(RetryLater):
            await poster.show("k", message("k"), **where)
    assert await poster.show("k", message("k"), **where)
    assert await staff.texts() == ["root", "k"]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("threaded", [True, False])
async def test_crash_between_row_and_answer(
    poster: Poster, slack: Slack, staff: Staff, parts: Parts, *, arrived: bool, threaded: bool
) -> None:
    """A row `sending` is all that a crash left: the message is found and adopted, or posted for the first time."""
    root = await poster.show("root", message("root"))
    thread = root if threaded else None
    posting = parts.postings.begin("k", LEADS_CHANNEL, thread, digest(message("old")), None)
    posted = ""
    if arrived:
        arguments = poster_module._arguments(posting, message("old"))
        posted = (await slack.call("chat.postMessage", **arguments))["ts"]
    ts = await poster.show("k", message("new"), thread_ts=thread)
    assert await staff.texts() == ["root", "new"]
    assert (ts == posted) is arrived


async def test_crash_is_mended_among_many_messages(poster: Poster, slack: Slack, staff: Staff, parts: Parts) -> None:
    """The message is looked for on page after page."""
    posting = parts.postings.begin("k", LEADS_CHANNEL, None, digest(message("k")), None)
    sent = await slack.call("chat.postMessage", **poster_module._arguments(posting, message("k")))
    staff.chat(450)
    assert await poster.show("k", message("k")) == sent["ts"]
    assert staff.posts() == 1


async def test_crash_is_mended_though_more_came_since_than_is_looked_through(
    poster: Poster, slack: Slack, staff: Staff, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a busy channel the message is looked for near its own time."""
    monkeypatch.setattr(poster_module, "NEAR_SECONDS", 0.5)
    monkeypatch.setattr(poster_module, "LOOKUP_PAGE", 5)
    await poster.show("before", message("before"))
    posting = parts.postings.begin("k", LEADS_CHANNEL, None, digest(message("k")), None)
    sent = await slack.call("chat.postMessage", **poster_module._arguments(posting, message("k")))
    await poster.show("after", message("after"))
    await asyncio.sleep(0.6)
    staff.chat(poster_module.LOOKUP_PAGES * 5 + 5)
    assert await poster.show("k", message("k")) == sent["ts"]
    assert staff.posts() == 3


@pytest.mark.parametrize("hours", [-5, 5])
@pytest.mark.parametrize("more", [True, False])
async def test_crash_while_our_clock_was_wrong(
    poster: Poster, slack: Slack, staff: Staff, parts: Parts, *, hours: int, more: bool
) -> None:
    """What was posted then is found by Slack's clock, whether or not anything was posted after it."""
    await poster.show("before", message("before"))
    parts.clock.move(hours * 3600)
    posting = parts.postings.begin("k", LEADS_CHANNEL, None, digest(message("k")), None)
    parts.clock.move(-hours * 3600)
    sent = await slack.call("chat.postMessage", **poster_module._arguments(posting, message("k")))
    if more:
        await poster.show("after", message("after"))
    assert await poster.show("k", message("k")) == sent["ts"]
    assert staff.posts() == 2 + more


async def test_answer_later_than_we_wait(poster: Poster, slack: Slack, staff: Staff) -> None:
    """We have given up, Slack has not: what it posted is found."""
    slack.client.timeout = 0.1  # type: ignore[assignment]  # aiohttp takes fractions
    await staff.fault("chat.postMessage", "slow")
    with pytest.raises(SlackUnclear):
        await poster.show("k", message("k"))
    await poster.show("k", message("k"))
    assert await staff.texts() == ["k"]


async def test_stop_in_the_middle_of_a_post(poster: Poster, staff: Staff, parts: Parts) -> None:
    """The bot is stopped while Slack is slow to answer; the next start finds what was posted."""
    await staff.fault("chat.postMessage", "slow")
    posting = asyncio.create_task(poster.show("k", message("k")))
    await until(staff.texts)
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    left = parts.postings.get("k")
    assert left is not None
    assert left.state == "sending"
    await poster.show("k", message("k"))
    assert await staff.texts() == ["k"]


async def test_many_tasks_at_once_post_one_message(poster: Poster, staff: Staff) -> None:
    """For one key, while the first answer is lost."""
    await staff.fault("chat.postMessage", "lost")
    results = await asyncio.gather(*(shown(poster, "k", message("k")) for _ in range(8)))
    assert len(set(results)) == 1
    assert await staff.texts() == ["k"]


async def test_deleted_message_is_posted_again_when_it_changes(poster: Poster, staff: Staff) -> None:
    """A lead must be shown; the new message is edited from then on."""
    first = await poster.show("k", message("one"))
    staff.delete(first)
    second = await poster.show("k", message("two"))
    assert second != first
    assert await poster.show("k", message("three")) == second
    assert await staff.texts() == ["three"]


async def test_reply_moves_to_a_new_root(poster: Poster, staff: Staff) -> None:
    """Somebody deleted the whole thread; what stood in it is posted below the new card."""
    root = await poster.show("root", message("root"))
    reply = await poster.show("reply", message("reply"), thread_ts=root)
    staff.delete(reply)
    staff.delete(root)
    with pytest.raises(SlackRefused) as refused:
        await poster.show("other", message("other"), thread_ts=root)
    assert refused.value.code == THREAD_GONE
    await poster.forget("root")
    await poster.forget("root")
    again = await poster.show("root", message("root"))
    await poster.show("reply", message("reply"), thread_ts=again)
    assert await staff.thread(again) == ["reply"]


async def test_crash_in_a_thread_that_is_gone(poster: Poster, staff: Staff, parts: Parts) -> None:
    """What was being sent into a deleted thread is not looked for for ever."""
    root = await poster.show("root", message("root"))
    parts.postings.begin("reply", LEADS_CHANNEL, root, "", None)
    staff.delete(root)
    again = await poster.show("new root", message("root"))
    await poster.show("reply", message("reply"), thread_ts=again)
    assert await staff.thread(again) == ["reply"]


async def test_messages_follow_to_another_channel(slack: Slack, poster: Poster, staff: Staff, parts: Parts) -> None:
    """After LEADBOT_SLACK_CHANNEL was changed, a message is shown where people look now; the old one stays."""
    old = await poster.show("k", message("one"))
    moved = Poster(slack, parts.postings, parts.views, INBOX_CHANNEL, 1000.0)
    new = await moved.show("k", message("two"))
    assert new != old
    assert await staff.texts() == ["one"]
    assert staff.posts() == 2


async def test_refused_blocks_leave_the_point(poster: Poster, staff: Staff) -> None:
    """Posted and edited: the lead counts more than its looks. Never repeated for ever."""
    broken = SlackMessage(text="a &amp; b", blocks=({"type": "section"}, {"type": "nonsense"}))
    ts = await poster.show("k", broken)
    assert await poster.show("k", SlackMessage(text="c", blocks=broken.blocks)) == ts
    (found,) = await staff.messages()
    assert (found["text"], found["blocks"][0]["text"]) == ("c", {"type": "plain_text", "text": "c", "emoji": False})
    with pytest.raises(SlackRefused):
        await poster.show("other", SlackMessage(text="x" * 50_000, blocks=broken.blocks))
    assert await poster.ts_of("other") is None


async def test_refusal_leaves_no_trace(slack: Slack, parts: Parts, staff: Staff) -> None:
    """A clear no means that nothing needs to be looked for."""
    elsewhere = Poster(slack, parts.postings, parts.views, "C0NOWHERE", 1000.0)
    with pytest.raises(NeedsPerson, match="the channel does not exist"):
        await elsewhere.show("k", message())
    assert parts.postings.get("k") is None
    assert await staff.texts() == []


def test_message_pings_nobody_and_unfurls_nothing(parts: Parts) -> None:
    """Asked of Slack in so many words; and it carries the id by which it is found again."""
    posting = parts.postings.begin("k", LEADS_CHANNEL, "1.2", "", None)
    arguments = poster_module._arguments(posting, message("see http://evil.example"))
    assert (arguments["unfurl_links"], arguments["unfurl_media"], arguments["thread_ts"]) == (False, False, "1.2")
    assert arguments["metadata"]["event_payload"] == {"dispatch_id": posting.dispatch_id}


async def test_permalink_is_asked_for_once(poster: Poster, staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """And remembered, for a bounded number of messages."""
    first, second = await poster.show("a", message("a")), await poster.show("b", message("b"))
    link = await poster.permalink(first)
    assert link == f"{staff.workspace.base_url}/archives/{LEADS_CHANNEL}/p{first.replace('.', '')}"
    await staff.fault("chat.getPermalink", "500")
    assert await poster.permalink(first) == link
    with pytest.raises(SlackUnclear):
        await poster.permalink(second)
    monkeypatch.setattr(poster_module, "REMEMBERED_LINKS", 1)
    await poster.permalink(second)
    await staff.fault("chat.getPermalink", "500")
    with pytest.raises(SlackUnclear):
        await poster.permalink(first)


async def test_channel_has_its_rate(slack: Slack, parts: Parts, staff: Staff) -> None:
    """A burst at once, then one after another; edits take no place."""
    slow = Poster(slack, parts.postings, parts.views, LEADS_CHANNEL, 10.0)
    began = time.monotonic()
    for number in range(poster_module.BURST):
        await slow.show(str(number), message("one"))
        await slow.show(str(number), message("two"))
    burst = time.monotonic() - began
    for number in range(5):
        await slow.show(f"more {number}", message())
    assert time.monotonic() - began >= 0.45
    assert burst < time.monotonic() - began
    assert len(await staff.texts()) == 10


async def test_card_finds_a_place_at_once_among_replies(slack: Slack, parts: Parts, staff: Staff) -> None:
    """Replies never use the burst up, so a new lead does not queue behind older ones' details."""
    slow = Poster(slack, parts.postings, parts.views, LEADS_CHANNEL, 2.0)
    root = await slow.show("root", message("root"))

    async def replies() -> None:
        for number in range(20):
            await slow.show(f"reply {number}", message("reply"), thread_ts=root)

    replying = asyncio.create_task(replies())
    await asyncio.sleep(0.7)
    for number in range(3):
        began = time.monotonic()
        await slow.show(f"card {number}", message("card"))
        assert time.monotonic() - began < 0.4
    replying.cancel()
    await asyncio.gather(replying, return_exceptions=True)
    assert "reply" in await staff.texts()


@pytest.mark.parametrize(("kind", "error"), [("429", SlackBusy), ("500", SlackUnclear), ("lost", SlackUnclear)])
async def test_troubles_of_slack_are_ours_in_type(
    slack: Slack, staff: Staff, kind: str, error: type[Exception]
) -> None:
    """What comes back says whether anything can have been done; a 429 says when to come back."""
    await staff.fault("auth.test", kind)
    with pytest.raises(error) as caught:
        await slack.read("auth.test")
    assert isinstance(caught.value, RetryLater)
    assert (caught.value.retry_after == 1.0) is (kind == "429")
    assert (await slack.read("auth.test"))["team_id"] == "T0LOCAL"


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, NeedsPerson),
        ("chat.postMessage", {"channel": LEADS_CHANNEL}, SlackRefused),
        ("chat.nonsense", {}, SlackRefused),
    ],
)
async def test_refusals_of_slack_are_ours_in_type(
    slack: Slack, method: str, arguments: dict[str, str], error: type[LeadbotError]
) -> None:
    """One line that names the method and Slack's word for it."""
    with pytest.raises(error, match=method) as caught:
        await slack.call(method, **arguments)
    assert "\n" not in str(caught.value)
