"""What the bot's app is installed with: the scopes, events, commands and shortcuts of its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
# What an app may have that is installed with no manifest.
ALL_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "reactions:write",
    "users:read",
)

# The scope that Slack asks for before it takes a subscription; an event that is not named needs none.
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.im": "im:history",
}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of the app's own in a menu. kind: global (anywhere) or message (on one message)."""

    name: str
    kind: Literal["global", "message"]
    callback_id: str
    description: str

    def told(self) -> Json:
        """As the page reads it: {"name", "type", "callback_id", "description"}."""
        return {
            "name": self.name,
            "type": self.kind,
            "callback_id": self.callback_id,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class App:
    """An installation. With no manifest it is an app that may do everything; each None means "all that there are"."""

    scopes: frozenset[str] | None = None
    events: frozenset[str] | None = None
    commands: frozenset[str] | None = None
    shortcuts: tuple[Shortcut, ...] = ()
    any_shortcut: bool = True
    home: bool = True
    read_only: bool = False

    @classmethod
    def installed(cls, manifest: Mapping[str, Any] | None) -> App:
        """What a manifest allows. Raises ValueError when it is none."""
        if manifest is None:
            return cls()
        features, settings = _part(manifest, "features"), _part(manifest, "settings")
        home = _part(features, "app_home")
        return cls(
            scopes=_names(_part(_part(manifest, "oauth_config"), "scopes").get("bot") or ()),
            events=_names(_part(settings, "event_subscriptions").get("bot_events") or ()),
            commands=_names(one.get("command") for one in _rows(features, "slash_commands")),
            shortcuts=tuple(_shortcut(one) for one in _rows(features, "shortcuts")),
            any_shortcut=False,
            home=bool(home.get("home_tab_enabled")),
            read_only=bool(home.get("messages_tab_read_only_enabled")),
        )

    def may(self, scope: str) -> bool:
        """Whether the token has this scope."""
        return self.scopes is None or scope in self.scopes

    def provided(self) -> str:
        """The scopes as the header x-oauth-scopes and a refusal tell them."""
        return ",".join(sorted(ALL_SCOPES if self.scopes is None else self.scopes))

    def hears(self, event: str) -> bool:
        """Whether the app subscribed to this event, and may."""
        scope = EVENT_SCOPES.get(event)
        return (self.events is None or event in self.events) and (scope is None or self.may(scope))

    def answers(self, command: str) -> bool:
        """Whether there is such a slash command."""
        return self.commands is None or command in self.commands

    def shortcut(self, callback_id: str, kind: str) -> bool:
        """Whether there is such a shortcut."""
        return self.any_shortcut or any((one.callback_id, one.kind) == (callback_id, kind) for one in self.shortcuts)


def _part(whole: Mapping[str, Any], name: str) -> Json:
    part = whole.get(name) or {}
    if not isinstance(part, dict):
        raise ValueError(f"{name} of the manifest must be an object")  # noqa: TRY004 - one error for a bad manifest
    return part


def _rows(whole: Mapping[str, Any], name: str) -> list[Json]:
    rows = whole.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name} of the manifest must be a list of objects")
    return rows


def _names(names: Any) -> frozenset[str]:
    if not isinstance(names, Iterable) or isinstance(names, str):
        raise ValueError("scopes and events of the manifest must be lists")  # noqa: TRY004 - as above
    return frozenset(str(name) for name in names)


def _shortcut(given: Json) -> Shortcut:
    if given.get("type") not in ("global", "message"):
        raise ValueError("a shortcut of the manifest must have the type global or message")
    texts = {name: str(given.get(name, "")) for name in ("name", "callback_id", "description")}
    return Shortcut(kind=given["type"], **texts)
