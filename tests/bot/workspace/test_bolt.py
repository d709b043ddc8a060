"""A real slack-bolt app over Socket Mode against the real server: what the bot sees is what Slack would send."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import earlier
from bot.workspace.identity import BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL
from tests.bot.slack.staff import until

Json = dict[str, Any]


async def messages(control: httpx.AsyncClient, channel: str = "leads") -> list[Json]:
    """What the control API shows of a channel."""
    found: list[Json] = (await control.get("/messages", params={"channel": channel})).json()["messages"]
    return found


def card(text: str) -> list[Json]:
    """A card with two buttons of one action_id, in two blocks, and a menu."""
    words = {"type": "plain_text", "text": text}
    buttons = [{"type": "button", "text": words, "action_id": "claim", "value": v} for v in ("1", "2")]
    options = [{"text": {"type": "plain_text", "text": v}, "value": v} for v in ("full", "junk")]
    menu = {"type": "overflow", "action_id": "more", "options": options}
    rows = [{"type": "actions", "elements": elements} for elements in ([buttons[0]], [buttons[1], menu])]
    return [{"type": "header", "text": words}, *rows]


async def test_posts_updates_and_threads_are_seen(
    bolt: AsyncApp, control: httpx.AsyncClient, connect: Callable[[], Awaitable[None]]
) -> None:
    """The SDK's calls in all their encodings end up in the channel."""
    await connect()
    root = await bolt.client.chat_postMessage(
        channel=LEADS_CHANNEL,
        text="new",
        blocks=card("new"),
        metadata={"event_type": "card", "event_payload": {"n": 1}},
    )
    await bolt.client.chat_postMessage(channel="leads", text="details", thread_ts=root["ts"])
    await bolt.client.chat_update(channel=LEADS_CHANNEL, ts=root["ts"], text="claimed", blocks=card("claimed"))
    await bolt.client.reactions_add(channel=LEADS_CHANNEL, timestamp=root["ts"], name="eyes")
    seen = await messages(control)
    assert [(m["text"], m["thread_ts"]) for m in seen] == [("claimed", None), ("details", root["ts"])]
    assert seen[0]["edited"]["user"] == BOT_USER_ID
    assert seen[1]["edited"] is None
    assert seen[0]["metadata"] == {"event_type": "card", "event_payload": {"n": 1}}
    assert seen[0]["blocks"][0]["text"]["text"] == "claimed"
    assert seen[0]["reactions"] == {"eyes": [BOT_USER_ID]}
    history = await bolt.client.conversations_history(channel=LEADS_CHANNEL, include_all_metadata=True)
    assert [(m["reply_count"], m["metadata"]["event_type"]) for m in history["messages"]] == [(1, "card")]
    replies = await bolt.client.conversations_replies(channel=LEADS_CHANNEL, ts=root["ts"], limit=1)
    assert replies["has_more"]
    cursor = replies["response_metadata"]["next_cursor"]
    rest = await bolt.client.conversations_replies(channel=LEADS_CHANNEL, ts=root["ts"], cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["details"]
    link = await bolt.client.chat_getPermalink(channel=LEADS_CHANNEL, message_ts=root["ts"])
    assert link["permalink"].endswith(f"/archives/{LEADS_CHANNEL}/p{root['ts'].replace('.', '')}")


async def test_a_command_is_acked_and_answered(
    bolt: AsyncApp, control: httpx.AsyncClient, connect: Callable[[], Awaitable[None]]
) -> None:
    """The ack's text and what was sent to the response URL are reported apart, and both are shown to the user alone."""

    @bolt.command("/lead")
    async def lead(ack: Any, respond: Any, command: Json) -> None:
        await ack("looking …")
        await respond(f"{command['user_id']} asked for {command['text']}")
        await respond("for all", response_type="in_channel")

    await connect()
    request = {"command": "/lead", "text": "similar botox", "user": "U0STAFF2", "channel": "leads"}
    result = (await control.post("/command", json=request)).json()
    assert result["ack"] == {"text": "looking …"}
    answers = [(answer["text"], answer["response_type"]) for answer in result["responses"]]
    assert answers == [("U0STAFF2 asked for similar botox", "ephemeral"), ("for all", "in_channel")]
    shown = {(m["text"], m.get("ephemeral_to")) for m in await messages(control)}
    assert shown == {("looking …", "U0STAFF2"), (answers[0][0], "U0STAFF2"), ("for all", None)}


async def test_a_click_carries_the_message_and_its_element(
    bolt: AsyncApp, control: httpx.AsyncClient, connect: Callable[[], Awaitable[None]]
) -> None:
    """Bolt gets the real message, the right one of two equal buttons, and may replace the message it came from."""
    seen: list[Json] = []

    @bolt.action("claim")
    async def claim(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        seen.append(body)
        await respond(text="claimed", blocks=card("claimed"), replace_original=True)

    @bolt.action("more")
    async def more(ack: Any, action: Json) -> None:
        await ack()
        seen.append(action)

    await connect()
    ts = (await bolt.client.chat_postMessage(channel=LEADS_CHANNEL, text="new", blocks=card("new")))["ts"]
    request = {"message_ts": ts, "action_id": "claim", "value": "2", "user": "U0STAFF1"}
    result = (await control.post("/click", json=request)).json()
    assert result["ack"] is None
    assert [answer["replace_original"] for answer in result["responses"]] == [True]
    assert seen[0]["actions"][0]["value"] == "2"
    assert seen[0]["message"]["text"] == "new"
    assert [m["text"] for m in await messages(control)] == ["claimed"]
    menu = {"message_ts": ts, "action_id": "more", "selected_option": "junk", "channel": "leads"}
    assert (await control.post("/click", json=menu)).status_code == 200
    assert seen[1]["selected_option"] == {"text": {"type": "plain_text", "text": "junk"}, "value": "junk"}
    for unknown in ({"message_ts": "1.000000", "action_id": "claim"}, {"message_ts": ts, "action_id": "nothing"}):
        refused = await control.post("/click", json=unknown)
        assert refused.status_code == 404
        assert refused.json()["error"]


async def test_who_is_a_moment_late_is_heard_too(
    bolt: AsyncApp,
    control: httpx.AsyncClient,
    connect: Callable[[], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A press on the version before the newest edit reaches the bot with the message as it is now; not for long."""
    seen: list[Json] = []

    @bolt.action("claim")
    async def claim(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        seen.append(body)
        mine = [{"type": "section", "text": {"type": "plain_text", "text": "claimed"}}]
        await client.chat_update(channel=LEADS_CHANNEL, ts=body["message"]["ts"], text="claimed", blocks=mine)

    await connect()
    ts = (await bolt.client.chat_postMessage(channel=LEADS_CHANNEL, text="new", blocks=card("new")))["ts"]
    block = (await messages(control))[0]["blocks"][2]["block_id"]
    request = {"message_ts": ts, "action_id": "claim", "value": "2", "block_id": block}
    for user in ("U0STAFF1", "U0STAFF2"):
        assert (await control.post("/click", json={**request, "user": user})).status_code == 200
        await until(lambda: _is_shown(control, "claimed"))
    assert [body["user"]["id"] for body in seen] == ["U0STAFF1", "U0STAFF2"]
    assert [body["message"]["text"] for body in seen] == ["new", "claimed"]
    assert [body["actions"][0]["value"] for body in seen] == ["2", "2"]
    monkeypatch.setattr(earlier, "SECONDS", -1.0)
    refused = await control.post("/click", json=request)
    assert refused.status_code == 404
    assert refused.json()["error"].startswith("This has just changed.")


async def _is_shown(control: httpx.AsyncClient, text: str) -> bool:
    return [message["text"] for message in await messages(control)] == [text]


async def test_a_persons_message_becomes_an_event(
    bolt: AsyncApp, control: httpx.AsyncClient, connect: Callable[[], Awaitable[None]]
) -> None:
    """The text comes as Slack writes it, a mention comes as app_mention too, a direct message as such."""
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.event("message")
    async def message(event: Json) -> None:
        heard.put_nowait(event)

    @bolt.event("app_mention")
    async def mention(event: Json) -> None:
        heard.put_nowait(event)

    await connect()
    sent = {"channel": "inbox", "user": "U0STAFF2", "text": "@leadbot 1 < 2 & anna@example.com"}
    ts = (await control.post("/message", json=sent)).json()["ts"]
    events = [await asyncio.wait_for(heard.get(), 3) for _ in range(2)]
    text = f"<@{BOT_USER_ID}> 1 &lt; 2 &amp; <mailto:anna@example.com|anna@example.com>"
    assert {event["type"] for event in events} == {"message", "app_mention"}
    for event in events:
        assert (event["text"], event["user"], event["ts"]) == (text, "U0STAFF2", ts)
        assert (event["channel"], event["channel_type"]) == (INBOX_CHANNEL, "channel")
    dm = {"channel": "D0STAFF1", "text": "hello", "user": "U0STAFF1"}
    await control.post("/message", json=dm)
    assert (await asyncio.wait_for(heard.get(), 3))["channel_type"] == "im"


async def test_a_modal_is_opened_and_submitted(
    bolt: AsyncApp, control: httpx.AsyncClient, connect: Callable[[], Awaitable[None]]
) -> None:
    """A command's trigger opens one modal; errors keep it open, a plain ack closes it."""
    errors: list[str] = []
    field = {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"}}
    field["element"] = {"type": "plain_text_input", "action_id": "name"}
    words = {"type": "plain_text", "text": "Add a lead"}
    view = {"type": "modal", "callback_id": "add", "title": words, "submit": words, "blocks": [field]}

    @bolt.command("/lead")
    async def lead(ack: Any, client: AsyncWebClient, command: Json) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=view)
        with pytest.raises(SlackApiError) as refused:
            await client.views_open(trigger_id=command["trigger_id"], view=view)
        errors.append(refused.value.response["error"])
        await ack()

    @bolt.view("add")
    async def added(ack: Any, view: Json) -> None:
        name = view["state"]["values"]["who"]["name"]["value"]
        await (ack() if name == "Anna" else ack(response_action="errors", errors={"who": "Anna only"}))

    await connect()
    opened = (await control.post("/command", json={"command": "/lead"})).json()
    assert (opened, errors) == ({"ack": None, "responses": []}, ["exchanged_trigger_id"])
    (shown,) = (await control.get("/views")).json()["views"]
    empty = await control.post("/submit", json={"view_id": shown["id"], "values": {}})
    assert (empty.status_code, empty.json()["fields"]) == (400, ["who"])
    wrong = {"view_id": shown["id"], "values": {"who": {"name": "Bob"}}}
    assert (await control.post("/submit", json=wrong)).json()["ack"]["errors"] == {"who": "Anna only"}
    assert (await control.get("/views")).json()["views"]
    right = {"view_id": shown["id"], "values": {"who": {"name": "Anna"}}}
    await control.post("/submit", json=right)
    assert (await control.get("/views")).json()["views"] == []


async def test_an_unacked_event_is_sent_again(
    bolt: AsyncApp, control: httpx.AsyncClient, connect: Callable[[], Awaitable[None]]
) -> None:
    """An event that came while no bot was connected is delivered by a later retry, marked as such."""
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.event("message")
    async def message(event: Json) -> None:
        heard.put_nowait(event)

    await control.post("/message", json={"channel": "inbox", "text": "is anybody there?"})
    await asyncio.sleep(0.05)
    assert heard.empty()
    await connect()
    assert (await asyncio.wait_for(heard.get(), 3))["text"] == "is anybody there?"
    await asyncio.sleep(0.4)
    assert heard.empty()  # acked, so not sent again
