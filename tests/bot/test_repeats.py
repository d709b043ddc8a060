"""A trouble that lasts does not fill the log."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from bot import logs
from bot.repeats import MOST, SECONDS, Repeats


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


def record(words: str, level: int = logging.WARNING, name: str = "dbos") -> logging.LogRecord:
    """A line of a library."""
    return logging.LogRecord(name, level, "file.py", 1, words, None, None)


def test_the_same_warning_passes_once_a_minute() -> None:
    """Another one, or one of another logger, is not held up by it."""
    time = Time()
    repeats = Repeats(time)
    assert [repeats.filter(record("locked")) for _ in range(3)] == [True, False, False]
    assert repeats.filter(record("full"))
    assert repeats.filter(record("locked", name="other"))
    time.now += SECONDS - 1
    assert not repeats.filter(record("locked"))
    time.now += 1
    assert [repeats.filter(record("locked")) for _ in range(2)] == [True, False]


def test_ordinary_lines_always_pass() -> None:
    """What is no trouble is no flood of ours."""
    repeats = Repeats(Time())
    assert [repeats.filter(record("connected", logging.INFO)) for _ in range(3)] == [True] * 3


def test_how_many_were_left_out_is_said() -> None:
    """By the next line like them."""
    time = Time()
    repeats = Repeats(time)

    def line() -> logging.LogRecord:
        made = record("")
        fields: Any = {"event": "view waits", "timestamp": str(time.now)}  # as structlog does
        made.msg = fields
        return made

    passed: list[Any] = []
    for _ in range(130):
        time.now += 1
        said = line()
        if repeats.filter(said):
            passed.append(said.msg)
    assert [entry.get("left_out") for entry in passed] == [None, 59, 59]


def test_memory_is_bounded() -> None:
    """Whatever there is to say."""
    repeats = Repeats(Time())
    for number in range(3 * MOST):
        assert repeats.filter(record(f"trouble {number}"))
    assert len(repeats._said) == MOST


def _write() -> None:
    raise OSError("disk full at jo@customer.example")


@pytest.mark.parametrize("ours", [True, False])
def test_the_running_bot_s_log_is_kept_short(ours: bool) -> None:
    """Our own lines, and with its traceback an exception of a library; what differs is all there, masked."""
    out = io.StringIO()
    logs.set_up("info", out)
    log = structlog.get_logger("bot.service") if ours else logging.getLogger("dbos")
    for number in range(20):
        try:
            _write()
        except OSError:
            log.exception("failed")
        log.warning(" ".join(("message", str(number), "of jo@customer.example")))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines if line["event"] == "failed"] == ["failed"]
    assert len(lines) == 21
    assert "jo@customer" not in out.getvalue()
