"""The page in a real browser: cards are drawn, buttons work, hostile text stays text, and it follows what happens."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from bot.workspace.identity import BOT_USER_ID, STAFF_1, STAFF_2
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.store import Message
from bot.workspace.workspace import Workspace

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


class Page:
    """The browser's one page, over the DevTools protocol: --dump-dom waits for ever on a page with a live stream."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        number = next(self._ids)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(await self._socket.recv())).get("id") != number:
            continue
        assert "error" not in answer, answer
        return dict(answer["result"])

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        result = await self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Wait until an expression is truthy, and return its value."""
        async with asyncio.timeout(15):
            while not (value := await self.evaluate(expression)):  # noqa: ASYNC110 - the page has no event for us
                await asyncio.sleep(0.03)
        return value

    async def text(self) -> str:
        """The messages as they are read."""
        return str(await self.evaluate("document.getElementById('messages').innerText"))

    async def type(self, text: str) -> None:
        """Put text in the message box and press Enter, by the keyboard's own events."""
        await self.evaluate("document.getElementById('input').focus()")
        await self.command("Input.insertText", text=text)
        for kind in ("rawKeyDown", "keyUp"):
            await self.command("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13)


@asynccontextmanager
async def browser(program: Path, profile: Path, url: str) -> AsyncIterator[Page]:
    """A browser with an empty profile that shows the URL; it is ended with the block."""
    command = [str(program), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: ASYNC220 - returns at once
    try:
        async with asyncio.timeout(30):
            while not (file := profile / "DevToolsActivePort").exists() or "\n" not in file.read_text():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.03)
        port = file.read_text().splitlines()[0]
        async with httpx.AsyncClient(trust_env=False) as client:
            targets = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
        target = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
        async with connect(target, max_size=None, proxy=None) as socket:
            page = Page(socket)
            await page.command("Page.navigate", url=url)
            yield page
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace on a free port."""
    async with serving(tmp_path / "workspace", Options(quiet=0.1, longest_wait=1.0)) as running:
        yield running


def card(workspace: Workspace, name: str) -> Message:
    """A lead's card, with hostile text wherever a customer's words may stand."""
    leads = workspace.store.channel("leads")
    assert leads is not None
    plain = {"type": "plain_text", "text": f"{name} {HOSTILE} &lt;seen &amp; decoded&gt;"}
    words = {
        "type": "mrkdwn",
        "text": f"*bold* _it_ ~old~ `code` <https://a.example|site> <javascript:alert(1)|bad> {HOSTILE}",
    }
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": HOSTILE}]}
    button = {"type": "button", "action_id": "claim", "value": "1", "text": {"type": "plain_text", "text": "Claim"}}
    blocks = [
        {"type": "header", "text": plain},
        {"type": "section", "text": words, "fields": [plain, words]},
        {"type": "rich_text", "elements": [quote]},
        {"type": "context", "elements": [words]},
        {"type": "actions", "elements": [button]},
    ]
    return workspace.post(leads, BOT_USER_ID, {"text": HOSTILE, "blocks": blocks})


@pytest.fixture
def program(require_server: Callable[[str], Path]) -> Path:
    """Chromium, or the end of the test."""
    return require_server("chromium")


async def test_the_page(workspace: Workspace, program: Path, tmp_path: Path) -> None:
    """One visit: an old card, hostile text that does nothing, live changes, a click, typed messages and commands."""
    root = card(workspace, "Anna")
    leads = workspace.store.channel("leads")
    assert leads is not None
    async with browser(program, tmp_path / "profile", workspace.permalink(root)) as page:
        await page.until("document.querySelector('.revealed h3')?.innerText.startsWith('Anna')")
        await _hostile_text_is_inert(page)
        workspace.post(leads, BOT_USER_ID, {"text": "for Tom"}, ephemeral_to=STAFF_2)
        workspace.post(leads, BOT_USER_ID, {"text": "for Maya"}, ephemeral_to=STAFF_1)
        workspace.post(leads, BOT_USER_ID, {"text": "in the thread"}, thread_ts=root.ts)
        workspace.edit(leads, root, {"text": "x", "blocks": [{"type": "divider"}]})
        await page.until("document.querySelector('.replies')?.innerText.includes('in the thread')")
        await page.until(f"document.getElementById('m{root.ts}').innerText.includes('(edited)')")
        assert "for Maya" in await page.text()
        assert "for Tom" not in await page.text()
        await page.type("a reply <b>")
        await page.until("document.querySelector('.replies').innerText.includes('a reply <b>')")
        assert workspace.store.messages(leads.id)[-1].thread_ts == root.ts
        await page.type("/lead help")
        await page.until("document.getElementById('messages').innerText.includes('dispatch_failed')")


async def _hostile_text_is_inert(page: Page) -> None:
    """Markup in messages is shown as written; only the http link is one."""
    assert await page.evaluate("window.pwned") is None
    assert await page.evaluate("document.querySelectorAll('#messages img, #messages script').length") == 0
    links = await page.evaluate("[...new Set([...document.querySelectorAll('#messages a')].map((a) => a.href))]")
    assert links == ["https://a.example/"]
    assert HOSTILE in await page.text()
    assert "<seen & decoded>" in await page.evaluate("document.querySelector('#messages h3').innerText")
    styled = await page.evaluate(
        "['strong', 'em', 's', 'code'].map((t) => document.querySelector('#messages ' + t).innerText)"
    )
    assert styled == ["bold", "it", "old", "code"]
    assert await page.evaluate("document.querySelector('#messages blockquote').innerText") == HOSTILE


async def test_a_button_reaches_the_bot(workspace: Workspace, program: Path, tmp_path: Path) -> None:
    """A click is delivered as block_actions; without a bot, the page says so. An empty channel says what to do."""
    async with browser(program, tmp_path / "profile", f"{workspace.base_url}/archives/C0INBOX") as page:
        await page.until("document.querySelector('.empty p')?.innerText.length > 20")
        card(workspace, "Bob")
        await page.until("document.querySelector('#channels a.unread')?.innerText === '# leads'")
        await page.evaluate("document.querySelector('#channels a.unread').click()")
        await page.until("!!document.querySelector('[data-action=claim]')")
        await page.evaluate("document.querySelector('[data-action=claim]').click()")
        await page.until("document.getElementById('banner').innerText.includes('dispatch_failed')")
