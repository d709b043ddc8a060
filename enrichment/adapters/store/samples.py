"""The samples' rows: how many there are, and their removal in steps that may be broken off anywhere and done again.

First they are retired: nothing is left to be judged or drawn. Then what Slack shows of them is deleted, each posting's
row after its message. The rows go last, and only when no posting is left: a card that was being posted meanwhile has
written its row before, so it is seen here and deleted in another round; one that comes later finds no lead to refer to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.batches import take_out
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.lead_statements import VIEWS
from enrichment.adapters.store.revise import rise
from enrichment.adapters.store.schema import contacts, events, leads, matches, messages, postings, samples_only, views
from enrichment.adapters.store.verdicts import follow
from enrichment.lead import LeadStatus
from enrichment.models import MessageState, Model
from enrichment.ports import Clock

# Also the mark by which a removal that was broken off is known.
RETIRED = "the samples are being removed"

_MESSAGES = sa.select(messages.c.id).where(samples_only)
_LEADS = sa.select(leads.c.id).where(leads.c.message_id.in_(_MESSAGES))
# As a copy may have another state than its original, the reason alone is the mark.
_KEPT = sa.func.coalesce(messages.c.reason, "") != RETIRED


class Gone(Model):
    """How many rows a removal took away."""

    leads: int
    messages: int


class SampleStore:
    """Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def count(self) -> int:
        """How many sample messages there are."""
        with self._database.begin() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(_MESSAGES.subquery())).scalar_one())

    def retired(self) -> bool:
        """Whether a removal was begun and not ended."""
        begun = _MESSAGES.where(messages.c.reason == RETIRED).limit(1)
        with self._database.begin() as connection:
            return connection.execute(begun).first() is not None

    def retire(self) -> list[int]:
        """Take the samples off every list and out of every view; the leads, which are there until `delete`.

        Messages still in progress end here; a lead that a workflow opened before may still be completed and change
        nothing.
        """
        done = {"state": MessageState.DISCARDED, "reason": RETIRED, "finished_at": self._clock.now()}
        with self._database.begin(write=True) as connection:
            lead_ids = _locked(connection)
            connection.execute(sa.update(messages).where(samples_only, _KEPT).values(done))
            mine = leads.c.id.in_(lead_ids)
            connection.execute(sa.update(leads).where(mine).values(status=LeadStatus.NOT_A_LEAD))
            # By their names, for a view's row is found by its view first.
            connection.execute(sa.delete(views).where(views.c.view.in_(VIEWS), views.c.lead_id.in_(lead_ids)))
            take_out(connection, lead_ids)
        return lead_ids

    def posted(self, team: str) -> list[str]:
        """The keys of what Slack shows of the samples, replies before the messages that they stand under."""
        query = _posted(team).order_by(postings.c.thread_ts.is_(None), postings.c.id)
        with self._database.begin() as connection:
            return list(connection.execute(query).scalars())

    def delete(self, team: str | None = None) -> Gone | None:
        """Delete every row that came from samples; None when there is something to be done before.

        team: whose Slack must show none of them any more; None: whatever is shown is left there.
        """
        with self._database.begin(write=True) as connection:
            lead_ids = _locked(connection)
            waiting = [_MESSAGES.where(_KEPT), *([] if team is None else [_posted(team)])]
            if any(connection.execute(query.limit(1)).first() for query in waiting):
                return None
            message_ids = list(connection.execute(_MESSAGES).scalars())
            compared = _compared(connection, lead_ids)
            _let_go(connection, lead_ids, message_ids)
            whose = sa.or_(events.c.lead_id.in_(lead_ids), events.c.message_id.in_(message_ids))
            connection.execute(sa.delete(events).where(whose))
            _delete_leads(connection, lead_ids)
            for lead_id in compared:
                follow(connection, lead_id)
                rise(connection, lead_id)
            connection.execute(sa.delete(messages).where(messages.c.id.in_(message_ids)))
        return Gone(leads=len(lead_ids), messages=len(message_ids))


def _locked(connection: sa.Connection) -> list[int]:
    """The samples' leads; no other transaction changes them or their messages, or opens one, until the end."""
    for rows in (_LEADS.order_by(leads.c.id), _MESSAGES.order_by(messages.c.id)):
        connection.execute(rows.with_for_update()).all()
    # Asked again: one may have been opened while we waited for its message.
    return list(connection.execute(_LEADS.order_by(leads.c.id)).scalars())


def _posted(team: str) -> sa.Select[Any]:
    # The team inside a function, or SQLite would go through all that was ever posted there.
    here = sa.func.coalesce(postings.c.team, "") == team
    return sa.select(postings.c.key).where(here, postings.c.lead_id.in_(_LEADS))


def _let_go(connection: sa.Connection, lead_ids: Sequence[int], message_ids: Sequence[int]) -> None:
    """What is left must not point at what goes: real mail that counted as a sample's copy is read for itself."""
    anew = {"copy_of": None, "state": MessageState.IN_PROGRESS, "finished_at": None, "attempt": messages.c.attempt + 1}
    copies = sa.and_(messages.c.copy_of.in_(message_ids), messages.c.id.not_in(message_ids))
    connection.execute(sa.update(messages).where(copies).values(anew))
    connection.execute(sa.update(leads).where(leads.c.duplicate_of.in_(lead_ids)).values(duplicate_of=None))


def _compared(connection: sa.Connection, lead_ids: Sequence[int]) -> list[int]:
    """The real leads that staff compared with these; their cards must say so no longer."""
    pairs = sa.select(matches.c.lead_id).where(matches.c.other_id.in_(lead_ids))
    turned = sa.select(matches.c.other_id).where(matches.c.lead_id.in_(lead_ids))
    query = (
        sa.select(leads.c.id)
        .where(leads.c.id.in_(pairs.union(turned)), leads.c.id.not_in(lead_ids))
        .order_by(leads.c.id)
    )
    return list(connection.execute(query).scalars())


def _delete_leads(connection: sa.Connection, lead_ids: Sequence[int]) -> None:
    """The leads with all that hangs on them (matches, postings, views), then contacts that have no other lead."""
    whose = sa.select(leads.c.contact_id).where(leads.c.id.in_(lead_ids))
    contact_ids = set(connection.execute(whose).scalars())
    take_out(connection, lead_ids)
    connection.execute(sa.delete(leads).where(leads.c.id.in_(lead_ids)))
    others = sa.select(leads.c.id).where(leads.c.contact_id == contacts.c.id).exists()
    connection.execute(sa.delete(contacts).where(contacts.c.id.in_(contact_ids), sa.not_(others)))
