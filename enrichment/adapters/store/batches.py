"""Which leads are shown as rows of a batch card, and which of those have got a card of their own since.

In one Slack team a lead is in one place: a row that is not opened, or a card of its own (`lead:7:card` in postings,
which is not written while the lead is such a row). Both sides hold the lead while they look at the other's table, so
that no crash and no second worker can put it into both or into neither.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from enrichment.adapters.store.book import AT_ONCE
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record, who
from enrichment.adapters.store.postings import OF_CARDS
from enrichment.adapters.store.revise import rise
from enrichment.adapters.store.routed import channel_of, goes_to
from enrichment.adapters.store.schema import batch_leads, batches, lead_channels, leads, messages, postings, views
from enrichment.errors import GiveUp
from enrichment.lead import HOT_FROM, WARM_FROM, LeadStatus
from enrichment.models import MessageState, Model
from enrichment.ports import Clock

OPENED = "opened"
# So many leads may wait for cards of their own; beyond them all but the hot ones become rows.
BACKLOG = 20
# Slack takes 50 blocks and some 13,000 characters of text in a message.
ROWS = 45
# What is put into batch cards in one transaction.
_GATHERED = 20 * ROWS
_NONE = -1
# Before all leads: somebody who has asked for this card is waiting for it.
_ASKED_FOR = 101
# More later leads than these are told of in no thread.
_LATER = 50


class Place(Model):
    """Where a lead is shown that was put into a batch. posted: whether the batch card is known to be in Slack."""

    batch_id: int
    opened: bool
    posted: bool


class Batches:
    """The batch cards of one Slack team; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock, team: str) -> None:
        self._database = database
        self._clock = clock
        self._team = team

    def place(self, lead_id: int) -> Place | None:
        """The row of this lead; None when it is in no batch."""
        with self._database.begin() as connection:
            return self._place(connection, lead_id)

    def _place(self, connection: sa.Connection, lead_id: int) -> Place | None:
        columns = sa.select(batch_leads.c.batch_id, batch_leads.c.opened, batches.c.posted).join(batches)
        mine = columns.where(batch_leads.c.lead_id == lead_id, batch_leads.c.team == self._team)
        row = connection.execute(mine).mappings().first()
        return None if row is None else Place.model_validate(dict(row))

    def channel(self, batch_id: int) -> str:
        """The channel that a batch card belongs to; empty for the lead channel."""
        with self._database.begin() as connection:
            found = connection.execute(sa.select(batches.c.channel).where(batches.c.id == batch_id)).scalar()
        return found or ""

    def move(self, batch_id: int, channel: str) -> None:
        """Show a batch card, and later the cards of its rows, in another channel."""
        rows = sa.select(batch_leads.c.lead_id).where(batch_leads.c.batch_id == batch_id, sa.not_(batch_leads.c.opened))
        mine = sa.and_(lead_channels.c.team == self._team, lead_channels.c.lead_id.in_(rows))
        with self._database.begin(write=True) as connection:
            connection.execute(sa.update(batches).where(batches.c.id == batch_id).values(channel=channel))
            connection.execute(sa.update(lead_channels).where(mine).values(channel=channel))

    def gather(self, lead_id: int, *, warm: bool = False) -> Place | None:
        """Make rows of the cold leads that wait for a card, most urgent first, when more than BACKLOG leads do.

        warm: of the warm ones, when more than BACKLOG that are warm or hot wait. Hot leads are never rows.

        Returns the row of this lead; None when it is to have a card of its own. The batches are found again after a
        crash: nothing takes a lead out of one but `open` and the lead's deletion.
        """
        least = WARM_FROM if warm else _NONE
        with self._database.begin() as connection:
            channel = channel_of(connection, self._team, lead_id)
            # As nearly always; so the one write lock is not asked for.
            if self._waiting(connection, least, channel) <= BACKLOG:
                return self._place(connection, lead_id)
        with self._database.begin(write=True) as connection:
            rank = views.c.urgency.between(WARM_FROM, HOT_FROM - 1) if warm else views.c.urgency < WARM_FROM
            many = self._waiting(connection, least, channel) > BACKLOG
            found = self._patient(connection, rank, channel) if many else ()
            if len(found) > 1:  # a batch card with one row would be a poorer card
                for start in range(0, len(found), ROWS):
                    self._fill(connection, found[start : start + ROWS], channel or "")
            return self._place(connection, lead_id)

    def _waiting(self, connection: sa.Connection, least: int, channel: str | None) -> int:
        """How many leads of this urgency or more were never shown and are in no batch, counted to one above BACKLOG."""
        some = sa.select(views.c.lead_id).where(*_unseen(), self._in_no_batch(channel), views.c.urgency >= least)
        some = some.limit(BACKLOG + 1)
        return int(connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one())

    def _patient(self, connection: sa.Connection, rank: sa.ColumnElement[bool], channel: str | None) -> Sequence[int]:
        """Who of this rank goes into a batch; held to the end of the transaction."""
        asked = sa.select(messages.c.id).where(
            messages.c.lead_id == leads.c.id, messages.c.state == MessageState.ATTACHED
        )
        # Its card may be in Slack already.
        begun = sa.select(postings.c.id).where(
            postings.c.team == self._team, postings.c.lead_id == leads.c.id, OF_CARDS
        )
        query = (
            sa.select(views.c.lead_id)
            .join(leads, leads.c.id == views.c.lead_id)
            .where(*_unseen(), self._in_no_batch(channel), rank, leads.c.status != LeadStatus.CLAIMED)
            .where(sa.not_(asked.exists()), sa.not_(begun.exists()))
            .order_by(views.c.urgency.desc(), views.c.lead_id)
        )
        found = connection.execute(query.limit(_GATHERED)).scalars().all()
        # PostgreSQL shows what others committed before they let go of these leads only to a query that begins later.
        held = sa.select(leads.c.id).where(leads.c.id.in_(found)).order_by(leads.c.id)
        connection.execute(held.with_for_update()).all()
        return connection.execute(query.where(views.c.lead_id.in_(found))).scalars().all()

    def _in_no_batch(self, channel: str | None) -> sa.ColumnElement[bool]:
        """channel: of those alone whose cards go there; None where no lead is given a channel of its own."""
        row = sa.select(batch_leads.c.lead_id)
        none = sa.not_(row.where(batch_leads.c.lead_id == views.c.lead_id, batch_leads.c.team == self._team).exists())
        return none if channel is None else sa.and_(none, goes_to(self._team, channel))

    def _fill(self, connection: sa.Connection, lead_ids: Sequence[int], channel: str) -> None:
        new = sa.insert(batches).values(team=self._team, created_at=self._clock.now(), channel=channel)
        batch_id = connection.execute(new.returning(batches.c.id)).scalar_one()
        rows = [{"lead_id": lead_id, "team": self._team, "batch_id": batch_id} for lead_id in lead_ids]
        connection.execute(sa.insert(batch_leads), rows)

    def rows(self, batch_id: int) -> dict[int, bool]:
        """The leads of a batch, and whether each has a card of its own."""
        query = sa.select(batch_leads.c.lead_id, batch_leads.c.opened).where(batch_leads.c.batch_id == batch_id)
        with self._database.begin() as connection:
            return {row.lead_id: row.opened for row in connection.execute(query)}

    def posted(self, batch_id: int) -> None:
        """The batch card is in Slack."""
        with self._database.begin() as connection:
            connection.execute(sa.update(batches).where(batches.c.id == batch_id).values(posted=True))

    def touch(self, batch_id: int) -> None:
        """One of its leads has changed: the batch card is to be edited."""
        with self._database.begin() as connection:
            connection.execute(_touched(batches.c.id == batch_id))

    def open(self, lead_id: int, actor: str, by: str) -> bool:
        """Give a lead that is a row a card of its own, at once if somebody waits for it; False when it is no such row.

        actor: Slack's id of who asked, or `leadbot`; by: how it came to it. The loops that draw the lead do the rest.
        Raises GiveUp when the lead is gone.
        """
        with self._database.begin(write=True) as connection:
            held = sa.select(leads.c.id).where(leads.c.id == lead_id).with_for_update(key_share=True)
            if connection.execute(held).first() is None:
                raise GiveUp(f"there is no lead L-{lead_id}")
            mine = sa.and_(batch_leads.c.lead_id == lead_id, batch_leads.c.team == self._team)
            row = sa.update(batch_leads).where(mine, sa.not_(batch_leads.c.opened)).values(opened=True)
            batch_id = connection.execute(row.returning(batch_leads.c.batch_id)).scalar()
            if batch_id is None:
                return False
            rise(connection, lead_id)
            first = sa.update(views).where(views.c.lead_id == lead_id, views.c.view.in_(("card", "thread")))
            connection.execute(first.values(urgency=_ASKED_FOR))
            for later in self._later(connection, lead_id):
                rise(connection, later)
            said = {"by": by, "batch": batch_id}
            record(connection, self._clock.now(), who(actor), OPENED, lead_id=lead_id, detail=said)
        return True

    def _later(self, connection: sa.Connection, lead_id: int) -> Sequence[int]:
        """Leads with cards that may repeat this one: there is a thread now in which to say so."""
        row = sa.select(batch_leads.c.lead_id).where(
            batch_leads.c.lead_id == leads.c.id, batch_leads.c.team == self._team, sa.not_(batch_leads.c.opened)
        )
        repeats = sa.select(leads.c.id).where(leads.c.duplicate_of == lead_id, leads.c.revision > 0)
        repeats = repeats.where(sa.not_(row.exists())).order_by(leads.c.id).limit(_LATER)
        return connection.execute(repeats).scalars().all()

    def drop(self, batch_id: int) -> None:
        """Delete a batch that has no rows left."""
        left = sa.select(batch_leads.c.lead_id).where(batch_leads.c.batch_id == batch_id)
        with self._database.begin(write=True) as connection:
            connection.execute(sa.delete(batches).where(batches.c.id == batch_id, sa.not_(left.exists())))


