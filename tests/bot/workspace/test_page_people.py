"""Who one can be on the page: staff, a customer, a form; and what one does with one's own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from slack_bolt.async_app import AsyncApp

from bot.workspace.identity import BOT_USER_ID, CUSTOMER, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2
from bot.workspace.workspace import Workspace
from tests.bot.workspace.page_parts import button, post
from tests.servers.chromium import browser

MESSAGES = "document.getElementById('messages').innerText"
ITEMS = "[...document.querySelectorAll('.menu:popover-open [role=menuitem]')].map((item) => item.innerText)"
Json = dict[str, Any]
Connect = Callable[[], Awaitable[None]]


async def test_one_can_be_a_customer(workspace: Workspace, chromium: Path, tmp_path: Path) -> None:
    """A customer sees the channel that is meant for them and their own words with the bot, never the leads."""
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("document.getElementById('title')?.innerText === '#leads'")
        await page.choose("#user", CUSTOMER)
        await page.until("document.getElementById('title').innerText === 'Leadbot'")
        assert await page.evaluate("[...document.querySelectorAll('#channels a')].length") == 1
        await page.type("My brakes <grind>")
        await page.until(f"{MESSAGES}.includes('My brakes <grind>')")
        await page.click("#channels a")
        await page.until("document.getElementById('title').innerText === '#inbox'")
        await page.type("Can you look at them?")
        await page.until(f"{MESSAGES}.includes('Can you look at them?')")
        inbox = workspace.store.messages(INBOX_CHANNEL)
        assert [(message.user, message.body["text"]) for message in inbox] == [(CUSTOMER, "Can you look at them?")]
        await page.choose("#user", STAFF_2)
        await page.until("document.querySelectorAll('#channels a').length === 2")


async def test_a_form_posts(workspace: Workspace, chromium: Path, tmp_path: Path) -> None:
    """What a website's form says comes from an app of its own, as an incoming webhook posts it."""
    async with browser(chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{INBOX_CHANNEL}") as page:
        await page.until("document.getElementById('title')?.innerText === '#inbox'")
        await page.click("#composer .plus")
        await page.until(f"{ITEMS}.length > 0")
        await page.press("End", "Enter")
        await page.until("document.querySelector('dialog[open] h2')?.innerText === 'Post as a web form'")
        await page.fill("dialog textarea", "")
        await page.evaluate("document.querySelector('dialog textarea').value = ' '")
        await page.click("dialog [type=submit]")
        await page.until("document.querySelector('dialog .error').innerText.startsWith('Write')")
        await page.fill("dialog textarea", "Name: Anna\nMessage: <b>brakes</b>")
        await page.click("dialog [type=submit]")
        await page.until(f"{MESSAGES}.includes('Message: <b>brakes</b>')")
        assert (await page.text("#messages .message .head")).startswith("Website forms")
        assert await page.evaluate("!!document.querySelector('#messages .message .app')")
        assert workspace.store.messages(INBOX_CHANNEL)[0].body["bot_id"]


async def test_own_words_are_changed_and_taken_away(
    workspace: Workspace, control: httpx.AsyncClient, chromium: Path, tmp_path: Path
) -> None:
    """Only one's own messages can be edited, as they were typed, and deleted after a question."""
    typed = "ask <anna@example.com> & Tom"
    for user, text in ((STAFF_2, "not mine"), (STAFF_1, typed)):
        await control.post("/message", json={"user": user, "channel": INBOX_CHANNEL, "text": text})
    async with browser(chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{INBOX_CHANNEL}") as page:
        await page.until("document.querySelectorAll('#messages .message').length === 2")
        assert await page.evaluate("document.querySelectorAll('#messages .message .more').length") == 1
        await page.click("#messages .more")
        await page.until(f"{ITEMS}.length === 2")
        await page.press("Enter")
        await page.until("!!document.querySelector('dialog.edit')")
        assert await page.evaluate("document.activeElement.value") == typed
        await page.fill("dialog textarea", "changed <b>")
        await page.click("dialog [type=submit]")
        await page.until(f"{MESSAGES}.includes('changed <b>') && {MESSAGES}.includes('(edited)')")
        await page.until("!document.querySelector('dialog')")
        await page.click("#messages .more")
        await page.press("End", "Enter")
        await page.until("document.activeElement.innerText === 'Keep it'")
        await page.press("Enter")
        await page.until("!document.querySelector('dialog')")
        await page.click("#messages .more")
        await page.press("End", "Enter")
        await page.click("dialog .danger")
        await page.until(f"!{MESSAGES}.includes('changed <b>')")
        assert [message.user for message in workspace.store.messages(INBOX_CHANNEL)] == [STAFF_2]


async def test_answers_for_one_person_come_and_go(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """An ephemeral answer is marked, replaced in its place by its response_url, and gone when that says so."""

    @bolt.action("ask")
    async def asked(ack: Any, respond: Any) -> None:
        await ack()
        elements = [button("again"), button("away")]
        blocks = [{"type": "actions", "elements": elements}]
        await respond(text="A question", blocks=blocks, replace_original=False)

    @bolt.action("again")
    async def again(ack: Any, respond: Any) -> None:
        await ack()
        blocks = [
            {"type": "section", "text": {"type": "plain_text", "text": "Asked again"}},
            {"type": "actions", "elements": [button("away")]},
        ]
        await respond(text="Asked again", blocks=blocks, replace_original=True)

    @bolt.action("away")
    async def away(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    await connect()
    await post(bolt, button("ask"))
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.click("[data-action=ask]")
        await page.until("document.querySelector('.ephemeral')?.innerText.includes('Only visible to you')")
        ts = await page.evaluate("document.querySelector('.ephemeral').dataset.ts")
        await page.click("[data-action=again]")
        await page.until("document.querySelector('.ephemeral').innerText.includes('Asked again')")
        assert await page.evaluate("document.querySelector('.ephemeral').dataset.ts") == ts
        await page.click(".ephemeral [data-action=away]")
        await page.until("!document.querySelector('.ephemeral')")
        assert workspace.store.message(LEADS_CHANNEL, ts) is None


async def test_a_reply_is_also_sent_to_the_channel(
    workspace: Workspace, control: httpx.AsyncClient, chromium: Path, tmp_path: Path
) -> None:
    """With its box ticked, a reply stands in the thread and in the channel; the box is then empty again."""
    root = {"user": STAFF_2, "channel": INBOX_CHANNEL, "text": "the root"}
    await control.post("/message", json=root)
    async with browser(chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{INBOX_CHANNEL}") as page:
        await page.click("#messages .reply")
        await page.until("document.querySelector('.also').innerText.trim() === 'Also send to #inbox'")
        await page.click("#also")
        await page.fill("#thread-input", "for everybody")
        await page.press("Enter")
        await page.until(f"{MESSAGES}.includes('for everybody')")
        await page.until("document.getElementById('thread-messages').innerText.includes('for everybody')")
        await page.until("document.getElementById('also').checked === false")
        assert workspace.store.messages(INBOX_CHANNEL)[1].body["subtype"] == "thread_broadcast"


async def test_an_address_is_always_shown(workspace: Workspace, chromium: Path, tmp_path: Path) -> None:
    """A mailto link names whom it goes to; one that hides it behind a name has the address beside it."""
    leads = workspace.store.channel("leads")
    assert leads is not None
    text = "<mailto:anna@example.com?subject=Re%3A%20L-1|Anna> or <mailto:tom@example.com|tom@example.com>"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    workspace.post(leads, BOT_USER_ID, {"text": "x", "blocks": [block]})
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("document.querySelectorAll('#messages .section a').length === 2")
        assert await page.text("#messages .section") == "Anna (anna@example.com) or tom@example.com"
        links = "[...document.querySelectorAll('#messages .section a')].map((a) => a.href)"
        assert await page.evaluate(links) == ["mailto:anna@example.com?subject=Re%3A%20L-1", "mailto:tom@example.com"]
