"""What can be set on a workspace; the defaults are Slack's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.workspace.identity import SIGNING_SECRET

MAX_BODY_BYTES = 1_000_000
MAX_SOCKETS = 10  # Slack's limit of Socket Mode connections for one app
MAX_STREAMS = 100
MAX_FILE_BYTES = 20_000_000
UPDATES_PER_MINUTE = 50


@dataclass(frozen=True, slots=True)
class Options:
    """Times in seconds.

    messages_per_second, burst: chat.postMessage in one channel; the rates of all other methods grow with the
    first, so that one setting makes the workspace faster. ack_timeout: how long an envelope waits for its ack.
    retry_delays: when an unacked event is sent again. quiet, longest_wait: when a control request stops waiting.
    slow_seconds: how late the fault "slow" answers. hosts: further names it is reached by, "name" or "name:port".
    manifest: what the bot's app is installed with until it tells itself; None lets it do everything.
    small_history: conversations.history and .replies as for apps sold outside of Slack's marketplace.
    request_url: where events, interactions and commands are posted (HTTP mode); "" sends them over sockets.
    """

    messages_per_second: float = 1.0
    burst: int = 10
    ack_timeout: float = 3.0
    trigger_lifetime: float = 3.0
    response_url_lifetime: float = 1800.0
    response_url_uses: int = 5
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    quiet: float = 1.0
    longest_wait: float = 10.0
    slow_seconds: float = 5.0
    hosts: tuple[str, ...] = ()
    manifest: Mapping[str, Any] | None = None
    small_history: bool = False
    request_url: str = ""
    signing_secret: str = SIGNING_SECRET

    @property
    def updates_per_minute(self) -> float:
        """chat.update in one channel; a minute's worth may come at once."""
        return UPDATES_PER_MINUTE * self.messages_per_second
