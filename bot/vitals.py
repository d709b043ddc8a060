"""What a running bot needs, looked at now: the parts of its roles, one check each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from bot import checks
from bot.bootstrap import Core
from bot.health import Check
from bot.slack.side import SlackSide
from channels.mail.smtp import SmtpChannel
from enrichment.adapters.pressure import Pressure


class Vitals:
    """roles: of this process, which answers for its own parts alone."""

    def __init__(
        self,
        core: Core,
        roles: Collection[str],
        *,
        mail: Sequence[SmtpChannel],
        pressure: Pressure,
        slack: SlackSide,
    ) -> None:
        self._core = core
        self._roles = roles
        self._mail = mail
        self._pressure = pressure
        self._slack = slack

    async def look(self) -> list[Check]:
        """Every check that this process can make."""
        found = [await asyncio.to_thread(checks.store, self._core.store)]
        found.append(await asyncio.to_thread(checks.ledger, self._core.store))
        if "work" in self._roles:
            found.append(await asyncio.to_thread(checks.index, self._core.index))
        if "ingest" in self._roles:
            found += [
                checks.mail(s.account, listening=s.listening, address=s.address, trouble=s.trouble) for s in self._mail
            ]
        found.append(checks.intake(self._pressure.reading))
        if "slack" in self._roles:
            found.append(checks.slack(connected=await self._slack.is_connected(), trouble=self._slack.trouble))
        return found
