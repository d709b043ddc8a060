"""Leads that grow with what their customer says next: what they are made of, and their new words in one commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store import contacts as people
from enrichment.adapters.store.acts import CUSTOMER
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record
from enrichment.adapters.store.lead_statements import END
from enrichment.adapters.store.messages import RAW
from enrichment.adapters.store.overlay import edits_of
from enrichment.adapters.store.revise import rise, want_analysis
from enrichment.adapters.store.schema import leads, messages, views
from enrichment.adapters.store.snoozes import wake
from enrichment.lead import LeadStatus, Triage
from enrichment.models import MessageState, StoredMessage
from enrichment.ports import Clock
from enrichment.store_ports import Near, NewLead, SoFar

MOST = 200


class Conversations:
    """Implements enrichment.store_ports.Conversations; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def known(self, identity: str) -> StoredMessage | None:
        """The message with this identity, None when it was never taken."""
        with self._database.begin() as connection:
            row = connection.execute(sa.select(*RAW).where(messages.c.identity == identity)).mappings().first()
        return None if row is None else StoredMessage.model_validate(dict(row))

    def lead_of(self, message_id: int) -> int | None:
        """The number of the lead that the message became or belongs to; None when it has none."""
        query = sa.select(messages.c.lead_id).where(messages.c.id == message_id)
        with self._database.begin() as connection:
            found: int | None = connection.execute(query).scalar()
        return found

    def state_of(self, message_id: int) -> MessageState | None:
        """Where the message is; None when there is no such row or it is a copy of another."""
        query = sa.select(messages.c.state).where(messages.c.id == message_id, messages.c.copy_of.is_(None))
        with self._database.begin() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else MessageState(found)

    def near(self, message: StoredMessage, seconds: float) -> Near:
        """What its writer wrote at the same place within so many seconds of it."""
        span = timedelta(seconds=seconds)
        theirs = (
            # Written out, so that the index of talk is seen to hold the rows.
            messages.c.channel == sa.literal(message.channel, literal_execute=True),
            messages.c.account == message.account,
            messages.c.mail_from == message.mail_from,
            messages.c.id != message.id,
            messages.c.received_at.between(message.received_at - span, message.received_at + span),
        )
        query = sa.select(messages.c.id, messages.c.state, messages.c.lead_id).where(*theirs).limit(MOST)
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        of_leads = [row for row in rows if row.lead_id is not None]
        # Only the earlier row is waited for, or two would wait for each other.
        waits = any(row.state == MessageState.IN_PROGRESS and row.id < message.id for row in rows)
        return Near(lead_id=max(of_leads, key=lambda row: row.id).lead_id if of_leads else None, waits=waits)

    def so_far(self, lead_id: int) -> SoFar | None:
        """What the lead is made of now, its first message first; None when there is no such lead."""
        its = sa.select(leads.c.revision, leads.c.status).where(leads.c.id == lead_id, leads.c.revision > 0)
        parts = sa.select(*RAW).where(messages.c.lead_id == lead_id, messages.c.copy_of.is_(None))
        with self._database.begin() as connection:
            lead = connection.execute(its).first()
            rows = connection.execute(parts.order_by(messages.c.id).limit(MOST)).mappings().all()
        if lead is None:
            return None
        found = tuple(StoredMessage.model_validate(dict(row)) for row in rows)
        return SoFar(revision=lead.revision, open=LeadStatus(lead.status) in OPEN_STATES, messages=found)

    def join(self, message_id: int, lead_id: int, reason: str, *, said: NewLead, triage: Triage, revision: int) -> bool:
        """End the message as part of the lead and give the lead these words; False when the lead has changed since."""
        mine = sa.select(leads.c.revision, leads.c.edits, leads.c.contact, leads.c.sample).where(leads.c.id == lead_id)
        with self._database.begin(write=True) as connection:
            # The lead before its messages, as everywhere.
            lead = connection.execute(mine.with_for_update(key_share=True)).first()
            if lead is None or lead.revision != revision:
                return False
            ended = {"of_message": message_id, "of_lead": lead_id, "now": MessageState.ATTACHED, "because": reason}
            if connection.execute(END, ended | {"at": self._clock.now()}).first() is None:
                return True  # it has ended meanwhile; its words are there
            connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(self._row(connection, lead, said)))
            said_by_staff = edits_of(lead.edits).urgency
            rank = triage.urgency if said_by_staff is None else said_by_staff
            # What a model made of fewer words is not true any more.
            judged = {"urgency": rank, "triage": triage.model_dump(mode="json"), "analysis": sa.null()}
            connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(judged))
            wake(connection, lead_id, self._clock.now(), CUSTOMER, {"message": message_id})
            rise(connection, lead_id)
            want_analysis(connection, lead_id)
            again = sa.update(views).where(views.c.lead_id == lead_id, views.c.view == "index")
            connection.execute(again.values(wanted=views.c.wanted + 1))
            record(connection, self._clock.now(), CUSTOMER, "wrote", lead_id=lead_id, message_id=message_id)
        return True

    def _row(self, connection: sa.Connection, lead: Any, said: NewLead) -> dict[str, Any]:
        contact_id = lead.contact["id"]
        if said.keys:  # a phone that comes a message later makes them known by it
            contact_id = people.save(
                connection, self._database, said.contact, said.keys, self._clock.now(), sample=lead.sample
            )
        words = said.model_dump(include={"subject", "ask", "text", "whole", "embedder"})
        contact = said.contact.model_copy(update={"id": contact_id}).model_dump()
        return words | {"embedding": said.vector, "contact_id": contact_id, "contact": contact}
