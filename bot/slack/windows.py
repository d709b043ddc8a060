"""Opens windows: Slack allows one for each press, within three seconds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.client import Slack, SlackRefused
from enrichment.errors import RetryLater


async def open_window(slack: Slack, trigger_id: str, view: Mapping[str, Any]) -> None:
    """Open it for who pressed. Raises RetryLater when it came too late, else as `Slack.call` does."""
    try:
        await slack.call("views.open", trigger_id=trigger_id, view=view)
    except SlackRefused as error:
        if "exchanged" in error.code:
            return  # the same press came twice, and the window is open
        if "trigger" not in error.code:
            raise
        raise RetryLater(f"the window could not be opened in time ({error.code}); please try again") from error
