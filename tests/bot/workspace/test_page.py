"""The page in a real browser: cards are drawn, hostile text stays text, and it is usable by keyboard and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.workspace.identity import BOT_USER_ID, STAFF_1, STAFF_2
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.store import Channel, Message
from bot.workspace.workspace import Workspace
from tests.servers.chromium import Page, browser

HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
ANNOUNCED = {
    "commands": [
        {"command": "/lead help", "hint": "what you can ask"},
        {"command": "/lead similar TEXT", "hint": "leads like this text"},
        {"command": "/lead similar L-12", "hint": "leads like that one"},
    ],
    "off": ["Airtable is off: set `AIRTABLE_API_KEY` to turn it on"],
}
Json = dict[str, Any]
Visit = Callable[[str], AbstractAsyncContextManager[Page]]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace on a free port, with no bot."""
    async with serving(tmp_path / "workspace", Options(quiet=0.1, longest_wait=1.0)) as running:
        yield running


@pytest.fixture
def leads(workspace: Workspace) -> Channel:
    """The channel of the cards."""
    found = workspace.store.channel("leads")
    assert found is not None
    return found


@pytest.fixture
def visit(chromium: Path, tmp_path: Path) -> Visit:
    """Open a browser at an address."""
    return lambda url: browser(chromium, tmp_path / "profile", url)


def card(workspace: Workspace, leads: Channel, name: str) -> Message:
    """A lead's card, with hostile text wherever a customer's words may stand."""
    plain = {"type": "plain_text", "text": f"{name} {HOSTILE} &lt;seen &amp; decoded&gt;"}
    words = {
        "type": "mrkdwn",
        "text": f"*bold* _it_ ~old~ `code` <https://a.example|site> <javascript:alert(1)|bad> {HOSTILE}",
    }
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": HOSTILE}]}
    label = {"type": "plain_text", "text": "Claim"}
    options = [{"text": {"type": "plain_text", "text": HOSTILE[:75]}, "value": HOSTILE}]
    elements: list[Json] = [
        {"type": "button", "action_id": "claim", "value": "1", "text": label},
        {"type": "overflow", "action_id": "more", "options": options},
        {"type": "static_select", "action_id": "status", "placeholder": label, "options": options},
        {"type": "datepicker", "action_id": "day", "placeholder": label},
    ]
    blocks = [
        {"type": "header", "text": plain},
        {"type": "section", "text": words, "fields": [plain, words]},
        {"type": "rich_text", "elements": [quote]},
        {"type": "image", "image_url": "https://a.example/x.png", "alt_text": f"a car {HOSTILE}"},
        {"type": "actions", "elements": elements},
        {"type": "context", "elements": [words]},
    ]
    return workspace.post(leads, BOT_USER_ID, {"text": HOSTILE, "blocks": blocks})


