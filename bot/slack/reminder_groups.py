"""Which reminders belong together: of a flood staff read one line, and nobody is pinged for each of its leads. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from enrichment.adapters.store.reminder_scan import UNCLAIMED
from enrichment.adapters.store.reminders import Reminder
from enrichment.lead import Lead

# More of one kind at a time are one summary.
FLOOD = 5


class Told(NamedTuple):
    """A step that is due, and its lead as it is now."""

    reminder: Reminder
    lead: Lead


Group = Sequence[Told]


def is_again(reminder: Reminder) -> bool:
    """Whether this is the second time that nobody has claimed the lead: every other step is."""
    return reminder.kind == UNCLAIMED and reminder.step % 2 == 0


def grouped(due: Group) -> list[Group]:
    """By what is told and to whom; in each group what was due first comes first."""

    def place(told: Told) -> tuple[str, bool, str]:
        return told.reminder.kind, is_again(told.reminder), told.lead.owner

    def turn(told: Told) -> tuple[tuple[str, bool, str], object, int]:
        return place(told), told.reminder.due_at, told.lead.id

    return [list(group) for _, group in groupby(sorted(due, key=turn), key=place)]
