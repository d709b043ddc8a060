"""What is asked of the table of leads: statements built once, as SQLAlchemy would put them together for each lead."""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store import contacts as people
from enrichment.adapters.store.revise import RANKED
from enrichment.adapters.store.schema import contact_points, contacts, leads, messages, views
from enrichment.models import MessageState

VIEWS = ("card", "thread", "index", "analysis", "crm")

CANDIDATE = [
    leads.c[name]
    for name in (
        "id",
        "contact_id",
        "contact",
        "subject",
        "text",
        "received_at",
        "sample",
        "embedding",
        "embedder",
        "edits",
    )
]


def alive() -> sa.ColumnElement[bool]:
    """Shown, or being judged: a lead whose message was set aside half-way is nobody's match."""
    judged = sa.select(messages.c.id).where(messages.c.id == leads.c.message_id)
    return sa.or_(leads.c.revision > 0, judged.where(messages.c.state == MessageState.IN_PROGRESS).exists())


IDS: sa.BindParameter[list[int]] = sa.bindparam("ids", expanding=True)
SOURCE = (
    sa.select(*(messages.c[name] for name in ("channel", "received_at", "sample", "historical", "state")))
    .where(messages.c.id == sa.bindparam("of_message"))
    .with_for_update()
)
LEAD_OF = sa.select(leads.c.id).where(leads.c.message_id == sa.bindparam("of_message"))
INSERT = sa.insert(leads).returning(leads.c.id)
# One statement, not one a view. The index may take a lead as soon as it is committed; the others wait for its triage.
INSERT_VIEWS = sa.insert(views).from_select(
    ["view", "lead_id", "wanted", "shown", "urgency", "failures"],
    sa.union_all(
        *(
            sa.select(
                sa.literal(view),
                sa.bindparam("of_lead", type_=sa.BigInteger),
                sa.literal(int(view == "index")),
                sa.literal(0),
                sa.literal(0),
                sa.literal(0),
            ).where(sa.or_(sa.literal(view) != "crm", sa.not_(sa.bindparam("of_sample", type_=sa.Boolean))))
            for view in VIEWS
        )
    ),
)
# What draws the lead or reads its words; the index has waited for neither.
SHOW = (
    sa.update(views)
    .where(views.c.lead_id == sa.bindparam("of_lead"), views.c.view.in_(RANKED))
    .values(wanted=1, urgency=sa.bindparam("now_urgent"))
)
NEWEST = sa.select(*CANDIDATE).where(alive()).order_by(leads.c.id.desc())
NAMED = NEWEST.where(leads.c.id.in_(IDS))
OF_PARTY = NEWEST.where(leads.c.contact_id.in_(people.HOLDERS)).limit(sa.bindparam("at_most"))
BEARERS = (
    sa.select(contacts.c.id)
    .where(contacts.c.name_key == sa.bindparam("name_key"))
    .order_by(contacts.c.id.desc())
    .limit(sa.bindparam("at_most"))
)
NAMESAKES = NEWEST.where(leads.c.contact_id.in_(BEARERS), leads.c.id.not_in(IDS)).limit(sa.bindparam("at_most"))
HOLD = sa.select(leads.c.id).where(leads.c.id.in_(IDS)).order_by(leads.c.id).with_for_update(key_share=True)
JUDGED = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("of_lead"), leads.c.revision == 0)
    .values(urgency=sa.bindparam("now_urgent"), triage=sa.bindparam("now_judged"), revision=1)
    .returning(leads.c.message_id, leads.c.historical)
)
REPEATS = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("of_lead"), leads.c.duplicate_of.is_(None))
    .values(duplicate_of=sa.bindparam("repeats"))
)
END = (
    sa.update(messages)
    .where(messages.c.id == sa.bindparam("of_message"), messages.c.state == MessageState.IN_PROGRESS)
    .values(
        state=sa.bindparam("now"),
        lead_id=sa.bindparam("of_lead"),
        reason=sa.bindparam("because"),
        finished_at=sa.bindparam("at"),
        error=None,
    )
    .returning(messages.c.historical)
)
POINTS = sa.select(contact_points).where(contact_points.c.contact_id.in_(IDS)).order_by(contact_points.c.id)
UNINDEXED = (
    sa.select(leads.c.id, leads.c.embedding)
    .where(
        leads.c.id.in_(sa.select(views.c.lead_id).where(views.c.view == "index", views.c.shown < views.c.wanted)),
        leads.c.embedder == sa.bindparam("made_by"),
        alive(),
    )
    .order_by(leads.c.id.desc())
    .limit(sa.bindparam("at_most"))
)