def take_out(connection: sa.Connection, lead_ids: Sequence[int]) -> None:
    """In the transaction that deletes these leads, before it does: batch cards are edited, or deleted when empty."""
    changed: set[int] = set()
    for start in range(0, len(lead_ids), AT_ONCE):
        rows = sa.delete(batch_leads).where(batch_leads.c.lead_id.in_(lead_ids[start : start + AT_ONCE]))
        changed |= set(connection.execute(rows.returning(batch_leads.c.batch_id)).scalars())
    for batch_id in sorted(changed):
        connection.execute(_touched(batches.c.id == batch_id))


def listed_in(team: str, lead: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a lead is, or was, a row of a batch in this team."""
    return sa.select(batch_leads.c.lead_id).where(batch_leads.c.lead_id == lead, batch_leads.c.team == team).exists()


def rows_in(team: str) -> sa.Select[tuple[int]]:
    """The leads that are rows in this team and have no card of their own there."""
    return sa.select(batch_leads.c.lead_id).where(batch_leads.c.team == team, sa.not_(batch_leads.c.opened))


def leave(connection: sa.Connection, team: str) -> None:
    """The bot works in this team now: nobody keeps the batch cards of others up until it comes back to them."""
    elsewhere = sa.select(batches.c.id).where(batches.c.team != team, batches.c.posted)
    if connection.execute(elsewhere.limit(1)).first():  # so that the write lock is taken only where something changes
        connection.execute(sa.update(batches).where(batches.c.id.in_(elsewhere)).values(posted=False))


def _unseen() -> list[sa.ColumnElement[bool]]:
    # `shown < wanted` in the index's own words, so that only rows that wait are looked at.
    return [views.c.view == "card", views.c.shown < views.c.wanted, views.c.shown == 0]


def _touched(condition: sa.ColumnElement[bool]) -> sa.Update:
    return sa.update(batches).where(condition).values(wanted=batches.c.wanted + 1)
