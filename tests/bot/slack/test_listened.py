"""Whatever can be pressed or sent in is listened to, and nothing is listened to that nobody can press."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot import slack as package
from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import buttons
from bot.slack.app import Identity, Registers
from bot.slack.batches import BatchCards
from bot.slack.client import Slack
from bot.slack.listening import Listening
from bot.slack.poster import Poster
from bot.slack.routing import Routing
from bot.staff_settings import LiveSettings
from bot.status import gather
from bot.workspace.identity import BOT_ID, BOT_USER_ID, LEADS_CHANNEL, TEAM_ID
from enrichment.adapters.store.batches import Batches
from enrichment.adapters.store.routed import Routed
from enrichment.intake import Intake
from tests.enrichment.parts import Parts

# What stands in an id besides constants of its module.
VARIABLE = {"verb": ("same", "undo"), "lead.id": ("7",), "match.other_id": ("7",), "message.id": ("7",)}
# Drawn no more; older cards that nobody has touched since still have it.
OF_OLD = {buttons.CLOSE}
PRESSABLE = {"button", "overflow"}


class Recorder:
    """An app that notes what is listened to."""

    def __init__(self) -> None:
        self.actions: list[str | re.Pattern[str]] = []
        self.views: list[str | re.Pattern[str]] = []

    def action(self, name: str | re.Pattern[str]) -> Callable[[object], None]:
        """A listener to a press."""
        self.actions.append(name)
        return lambda _: None

    def view(self, name: str | re.Pattern[str]) -> Callable[[object], None]:
        """A listener to a window that is sent in."""
        self.views.append(name)
        return lambda _: None

    def __getattr__(self, _: str) -> Callable[..., Callable[[object], None]]:
        return lambda *_, **__: lambda _: None


@pytest.fixture
def heard(core: Core, settings: Settings, slack: Slack, poster: Poster, parts: Parts) -> Recorder:
    """Everything that the bot listens to, as it puts it together."""
    store = core.store
    identity = Identity(team_id=TEAM_ID, bot_id=BOT_ID, bot_user_id=BOT_USER_ID, channel=LEADS_CHANNEL)
    live = LiveSettings(settings, store.staff_settings)
    routed = Routed(store.database, TEAM_ID)
    routing = Routing(slack, poster, routed, store.book, routes=tuple, clock=store.clock)
    status = partial(gather, store.ledger, store.book, store.views, running=True, used=())
    accept = Intake(parts.messages, lambda: None).accept
    listening = Listening(core, settings, slack, identity, accept, status, lambda: None, routing)
    rows = BatchCards(
        poster, store.book, store.messages, Batches(store.database, store.clock, TEAM_ID), store.views, routing=routing
    )
    staff = listening.staff()
    _, below = listening.commands(staff, {})
    _, tab = listening.home(staff, live, rows)
    every: list[Registers] = [*listening.presses(staff, rows), below.listeners(), tab, *listening.way_in(staff)]
    recorder = Recorder()
    for each in every:
        each.register(recorder, staff)  # type: ignore[arg-type]  # it has what they call
    return recorder


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    """All that can draw something in Slack."""
    for path in sorted(Path(package.__path__[0]).glob("*.py")):
        if path.stem != "__init__":
            yield importlib.import_module(f"bot.slack.{path.stem}"), ast.parse(path.read_text(encoding="utf-8"))


def values(module: ModuleType, node: ast.expr) -> list[str]:
    """What an expression may be, its constants looked up in the module."""
    match node:
        case ast.JoinedStr(values=pieces):
            found = [""]
            for piece in pieces:
                inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
                found = [before + after for before in found for after in values(module, inner)]
            return found
        case ast.Subscript(value=ast.Dict(values=choices)):
            return [value for choice in choices for value in values(module, choice)]
        case _ if (words := ast.unparse(node)) in VARIABLE:
            return list(VARIABLE[words])
        case _:
            return [str(eval(ast.unparse(node), vars(module)))]


def drawn(of: Callable[[ast.AST], ast.expr | None]) -> set[str]:
    """Every id that the code gives to what `of` picks out."""
    found: set[str] = set()
    for module, tree in modules():
        for node in ast.walk(tree):
            name = of(node)
            # The makers themselves hand an id on.
            if name is not None and ast.unparse(name) not in {"action_id", "callback_id"}:
                found.update(values(module, name))
    return found


def pressable(node: ast.AST) -> ast.expr | None:
    """The id of a button, or of a menu that is no field of a window."""
    match node:
        case ast.Call(func=func, args=[first, *_]) if ast.unparse(func) in {"button", "buttons.button"}:
            return first
        case ast.Dict(keys=keys, values=given):
            pairs = zip(keys, given, strict=True)
            known: dict[Any, ast.expr] = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
            kind = known.get("type")
            if isinstance(kind, ast.Constant) and kind.value in PRESSABLE:
                return known.get("action_id")
    return None


def window(node: ast.AST) -> ast.expr | None:
    """The id of a window that can be sent in."""
    match node:
        case ast.Call(func=ast.Name(id="_form"), args=[_, name, _]):
            return name
        case ast.Call(keywords=keywords):
            named = [keyword.value for keyword in keywords if keyword.arg == "callback_id"]
            return named[0] if named else None
    return None


def fits(name: str, listener: str | re.Pattern[str]) -> bool:
    """Whether Bolt gives a press of this name to the listener."""
    return listener == name if isinstance(listener, str) else listener.search(name) is not None


@pytest.mark.parametrize(("kind", "of", "least"), [("actions", pressable, 20), ("views", window, 9)])
def test_all_that_is_drawn_is_heard(heard: Recorder, kind: str, of: Callable[..., Any], least: int) -> None:
    """By exactly one listener: two would do a thing twice."""
    listeners = getattr(heard, kind)
    names = drawn(of)
    assert len(names) >= least
    assert {name: sum(fits(name, each) for each in listeners) for name in names} == dict.fromkeys(names, 1)


@pytest.mark.parametrize(("kind", "of"), [("actions", pressable), ("views", window)])
def test_all_that_is_heard_is_drawn(heard: Recorder, kind: str, of: Callable[..., Any]) -> None:
    """A listener that nothing leads to is one that somebody forgot."""
    names = drawn(of) | OF_OLD
    assert [each for each in getattr(heard, kind) if not any(fits(name, each) for name in names)] == []
