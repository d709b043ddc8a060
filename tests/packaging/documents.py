"""Takes the commands and the files out of a page of docs/."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"(?:^    .*\n)+", re.MULTILINE)


class Page:
    """One page: its sections by their headings, and what stands in them as code."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / name).read_text(encoding="utf-8")

    def section(self, heading: str) -> str:
        """The text below a heading, up to the next one."""
        after = self.text.partition(f"# {heading}\n")[2]
        assert after, f"no section {heading}"
        return re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]

    def lines(self, heading: str = "") -> list[str]:
        """Every line of code, of one section or of the page."""
        text = self.section(heading) if heading else self.text
        return [line[4:] for block in _BLOCK.findall(text) for line in block.splitlines()]

    def files(self, heading: str) -> dict[str, str]:
        """What is to be written to each path: the block that follows the first mention of an absolute path."""
        found: dict[str, str] = {}
        path = ""
        for piece in re.split(r"((?:^    .*\n)+)", self.section(heading), flags=re.MULTILINE):
            if piece.startswith("    ") and path:
                found[path] = "".join(line[4:] for line in piece.splitlines(keepends=True))
                path = ""
            elif named := re.findall(r"(?:Add to|Write) `(/\S+)`", piece):
                path = named[-1]
        return found

    def only(self, heading: str, beginning: str) -> str:
        """The one line of code in a section that begins so."""
        (line,) = (line for line in self.lines(heading) if line.startswith(beginning))
        return line
