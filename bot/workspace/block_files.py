"""Checks that a picture by file id is a picture of this workspace, which no table of rules can know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.workspace.block_kit import Problem
from bot.workspace.files import File

Json = dict[str, Any]


def check_files(blocks: Any, get: Callable[[str], File | None]) -> list[Problem]:
    """The pictures that are none. get: a file by its id."""
    if not isinstance(blocks, list):
        return []
    return [
        Problem("invalid slack file", f"{pointer}/slack_file")
        for pointer, image in _images(blocks)
        if not _is_picture(image["slack_file"], get)
    ]


def _images(blocks: list[Any]) -> Iterator[tuple[str, Json]]:
    for number, block in enumerate(blocks):
        if isinstance(block, dict):
            inner = block.get("elements")
            parts = [("", block), ("/accessory", block.get("accessory"))]
            parts += [(f"/elements/{n}", one) for n, one in enumerate(inner if isinstance(inner, list) else [])]
            for where, part in parts:
                if isinstance(part, dict) and part.get("type") == "image" and "slack_file" in part:
                    yield f"/blocks/{number}{where}", part


def _is_picture(given: Any, get: Callable[[str], File | None]) -> bool:
    if not isinstance(given, dict):
        return False
    file_id = given.get("id") or str(given.get("url", "")).rpartition("-")[2].partition("/")[0]
    file = get(str(file_id))
    return file is not None and file.shown
