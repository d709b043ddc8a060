"""The package as the image installs it: a wheel of the copied files, unpacked beside nothing of this checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from tests.packaging.test_dockerfile import STAGES, copied

BUILD_BACKEND = Version("77")  # pyproject.toml's [build-system]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the image's second stage makes on its way to `pip install .`."""
    folder = tmp_path_factory.mktemp("wheel")
    copied(STAGES[1], folder / "build")
    # With the backend here, pip need not fetch one.
    here = Version(metadata.version("setuptools")) >= BUILD_BACKEND
    isolation = ["--no-build-isolation"] if here else []
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", *isolation, "-w", str(folder), "."]
    subprocess.run(command, cwd=folder / "build", check=True, capture_output=True, timeout=120)
    (made,) = folder.glob("leadbot-*.whl")
    return made


@pytest.fixture(scope="session")
def site(wheel: Path) -> Path:
    """The wheel's packages in a folder of their own, to be put before everything else on Python's path."""
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder
