# ruff: noqa: INP001 - a script, not a package
"""Prints what pyproject.toml asks for, a line each: the dependencies, or those of the extra named as the argument."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
wanted = project["optional-dependencies"][sys.argv[1]] if len(sys.argv) > 1 else project["dependencies"]
print("\n".join(wanted))  # noqa: T201 - its output is its purpose
