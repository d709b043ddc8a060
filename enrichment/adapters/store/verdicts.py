"""Staff's word on whether two leads belong together; it counts for more than what matching found, and may be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.acts import JUDGED, Change, actor_of, hold_pair, name_of, standing
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record
from enrichment.adapters.store.revise import rise
from enrichment.adapters.store.schema import leads, matches
from enrichment.errors import GiveUp
from enrichment.lead import MatchKind, Verdict
from enrichment.ports import Clock

# Of a pair that matching did not find.
REASON = "staff say so"
_KINDS = {Verdict.SAME: MatchKind.DUPLICATE, Verdict.RELATED: MatchKind.RELATED, Verdict.DIFFERENT: MatchKind.SIMILAR}
Pair = tuple[int, int]


class Verdicts:
    """Judges pairs; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def judge(
        self, lead_id: int, other_id: int, actor: str, name: str, verdict: Verdict | None, *, first: bool = False
    ) -> Change:
        """Say what two leads are to each other, or with None take back what was said; the order is of no matter.

        first: only where nobody has judged them yet.

        The change tells of `lead_id`, and who judged one of its pairs last. Raises GiveUp when one of them is not
        there, or both are the same.
        """
        if lead_id == other_id:
            raise GiveUp("name two different leads")
        pair = (max(lead_id, other_id), min(lead_id, other_id))
        with self._database.begin(write=True) as connection:
            hold_pair(connection, *pair)
            found = connection.execute(sa.select(matches).where(_is(pair))).first()
            stands = None if found is None else found.verdict
            done = stands != verdict and not (first and stands is not None)
            if done:
                now = self._clock.now()
                self._write(connection, pair, found, _word(verdict, actor, name, now))
                follow(connection, pair[0])
                for one, other in ((pair[1], pair[0]), pair):
                    rise(connection, one)
                    said = {"name": name_of(name), "other": other, "verdict": verdict.value if verdict else ""}
                    record(connection, now, actor_of(actor), JUDGED, lead_id=one, detail=said)
            return standing(connection, lead_id, done=done, actions=(JUDGED,))

    def _write(self, connection: sa.Connection, pair: Pair, found: Any, word: dict[str, Any]) -> None:
        verdict = word["verdict"]
        staffs = found is None or list(found.reasons) == [REASON]
        if staffs and verdict is None:
            connection.execute(sa.delete(matches).where(_is(pair)))
        elif staffs:
            row = {"kind": _KINDS[verdict], "score": 1.0, "reasons": [REASON], **word}
            insert = self._database.insert(matches).values(lead_id=pair[0], other_id=pair[1], **row)
            connection.execute(insert.on_conflict_do_update(index_elements=["lead_id", "other_id"], set_=row))
        else:
            connection.execute(sa.update(matches).where(_is(pair)).values(word))


def _is(pair: Pair) -> sa.ColumnElement[bool]:
    return sa.and_(matches.c.lead_id == pair[0], matches.c.other_id == pair[1])


def _word(verdict: Verdict | None, actor: str, name: str, now: datetime) -> dict[str, Any]:
    if verdict is None:
        return {"verdict": None, "judged_by": "", "judged_by_name": "", "judged_at": None}
    return {"verdict": verdict, "judged_by": actor_of(actor), "judged_by_name": name_of(name), "judged_at": now}


def follow(connection: sa.Connection, newer: int) -> None:
    """Whose duplicate the newer lead is: still the same if that may stand, else of the best pair that is left."""
    machine = sa.and_(matches.c.verdict.is_(None), matches.c.kind == MatchKind.DUPLICATE)
    stands = sa.or_(matches.c.verdict == Verdict.SAME, machine)
    now = sa.select(leads.c.duplicate_of).where(leads.c.id == newer).scalar_subquery()
    # A comparison with nothing is nothing, and databases do not agree on where that comes.
    order = (sa.func.coalesce(matches.c.other_id == now, sa.false()), sa.func.coalesce(matches.c.verdict, "") != "")
    best = sa.select(matches.c.other_id).where(matches.c.lead_id == newer, stands)
    best = best.order_by(*(column.desc() for column in order), matches.c.score.desc(), matches.c.other_id).limit(1)
    repeats = connection.execute(best).scalar()
    connection.execute(sa.update(leads).where(leads.c.id == newer).values(duplicate_of=repeats))
