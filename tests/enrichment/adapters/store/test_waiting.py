"""What waits: leads without a card, and the oldest message at work."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from enrichment.adapters.store.schema import leads
from enrichment.adapters.store.waiting import Waiting
from enrichment.models import MessageState
from tests.enrichment.parts import Parts


def test_leads_without_a_card_wait_hot_first(parts: Parts) -> None:
    """The older first among equals; all are counted; what has a card, is closed, a sample or not judged waits not."""
    waiting = Waiting(parts.database)
    assert waiting.look(3) == (0, [])
    cold, first, second, hot = (parts.lead(f"{n}@x.example", urgency=n) for n in (10, 50, 50, 90))
    shown, sample, closed = (parts.lead(f"{n}@y.example", urgency=95) for n in range(3))
    parts.open("z@example.com")
    parts.views.caught_up("card", [(shown, 1)])
    with parts.database.begin() as connection:
        connection.execute(sa.update(leads).where(leads.c.id == sample).values(sample=True))
        connection.execute(sa.update(leads).where(leads.c.id == closed).values(status="won"))
    count, found = waiting.look(3)
    assert (count, [lead.id for lead in found]) == (4, [hot, first, second])
    assert (found[0].urgency, found[0].ask) == (90, "Brakes")
    assert [lead.id for lead in waiting.look(10)[1]][-1] == cold


def test_oldest_message_at_work(parts: Parts) -> None:
    """When it came; None when all have ended. History, which may be years old, keeps nobody waiting."""
    waiting = Waiting(parts.database)
    parts.accept(historical=True, received_at=parts.clock.now() - timedelta(days=900))
    assert waiting.oldest_in_progress() is None
    came = parts.clock.now()
    first = parts.accept()
    parts.clock.move(60)
    parts.accept()
    assert waiting.oldest_in_progress() == came
    parts.messages.finish(first, MessageState.FILTERED, "newsletter")
    assert waiting.oldest_in_progress() == parts.clock.now()
