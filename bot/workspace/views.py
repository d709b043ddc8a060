"""The open modals and home tabs; they are gone after a restart, as a closed Slack window's are."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.workspace.block_files import check_files
from bot.workspace.block_kit import check_view
from bot.workspace.elements import state, with_ids
from bot.workspace.errors import SlackError
from bot.workspace.files import File
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
    """Opens, stacks, changes and closes views. get_file: a file by its id, for the pictures in them."""

    def __init__(self, get_file: Callable[[str], File | None] = lambda _: None) -> None:
        self._views: dict[str, View] = {}
        self._get_file = get_file

    def list(self) -> list[View]:
        """All open views, oldest first."""
        return list(self._views.values())

    def get(self, view_id: str) -> View | None:
        """The view of that id, if it is open."""
        return self._views.get(view_id)

    def home(self, user: str) -> View | None:
        """The home tab of a person, once one was published."""
        return next((old for old in self.list() if old.user == user and old.body["type"] == "home"), None)

    def open(self, user: str, view: Json, previous: View | None = None) -> View:
        """Show a modal, on top of `previous` if given. Raises SlackError when it breaks a rule."""
        self._check(view, ("modal",))
        if previous is not None and self._depth(previous) >= MAX_STACK:
            raise SlackError("push_limit_reached")
        return self._show(user, view, previous)

    def publish(self, user: str, view: Json, expected_hash: str | None = None) -> View:
        """Show a home tab, in place of the user's former one."""
        self._check(view, ("home",))
        if (former := self.home(user)) is not None:
            return self._change(former, view, expected_hash)
        return self._show(user, view, None)

    def update(self, view: Json, *, view_id: Any, external_id: Any, expected_hash: str | None = None) -> View:
        """Change an open view, found by either id."""
        former = next((old for old in self.list() if old.id == view_id), None) or self._external(external_id)
        if former is None:
            raise SlackError("not_found")
        self._check(view, (former.body["type"],))
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

    def _check(self, view: Json, kinds: tuple[str, ...]) -> None:
        if len(json.dumps(view)) > MAX_VIEW_BYTES:
            raise SlackError("view_too_large")
        if problems := [*check_view(view, kinds), *check_files(view.get("blocks"), self._get_file)]:
            raise SlackError.broken("invalid_arguments", problems)

    def _depth(self, view: View) -> int:
        return sum(other.body["root_view_id"] == view.body["root_view_id"] for other in self.list())


def _body(view: Json, links: Json) -> Json:
    """The whole view object that Slack makes of what the app sent."""
    blocks = with_ids(view["blocks"])
    given: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None}
    given |= {"close": None, "clear_on_close": False, "notify_on_close": False}
    ours = {"team_id": TEAM_ID, "app_id": APP_ID, "app_installed_team_id": TEAM_ID, "bot_id": BOT_ID}
    stamp = {"hash": f"{time.time():.6f}.{secrets.token_urlsafe(6)}", "state": state(blocks)}
    return {**given, **view, **ours, **links, **stamp, "blocks": blocks}
