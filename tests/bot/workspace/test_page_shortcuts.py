"""The app's shortcuts in a real browser: in each message's menu, and behind the "+" of the message box."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.identity import CUSTOMER, INBOX_CHANNEL, STAFF_2
from bot.workspace.workspace import Workspace
from tests.bot.workspace.page_parts import MANIFEST, field, modal
from tests.servers.chromium import browser

TITLE = "document.querySelector('dialog[open] h2')?.innerText"
ITEMS = "[...document.querySelectorAll('.menu:popover-open [role=menuitem]')].map((item) => item.innerText)"
Json = dict[str, Any]
Connect = Callable[[], Awaitable[None]]


async def test_a_lead_is_created_from_a_message(
    *,
    bolt: AsyncApp,
    workspace: Workspace,
    control: httpx.AsyncClient,
    connect: Connect,
    chromium: Path,
    tmp_path: Path,
) -> None:
    """The menu of a message offers Create Lead to the keyboard; the bot gets the message and opens its form."""
    got: list[Json] = []

    @bolt.message_shortcut("create_lead")
    async def create(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        got.append(body)
        name = field("name", {"type": "plain_text_input", "initial_value": body["message"]["text"]})
        await client.views_open(trigger_id=body["trigger_id"], view=modal("Create Lead", name))

    await connect()
    await control.put("/announce", json={"manifest": MANIFEST})
    text = {"user": STAFF_2, "channel": INBOX_CHANNEL, "text": "Anna called: <brakes> grind"}
    ts = (await control.post("/message", json=text)).json()["ts"]
    async with browser(chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{INBOX_CHANNEL}") as page:
        await page.until("!!document.querySelector('.message .more')")
        await page.evaluate("document.querySelector('.message .more').focus()")
        await page.press("Enter")
        await page.until(f"{ITEMS}.length === 1")
        assert await page.evaluate(ITEMS) == ["Create Lead\nFrom this message"]
        await page.press("Enter")
        await page.until(f"{TITLE} === 'Create Lead'")
        assert (
            await page.evaluate("document.querySelector('[data-block=name] input').value") == got[0]["message"]["text"]
        )
        await page.press("Escape")
        await page.until("document.activeElement.classList.contains('more')")
    assert got[0]["message"]["ts"] == ts
    assert got[0]["channel"]["id"] == INBOX_CHANNEL


async def test_a_lead_is_written_down_from_anywhere(
    *,
    bolt: AsyncApp,
    workspace: Workspace,
    control: httpx.AsyncClient,
    connect: Connect,
    chromium: Path,
    tmp_path: Path,
) -> None:
    """The "+" of the message box has the global shortcuts, as soon as the bot brings them; a customer has none."""

    @bolt.global_shortcut("new_lead")
    async def create(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal("New Lead", field("name", {"type": "plain_text_input"}))
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    await connect()
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("!!document.querySelector('.empty')")
        await control.put("/announce", json={"manifest": MANIFEST})
        plus = "document.querySelector('#composer .plus')"
        await page.until("!!document.querySelector('.empty')")
        # the news of the app comes over the stream, and the menu asks when it opens
        await page.until(f"{plus}.click(), {ITEMS}[0] === 'New Lead\\nSomebody called' || ({plus}.click(), false)")
        await page.press("Enter")
        await page.until(f"{TITLE} === 'New Lead'")
        await page.press("Escape")
        await page.until("!document.querySelector('dialog')")
        await page.choose("#user", CUSTOMER)
        await page.until(f"document.getElementById('user').value === '{CUSTOMER}'")
        await page.click("#composer .plus")
        await page.until(f"{ITEMS}.length > 0")
        assert not [item for item in await page.evaluate(ITEMS) if "New Lead" in item]


async def test_a_shortcut_that_nobody_answers_says_so(
    workspace: Workspace, control: httpx.AsyncClient, chromium: Path, tmp_path: Path
) -> None:
    """With no bot the page tells it, and the menu can be used again."""
    await control.put("/announce", json={"manifest": MANIFEST})
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("!!document.querySelector('.empty')")
        await page.click("#composer .plus")
        await page.until(f"{ITEMS}.length > 0")
        await page.press("Enter")
        await page.until("document.getElementById('toast').innerText.includes('Is it running?')")
        assert await page.evaluate("document.querySelector('#composer .plus').ariaExpanded") == "false"
