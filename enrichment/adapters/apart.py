"""Blocking work in a thread of its own, which takes no place of the shared pool and keeps no program from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the work returns or raises. When this is cancelled the work goes on unheard, to the program's end at most.

    For requests that may hang for half a minute and are safe to repeat: who stops the bot must not wait for them.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # from here on a cancellation leaves it alone

    def run() -> None:
        try:
            done.set_result(work(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - whoever waits shall see it
            done.set_exception(error)

    threading.Thread(target=run, name="apart", daemon=True).start()
    return await asyncio.wrap_future(done)
