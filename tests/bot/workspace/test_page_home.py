"""The Home tab in a real browser, with a real Bolt app that publishes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.identity import STAFF_1, STAFF_2, dm_channel
from bot.workspace.workspace import Workspace
from tests.bot.workspace.page_parts import MANIFEST, button, field, home, section, words
from tests.servers.chromium import browser

HOSTILE = '<img src=x onerror="window.pwned=1"> <https://evil.example|pay here> <!channel>'
TIME = {"type": "timepicker", "action_id": "digest_time", "initial_time": "09:00", "placeholder": words("Digest time")}
Json = dict[str, Any]
Connect = Callable[[], Awaitable[None]]


def publisher(bolt: AsyncApp) -> asyncio.Queue[str]:
    """Publish a Home tab at each visit; gives who came."""
    visitors: asyncio.Queue[str] = asyncio.Queue()

    @bolt.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        view = home({"type": "header", "text": words(f"Leads of {event['user']}")}, section("Digest", TIME))
        await client.views_publish(user_id=event["user"], view=view)
        visitors.put_nowait(event["user"])

    return visitors


async def test_the_home_tab_is_asked_for_and_shown(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """A visit tells the bot, which publishes; each person has their own, and the messages are one tab away."""
    visitors = publisher(bolt)
    await connect()
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.click("#dms a")
        await page.until("!document.getElementById('tabs').hidden")
        await page.evaluate("document.getElementById('tab-home').focus()")
        await page.press("Enter")
        await page.until(f"document.querySelector('#home h3')?.innerText === 'Leads of {STAFF_1}'")
        assert await asyncio.wait_for(visitors.get(), 3) == STAFF_1
        assert await page.evaluate("document.getElementById('tab-home').getAttribute('aria-current')") == "page"
        assert await page.evaluate("document.getElementById('composer').offsetParent") is None
        await page.choose("#user", STAFF_2)
        await page.until(f"document.querySelector('#home h3')?.innerText === 'Leads of {STAFF_2}'")
        assert await page.evaluate("location.pathname") == f"/archives/{dm_channel(STAFF_2)}/home"
        await page.click("#tab-messages")
        await page.until("document.getElementById('home').hidden && !document.getElementById('stage').hidden")
        assert await page.problems() == []


async def test_the_home_tab_is_drawn_again_as_it_changes(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """What is published later is there at once; the focus stays, and so does what was typed and not sent."""
    publisher(bolt)
    await connect()
    name = field("name", {"type": "plain_text_input"})
    claim = {"type": "actions", "block_id": "row", "elements": [button("claim")]}
    client = bolt.client
    async with browser(
        chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{dm_channel(STAFF_1)}/home"
    ) as page:
        await page.until("!!document.querySelector('#home h3')")
        await client.views_publish(user_id=STAFF_1, view=home(section("*one* lead"), name, claim))
        await page.until("document.getElementById('home').innerText.startsWith('one lead')")
        await page.fill("#home [data-block=name] input", "Anna")
        await page.evaluate("document.querySelector('#home [data-action=claim]').focus()")
        await client.views_publish(user_id=STAFF_1, view=home(section("two leads"), name, claim))
        await page.until("document.getElementById('home').innerText.startsWith('two leads')")
        assert await page.evaluate("document.querySelector('#home [data-block=name] input').value") == "Anna"
        await page.until("document.activeElement.dataset.action === 'claim'")
        await client.views_publish(user_id=STAFF_2, view=home(section("not mine")))
        await client.views_publish(user_id=STAFF_1, view=home(section("three leads"), name, claim))
        await page.until("document.getElementById('home').innerText.startsWith('three leads')")


async def test_settings_of_the_home_tab_are_told(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """A time that is chosen reaches the bot with the view it stands in; the bot's modal opens over the tab."""
    publisher(bolt)
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.action("digest_time")
    async def chosen(ack: Any, body: Json) -> None:
        await ack()
        heard.put_nowait(body)

    await connect()
    async with browser(
        chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{dm_channel(STAFF_1)}/home"
    ) as page:
        await page.until("document.querySelector('#home [data-action=digest_time]')?.value === '09:00'")
        labelled = "document.querySelector('#home [data-action=digest_time]').getAttribute('aria-describedby')"
        assert await page.evaluate(f"document.getElementById({labelled}).innerText") == "Digest"
        await page.choose("#home [data-action=digest_time]", "07:30")
        body = await asyncio.wait_for(heard.get(), 3)
        assert body["actions"][0]["selected_time"] == "07:30"
        assert body["container"]["type"] == "view"
        assert body["view"]["type"] == "home"


async def test_a_home_tab_on_a_phone(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """Hostile words are words there too, and at 390 pixels nothing is wider than the screen."""

    @bolt.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        wide = {"type": "section", "fields": [words("x" * 300), words(HOSTILE)]}
        blocks: list[Json] = [{"type": "header", "text": words(HOSTILE)}, wide, section("time", TIME)]
        actions = {"type": "actions", "elements": [button(f"b{number}") for number in range(5)]}
        await client.views_publish(user_id=event["user"], view=home(*blocks, actions))

    await connect()
    async with browser(
        chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{dm_channel(STAFF_1)}/home"
    ) as page:
        await page.view(390, 844, mobile=True)
        await page.until("!!document.querySelector('#home [data-action=b4]')")
        boxes = "[document.documentElement, document.getElementById('home')]"
        assert await page.evaluate(f"Math.max(...{boxes}.map((box) => box.scrollWidth - box.clientWidth))") == 0
        small = "[...document.querySelectorAll('#home button, #home input, #tabs a')].map((b) => b.offsetHeight)"
        assert min(await page.evaluate(small)) >= 40
        assert await page.evaluate("document.querySelectorAll('#home img, #home a').length") == 0
        assert await page.evaluate("window.pwned") is None
        assert "<!channel>" in await page.text("#home")


async def test_an_app_without_a_home_tab_shows_none(
    workspace: Workspace, control: httpx.AsyncClient, chromium: Path, tmp_path: Path
) -> None:
    """As the manifest says, and at once when the bot comes with another one."""
    features = {**MANIFEST["features"], "app_home": {"home_tab_enabled": False}}
    async with browser(chromium, tmp_path / "profile", f"{workspace.base_url}/archives/{dm_channel(STAFF_1)}") as page:
        await page.until("document.getElementById('tabs')?.hidden === false")
        answer = await control.put("/announce", json={"manifest": {**MANIFEST, "features": features}})
        assert answer.status_code == 200
        await page.until("document.getElementById('tabs').hidden")
        await control.put("/announce", json={"manifest": MANIFEST})
        await page.until("!document.getElementById('tabs').hidden")
