"""Pictures for the README: `python -m tests.screenshots [FOLDER]`, docs/images by default.

Starts a bot of its own on free ports in a temporary folder, gives it leads, and photographs the workspace's page.
It presses whatever buttons the cards have, so it needs no change when they do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks import burst
from tests.servers.chromium import Page, browser
from tests.servers.running_bot import RunningBot, form_mail, mail, running_bot

DESKTOP = (1280, 860)
PHONE = (390, 844)
MAILS = (
    mail(
        "Priya Shah <priya.shah@example.com>",
        "Wedding in June, laser package?",
        "Hello, I get married on 20 June and would like three laser sessions before. What is the price? Priya",
    ),
    mail(
        "Tom Fisher <tom@fisher-plumbing.example>",
        "Quote for two vans",
        "Hi, we need an MOT and a service for two Transit vans some time this month. Could you send a quote? Tom",
    ),
    form_mail("Olu Ade", "olu.ade@example.com", "Do you do winter tyres, and can I store my summer ones with you?"),
    mail(
        "Anna Becker <anna.becker@example.com>",
        "Brakes grinding - need help TODAY",
        "Hello, my brakes grind badly since this morning and I must drive to Leeds tomorrow. Can you fit me in today?"
        "\nPlease call me as soon as possible on 020 7946 0812.\n\nAnna Becker",
    ),
    mail(
        "Anna Becker <anna.becker@example.com>",
        "Re: brakes grinding",
        "Hello again, I have not heard from you about my grinding brakes. Is there a place today? 020 7946 0812. Anna",
    ),
)
HISTORY = 90
# What a settled page looks like: nothing turns, and fonts and layout are done.
QUIET = "document.fonts.ready.then(() => !document.querySelector('[aria-busy=true]'))"
LIST = "[...document.querySelectorAll('#messages .message')].find((one) => / in one list/.test(one.textContent))"
MOST_URGENT = """(() => {
  const cards = [...document.querySelectorAll('#messages .message')].filter((one) => one.querySelector('.card'));
  const hot = cards.filter((one) => /\\bhot\\b/i.test(one.innerText));
  const rank = (one) => Number(one.innerText.match(/\\bhot\\D{0,3}(\\d{1,3})/i)?.[1] ?? 0);
  const best = hot.sort((a, b) => rank(b) - rank(a))[0] ?? cards.at(-1);
  best?.scrollIntoView({ block: 'start' });
  return best?.dataset.ts ?? null;
})()"""


def main() -> int:
    """Take the pictures; the exit status."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.stderr.write("chromium is not here: install it to take the pictures\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="leadbot-pictures-") as temporary:
        house = Path(temporary)
        # no key or mailbox of the person who takes the pictures may come into them
        for name in [name for name in os.environ if name.startswith(("LEADBOT_", "AIRTABLE_", "SLACK_", "IMAP_"))]:
            del os.environ[name]
        # the port of the mail address in the Home tab's list, which 0 would make a riddle
        with running_bot(house, LEADBOT_SMTP_PORT=str(free_port()), LEADBOT_DIGEST_WEEKDAY="never") as bot:
            give_leads(bot)
            asyncio.run(take(bot, Path(program), house / "profile", folder))
    return 0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def give_leads(bot: RunningBot) -> None:
    """Load the samples where the bot knows them, else send some mails, and wait for the cards."""
    bot.command("samples")
    wait_until_quiet(bot, 3.0)  # the answer comes before the cards do
    before = len(bot.cards())
    bot.send(*MAILS[before:], pause=0.2)
    bot.wait_for(lambda: len(bot.cards()) >= max(before, len(MAILS)), 60)
    bot.wait_for(bot.warnings, 60)
    wait_until_quiet(bot)


