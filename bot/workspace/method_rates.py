"""How often the bot may call each method: Slack's tiers, its own rates of posting and editing, and small histories."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.workspace.options import Options
from bot.workspace.rate import Rate

TIER_2, TIER_3, TIER_4 = 20, 50, 100  # calls a minute
# chat.postMessage and chat.update have their own rate in each channel; a method that is not named has no limit here.
TIERS: dict[str, int] = {
    "chat.delete": TIER_3,
    "chat.postEphemeral": TIER_4,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "reactions.add": TIER_3,
    "reactions.get": TIER_3,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}
SMALL_HISTORIES = frozenset({"conversations.history", "conversations.replies"})


class MethodRates:
    """Counts the calls. posts, updates: by channel, taken by those methods when nothing else is wrong."""

    def __init__(self, options: Options, now: Callable[[], float] = time.monotonic) -> None:
        self.posts = Rate(options.messages_per_second, options.burst, now)
        self.updates = Rate.per_minute(options.updates_per_minute, now)
        faster = options.messages_per_second
        self._methods = {name: Rate.per_minute(calls * faster, now) for name, calls in TIERS.items()}
        if options.small_history:
            self._methods |= {name: Rate.per_minute(1, now) for name in SMALL_HISTORIES}

    def take(self, method: str) -> None:
        """Count one call. Raises SlackError `ratelimited` when it comes too early."""
        if (rate := self._methods.get(method)) is not None:
            rate.take(method)
