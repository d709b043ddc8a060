"""A real browser, driven over the DevTools protocol: --dump-dom waits for ever on a page with a live stream."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
# The keys that people walk through a page with: code, Windows key code, and the text that the key types.
KEYS: dict[str, tuple[str, int, str]] = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    " ": ("Space", 32, " "),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "End": ("End", 35, ""),
    "Home": ("Home", 36, ""),
}
TROUBLE = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
START_SECONDS = 30
WAIT_SECONDS = 15


class Page:
    """The browser's one page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._trouble: list[str] = []

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what the page complains of in the meantime is kept."""
        number = next(self._ids)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(await self._socket.recv())).get("id") != number:
            if answer.get("method") in TROUBLE:
                self._trouble.append(json.dumps(answer["params"]))
        assert "error" not in answer, answer
        return dict(answer["result"])

    async def problems(self) -> list[str]:
        """Everything the console has shown: errors, violations of the content security policy, failed requests."""
        await self.evaluate("new Promise((done) => setTimeout(done, 50))")
        return list(self._trouble)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        result = await self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Wait until an expression is truthy, and return its value."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not (value := await self.evaluate(expression)):  # noqa: ASYNC110 - the page has no event
                    await asyncio.sleep(0.03)
        except TimeoutError as error:
            shown = await self.evaluate("document.body.innerText")
            raise AssertionError(f"never true: {expression}\n{shown}") from error
        return value

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.command("Page.navigate", url=url)

    async def click(self, selector: str) -> None:
        """Wait for an element and click it."""
        await self.until(f"!!document.querySelector({json.dumps(selector)})")
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def fill(self, selector: str, text: str) -> None:
        """Replace what stands in a field, as typing does."""
        field = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"!!{field}")
        await self.evaluate(f"{field}.focus(), {field}.select?.()")
        await self.command("Input.insertText", text=text)

    async def choose(self, selector: str, value: str) -> None:
        """Choose from a menu or set a date, as a person's choice does: with a change event."""
        field = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"!!{field}")
        change = "new Event('change', {bubbles: true})"
        await self.evaluate(f"{field}.value = {json.dumps(value)}, {field}.dispatchEvent({change})")

    async def press(self, *keys: str) -> None:
        """Press and release each of these keys."""
        for key in keys:
            code, number, text = KEYS[key]
            named = {"key": key, "code": code, "windowsVirtualKeyCode": number}
            await self.command("Input.dispatchKeyEvent", type="keyDown", **named, **({"text": text} if text else {}))
            await self.command("Input.dispatchKeyEvent", type="keyUp", **named)

    async def type(self, text: str) -> None:
        """Put text in the message box and press Enter, by the keyboard's own events."""
        await self.evaluate("document.getElementById('input').focus()")
        await self.command("Input.insertText", text=text)
        await self.press("Enter")

    async def text(self, selector: str = "#messages") -> str:
        """An element as it is read."""
        return str(await self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def view(
        self, width: int, height: int, *, scale: float = 1, mobile: bool = False, dark: bool = False
    ) -> None:
        """Give the window a size in CSS pixels and the person a taste."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
        await self.command("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.command("Emulation.setEmulatedMedia", features=[scheme])
        await self.command("Emulation.setTouchEmulationEnabled", enabled=mobile)

    async def picture(self, clip: dict[str, float] | None = None) -> bytes:
        """A PNG of the window, or of a part of it (x, y, width, height in CSS pixels)."""
        part = {"clip": {**clip, "scale": 1}} if clip else {}
        return base64.b64decode((await self.command("Page.captureScreenshot", format="png", **part))["data"])


@asynccontextmanager
async def browser(program: Path, profile: Path, url: str) -> AsyncIterator[Page]:
    """A browser with an empty profile that shows the URL; it is ended with the block."""
    command = [str(program), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: ASYNC220 - returns at once
    try:
        async with asyncio.timeout(START_SECONDS):
            while not (file := profile / "DevToolsActivePort").exists() or "\n" not in file.read_text():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.03)
        port = file.read_text().splitlines()[0]
        async with httpx.AsyncClient(trust_env=False) as client:
            targets = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
        target = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
        async with connect(target, max_size=None, proxy=None) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log"):
                await page.command(f"{domain}.enable")
            await page.open(url)
            yield page
    finally:
        process.kill()
        process.wait()