def give_history(bot: RunningBot) -> None:
    """More leads than can be read card by card, spread over the four weeks of the digest's picture."""
    burst.send(bot, HISTORY, 1.0)
    bot.wait_for(lambda: any(" in one list" in one["text"] for one in bot.messages()), 120)
    wait_until_quiet(bot)
    moved = "UPDATE leads SET received_at = datetime(received_at, ?) WHERE id = ?"
    with contextlib.closing(sqlite3.connect(bot.folder / "data" / "leadbot.db", timeout=30)) as store, store:
        ids = [row[0] for row in store.execute("SELECT id FROM leads WHERE NOT sample ORDER BY id")]
        store.executemany(moved, [(f"-{number * number % 27 + 1} days", lead_id) for number, lead_id in enumerate(ids)])


def wait_until_quiet(bot: RunningBot, seconds: float = 5.0) -> None:
    """Wait until no card and no reply has changed for a while."""
    before, since = bot.messages(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.2)
        if (now := bot.messages()) != before:
            before, since = now, time.monotonic()


async def take(bot: RunningBot, program: Path, profile: Path, folder: Path) -> None:
    """Every picture, in one browser."""
    async with browser(program, profile, f"{bot.workspace}/archives/C0LEADS") as page:
        await page.view(*DESKTOP)
        await page.until("!!document.querySelector('#messages .card')")
        ts = str(await page.until(MOST_URGENT))
        await keep_card(page, ts, folder / "card.png")
        await page.view(*DESKTOP)
        await take_work(bot, page, ts, folder)


async def take_work(bot: RunningBot, page: Page, ts: str, folder: Path) -> None:
    """What staff do with a lead: its windows, the card once it is theirs, the list, the Home tab."""
    await keep_window(page, folder / "snooze.png", f"{message(ts)}.querySelector('.card .more')", "Snooze")
    await keep_window(page, folder / "won.png", pressed(message(ts), "Won"))
    await page.evaluate(f"{pressed(message(ts), 'Claim')}?.click()")
    await page.until(f"!{pressed(message(ts), 'Claim')}")
    await page.evaluate("document.activeElement.blur()")
    await keep_card(page, ts, folder / "claimed.png")
    await page.view(*DESKTOP)
    await keep_verdict(page, folder / "verdict.png")
    await page.type("/lead open hot")
    await page.until("!!document.querySelector('#messages .message.ephemeral:last-of-type')")
    await keep(page, folder / "list.png")
    await keep_home(page, folder)
    await asyncio.to_thread(give_history, bot)
    await page.view(*DESKTOP)
    await page.until(f"!!{LIST}")
    await page.evaluate(f"{LIST}.scrollIntoView({{ block: 'start' }})")
    await keep(page, folder / "batch.png")
    await keep_digest(page, folder / "digest.png")


def pressed(scope: str, label: str) -> str:
    """The button of that label within a message, in JavaScript."""
    return f"[...{scope}.querySelectorAll('.card button')].find((one) => one.textContent === {json.dumps(label)})"


async def keep_window(page: Page, file: Path, button: str, entry: str = "") -> None:
    """The window that a button opens, or an entry of its menu."""
    await page.evaluate(f"{button}?.click()")
    if entry:
        items = "[...document.querySelectorAll('.menu:popover-open [role=menuitem]')]"
        await page.evaluate(f"{items}.find((one) => one.textContent.startsWith({json.dumps(entry)}))?.click()")
    if await opened(page):
        await keep(page, file)
        await page.press("Escape")
        await page.until("!document.querySelector('dialog')")
    else:
        print(f"{file.name}: no window opened")  # noqa: T201 - a command's output


async def keep_verdict(page: Page, file: Path) -> None:
    """The thread of a possible duplicate, where staff say whether it is one."""
    asked = "[...document.querySelectorAll('#messages .message')].find((one) => /Possible dupl/.test(one.textContent))"
    await page.until(f"!!{asked}?.querySelector('[data-toggle]')")
    await page.evaluate(f"{asked}.scrollIntoView({{ block: 'start' }})")
    await page.evaluate(f"{asked}.querySelector('[data-toggle]').click()")
    await page.until("!!document.querySelector('#thread [data-action^=lead_verdict]')")
    await page.evaluate("document.activeElement.blur()")
    await page.evaluate(
        "document.querySelector('#thread [data-action^=lead_verdict]').scrollIntoView({block: 'center'})"
    )
    await keep(page, file)
    await page.click("#thread-close")
    await page.until("document.getElementById('thread').hidden")


