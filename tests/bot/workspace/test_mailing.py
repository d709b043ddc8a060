"""A test mail is a real one: it arrives over SMTP as written, and what goes wrong is told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.workspace.app import ALL_SCOPES
from bot.workspace.identity import BOT_TOKEN
from bot.workspace.mailing import NO_SMTP, NOT_RUNNING
from bot.workspace.workspace import Workspace
from tests.conftest import free_port
from tests.servers.chromium import browser

MAIL = {"name": "Anna Müller", "email": "anna@example.com", "subject": "Bremsen für Anna", "text": "Grüße\n.\nAnna ✓"}


class Mailroom:
    """A mail server that keeps what comes, or refuses it."""

    def __init__(self) -> None:
        self.came: list[tuple[Envelope, EmailMessage]] = []
        self.refusal = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail."""
        if self.refusal:
            return self.refusal
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.came.append((envelope, message))
        return "250 kept as 7"


@pytest.fixture
def mailroom() -> Iterator[tuple[Mailroom, str]]:
    """A mail server on a free port, and where."""
    room = Mailroom()
    controller = Controller(room, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield room, f"127.0.0.1:{controller.port}"
    controller.stop()


async def announce(control: httpx.AsyncClient, smtp: str, **more: Any) -> httpx.Response:
    """Say where the bot takes mail."""
    return await control.put("/announce", json={"smtp": smtp, "recipient": "leads@localhost", **more})


async def refused(control: httpx.AsyncClient, **changes: str) -> str:
    """The line that says why a mail was not sent."""
    answer = await control.post("/mail", json=MAIL | changes)
    assert answer.status_code in (400, 409, 502)
    return str(answer.json()["error"])


async def test_a_mail_arrives_as_written(control: httpx.AsyncClient, mailroom: tuple[Mailroom, str]) -> None:
    """Sender, recipient, headers and text arrive, whatever the letters; the answer is the mail server's own."""
    room, smtp = mailroom
    await announce(control, smtp)
    answer = await control.post("/mail", json=MAIL)
    assert (answer.status_code, answer.json()["answer"]) == (200, "250 kept as 7")
    ((envelope, message),) = room.came
    assert (envelope.mail_from, envelope.rcpt_tos) == ("anna@example.com", ["leads@localhost"])
    assert message["From"].addresses[0].display_name == "Anna Müller"
    assert message["Subject"] == "Bremsen für Anna"
    assert message["Date"].datetime is not None
    assert message["Message-ID"].startswith("<")
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == MAIL["text"]


@pytest.mark.parametrize("field", ["name", "email", "subject"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028"])
async def test_no_header_can_be_smuggled_in(
    control: httpx.AsyncClient, mailroom: tuple[Mailroom, str], field: str, end: str
) -> None:
    """What stands in a header is one line, in any mail library's view of lines."""
    room, smtp = mailroom
    await announce(control, smtp)
    assert field in await refused(control, **{field: f"{MAIL[field]}{end}Bcc: all@example.com"})
    assert field in await refused(control, **{field: f"{MAIL[field]}{end}"})
    assert room.came == []


async def test_what_goes_wrong_is_told_in_one_line(
    control: httpx.AsyncClient, workspace: Workspace, mailroom: tuple[Mailroom, str]
) -> None:
    """No bot, no SMTP, a closed port, a refusal: each has its own words."""
    room, smtp = mailroom
    assert await refused(control) == NOT_RUNNING
    await announce(control, f"127.0.0.1:{free_port()}")
    assert await refused(control) == NOT_RUNNING
    await announce(control, smtp)
    room.refusal = "452 the disk is full"
    assert await refused(control) == "The mail server refused it: 452 the disk is full"
    await announce(control, "")
    assert await refused(control) == NOT_RUNNING
    workspace.hub._sockets.append(None)  # type: ignore[arg-type]  # any will do: only their number is asked for
    assert await refused(control) == NO_SMTP
    workspace.hub._sockets.clear()
    assert room.came == []


async def test_the_page_sends_a_mail(
    control: httpx.AsyncClient, workspace: Workspace, mailroom: tuple[Mailroom, str], chromium: Path, tmp_path: Path
) -> None:
    """The prefilled form can be changed and sent; it says what the mail server said, or which field is wrong."""
    room, smtp = mailroom
    await announce(control, smtp)
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.click("#tools button")
        await page.until("document.activeElement?.dataset.mail === 'name'")
        await page.fill("[data-mail=email]", "nobody")
        await page.press("Enter")
        await page.until("document.querySelector('dialog .error:not(:empty)')?.innerText.length > 5")
        assert room.came == []
        await page.fill("[data-mail=email]", "jo@example.com")
        await page.fill("[data-mail=text]", "Can you <b>call</b> me?")
        await page.click("dialog [type=submit]")
        await page.until("document.querySelector('dialog .status.good')?.innerText.includes('250 kept as 7')")
        await page.press("Enter")  # "See it in #leads" has the focus
        await page.until("!document.querySelector('dialog')")
        assert await page.problems() == []
    ((envelope, message),) = room.came
    assert envelope.mail_from == "jo@example.com"
    assert message.get_content().strip() == "Can you <b>call</b> me?"


async def test_what_is_announced_is_bounded_and_kept(control: httpx.AsyncClient, tmp_path: Path) -> None:
    """A broken announcement is refused as a whole; a good one is shown, and is still there after a restart."""
    command = {"command": "/lead similar TEXT", "hint": "leads like this text"}
    for broken in (
        {"smtp": "127.0.0.1"},
        {"smtp": "127.0.0.1:99999"},
        {"smtp": "a b:25"},
        {"recipient": "leads@localhost\r\nBcc: x@y"},
        {"commands": [{"command": "lead"}]},
        {"commands": [command] * 51},
        {"off": ["two\nlines"]},
        {"off": ["x" * 301]},
        {"unknown": 1},
    ):
        assert (await control.put("/announce", json=broken)).status_code == 400, broken
    assert (await control.get("/workspace")).json()["announced"] is None
    assert (await announce(control, "[::1]:2525", commands=[command], off=["Airtable is off"])).status_code == 200
    told = {"smtp": "[::1]:2525", "recipient": "leads@localhost", "commands": [command], "off": ["Airtable is off"]}
    assert (await control.get("/workspace")).json()["announced"] == told
    again = Workspace(tmp_path / "workspace", base_url="http://127.0.0.1:1")
    kept = again.announcements.current()
    again.store.close()
    assert kept is not None
    assert kept.told() == told


async def test_the_scopes_are_told(workspace: Workspace) -> None:
    """auth.test answers with the bot's scopes, as Slack does, for the doctor to read."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        answer = await client.post(f"{workspace.base_url}/api/auth.test")
    assert answer.headers["x-oauth-scopes"].split(",") == list(ALL_SCOPES)
