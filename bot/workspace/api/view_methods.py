"""views.*: opening and changing modals and home tabs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.workspace.api.arguments import text
from bot.workspace.errors import SlackError
from bot.workspace.identity import PEOPLE
from bot.workspace.views import View
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


def open_view(workspace: Workspace, arguments: Json) -> Json:
    """views.open: a modal for the person whose action gave the trigger."""
    view = _view(arguments)
    trigger = workspace.interactions.redeem(arguments.get("trigger_id"))
    return _shown(workspace, workspace.views.open(trigger.user, view))


def push_view(workspace: Workspace, arguments: Json) -> Json:
    """views.push: a modal on top of the one that the trigger came from."""
    view = _view(arguments)
    trigger = workspace.interactions.redeem(arguments.get("trigger_id"))
    below = workspace.views.get(trigger.view_id or "")
    if below is None:
        raise SlackError("not_found")
    return _shown(workspace, workspace.views.open(trigger.user, view, below))


def update_view(workspace: Workspace, arguments: Json) -> Json:
    """views.update: change an open view, found by view_id or external_id."""
    ids = {"view_id": arguments.get("view_id"), "external_id": arguments.get("external_id")}
    view = workspace.views.update(_view(arguments), **ids, expected_hash=arguments.get("hash"))
    return _shown(workspace, view)


def publish_view(workspace: Workspace, arguments: Json) -> Json:
    """views.publish: a person's home tab."""
    if not workspace.app.home:
        raise SlackError("not_enabled")
    user = text(arguments, "user_id")
    if user not in PEOPLE:
        raise SlackError("user_not_found")
    return _shown(workspace, workspace.views.publish(user, _view(arguments), arguments.get("hash")))


def _view(arguments: Json) -> Json:
    view = arguments.get("view")
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
    return view


def _shown(workspace: Workspace, view: View) -> Json:
    workspace.watches.opened(view.user)
    workspace.show_view(view)
    return {"view": view.body}


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "views.open": open_view,
    "views.publish": publish_view,
    "views.push": push_view,
    "views.update": update_view,
}
