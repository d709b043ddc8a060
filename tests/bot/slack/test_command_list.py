"""Lists by words, their pages, and what is offered to a slip of the finger."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Core
from bot.slack.command_list import NEXT, PREVIOUS
from bot.slack.command_reply import Asker
from bot.workspace.identity import STAFF_1, STAFF_2
from enrichment.adapters.store import lead_filters
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus
from tests.bot.slack.asking import (
    BOILER,
    BRAKES,
    Built,
    add,
    answer,
    listed,
    pressed,
    response,
    seen,
    words,
)
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts


@pytest.mark.usefixtures("lead_app")
async def test_lists_by_words(staff: Staff, core: Core, parts: Parts) -> None:
    """In any order and case; other words are searched for; what sleeps is out of the way unless it is asked for."""
    hot = add(core, parts, BRAKES, "jo@example.com", 90)
    warm = add(core, parts, BOILER, "ann@example.com", 50)
    cold = add(core, parts, BRAKES, "bo@example.com", 10)
    assert await listed(staff, "hot") == [hot]
    assert await listed(staff, "COLD open") == [cold]
    assert await listed(staff, "mine") == []
    parts.desk.claim(hot, STAFF_1, "Maya")
    parts.desk.claim(warm, STAFF_2, "Tom")
    assert await listed(staff, "today mine hot") == [hot]
    assert await listed(staff, "unclaimed") == [cold]
    assert await listed(staff, "claimed week") == [hot, warm]
    assert await listed(staff, "brakes") == []  # the first word is none of the list's
    assert await listed(staff, "list brakes") == [cold, hot]  # the newest first
    assert await listed(staff, "cold brakes noise") == [cold]
    parts.desk.snooze(cold, STAFF_1, "Maya", parts.clock.now() + timedelta(hours=1))
    assert await listed(staff, "") == [hot, warm]
    assert "and 1 snoozed" in await answer(staff, "")
    assert await listed(staff, "snoozed") == [cold]
    parts.desk.close(warm, STAFF_1, "Maya", LeadStatus.WON)
    assert await listed(staff, "won") == [warm]
    assert await listed(staff, "lost") == []
    assert await listed(staff, "all") == [hot, warm, cold]
    assert await listed(staff, "find ANN@example") == [warm]
    assert f"L-{warm}" in await answer(staff, f"L-{warm}")


@pytest.mark.usefixtures("lead_app")
async def test_leads_that_are_too_old_to_be_searched_are_spoken_of(
    staff: Staff, core: Core, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below what was found and below nothing; not where nothing is left out, and not on lists without words."""
    old = add(core, parts, BRAKES, "jo@example.com", 90)
    boiler = add(core, parts, BOILER, "ann@example.com", 50)
    assert "were searched" not in await answer(staff, "find brakes")
    monkeypatch.setattr(lead_filters, "SEARCHED", 1)
    for asked in ("find brakes", "find boiler", "list brakes"):
        assert "Only the newest 50,000 leads were searched" in await answer(staff, asked)
    assert await listed(staff, "find brakes") == []
    assert await listed(staff, "hot") == [old]
    assert "were searched" not in await answer(staff, "warm")
    assert await listed(staff, "find boiler") == [boiler]


@pytest.mark.usefixtures("lead_app")
async def test_slips_are_offered_their_word(staff: Staff, core: Core, parts: Parts) -> None:
    """With a button that runs it, in the place of the answer; only for what changes nothing."""
    add(core, parts, BRAKES, "jo@example.com", 90)
    slip = await response(staff, "hto")
    assert "Did you mean “/lead hot”?" in words(slip)
    assert "1 lead: hot" in words(await pressed(staff, slip, "command_run"))
    slip = await response(staff, "list hto")
    assert "Did you mean “hot”?" in words(slip)
    assert "1 lead: hot" in words(await pressed(staff, slip, "command_run"))
    found = await response(staff, "grinding noise")
    assert "1 lead with “grinding noise”" in words(await pressed(staff, found, "command_run"))
    slip = await response(staff, "wno")
    assert "leads: won" in words(await pressed(staff, slip, "command_run")).lower()
    for deed in ("clam L-1", "wno L-1 they signed"):
        assert "command_run" not in str((await response(staff, deed))["blocks"])


@pytest.mark.usefixtures("lead_app")
async def test_long_lists_turn_pages(staff: Staff, parts: Parts) -> None:
    """Ten a page, forth and back in the same message, with the words that were asked for."""
    for number in range(23):
        parts.lead(f"jo{number}@example.com", urgency=90 - number)
    parts.lead("cold@example.com", urgency=5)
    first = await response(staff, "list brakes open")
    assert words(first).startswith("24 open leads with “brakes”, newest first")
    assert "1-10 of 24" in words(first)
    assert PREVIOUS not in str(first["blocks"])
    second = await pressed(staff, first, NEXT)
    assert "11-20 of 24" in words(second)
    third = await pressed(staff, second, NEXT)
    assert "21-24 of 24" in words(third)
    assert NEXT not in str(third["blocks"])
    assert "11-20 of 24" in words(await pressed(staff, third, PREVIOUS))
    with parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE leads SET status = 'lost' WHERE id > 5"))
    shrunk = await pressed(staff, first, NEXT)
    assert words(shrunk).startswith("5 open leads")
    assert len(seen(parts)) == 5


@pytest.mark.parametrize(
    "value",
    ["", "2", "2:show:x", "-1:list:", "9999999:list:", "2:list:a\nb", "2:list:" + "x" * 300, "١:list:", "x" * 3000],
)
async def test_odd_buttons_are_refused(built: Built, value: str) -> None:
    """What stands in a button may be anybody's."""
    with pytest.raises(GiveUp):
        await built.actions._lists.turned(Asker(user=STAFF_1), value)
    with pytest.raises(GiveUp):
        await built.commands.rerun(f"claim L-1 {value}", Asker(user=STAFF_1))
