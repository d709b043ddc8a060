"""The polled mailboxes as checks: for `/readyz`, which none of them fails, and for the heartbeat, which it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.health import Check
from bot.mailbox_health import NOBODY, MailboxState
from enrichment.errors import LeadbotError

_AGAIN = "it is tried again by itself; `leadbot doctor` looks at it step by step"


def check(state: MailboxState) -> Check:
    """One mailbox for `/readyz`: never `failed`, for the bot works all the same."""
    name = f"mailbox {state.name}"
    if state.failing_since is not None:
        detail = f"not read since {state.failing_since:%Y-%m-%d %H:%M} UTC: {state.error}"
        return Check(name=name, state="off", detail=detail, advice=_AGAIN)
    if state.unread_since is not None:
        detail = f"not read since {state.unread_since:%Y-%m-%d %H:%M} UTC"
        return Check(name=name, state="off", detail=detail, advice=NOBODY)
    if state.lag_seconds is None:
        return Check(name=name, state="ok", detail="not read yet")
    return Check(name=name, state="ok", detail=f"read {state.lag_seconds:.0f} s ago")


def checks(look: Callable[[], Iterable[MailboxState]]) -> list[Check]:
    """One for each mailbox; none while the database is away, which has its own check. Blocking."""
    try:
        return [check(state) for state in look()]
    except LeadbotError:
        return []


def silence(state: MailboxState) -> Check:
    """One mailbox for the heartbeat, which stands for every part: `failed` when it is not read."""
    if state.unread_since is None:
        return Check(name=f"mailbox {state.name}", state="ok", detail="")
    return check(state).model_copy(update={"state": "failed"})
