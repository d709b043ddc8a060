"""What a person sees of messages that were set aside: who, about what, and nothing that harms a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from collections.abc import Iterator

import pytest

from bot import control, dead_letters, folder
from bot.bootstrap import Core
from bot.control import bind
from bot.dead_letters import DeadLetterDesk, letters, opened, printable, whoever
from bot.samples.commands import SampleCommands
from bot.settings import Settings
from bot.web import WebServer
from channels.mail.parser import ParserProcess
from enrichment.adapters.store.dead_letters import DeadLetters, Settled
from enrichment.errors import GiveUp, RetryLater
from enrichment.models import MessageState
from tests.bot.samples.sampling import samples_of
from tests.enrichment.parts import Parts

MAIL = (
    b"From: Jo Smith <jo.smith@example.com>\r\nTo: leads@localhost\r\n"
    b"Subject: =?utf-8?b?QnJha2VzIPCfmpc=?=\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>They <b>grind</b>.</p>\r\n"
)
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\x00\x08\u202egnp.exe"


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    """The real parser in its process."""
    made = ParserProcess()
    yield made
    made.close()


def test_sender_and_subject_are_read_from_the_headers(core: Core, parts: Parts) -> None:
    """The subject as people read it, the sender masked; by the envelope when no header tells."""
    named, bare = parts.quarantine(MAIL), parts.quarantine(b"no headers at all", mail_from="ann@example.com")
    lost = parts.quarantine(b"\xff\xfe\x00" * 9000, mail_from=None)
    slack = parts.quarantine(b'{"text": "From: x@example.com"}', channel="slack", mail_from=None)
    found = {letter.id: (letter.sender, letter.subject) for letter in letters(core.store)}
    assert found == {
        named: ("j***@example.com", "Brakes 🚗"),
        bare: ("a***@example.com", ""),
        lost: ("", ""),
        slack: ("", ""),
    }


def test_one_message_that_breaks_everything_does_not_hide_the_others(
    core: Core, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside because it breaks something."""
    parts.quarantine(MAIL)
    bad = parts.quarantine(MAIL + b"x")

    def broken(_: bytes) -> bytes:
        raise RecursionError

    with monkeypatch.context() as patched:
        patched.setattr(dead_letters, "defuse", broken)
        assert [letter.subject for letter in letters(core.store)] == ["", ""]
    assert next(letters(core.store)).id == bad


def test_nothing_that_is_shown_commands_a_terminal(core: Core, parts: Parts, parser: ParserProcess) -> None:
    """Headers, text, subject, sender and error alike."""
    hostile = (
        f"From: {ESCAPES}<jo@example.com>\r\nSubject: {ESCAPES}Hi\r\nX-Odd: {ESCAPES}\r\n\r\n{ESCAPES}\tA\r\nB".encode()
    )
    message = parts.quarantine(hostile, error=f"boom {ESCAPES}")
    shown = opened(core.store, message, "cli:maya", parser)
    everything = shown.model_dump_json() + shown.text + shown.headers + shown.subject + shown.error + shown.sender
    assert not set("\x1b\x07\x9b\x00\x08\u202e") & set(everything)
    assert "\tA\nB" in shown.text
    assert "X-Odd: " in shown.headers
    assert printable("a\r\nb\u2028c\x85d\te") == "a\nb\nc\nd\te"


def test_message_is_shown_as_it_would_be_read(core: Core, parts: Parts, parser: ParserProcess) -> None:
    """Text out of HTML beside the headers as they came."""
    shown = opened(core.store, parts.quarantine(MAIL), "cli:maya", parser)
    assert (shown.text.strip(), shown.trouble) == ("They grind.", "")
    assert shown.headers.splitlines()[0] == "From: Jo Smith <jo.smith@example.com>"
    assert (shown.size, shown.attempts, shown.stage, shown.error) == (len(MAIL), 3, "parse", "boom")


def test_message_that_still_cannot_be_read_is_shown_as_it_came(core: Core, parts: Parts) -> None:
    """With why; a parser that is late or dies harms nobody here either. Long ones are cut."""
    message = parts.quarantine(MAIL + b"y" * 1_000_000)
    dying = ParserProcess(command=["false"])
    shown = opened(core.store, message, "cli:maya", dying)
    dying.close()
    assert "does not start" in shown.trouble
    assert shown.text.startswith("<p>They <b>grind</b>.</p>\nyyy")
    assert len(shown.text) == 200_000
    odd = opened(core.store, parts.quarantine(b"[not ours", channel="slack"), "cli:maya", dying)
    assert odd.text == "[not ours"
    assert odd.trouble.startswith("this is not what was stored of a Slack message")


