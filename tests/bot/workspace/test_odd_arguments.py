"""What cannot be read is refused in Slack's words: no answer of the workspace fails on it, neither now nor later."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.workspace.identity import BOT_TOKEN, BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1
from bot.workspace.workspace import Workspace

HALF = r'"half of an emoji: \ud83d"'
SECTION = f'{{"type": "section", "text": {{"type": "plain_text", "text": {HALF}}}}}'


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the bot's token, which sends JSON."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=workspace.base_url, headers=headers, trust_env=False) as found:
        yield found


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("chat.postMessage", f'{{"channel": "{LEADS_CHANNEL}", "text": {HALF}}}'),
        ("chat.postMessage", f'{{"channel": "{LEADS_CHANNEL}", "text": "a", "blocks": [{SECTION}]}}'),
        ("views.publish", f'{{"user_id": "{STAFF_1}", "view": {{"type": "home", "blocks": [{SECTION}]}}}}'),
        ("conversations.list", '{"limit": 1e999}'),
        ("api.test", '{"foo": NaN}'),
    ],
)
async def test_no_text_and_no_number(client: httpx.AsyncClient, method: str, body: str) -> None:
    """A half surrogate pair and a number that is none are no JSON; what is shown can still be read."""
    assert (await client.post(f"/api/{method}", content=body)).json()["error"] == "invalid_json"
    for path in ("messages?channel=leads", "views"):
        assert all(not rows for rows in (await client.get(f"/control/{path}")).json().values())


async def test_no_text_in_an_answer(workspace: Workspace, client: httpx.AsyncClient) -> None:
    """Nor does a response URL take it."""
    url = workspace.interactions.response_url(STAFF_1, LEADS_CHANNEL)
    refused = await client.post(f"/response/{url.id}", content=f'{{"text": {HALF}}}')
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_payload")
    assert workspace.store.messages(LEADS_CHANNEL) == []


@pytest.mark.parametrize("cursor", ["bmV4dDoxLjU=", "bmV4dDouNQ==", "bmV4dDphYmM="])  # next:1.5, next:.5, next:abc
@pytest.mark.parametrize("method", ["conversations.list", "conversations.members"])
async def test_an_invented_cursor(client: httpx.AsyncClient, method: str, cursor: str) -> None:
    """It is refused."""
    answer = await client.post(f"/api/{method}", json={"channel": LEADS_CHANNEL, "cursor": cursor})
    assert answer.json() == {"ok": False, "error": "invalid_cursor"}


async def test_a_deleted_message_is_not_changed_by_an_answer(workspace: Workspace, client: httpx.AsyncClient) -> None:
    """Of a root with replies only a line is left, which no late answer to a click takes back or away."""
    inbox = workspace.store.channel(INBOX_CHANNEL)
    assert inbox is not None
    card = workspace.post(inbox, BOT_USER_ID, {"text": "card"})
    workspace.post(inbox, BOT_USER_ID, {"text": "reply"}, thread_ts=card.ts)
    url = workspace.interactions.response_url(STAFF_1, INBOX_CHANNEL, card)
    workspace.delete(inbox, card)
    await client.post(f"/response/{url.id}", json={"replace_original": True, "text": "late"})
    refused = await client.post(f"/response/{url.id}", json={"delete_original": True})
    assert (refused.status_code, refused.json()["error"]) == (400, "message_not_found")
    left = workspace.store.message(INBOX_CHANNEL, card.ts)
    assert left is not None
    assert left.is_tombstone
