"""A disk that fills up under the running bot: mail is put off, nothing is lost, and it goes on when there is room."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.sending import HURRIED, Sender, failed, metric, said
from tests.servers.running_bot import RunningBot

SIZE = 160 * 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder whose data folder is a small disk of its own."""
    data = tmp_path / "data"
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(data)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: only root may")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


@pytest.fixture
def bot_in() -> Iterator[Callable[..., RunningBot]]:
    """Makes a bot in a folder; not started yet."""
    made: list[RunningBot] = []

    def make(folder: Path, **environment: str) -> RunningBot:
        made.append(RunningBot(folder, LEADBOT_SLACK_PER_SECOND="50", **environment))
        return made[-1]

    yield make
    for bot in made:
        bot.close()


def test_a_full_disk_loses_nothing_and_needs_no_restart(small_disk: Path, bot_in: Callable[..., RunningBot]) -> None:
    """To the last byte, with messages at work: 452 for the sender, and for each 250 one lead with one card."""
    bot = bot_in(small_disk, LEADBOT_MIN_FREE_DISK="0").start(HURRIED)
    sender, ballast = Sender(bot), small_disk / "data" / "ballast"
    for _ in range(40):
        assert sender.send() == 250
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk / "data").free - 60_000)
    assert sender.until(lambda code: code != 250)[-1] == 452
    assert [sender.send() for _ in range(5)] == [452] * 5
    assert failed(bot)["intake"].startswith("452: ")
    assert metric(bot, "leadbot_intake_paused") == 1
    ballast.unlink()
    sender.until(lambda code: code == 250)
    status = bot.settled(90)
    assert failed(bot) == {}
    assert metric(bot, "leadbot_intake_paused") == 0
    assert sorted(lead["contact"]["email"] for lead in bot.leads()) == sorted(sender.accepted)
    assert len(bot.cards()) == status["states"]["lead"] == status["received"] == len(sender.accepted)
    assert len(said(bot)) < 40, "a trouble that lasts is told of now and then, not for each mail"
    assert bot.stop() == 0


def test_mail_stops_before_the_disk_is_full(small_disk: Path, bot_in: Callable[..., RunningBot]) -> None:
    """Below the mark mail is put off while all else goes on; staff hear of it once, and once when it is over."""
    bot = bot_in(small_disk, LEADBOT_MIN_FREE_DISK="70MB").start(HURRIED)
    sender, ballast = Sender(bot), small_disk / "data" / "ballast"
    assert sender.send() == 250
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk / "data").free - 65_000_000)
    sender.until(lambda code: code == 452)
    assert failed(bot) == {
        "intake": f"452: disk nearly full, {metric(bot, 'leadbot_disk_free_bytes') / 1e6:.0f} MB free"
    }
    assert bot.settled()["states"]["lead"] == len(sender.accepted)

    def notices() -> list[str]:
        return [m["text"] for m in bot.messages() if "New mail" in m["text"]]

    (put_off,) = bot.wait_for(notices)
    assert put_off.startswith("⚠️ New mail is put off: disk nearly full, ")
    ballast.unlink()
    sender.until(lambda code: code == 250)
    bot.wait_for(lambda: len(notices()) == 2)
    assert notices()[1].startswith("✅ New mail is taken again, after ")
    assert failed(bot) == {}


def test_a_file_that_may_not_grow_puts_mail_off(tmp_path: Path, bot_in: Callable[..., RunningBot]) -> None:
    """As with a quota, which no look at the disk shows: the store's own word counts."""
    bot = bot_in(tmp_path).start(HURRIED, roles="ingest")
    assert bot.process is not None
    sender = Sender(bot)
    assert sender.send() == 250
    largest = max(path.stat().st_size for path in (tmp_path / "data").glob("leadbot.db*"))
    _, hard = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (largest + 100_000, hard))
    assert sender.until(lambda code: code != 250)[-1] == 452
    stored = bot.status()["received"]
    assert stored == len(sender.accepted)
    assert failed(bot) == {"intake": "452: the database has no room on its disk"}
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    sender.until(lambda code: code == 250)
    assert bot.status()["received"] == len(sender.accepted) == stored + 1
    assert failed(bot) == {}
