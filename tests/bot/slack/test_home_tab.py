"""The home tab over the real workspace: opened, kept up to date, its settings changed, by several people."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import home_live
from bot.slack.app import Connection
from bot.slack.home_facts import HomeReader
from bot.slack.home_live import Home
from bot.slack.side import SlackSide
from bot.staff_settings import LiveSettings
from bot.workspace.identity import CUSTOMER, STAFF_1, STAFF_2
from enrichment.adapters.store.staff_settings import StaffSettings
from enrichment.lead import LeadStatus
from tests.bot.slack import home_tabs
from tests.bot.slack.home_tabs import at_home, opened, read, tab, window
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts

Json = dict[str, Any]

BOTH_TRANSPORTS = True

hurry, chosen = home_tabs.hurry, home_tabs.chosen


@pytest.fixture
async def side(
    core: Core, connection: Connection, settings: Settings, door: socket.socket | None
) -> AsyncIterator[SlackSide]:
    """The side of a bot, connected."""
    async with at_home(core, connection, settings, door) as made:
        yield made


async def test_staff_open_their_tab(side: SlackSide, staff: Staff, parts: Parts) -> None:
    """My leads, unclaimed ones with links to their cards, and what is not connected yet."""
    mine, free = parts.lead("jo@example.com"), parts.lead("sam@example.com", urgency=80)
    parts.desk.claim(mine, STAFF_1, "Maya")
    side.wake()
    await until(lambda: _links(staff, 2))
    view = await opened(staff)
    told = read(view)
    assert f"🟠 50 · L-{mine} · Brakes, from jo@example.com" in told
    assert f"🔴 80 · L-{free} · Brakes, from sam@example.com" in told
    assert "Getting started" in told


async def _links(staff: Staff, count: int) -> bool:
    return len(await staff.roots()) >= count


async def test_others_see_one_line(side: SlackSide, staff: Staff, parts: Parts) -> None:
    """And no lead."""
    parts.lead("jo@example.com")
    told = read(await opened(staff, CUSTOMER))
    assert told.startswith("Leads are shown here to those who answer them.")
    assert "jo@example.com" not in told
    assert side.trouble == ""


async def test_others_tab_is_not_looked_at_again(side: SlackSide, staff: Staff, parts: Parts) -> None:
    """It has no news to show; each look would ask Slack, or fill the log."""
    with capture_logs() as logs:
        await opened(staff, CUSTOMER)
        await opened(staff)
        lead = parts.lead("jo@example.com")
        side.wake()
        await until(lambda: tab(staff, STAFF_1, f"L-{lead}"))
    assert [entry["user"] for entry in logs if "may not was refused" in entry["event"]] == [CUSTOMER]


async def test_tabs_are_not_read_again_when_nothing_is_new(side: SlackSide, staff: Staff, parts: Parts) -> None:
    """A look for what other workers did, once a second, is for cards alone; a home tab has its own, less often."""
    await opened(staff)
    lead = parts.lead("jo@example.com")
    side.wake(news=False)
    await until(lambda: _links(staff, 1))
    assert not await tab(staff, STAFF_1, f"L-{lead}")
    side.wake()
    await until(lambda: tab(staff, STAFF_1, f"L-{lead}"))


async def test_tabs_of_two_people_follow_a_claim(side: SlackSide, staff: Staff, parts: Parts) -> None:
    """Claimed on one tab, the lead moves on both without anybody opening theirs again."""
    lead_id = parts.lead("jo@example.com")
    side.wake()
    view, _ = await opened(staff), await opened(staff, STAFF_2)
    await staff.press_in(view, "lead_claim", value=str(lead_id))
    mine = await until(lambda: tab(staff, STAFF_1, "None: somebody has every lead."))
    assert f"L-{lead_id}" in read(mine)
    other = await until(lambda: tab(staff, STAFF_2, "None: somebody has every lead."))
    assert f"L-{lead_id}" not in read(other)
    lead = parts.book.get(lead_id)
    assert lead is not None
    assert (lead.status, lead.owner) == (LeadStatus.CLAIMED, STAFF_1)


async def test_unchanged_tab_is_not_published_again(side: SlackSide, staff: Staff) -> None:
    """However often it is opened or looked at."""
    view = await opened(staff)
    for _ in range(3):
        await opened(staff)
        side.wake()
        await asyncio.sleep(0.15)
    assert (await tab(staff, STAFF_1))["hash"] == view["hash"]


async def test_digest_time_is_changed_in_a_window(side: SlackSide, staff: Staff, chosen: StaffSettings) -> None:
    """Everybody's tab says who set it, the running bot follows at once, and the default can be had back."""
    view = await opened(staff)
    await opened(staff, STAFF_2)
    await staff.press_in(view, "home_digest")
    form = await until(lambda: window(staff))
    await staff.submit(form, digest_time="09:30", digest_weekday="friday")
    assert chosen.all() == {"digest_time": "09:30", "digest_weekday": "friday"}
    for user in (STAFF_1, STAFF_2):
        told = read(await until(lambda: tab(staff, user, "daily at 09:30, weekly on Friday")))  # noqa: B023 - used at once
        assert "Set by Maya Brooks on " in told
    assert side._live.current.digest_time == "09:30"
    view = await until(lambda: tab(staff, STAFF_2, "Use Default"))
    await staff.press_in(view, "home_reset", value="digest")
    await until(lambda: tab(staff, STAFF_1, "daily at 08:00, weekly on Monday"))
    assert chosen.all() == {}


