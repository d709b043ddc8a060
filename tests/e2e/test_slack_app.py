"""Staff's work in a real browser over the running bot: each press is seen on the card, in the thread or in the list."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.slack.listeners import SLOW
from bot.workspace.identity import INBOX_CHANNEL, LEADS_CHANNEL, STAFF_2
from tests.servers.chromium import Page, browser
from tests.servers.running_bot import RunningBot, mail, running_bot

FENCE = "Hello, how much is a new garden fence of about twenty metres? Please send a quote. Regards, Ann Archer"
MAILS = (
    mail("Ann Archer <ann@archer.example>", "New garden fence", FENCE),
    mail("Hal Hot <hal@hot.example>", "Burst pipe", "URGENT: water is flooding the kitchen right now, please call me!"),
    mail("Cora Cold <cora@cold.example>", "Price list", "No hurry, some day next year we may want a price list."),
)
TITLE = "document.querySelector('dialog[open] h2')?.innerText"
NO_WINDOW = "!document.querySelector('dialog[open]')"
ASKS_AGAIN = f"document.querySelector('dialog[open]')?.textContent.includes({json.dumps(SLOW)})"
TIMES_SENT = 5


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBot]:
    """A running bot with a hot, a warm and a cold lead, and the second mail of a customer about the same thing."""
    with running_bot(tmp_path_factory.mktemp("desk"), LEADBOT_SLACK_PER_SECOND="50") as bot:
        for number, one in enumerate(MAILS, 1):  # one after the other, so that each has its number
            bot.send(one)
            bot.wait_for(functools.partial(_card_of, bot, number), 60)
        bot.send(mail("Ann Archer <ann@archer.example>", "Garden fence quote", FENCE.replace("Hello", "Hello again")))
        bot.wait_for(bot.warnings, 60)
        yield bot


def _card_of(bot: RunningBot, number: int) -> bool:
    return any(one["text"].endswith(f"(L-{number})") for one in bot.cards())


@pytest.fixture
async def page(desk: RunningBot, require_server: Callable[[str], Path], tmp_path: Path) -> AsyncIterator[Page]:
    """The page of #leads, as the first of staff sees it."""
    address = f"{desk.workspace}/archives/{LEADS_CHANNEL}"
    async with browser(require_server("chromium"), tmp_path / "profile", address) as shown:
        await shown.until("document.querySelectorAll('#messages .message').length >= 4")
        yield shown
        assert await shown.problems() == []


def card(words: str) -> str:
    """The first of the channel's messages that say this, in JavaScript."""
    messages = "[...document.querySelectorAll('#messages .message')]"
    return f"{messages}.find((one) => one.textContent.includes({json.dumps(words)}))"


def in_card(words: str, selector: str) -> str:
    """An element of that message."""
    return f"{card(words)}?.querySelector({json.dumps(selector)})"


async def press(page: Page, element: str) -> None:
    """Wait for an element, given in JavaScript, and press it."""
    await page.until(f"!!({element})")
    await page.evaluate(f"({element}).click()")


async def pick(page: Page, button: str, entry: str) -> None:
    """Open a menu and choose the entry that begins so."""
    items = "[...document.querySelectorAll('.menu:popover-open [role=menuitem]')]"
    await press(page, button)
    await press(page, f"{items}.find((one) => one.innerText.startsWith({json.dumps(entry)}))")


async def window(page: Page, title: str) -> None:
    """Wait for the window of this title."""
    await page.until(f"{TITLE}?.startsWith({json.dumps(title)})")


async def submit(page: Page) -> None:
    """Send the window in, again when a busy bot asks for that, and wait until it is gone."""
    for _ in range(TIMES_SENT):
        await page.click("dialog[open] [type=submit]")
        await page.until(f"({NO_WINDOW}) || {ASKS_AGAIN}")
        if await page.evaluate(NO_WINDOW):
            return
        await asyncio.sleep(1)
    await page.until(NO_WINDOW)


async def in_thread(page: Page, words: str, line: str) -> None:
    """Open the thread below a card and wait for this line in it."""
    await press(page, in_card(words, "[data-toggle]:not(.more)"))
    await page.until(f"document.getElementById('thread').textContent.includes({json.dumps(line)})")


async def test_a_lead_is_claimed_and_won_with_a_reason(desk: RunningBot, page: Page) -> None:
    """The card says whose it is and how it ended, and the thread who did it and what it was worth."""
    await press(page, in_card("Burst pipe", "[data-action=lead_claim]"))
    await page.until(f"{card('Burst pipe')}?.textContent.includes('Claimed by Maya Brooks')")
    await press(page, in_card("Burst pipe", "[data-action=lead_won]"))
    await window(page, "Won L-2")
    await page.fill("[data-block=value] input", "$4,000")
    await page.fill("[data-block=note] textarea", "Pipe mended on the same day")
    await submit(page)
    await page.until(f"{card('Burst pipe')}?.textContent.includes('Won · Maya Brooks')")
    await in_thread(page, "Burst pipe", "Maya Brooks closed L-2 as won")
    assert "Pipe mended on the same day" in await page.text("#thread")
    assert "Worth $4,000" in await page.text("#thread")
    (lead,) = (one for one in desk.leads() if one["id"] == "L-2")
    assert lead["status"] == "won"


