"""Which leads somebody asks for, as a condition on the table of leads."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.schema import leads
from enrichment.lead import HOT_FROM, WARM_FROM, LeadStatus, UrgencyLabel
from enrichment.models import Model

OPEN_STATES = (LeadStatus.OPEN, LeadStatus.CLAIMED)
MOST_WORDS = 8
LONGEST_WORD = 100
# Words are looked for in every letter of every lead; of more leads than this only the newest are read.
SEARCHED = 50_000
_URGENCY = {
    UrgencyLabel.HOT: (HOT_FROM, 100),
    UrgencyLabel.WARM: (WARM_FROM, HOT_FROM - 1),
    UrgencyLabel.COLD: (0, WARM_FROM - 1),
}
_PHONE = re.compile(r"[\d\s()+./-]{5,40}", re.ASCII)
_PLAIN = re.compile(r"[\w@.+-]+")
_CAPITALS = re.compile("[A-Z]+")
_ESCAPE = "\\"


class Filters(Model):
    """What the leads must be; the defaults say nothing but that they are open.

    status: empty: any. owner: Slack's id; unclaimed: nobody's. label: by the urgency shown. since: received then or
    later. snoozed: laid aside (True) or not (False). words: each must stand somewhere in the customer's words, in the
    contact or in the owner's name, whatever their case; leads from before the bot's time are found by them alone, and
    only the newest SEARCHED leads are looked at.
    samples: whether those that came with Leadbot count.
    """

    status: tuple[LeadStatus, ...] = OPEN_STATES
    owner: str | None = None
    unclaimed: bool = False
    label: UrgencyLabel | None = None
    since: datetime | None = None
    snoozed: bool | None = None
    words: str = ""
    samples: bool = True


def condition(filters: Filters, *, folds: bool) -> sa.ColumnElement[bool]:
    """What a lead's row must be. folds: whether the database's LIKE takes no heed of case by itself, as SQLite's."""
    # Every status by its name, so that the index on it is of use; words are read newest first, without that index.
    status = sa.func.coalesce(leads.c.status, "") if filters.words.split() else leads.c.status
    wanted = [status.in_(filters.status or tuple(LeadStatus)), leads.c.revision > 0]
    if filters.owner is not None:
        wanted.append(leads.c.owner == filters.owner)
    if filters.unclaimed:
        wanted.append(leads.c.owner == "")
    if filters.label is not None:
        wanted.append(leads.c.urgency.between(*_URGENCY[filters.label]))
    if filters.since is not None:
        wanted.append(leads.c.received_at >= filters.since)
    if filters.snoozed is not None:
        wanted.append(leads.c.snoozed_until.is_not(None) if filters.snoozed else leads.c.snoozed_until.is_(None))
    if not filters.samples:
        wanted.append(sa.not_(leads.c.sample))
    if filters.words.split():
        wanted.append(leads.c.id > oldest_searched())
    return sa.and_(*wanted, *_said(filters.words, folds=folds))


def oldest_searched() -> sa.ColumnElement[int]:
    """Up to this number leads are too old to be searched; none is when this is not positive."""
    newest = leads.alias("newest")
    return sa.select(sa.func.coalesce(sa.func.max(newest.c.id), 0) - SEARCHED).scalar_subquery()


def _said(words: str, *, folds: bool) -> list[sa.ColumnElement[bool]]:
    """Each of the words somewhere; a phone is found however it is written."""
    needles = [str(storable(word))[:LONGEST_WORD] for word in words[: MOST_WORDS * LONGEST_WORD].split()][:MOST_WORDS]
    if not needles:
        # History is nobody's work until its customer writes again.
        return [sa.not_(leads.c.historical)]
    everywhere = sa.and_(*(_somewhere(needle, folds=folds) for needle in needles))
    digits = re.sub(r"\D", "", words).lstrip("0") if _PHONE.fullmatch(words.strip()) else ""
    if len(digits) <= 4:
        return [everywhere]
    return [sa.or_(everywhere, _has(_contact("phone"), digits, folds=folds))]


def _somewhere(needle: str, *, folds: bool) -> sa.ColumnElement[bool]:
    columns = (leads.c.text, leads.c.ask, leads.c.subject, leads.c.owner_name)
    details = sa.or_(*(_has(_contact(name), needle, folds=folds) for name in ("name", "email", "phone", "company")))
    if _PLAIN.fullmatch(needle):
        # It stands in the stored JSON, which SQLite keeps in ASCII: few rows need be taken apart.
        words = {json.dumps(each)[1:-1] if folds else each for each in _spellings(needle)}
        stored = (sa.cast(column, sa.Text) for column in (leads.c.contact, leads.c.edits))
        details = sa.and_(sa.or_(*(_any_of(words, column, folds=folds) for column in stored)), details)
    return sa.or_(*(_has(column, needle, folds=folds) for column in columns), details)


def _has(text: sa.ColumnElement[str], needle: str, *, folds: bool) -> sa.ColumnElement[bool]:
    return _any_of(_spellings(needle), text, folds=folds)


def _any_of(words: Collection[str], text: sa.ColumnElement[str], *, folds: bool) -> sa.ColumnElement[bool]:
    like = text.like if folds else text.ilike
    return sa.or_(*(like(f"%{_literal(word)}%", escape=_ESCAPE) for word in sorted(words)))


def _spellings(needle: str) -> set[str]:
    """SQLite knows the two cases of ASCII letters alone; what differs in those is one spelling."""
    return {_ascii_lower(each) for each in (needle, needle.lower(), needle.upper(), needle.title())}


def _ascii_lower(word: str) -> str:
    return _CAPITALS.sub(lambda found: found[0].lower(), word)


def _literal(word: str) -> str:
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, f"{_ESCAPE}{sign}")
    return word


def _contact(name: str) -> sa.ColumnElement[str]:
    """A detail as staff see it."""
    edited, found = (column[name].as_string() for column in (leads.c.edits, leads.c.contact))
    return sa.func.coalesce(edited, found, "")
