"""A word for one person alone reaches them, in the channel or not."""

from __future__ import annotations

from structlog.testing import capture_logs

from bot.slack.blocks import SlackMessage
from bot.slack.client import Slack
from bot.slack.listeners import plain
from bot.slack.people import People
from bot.workspace.identity import LEADS_CHANNEL, STAFF_1
from tests.bot.slack.staff import Staff


def words_to(staff: Staff) -> list[str]:
    """What the person was told in direct messages."""
    store = staff.workspace.store
    direct = [channel.id for channel in store.channels() if channel.id.startswith("D")]
    return [message.body["text"] for channel in direct for message in store.messages(channel, -1)]


async def test_word_for_a_member_is_in_the_channel(slack: Slack, staff: Staff) -> None:
    """Nobody else sees it."""
    await People(slack, LEADS_CHANNEL).tell(STAFF_1, plain("Too late"))
    assert staff.whispers(STAFF_1) == ["Too late"]
    assert words_to(staff) == []


async def test_word_for_who_is_no_member_is_a_direct_message(slack: Slack, staff: Staff) -> None:
    """As when they press on the Home tab; Slack refuses to show it in a channel that they are not in."""
    db = staff.workspace.store._db
    with db:
        db.execute("DELETE FROM members WHERE channel = ? AND user = ?", (LEADS_CHANNEL, STAFF_1))
    await People(slack, LEADS_CHANNEL).tell(STAFF_1, plain("Too late"))
    assert staff.whispers(STAFF_1) == []
    assert words_to(staff) == ["Too late"]


async def test_word_that_slack_does_not_take_is_logged(slack: Slack, staff: Staff) -> None:
    """A direct message would be refused too."""
    with capture_logs() as logs:
        await People(slack, LEADS_CHANNEL).tell(STAFF_1, SlackMessage(text="Too late", blocks=({"type": "none"},)))
    assert [entry["event"] for entry in logs] == ["a user could not be told"]
    assert words_to(staff) == []
