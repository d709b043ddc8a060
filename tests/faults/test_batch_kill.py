"""A backlog that piled up while Slack was away: hot leads first, each lead shown once, whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.running_bot import RunningBot, mail

BROKEN = str(Path(__file__).parent / "batch_broken.py")
COLD, HOT = 60, 5
POSTING = ("after_gather", "before_post", "after_post", "after_posted")
OPENING = ("after_open", "before_card", "after_card", "before_edit", "after_edit")
QUICK = {"LEADBOT_SLACK_PER_SECOND": "50"}


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with leads that were judged while no Slack was reached."""
    bot = RunningBot(tmp_path_factory.mktemp("backlog"), **QUICK)
    try:
        bot.start(roles="ingest,work")
        bot.send(*map(_cold, range(COLD)), *map(_hot, range(HOT)))
        bot.wait_for(lambda: bot.status()["states"]["lead"] == COLD + HOT, 60)
        assert bot.stop() == 0
    finally:
        bot.close()
    return bot.folder


def _cold(number: int) -> Any:
    words = f"Just curious about your prices for fence {number}, no rush, maybe next year."
    return mail(f"Cora {number} <cora{number}@fault.example>", f"Fence {number}", words)


def _hot(number: int) -> Any:
    words = f"Water is leaking through ceiling {number}, please come today. Call 212-555-01{number + 10}."
    return mail(f"Hilda {number} <hilda{number}@fault.example>", f"Leak {number}", words)


@pytest.fixture(scope="module")
def posted(waiting: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose leads are all shown, five of them by cards and sixty by two lists."""
    bot = _copy(waiting, tmp_path_factory.mktemp("posted"))
    try:
        bot.start()
        bot.wait_for(lambda: len(_lists(bot)) == 2, 40)
        bot.settled()
        assert bot.stop() == 0
    finally:
        bot.close()
    return bot.folder


def _copy(folder: Path, to: Path) -> RunningBot:
    shutil.copytree(folder / "data", to / "data", ignore=shutil.ignore_patterns("*.sock"))
    return RunningBot(to, **QUICK)


@pytest.fixture
def bot(waiting: Path, tmp_path: Path) -> Iterator[RunningBot]:
    """A bot with the backlog, not started."""
    made = _copy(waiting, tmp_path)
    yield made
    made.close()


@pytest.fixture
def done(posted: Path, tmp_path: Path) -> Iterator[RunningBot]:
    """A bot whose lists are posted, not started."""
    made = _copy(posted, tmp_path)
    yield made
    made.close()


def _lists(bot: RunningBot) -> list[dict[str, Any]]:
    return [m for m in bot.messages() if "in one list" in m["text"]]


def _rows(message: dict[str, Any]) -> list[int]:
    """The leads that this message shows as rows."""
    ids = (str(block.get("block_id", "")) for block in message["blocks"])
    return [int(found[1]) for found in map(re.compile(r"lead:(\d+)").fullmatch, ids) if found]


def _cards(bot: RunningBot) -> list[int]:
    return [int(found[1]) for m in bot.cards() if (found := re.search(r"\(L-(\d+)\)$", m["text"]))]


def _assert_each_shown_once(bot: RunningBot, own: int = HOT) -> None:
    """All leads, `own` of them by cards of their own, none twice; and nobody is behind."""
    bot.settled()
    cards, rows = _cards(bot), [lead_id for message in _lists(bot) for lead_id in _rows(message)]
    assert sorted([*cards, *rows]) == list(range(1, COLD + HOT + 1))
    assert len(cards) == own
    assert len(_lists(bot)) == 2
    assert all(len([text for text in bot.thread(card) if text.startswith("Why")]) == 1 for card in bot.cards())


def _dies(bot: RunningBot, point: str, meanwhile: Callable[[], object]) -> None:
    """Start the bot so that it is killed at this point; it may be before it says that it is ready."""
    try:
        bot.start((BROKEN, point))
    except AssertionError as error:
        if "ended with -9" not in str(error):
            raise
        return
    meanwhile()
    bot.wait_for(lambda: bot.process is not None and bot.process.poll() is not None, 40)


def _open(bot: RunningBot) -> None:
    """Press the button of the first row; the bot may die over it."""
    message = bot.wait_for(lambda: _lists(bot))[0]
    with contextlib.suppress(httpx.HTTPError):
        bot.click(message, f"lead_open:{_rows(message)[0]}")


def test_a_backlog_is_shown_hot_first_and_opened_from_its_list(bot: RunningBot) -> None:
    """Sixty cold and five hot leads: five cards, two lists; opening one gives it a card and a thread, once."""
    bot.start()
    bot.wait_for(lambda: len(_lists(bot)) == 2, 40)
    _assert_each_shown_once(bot)
    roots = [m for m in bot.messages() if m["thread_ts"] is None and m["user"] == bot.cards()[0]["user"]]
    assert ["🔴" in m["text"] for m in roots] == [True] * HOT + [False] * 2
    ranks = [next(lead for lead in bot.leads() if lead["id"] == f"L-{number}") for number in _rows(roots[-2])[:1]]
    assert ranks[0]["urgency_label"] == "cold"
    _open(bot)
    bot.wait_for(lambda: len(bot.cards()) == HOT + 1)
    _assert_each_shown_once(bot, HOT + 1)
    assert bot.stop() == 0
    bot.start()
    _assert_each_shown_once(bot, HOT + 1)


@pytest.mark.parametrize("point", POSTING)
def test_a_kill_around_the_post_leaves_each_lead_in_one_place(bot: RunningBot, point: str) -> None:
    """The same batch is found again, and its card is posted once."""
    _dies(bot, point, lambda: None)
    bot.start()
    bot.wait_for(lambda: len(_lists(bot)) == 2, 40)
    _assert_each_shown_once(bot)


@pytest.mark.parametrize("point", OPENING)
def test_a_kill_around_an_opening_leaves_each_lead_in_one_place(done: RunningBot, point: str) -> None:
    """The lead's own card comes once, and its row says so."""
    _dies(done, point, lambda: _open(done))
    done.start()
    done.wait_for(lambda: len(done.cards()) == HOT + 1, 40)
    _assert_each_shown_once(done, HOT + 1)
