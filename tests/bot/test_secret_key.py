"""The installation's secret: made once, kept, and never half written."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.secret_key import FILE, derived
from enrichment.errors import StartupError


def test_it_is_made_once_and_only_we_may_read_it(tmp_path: Path) -> None:
    """The same key after a restart; another for each purpose."""
    key = derived(None, tmp_path, "answers")
    assert (len(key), derived(None, tmp_path, "answers")) == (32, key)
    assert derived(None, tmp_path, "tokens") != key
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_processes_that_begin_at_once_have_one_key(tmp_path: Path) -> None:
    """Whoever is second takes what the first has made."""
    for round_number in range(20):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(lambda _: derived(None, folder, "answers"), range(4)))) == 1  # noqa: B023


def test_the_owner_s_own_secret_needs_no_file(tmp_path: Path) -> None:
    """Several workers share one by the setting."""
    own = "9f86d081884c7d659a2feaa0c55ad015"
    assert derived(own, tmp_path / "a", "answers") == derived(own, tmp_path / "b", "answers")
    with pytest.raises(StartupError, match="LEADBOT_SECRET_KEY: at least 32"):
        derived("short", tmp_path, "answers")


@pytest.mark.parametrize("content", [b"", b"half a k", b"\xff" * 64])
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    """And left as it is: a new one would cut every answer off from its lead."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StartupError, match=r"secret\.key"):
        derived(None, tmp_path, "answers")
    assert (tmp_path / FILE).read_bytes() == content