async def test_quiet_hours_are_checked(side: SlackSide, staff: Staff, chosen: StaffSettings) -> None:
    """One of them alone, or twice the same, is refused beside the field; two are stored together."""
    await staff.press_in(await opened(staff), "home_quiet")
    form = await until(lambda: window(staff))
    answer = await staff.submit(form, quiet_from="21:00")
    assert answer["ack"]["errors"] == {"quiet_until": "Choose both times, or neither"}
    answer = await staff.submit(form, quiet_from="21:00", quiet_until="21:00")
    assert answer["ack"]["errors"] == {"quiet_until": "Choose two different times"}
    assert chosen.all() == {}
    await staff.submit(form, quiet_from="21:00", quiet_until="07:00")
    assert chosen.all() == {"quiet_from": "21:00", "quiet_until": "07:00"}
    await until(lambda: tab(staff, STAFF_1, "Quiet hours: 21:00 to 07:00"))
    assert side._live.current.quiet_from == "21:00"


async def test_checklist_is_hidden_by_each_for_themselves(side: SlackSide, staff: Staff) -> None:
    """The other may still have to connect something."""
    view = await opened(staff)
    await opened(staff, STAFF_2)
    await staff.press_in(view, "home_hide_checklist")

    async def hidden() -> bool:
        return "Getting started" not in read(await tab(staff, STAFF_1))

    await until(hidden)
    side.wake()
    await asyncio.sleep(0.2)
    assert "Getting started" in read(await tab(staff, STAFF_2))


async def test_slack_that_fails_is_asked_again(side: SlackSide, staff: Staff) -> None:
    """The tab comes when it is back."""
    await staff.fault("views.publish", "500")
    view = await opened(staff)
    assert "Settings" in read(view)
    assert side.trouble == ""


async def test_what_is_fixed_cannot_be_set_by_an_old_button(
    side: SlackSide, settings: Settings, staff: Staff, chosen: StaffSettings
) -> None:
    """A window that was opened before the restart is told so."""
    await staff.press_in(await opened(staff), "home_digest")
    form = await until(lambda: window(staff))
    assert side._settings is settings
    settings.model_fields_set.add("digest_time")
    answer = await staff.submit(form, digest_time="09:30", digest_weekday="friday")
    assert "fixed by the environment or leadbot.toml" in answer["ack"]["errors"]["digest_time"]
    assert chosen.all() == {}


async def test_default_is_had_back_of_what_is_not_fixed(
    side: SlackSide, settings: Settings, staff: Staff, chosen: StaffSettings
) -> None:
    """Half of a group was fixed after staff had set it: the button still does what it says for the other half."""
    chosen.put({"digest_time": "09:30", "digest_weekday": "friday"}, STAFF_1)
    assert side._settings is settings
    settings.model_fields_set.add("digest_time")
    await staff.press_in(await opened(staff), "home_reset", value="digest")
    await until(lambda: tab(staff, STAFF_1, "weekly on Monday"))
    assert chosen.all() == {"digest_time": "09:30"}


async def test_views_of_many_stay_within_slacks_limit(
    core: Core, settings: Settings, side: SlackSide, monkeypatch: pytest.MonkeyPatch, parts: Parts
) -> None:
    """Sixty people look: the last fifty are kept up to date, and never more than Slack takes in a minute."""
    published = _noted(side, monkeypatch)
    seconds = [0.0]
    tabs = _tabs(side, lambda: seconds[0])
    for number in range(60):
        await tabs.opened(f"U{number:03}")
    assert len(published) == 60
    parts.lead()
    seconds[0] += 1
    await tabs._refresh()
    assert len(published) == 60
    assert len(tabs._viewers) == home_live.MOST_VIEWERS
    monkeypatch.setattr(home_live, "REFRESHES_A_MINUTE", 70)
    await tabs._refresh()
    assert published[60:] == [f"U{number:03}" for number in range(59, 49, -1)]
    reader = HomeReader(core.store, settings, side._status, LiveSettings(settings, core.store.staff_settings))
    assert reader.shared().unclaimed_count == 1


async def test_many_who_look_at_once_stay_within_slacks_limit(side: SlackSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each counts what was drawn for the others while it waited for its turn; the rest have theirs a little later."""
    published = _noted(side, monkeypatch)
    seconds = [0.0]
    tabs = _tabs(side, lambda: seconds[0])
    monkeypatch.setattr(home_live, "OPENS_A_MINUTE", 5)
    people = [f"U{number:03}" for number in range(10)]
    await asyncio.gather(*(tabs.opened(user) for user in people))
    assert len(published) == 5
    seconds[0] += 61
    await tabs._refresh()
    assert sorted(published) == people


def _tabs(side: SlackSide, now: Callable[[], float]) -> Home:
    """The same with a clock of its own and no loop that draws beside the test."""
    known = side._home
    assert known is not None
    return Home(known._slack, known._people, known._staff, known._reader, known._links, now=now)


def _noted(side: SlackSide, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose tab was published, oldest first; everybody is staff."""
    known = side._home
    assert known is not None
    published: list[str] = []

    async def call(method: str, **arguments: Any) -> Json:
        published.append(arguments["user_id"]) if method == "views.publish" else None
        await asyncio.sleep(0)
        return {}

    async def admit(_user: str) -> None:
        pass

    monkeypatch.setattr(known._slack, "call", call)
    monkeypatch.setattr(known._staff, "admit", admit)
    return published
