"""Logs: one JSON object a line, and nothing in them that names a person or opens a door."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import logs
from bot.logs import masked


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    former = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in logs._QUIET}
    out = io.StringIO()
    yield out
    root.handlers, root.level = former
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


def written(out: io.StringIO) -> list[dict[str, Any]]:
    """The entries."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from jo@example.com", "from j***@example.com"),
        ("from <jo.smith+tag@mail.example.co.uk>", "from <j***@mail.example.co.uk>"),
        ("o'neil!x=y@example.com", "o***@example.com"),
        ("bounce+jo=home.example@list.example", "b***@list.example"),
        ('"jo smith"@example.com', "j***@example.com"),
        ("jo@[192.0.2.7]", "j***@[192.0.2.7]"),
        ("From: =?utf-8?q?Jo?= jo=40mail.example.com", "From: =?utf-8?q?Jo?= j***=40mail.example.com"),
        ("mailto:jo%40example.com", "mailto:j***%40example.com"),
        ("+13035550100: he said", "***00: he said"),
        ("call 303-555-0100- now", "call ***00- now"),
        ("müller@bücher.example", "m***@bücher.example"),
        ("call +1 (303) 555-0100 now", "call ***00 now"),
        ("call 0303 5550100", "call ***00"),
        ("tel:+13035550100", "tel:***00"),
        ("(303) 555-0100", "***00"),
        ("xoxb-12-34-abcdef", "xoxb-***"),
        ("xapp-1-A0-12-abcdef", "xapp-***"),
        ("key patABCDEFGHIJKLMN.0123456789abcdef0123", "key pat-***"),
        ("postgresql://bot:hunter2@db:5432/leadbot", "postgresql://bot:***@db:5432/leadbot"),
        ("wss://wss.slack.com/link/?ticket=abc-def&app_id=1", "wss://wss.slack.com/link/?ticket=***&app_id=1"),
        ("https://hooks.slack.com/commands/T1/2/xyz", "https://hooks.slack.com/commands/***"),
    ],
)
def test_what_names_a_person_or_opens_a_door_is_masked(text: str, shown: str) -> None:
    """Enough is left to tell two of them apart."""
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "listening on 127.0.0.1:2525",
        "from 192.168.100.200",
        "at 2026-11-10 15:00",
        "from 192.168.100.200:25000 at 2026-11-10T15:00:00.123456+00:00",
        "message 12345, lead L-1042",
        "ready in 0.25 s",
        "size=4096 rate=40.5 limit=4001.5",
        "http://127.0.0.1:8025/archives/C0LEADS",
        "T0LOCAL C0LEADS 1794322800.000100",
        "5f1c9a30-1234-4b6e-9e01-123456789012",
        "patience, pattern, pathological_cases",
    ],
)
def test_what_names_nobody_is_left(text: str) -> None:
    """Addresses of machines, times, our own numbers."""
    assert masked(text) == text


def test_entry_is_one_line_of_json(lines: io.StringIO) -> None:
    """Ours and the libraries', with time, level and logger, masked at any depth and in any type."""
    logs.set_up("info", lines)
    structlog.get_logger("bot.test").info(
        "mail of jo@example.com",
        to=["ann@example.com"],
        more={"bo@example.com": ("x", 7)},
        error=ValueError("cy@example.com"),
    )
    logging.getLogger("some.library").warning("sent to %s", "di@example.com")
    ours, theirs = written(lines)
    assert (ours["level"], ours["logger"], ours["event"]) == ("info", "bot.test", "mail of j***@example.com")
    assert ours["to"] == ["a***@example.com"]
    assert ours["more"] == {"b***@example.com": ["x", 7]}
    assert ours["error"] == "c***@example.com"
    assert theirs["event"] == "sent to d***@example.com"
    assert ours["timestamp"].endswith("Z")


def test_traceback_is_masked_and_keeps_its_end(lines: io.StringIO) -> None:
    """Of our own errors and the libraries'; the end says what happened."""

    def deep(levels: int) -> None:
        if not levels:
            raise ValueError("no such person: jo@example.com")
        deep(levels - 1)

    logs.set_up("info", lines)
    for logger in (structlog.get_logger("bot.test"), logging.getLogger("some.library")):
        try:
            deep(150)
        except ValueError:
            logger.exception("it failed")
    for entry in written(lines):
        assert entry["exception"].endswith("ValueError: no such person: j***@example.com")
        assert len(entry["exception"]) <= 8100


@pytest.mark.parametrize("thread", [False, True])
def test_what_nobody_caught_is_masked_too(thread: bool) -> None:
    """In the main thread, where the program ends with it, and in any other; warnings as well."""
    fault = "def fail(): raise ValueError('no such person: jo@example.com, 303-555-0100')"
    end = "t = threading.Thread(target=fail); t.start(); t.join()" if thread else "fail()"
    start = "import threading, warnings\nfrom bot import logs\nlogs.set_up('info')\nlogs.take_uncaught()"
    program = f"{start}\nwarnings.warn('odd: ann@example.com')\n{fault}\n{end}"
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert ended.returncode == int(not thread)
    warned, entry = [json.loads(line) for line in ended.stderr.splitlines()]
    assert "odd: a***@example.com" in warned["event"]
    assert entry["level"] == "critical"
    assert entry["exception"].endswith("ValueError: no such person: j***@example.com, ***00")


def test_longest_entry_is_bounded(lines: io.StringIO) -> None:
    """Whoever logs a whole mail."""
    logs.set_up("info", lines)
    structlog.get_logger("bot.test").info("x" * 100_000, text="1" * 100_000)
    assert len(lines.getvalue()) < 5000


def test_levels(lines: io.StringIO) -> None:
    """What is below the level is not logged, nor the small talk of libraries at any level."""
    logs.set_up("warning", lines)
    structlog.get_logger("bot.test").info("quiet")
    assert written(lines) == []
    logs.set_up("debug", lines)
    for name in ("slack_sdk.web", "httpx", "mail.log", "dbos", "slack_bolt.AsyncApp"):
        logging.getLogger(name).info("token xoxb-1-secretword to jo@example.com")
    logging.getLogger("slack_sdk.web").warning("heard")
    structlog.get_logger("bot.test").debug("said")
    assert [entry["event"] for entry in written(lines)] == ["heard", "said"]


def test_terminal_gets_words_for_people(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Masked all the same."""
    monkeypatch.setattr(lines, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", lines)
    logs.set_up("info")
    structlog.get_logger("bot.test").info("mail", sender="jo@example.com")
    assert "j***@example.com" in lines.getvalue()
    assert not lines.getvalue().startswith("{")
