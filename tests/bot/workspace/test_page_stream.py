"""The page's stream of changes breaks and comes back: what was missed is there, and no page is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.workspace import feed
from bot.workspace.identity import INBOX_CHANNEL, STAFF_2
from bot.workspace.workspace import Workspace
from tests.servers.chromium import browser

TITLE = "document.getElementById('title')?.innerText"


async def test_a_page_that_was_refused_asks_again(
    workspace: Workspace, chromium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are too many pages, one more says that it tries again, and does."""
    monkeypatch.setattr(feed, "MAX_STREAMS", 0)
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("document.getElementById('banner')?.innerText.includes('trying again')")
        monkeypatch.setattr(feed, "MAX_STREAMS", 100)
        await page.until(f"{TITLE} === '#leads'")


async def test_what_was_missed_is_marked(workspace: Workspace, chromium: Path, tmp_path: Path) -> None:
    """A message that came into another channel while the stream was down makes that channel unread."""
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until(f"{TITLE} === '#leads' && !document.querySelector('#channels .unread')")
        workspace.store.add_message(INBOX_CHANNEL, STAFF_2, {"text": "missed"})  # which is told to nobody
        for stream in list(workspace.feed._streams):
            workspace.feed._end(stream)
        await page.until("document.querySelector('#channels .unread')?.innerText.includes('inbox')")
