"""Messages that were set aside, as a person at the command line sees and settles them."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.parser import BytesHeaderParser

from starlette.concurrency import run_in_threadpool

from bot import control, folder
from bot.bootstrap import Store
from bot.logs import masked
from bot.settings import Settings
from channels.mail.addresses import parse_addresses
from channels.mail.cleaning import MAX_SUBJECT, MAX_TEXT, clean_line, clean_text
from channels.mail.defuse import defuse
from channels.mail.forms import read_form
from channels.mail.headers import Headers
from channels.mail.language import language_of
from channels.mail.parser import ParserProcess
from channels.mail.salvage import split_head
from channels.slack.parser import SlackParser
from channels.slack.raw import CHANNEL as SLACK
from channels.slack.raw import writer_of
from enrichment.adapters.store.dead_letters import AT_ONCE, DeadLetter, DeadLetters, Settled
from enrichment.adapters.store.events import who
from enrichment.errors import GiveUp, LeadbotError
from enrichment.models import Model
from enrichment.ports import Parser

MAILS = ("smtp", "imap")
LONGEST_HEADERS = 64_000
LONGEST_ERROR = 500
# What turns the direction of a text can make a terminal show another one.
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Letter(Model):
    """One message that was set aside. sender: masked; subject: empty when it is not known; size in bytes."""

    id: int
    channel: str
    received_at: datetime
    set_aside_at: datetime
    stage: str
    error: str
    attempts: int
    sender: str
    subject: str
    size: int
    sample: bool


class Opened(Letter):
    """One with what it holds. trouble: why `text` is the message as it came, empty when it could be read."""

    headers: str
    text: str
    trouble: str = ""


class DeadLetterDesk:
    """What a running bot does for the command line. wake: called, on the loop, when messages wait again."""

    def __init__(self, letters: DeadLetters, wake: Callable[[], None]) -> None:
        self._letters = letters
        self._wake = wake

    async def retry(self, message_ids: Sequence[int], actor: str) -> Settled:
        """Try them again, at once."""
        settled = await run_in_threadpool(self._letters.retry, message_ids, actor)
        self._wake()
        return settled

    async def discard(self, message_ids: Sequence[int], actor: str) -> Settled:
        """Throw them away."""
        return await run_in_threadpool(self._letters.discard, message_ids, actor)


def whoever() -> str:
    """Who sits at the command line, as events name them; not by the environment, which anybody can set."""
    try:
        return who(f"cli:{pwd.getpwuid(os.getuid()).pw_name}")
    except KeyError:  # a container's user may have a number alone
        return f"cli:{os.getuid()}"


def letters(store: Store) -> Iterator[Letter]:
    """Every message that was set aside, newest first."""
    return (_letter(found) for found in store.dead_letters.listed())


def retry(settings: Settings, store: Store, message_ids: Sequence[int], actor: str) -> Settled:
    """Have them tried again: by the bot that runs, or else by the next that starts."""
    return _settle(settings, message_ids, actor, "retry", store.dead_letters.retry)


def discard(settings: Settings, store: Store, message_ids: Sequence[int], actor: str) -> Settled:
    """Throw them away for good."""
    return _settle(settings, message_ids, actor, "discard", store.dead_letters.discard)


def _settle(
    settings: Settings,
    message_ids: Sequence[int],
    actor: str,
    verb: str,
    alone: Callable[[Sequence[int], str], Settled],
) -> Settled:
    done: list[int] = []
    refused: dict[int, str] = {}
    for start in range(0, len(message_ids), AT_ONCE):
        some = list(message_ids[start : start + AT_ONCE])
        try:
            if folder.is_locked(settings.data_dir):
                body = {"ids": some, "actor": actor}
                settled = control.ask(settings.data_dir, f"/dead-letters/{verb}", body, Settled)
            else:
                settled = alone(some, actor)
        except LeadbotError as error:
            if not done:
                raise
            # What is done is said all the same; the rest is named with its reason.
            return Settled(done=tuple(done), refused=refused | dict.fromkeys(message_ids[start:], str(error)))
        done += settled.done
        refused |= settled.refused
    return Settled(done=tuple(done), refused=refused)


def opened(store: Store, message_id: int, actor: str, parser: ParserProcess) -> Opened:
    """One message in full, in letters that a terminal can do no harm with. Raises GiveUp when it is not set aside.

    What broke the bot's parser is read in a process of its own here too.
    """
    found = store.dead_letters.open(message_id, actor)
    if found is None:
        raise GiveUp(f"message {message_id} is not set aside; `leadbot dead-letters` lists those that are")
    letter, content = found
    head, body = split_head(content) if letter.channel in MAILS else (b"", content)
    text, trouble = _as_it_came(body), ""
    try:
        text = printable(_parser_of(letter, parser).parse(content).text)
    except LeadbotError as error:
        trouble = clean_line(str(error), LONGEST_ERROR)
    headers = _as_it_came(head)[:LONGEST_HEADERS].strip("\n")
    return Opened(**_letter(letter).model_dump(), headers=headers, text=text, trouble=trouble)


def _parser_of(letter: DeadLetter, mails: Parser) -> Parser:
    """Whoever reads what came this way."""
    return SlackParser(read_form, language_of) if letter.channel == SLACK else mails


def printable(text: str) -> str:
    """The text without control characters, escape sequences and turns of direction; lines and tabs stay."""
    return _DIRECTIONS.sub("", clean_text(text))


def _as_it_came(content: bytes) -> str:
    return printable(content[: 4 * MAX_TEXT].decode("utf-8", "replace"))[:MAX_TEXT]


def _letter(found: DeadLetter) -> Letter:
    sender, subject = _facts(found)
    kept = ("id", "channel", "received_at", "set_aside_at", "attempts", "size", "sample")
    return Letter(
        **found.model_dump(include=set(kept)),
        stage=clean_line(found.stage, LONGEST_ERROR),
        error=clean_line(found.error, LONGEST_ERROR),
        sender=masked(clean_line(sender or found.mail_from or "", MAX_SUBJECT)),
        subject=subject,
    )


def _facts(found: DeadLetter) -> tuple[str, str]:
    """Sender and subject by the headers, as far as they can be read."""
    if found.channel == SLACK:
        return writer_of(found.head), ""
    try:
        headers = Headers.of(BytesHeaderParser().parsebytes(defuse(split_head(found.head)[0])))
        named = next(iter(parse_addresses(headers.raw("from"))), None)
        return (named.address if named else ""), printable(headers.text("subject", MAX_SUBJECT))
    except Exception:  # noqa: BLE001 - it may be what broke the parser; one such must not hide the others
        return "", ""
