"""What a start tells: which parts are off and how to turn them on, on the terminal and on the workspace's page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping

import httpx
import structlog

from bot import crm_check, mail_doors, mailbox_check, model_check
from bot.health import Check
from bot.settings import Settings
from bot.slack.manifest import manifest
from bot.workspace.announcement import Announcement, Command

log = structlog.get_logger(__name__)

# A start must not wait for a service that hangs.
LOOK_SECONDS = 3.0
LONGEST_LINE = 300
SLACK_OFF = Check(
    name="slack",
    state="off",
    detail="the local workspace stands in for it",
    advice="set SLACK_BOT_TOKEN and SLACK_APP_TOKEN: docs/slack.md",
)


async def looked_at(settings: Settings, *, polls: bool = True) -> list[Check]:
    """The parts that need an account or another program, as they are now; a slow one is said to be away.

    polls: whether the mailboxes are polled here.
    """
    slack = [SLACK_OFF] if settings.local_workspace else []
    looks = (
        _soon(model_check.NAME, model_check.language_model(settings)),
        _soon(crm_check.NAME, crm_check.crm(settings)),
    )
    boxes = mailbox_check.each(settings.mailboxes if polls else (), settings, LOOK_SECONDS)
    rest, mailboxes = await asyncio.gather(asyncio.gather(*looks), boxes)
    return [*slack, *mail_doors.readable_mail(settings), *mailboxes, *rest]


async def _soon(name: str, look: Awaitable[Check]) -> Check:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await look
    except TimeoutError:
        advice = "it is tried again by itself; `leadbot doctor` looks again"
        return Check(name=name, state="failed", detail="no answer yet", advice=advice)


def off(found: Iterable[Check]) -> list[str]:
    """A line for each part that is off: what is so, and how to turn it on."""
    return [_line(check) for check in found if check.state != "ok"]


def _line(check: Check) -> str:
    # A mailbox that is nearly full is read all the same.
    name = check.name if check.name.startswith(mailbox_check.NAME) else f"{check.name} is off"
    told = f"{name}: {check.detail}" + (f"; {check.advice}" if check.advice else "")
    return " ".join(told.split())[:LONGEST_LINE]


async def tell(workspace: str, *, smtp: str, recipient: str, commands: Mapping[str, str], lines: Iterable[str]) -> None:
    """Tell the local workspace, for its page. One of an older version that does not listen is left alone."""
    announcement = Announcement(
        smtp=smtp,
        recipient=recipient,
        commands=[Command(command=command, hint=hint) for command, hint in commands.items()],
        off=list(lines),
        manifest=manifest(),
    )
    try:
        async with httpx.AsyncClient(timeout=LOOK_SECONDS, trust_env=False) as client:
            answer = await client.put(f"{workspace}/control/announce", json=announcement.model_dump())
            answer.raise_for_status()
    except httpx.HTTPError as error:
        log.warning("the workspace was not told", why=str(error)[:200])
