"""What was posted where. A row is written before Slack is called, so that a crash leaves a trace to adopt."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import batch_leads, postings
from enrichment.errors import GiveUp, RetryLater
from enrichment.models import Model
from enrichment.ports import Clock

_COLUMNS = [postings.c[n] for n in ("id", "key", "lead_id", "channel", "thread_ts", "dispatch_id", "state", "ts", "digest", "created_at")]  # fmt: skip  # noqa: E501

# A call to Slack has ended by then, whichever worker made it.
SENDING = timedelta(seconds=20)
OF_CARDS = postings.c.key.like("lead:%:card")


def card_key(lead_id: int) -> str:
    """The key of a lead's own card."""
    return f"lead:{lead_id}:card"


class Posting(Model):
    """One message of ours in Slack. state: `sending` until its ts is known, then `sent`.

    digest: sha256 of what it says, so that nothing is edited into what it already is.
    """

    id: int
    key: str
    lead_id: int | None
    channel: str
    thread_ts: str | None
    dispatch_id: str
    state: str
    ts: str | None
    digest: str
    created_at: datetime


class Postings:
    """The postings of one Slack team; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock, team: str) -> None:
        self._database = database
        self._clock = clock
        self._team = team

    @property
    def team(self) -> str:
        """The Slack team they are in."""
        return self._team

    def may_arrive(self, posting: Posting) -> bool:
        """Whether somebody may be sending it at this moment."""
        # In the future it was begun before the clock was set back, and would hold its card up for as long as that.
        return posting.state == "sending" and abs(self._clock.now() - posting.created_at) < SENDING

    def get(self, key: str) -> Posting | None:
        """The posting under this key (`lead:7:card`), or None."""
        query = sa.select(*_COLUMNS).where(postings.c.team == self._team, postings.c.key == key)
        with self._database.begin() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Posting.model_validate(dict(row))

    def begin(self, key: str, channel: str, thread_ts: str | None, digest: str, lead_id: int | None) -> Posting:
        """Write the posting down before it is sent.

        Raises RetryLater when another worker was quicker, or has made the lead a row of a batch card instead of giving
        it a card; GiveUp when the lead is no more.
        """
        row = {
            "team": self._team,
            "key": key,
            "lead_id": lead_id,
            "channel": channel,
            "thread_ts": thread_ts,
            "dispatch_id": str(uuid.uuid4()),
            "state": "sending",
            "digest": digest,
            "created_at": self._clock.now(),
        }
        insert = self._database.insert(postings).values(row).on_conflict_do_nothing()
        is_card = lead_id is not None and key == card_key(lead_id)
        try:
            with self._database.begin() as connection:
                new = connection.execute(insert.returning(*_COLUMNS)).mappings().first()
                # After the insert, which holds the lead: whoever makes a row of it waits, or has been seen here.
                if is_card and connection.execute(self._row_of(lead_id)).first():
                    raise RetryLater(f"L-{lead_id} has become a row of a batch card", retry_after=0.1)
        except sa.exc.IntegrityError as error:
            raise GiveUp(f"L-{lead_id} was removed meanwhile") from error
        if new is None:
            raise RetryLater(f"another worker is posting {key}", retry_after=2.0)
        return Posting.model_validate(dict(new))

    def _row_of(self, lead_id: int | None) -> sa.Select[tuple[int]]:
        mine = sa.and_(batch_leads.c.lead_id == lead_id, batch_leads.c.team == self._team)
        return sa.select(batch_leads.c.batch_id).where(mine, sa.not_(batch_leads.c.opened))

    def neighbours(self, posting: Posting) -> tuple[float | None, float | None]:
        """When, by Slack's clock, what was posted last before this and first after it in its channel came there."""
        there = sa.and_(
            postings.c.team == self._team, postings.c.channel == posting.channel, postings.c.ts.is_not(None)
        )
        before = sa.select(postings.c.ts).where(there, postings.c.id < posting.id).order_by(postings.c.id.desc())
        after = sa.select(postings.c.ts).where(there, postings.c.id > posting.id).order_by(postings.c.id)
        with self._database.begin() as connection:
            found = [connection.execute(each.limit(1)).scalar() for each in (before, after)]
        first, last = (None if ts is None else float(ts) for ts in found)
        return first, last

    def sent(self, posting_id: int, ts: str, digest: str) -> None:
        """The posting is in Slack under this ts and says this."""
        with self._database.begin(lasting=False) as connection:
            done = {"state": "sent", "ts": ts, "digest": digest}
            connection.execute(sa.update(postings).where(postings.c.id == posting_id).values(done))

    def forget(self, posting_id: int) -> None:
        """Delete the row of a posting that Slack refused or no longer has, so that it is posted anew."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(postings).where(postings.c.id == posting_id))