async def test_hostile_text_is_inert(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """Markup is shown as written, only http links are links, no picture is fetched, and the console stays silent."""
    root = card(workspace, leads, "Anna")
    async with visit(workspace.permalink(root)) as page:
        await page.until("document.querySelector('.revealed h3')?.innerText.startsWith('Anna')")
        assert await page.evaluate("window.pwned") is None
        assert await page.evaluate("document.querySelectorAll('#messages img, #messages script').length") == 0
        links = await page.evaluate("[...new Set([...document.querySelectorAll('#messages a')].map((a) => a.href))]")
        assert links == ["https://a.example/", "https://a.example/x.png"]
        assert HOSTILE in await page.text()
        assert "<seen & decoded>" in await page.text("#messages h3")
        tags = "['strong', 'em', 's', 'code'].map((t) => document.querySelector('#messages ' + t).innerText)"
        assert await page.evaluate(tags) == ["bold", "it", "old", "code"]
        assert await page.text("#messages blockquote") == HOSTILE
        assert (await page.text("#messages figure")).endswith(f"a car {HOSTILE}")
        assert await page.problems() == []


async def test_the_page_follows_what_happens(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """Others' private answers stay hidden; replies are counted and written in the thread; a command is answered."""
    root = card(workspace, leads, "Anna")
    async with visit(workspace.base_url) as page:
        await page.until("!!document.querySelector('#messages h3')")
        workspace.post(leads, BOT_USER_ID, {"text": "for Tom"}, ephemeral_to=STAFF_2)
        mine = workspace.post(leads, BOT_USER_ID, {"text": "for Maya"}, ephemeral_to=STAFF_1)
        workspace.post(leads, BOT_USER_ID, {"text": "in the thread"}, thread_ts=root.ts)
        workspace.edit(leads, root, {"text": "x", "blocks": [{"type": "divider"}]})
        await page.until(f"document.querySelector('[data-ts=\"{root.ts}\"]').innerText.includes('(edited)')")
        assert "for Maya" in await page.text()
        assert "for Tom" not in await page.text()
        await page.click(f'[data-ts="{mine.ts}"] .only-you button')
        await page.until("!document.getElementById('messages').innerText.includes('for Maya')")
        assert workspace.store.message(leads.id, mine.ts) is None
        assert (await page.text("#messages .count b")) == "1 reply"
        await page.click("#messages .count")
        await page.until("document.getElementById('thread').innerText.includes('in the thread')")
        await page.fill("#thread-input", "a reply <b>")
        await page.press("Enter")
        await page.until("document.getElementById('thread').innerText.includes('a reply <b>')")
        assert workspace.store.messages(leads.id)[-1].thread_ts == root.ts
        await page.until("document.querySelector('#messages .count b').innerText === '2 replies'")
        await page.press("Escape")
        await page.until("document.getElementById('thread').hidden")
        await page.type("/lead help")
        await page.until("document.getElementById('messages').innerText.includes('dispatch_failed')")


async def test_a_channel_that_is_not_read_is_marked(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """An empty channel says what to do; another one's new card marks it; a click with no bot says so."""
    async with visit(f"{workspace.base_url}/archives/C0INBOX") as page:
        await page.until("document.querySelector('.empty p')?.innerText.length > 20")
        assert await page.evaluate("document.querySelector('#channels a.unread')") is None
        card(workspace, leads, "Bob")
        await page.until("document.querySelector('#channels a.unread')?.href.endsWith('/archives/C0LEADS')")
        await page.click("#channels a.unread")
        await page.click("[data-action=claim]")
        await page.until("document.getElementById('toast').innerText.includes('dispatch_failed')")
        assert await page.evaluate("document.querySelector('#channels a.unread')") is None
        assert await page.evaluate("!!document.querySelector('[data-action=claim][aria-busy]')") is False


async def test_the_empty_leads_channel_offers_samples(workspace: Workspace, visit: Visit) -> None:
    """Load samples stands first where there is no lead; it types `/lead samples`, in #leads, wherever one is."""
    async with visit(workspace.base_url) as page:
        await page.until("document.querySelector('.empty .primary')?.innerText.includes('Load samples')")
        await page.click("#channels li:last-child a")
        await page.until("document.getElementById('title').innerText === '#inbox'")
        await page.click("#tools li:last-child button")
        await page.until("document.getElementById('title').innerText === '#leads'")
        await page.until("document.getElementById('messages').innerText.includes('/lead failed')")


async def test_links_to_messages_open_inside_the_page(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """A link to a card shows it and gives it the focus, one to a reply opens its thread; nothing is loaded again."""
    first = card(workspace, leads, "Anna")
    reply = workspace.post(leads, BOT_USER_ID, {"text": "why"}, thread_ts=first.ts)
    for number in range(12):
        card(workspace, leads, f"Nr {number}")
    links = f"<{workspace.permalink(first)}|L-1> <{workspace.permalink(reply)}|why L-1>"
    workspace.post(leads, BOT_USER_ID, {"text": links})
    async with visit(workspace.base_url) as page:
        await page.until("document.querySelectorAll('#messages .message').length === 14")
        await page.evaluate("window.stayed = true")
        await page.click(".message:last-of-type a")
        focused = "document.activeElement.dataset.ts"
        await page.until(f"{focused} === '{first.ts}'")
        await page.until("!document.getElementById('newest').hidden")
        await page.evaluate("document.querySelector('.message:last-of-type a:nth-of-type(2)').click()")
        await page.until(f"!document.getElementById('thread').hidden && {focused} === '{reply.ts}'")
        await page.evaluate("history.back()")
        await page.until("document.getElementById('thread').hidden")
        await page.click("#newest")
        await page.until("document.getElementById('newest').hidden")
        assert await page.evaluate("window.stayed") is True


async def test_a_button_is_reached_by_the_keyboard_alone(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """Tab and Enter skip to the newest card, arrows go from card to card, Tab and Enter press a button."""
    for name in ("Anna", "Bob"):
        card(workspace, leads, name)
    async with visit(workspace.base_url) as page:
        await page.until("document.querySelectorAll('#messages .message').length === 2")
        await page.press("Tab", "Enter")
        focused = "document.activeElement"
        assert "Bob" in await page.evaluate(f"{focused}.innerText")
        await page.press("ArrowUp")
        assert "Anna" in await page.evaluate(f"{focused}.innerText")
        for _ in range(10):
            if await page.evaluate(f"{focused}.dataset.action") == "claim":
                break
            await page.press("Tab")
        assert await page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
        await page.press("Enter")
        await page.until("document.getElementById('toast').innerText.includes('dispatch_failed')")
        await page.press("Tab", "Enter")
        await page.until("!!document.querySelector('.menu:popover-open [role=menuitem]:focus')")
        await page.press("Escape")
        assert await page.evaluate(f"{focused}.dataset.action") == "more"


async def test_commands_are_hinted(workspace: Workspace, visit: Visit) -> None:
    """What the bot announces is offered at once after "/", chosen by arrows, filled in by Enter, closed by Esc."""
    async with visit(workspace.base_url) as page, httpx.AsyncClient(trust_env=False) as client:
        await page.until("!!document.querySelector('.empty')")
        answer = await client.put(f"{workspace.base_url}/control/announce", json=ANNOUNCED)
        assert answer.status_code == 200
        await page.until("!document.getElementById('off').hidden")
        assert await page.evaluate("document.querySelector('#off-lines code').textContent") == "AIRTABLE_API_KEY"
        await page.fill("#input", "/")
        options = "[...document.querySelectorAll('#hints [role=option] b')].map((o) => o.innerText)"
        assert await page.evaluate(options) == ["/lead help", "/lead similar TEXT", "/lead similar L-12"]
        await page.press("ArrowDown")
        active = "document.getElementById(document.getElementById('input').getAttribute('aria-activedescendant'))"
        assert await page.evaluate(f"{active}.innerText.split('\\n')[0]") == "/lead similar TEXT"
        await page.press("Enter")
        assert await page.evaluate("document.getElementById('input').value") == "/lead similar "
        assert await page.evaluate("document.getElementById('input').ariaExpanded") == "false"
        await page.fill("#input", "/l")
        await page.press("Escape")
        assert await page.evaluate("document.getElementById('hints').hidden")
        await page.fill("#input", "/lead help")
        await page.press("Enter")  # nothing is left to fill in, so it is sent
        await page.until("document.getElementById('messages').innerText.includes('dispatch_failed')")


async def test_a_phone(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """At 375 pixels nothing is wider than the screen, targets are 40 pixels high, and the sidebar is a drawer."""
    root = card(workspace, leads, "A" * 45)
    workspace.post(leads, BOT_USER_ID, {"text": "y" * 300}, thread_ts=root.ts)
    async with visit(workspace.base_url) as page:
        await page.view(375, 812, mobile=True)
        await page.until("!!document.querySelector('#messages .count')")
        wide = "[document.documentElement, ...document.querySelectorAll('#messages, #thread-messages')]"
        overflow = f"Math.max(...{wide}.map((box) => box.scrollWidth - box.clientWidth))"
        assert await page.evaluate(overflow) == 0
        targets = "[...document.querySelectorAll('.message button, .message select, .message input, #menu, .send')]"
        heights = f"{targets}.map((node) => node.getBoundingClientRect().height).filter(Boolean)"
        assert min(await page.evaluate(heights)) >= 40
        inert = "document.getElementById('sidebar').inert"
        assert await page.evaluate(inert) is True
        await page.click("#menu")
        assert await page.evaluate(inert) is False
        assert await page.evaluate("document.activeElement.getAttribute('aria-current')") == "page"
        await page.press("Escape")
        assert await page.evaluate(f"{inert} && document.activeElement.id === 'menu'")
        await page.click("#messages .count")
        await page.until("!document.getElementById('thread').hidden")
        assert await page.evaluate("document.getElementById('main').offsetParent") is None
        assert await page.evaluate(overflow) == 0
        await page.click("#thread-back")
        await page.until("document.getElementById('thread').hidden")


async def test_a_mistyped_command_is_said_and_kept(workspace: Workspace, visit: Visit) -> None:
    """As Slack refuses what no app has; the words stay to be mended."""
    async with visit(workspace.base_url) as page, httpx.AsyncClient(trust_env=False) as client:
        await page.until("!!document.querySelector('.empty')")
        await client.put(f"{workspace.base_url}/control/announce", json=ANNOUNCED)
        await page.until("!document.getElementById('off').hidden")
        await page.type("/laed now")
        await page.until("document.getElementById('toast').innerText.startsWith('/laed is not a valid command')")
        await page.until("document.getElementById('input').value === '/laed now'")


async def test_what_was_begun_waits_where_it_was_begun(workspace: Workspace, visit: Visit) -> None:
    """Words for one channel never stand in another's box."""
    async with visit(workspace.base_url) as page:
        await page.until("!!document.querySelector('.empty')")
        await page.fill("#input", "for the leads")
        await page.click("#channels li:nth-child(2) a")
        await page.until("document.getElementById('title').innerText === '#inbox'")
        assert await page.evaluate("document.getElementById('input').value") == ""
        await page.click("#channels li:nth-child(1) a")
        await page.until("document.getElementById('input').value === 'for the leads'")


async def test_own_words_bring_the_newest_into_sight(workspace: Workspace, leads: Channel, visit: Visit) -> None:
    """Whoever writes wants to see the answer, however far up they have read."""
    for number in range(40):
        workspace.post(leads, STAFF_2, {"text": f"message {number}"})
    async with visit(workspace.base_url) as page:
        box = "document.getElementById('messages')"
        await page.until("!!document.querySelector('#messages .message')")
        await page.until(f"{box}.scrollHeight > {box}.clientHeight + 500")
        await page.evaluate(f"{box}.scrollTop = 0")
        await page.type("what I say")
        await page.until(f"{box}.innerText.includes('what I say')")
        await page.until(f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight < 5")
