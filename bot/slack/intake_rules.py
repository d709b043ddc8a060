"""What of all that is said in Slack is for us. Pure; whatever is in doubt by a person is taken, by a program is not."""

from __future__ import annotations

import re
from enum import StrEnum

from channels.slack.pieces import is_bots, words_of
from channels.slack.wire import Happened, Said
from enrichment.models import Model

# Slack's own robot reminds, and answers for others.
SLACKBOT = "USLACKBOT"
# Messages of people, in Slack's words; every other kind tells of a channel (joins, topics, pins, calls).
_PEOPLES = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_BOTS = "bot_message"
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_LABEL = re.compile(r"^\s{0,8}[^\W\d_][^:\n]{0,40}:[ \t]{0,8}\S", re.MULTILINE)


class Me(Model):
    """The bot itself, as Slack names it."""

    team_id: str
    bot_id: str
    bot_user_id: str


class Writer(StrEnum):
    """Who wrote a message that is for us."""

    PERSON = "person"
    FORM = "form"


def writer_of(said: Said, me: Me, *, intake: bool) -> Writer | None:
    """Who wrote, None when it is not for us.

    intake: whether it stands in a channel for customers; if not, only what people say to the bot alone counts.
    """
    if said.user in (me.bot_user_id, SLACKBOT) or (said.bot_id and said.bot_id == me.bot_id):
        return None
    if not intake and said.kind != "im":
        return None
    if said.bot_id or is_bots(said.message) or said.subtype == _BOTS:
        return Writer.FORM if intake and not said.is_reply and _is_form(said) else None
    if said.subtype not in _PEOPLES or not said.user:
        return None
    return Writer.PERSON if words_of(said.message, bot_user=me.bot_user_id) or said.message.get("files") else None


def says_something_else(said: Said, me: Me) -> bool:
    """Whether an edit changed the words or the files: link previews come as edits too."""
    if said.happened is not Happened.EDITED:
        return True
    now, before = (words_of(each, bot_user=me.bot_user_id) for each in (said.message, said.before))
    return now != before or _files(said.message) != _files(said.before)


def _is_form(said: Said) -> bool:
    """Whether a program passes on what somebody filled in: two labels, or an address to answer to."""
    words = words_of(said.message)
    return len(_LABEL.findall(words)) >= 2 or _ADDRESS.search(words) is not None


def _files(message: object) -> list[object]:
    files = message.get("files") if isinstance(message, dict) else None
    return [each.get("id") for each in files if isinstance(each, dict)] if isinstance(files, list) else []
