"""The promise, under everything that can break: what was accepted is stored, shown and written exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import report, run
from tests.faults.schedule import KINDS

SHORT = report.Plan(seed=20261121, mails=150, kills=8)


@pytest.mark.usefixtures("model_folder")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # half of a mail is a connection that nobody closes
def test_nothing_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    """A short run; `make faults` is a long one."""
    accounts, world = run.run(SHORT, tmp_path, every=0)
    told = report.table(SHORT, accounts, world, 0)
    assert accounts.good, told
    assert accounts.accepted == accounts.sent == SHORT.mails
    assert [kind for kind in KINDS if not world.happened[kind]] == []
    assert world.happened["kill -9"] >= SHORT.kills
