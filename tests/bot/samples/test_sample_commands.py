"""What staff and the command line are told about samples."""

from __future__ import annotations

import asyncio
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.bootstrap import Core
from bot.samples import commands as commands_module
from bot.samples.commands import VERB, SampleCommands, verb
from bot.samples.samples import Removed
from bot.slack import command_parts
from bot.slack.blocks import SlackMessage
from bot.slack.client import Slack
from bot.slack.command_reply import Asker
from bot.slack.commands import Commands
from bot.slack.people import People
from bot.slack.poster import Poster
from bot.slack.staff import StaffCheck
from bot.status import Status
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1, TEAM_ID
from enrichment.intake import Intake
from tests.bot.samples.sampling import draw_all, judge_all, samples_of
from tests.bot.slack.digests import digest_of
from tests.bot.slack.staff import Staff, assert_safe, until
from tests.enrichment.parts import Parts, SetClock


@pytest.fixture
def own(core: Core, poster: Poster) -> SampleCommands:
    """What is tested."""
    return SampleCommands(samples_of(core, lambda: poster))


@pytest.fixture
def commands(core: Core, slack: Slack, own: SampleCommands) -> Commands:
    """All that follows `/lead`."""
    store = core.store
    commands, _ = command_parts.build(
        core,
        slack,
        People(slack, LEADS_CHANNEL),
        team=TEAM_ID,
        zone=ZoneInfo("UTC"),
        admit=StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL).admit,
        accept=Intake(store.messages, lambda: None).accept,
        status=lambda: Status(running=True),
        wake=lambda: None,
        extra={VERB: verb(own)},
    )
    return commands


async def said(commands: Commands, typed: str) -> SlackMessage:
    """The answer."""
    return (await commands.answer(typed, Asker(user=STAFF_1))).message


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("samples", "10 sample mails are on their way"),
        ("samples load", "10 sample mails are on their way"),
        ("samples remove", "There are no samples to remove"),
        ("SAMPLES  Remove ", "There are no samples to remove"),
        ("samples <!channel>", "It is “samples” to load the sample mails"),
        ("help", "What you can ask Leadbot"),
    ],
)
async def test_the_answer_says_what_came_of_it(commands: Commands, typed: str, told: str) -> None:
    """In a sentence that nobody else's words can get into."""
    answer = await said(commands, typed)
    assert answer.text.startswith(told)
    assert_safe(answer)


async def test_loading_twice_says_how_to_get_rid_of_them(commands: Commands, core: Core) -> None:
    """They are not loaded again, and removing says how much it was."""
    await said(commands, "samples")
    assert (await said(commands, "samples")).text.startswith("Samples are already loaded")
    await asyncio.to_thread(judge_all, core)
    assert (await said(commands, "samples remove")).text == "Removed 10 sample mails and 8 leads with all traces."


async def test_help_lists_both_commands(commands: Commands) -> None:
    """Beside the built-in ones."""
    assert "/lead samples remove" in str((await said(commands, "help")).blocks)


async def test_samples_are_shown_as_such_in_lists(commands: Commands, core: Core) -> None:
    """Nobody takes one for a customer."""
    await said(commands, "samples")
    await asyncio.to_thread(judge_all, core)
    listed = str((await said(commands, "")).blocks)
    assert listed.count("(sample)") == 8
    assert "(sample)" in str((await said(commands, "similar house painting")).blocks)


async def test_digest_leaves_samples_out(own: SampleCommands, core: Core, poster: Poster, staff: Staff) -> None:
    """Nobody wants to be reminded of them; with nothing else open there is none."""
    await own.load()
    await asyncio.to_thread(judge_all, core)
    daily = digest_of(poster, core.store)
    await daily.post(date(2026, 11, 10))
    assert await staff.texts() == []
    Parts(core.store.database, SetClock()).lead("jo@example.com")
    await daily.post(date(2026, 11, 11))
    assert await staff.texts() == ["Wednesday 11 November: 1 open lead"]


async def test_slow_removal_is_told_and_goes_on(
    own: SampleCommands, core: Core, poster: Poster, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody stares at a command that does not answer."""
    await own.load()
    await asyncio.to_thread(judge_all, core)
    await draw_all(core, poster)
    monkeypatch.setattr(commands_module, "PATIENCE", 0.01)
    assert (await own.remove()).startswith("The samples are off every list")
    await until(lambda: _empty(staff))


async def _empty(staff: Staff) -> bool:
    return not await staff.texts()


def test_messages_that_stay_are_counted() -> None:
    """So that somebody deletes them."""
    told = commands_module._of_removal(Removed(leads=1, messages=2, left=1))
    assert told == (
        "Removed 2 sample mails and 1 lead with all traces. Slack would not let go of 1 message: delete by hand."
    )
