"""The doctor's look at what tells the owner. It sends no mail unless told to, and is no sign of life itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from bot import alert_mail, alert_text, control, folder, owner
from bot.alert_address import AlertAddress
from bot.alert_mail import AlertNotSent
from bot.health import Check
from bot.heartbeat import NAME as HEARTBEAT
from bot.settings import Settings
from enrichment.adapters.apart import apart
from enrichment.errors import LeadbotError

ALERT = "owner alert"
SECONDS = 10.0
_GUIDE = "docs/running.md"


async def alert(settings: Settings, *, send: bool = False) -> Check:
    """Whether the owner can be mailed: all of a mail's way but the mail. send: with a test mail. Never raises."""
    address = settings.alerts_to
    if address is None:
        advice = f"set LEADBOT_ALERT_SMTP_URL: {_GUIDE}"
        return Check(name=ALERT, state="off", detail="nobody is mailed when Slack is down", advice=advice)
    if own := sorted({each.lower() for each in address.recipients} & set(settings.all_recipients)):
        advice = "set another address in to=: this one's mail becomes leads"
        return Check(name=ALERT, state="failed", detail=f"{own[0]} is the bot's own", advice=advice)
    try:
        refused = await _tried(address, settings, send=send)
    except AlertNotSent as error:
        return Check(name=ALERT, state="failed", detail=str(error), advice=error.advice)
    if refused:
        detail = f"{address.server} refuses {', '.join(refused)}"
        return Check(name=ALERT, state="failed", detail=detail, advice="check to=; the other addresses are taken")
    did = "has taken a test mail" if send else "takes mail"
    return Check(name=ALERT, state="ok", detail=f"{address.server} {did} for {', '.join(address.recipients)}")


async def _tried(address: AlertAddress, settings: Settings, *, send: bool) -> list[str]:
    if not send:
        return await apart(alert_mail.check, address)
    message = alert_text.trial(owner.house(settings), datetime.now(UTC), address)
    return await apart(alert_mail.send, address, message)


async def heartbeat(settings: Settings) -> Check:
    """What the running bot says of its heartbeat; with none running, whether the monitor's server answers.

    Monitors take any request for the URL as a sign of life, HEAD too, so the doctor asks only for the server's root.
    """
    if settings.heartbeat_url is None:
        advice = f"set LEADBOT_HEARTBEAT_URL: {_GUIDE}"
        return Check(name=HEARTBEAT, state="off", detail="no monitor is told that all is well", advice=advice)
    if folder.is_locked(settings.data_dir):
        return await _of_the_bot(settings)
    return await _server(settings.heartbeat_url.get_secret_value())


async def _of_the_bot(settings: Settings) -> Check:
    try:
        return await apart(control.ask, settings.data_dir, "/heartbeat", {}, Check)
    except LeadbotError as error:
        return Check(name=HEARTBEAT, state="failed", detail=str(error), advice="restart the bot")


async def _server(url: str) -> Check:
    """DNS, TLS and an answer, whichever it is."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    advice = "check LEADBOT_HEARTBEAT_URL and the way out to it"
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client,
            client.stream("GET", f"{origin}/") as answer,
        ):
            status = answer.status_code
    except TimeoutError:
        return Check(name=HEARTBEAT, state="failed", detail=f"{origin}: no answer in {SECONDS:g} s", advice=advice)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Check(name=HEARTBEAT, state="failed", detail=f"{origin}: {error or type(error).__name__}", advice=advice)
    detail = f"{origin} answers ({status}); not asked for itself, that would be a sign of life"
    return Check(name=HEARTBEAT, state="ok", detail=detail)