def test_message_of_slack_is_shown_as_it_was_said(core: Core, parts: Parts, parser: ParserProcess) -> None:
    """Its words and who wrote them, not how it is stored; the name may stand where no e-mail is known."""
    said = {"message": {"text": f"Can you {ESCAPES} mend a gate?"}}
    content = [
        json.dumps({"about": about} | said).encode() for about in ({"email": "jo.smith@example.com"}, {"name": "Jo"})
    ]
    first, second = (parts.quarantine(each, channel="slack", mail_from=None) for each in content)
    cut = parts.quarantine(content[0][:20], channel="slack", mail_from=None)
    shown = opened(core.store, first, "cli:maya", parser)
    assert (shown.text.startswith("Can you "), shown.text.endswith("mend a gate?"), shown.trouble) == (True, True, "")
    assert not set("\x1b\x07\x9b\x00\x08\u202e") & set(shown.text)
    assert {letter.id: letter.sender for letter in letters(core.store)} == {
        first: "j***@example.com",
        second: "Jo",
        cut: "",
    }


def test_what_is_not_set_aside_is_not_shown(core: Core, parts: Parts, parser: ParserProcess) -> None:
    """This is no way to read everybody's mail."""
    with pytest.raises(GiveUp, match=r"^message 1 is not set aside; `leadbot dead-letters` lists those that are$"):
        opened(core.store, parts.accept(MAIL), "cli:maya", parser)


async def test_running_bot_is_asked(core: Core, parts: Parts, settings: Settings) -> None:
    """In pieces that it takes; without one the store is changed here, for the next start to find."""
    ids = [parts.quarantine() for _ in range(3)]
    desk = DeadLetterDesk(core.store.dead_letters, lambda: None)
    server = WebServer(
        control.create_app(core.search, lambda: 0, SampleCommands(samples_of(core)), desk), bind(settings.data_dir)
    )
    await server.start()
    with folder.locked(settings.data_dir), pytest.MonkeyPatch.context() as patch:
        patch.setattr(dead_letters, "AT_ONCE", 2)
        settled = await asyncio.to_thread(dead_letters.retry, settings, core.store, [*ids, 99], "cli:maya")
    await server.stop()
    assert settled == Settled(done=tuple(ids), refused={99: "there is no message 99"})
    alone = parts.quarantine()
    assert dead_letters.discard(settings, core.store, [alone], "cli:maya").done == (alone,)
    assert parts.state(alone) == MessageState.DISCARDED


def test_who_sits_at_the_command_line_is_not_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can set a variable; a user without a name has a number."""
    monkeypatch.setenv("USER", "somebody.else")
    monkeypatch.setenv("LOGNAME", "somebody.else")
    assert whoever().startswith("cli:")
    assert "somebody.else" not in whoever()
    monkeypatch.setattr(os, "getuid", lambda: 4_000_123)
    assert whoever() == "cli:4000123"
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd(("x" * 200, "", 0, 0, "", "", "")))
    assert whoever() == "cli:" + "x" * 60


@pytest.mark.parametrize(
    "sender", [f'"{ESCAPES}"@example.com', f"jo{ESCAPES}@example.com", '"jo smith"@example.com', "jo@[192.0.2.7]"]
)
def test_sender_is_masked_however_it_is_written(core: Core, parts: Parts, sender: str) -> None:
    """By header and by envelope; nothing in it commands a terminal."""
    parts.quarantine(f"From: {sender}\r\n\r\nx".encode(), mail_from=None)
    parts.quarantine(b"x", mail_from=sender)
    for letter in letters(core.store):
        assert not set("\x1b\x07\x9b\x00\x08\u202e\n") & set(letter.sender)
        assert "smith" not in letter.sender
        assert "jo@" not in letter.sender


def test_twenty_megabytes_of_rubbish_are_shown_short(core: Core, parts: Parts, parser: ParserProcess) -> None:
    """Whatever they are: one line, all headers, or bytes that are no text."""
    size = 20_000_000
    for content in (b"\xff\x1b[2J\0" * (size // 6), b"X: y\r\n" * (size // 6), b"Subject: " + b"z" * size):
        shown = opened(core.store, parts.quarantine(content), "cli:maya", parser)
        assert (len(shown.text) <= 200_000, len(shown.headers) <= 64_000) == (True, True)
        assert "\x1b" not in shown.text + shown.headers
        assert shown.size == len(content)
    assert len(list(letters(core.store))) == 3


def test_what_was_done_before_the_bot_went_away_is_said(
    core: Core, parts: Parts, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is named with the reason; when nothing was done, the reason is all."""
    first, second, third = (parts.quarantine() for _ in range(3))
    real = core.store.dead_letters.retry
    monkeypatch.setattr(dead_letters, "AT_ONCE", 1)

    def fails_after_the_first(_: object, ids: list[int], actor: str) -> Settled:
        if ids != [first]:
            raise RetryLater("the database is locked")
        return real(ids, actor)

    monkeypatch.setattr(DeadLetters, "retry", fails_after_the_first)
    settled = dead_letters.retry(settings, core.store, [first, second, third], "cli:maya")
    why = "the database is locked"
    assert settled == Settled(done=(first,), refused={second: why, third: why})
    with pytest.raises(RetryLater, match=why):
        dead_letters.retry(settings, core.store, [second], "cli:maya")
