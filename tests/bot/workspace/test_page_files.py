"""Pictures and files in a real browser: uploaded by the bot through the SDK, shown and downloaded on the page."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.workspace.identity import LEADS_CHANNEL, STAFF_1
from bot.workspace.workspace import Workspace
from tests.servers.chromium import Page, browser

HOSTILE = '<img src=x onerror="window.pwned=1">.pdf'
Json = dict[str, Any]


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\x1d\x35\x57" * width) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )


async def test_pictures_and_files_are_shown(
    bolt: AsyncApp, workspace: Workspace, chromium: Path, tmp_path: Path
) -> None:
    """A picture has a thumbnail with its words, which opens large; all else its name, its size and a download."""
    uploads: list[Json] = [
        {"filename": "brakes.png", "content": png(800, 400), "title": "Brakes", "alt_txt": "A worn brake disc"},
        {"filename": HOSTILE, "content": b"%PDF-1.4\n" + b"x" * 1600, "title": HOSTILE},
    ]
    await bolt.client.files_upload_v2(channel=LEADS_CHANNEL, file_uploads=uploads, initial_comment="Two files")
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("document.querySelector('.thumbnail img')?.naturalWidth === 800")
        assert await page.evaluate("document.querySelector('.thumbnail img').alt") == "A worn brake disc"
        assert HOSTILE in await page.text(".files li:last-child .name")
        assert "1.6 kB" in await page.text(".files li:last-child .name")
        assert await page.evaluate("document.querySelectorAll('.files li:last-child img').length") == 0
        address = await page.evaluate("document.querySelector('.files li:last-child a[download]').href")
        fetched = f"fetch({address!r}).then((answer) => answer.headers.get('content-disposition'))"
        assert (await page.evaluate(fetched)).startswith("attachment")
        await page.evaluate("document.querySelector('.thumbnail').focus()")
        await page.press("Enter")
        await page.until("document.querySelector('dialog.large img')?.naturalWidth === 800")
        assert await page.evaluate("document.querySelector('dialog.large img').alt") == "A worn brake disc"
        await page.press("Escape")
        await page.until("!document.querySelector('dialog') && document.activeElement.className === 'thumbnail'")
        await page.view(390, 844, mobile=True)
        box = "document.getElementById('messages')"
        await page.until(f"{box}.clientWidth <= 390")
        assert await page.evaluate(f"{box}.scrollWidth - {box}.clientWidth") == 0
        assert await page.evaluate("window.pwned") is None
        assert await page.problems() == []


async def test_a_person_shares_a_file(workspace: Workspace, chromium: Path, tmp_path: Path) -> None:
    """By the composer's "+": without a file, or with an empty one, it is said what is missing; then all see it."""
    entries = "[...document.querySelectorAll('.menu:popover-open [role=menuitem]')]"
    entry = f"{entries}.find((one) => one.innerText.startsWith('Share a file'))"
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("document.getElementById('title')?.innerText === '#leads'")
        await page.click("#composer .plus")
        await page.until(f"!!{entry}")
        await page.evaluate(f"{entry}.click()")
        await page.until("document.querySelector('dialog[open] h2')?.innerText === 'Share a file'")
        for content, told in ((None, "Choose a file"), (b"", "This file is empty")):
            await _choose(page, "disc & pad.png", content)
            await page.click("dialog [type=submit]")
            await page.until(f"document.querySelector('dialog .error').innerText === {told!r}")
        await _choose(page, "disc & pad.png", png(8, 4))
        await page.fill("dialog textarea", "see <b>the</b> disc")
        await page.click("dialog [type=submit]")
        await page.until(
            "document.querySelector('.thumbnail img')?.naturalWidth === 8 && !document.querySelector('dialog')"
        )
        assert "disc & pad.png" in await page.text(".files .name")
        assert "see <b>the</b> disc" in await page.text("#messages .message")
        assert await page.problems() == []
    (shared,) = workspace.store.messages(LEADS_CHANNEL)
    assert (shared.user, shared.body["files"][0]["mimetype"]) == (STAFF_1, "image/png")


async def _choose(page: Page, name: str, content: bytes | None) -> None:
    """Choose a file of this computer, as the system's own dialog would; None: none."""
    given = "" if content is None else f"given.items.add(new File([new Uint8Array({list(content)})], {name!r}));"
    await page.evaluate(
        "(() => { const input = document.querySelector('dialog input[type=file]'); const given = new DataTransfer();"
        f"{given} input.files = given.files; input.dispatchEvent(new Event('change')); }})()"
    )


async def test_a_picture_stands_in_a_block(
    bolt: AsyncApp, workspace: Workspace, chromium: Path, tmp_path: Path
) -> None:
    """An image block of an uploaded file is a picture; one from elsewhere stays a description that leads to it."""
    answer = await bolt.client.files_upload_v2(filename="trend.png", content=png(320, 100), title="Trend")
    file_id = answer["files"][0]["id"]
    blocks: list[Json] = [
        {"type": "image", "slack_file": {"id": file_id}, "alt_text": "Leads by day"},
        {"type": "image", "image_url": "https://a.example/x.png", "alt_text": "A car"},
    ]
    await bolt.client.chat_postMessage(channel=LEADS_CHANNEL, text="trend", blocks=blocks)
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("document.querySelector('figure .thumbnail img')?.naturalWidth === 320")
        assert await page.evaluate("document.querySelector('figure img').alt") == "Leads by day"
        assert await page.evaluate("document.querySelectorAll('#messages img').length") == 1
        assert (await page.text("figure:last-of-type")).endswith("A car")
