"""Leads go to the channels of the rules: decided once, kept, and never lost with a channel that is closed."""

from __future__ import annotations

import pytest

from bot.bootstrap import Core
from bot.routes import Route
from bot.settings import Settings
from bot.slack.app import Connection
from bot.workspace.identity import INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1
from tests.bot.slack.routed import HOT_TO_INBOX, at_work, caught_up, texts, told_of_another_way
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts


async def test_each_lead_is_in_the_channel_of_its_rule(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts
) -> None:
    """Card and thread; what fits no rule is in the lead channel; a later judgement moves nothing."""
    hot, warm = parts.lead("jo@example.com", urgency=90), parts.lead("ann@example.com", urgency=50)
    async with at_work(core, connection, settings, HOT_TO_INBOX):
        await until(lambda: caught_up(parts))
        there, here = texts(staff, INBOX_CHANNEL), texts(staff, LEADS_CHANNEL)
        assert (len(there), len(here)) == (2, 2)
        assert all(f"L-{hot}" in text for text in there)
        assert all(f"L-{warm}" in text for text in here)
        core.store.editing.edit(hot, STAFF_1, "Maya", {"urgency": 10})
        core.store.editing.edit(warm, STAFF_1, "Maya", {"urgency": 95})
    async with at_work(core, connection, settings, HOT_TO_INBOX):
        await until(lambda: caught_up(parts))
    assert all(f"L-{hot}" in text for text in texts(staff, INBOX_CHANNEL))
    assert all(f"L-{warm}" in text for text in texts(staff, LEADS_CHANNEL))


@pytest.mark.parametrize("channel", ["C0NOWHERE", "C0CLOSED0"])
async def test_channel_that_is_not_there_loses_nothing(
    core: Core, connection: Connection, settings: Settings, staff: Staff, parts: Parts, *, channel: str
) -> None:
    """Its leads come to the lead channel, with one notice however many they are."""
    leads = [parts.lead(f"p{number}@example.com", urgency=90) for number in range(3)]
    async with at_work(core, connection, settings, [{"when": {"urgency": "hot"}, "channel": channel}]):
        await until(lambda: caught_up(parts))
        # A lead is on its way before anybody is told why.
        await until(lambda: told_of_another_way(staff))
    told = texts(staff, LEADS_CHANNEL)
    assert all(any(f"(L-{lead})" in text for text in told) for lead in leads)
    assert sum("come here instead" in text for text in told) == 1


def test_first_rule_that_fits_counts() -> None:
    """Every condition of it must be met; capitals do not matter."""
    rule = Route(when={"urgency": "HOT", "business": "north"}, channel="#a")
    assert rule.channel == "a"
    assert rule.fits({"urgency": "hot", "business": "North"})
    assert not rule.fits({"urgency": "hot", "business": "South"})
    assert not rule.fits({})
