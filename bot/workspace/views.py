"""The open modals and home tabs; they are gone after a restart, as a closed Slack window's are."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from bot.workspace.block_kit import check_view
from bot.workspace.elements import state, with_ids
from bot.workspace.errors import SlackError
from bot.workspace.identity import APP_ID, BOT_ID, TEAM_ID

MAX_VIEW_BYTES = 250_000
MAX_STACK = 3
REMEMBERED = 1000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """A view as it is shown to a user; body is Slack's view object."""

    id: str
    user: str
    body: Json


class Views:
    """Opens, stacks, changes and closes views."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}

    def list(self) -> list[View]:
        """All open views, oldest first."""
        return list(self._views.values())

    def get(self, view_id: str) -> View | None:
        """The view of that id, if it is open."""
        return self._views.get(view_id)

    def open(self, user: str, view: Json, previous: View | None = None) -> View:
        """Show a modal, on top of `previous` if given. Raises SlackError when it breaks a rule."""
        _check(view, ("modal",))
        if previous is not None and self._depth(previous) >= MAX_STACK:
            raise SlackError("push_limit_reached")
        return self._show(user, view, previous)

    def publish(self, user: str, view: Json, expected_hash: str | None = None) -> View:
        """Show a home tab, in place of the user's former one."""
        _check(view, ("home",))
        former = next((old for old in self.list() if old.user == user and old.body["type"] == "home"), None)
        if former is not None:
            return self._change(former, view, expected_hash)
        return self._show(user, view, None)

    def update(self, view: Json, *, view_id: Any, external_id: Any, expected_hash: str | None = None) -> View:
        """Change an open view, found by either id."""
        former = next((old for old in self.list() if old.id == view_id), None) or self._external(external_id)
        if former is None:
            raise SlackError("not_found")
        _check(view, (former.body["type"],))
        return self._change(former, view, expected_hash)

    def close(self, view: View, *, whole_stack: bool = False) -> tuple[View, ...]:
        """Close a view, or all of its stack; gives those that were open, topmost first."""
        root = view.body["root_view_id"]
        closed = [old for old in self.list() if old.id == view.id or (whole_stack and old.body["root_view_id"] == root)]
        for old in closed:
            del self._views[old.id]
        return tuple(reversed(closed))

    def _show(self, user: str, view: Json, previous: View | None) -> View:
        if self._external(view.get("external_id")) is not None:
            raise SlackError("duplicate_external_id")
        view_id = "V" + secrets.token_hex(5).upper()
        root = previous.body["root_view_id"] if previous else view_id
        links = {"id": view_id, "root_view_id": root, "previous_view_id": previous.id if previous else None}
        shown = self._views[view_id] = View(view_id, user, _body(view, links))
        while len(self._views) > REMEMBERED:
            del self._views[next(iter(self._views))]
        return shown

    def _change(self, former: View, view: Json, expected_hash: str | None) -> View:
        if expected_hash and expected_hash != former.body["hash"]:
            raise SlackError("hash_conflict")
        links = {key: former.body[key] for key in ("id", "root_view_id", "previous_view_id")}
        changed = self._views[former.id] = replace(former, body=_body(view, links))
        return changed

    def _external(self, external_id: Any) -> View | None:
        return next((old for old in self.list() if external_id and old.body["external_id"] == external_id), None)

    def _depth(self, view: View) -> int:
        return sum(other.body["root_view_id"] == view.body["root_view_id"] for other in self.list())


def _check(view: Json, kinds: tuple[str, ...]) -> None:
    if len(json.dumps(view)) > MAX_VIEW_BYTES:
        raise SlackError("view_too_large")
    if problems := check_view(view, kinds):
        raise SlackError.broken("invalid_arguments", problems)


def _body(view: Json, links: Json) -> Json:
    """The whole view object that Slack makes of what the app sent."""
    blocks = with_ids(view["blocks"])
    given: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None}
    given |= {"close": None, "clear_on_close": False, "notify_on_close": False}
    ours = {"team_id": TEAM_ID, "app_id": APP_ID, "app_installed_team_id": TEAM_ID, "bot_id": BOT_ID}
    stamp = {"hash": f"{time.time():.6f}.{secrets.token_urlsafe(6)}", "state": state(blocks)}
    return {**given, **view, **ours, **links, **stamp, "blocks": blocks}
