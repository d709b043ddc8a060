"""Books that do not balance are an error wherever somebody looks."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

import httpx

from tests.servers.running_bot import RunningBot, mail


def _ledger(bot: RunningBot) -> tuple[int, str]:
    answer = httpx.get(f"{bot.http}/readyz", timeout=20)
    (check,) = [check for check in answer.json() if check["name"] == "ledger"]
    return answer.status_code, check["detail"]


def _change(bot: RunningBot, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(bot.folder / "data" / "leadbot.db", timeout=20)) as connection, connection:
        connection.execute(statement)


def test_message_that_is_in_no_state_is_an_error_everywhere(fresh_bot: Callable[..., RunningBot]) -> None:
    """`status` ends with 1, the monitor gets 503, `/lead status` says it; mended, all is well again."""
    bot = fresh_bot().start()
    bot.send(mail("Ann <ann@books.example>", "Fence", "How much is a new fence?"))
    bot.settled()
    assert _ledger(bot) == (200, "1 messages, each in one state")
    _change(bot, "UPDATE messages SET state = 'nowhere'")
    told = bot.cli("status")
    assert (told.returncode, "ERROR smtp: the states do not add up" in told.stdout) == (1, True)
    assert "ERROR: 0 messages ended as leads, but there are 1 leads" in told.stdout
    assert not bot.status()["balanced"]
    assert _ledger(bot) == (503, "the books of smtp, leads do not balance")
    assert "ERROR smtp: the states do not add up" in bot.command("status")
    assert "leadbot_ledger_balanced 0.0" in httpx.get(f"{bot.http}/metrics", timeout=20).text
    _change(bot, "UPDATE messages SET state = 'lead'")
    assert bot.cli("status").returncode == 0
    assert _ledger(bot)[0] == 200
