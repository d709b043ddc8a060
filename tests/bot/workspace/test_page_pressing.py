"""What one presses does what one sees: Enter sends a whole command, and nothing moves away or lies above a button."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.workspace.identity import BOT_USER_ID, STAFF_1, STAFF_2
from bot.workspace.store import Channel
from bot.workspace.workspace import Workspace
from tests.bot.workspace.page_parts import MANIFEST, button, section, words
from tests.servers.chromium import Page, browser

COMMANDS = ("/lead", "/lead mute 2h", "/lead show L-12", "/lead snooze L-12 2h")
ANNOUNCED = {"commands": [{"command": command, "hint": "what it does"} for command in COMMANDS]}
INPUT = "document.getElementById('input').value"
BOX = "document.getElementById('messages')"
Json = dict[str, Any]


@pytest.fixture
def leads(workspace: Workspace) -> Channel:
    """The channel of the cards."""
    found = workspace.store.channel("leads")
    assert found is not None
    return found


async def sent(page: Page, number: int) -> bool:
    """Wait until so many commands were sent; without a bot each has an answer that says so."""
    answers = f"{BOX}.innerText.split('dispatch_failed').length - 1"
    return bool(await page.until(f"{answers} === {number} && {INPUT} === ''"))


async def test_enter_sends_what_is_whole(
    workspace: Workspace, control: httpx.AsyncClient, chromium: Path, tmp_path: Path
) -> None:
    """Only a verb that is being typed is filled in by Enter; Tab, and Enter after an arrow, fill in the one chosen."""
    await control.put("/announce", json=ANNOUNCED)
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("!!document.querySelector('.empty')")
        for number, typed in enumerate(("/lead mute", "/lead", "/lead show", "/lead snooze L-1"), start=1):
            await page.fill("#input", typed)
            await page.until("!document.getElementById('hints').hidden")
            await page.press("Enter")
            assert await sent(page, number)
        for typed, keys in (("/lead mu", ["Enter"]), ("/lead mute", ["Tab"]), ("/lead mute", ["ArrowDown", "Enter"])):
            await page.fill("#input", typed)
            await page.press(*keys)
            assert await page.evaluate(INPUT) == "/lead mute 2h"
        await page.press("Enter")
        assert await sent(page, 5)


def card(number: int) -> Json:
    """A card whose words need more lines where there is less room, with its buttons."""
    text = f"Nr {number} " + "the brakes grind when it rains " * 8
    blocks = [{"type": "header", "text": words(f"Nr {number}")}, section(text)]
    return {"text": text, "blocks": [*blocks, {"type": "actions", "elements": [button("claim")]}]}


async def test_the_card_whose_thread_opens_stays(
    workspace: Workspace, leads: Channel, chromium: Path, tmp_path: Path
) -> None:
    """The thread makes the column narrower and all above higher: the card keeps its place, then and after it."""
    roots = [workspace.post(leads, BOT_USER_ID, card(number)) for number in range(12)]
    workspace.post(leads, BOT_USER_ID, {"text": "why"}, thread_ts=roots[6].ts)
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.view(1280, 800)
        node = f"document.querySelector('#messages [data-ts=\"{roots[6].ts}\"]')"
        await page.until(f"!!{node}?.querySelector('.count')")
        await page.evaluate(f"{BOX}.scrollTop += {node}.getBoundingClientRect().top - 200")
        place = f"Math.round({node}.getBoundingClientRect().top)"
        width = await page.evaluate(f"{BOX}.clientWidth")
        before = await page.evaluate(place)
        assert 190 <= before <= 210
        await page.evaluate(f"{node}.querySelector('.count').click()")
        await page.until(f"!document.getElementById('thread').hidden && {BOX}.clientWidth < {width}")
        assert abs(await page.evaluate(place) - before) <= 1
        await page.press("Escape")
        await page.until(f"document.getElementById('thread').hidden && {BOX}.clientWidth === {width}")
        assert abs(await page.evaluate(place) - before) <= 1


async def crossing(page: Page, one: str, other: str) -> bool:
    """Whether two things that are shown would lie on each other if they were at the same height."""
    sides = "((node) => ({ left: node.left, right: node.right }))"
    pair = [await page.evaluate(f"{sides}({node}.getBoundingClientRect())") for node in (one, other)]
    assert all(place["right"] > place["left"] for place in pair)
    return bool(pair[0]["left"] < pair[1]["right"] and pair[1]["left"] < pair[0]["right"])


async def test_nothing_lies_on_a_button_on_a_phone(
    workspace: Workspace, leads: Channel, control: httpx.AsyncClient, chromium: Path, tmp_path: Path
) -> None:
    """A card's menu stands beside its last reply, and the way to the newest leaves "Dismiss" free."""
    roots = [workspace.post(leads, BOT_USER_ID, card(number)) for number in range(8)]
    workspace.post(leads, BOT_USER_ID, {"text": "why"}, thread_ts=roots[0].ts)
    workspace.post(leads, BOT_USER_ID, {"text": "for Maya"}, ephemeral_to=STAFF_1)
    await control.put("/announce", json={**ANNOUNCED, "manifest": MANIFEST})
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.view(390, 844, mobile=True)
        await page.until("!!document.querySelector('#messages .count') && !!document.querySelector('#messages .more')")
        foot = "document.querySelector('#messages .message .body')"
        last = f"{foot}.querySelector('.count')"
        assert not await crossing(page, last, f"{foot}.querySelector('.more')")
        await page.evaluate(f"{BOX}.scrollTop = 0")
        newest = "document.getElementById('newest')"
        dismiss = "document.querySelector('.only-you button')"
        await page.until(f"!{newest}.hidden")
        assert not await crossing(page, newest, dismiss)
        assert await page.evaluate(f"{newest}.textContent") == "Jump to newest"
        workspace.post(leads, STAFF_2, {"text": "one more"})
        await page.until(f"{newest}.textContent === '1 new message'")
        assert not await crossing(page, newest, dismiss)
