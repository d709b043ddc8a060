"""The Slack app's manifest, made from what the code uses, so that nobody clicks a permission together by hand.

A method that the code begins to call needs a row in METHODS, an event that it listens to one in EVENTS: a test tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.slack.commands import COMMAND
from bot.slack.create_lead import CREATE_LEAD, NEW_LEAD
from enrichment.errors import GiveUp

# The Web API methods that the code calls, and what the bot token must be allowed for each.
METHODS: Mapping[str, tuple[str, ...]] = {
    "apps.connections.open": (),  # with the app token, whose one scope is APP_SCOPE
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.list": ("channels:read",),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "users.info": ("users:read", "users:read.email"),
    "users.list": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}
# The events that the code listens to, and what the bot token must be allowed for each.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "message": ("channels:history", "groups:history", "im:history"),
}
# Events that Slack names by where they happen.
SUBSCRIPTIONS: Mapping[str, tuple[str, ...]] = {"message": ("message.channels", "message.groups", "message.im")}
# The shortcuts: callback id to the rest of what Slack wants to know.
SHORTCUTS: Mapping[str, Mapping[str, str]] = {
    CREATE_LEAD: {"name": "Create Lead", "type": "message", "description": "Makes a lead of this message"},
    NEW_LEAD: {"name": "New Lead", "type": "global", "description": "A lead that came by phone or at the door"},
}
COMMANDS: Mapping[str, tuple[str, ...]] = {COMMAND: ("commands",)}
APP_SCOPE = "connections:write"
# Only where the cards go to a private channel.
PRIVATE = frozenset({"groups:history", "groups:read"})


def scopes() -> tuple[str, ...]:
    """What the bot token must be allowed, in order."""
    return _united(needed for table in (METHODS, EVENTS, COMMANDS) for needed in table.values())


def _united(needed: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({scope for each in needed for scope in each}))


def _bot_events() -> list[str]:
    return sorted(name for event in EVENTS for name in SUBSCRIPTIONS.get(event, (event,)))


def manifest(url: str = "") -> dict[str, Any]:
    """The manifest, as Slack's `Create an app from a manifest` takes it.

    url: where the bot is reached in HTTP mode, as base_of makes it; empty for Socket Mode.
    """
    to_events, to_interactions = (
        {"request_url": f"{url}/slack/{name}"} if url else {} for name in ("events", "interactions")
    )
    return {
        "display_information": {
            "name": "Leadbot",
            "description": "Every inbound customer message as one ranked lead card",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Leadbot", "always_online": True},
            "slash_commands": [_command(url)],
            "shortcuts": [{"callback_id": callback_id, **said} for callback_id, said in SHORTCUTS.items()],
        },
        "oauth_config": {"scopes": {"bot": list(scopes())}},
        "settings": {
            "event_subscriptions": {**to_events, "bot_events": _bot_events()},
            "interactivity": {"is_enabled": True, **to_interactions},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _command(url: str) -> dict[str, Any]:
    return {
        "command": COMMAND,
        "description": "Open leads, most urgent first",
        "usage_hint": "[hot mine | find WORDS | add TEXT | claim L-12 | help]",
        # So that @somebody comes with their id: names are not unique, and change.
        "should_escape": True,
        **({"url": f"{url}/slack/commands"} if url else {}),
    }


def base_of(url: str) -> str:
    """The public address of HTTP mode without a slash at its end. Raises GiveUp when Slack would not take it."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "https" and parts.hostname and parts.port != 0
        fits = fits and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        fits = False
    if not fits or not url.isascii() or any(sign.isspace() for sign in url):
        raise GiveUp("--http wants your public https address, e.g. --http https://leads.example.com")
    return url.rstrip("/")


def text(url: str = "") -> str:
    """The manifest as it stands in docs/slack-manifest.json."""
    return json.dumps(manifest(url), indent=2) + "\n"
