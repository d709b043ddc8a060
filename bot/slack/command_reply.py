"""Who typed a command, and what they are answered."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.blocks import EMPTY, TEXT_LIMIT, Block, SlackMessage, clipped, section
from enrichment.models import Model

COMMAND = "/lead"
TITLE_LIMIT = 1000


class Asker(Model):
    """Who typed. user: Slack's id; username: their handle; press: what tells this command from every other.

    shared: whether others are to see the answer.
    """

    user: str = ""
    username: str = ""
    press: str = ""
    shared: bool = False


class Reply(Model):
    """An answer. shared: whether everybody in the channel is to see it."""

    message: SlackMessage
    shared: bool = False


def titled(title: str, blocks: Sequence[Block] = ()) -> SlackMessage:
    """A titled answer; the title may hold anybody's words."""
    return SlackMessage(text=clipped(title, TEXT_LIMIT) or EMPTY, blocks=(section(title, TITLE_LIMIT), *blocks))
