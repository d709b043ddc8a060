"""What helps to judge mail and its senders, for `leadbot doctor`: the DNS and an rspamd. No lead waits for either."""

from __future__ import annotations

import asyncio

from bot.bootstrap import SystemClock, open_scanner
from bot.health import Check
from bot.settings import Settings
from channels.mail.dns_lookup import DnsResolver, DnsTrouble, Resolver
from enrichment.errors import StartupError

DNS, RSPAMD = "sender dns", "rspamd"
_SECONDS = 2.0
# Every name server knows the root, and nobody learns anything from the question.
_ROOT = "."


async def sender_dns(settings: Settings, resolver: Resolver | None = None) -> Check:
    """Whether the DNS answers, when it may be asked; never failed, for leads come without it. Never raises."""
    if not settings.sender_dns:
        return Check(name=DNS, state="off", detail="LEADBOT_SENDER_DNS is false, no DNS is asked about senders")
    try:
        await asyncio.to_thread((resolver or DnsResolver()).resolve, _ROOT, "TXT", _SECONDS)
    except DnsTrouble:
        advice = "leads come without a word on their senders; LEADBOT_SENDER_DNS=false turns the check off"
        return Check(name=DNS, state="off", detail="the name servers of this machine do not answer", advice=advice)
    return Check(name=DNS, state="ok", detail="the DNS answers, senders are checked")


async def rspamd(settings: Settings) -> Check:
    """Whether the owner's rspamd judges a trial mail. Never raises."""
    try:
        scanner = open_scanner(settings, SystemClock())
    except StartupError as error:
        return Check(name=RSPAMD, state="failed", detail=str(error), advice="set LEADBOT_RSPAMD_URL")
    if scanner is None:
        return Check(name=RSPAMD, state="off", detail="LEADBOT_RSPAMD_URL is not set, mail is judged without it")
    if trouble := await asyncio.to_thread(scanner.trouble):
        advice = "mail is judged without it until it is back; set LEADBOT_RSPAMD_URL"
        return Check(name=RSPAMD, state="failed", detail=trouble, advice=advice)
    return Check(name=RSPAMD, state="ok", detail=f"{scanner.where} judges mail")