async def keep_digest(page: Page, file: Path) -> None:
    """The digest, set on the Home tab to the next minute, and its thread with the picture."""
    await page.click("#dms a")
    await page.click("#tab-home")
    await page.click("#home [data-action=home_digest]")
    soon = datetime.now(UTC) + timedelta(seconds=70)
    await page.choose("[data-block=digest_time] input", f"{soon:%H:%M}")
    await page.click("dialog[open] [type=submit]")
    await page.until("!document.querySelector('dialog')")
    await page.click("#channels a")
    posted = (
        "[...document.querySelectorAll('#messages .message')].find((one) => /day .* open leads/.test(one.textContent))"
    )
    for _ in range(10):  # each wait is shorter than a minute
        with contextlib.suppress(AssertionError):
            await page.until(f"!!{posted}?.querySelector('[data-toggle]:not(.more)')")
            break
    await page.evaluate(f"{posted}.scrollIntoView({{ block: 'start' }})")
    await page.evaluate(f"{posted}.querySelector('[data-toggle]:not(.more)').click()")
    await page.until("document.querySelector('#thread img')?.complete")
    await page.evaluate("document.activeElement.blur()")
    await page.evaluate("document.querySelector('#thread img').scrollIntoView({ block: 'center' })")
    await keep(page, file)
    await page.click("#thread-close")
    await page.until("document.getElementById('thread').hidden")


async def keep_home(page: Page, folder: Path) -> None:
    """The Home tab, at a desk and on a phone."""
    await page.click("#dms a")
    await page.click("#tab-home")
    await page.until("!!document.querySelector('#home .body > :not(.empty)')")
    await keep(page, folder / "home.png")
    await page.view(*PHONE, scale=2, mobile=True)
    await keep(page, folder / "home-phone.png")
    await page.view(*DESKTOP)
    await page.click("#channels a")
    await page.until("!document.getElementById('stage').hidden && !!document.querySelector('#messages .card')")


def message(ts: str) -> str:
    """The channel's message of that timestamp, in JavaScript."""
    return f"document.querySelector('#messages [data-ts=\"{ts}\"]')"


async def keep(page: Page, file: Path, clip: dict[str, float] | None = None) -> None:
    """Write a picture of the settled page."""
    await page.until(QUIET)
    await asyncio.sleep(0.3)  # what fades in has arrived
    picture = await page.picture(clip)
    await asyncio.to_thread(file.write_bytes, picture)
    print(f"{file} {len(picture) // 1024} kB")  # noqa: T201 - a command's output


async def keep_card(page: Page, ts: str, file: Path) -> None:
    """One card alone, twice as sharp, with a little air around it."""
    await page.view(1060, 1400, scale=2)
    await page.evaluate(f"{message(ts)}.scrollIntoView({{ block: 'center' }})")
    box = await page.evaluate(f"{message(ts)}.querySelector('.card').getBoundingClientRect().toJSON()")
    air = 5  # as much as lies between the card and its neighbours
    clip = {
        "x": box["x"] - air,
        "y": box["y"] - air,
        "width": box["width"] + 2 * air,
        "height": box["height"] + 2 * air,
    }
    await keep(page, file, clip)


async def opened(page: Page) -> bool:
    """Whether a dialog comes within the next seconds."""
    for _ in range(20):
        if await page.evaluate("!!document.querySelector('dialog[open]')"):
            return True
        await asyncio.sleep(0.1)
    return False


if __name__ == "__main__":
    sys.exit(main())
