"""`make model` does its work once, and says what it does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from enrichment.adapters import model_folder as folders

ROOT = Path(__file__).parent.parent.parent


def make_model(name: str) -> subprocess.CompletedProcess[str]:
    """Run `make model` for a model's name, as from a terminal even when these tests were started by make."""
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {key: value for key, value in os.environ.items() if key not in outer} | {"EMBEDDING_MODEL": name}
    return subprocess.run(
        ["make", "model"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_second_export_does_nothing(model_folder: Path) -> None:
    """When the wanted model is there and whole, nothing is written or said."""
    before = (model_folder / folders.CARD).stat()
    result = make_model(folders.read_card(model_folder).name)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (model_folder / folders.CARD).stat() == before


def test_another_model_has_to_be_exported(model_folder: Path) -> None:
    """The check says yes to the model that is there, and no to another name, a damaged folder or none."""
    name = folders.read_card(model_folder).name
    assert folders.main(name, str(model_folder)) == 0
    assert folders.main("another-model", str(model_folder)) == 1
    assert folders.main(name, str(model_folder / "nowhere")) == 1


@pytest.mark.parametrize(("quiet", "shown"), [("", "no wheel here"), ("yes", "")])
def test_step_shows_why_it_failed(quiet: str, shown: str) -> None:
    """A step ends with the command's own status, and shows its last words unless a failure was expected."""
    script = f"cd {ROOT}; . .ci/steps.sh; step_quiet={quiet}; step 'try this' sh -c 'echo no wheel here >&2; exit 3'"
    result = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 3
    assert result.stderr.splitlines() == ["try this ...", "try this: no", *([shown] if shown else [])]
