"""The digest is posted once a day, says what waits, and stands without its picture."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot import trend
from bot.slack import digest_picture
from bot.slack.client import Slack
from bot.slack.digest import Digest
from bot.slack.digest_text import RANKED, Facts, message, week_words
from bot.slack.poster import Poster
from bot.workspace.identity import STAFF_1
from enrichment.adapters.store.numbers import WeekNumbers
from enrichment.errors import RetryLater
from enrichment.lead import LeadStatus
from tests.bot.slack import leads
from tests.bot.slack.digests import digest_of
from tests.bot.slack.staff import Staff, assert_safe, read
from tests.enrichment.parts import Parts

DAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two attempts here."""
    monkeypatch.setattr(digest_picture, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def pictured(parts: Parts, poster: Poster, slack: Slack) -> Digest:
    """The digest with its picture."""
    return digest_of(poster, parts, slack)


async def pictures(staff: Staff) -> list[dict[str, object]]:
    """The files in the leads channel."""
    return [file for found in await staff.messages() for file in found.get("files") or ()]


async def test_it_is_posted_once_a_day(parts: Parts, poster: Poster, staff: Staff) -> None:
    """Most urgent first, with age and owner; run again on the same day it is the same message."""
    digest = digest_of(poster, parts)
    lead = parts.lead("a@example.com", urgency=20)
    parts.desk.claim(lead, STAFF_1, "Maya Brooks")
    await digest.post(DAY)
    parts.clock.move(2 * 86_400)
    parts.lead("b@example.com", urgency=90)
    await digest.post(DAY)
    (found,) = await staff.messages()
    assert found["text"] == "Tuesday 10 November: 2 open leads"
    first, second = (block["text"]["text"] for block in found["blocks"][1:3])
    assert "L-2" in first
    assert first.endswith("came just now")
    assert "L-1" in second
    assert "Maya Brooks" in second
    assert second.endswith("came 2 days ago")
    await digest.post(date(2026, 11, 11))
    assert len(await staff.texts()) == 2


async def test_nothing_to_say_nothing_is_sent(parts: Parts, poster: Poster, slack: Slack, staff: Staff) -> None:
    """No open leads, no numbers, no message, no picture; not on the day of the weekly one either."""
    await digest_of(poster, parts, slack, "tuesday").post(DAY)
    lead = parts.lead("a@example.com")
    parts.desk.close(lead, STAFF_1, "Maya", LeadStatus.LOST)
    await digest_of(poster, parts, slack).post(DAY)
    assert await staff.messages() == []


async def test_snoozed_leads_are_counted_and_not_listed(parts: Parts, poster: Poster, staff: Staff) -> None:
    """They are nobody's work today."""
    one, _ = parts.lead("a@example.com"), parts.lead("b@example.com")
    parts.desk.snooze(one, STAFF_1, "Maya", parts.clock.now() + timedelta(days=3))
    await digest_of(poster, parts).post(DAY)
    (found,) = await staff.messages()
    assert found["text"] == "Tuesday 10 November: 1 open lead"
    assert "1 snoozed lead comes back later" in str(found["blocks"])
    assert "L-1" not in str(found["blocks"])


async def test_once_a_week_it_has_the_numbers_of_the_week(parts: Parts, poster: Poster, staff: Staff) -> None:
    """On its day, also when everything was answered."""
    lead = parts.lead("a@example.com")
    parts.clock.move(600)
    parts.desk.claim(lead, STAFF_1, "Maya")
    parts.desk.close(lead, STAFF_1, "Maya", LeadStatus.WON)
    digest = digest_of(poster, parts, weekday="tuesday")
    await digest.post(DAY + timedelta(days=1))
    await digest.post(DAY)
    (found,) = await staff.messages()
    assert found["text"] == "Tuesday 10 November: no open leads"
    assert "Last 7 days: 1 lead, 1 claimed (median 10 minutes), 1 won, 0 lost, 0 filtered" in str(found["blocks"])


async def test_the_picture_is_in_its_thread_once(parts: Parts, poster: Poster, slack: Slack, staff: Staff) -> None:
    """With the figures in words for those who do not see it; however often the workflow begins again."""
    parts.lead("a@example.com", urgency=90)
    parts.clock.move(86_400)
    today = parts.clock.now().date()
    for _ in range(3):
        await digest_of(poster, parts, slack).post(today)
    (file,) = await pictures(staff)
    assert file["name"] == f"leads-{today.isoformat()}.png"
    assert str(file["title"]).startswith("Leads a day, ")
    assert str(file["alt_text"]).startswith("Leads a day in 28 days: ")
    root = (await staff.messages())[0]
    (shown,) = [found for found in await staff.messages() if found.get("files")]
    assert shown["thread_ts"] == root["ts"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("kind", ["lost", "500", "429"])
async def test_a_picture_that_fails_at_first_comes_all_the_same(
    pictured: Digest, parts: Parts, staff: Staff, method: str, kind: str
) -> None:
    """Once, also when Slack had taken it and only its answer was lost."""
    parts.lead("a@example.com", urgency=90)
    parts.clock.move(86_400)
    await staff.fault(method, kind)
    await pictured.post(parts.clock.now().date())
    assert len(await pictures(staff)) == 1


@pytest.mark.parametrize("error", [RuntimeError("no font"), MemoryError()])
async def test_a_picture_that_fails_stops_nothing(
    pictured: Digest, parts: Parts, staff: Staff, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The text is there, and nobody hears of a failure."""

    def broken(_: object) -> None:
        raise error

    monkeypatch.setattr(trend, "draw", broken)
    parts.lead("a@example.com")
    await pictured.post(DAY)
    assert await staff.texts() == ["Tuesday 10 November: 1 open lead"]


async def test_a_lost_answer_does_not_repeat_it(parts: Parts, poster: Poster, staff: Staff) -> None:
    """It is looked for before it is posted again."""
    parts.lead("a@example.com")
    await staff.fault("chat.postMessage", "lost")
    with pytest.raises(RetryLater):
        await digest_of(poster, parts).post(DAY)
    await digest_of(poster, parts).post(DAY)
    assert len(await staff.texts()) == 1


async def test_many_hostile_leads_are_taken(parts: Parts, poster: Poster, staff: Staff) -> None:
    """However long names and subjects become when they are escaped, Slack takes the list as it was made."""
    for number in range(RANKED + 1):
        parts.lead(f"{number}@example.com", name="&<!channel>" * 50)
    await digest_of(poster, parts).post(DAY)
    (found,) = await staff.messages()
    assert found["text"] == f"Tuesday 10 November: {RANKED + 1} open leads"
    assert "and 1 more" in str(found["blocks"][RANKED + 1])


@pytest.mark.parametrize("words", leads.HOSTILE.values(), ids=leads.HOSTILE)
def test_hostile_words_do_nothing(words: str) -> None:
    """Whatever customers write, and whatever people are called."""
    shown = leads.lead(words, owner="U1", owner_name=words, status=LeadStatus.CLAIMED)
    week = WeekNumbers(leads=10**6, claimed=10**6, median_claim_seconds=10**9, won=1, lost=1, filtered=10**6)
    facts = Facts(day=DAY, leads=(shown,) * RANKED, total=10**6, snoozed=10**6, week=week)
    said = message(facts, leads.NOW)
    assert_safe(said)
    assert "came just now" in read(said)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "3 claimed,"),
        (20.0, "(median under a minute)"),
        (90.0, "(median 2 minutes)"),
        (3600.0, "(median 1 hour)"),
        (2.0e5, "(median 2 days)"),
    ],
)
def test_how_soon_leads_are_claimed_is_told_in_words(seconds: float | None, told: str) -> None:
    """In the largest unit that fits."""
    assert told in week_words(WeekNumbers(leads=1, claimed=3, median_claim_seconds=seconds))
