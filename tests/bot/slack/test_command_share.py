"""The numbers of the week, and answers that everybody in the channel sees."""

from __future__ import annotations

import pytest

from bot.bootstrap import Core
from bot.workspace.identity import STAFF_1
from enrichment.lead import LeadStatus
from tests.bot.slack.asking import (
    BOILER,
    BRAKES,
    add,
    answer,
    response,
    words,
)
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts


@pytest.mark.usefixtures("lead_app")
async def test_stats_of_the_week(staff: Staff, core: Core, parts: Parts) -> None:
    """Counted from the store, a bar for each day, nothing wider than a phone."""
    first = add(core, parts, BRAKES, "jo@example.com", 90)
    add(core, parts, BOILER, "ann@example.com", 10)
    parts.desk.claim(first, STAFF_1, "Maya")
    parts.desk.close(first, STAFF_1, "Maya", LeadStatus.WON)
    told = await answer(staff, "stats")
    assert told.startswith("The last 7 days: 2 leads")
    for line in ("🔴 Hot\n1", "🟠 Warm\n0", "🔵 Cold\n1", "🙋 Claimed\n1", "🏆 Won\n1", "❌ Lost\n0"):
        assert line in told
    bars = told.split("```")[1].strip().splitlines()
    assert len(bars) == 7
    assert bars[-1].endswith("██████████████ 2 (1 hot)")
    assert max(map(len, bars)) <= 34


@pytest.mark.usefixtures("lead_app")
async def test_share_shows_it_to_all(staff: Staff, core: Core, parts: Parts) -> None:
    """A line a lead and who shared it; no message, no reasons, no buttons that others could turn; never a deed."""
    for number in range(12):
        add(core, parts, BRAKES, f"jo{number}@example.com", 90)
    for text in (
        "list share",
        "share hot",
        "find grinding share",
        "stats share",
        "share status",
        "similar brakes share",
    ):
        found = await response(staff, text)
        assert found["response_type"] == "in_channel", text
        assert words(found).endswith("Shared by Maya Brooks")
        assert "actions" not in [block["type"] for block in found["blocks"]]
    found = await response(staff, "show L-1 share")
    assert found["response_type"] == "in_channel"
    assert "I stop, can you look at them this week?\n" not in words(found)
    assert len(found["blocks"]) == 2
    assert "same e-mail" not in words(await response(staff, "share similar jo1@example.com"))
    for text in ("find zebra share", "list zebra share", "list hto share"):
        # A press would put what the presser alone may see in the place of what everybody sees.
        found = await response(staff, text)
        assert found["response_type"] == "in_channel", text
        assert "actions" not in [block["type"] for block in found["blocks"]]
    for text in ("share claim L-1", "share add Jo", "share show L-99", "share nonsense"):
        assert (await response(staff, text))["response_type"] == "ephemeral", text
    lead = parts.book.get(1)
    assert lead is not None
    assert lead.status == LeadStatus.OPEN
