"""What a person's action hands to the bot: a trigger to open a view with, and a URL to answer at."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.workspace.errors import SlackError
from bot.workspace.options import Options
from bot.workspace.store import Message

REMEMBERED = 1000


@dataclass(slots=True)
class Trigger:
    """user: who acted. view_id: the view they acted in, None outside of views."""

    user: str
    view_id: str | None
    expires: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where the bot may answer an action. original: the message that was acted on, if any."""

    id: str
    user: str
    channel: str
    original: Message | None
    expires: float
    uses_left: int


class Interactions:
    """The triggers and response URLs given out; kept in memory, as Slack's outlive no restart worth mentioning."""

    def __init__(self, options: Options, now: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._now = now
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, view_id: str | None = None) -> str:
        """A new trigger id."""
        trigger_id = f"{time.time_ns() // 1000}.1.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, view_id, self._now() + self._options.trigger_lifetime)
        _forget_oldest(self._triggers)
        return trigger_id

    def redeem(self, trigger_id: object) -> Trigger:
        """Use a trigger up. Raises SlackError when it is unknown, used or too old."""
        trigger = self._triggers.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._now() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(self, user: str, channel: str, original: Message | None = None) -> ResponseUrl:
        """A new place to answer at."""
        lifetime, uses = self._options.response_url_lifetime, self._options.response_url_uses
        url = ResponseUrl(secrets.token_urlsafe(24), user, channel, original, self._now() + lifetime, uses)
        self._urls[url.id] = url
        _forget_oldest(self._urls)
        return url

    def use(self, url_id: str) -> ResponseUrl:
        """Count one use of a response URL. Raises SlackError when it is unknown, too old or used up."""
        url = self._urls.get(url_id)
        if url is None:
            raise SlackError("no_service")
        if self._now() > url.expires:
            raise SlackError("expired_url")
        if url.uses_left < 1:
            raise SlackError("used_url")
        url.uses_left -= 1
        return url


def _forget_oldest(given_out: dict[str, Any]) -> None:
    while len(given_out) > REMEMBERED:
        del given_out[next(iter(given_out))]
