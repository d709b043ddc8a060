"""Requests over which Bolt itself stumbles, because a part of them is of a kind that Slack never sends.

They are acknowledged and left: Slack would only send them again, and nothing in them could be understood then either.
What fails in our own code stays unacknowledged, for that may be mended by the next try.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

log = structlog.get_logger(__name__)

_BOLT = "slack_bolt"


def is_bolts(error: BaseException) -> bool:
    """Whether it was raised in Bolt's own code and not in a listener of ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] == _BOLT


def left(error: BaseException) -> BoltResponse:
    """The answer to such a request; the log names the error alone, never what was sent."""
    log.warning("a request of Slack could not be read and was left", why=type(error).__name__)
    return BoltResponse(status=200, body="")


async def dispatched(app: AsyncApp, request: Callable[[], AsyncBoltRequest]) -> BoltResponse:
    """Bolt's answer; request: makes the request, over which Bolt may stumble already."""
    try:
        return await app.async_dispatch(request())
    except Exception as error:  # the transport must survive whatever comes over it
        if not is_bolts(error):
            raise
        return left(error)
