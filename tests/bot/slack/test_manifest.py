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

ROOT = Path(bot.__file__).parent
# The families of Slack's Web API.
METHOD = re.compile(
    r"(?:admin|api|apps|auth|bookmarks|bots|calls|canvases|chat|conversations|dnd|emoji|files|functions|migration|oauth"
    r"|openid|pins|reactions|reminders|search|stars|team|usergroups|users|views|workflows)(?:\.[A-Za-z]+)+"
)
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
    """And every row its call: a method is named by a string, wherever it is called."""
    called = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and METHOD.fullmatch(node.value)
    }
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


def test_manifest_asks_for_nothing_that_nothing_needs() -> None:
    """An administrator reads this list before they press Allow."""
    tables = (manifest.METHODS, manifest.EVENTS, manifest.COMMANDS)
    needed = {scope for table in tables for scopes in table.values() for scope in scopes}
    assert set(manifest.scopes()) == needed
    assert needed >= manifest.PRIVATE
