"""The manifest asks for what the code does: no permission is missing, none is too many."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.slack import manifest
from enrichment.errors import GiveUp

ROOT = Path(bot.__file__).parent
# The families of Slack's Web API.
METHOD = re.compile(
    r"(?:admin|api|apps|auth|bookmarks|bots|calls|canvases|chat|conversations|dnd|emoji|files|functions|migration|oauth"
    r"|openid|pins|reactions|reminders|search|stars|team|usergroups|users|views|workflows)(?:\.[A-Za-z]+)+"
)
# What slack_sdk calls in our name: its method to Slack's.
OF_THE_SDK = {"files_upload_v2": ("files.getUploadURLExternal", "files.completeUploadExternal")}
LISTENERS = {
    "command": manifest.COMMANDS,
    "event": manifest.EVENTS,
    "message": {},
    "shortcut": manifest.SHORTCUTS,
    "options": {},
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module that may talk to Slack: all of the bot but the local workspace, which is Slack, and the table."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        if not name.startswith("bot.workspace") and name != manifest.__name__:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def test_every_method_that_is_called_has_its_row() -> None:
    """And every row its call: a method is named by a string, wherever it is called, or called by slack_sdk's own."""
    called: set[str] = set()
    for _, tree in sources():
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(name)) if METHOD.fullmatch(name):
                    called.add(name)
                case ast.Attribute(attr=name):
                    called.update(OF_THE_SDK.get(name, ()))
    assert called == set(manifest.METHODS)


def listened(kind: str) -> set[str]:
    """What is registered with Bolt by `app.<kind>(…)`, constants looked up in their module."""
    found: set[str] = set()
    for name, tree in sources():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=app, attr=attr), args=[ast.expr() as first, *_]) if attr == kind:
                    if name.startswith("bot.slack.") and ast.unparse(app).endswith("app"):
                        found.add(str(eval(ast.unparse(first), vars(importlib.import_module(name)))))
    return found


@pytest.mark.parametrize("kind", LISTENERS)
def test_every_listener_has_its_row(kind: str) -> None:
    """Slack sends only what the manifest names."""
    assert listened(kind) == set(LISTENERS[kind])


def test_manifest_is_what_slack_takes() -> None:
    """The parts that Socket Mode, buttons and the command need; names within Slack's limits."""
    made = json.loads(manifest.text())
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"] == {"is_enabled": True}
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/lead", True)
    scopes = made["oauth_config"]["scopes"]["bot"]
    assert scopes == sorted(set(scopes))
    assert {"chat:write", "commands", "users:read", "channels:read", "channels:history"} <= set(scopes)
    assert manifest.APP_SCOPE not in scopes


def test_manifest_of_http_mode_differs_in_its_addresses_alone() -> None:
    """Request URLs for events, interactions and the command; no socket."""
    url = "https://leads.example.com"
    made, usual = json.loads(manifest.text(manifest.base_of(f"{url}/"))), json.loads(manifest.text())
    settings = made["settings"]
    assert settings.pop("socket_mode_enabled") is False
    assert settings["event_subscriptions"].pop("request_url") == f"{url}/slack/events"
    assert settings["interactivity"].pop("request_url") == f"{url}/slack/interactions"
    assert made["features"]["slash_commands"][0].pop("url") == f"{url}/slack/commands"
    del usual["settings"]["socket_mode_enabled"]
    assert made == usual


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "leads.example",
        "https://",
        "https://a.example/?x=1",
        "https://[",
        "https://a b",
        "https://a.example:abc",
        "https://a.example:99999",
    ],
)
def test_address_that_slack_would_not_take_is_refused(url: str) -> None:
    """In one line that gives an example."""
    with pytest.raises(GiveUp, match="--http wants your public https address"):
        manifest.base_of(url)


def test_events_are_subscribed_where_they_are_heard() -> None:
    """Each event that the code hears, under Slack's name for it and no other; its place may be read too."""
    made = manifest.manifest()
    events = made["settings"]["event_subscriptions"]["bot_events"]
    named = {name for event in manifest.EVENTS for name in manifest.SUBSCRIPTIONS.get(event, (event,))}
    assert (sorted(named), set(manifest.SUBSCRIPTIONS) - set(manifest.EVENTS)) == (events, set())
    place = {"message.channels": "channels", "message.groups": "groups", "message.im": "im"}
    histories = {f"{place[name]}:history" for name in events if name in place}
    assert histories <= set(manifest.scopes())


def test_features_are_those_that_the_code_uses() -> None:
    """A home tab where one is published, direct messages where they are heard, presses where any is listened to."""
    made = manifest.manifest()
    home, presses = made["features"]["app_home"], made["settings"]["interactivity"]["is_enabled"]
    assert home["home_tab_enabled"] == ("views.publish" in manifest.METHODS) == ("app_home_opened" in manifest.EVENTS)
    direct = "message.im" in made["settings"]["event_subscriptions"]["bot_events"]
    assert home["messages_tab_enabled"] == direct
    assert home["messages_tab_read_only_enabled"] == (not direct)
    source = "".join(ast.unparse(tree) for name, tree in sources() if name.startswith("bot.slack."))
    assert presses == ("app.action(" in source or "app.view(" in source)
    assert {each["callback_id"] for each in made["features"]["shortcuts"]} == set(manifest.SHORTCUTS)
    assert [each["command"] for each in made["features"]["slash_commands"]] == list(manifest.COMMANDS)


def test_manifest_asks_for_nothing_that_nothing_needs() -> None:
    """An administrator reads this list before they press Allow."""
    tables = (manifest.METHODS, manifest.EVENTS, manifest.COMMANDS)
    needed = {scope for table in tables for scopes in table.values() for scope in scopes}
    assert set(manifest.scopes()) == needed
    assert needed >= manifest.PRIVATE
