"""What staff hear of services in trouble: each outage once, each end once, short ones never."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import pytest

from bot.slack import telling
from bot.slack.circuit_notices import CircuitNotices
from bot.slack.poster import Poster
from enrichment.adapters.store.circuits import Circuits
from enrichment.errors import RetryLater
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts

WARNING = "⚠️ {} has not worked since {} (no &lt;answer&gt;). {}"  # as Slack has it, escaped
MINUTE, HOUR = 60.0, 3600.0


class House:
    """The notices of a bot, and a service that comes and goes."""

    def __init__(self, parts: Parts, poster: Poster) -> None:
        self.parts = parts
        self.poster = poster
        self.circuits = Circuits(parts.database, parts.clock)
        self.zone = ZoneInfo("America/Chicago")
        self.notices = self.started()

    def started(self) -> CircuitNotices:
        """The notices after a restart."""
        return CircuitNotices(self.circuits, self.parts.views, lambda: self.poster, self.parts.clock, self.zone)

    def begins(self, name: str = "airtable", *, answered: bool = True) -> str:
        """Trouble; the time of day that staff read."""
        now = self.parts.clock.now()
        self.circuits.opened(name, now, "no <answer>", answered=answered)
        return f"{now.astimezone(self.zone):%H:%M}"

    async def after(self, seconds: float) -> None:
        """Look when so much time has passed, twice."""
        self.parts.clock.move(seconds)
        await self.notices.look()
        await self.notices.look()


@pytest.fixture
def house(parts: Parts, poster: Poster) -> House:
    """A bot."""
    return House(parts, poster)


async def test_an_outage_is_told_once_and_its_end_once(house: House, staff: Staff) -> None:
    """With what it means, since when by the owner's clock, for how long, and what is done now."""
    for number in range(3):
        house.parts.lead(f"jo{number}@example.com")
    since = house.begins()
    await house.after(58)
    assert await staff.texts() == []
    await house.after(4)
    began = WARNING.format("Airtable", since, "Leads wait and are written when it is back.")
    assert await staff.texts() == [began]
    await house.after(12 * MINUTE - 62)
    house.circuits.closed("airtable")
    await house.after(30)
    assert await staff.texts() == [began]
    await house.after(32)
    ended = "✅ Airtable is back after 12 min; 3 leads are being written."
    assert await staff.texts() == [began, ended]
    house.notices = house.started()
    await house.after(HOUR)
    assert await staff.texts() == [began, ended]


async def test_a_crash_before_the_mark_doubles_nothing(
    house: House, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice is found again by its key."""
    house.begins()
    house.parts.clock.move(61)
    with monkeypatch.context() as broken:

        def crash(*_: object) -> None:
            raise RetryLater("the database is locked")

        broken.setattr(house.circuits, "told", crash)
        for _ in range(2):
            with pytest.raises(RetryLater):
                await house.notices.look()
    await house.after(1)
    assert len(await staff.texts()) == 1


async def test_a_short_outage_is_not_worth_a_word(house: House, staff: Staff) -> None:
    """Neither its beginning nor its end."""
    house.begins()
    await house.after(50)
    house.circuits.closed("airtable")
    await house.after(HOUR)
    assert await staff.texts() == []


async def test_one_that_comes_and_goes_is_told_of_once_an_hour(house: House, staff: Staff) -> None:
    """Two minutes away, two minutes there: a pair an hour; and a long outage all the same."""
    for _ in range(15):
        house.begins()
        await house.after(2 * MINUTE)
        house.circuits.closed("airtable")
        await house.after(2 * MINUTE)
    assert len(await staff.texts()) == 2
    house.begins()
    await house.after(3 * MINUTE)
    house.circuits.closed("airtable")
    await house.after(2 * MINUTE)
    assert len(await staff.texts()) == 4
    house.begins()
    await house.after(9 * MINUTE)
    assert len(await staff.texts()) == 4
    await house.after(2 * MINUTE)
    assert len(await staff.texts()) == 5


async def test_moments_of_well_being_are_no_end(house: House, staff: Staff) -> None:
    """A service that answers one call in twenty has one outage."""
    since = house.begins()
    for _ in range(6):
        await house.after(20)
        house.circuits.closed("airtable")
        await house.after(5)
        house.begins()
    assert await staff.texts() == [WARNING.format("Airtable", since, "Leads wait and are written when it is back.")]


async def test_a_model_that_was_never_there_is_not_missed(house: House, staff: Staff) -> None:
    """Most who try the bot have no Ollama; one that has answered once is missed."""
    house.begins("ollama", answered=False)
    await house.after(HOUR)
    assert await staff.texts() == []
    house.circuits.closed("ollama")
    await house.after(HOUR)
    house.begins("ollama")
    await house.after(MINUTE + 1)
    house.circuits.closed("ollama")
    await house.after(HOUR)
    assert [text[:22] for text in await staff.texts()] == ["⚠️ The language model ", "✅ The language model i"]


async def test_of_slacks_own_outage_its_end_is_told(house: House, staff: Staff) -> None:
    """Nobody could have read of its beginning."""
    house.parts.lead()
    house.begins("slack")
    await house.after(5 * MINUTE)
    house.circuits.closed("slack")
    await house.after(MINUTE + 1)
    assert await staff.texts() == ["✅ Slack is back after 5 min; 1 lead is being posted."]


async def test_what_cannot_be_told_yet_is_told_later(
    house: House, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack is away too, or has not been reached; the loop goes on."""
    monkeypatch.setattr(telling, "LOOK_SECONDS", 0.01)
    house.begins("chroma")
    house.parts.clock.move(61)
    await staff.fault("chat.postMessage", "500", 2)
    task = asyncio.create_task(house.notices.run())

    async def told() -> bool:
        return len(await staff.texts()) == 1

    await until(told)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "The search for similar leads" in (await staff.texts())[0]
