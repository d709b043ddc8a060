"""What people and other apps write and start, as a real Bolt app hears it over Socket Mode, and what they may not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from slack_bolt.async_app import AsyncApp

from bot.workspace.identity import BOT_USER_ID, CUSTOMER, FORM_BOT, INBOX_CHANNEL, STAFF_1, STAFF_2
from bot.workspace.workspace import Workspace

Json = dict[str, Any]
Connect = Callable[[], Awaitable[None]]


async def ts_of(control: httpx.AsyncClient, path: str, **body: Any) -> str:
    """Write something and give its timestamp."""
    answer = await control.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ts"])


async def test_messages_edits_and_deletions(bolt: AsyncApp, control: httpx.AsyncClient, connect: Connect) -> None:
    """A customer's message, its edit and its deletion are heard, each with what was there before."""
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.event("message")
    async def message(event: Json) -> None:
        await heard.put(event)

    await connect()
    ts = await ts_of(control, "/message", user=CUSTOMER, channel="inbox", text="My brakes grind")
    await control.post("/edit", json={"user": CUSTOMER, "channel": "inbox", "ts": ts, "text": "My brakes squeal"})
    await control.post("/delete", json={"user": CUSTOMER, "channel": "inbox", "ts": ts})
    new, changed, deleted = [await asyncio.wait_for(heard.get(), 3) for _ in range(3)]
    assert (new["user"], new["text"], "subtype" in new) == (CUSTOMER, "My brakes grind", False)
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "My brakes squeal")
    assert changed["message"]["edited"]["user"] == CUSTOMER
    assert changed["previous_message"]["text"] == "My brakes grind"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert deleted["previous_message"]["text"] == "My brakes squeal"


async def test_a_deleted_root_with_replies(bolt: AsyncApp, control: httpx.AsyncClient, connect: Connect) -> None:
    """It leaves a tombstone, which the bot hears of as a change, and its words are gone."""
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.event("message")
    async def message(event: Json) -> None:
        if event.get("subtype"):
            await heard.put(event)

    await connect()
    ts = await ts_of(control, "/message", user=CUSTOMER, channel="inbox", text="a secret")
    await ts_of(control, "/message", user=STAFF_1, channel="inbox", text="a reply", thread_ts=ts)
    assert (await control.post("/delete", json={"user": CUSTOMER, "channel": "inbox", "ts": ts})).status_code == 200
    event = await asyncio.wait_for(heard.get(), 3)
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
    assert (event["message"]["user"], event["previous_message"]["user"]) == ("USLACKBOT", CUSTOMER)
    left, _ = (await control.get("/messages?channel=inbox")).json()["messages"]
    assert (left["text"], left["blocks"], left["subtype"]) == ("This message was deleted.", [], "tombstone")
    again = await control.post("/delete", json={"user": CUSTOMER, "channel": "inbox", "ts": ts})
    assert again.status_code == 403


async def test_a_reply_that_the_channel_shows_too(bolt: AsyncApp, control: httpx.AsyncClient, connect: Connect) -> None:
    """It is a thread_broadcast with its root, and stands in the channel's history."""
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.event("message")
    async def message(event: Json) -> None:
        if event.get("subtype"):
            await heard.put(event)

    await connect()
    ts = await ts_of(control, "/message", channel="inbox", text="root")
    await ts_of(control, "/message", channel="inbox", text="for all", thread_ts=ts, broadcast=True)
    event = await asyncio.wait_for(heard.get(), 3)
    assert (event["subtype"], event["thread_ts"], event["root"]["text"]) == ("thread_broadcast", ts, "root")
    history = await bolt.client.conversations_history(channel=INBOX_CHANNEL)
    assert [one["text"] for one in history["messages"]] == ["for all", "root"]


async def test_what_a_form_posts(bolt: AsyncApp, control: httpx.AsyncClient, connect: Connect) -> None:
    """It is a bot_message of another app: a bot_id and a name, but no user."""
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.event("message")
    async def message(event: Json) -> None:
        await heard.put(event)

    await connect()
    await ts_of(control, "/form", channel="inbox", text="Name: Dana", username="Zap")
    event = await asyncio.wait_for(heard.get(), 3)
    assert (event["subtype"], event["bot_id"], event["app_id"]) == ("bot_message", FORM_BOT.id, FORM_BOT.app_id)
    assert (event["username"], event["text"], "user" in event) == ("Zap", "Name: Dana", False)
    (shown,) = (await control.get("/messages?channel=inbox")).json()["messages"]
    assert shown["username"] == "Zap"  # as the page calls who wrote it
    assert (await control.post("/form", json={"channel": "D0STAFF1", "text": "a"})).status_code == 403


