"""A workspace process of its own that repeats what nobody took every second, where Slack waits a minute and five."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import pathlib, sys
from bot.workspace.options import Options
from bot.workspace.server import run
run("127.0.0.1", 0, pathlib.Path(sys.argv[1]), options=Options(retry_delays=(0.0, *[1.0] * 300)))
"""
READY = "workspace ready "


@contextlib.contextmanager
def quick_slack(folder: Path) -> Iterator[int]:
    """Its port; a bot that is told of it uses it and leaves it running."""
    command = [sys.executable, "-c", PROGRAM, str(folder / "slack")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(READY), line
            yield urlsplit(line.removeprefix(READY).strip()).port or 0
        finally:
            process.terminate()
