"""How far each view of the leads has come, who may work on it, and how fast."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from enrichment.adapters.store.batches import leave, listed_in, rows_in
from enrichment.adapters.store.book import AT_ONCE, OPEN_STATES
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.postings import OF_CARDS
from enrichment.adapters.store.schema import batches, leads, leases, postings, rate_limits, view_successes, views
from enrichment.ports import Clock

LONGEST_WAIT = 60.0
# As far as the clocks of workers may differ, and as long as one may wait for the database between looking at its clock
# and writing: a lease that was kept meanwhile ends a little later than ours would.
CLOCK_SKEW = timedelta(seconds=60)
BATCH = "batch"
_FREE_AT = sa.select(rate_limits.c.free_at).where(rate_limits.c.key == sa.bindparam("of_key")).with_for_update()
_TAKE = sa.update(rate_limits).where(rate_limits.c.key == sa.bindparam("of_key")).values(free_at=sa.bindparam("next"))


class Views:
    """Revisions shown, leases and rates; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def behind(self, view: str, limit: int, after: str | None = None) -> list[tuple[int, int]]:
        """(lead id, revision wanted) of what the view has to catch up with now, most urgent first.

        after: another view that goes first: this one has nothing to do as long as that one has, and takes only leads
        that it has caught up with (one that failed there waits here as well).
        """
        now = self._clock.now()
        query = _due(view, now).order_by(views.c.urgency.desc(), views.c.lead_id).limit(limit)
        if after is not None:
            first = views.alias("first")
            ready = sa.select(first.c.lead_id).where(first.c.view == after, first.c.shown >= first.c.wanted)
            query = query.where(ready.where(first.c.lead_id == views.c.lead_id, first.c.shown > 0).exists())
        with self._database.begin() as connection:
            # Asked first: a hundred thousand leads that wait there are not looked at one by one.
            if after is not None and connection.execute(_due(after, now).limit(1)).first():
                return []
            return [(row.lead_id, row.wanted) for row in connection.execute(query)]

    def caught_up(self, view: str, leads: Sequence[tuple[int, int]]) -> None:
        """The view has these leads (id, revision) now, in one commit; an older revision never overwrites a newer."""
        lead: sa.BindParameter[int] = sa.bindparam("this_lead")
        revision: sa.BindParameter[int] = sa.bindparam("this_revision")
        now_shown = (
            sa.update(views)
            .where(views.c.view == view, views.c.lead_id == lead, views.c.shown < revision)
            .values(shown=revision, retry_at=None, failures=0, error=None)
        )
        rows = [{"this_lead": lead_id, "this_revision": shown} for lead_id, shown in sorted(leads)]
        with self._database.begin(lasting=False) as connection:
            connection.execute(now_shown, rows)
            connection.execute(succeeded(self._database, view, self._clock.now()))

    def last_success(self, names: Collection[str]) -> dict[str, datetime]:
        """When each of these views has last shown something; those that never have are left out."""
        query = sa.select(view_successes).where(view_successes.c.view.in_(names))
        with self._database.begin() as connection:
            return {row.view: row.at for row in connection.execute(query)}

    def failed(self, view: str, lead_id: int, error: str, delay: float) -> None:
        """Note why the view could not show the lead, and when to try again (seconds from now)."""
        note = {
            "failures": views.c.failures + 1,
            "error": error[:500],
            "retry_at": self._clock.now() + timedelta(seconds=delay),
        }
        with self._database.begin() as connection:
            connection.execute(_row(view, lead_id).values(note))

    def failures(self, view: str, lead_id: int) -> int:
        """How often in a row the view has failed on this lead."""
        query = sa.select(views.c.failures).where(views.c.view == view, views.c.lead_id == lead_id)
        with self._database.begin() as connection:
            return connection.execute(query).scalar() or 0

    def start_over(self, view: str) -> int:
        """Forget what the view has shown, as before a rebuild; how many leads it has to show again.

        For a view with revisions of its own (the index): they rise, so that a batch that was on its way into the old
        view counts for nothing in the new one.
        """
        anew = {"wanted": views.c.wanted + 1, "shown": 0, "retry_at": None, "failures": 0, "error": None}
        with self._database.begin() as connection:
            return connection.execute(sa.update(views).where(views.c.view == view).values(anew)).rowcount

    def draw_again_where_missing(self, team: str) -> int:
        """Draw open leads again that have a card or a row, but neither in this Slack team: the bot has moved; how many.

        Samples, historical and closed leads stay behind; what was never drawn comes by itself; again changes nothing
        once they are posted there. Whatever has a card there already is drawn again when the bot comes back to it, as
        it may have changed meanwhile.
        """
        posted = sa.select(postings.c.id).where(postings.c.team == team, postings.c.lead_id == leads.c.id, OF_CARDS)
        moving = (
            sa.select(leads.c.id)
            .where(
                leads.c.revision > 0, leads.c.status.in_(OPEN_STATES), sa.not_(leads.c.sample), sa.not_(posted.exists())
            )
            .where(sa.not_(leads.c.historical))
        )
        moving = moving.where(sa.not_(listed_in(team, leads.c.id)))
        drawn = sa.select(views.c.lead_id).where(views.c.view == "card", views.c.shown > 0)
        anew = {"shown": 0, "retry_at": None, "failures": 0, "error": None}
        # Mail is taken while this looks through the leads; a card that was drawn meanwhile is drawn again as it is.
        with self._database.begin() as connection:
            missing = connection.execute(moving.where(leads.c.id.in_(drawn))).scalars().all()
            missing = [*missing, *_stale(connection, team)]
            leave(connection, team)
            for start in range(0, len(missing), AT_ONCE):
                some = views.c.lead_id.in_(missing[start : start + AT_ONCE])
                connection.execute(sa.update(views).where(views.c.view.in_(("card", "thread")), some).values(anew))
        return len(missing)

    def count_shown(self, view: str) -> int:
        """How many leads the view has shown."""
        query = sa.select(sa.func.count()).where(views.c.view == view, views.c.shown > 0)
        with self._database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def lag(self, names: Collection[str] | None = None) -> dict[str, int]:
        """How many leads each view is behind, of BATCH how many cards; views that are not behind are left out.

        names: the views to look at, all when not given.
        """
        query = (
            sa.select(views.c.view, sa.func.count().label("behind"))
            .where(views.c.shown < views.c.wanted)
            .group_by(views.c.view)
        )
        if names is not None:
            query = query.where(views.c.view.in_(names))
        edits = sa.select(sa.func.count()).where(batches.c.posted, batches.c.shown < batches.c.wanted)
        with self._database.begin() as connection:
            found = {row.view: row.behind for row in connection.execute(query)}
            count = connection.execute(edits).scalar() if names is None or BATCH in names else 0
        return found | ({BATCH: count} if count else {})

    def trouble(self, view: str) -> str | None:
        """Why the view cannot show the lead that it tries next; None when nothing has gone wrong."""
        failing = sa.and_(views.c.view == view, views.c.shown < views.c.wanted, views.c.error.is_not(None))
        # One that is tried again soon tells of the service, which counts more than a single bad lead.
        soonest = sa.select(views.c.error).where(failing).order_by(views.c.retry_at, views.c.lead_id).limit(1)
        if view == BATCH:
            failing = sa.and_(batches.c.posted, batches.c.shown < batches.c.wanted, batches.c.error.is_not(None))
            soonest = sa.select(batches.c.error).where(failing).order_by(batches.c.retry_at).limit(1)
        with self._database.begin() as connection:
            error: str | None = connection.execute(soonest).scalar()
        return error

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep the right to work on something; False while another holds it."""
        now = self._clock.now()
        until = now + timedelta(seconds=seconds)
        insert = self._database.insert(leases).values(name=name, holder=holder, until=until)
        take = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            # One that ends later than any can was taken before the clock was set back.
            where=sa.or_(leases.c.holder == holder, leases.c.until < now, leases.c.until > until + CLOCK_SKEW),
        )
        with self._database.begin(lasting=False) as connection:
            return bool(connection.execute(take.returning(leases.c.name)).scalar())

    def reserve(self, key: str, per_second: float, burst: int) -> float:
        """Reserve the next place under a rate, across workers and restarts; the seconds to wait for it.

        More than LONGEST_WAIT means that nothing was reserved: ask again later. The generic cell rate algorithm:
        `free_at` moves on one interval a place and may run `burst` ahead of the clock.
        """
        now = self._clock.now().timestamp()
        interval = 1.0 / per_second
        with self._database.begin(write=True, lasting=False) as connection:
            # The write lock (or the row lock) is held from here on, so two workers never get one place.
            known = connection.execute(_FREE_AT, {"of_key": key}).scalar()
            if known is None:
                start = self._database.insert(rate_limits).values(key=key, free_at=now).on_conflict_do_nothing()
                connection.execute(start)
                known = connection.execute(_FREE_AT, {"of_key": key}).scalar_one()
            free_at = max(known, now)
            # Further ahead than any place is given: the clock was set back, which must not silence a channel.
            free_at = now if free_at > now + LONGEST_WAIT + interval * (burst + 1) else free_at
            wait = max(0.0, free_at - now - interval * (burst - 1))
            if wait <= LONGEST_WAIT:
                connection.execute(_TAKE, {"of_key": key, "next": free_at + interval})
            return float(wait)


def _stale(connection: sa.Connection, team: str) -> Sequence[int]:
    """The leads whose cards in this team nobody kept up, for the last that was posted went to another."""
    last = sa.select(postings.c.team).order_by(postings.c.id.desc()).limit(1)
    if connection.execute(last).scalar() == team:
        return ()
    here = sa.select(postings.c.lead_id).where(postings.c.team == team, OF_CARDS, postings.c.lead_id.is_not(None))
    return [*connection.execute(here).scalars(), *connection.execute(rows_in(team)).scalars()]


def succeeded(database: Database, view: str, at: datetime) -> sa.Executable:
    """The statement that a view has shown something at this moment."""
    insert = database.insert(view_successes).values(view=view, at=at)
    statement: sa.Executable = insert.on_conflict_do_update(index_elements=["view"], set_={"at": at})
    return statement


def _due(view: str, now: datetime) -> sa.Select[tuple[int, int]]:
    """What a view has to catch up with now."""
    ready = sa.or_(views.c.retry_at.is_(None), views.c.retry_at <= now)
    behind = sa.select(views.c.lead_id, views.c.wanted).where(views.c.view == view, views.c.shown < views.c.wanted)
    return behind.where(ready)


def _row(view: str, lead_id: int) -> sa.Update:
    return sa.update(views).where(views.c.view == view, views.c.lead_id == lead_id)