async def test_what_is_not_ones_own(control: httpx.AsyncClient) -> None:
    """Nobody edits or deletes another's message, nor writes or types a command in a channel that they are not in."""
    ts = await ts_of(control, "/message", user=STAFF_1, channel="inbox", text="mine")
    own = {"user": CUSTOMER, "channel": "inbox", "ts": ts}
    assert (await control.post("/edit", json={**own, "text": "x"})).status_code == 403
    assert (await control.post("/delete", json=own)).status_code == 403
    for path, body in (("/message", {"text": "x"}), ("/command", {"command": "/lead"})):
        assert (await control.post(path, json={"user": CUSTOMER, "channel": "leads", **body})).status_code == 403
    about = (await control.get("/workspace")).json()
    assert about["people"] == ["U0STAFF1", "U0STAFF2", CUSTOMER]
    assert about["bots"] == [{"id": FORM_BOT.id, "name": FORM_BOT.name}]


async def test_only_who_sees_a_button_can_press_it(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """Neither a guest from outside the channel, nor another one than whom the message is for."""
    leads, dm = workspace.store.channel("leads"), workspace.store.channel("D0STAFF1")
    assert leads is not None
    assert dm is not None
    press = {"type": "button", "action_id": "claim", "value": "1", "text": {"type": "plain_text", "text": "Claim"}}
    body = {"text": "card", "blocks": [{"type": "actions", "elements": [press]}]}
    card = workspace.post(leads, BOT_USER_ID, body)
    private = workspace.post(leads, BOT_USER_ID, body, ephemeral_to=STAFF_1)
    direct = workspace.post(dm, BOT_USER_ID, body)
    pressed = [(card, CUSTOMER), (private, STAFF_2), (direct, STAFF_2), (card, STAFF_2), (private, STAFF_1)]
    answers = [
        await control.post("/click", json={"user": user, "message_ts": message.ts, "action_id": "claim"})
        for message, user in pressed
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 200, 200]


async def test_the_home_tab(bolt: AsyncApp, control: httpx.AsyncClient, connect: Connect) -> None:
    """Opening it is heard; what is published is there the next time, and a stale hash is refused."""

    @bolt.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        blocks = [{"type": "divider"}] * (2 if "view" in event else 1)
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    await connect()
    assert (await control.post("/home", json={"user": CUSTOMER})).json() == {"view": None}
    for count in (1, 2):
        async with asyncio.timeout(5):
            views: list[Json] = []
            while not views or len(views[0]["blocks"]) < count:
                views = (await control.get("/views")).json()["views"]
        assert (len(views), views[0]["user"], views[0]["type"]) == (1, CUSTOMER, "home")
        assert (await control.post("/home", json={"user": CUSTOMER})).json()["view"]["id"] == views[0]["id"]


async def test_shortcuts(bolt: AsyncApp, control: httpx.AsyncClient, connect: Connect) -> None:
    """A global one has a trigger; one on a message has that message, its channel and a place to answer as well."""
    seen: list[Json] = []

    async def shortcut(ack: Any, shortcut: Json, client: Any) -> None:
        await ack()
        seen.append(shortcut)
        title = {"type": "plain_text", "text": "Form"}
        await client.views_open(trigger_id=shortcut["trigger_id"], view={"type": "modal", "title": title, "blocks": []})

    bolt.shortcut("new")(shortcut)
    bolt.shortcut("create")(shortcut)
    await connect()
    ts = await ts_of(control, "/message", user=CUSTOMER, channel="inbox", text="I need a quote")
    assert (await control.post("/shortcut", json={"callback_id": "new"})).json()["ack"] is None
    on = {"channel": "inbox", "message_ts": ts}
    assert "error" not in (await control.post("/shortcut", json={"callback_id": "create", **on})).json()
    assert [(one["type"], one["user"]["id"]) for one in seen] == [("shortcut", STAFF_1), ("message_action", STAFF_1)]
    assert "channel" not in seen[0]
    assert (seen[1]["channel"]["id"], seen[1]["message_ts"]) == (INBOX_CHANNEL, ts)
    assert (seen[1]["message"]["text"], seen[1]["message"]["user"]) == ("I need a quote", CUSTOMER)
    assert seen[1]["response_url"].startswith("http://127.0.0.1:")
    assert len((await control.get("/views")).json()["views"]) == 2
    assert (await control.post("/shortcut", json={"callback_id": "create", "message_ts": "1.1"})).status_code == 404
