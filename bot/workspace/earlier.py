"""Messages as they were before their last edits: until a page has drawn an edit, people press what stood there."""

from __future__ import annotations

import time
from typing import Any

from bot.workspace.store import Message

SECONDS = 10.0
KEPT = 200
Json = dict[str, Any]


class Earlier:
    """The blocks of the versions that were edited last, the last one at the end."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, str, str], list[Json]] = {}

    def keep(self, message: Message) -> None:
        """Remember this version, which is about to be edited."""
        key = (message.channel, message.ts, _edited(message))
        self._blocks.pop(key, None)
        self._blocks[key] = message.body.get("blocks", [])
        if len(self._blocks) > KEPT:
            del self._blocks[next(iter(self._blocks))]

    def of(self, message: Message) -> list[list[Json]]:
        """The blocks of earlier versions of a message, newest first; none when its last edit was some seconds ago."""
        edited = _edited(message)
        if not edited or time.time() - float(edited) > SECONDS:
            return []
        where = (message.channel, message.ts)
        return [blocks for key, blocks in reversed(self._blocks.items()) if key[:2] == where and key[2] != edited]


def _edited(message: Message) -> str:
    return str((message.body.get("edited") or {}).get("ts", ""))
