"""Which Slack channel each lead's card goes to: decided once, before the card is first posted, and then kept.

A lead without a row has not been looked at by anybody who routes; one whose row is empty goes to the lead channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.postings import OF_CARDS
from enrichment.adapters.store.schema import batch_leads, batches, lead_channels, messages, postings, views
from enrichment.adapters.store.schema import leads as lead_rows

# What is decided in one transaction.
AT_ONCE = 200


class Routed:
    """The channels of one Slack team's leads; every method is one transaction."""

    def __init__(self, database: Database, team: str) -> None:
        self._database = database
        self.team = team

    def undecided(self) -> list[int]:
        """Some of the leads that have cards to be drawn and no channel yet, oldest first."""
        row = sa.select(lead_channels.c.lead_id).where(
            lead_channels.c.lead_id == views.c.lead_id, lead_channels.c.team == self.team
        )
        waiting = sa.select(views.c.lead_id).where(
            views.c.view.in_(("card", "thread")), views.c.shown < views.c.wanted, sa.not_(row.exists())
        )
        with self._database.begin() as connection:
            found = connection.execute(waiting.distinct().order_by(views.c.lead_id).limit(AT_ONCE))
            return [*found.scalars()]

    def shown(self, lead_ids: Sequence[int]) -> dict[int, str]:
        """The channel in which each of these is shown already, by a card or as a row of a batch card."""
        cards = sa.select(postings.c.lead_id, postings.c.channel).where(
            postings.c.team == self.team, postings.c.lead_id.in_(lead_ids), OF_CARDS
        )
        rows = sa.select(batch_leads.c.lead_id, batches.c.channel).join(batches)
        rows = rows.where(batch_leads.c.team == self.team, batch_leads.c.lead_id.in_(lead_ids))
        with self._database.begin() as connection:
            found = {row.lead_id: row.channel for row in connection.execute(rows)}
            return found | {row.lead_id: row.channel for row in connection.execute(cards)}

    def accounts(self, lead_ids: Sequence[int]) -> dict[int, str]:
        """The door that each lead's message came through, as the name of a mailbox."""
        query = sa.select(lead_rows.c.id, messages.c.account).join(messages, messages.c.id == lead_rows.c.message_id)
        with self._database.begin() as connection:
            return {row.id: row.account for row in connection.execute(query.where(lead_rows.c.id.in_(lead_ids)))}

    def decide(self, channels: Mapping[int, str]) -> None:
        """Give these leads their channels; what is decided already, or gone meanwhile, is left as it is."""
        if not channels:
            return
        with self._database.begin(write=True) as connection:
            there = connection.execute(sa.select(lead_rows.c.id).where(lead_rows.c.id.in_(channels))).scalars()
            rows = [{"lead_id": lead_id, "team": self.team, "channel": channels[lead_id]} for lead_id in there]
            if rows:
                connection.execute(self._database.insert(lead_channels).values(rows).on_conflict_do_nothing())

    def move(self, lead_id: int, channel: str) -> None:
        """The card cannot be where it was to be: from now on it goes there."""
        mine = sa.and_(lead_channels.c.lead_id == lead_id, lead_channels.c.team == self.team)
        with self._database.begin() as connection:
            connection.execute(sa.update(lead_channels).where(mine).values(channel=channel))

    def come_home(self, channel: str) -> None:
        """This is the lead channel now: what a rule had sent there is looked after with all that is there."""
        with self._database.begin(write=True) as connection:
            for table in (lead_channels, batches):
                there = sa.and_(table.c.team == self.team, table.c.channel == channel)
                connection.execute(sa.update(table).where(there).values(channel=""))

    def channel(self, lead_id: int) -> str:
        """The lead's channel; empty for the lead channel, or as long as nothing is decided."""
        with self._database.begin() as connection:
            return channel_of(connection, self.team, lead_id) or ""

    def channels(self) -> frozenset[str]:
        """The channels that any lead was sent to, besides the lead channel."""
        query = sa.select(lead_channels.c.channel).distinct().where(lead_channels.c.team == self.team)
        with self._database.begin() as connection:
            return frozenset(connection.execute(query.where(lead_channels.c.channel != "")).scalars())


def channel_of(connection: sa.Connection, team: str, lead_id: int) -> str | None:
    """The channel of a lead; None when nobody has decided."""
    query = sa.select(lead_channels.c.channel).where(lead_channels.c.lead_id == lead_id, lead_channels.c.team == team)
    found: str | None = connection.execute(query).scalar()
    return found


def goes_to(team: str, channel: str) -> sa.ColumnElement[bool]:
    """Whether the lead of a row of `views` goes to this channel."""
    row = sa.select(lead_channels.c.lead_id).where(
        lead_channels.c.lead_id == views.c.lead_id, lead_channels.c.team == team, lead_channels.c.channel == channel
    )
    return row.exists()
