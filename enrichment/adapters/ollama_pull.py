"""Downloads a model through Ollama, which keeps what it has: a download that broke off goes on where it stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from enrichment.adapters.ollama_http import Connection, Limits, Record, one_line
from enrichment.adapters.ollama_state import refuse_cloud
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater

# Ollama checks gigabytes in silence before it says "success".
PATIENCE = Limits(first=300.0, stall=300.0)
AGAIN = "type the command again, it goes on where it stopped"

# (what is being done, bytes in all, bytes done); 0, 0 when there is nothing to count.
Progress = Callable[[str, int, int], None]


async def pull(connection: Connection, model: str, progress: Progress) -> None:
    """Download the model. Raises NeedsPerson (no such model, disk full) or RetryLater (the network) in one line."""
    refuse_cloud(connection.host, model)
    request = connection.records("POST", "/api/pull", {"model": model, "stream": True}, PATIENCE)
    async with contextlib.aclosing(request) as records:
        async for record in records:
            if "error" in record:
                raise _translated(model, one_line(str(record["error"])))
            status = one_line(str(record.get("status", "")))
            progress(status, _bytes(record, "total"), _bytes(record, "completed"))
            if status == "success":
                return
    raise RetryLater(f"the download of {model} broke off: {AGAIN}")


def _bytes(record: Record, name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _translated(model: str, said: str) -> LeadbotError:
    """Ollama's words for what went wrong, with what to do."""
    if "file does not exist" in said or "not found" in said:
        return NeedsPerson(f"there is no model {model}: see https://ollama.com/library for the names")
    if "no space left" in said:
        return NeedsPerson(f"the disk is full: free some space, then {AGAIN}")
    if "newer version" in said:
        return NeedsPerson(f"{model} needs a newer Ollama: update it from https://ollama.com/download")
    return RetryLater(f"Ollama cannot download {model} ({said}): {AGAIN}")
