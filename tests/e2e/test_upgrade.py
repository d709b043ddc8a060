"""A newer version on the folder of an older one that was killed with its hands full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

import bot as present
from bot.workflow import CONCURRENCY
from tests.servers.running_bot import RunningBot, mail

OLDER = str(Path(__file__).parent.parent / "faults" / "older.py")
VERSION = "0.0.1"
MAILS = 50


def _flows(bot: RunningBot) -> Counter[tuple[str, str]]:
    """(state, version) of every workflow of a message."""
    url = bot.environment.get("LEADBOT_DATABASE_URL") or f"sqlite:///{bot.folder}/data/leadbot.db"
    schema = "dbos." if url.startswith("postgresql") else ""
    engine = sa.create_engine(url)
    query = f"SELECT status, application_version FROM {schema}workflow_status WHERE workflow_uuid LIKE 'message:%'"
    try:
        with engine.connect() as connection:
            return Counter((row[0], row[1]) for row in connection.execute(sa.text(query)))
    finally:
        engine.dispose()


def _over_an_upgrade(bot: RunningBot, mails: int) -> None:
    bot.start((OLDER, VERSION))
    for number in range(mails):
        words = f"Water is leaking through ceiling {number}, please come today. Call me as soon as you can."
        bot.send(mail(f"Customer {number} <c{number}@upgrade.example>", f"Leak {number}", words))
    stuck = {("PENDING", VERSION): CONCURRENCY, ("ENQUEUED", VERSION): mails - CONCURRENCY}
    bot.wait_for(lambda: _flows(bot) == stuck or None)
    assert bot.status()["states"]["in_progress"] == mails
    bot.kill()
    bot.start()
    status = bot.settled()
    assert status["balanced"]
    assert {state: count for state, count in status["states"].items() if count} == {"lead": mails}
    wanted = sorted(f"c{number}@upgrade.example" for number in range(mails))
    assert sorted(lead["contact"]["email"] for lead in bot.leads()) == wanted
    shown = Counter(card["text"].split("(L-")[1].split(")")[0] for card in bot.cards())
    assert (len(shown), set(shown.values())) == (mails, {1})
    assert _flows(bot) == {("CANCELLED", VERSION): mails, ("SUCCESS", present.__version__): mails}
    assert bot.stop() == 0


def test_what_an_older_version_left_unfinished_is_finished_by_the_present_one(
    fresh_bot: Callable[..., RunningBot],
) -> None:
    """Some in the middle of a stage, the rest waiting: each becomes one lead with one card, under its next attempt."""
    _over_an_upgrade(fresh_bot(), MAILS)


def test_the_same_on_postgresql(fresh_bot: Callable[..., RunningBot], postgres_url: str) -> None:
    """One code path."""
    _over_an_upgrade(fresh_bot(LEADBOT_DATABASE_URL=postgres_url), CONCURRENCY + 4)
