"""The first quarter of an hour in a real browser: samples, a card, its thread, buttons, a form, a test e-mail."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from tests.servers.chromium import Page, browser
from tests.servers.running_bot import RunningBot

Make = Callable[..., RunningBot]


def named(text: str, within: str = "body") -> str:
    """The button that says this, in JavaScript."""
    return f"[...document.querySelectorAll('{within} button')].find((one) => one.innerText.trim() === '{text}')"


async def push(page: Page, text: str, within: str = "body") -> None:
    """Press the button that says this."""
    await page.until(f"!!({named(text, within)})")
    await page.evaluate(f"{named(text, within)}.click()")


async def read(page: Page, pattern: str, where: str = "#messages") -> str:
    """Wait until the text there has the pattern, and return all of it."""
    await page.until(f"new RegExp({pattern!r}).test(document.querySelector('{where}').innerText)")
    return await page.text(where)


def a_card(words: str) -> str:
    """The message whose card says these words, in JavaScript."""
    cards = "[...document.querySelectorAll('#messages .message')].filter((one) => one.querySelector('.card'))"
    return f"{cards}.find((one) => one.innerText.includes('{words}'))"


async def walk(page: Page) -> None:
    """All that a newcomer does, in that order."""
    await push(page, "Load samples")
    for words in ("Water coming through", "Possible duplicate of L-", "Cold \\d+"):
        await read(page, words)
    await order_is_by_urgency(page)
    await thread_tells_of_the_duplicate(page)
    await staff_act(page)
    await page.type("/lead similar painting the outside of a house")
    await read(page, "leads like “painting the outside of a house”")
    await push(page, "Remove samples")
    await page.until("document.querySelectorAll('#messages .card').length === 0")
    await a_test_mail_is_a_card(page)


async def order_is_by_urgency(page: Page) -> None:
    """`/lead` lists the open leads, most urgent first."""
    await page.type("/lead")
    listed = await read(page, "open leads, most urgent first")
    scores = [int(score) for score in re.findall(r"[🔴🟠🔵] (\d+) · L-", listed.split("most urgent first")[-1])]
    assert len(scores) >= 6
    assert scores == sorted(scores, reverse=True)
    assert scores[0] >= 70
    assert scores[-1] < 40


async def thread_tells_of_the_duplicate(page: Page) -> None:
    """The warning and its reason stand below the card of the second mail."""
    card = a_card("Possible duplicate of L-")
    await page.until(f"!!({card})?.querySelector('[data-toggle]')")
    await page.evaluate(f"({card}).querySelector('[data-toggle]').click()")
    await read(page, "Possible duplicate of L-\\d+\\s+.*same e-mail", "#thread")
    await page.click("#thread-close")


async def staff_act(page: Page) -> None:
    """A press changes the card; a form closes the lead with its note."""
    water = a_card("Water coming through")
    await page.evaluate(f"({water}).querySelector('[data-action=lead_claim]').click()")
    await page.until(f"({water}).innerText.includes('Claimed by Maya Brooks')")
    await page.evaluate(f"({water}).querySelector('[data-action=lead_won]').click()")
    await page.fill("dialog [data-block=note] textarea", "Plumber sent within the hour")
    await push(page, "Mark as Won", "dialog")
    await page.until("!document.querySelector('dialog')")
    closed = await read(page, "Plumber sent within the hour")
    assert "Won" in closed


async def a_test_mail_is_a_card(page: Page) -> None:
    """The page's own form goes through SMTP like any customer's mail."""
    await push(page, "Send a test email")
    await page.fill("dialog [data-mail=subject]", "Gate is stuck open")
    await page.fill("dialog [data-mail=text]", "Our gate is stuck open since today, can someone come? 020 7946 0812")
    await push(page, "Send email", "dialog")
    await read(page, "Sent\\. The mail server at .* said: 250", "dialog")
    await push(page, "See it in #leads", "dialog")
    await read(page, "Gate is stuck open")


async def test_the_first_quarter_of_an_hour(
    fresh_bot: Make, require_server: Callable[[str], Path], tmp_path: Path
) -> None:
    """From the empty page to the first own card, without an error in the browser's console."""
    chromium = require_server("chromium")
    bot = await asyncio.to_thread(fresh_bot().start)
    async with browser(chromium, tmp_path / "profile", bot.workspace) as page:
        await page.view(1280, 900)
        await walk(page)
        assert await page.problems() == []
