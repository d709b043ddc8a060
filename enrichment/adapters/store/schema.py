"""The tables, once, for SQLite and PostgreSQL alike; a change here needs a migration beside it.

Raw messages are the truth about what came in, leads about what it means; every view (card, thread, index) is a row in
`views` that says which revision it has caught up to.
"""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store.columns import Id, Json, Text, UtcDateTime
from enrichment.adapters.store.mailbox_tables import mailbox_folders, mailbox_mails, mailbox_pulses
from enrichment.adapters.store.metadata import metadata, table
from enrichment.adapters.store.outage_tables import circuits, outages
from enrichment.adapters.store.staff_tables import lead_channels, mutes, reminders, staff_settings

__all__ = [
    "batch_leads",
    "batches",
    "circuits",
    "contact_points",
    "contacts",
    "events",
    "lead_channels",
    "leads",
    "leases",
    "mailbox_folders",
    "mailbox_mails",
    "mailbox_pulses",
    "matches",
    "messages",
    "metadata",
    "mutes",
    "outages",
    "postings",
    "rate_limits",
    "reminders",
    "samples_only",
    "staff_events",
    "staff_settings",
    "undispatched",
    "untold_filtered",
    "view_successes",
    "views",
]

messages = table(
    "messages",
    sa.Column("id", Id, primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("account", sa.String(320), nullable=False),
    sa.Column("identity", sa.String(96), nullable=False, unique=True),
    sa.Column("acknowledged", sa.Boolean, nullable=False, default=False),
    sa.Column("mail_from", Text),
    sa.Column("rcpt_tos", Json, nullable=False),
    sa.Column("client_ip", sa.String(64)),
    sa.Column("helo", Text),
    sa.Column("tls", sa.Boolean, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", Text),
    sa.Column("attempt", sa.Integer, nullable=False, default=1),
    sa.Column("dispatched_attempt", sa.Integer, nullable=False, default=0),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("not_before", UtcDateTime),
    sa.Column("error", Text),
    sa.Column("error_stage", sa.String(32)),
    sa.Column("mime_id", Text),
    sa.Column("body_hash", sa.String(64)),
    sa.Column("participants", Json),
    sa.Column("excerpt", Text),
    sa.Column("noticed", sa.Boolean, nullable=False, default=False),
    sa.Column("sample", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("restored", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("copy_of", Id, sa.ForeignKey("messages.id")),
    # No foreign key: leads point here already, and a circle of them would only get in the way of deletion.
    sa.Column("lead_id", Id),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("junk", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("cut_from", sa.BigInteger),
    sa.Column("historical", sa.Boolean, nullable=False, server_default=sa.false()),
    # Of mail from a mailbox only: finds it again when the server has numbered its folder anew.
    sa.Column("content_hash", sa.String(64)),
)
# In the same words in index and query, so that SQLite sees that the index holds the rows in question.
undispatched = sa.text("dispatched_attempt < attempt")
# History comes after whatever comes in now.
sa.Index("ix_messages_undispatched", messages.c.historical, messages.c.id,
         sqlite_where=undispatched, postgresql_where=undispatched)  # fmt: skip
# Holds all that the ledger counts: the table itself is full of mail.
sa.Index("ix_messages_ledger", messages.c.channel, messages.c.state, messages.c.copy_of, messages.c.received_at,
         messages.c.historical)  # fmt: skip
sa.Index("ix_messages_state", messages.c.state)
# Ten rows among a million, and their column stands behind the mail.
samples_only = sa.text("sample")
sa.Index("ix_messages_sample", messages.c.id, sqlite_where=samples_only, postgresql_where=samples_only)
# Few of many, and the column stands behind the mail.
untold_filtered = sa.text("state = 'filtered' AND NOT noticed")
sa.Index("ix_messages_untold", messages.c.id, sqlite_where=untold_filtered, postgresql_where=untold_filtered)
sa.Index("ix_messages_mime_id", messages.c.mime_id)
# Few have a value; whatever deletes a row looks here for those that point at it.
_copies = messages.c.copy_of.is_not(None)
sa.Index("ix_messages_copy_of", messages.c.copy_of, sqlite_where=_copies, postgresql_where=_copies)
sa.Index("ix_messages_lead_id", messages.c.lead_id)
# What one person says within minutes is looked up with each of their messages.
_talk = sa.text("channel = 'slack'")
sa.Index("ix_messages_talk", messages.c.account, messages.c.mail_from, messages.c.received_at,
         sqlite_where=_talk, postgresql_where=_talk)  # fmt: skip
_hashed = messages.c.content_hash.is_not(None)
sa.Index("ix_messages_content_hash", messages.c.content_hash, messages.c.account,
         sqlite_where=_hashed, postgresql_where=_hashed)  # fmt: skip
# One Message-ID with one body is one message however often it comes; the index decides when two arrive at once.
_original = sa.and_(messages.c.mime_id.is_not(None), messages.c.copy_of.is_(None))
sa.Index("uq_messages_content", messages.c.mime_id, messages.c.body_hash, unique=True,
         sqlite_where=_original, postgresql_where=_original)  # fmt: skip

contacts = table(
    "contacts",
    sa.Column("id", Id, primary_key=True),
    sa.Column("uuid", sa.String(36), nullable=False, unique=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("name_key", Text, nullable=False, index=True),
    sa.Column("company", Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

contact_points = table(
    "contact_points",
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("value", sa.String(320), nullable=False),
    sa.UniqueConstraint("contact_id", "kind", "value"),
    sa.Index("ix_contact_points_value", "value", "kind"),
)

leads = table(
    "leads",
    sa.Column("id", Id, primary_key=True),
    sa.Column("uuid", sa.String(36), nullable=False, unique=True),
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), nullable=False, unique=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, index=True),
    sa.Column("contact", Json, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("subject", Text, nullable=False),
    sa.Column("ask", Text, nullable=False),
    sa.Column("text", Text, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("triage", Json, nullable=False),
    sa.Column("duplicate_of", Id, sa.ForeignKey("leads.id")),
    sa.Column("embedding", sa.LargeBinary, nullable=False),
    sa.Column("embedder", sa.String(200), nullable=False),
    sa.Column("business", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Column("sample", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("analysis", Json),
    sa.Column("owner", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Column("owner_name", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("note", Text, nullable=False, server_default=sa.text("''")),
    sa.Column("origin", Json),
    sa.Column("whole", Text, nullable=False, server_default=sa.text("''")),
    sa.Column("historical", sa.Boolean, nullable=False, server_default=sa.false()),
    # What staff put in the place of what the machine found; see enrichment.lead.Edits.
    sa.Column("edits", Json),
    sa.Column("snoozed_until", UtcDateTime),
)
# All after the number only so that what staff ask for can be told from the index alone: the rows are full of words.
sa.Index("ix_leads_open", leads.c.status, leads.c.urgency.desc(), leads.c.id, leads.c.revision, leads.c.historical,
         leads.c.sample, leads.c.owner, leads.c.received_at, leads.c.snoozed_until)  # fmt: skip
sa.Index(
    "ix_leads_received", leads.c.received_at, leads.c.revision, leads.c.historical, leads.c.sample, leads.c.urgency
)
_duplicates = leads.c.duplicate_of.is_not(None)
sa.Index("ix_leads_duplicate_of", leads.c.duplicate_of, sqlite_where=_duplicates, postgresql_where=_duplicates)
# Tells whose contact it is without a look at each of a busy contact's leads.
sa.Index("ix_leads_sample", leads.c.contact_id, sqlite_where=samples_only, postgresql_where=samples_only)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("other_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reasons", Json, nullable=False),
    # Staff's word on the pair, which counts for more than `kind`; None: nobody has said anything, or has undone it.
    sa.Column("verdict", sa.String(16)),
    sa.Column("judged_by", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Column("judged_by_name", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("judged_at", UtcDateTime),
    sa.Index("ix_matches_other_id", "other_id"),
)

views = sa.Table(
    "views",
    metadata,
    sa.Column("view", sa.String(16), primary_key=True),
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("error", Text),
)
# For the deletion of a lead alone.
sa.Index("ix_views_lead_id", views.c.lead_id)
_behind = views.c.shown < views.c.wanted
sa.Index("ix_views_behind", views.c.view, views.c.urgency.desc(), views.c.lead_id,
         sqlite_where=_behind, postgresql_where=_behind)  # fmt: skip

# One row a view, so that how it is doing can be told without a look at every lead.
view_successes = sa.Table(
    "view_successes",
    metadata,
    sa.Column("view", sa.String(16), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

postings = table(
    "postings",
    sa.Column("id", Id, primary_key=True),
    sa.Column("team", sa.String(32), nullable=False),
    sa.Column("key", sa.String(120), nullable=False),
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), index=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("thread_ts", sa.String(32)),
    sa.Column("dispatch_id", sa.String(36), nullable=False, unique=True),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("ts", sa.String(32)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("team", "key"),
)

# A card that lists the cold leads of a backlog. posted: Slack has it; wanted, shown: how often it was to be edited, and
# up to which of those times it was.
batches = table(
    "batches",
    sa.Column("id", Id, primary_key=True),
    sa.Column("team", sa.String(32), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("posted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("wanted", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("shown", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("error", Text),
    sa.Column("channel", sa.String(32), nullable=False, server_default=sa.text("''")),
)
_edited = sa.and_(batches.c.posted, batches.c.shown < batches.c.wanted)
sa.Index("ix_batches_behind", batches.c.team, batches.c.id, sqlite_where=_edited, postgresql_where=_edited)

# Its rows, a lead once in each team; opened: the lead has a card of its own there.
batch_leads = sa.Table(
    "batch_leads",
    metadata,
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("team", sa.String(32), primary_key=True),
    sa.Column("batch_id", Id, sa.ForeignKey("batches.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("opened", sa.Boolean, nullable=False, server_default=sa.false()),
)

events = table(
    "events",
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("lead_id", Id, index=True),
    sa.Column("message_id", Id, index=True),
    sa.Column("detail", Json, nullable=False),
)
# Few of many: nearly all that is done, the bot does.
staff_events = sa.text("action IN ('claimed', 'assigned', 'closed')")
sa.Index("ix_events_staff", events.c.at, events.c.action, events.c.lead_id,
         sqlite_where=staff_events, postgresql_where=staff_events)  # fmt: skip

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

rate_limits = sa.Table(
    "rate_limits",
    metadata,
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("free_at", sa.Float, nullable=False),
)