async def test_a_lead_is_snoozed_and_woken(desk: RunningBot, page: Page) -> None:
    """A date asks for itself when it is missing; the card says until when, and the snooze can be ended."""
    await pick(page, in_card("Price list", ".card .more"), "Snooze")
    await window(page, "Snooze L-3")
    await page.click("[data-block=when] input[value=date]")
    await page.click("dialog[open] [type=submit]")
    await page.until("document.querySelector('[data-block=day] .error')?.innerText === 'Choose a date'")
    await page.click("[data-block=when] input[value=tomorrow]")
    await submit(page)
    await page.until(f"/💤 Snoozed/.test({card('Price list')}?.innerText)")
    await in_thread(page, "Price list", "Maya Brooks snoozed L-3")
    await pick(page, in_card("Price list", ".card .more"), "End Snooze")
    await page.until(f"!/💤 Snoozed/.test({card('Price list')}?.innerText)")
    assert "L-3" in desk.cli("leads").stdout


async def test_a_duplicate_is_judged_and_the_verdict_taken_back(desk: RunningBot, page: Page) -> None:
    """Different takes the warning off the card, Undo puts it back; the thread tells both."""
    again = "Garden fence quote"
    assert await page.evaluate(f"{card(again)}.textContent.includes('Possible duplicate of L-1')")
    await in_thread(page, again, "Possible duplicate of")
    await press(page, "document.querySelector('#thread [data-action^=\"lead_verdict:different\"]')")
    await page.until(f"!/duplicate/i.test({card(again)}?.innerText)")
    await page.until(
        "document.getElementById('thread').textContent.includes('Maya Brooks said: L-4 and L-1 are different')"
    )
    assert next(one for one in desk.leads() if one["id"] == "L-4")["duplicate_of"] is None
    await press(page, "document.querySelector('#thread [data-action^=\"lead_verdict:undo\"]')")
    await page.until(f"{card(again)}?.textContent.includes('Possible duplicate of L-1')")
    assert next(one for one in desk.leads() if one["id"] == "L-4")["duplicate_of"] == "L-1"


async def test_the_list_is_filtered(page: Page) -> None:
    """`/lead cold` shows the cold lead and no other, to nobody but who asked."""
    await page.type("/lead cold all")
    answer = "document.querySelector('#messages .message.ephemeral:last-of-type')?.innerText"
    await page.until(f"{answer}?.includes('Price list')")
    listed = str(await page.evaluate(answer))
    assert "Burst pipe" not in listed
    assert "fence" not in listed


async def test_a_lead_is_created_from_a_message(desk: RunningBot, page: Page) -> None:
    """A colleague's note becomes a lead with a card, from the menu of the message."""
    said = "Zoe Zander called, she needs a quote for her conservatory roof: zoe@zander.example"
    note = {"user": STAFF_2, "channel": INBOX_CHANNEL, "text": said}
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.post(f"{desk.workspace}/control/message", json=note)).raise_for_status()
    await page.open(f"{desk.workspace}/archives/{INBOX_CHANNEL}")
    mine = "[...document.querySelectorAll('#messages .message')].find((one) => one.textContent.includes('Zoe Zander'))"
    await pick(page, f"{mine}?.querySelector('button.more')", "Create Lead")
    await asyncio.to_thread(desk.wait_for, lambda: [one for one in desk.cards() if "conservatory" in str(one)])
    await page.open(f"{desk.workspace}/archives/{LEADS_CHANNEL}")
    await page.until(f"!!{card('conservatory roof')}")
    assert [one["contact"]["email"] for one in desk.leads() if "conservatory" in one["text"]] == ["zoe@zander.example"]


async def test_the_time_of_the_digest_is_changed(desk: RunningBot, page: Page) -> None:
    """The Home tab says so at once, with who did it, and the doctor from where the value comes."""
    await page.click("#dms a")
    await page.click("#tab-home")
    await press(page, "document.querySelector('#home [data-action=home_digest]')")
    await window(page, "Digest Time")
    await page.choose("[data-block=digest_time] input", "16:45")
    await submit(page)
    await page.until("/daily at 16:45[\\s\\S]*Set by Maya Brooks/.test(document.getElementById('home').innerText)")
    assert "16:45" in desk.cli("doctor").stdout
