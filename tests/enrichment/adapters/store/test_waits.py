"""Waiting times that a clock put far away are ended; on both databases."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from enrichment.adapters.store.schema import batches
from enrichment.adapters.store.waits import Waits
from tests.enrichment.parts import Parts


def test_what_waits_for_hours_is_tried_again_at_once(parts: Parts) -> None:
    """A view, a batch card and a message; what waits for seconds, or has nothing left to do, is left alone."""
    late, soon, shown = (parts.lead() for _ in range(3))
    message = parts.accept()
    parts.messages.dispatch(9, lambda *_: None)
    with parts.engine.begin() as connection:
        row = {"team": "T1", "created_at": parts.clock.now(), "posted": True, "wanted": 2, "shown": 1}
        connection.execute(sa.insert(batches).values(row | {"retry_at": parts.clock.now() + timedelta(hours=5)}))
    parts.views.failed("card", soon, "busy", 30)
    parts.clock.move(5 * 3600)
    for lead in (late, shown):
        parts.views.failed("card", lead, "busy", 30)
    parts.views.caught_up("card", [(shown, 1)])
    parts.messages.fail(message, 1, "parse", "boom", blame=True)
    parts.clock.move(-5 * 3600)
    assert parts.views.behind("card", 9) == []
    assert parts.messages.dispatch(9, lambda *_: None) == 0
    waits = Waits(parts.database, parts.clock)
    assert [waits.cut_short(), waits.cut_short()] == [3, 0]
    assert parts.views.behind("card", 9) == [(late, 1)]
    assert parts.messages.dispatch(9, lambda *_: None) == 1
