"""What is installed is all that the code reads: no table, page or migration is left behind in the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

from tests.packaging.dockerfile import context

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("bot", "channels", "enrichment")


def _inside(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _in_checkout(*, python: bool) -> set[str]:
    """The files below our packages, of Python or of anything else."""
    rules = "*\n" + "".join(f"!{name}/\n" for name in PACKAGES) + "**/__pycache__\n**/.*\n"
    return {path for path in context(ROOT, rules) if path.endswith(".py") == python}


def test_every_data_file_is_in_the_wheel(wheel: Path) -> None:
    """A new table, page or sample needs its pattern under [tool.setuptools.package-data]."""
    left_behind = _in_checkout(python=False) - _inside(wheel)
    assert not left_behind, f"pyproject.toml's package-data lacks {sorted(left_behind)}"


def test_every_module_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    """No folder lacks its __init__.py, and no test or script is installed by mistake."""
    inside = {path for path in _inside(wheel) if path.endswith(".py")}
    assert inside == _in_checkout(python=True)


def test_licence_and_notice_are_in_the_wheel(wheel: Path) -> None:
    """They go where the package goes."""
    names = {path.rpartition("/")[2] for path in _inside(wheel) if ".dist-info/licenses/" in path}
    assert names == {"LICENSE", "NOTICE"}


def test_the_command_is_the_command_line(wheel: Path) -> None:
    """`leadbot`, the image's entry point, is what the wheel installs."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (path for path in archive.namelist() if path.endswith("entry_points.txt"))
        parser = ConfigParser()
        parser.read_string(archive.read(name).decode())
    assert dict(parser["console_scripts"]) == {"leadbot": "bot.cli:main"}


def test_the_installed_package_runs_without_the_checkout(site: Path, tmp_path: Path) -> None:
    """Its own files are imported, and they are enough for every command to be listed and the tables to be read."""
    program = (
        "import bot, channels, enrichment, sys; from bot.cli import main\n"
        f"assert all(m.__file__.startswith({str(site)!r}) for m in (bot, channels, enrichment))\n"
        "main()"
    )
    for arguments, told in (
        (["--help"], "similar"),
        (["analyze", "--json", "Our boiler leaks, please come"], '"quote"'),
    ):
        result = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=os.environ | {"PYTHONPATH": str(site), "LEADBOT_DATA_DIR": str(tmp_path / "data")},
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (0, ""), arguments
        assert told in result.stdout
