"""The Web API refuses what Slack refuses, in Slack's words, in every encoding that Slack takes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.workspace.identity import (
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER_ID,
    INBOX_CHANNEL,
    LEADS_CHANNEL,
    STAFF_1,
    STAFF_2,
    TEAM_ID,
)
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

Json = dict[str, Any]
ROOT = {"channel": LEADS_CHANNEL, "text": "a"}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": []}
HOME = {"type": "home", "blocks": []}


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace on a free port."""
    async with serving(tmp_path, Options(burst=50)) as running:
        yield running


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its Web API that sends no token."""
    async with httpx.AsyncClient(base_url=f"{workspace.base_url}/api", trust_env=False) as client:
        yield client


async def call(client: httpx.AsyncClient, method: str, token: str = BOT_TOKEN, **arguments: Any) -> Json:
    """Call a method with a JSON body."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer: Json = (await client.post(f"/{method}", json=arguments, headers=headers)).json()
    return answer


async def test_tokens_are_checked(client: httpx.AsyncClient) -> None:
    """No token, a strange one, and the app's where the bot's belongs are told apart."""
    assert (await call(client, "auth.test", token=""))["error"] == "not_authed"
    assert (await call(client, "auth.test", token="xoxb-other"))["error"] == "invalid_auth"
    assert (await call(client, "auth.test", token=APP_TOKEN))["error"] == "not_allowed_token_type"
    assert (await call(client, "apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await call(client, "apps.connections.open", token=APP_TOKEN))["url"].startswith("ws://127.0.0.1:")
    assert (await call(client, "auth.test"))["user_id"] == BOT_USER_ID
    assert (await call(client, "api.test", token=""))["ok"]


REFUSALS: list[tuple[str, Json, str]] = [
    ("chat.nonsense", {}, "unknown_method"),
    ("chat.postMessage", {"channel": "C0NONE", "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": 7, "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "C0CLOSED", "text": "a"}, "not_in_channel"),
    ("chat.postMessage", {"channel": LEADS_CHANNEL}, "no_text"),
    ("chat.postMessage", {"channel": LEADS_CHANNEL, "text": "x" * 40_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": LEADS_CHANNEL, "text": ["x"]}, "invalid_arguments"),
    ("chat.postMessage", {"channel": LEADS_CHANNEL, "blocks": {"type": "divider"}}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": LEADS_CHANNEL, "blocks": "no JSON"}, "invalid_blocks_format"),
    ("chat.postMessage", {**ROOT, "blocks": [{"type": "header"}]}, "invalid_blocks"),
    ("chat.postMessage", {**ROOT, "thread_ts": "1700000000.000100"}, "thread_not_found"),
    ("chat.postMessage", {**ROOT, "thread_ts": "nonsense"}, "thread_not_found"),
    ("chat.postMessage", {**ROOT, "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
    ("chat.postMessage", {**ROOT, "metadata": {"event_payload": {}}}, "invalid_metadata_format"),
    ("chat.postMessage", {**ROOT, "metadata": "nonsense"}, "invalid_metadata_format"),
    (
        "chat.postMessage",
        {**ROOT, "metadata": {"event_type": "x", "event_payload": {"a": "x" * 8000}}},
        "metadata_too_large",
    ),
    ("chat.update", {"channel": LEADS_CHANNEL, "ts": "1700000000.000100", "text": "a"}, "message_not_found"),
    ("chat.delete", {"channel": LEADS_CHANNEL, "ts": "nonsense"}, "message_not_found"),
    ("chat.getPermalink", {"channel": LEADS_CHANNEL, "message_ts": "1700000000.000100"}, "message_not_found"),
    ("chat.postEphemeral", {**ROOT, "user": "U0NOBODY"}, "user_not_in_channel"),
    ("chat.postEphemeral", ROOT, "invalid_arguments"),
    ("conversations.history", {"channel": "leads"}, "channel_not_found"),
    ("conversations.history", {"channel": "C0CLOSED"}, "not_in_channel"),
    ("conversations.history", {"channel": LEADS_CHANNEL, "cursor": "nonsense"}, "invalid_cursor"),
    ("conversations.history", {"channel": LEADS_CHANNEL, "oldest": "x"}, "invalid_ts_oldest"),
    ("conversations.history", {"channel": LEADS_CHANNEL, "limit": "x"}, "invalid_limit"),
    ("conversations.members", {"channel": "C0NOWHERE"}, "channel_not_found"),
    ("conversations.members", {"channel": LEADS_CHANNEL, "cursor": "nonsense"}, "invalid_cursor"),
    ("conversations.replies", {"channel": LEADS_CHANNEL, "ts": "1700000000.000100"}, "thread_not_found"),
    ("conversations.list", {"types": "nonsense"}, "invalid_types"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    ("reactions.add", {"channel": LEADS_CHANNEL, "timestamp": "1.1", "name": "eyes"}, "message_not_found"),
    ("reactions.add", {"channel": LEADS_CHANNEL, "name": "eyes"}, "bad_timestamp"),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("users.info", {}, "invalid_arguments"),
    ("views.open", {"trigger_id": "1.2.3"}, "invalid_arguments"),
    ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
    ("views.update", {"view_id": "V1", "view": MODAL}, "not_found"),
    ("views.publish", {"user_id": STAFF_1, "view": MODAL}, "invalid_arguments"),
    ("views.publish", {"user_id": STAFF_1, "view": {**HOME, "private_metadata": "x" * 250_000}}, "view_too_large"),
    ("views.publish", {"user_id": "U0NOBODY", "view": HOME}, "user_not_found"),
]


async def test_refusals(client: httpx.AsyncClient, workspace: Workspace) -> None:
    """Each wrong call gets Slack's own error string, and changes nothing."""
    workspace.store.add_channel("C0CLOSED", "closed", "", [STAFF_1])
    for method, arguments, error in REFUSALS:
        answer = await call(client, method, **arguments)
        assert (method, answer["ok"], answer["error"]) == (method, False, error)
    assert workspace.store.messages(LEADS_CHANNEL) == []


async def test_broken_blocks_are_explained(client: httpx.AsyncClient) -> None:
    """The answer names the rule and the place, as Slack's does."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    answer = await call(client, "chat.postMessage", **ROOT, blocks=blocks)
    problem = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [problem]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {problem}"]}
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5
    assert (await call(client, "chat.postMessage", **ROOT, blocks=long))["error"] == "msg_blocks_too_long"


async def test_every_encoding_is_taken(client: httpx.AsyncClient) -> None:
    """Form bodies with JSON in their fields, query parameters, GET, and a token among the arguments."""
    blocks = json.dumps([{"type": "divider"}])
    metadata = json.dumps({"event_type": "x", "event_payload": {"n": 1}})
    form = {"channel": LEADS_CHANNEL, "text": "ü & <", "blocks": blocks, "metadata": metadata, "token": BOT_TOKEN}
    posted = (await client.post("/chat.postMessage", data=form)).json()
    assert posted["message"]["text"] == "ü & <"
    assert posted["message"]["metadata"] == json.loads(metadata)
    bearer = {"Authorization": f"Bearer {BOT_TOKEN}"}
    reaction = {"channel": LEADS_CHANNEL, "timestamp": posted["ts"], "name": "eyes"}
    assert (await client.post("/reactions.add", params=reaction, headers=bearer)).json() == {"ok": True}
    assert (await client.post("/reactions.add", params=reaction, headers=bearer)).json()["error"] == "already_reacted"
    query = {"channel": LEADS_CHANNEL, "include_all_metadata": "true"}
    (seen,) = (await client.get("/conversations.history", params=query, headers=bearer)).json()["messages"]
    assert (seen["metadata"], seen["reactions"][0]["name"]) == (json.loads(metadata), "eyes")
    assert seen["blocks"][0]["block_id"]
    del query["include_all_metadata"]
    (seen,) = (await client.get("/conversations.history", params=query, headers=bearer)).json()["messages"]
    assert "metadata" not in seen


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b"[1]", "application/json", "json_not_object"),
        (b"x", "text/plain", "invalid_post_type"),
        (b"&a=1" * 300, "application/x-www-form-urlencoded", "invalid_form_data"),
    ],
)
async def test_unreadable_bodies(client: httpx.AsyncClient, body: bytes, kind: str, error: str) -> None:
    """A body that is not what it says is refused, however deep or long."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": kind}
    assert (await client.post("/auth.test", content=body, headers=headers)).json()["error"] == error


async def test_timestamps_are_unique_and_rise(client: httpx.AsyncClient) -> None:
    """They look like Slack's and never repeat, also not after the newest message was deleted."""
    seen = []
    for _ in range(5):
        ts = (await call(client, "chat.postMessage", **ROOT))["ts"]
        await call(client, "chat.delete", channel=LEADS_CHANNEL, ts=ts)
        seen.append(ts)
    assert seen == sorted(set(seen))
    assert all(len(ts.partition(".")[2]) == 6 for ts in seen)


async def test_only_own_messages_are_changed(client: httpx.AsyncClient, workspace: Workspace) -> None:
    """A person's message can be neither updated nor deleted; an update keeps the blocks that it does not name."""
    leads = workspace.store.channel("leads")
    assert leads is not None
    theirs = workspace.post(leads, STAFF_1, {"text": "mine"})
    where = {"channel": LEADS_CHANNEL, "ts": theirs.ts}
    assert (await call(client, "chat.update", **where, text="b"))["error"] == "cant_update_message"
    assert (await call(client, "chat.delete", **where))["error"] == "cant_delete_message"
    own = {
        "channel": LEADS_CHANNEL,
        "ts": (await call(client, "chat.postMessage", **ROOT, blocks=[{"type": "divider"}]))["ts"],
    }
    assert (await call(client, "chat.update", **own, text="x" * 4001))["error"] == "msg_too_long"
    assert (await call(client, "chat.update", **own, text="b"))["message"]["blocks"][0]["type"] == "divider"
    assert "blocks" in (await call(client, "chat.update", **own, text="b", blocks=[]))["message"]


async def test_threads_hang_on_roots(client: httpx.AsyncClient) -> None:
    """A reply cannot be replied to; the root counts its replies; an ephemeral message is in no history."""
    root = (await call(client, "chat.postMessage", **ROOT))["ts"]
    reply = (await call(client, "chat.postMessage", **ROOT, thread_ts=root))["ts"]
    assert (await call(client, "chat.postMessage", **ROOT, thread_ts=reply))["error"] == "cannot_reply_to_message"
    hidden = (await call(client, "chat.postEphemeral", **ROOT, user=STAFF_2))["message_ts"]
    history = (await call(client, "conversations.history", channel=LEADS_CHANNEL))["messages"]
    assert [(m["ts"], m["reply_count"], m["latest_reply"]) for m in history] == [(root, 1, reply)]
    thread = (await call(client, "conversations.replies", channel=LEADS_CHANNEL, ts=reply))["messages"]
    assert [m["ts"] for m in thread] == [root, reply]
    assert (await call(client, "chat.update", channel=LEADS_CHANNEL, ts=hidden, text="b"))[
        "error"
    ] == "message_not_found"


async def test_history_is_paged_and_bounded(client: httpx.AsyncClient) -> None:
    """Pages follow each other without a gap, newest first; oldest and latest are exclusive unless inclusive is set."""
    stamps = [(await call(client, "chat.postMessage", **ROOT))["ts"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = await call(client, "conversations.history", channel=LEADS_CHANNEL, limit=2, cursor=cursor)
        seen += [m["ts"] for m in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
        assert page["has_more"] is bool(cursor)
        if not cursor:
            break
    assert seen == stamps[::-1]
    span = {"channel": LEADS_CHANNEL, "oldest": stamps[1], "latest": stamps[3]}
    inside = (await call(client, "conversations.history", **span))["messages"]
    assert [m["ts"] for m in inside] == [stamps[2]]
    around = (await call(client, "conversations.history", **span, inclusive=True))["messages"]
    assert [m["ts"] for m in around] == stamps[3:0:-1]


async def test_people_and_channels(client: httpx.AsyncClient) -> None:
    """The fixed people and channels are listed; direct messages are opened by a person's id."""
    listed = (await call(client, "conversations.list"))["channels"]
    assert [(c["id"], c["name"], c["is_member"]) for c in listed] == [
        (LEADS_CHANNEL, "leads", True),
        (INBOX_CHANNEL, "inbox", True),
    ]
    assert (await call(client, "conversations.info", channel=LEADS_CHANNEL))["channel"]["num_members"] == 3
    assert BOT_USER_ID in (await call(client, "conversations.members", channel=LEADS_CHANNEL))["members"]
    user = (await call(client, "users.info", user=STAFF_1))["user"]
    assert (user["team_id"], user["is_restricted"], user["is_ultra_restricted"], user["is_bot"]) == (
        TEAM_ID,
        False,
        False,
        False,
    )
    dm = (await call(client, "conversations.open", users=STAFF_1))["channel"]["id"]
    assert (await call(client, "chat.postMessage", channel=STAFF_1, text="hello"))["channel"] == dm
    assert (await call(client, "users.info", user=STAFF_1))["user"]["real_name"]
    assert len((await call(client, "users.list"))["members"]) == 5


async def test_members_come_in_pages(client: httpx.AsyncClient) -> None:
    """Each once, under a cursor until the last."""
    found: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await call(client, "conversations.members", channel=LEADS_CHANNEL, limit=1, cursor=cursor)
        found += page["members"]
        cursor = page["response_metadata"]["next_cursor"]
    assert cursor == ""
    assert sorted(found) == sorted([STAFF_1, STAFF_2, BOT_USER_ID])


async def test_home_tabs_and_modals(client: httpx.AsyncClient, workspace: Workspace) -> None:
    """A home tab is replaced; a modal is updated by either id, guarded by its hash, and stacks are three high."""
    first = (await call(client, "views.publish", user_id=STAFF_1, view=HOME))["view"]
    second = await call(client, "views.publish", user_id=STAFF_1, view=HOME, hash=first["hash"])
    assert second["view"]["id"] == first["id"]
    stale = await call(client, "views.publish", user_id=STAFF_1, view=HOME, hash=first["hash"])
    assert stale["error"] == "hash_conflict"
    named = {**MODAL, "external_id": "one"}
    top = (await call(client, "views.open", trigger_id=workspace.interactions.trigger(STAFF_1), view=named))["view"]
    twin = await call(client, "views.open", trigger_id=workspace.interactions.trigger(STAFF_1), view=named)
    assert twin["error"] == "duplicate_external_id"
    changed = await call(client, "views.update", external_id="one", view={**named, "callback_id": "b"})
    assert (changed["view"]["id"], changed["view"]["callback_id"]) == (top["id"], "b")
    errors = []
    for _ in range(3):
        trigger = workspace.interactions.trigger(STAFF_1, top["id"])
        errors.append((await call(client, "views.push", trigger_id=trigger, view=MODAL)).get("error"))
    assert errors == [None, None, "push_limit_reached"]


async def test_a_channel_takes_a_burst_and_then_one_a_second(tmp_path: Path) -> None:
    """The message above the rate gets a 429 that says when to come back; other channels are not held up."""
    async with (
        serving(tmp_path / "other", Options(burst=3)) as workspace,
        httpx.AsyncClient(base_url=f"{workspace.base_url}/api", trust_env=False) as client,
    ):
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        answers = [await client.post("/chat.postMessage", json=ROOT, headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "1"
        assert answers[-1].json() == {"ok": False, "error": "ratelimited"}
        other = await client.post("/chat.postMessage", json={**ROOT, "channel": INBOX_CHANNEL}, headers=headers)
        assert other.json()["ok"]
