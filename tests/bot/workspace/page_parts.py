"""What the bot of the page's tests shows: small views and cards, and the button `open` that opens a modal."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.identity import LEADS_CHANNEL

Json = dict[str, Any]
# The app's shortcuts, as its manifest has them.
MANIFEST: Json = {
    "features": {
        "app_home": {"home_tab_enabled": True},
        "slash_commands": [{"command": "/lead"}],
        "shortcuts": [
            {
                "name": "Create Lead",
                "type": "message",
                "callback_id": "create_lead",
                "description": "From this message",
            },
            {"name": "New Lead", "type": "global", "callback_id": "new_lead", "description": "Somebody called"},
        ],
    },
    "oauth_config": {
        "scopes": {"bot": ["chat:write", "commands", "files:write", "files:read", "im:history", "channels:history"]}
    },
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened", "message.channels", "message.im"]}},
}


def words(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def options(*values: str) -> list[Json]:
    """Options that say their value."""
    return [{"text": words(value), "value": value} for value in values]


def field(block_id: str, element: Json, **more: Any) -> Json:
    """An input block whose element has the action_id `is`."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": words(block_id),
        "element": {"action_id": "is", **element},
    } | more


def modal(title: str, *blocks: Json, **more: Any) -> Json:
    """A modal that can be submitted."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": words(title),
        "submit": words("Save"),
        "blocks": blocks,
        **more,
    }


async def post(bolt: AsyncApp, *elements: Json) -> None:
    """The bot posts a card with these elements."""
    blocks: list[Json] = [{"type": "header", "text": words("A card")}, {"type": "actions", "elements": elements}]
    await bolt.client.chat_postMessage(channel=LEADS_CHANNEL, text="A card", blocks=blocks)


def button(action_id: str, **more: Any) -> Json:
    """A button."""
    return {"type": "button", "action_id": action_id, "value": "1", "text": words(action_id), **more}


def opener(bolt: AsyncApp, view: Json) -> None:
    """Let the button `open` open a modal."""

    @bolt.action("open")
    async def opening(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)


def home(*blocks: Json) -> Json:
    """A Home tab."""
    return {"type": "home", "blocks": blocks}


def section(text: str, accessory: Json | None = None) -> Json:
    """A section of mrkdwn, with an element beside it."""
    block: Json = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return block | ({"accessory": accessory} if accessory else {})
