"""Leads and how they belong together. A lead is committed before it is compared, so that two at once see each other."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store import contacts as people
from enrichment.adapters.store import lead_statements as statements
from enrichment.adapters.store.acts import CUSTOMER
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record
from enrichment.adapters.store.overlay import contact_with, edits_of
from enrichment.adapters.store.revise import hush, rise
from enrichment.adapters.store.schema import leads, matches
from enrichment.adapters.store.snoozes import wake
from enrichment.errors import GiveUp
from enrichment.lead import Analysis, Candidate, LeadStatus, Match, MatchKind, Triage, UrgencyLabel
from enrichment.models import MessageState
from enrichment.ports import Clock
from enrichment.store_ports import NewLead

_NOT_YET = Triage(urgency=0, label=UrgencyLabel.COLD)


class Leads:
    """The leads of one embedder; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock, embedder: str) -> None:
        self._database = database
        self._clock = clock
        self._embedder = embedder
        self._pairs = _pairs(database)

    def open(self, new: NewLead) -> Candidate:
        """Commit a lead that is not shown yet (revision 0); the same message again gives the same lead.

        Raises GiveUp when the message is gone or has ended otherwise.
        """
        with self._database.begin(write=True, lasting=False) as connection:
            # Held to the end, so that two runs of one message open one lead.
            source = connection.execute(statements.SOURCE, {"of_message": new.message_id}).one_or_none()
            if source is None:
                raise GiveUp("the message was deleted meanwhile")
            lead_id = connection.execute(statements.LEAD_OF, {"of_message": new.message_id}).scalar()
            if lead_id is None and source.state == MessageState.IN_PROGRESS:
                return self._insert(connection, new, source)
            alive = [] if lead_id is None else self._named(connection, [lead_id])
            if not alive:
                raise GiveUp("the message has ended meanwhile")
            return alive[0]

    def opened(self, message_id: int) -> bool:
        """Whether a lead was opened for this message: then that is what the message is."""
        with self._database.begin() as connection:
            return connection.execute(statements.LEAD_OF, {"of_message": message_id}).scalar() is not None

    def _insert(self, connection: sa.Connection, new: NewLead, source: Any) -> Candidate:
        contact_id = people.save(
            connection, self._database, new.contact, new.keys, self._clock.now(), sample=source.sample
        )
        contact = new.contact.model_copy(update={"id": contact_id})
        row = new.model_dump(include={"message_id", "subject", "ask", "text", "whole", "embedder", "business"}) | {
            "uuid": str(uuid.uuid4()),
            "contact_id": contact_id,
            "contact": contact.model_dump(),
            "status": LeadStatus.OPEN,
            "channel": source.channel,
            "received_at": source.received_at,
            "sample": source.sample,
            "historical": source.historical,
            "revision": 0,
            "urgency": 0,
            "triage": _NOT_YET.model_dump(mode="json"),
            "embedding": new.vector,
            "origin": new.origin.model_dump(mode="json"),
        }
        lead_id: int = connection.execute(statements.INSERT, row).scalar_one()
        connection.execute(statements.INSERT_VIEWS, {"of_lead": lead_id, "of_sample": source.sample})
        keys = _points(connection, {contact_id}).get(contact_id, [])
        return Candidate(
            lead_id=lead_id,
            contact=contact,
            **_addresses(keys),
            subject=new.subject,
            text=new.text,
            received_at=source.received_at,
            sample=source.sample,
            vector=new.vector if new.embedder == self._embedder else b"",
        )

    def known_party(self, keys: people.Keys, *, sample: bool = False) -> bool:
        """Whether a contact with one of these keys has a lead already, among the samples or among the others."""
        with self._database.begin() as connection:
            return people.find(connection, keys, sample=sample) is not None

    def addresses(self, limit: int) -> list[str]:
        """The e-mail addresses of known parties, newest first, without the samples'."""
        with self._database.begin() as connection:
            return people.addresses(connection, limit)

    def of_party(self, keys: people.Keys, name_key: str, limit: int) -> list[Candidate]:
        """Leads of contacts with one of these keys, then of those with exactly this name; newest first within each.

        A common name must neither push out the party's own leads nor cost a search through all who bear it.
        """
        with self._database.begin() as connection:
            held = {**people.by_kind(keys), "at_most": limit}
            rows = connection.execute(statements.OF_PARTY, held).all() if keys else []
            if name_key and len(rows) < limit:
                besides = {"name_key": name_key, "ids": [row.id for row in rows], "at_most": limit - len(rows)}
                rows = [*rows, *connection.execute(statements.NAMESAKES, besides)]
            return self._made(connection, rows)

    def unindexed(self, limit: int) -> list[tuple[int, bytes]]:
        """(lead id, vector) of the leads of this embedder that the index has not caught up with, newest first.

        No more than that: in a flood hundreds wait, and few of them are alike enough to be looked at.
        """
        with self._database.begin() as connection:
            found = connection.execute(statements.UNINDEXED, {"made_by": self._embedder, "at_most": limit})
            return [(row.id, bytes(row.embedding)) for row in found]

    def vectors(self, lead_ids: Sequence[int]) -> dict[int, bytes]:
        """The vectors of these leads, empty where another embedder made them; unknown ids are left out."""
        query = sa.select(leads.c.id, leads.c.embedding, leads.c.embedder).where(
            leads.c.id.in_(lead_ids), statements.alive()
        )
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        return {row.id: bytes(row.embedding) if row.embedder == self._embedder else b"" for row in rows}

    def candidates(self, lead_ids: Sequence[int]) -> list[Candidate]:
        """These leads as matching sees them, newest first; unknown ids are left out."""
        with self._database.begin() as connection:
            return self._named(connection, lead_ids)

    def _named(self, connection: sa.Connection, lead_ids: Sequence[int]) -> list[Candidate]:
        return self._made(connection, connection.execute(statements.NAMED, {"ids": list(lead_ids)}).all())

    def _made(self, connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Candidate]:
        if not rows:
            return []
        keys = _points(connection, {row.contact_id for row in rows})
        return [self._candidate(row, keys.get(row.contact_id, [])) for row in rows]

    def _candidate(self, row: sa.Row[Any], keys: list[tuple[str, str]]) -> Candidate:
        # A vector of another model cannot be compared; without one the lead is matched by its contact alone.
        vector = row.embedding if row.embedder == self._embedder else b""
        return Candidate(
            lead_id=row.id,
            contact=contact_with(row.contact, edits_of(row.edits)),
            **_addresses(keys),
            subject=row.subject,
            text=row.text,
            received_at=row.received_at,
            sample=row.sample,
            vector=bytes(vector),
        )

    def keep_vectors(self, vectors: Mapping[int, bytes]) -> None:
        """Replace vectors of an earlier embedding model by this one's."""
        with self._database.begin() as connection:
            for lead_id, vector in sorted(vectors.items()):
                mine = sa.update(leads).where(leads.c.id == lead_id)
                connection.execute(mine.values(embedding=vector, embedder=self._embedder))

    def complete(self, lead_id: int, triage: Triage, found: Sequence[Match]) -> None:
        """Show the lead (revision 1) with its matches, and end its message; again changes nothing."""
        judged = {"now_urgent": triage.urgency, "now_judged": triage.model_dump(mode="json")}
        with self._database.begin(write=True) as connection:
            self._hold(connection, lead_id, found)
            shown = connection.execute(statements.JUDGED, {"of_lead": lead_id, **judged}).first()
            if shown is None:
                return
            self._link(connection, found, lead_id)
            connection.execute(statements.SHOW, {"of_lead": lead_id, "now_urgent": triage.urgency})
            if shown.historical:
                hush(connection, lead_id)
            self._end_message(connection, shown.message_id, MessageState.LEAD, lead_id, None)
            record(connection, self._clock.now(), "leadbot", "opened", lead_id=lead_id, message_id=shown.message_id)

    def link(self, lead_id: int, found: Sequence[Match]) -> None:
        """Add what a shown lead turns out to belong to, now that its customer has said more; again changes nothing."""
        with self._database.begin(write=True) as connection:
            self._hold(connection, lead_id, found)
            if self._link(connection, found, lead_id):
                rise(connection, lead_id)

    def _hold(self, connection: sa.Connection, lead_id: int, found: Sequence[Match]) -> None:
        """In one order, so that two leads that see each other do not wait for each other for ever."""
        if not self._database.one_writer:
            pairs = {lead_id, *(one for match in found for one in (match.lead_id, match.other_id))}
            connection.execute(statements.HOLD, {"ids": sorted(pairs)}).all()

    def _link(self, connection: sa.Connection, found: Sequence[Match], lead_id: int) -> bool:
        """Write each pair once; the newer of a pair is the one that gets the warning, whoever saw it first.

        What was found before stays, but for a duplicate that was taken for less and that staff have not judged. Whether
        anything is new.
        """
        if not found:
            return False
        ordered = sorted(found, key=lambda pair: (pair.lead_id, pair.other_id))  # in which others take these rows too
        written = connection.execute(self._pairs, [match.model_dump() for match in ordered])
        new = {(row.lead_id, row.other_id) for row in written}
        for match in ordered:
            if (match.lead_id, match.other_id) not in new:
                continue
            if match.kind == MatchKind.DUPLICATE:
                connection.execute(statements.REPEATS, {"of_lead": match.lead_id, "repeats": match.other_id})
            if match.lead_id != lead_id:
                rise(connection, match.lead_id)
        return bool(new)

    def analysed(self, lead_id: int, analysis: Analysis, triage: Triage, *, text: str | None = None) -> bool:
        """Add a model's analysis, keeping what staff did. False when the lead is gone, closed, or says other words."""
        row: dict[str, Any] = {"analysis": analysis.model_dump(mode="json"), "triage": triage.model_dump(mode="json")}
        mine = sa.and_(leads.c.id == lead_id, leads.c.revision > 0, leads.c.status.in_(OPEN_STATES))
        if text is not None:
            mine = sa.and_(mine, leads.c.text == text)
        with self._database.begin(write=True) as connection:
            held = sa.select(leads.c.edits).where(mine).with_for_update(key_share=True)
            found = connection.execute(held).first()
            if found is None:
                return False
            # Staff's own urgency ranks it, whatever the machine has come to think.
            said = edits_of(found.edits).urgency
            row["urgency"] = triage.urgency if said is None else said
            connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(row))
            rise(connection, lead_id)
            record(connection, self._clock.now(), "leadbot", "analysed", lead_id=lead_id)
        return True

    def attach(self, message_id: int, lead_id: int, reason: str, *, news: bool = True) -> None:
        """End a message as part of a lead; the lead's views are drawn again.

        One that is not historical wakes a historical lead, and news bring back at once one that staff had laid aside.
        """
        # The lead before its messages, as everywhere, so that two transactions do not wait for each other for ever.
        with self._database.begin() as connection:
            connection.execute(statements.HOLD, {"ids": [lead_id]}).all()
            historical = self._end_message(connection, message_id, MessageState.ATTACHED, lead_id, reason)
            if historical is not None:
                now = self._clock.now()
                if news and not historical:
                    wake(connection, lead_id, now, CUSTOMER, {"message": message_id})
                rise(connection, lead_id, news=not historical)
                record(connection, now, CUSTOMER, "wrote", lead_id=lead_id, message_id=message_id)

    def _end_message(
        self, connection: sa.Connection, message_id: int, state: MessageState, lead_id: int, reason: str | None
    ) -> bool | None:
        """Whether the message is a historical one; None when it has ended already."""
        ended = {"of_message": message_id, "of_lead": lead_id, "now": state, "because": reason, "at": self._clock.now()}
        historical: bool | None = connection.execute(statements.END, ended).scalar()
        return historical


def _pairs(database: Database) -> Any:
    """Writes pairs, and gives those that are new, or a duplicate only now."""
    insert = database.insert(matches)
    became = sa.and_(
        matches.c.verdict.is_(None),
        matches.c.kind != MatchKind.DUPLICATE,
        insert.excluded.kind == MatchKind.DUPLICATE,
    )
    as_now = {name: insert.excluded[name] for name in ("kind", "score", "reasons")}
    upsert = insert.on_conflict_do_update(index_elements=["lead_id", "other_id"], set_=as_now, where=became)
    return upsert.returning(matches.c.lead_id, matches.c.other_id)


def _addresses(keys: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {
        "emails": tuple(value for kind, value in keys if kind == "email"),
        "phones": tuple(value for kind, value in keys if kind == "phone"),
    }


def _points(connection: sa.Connection, contact_ids: set[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(statements.POINTS, {"ids": sorted(contact_ids)}):
        found.setdefault(row.contact_id, []).append((row.kind, row.value))
    return found
