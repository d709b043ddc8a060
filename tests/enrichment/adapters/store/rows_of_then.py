"""What the database of a small garage held at each revision, as the program of that time had written it.

Each row names the columns that it had then and nothing else. A table or column that has come since and is not named
here is filled by its type alone, so that a new revision is tried as soon as it exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
Row = Mapping[str, Any]
Rows = Mapping[str, tuple[Row, ...]]


def _mail(sender: str, number: int, body: str) -> bytes:
    head = f"From: {sender}\r\nTo: leads@localhost\r\nSubject: Brakes\r\nMessage-ID: <{number}@customer.example>\r\n"
    return f"{head}Date: Sun, 01 Nov 2026 09:00:00 +0000\r\n\r\n{body}\r\n".encode()


def _message(number: int, state: str, sender: str = "jo@example.com", **more: Any) -> Row:
    row = {
        "id": number, "channel": "smtp", "account": "smtp", "identity": f"{number:064x}", "acknowledged": True,
        "mail_from": sender, "rcpt_tos": ["leads@localhost"], "client_ip": "192.0.2.7", "helo": "mx.example",
        "tls": False, "content": _mail(sender, number, f"My brakes grind since last week. Case {number}."),
        "received_at": AT + timedelta(minutes=number), "state": state, "attempt": 1, "dispatched_attempt": 1,
        "failures": 0, "noticed": False, "mime_id": f"{number}@customer.example", "body_hash": f"{number:x}",
        "participants": [sender], "excerpt": "My brakes grind",
    }  # fmt: skip
    ended = {} if state == "in_progress" else {"finished_at": AT + timedelta(minutes=number, seconds=1)}
    return row | ended | more


UNREAD: Mapping[str, Any] = {"mime_id": None, "body_hash": None, "participants": None, "excerpt": None}
MESSAGES = (
    _message(1, "lead", lead_id=1),
    _message(2, "attached", lead_id=1, reason="a reply in the lead's thread"),
    _message(3, "filtered", "news@shop.example", reason="a newsletter"),
    _message(4, "quarantined", attempt=3, dispatched_attempt=3, failures=3, error="boom", error_stage="parse",
             reason="boom", noticed=True, **UNREAD),
    _message(5, "in_progress", "eve@example.com", dispatched_attempt=0, acknowledged=False, **UNREAD),
    _message(6, "in_progress", "max@example.com", attempt=2, dispatched_attempt=2, failures=1, error="busy",
             error_stage="parse", not_before=AT, **UNREAD),
    _message(7, "discarded", copy_of=1, **UNREAD),
    _message(8, "lead", "jo@example.com", lead_id=2),
    _message(9, "discarded", "spam@shop.example", reason="discarded by cli:maya"),
    _message(10, "erased", "", mail_from=None, content=b"", rcpt_tos=[], client_ip=None, helo=None, **UNREAD),
    _message(11, "in_progress", "ann@example.com"),  # was being judged when the power went
)  # fmt: skip


def _lead(number: int, message: int, contact: int, revision: int, urgency: int, **more: Any) -> Row:
    person = {"id": contact, "name": "Jo", "email": "jo@example.com", "phone": None, "company": "", "source": "from"}
    if contact == 2:
        person |= {"name": "Ann", "email": "ann@example.com"}
    label = "hot" if urgency >= 70 else "warm"
    evidence = [{"rule": "a safety matter", "quote": "brakes grind", "points": 20}]
    triage = {"urgency": urgency, "label": label, "intent": "inquiry", "service": "", "method": "rules"}
    return {
        "id": number, "uuid": f"00000000-0000-4000-8000-{number:012}", "message_id": message, "contact_id": contact,
        "contact": person, "status": "open", "subject": "Brakes", "ask": "Brakes grind",
        "text": f"My brakes grind since last week. Case {message}.", "channel": "smtp",
        "received_at": AT + timedelta(minutes=message), "revision": revision, "urgency": urgency,
        "triage": triage | {"evidence": evidence}, "embedding": b"\0\0\x80\x3f", "embedder": "a model of then",
    } | more  # fmt: skip


LEADS = (_lead(1, 1, 1, 3, 80), _lead(2, 8, 1, 1, 50, duplicate_of=1), _lead(3, 11, 2, 0, 0))
CONTACTS = tuple(
    {"id": number, "uuid": f"00000000-0000-4000-9000-{number:012}", "name": name, "name_key": name.lower(),
     "company": "", "created_at": AT}
    for number, name in ((1, "Jo"), (2, "Ann"))
)  # fmt: skip
POINTS = (
    {"id": 1, "contact_id": 1, "kind": "email", "value": "jo@example.com"},
    {"id": 2, "contact_id": 1, "kind": "phone", "value": "+13035550100"},
    {"id": 3, "contact_id": 2, "kind": "email", "value": "ann@example.com"},
)


def _view(view: str, lead: int, wanted: int, shown: int, urgency: int, **more: Any) -> Row:
    row = {"view": view, "lead_id": lead, "wanted": wanted, "shown": shown, "urgency": urgency, "failures": 0}
    return row | more


VIEWS = (
    _view("card", 1, 3, 3, 80), _view("thread", 1, 3, 2, 80), _view("index", 1, 1, 1, 80),
    _view("card", 2, 1, 0, 50, failures=2, error="Slack did not answer", retry_at=AT),
    _view("thread", 2, 1, 0, 50), _view("index", 2, 1, 1, 50),
    _view("card", 3, 0, 0, 0), _view("thread", 3, 0, 0, 0), _view("index", 3, 1, 0, 0),
)  # fmt: skip


def _posting(number: int, key: str, lead: int | None, state: str, ts: str | None) -> Row:
    where = {"team": "T1", "channel": "C1", "thread_ts": None, "digest": "d" * 64, "created_at": AT}
    return where | {"id": number, "key": key, "lead_id": lead, "dispatch_id": f"dispatch-{number}", "state": state, "ts": ts}  # fmt: skip  # noqa: E501


def _event(number: int, actor: str, action: str, lead: int | None, message: int | None, **detail: Any) -> Row:
    row = {"id": number, "at": AT, "actor": actor, "action": action, "lead_id": lead, "message_id": message}
    return row | {"detail": detail}


# What each revision could hold that the ones before it could not.
SINCE: Mapping[str, Rows] = {
    "0001": {
        "messages": MESSAGES,
        "contacts": CONTACTS,
        "contact_points": POINTS,
        "leads": LEADS,
        "matches": ({"lead_id": 2, "other_id": 1, "kind": "duplicate", "score": 0.91, "reasons": ["same e-mail"]},),
        "views": VIEWS,
        "postings": (
            _posting(1, "lead:1:card", 1, "sent", "1793523600.000100"),
            _posting(2, "lead:2:card", 2, "sending", None),
            _posting(3, "digest:2026-11-01", None, "sent", "1793523600.000200"),
        ),
        "events": (
            _event(1, "leadbot", "opened", 1, 1),
            _event(2, "customer", "wrote", 1, 2),
            _event(3, "leadbot", "opened", 2, 8),
        ),
        "leases": ({"name": "card", "holder": "local", "until": AT},),
        "rate_limits": ({"key": "slack:C1", "free_at": AT.timestamp()},),
    },
    "0003": {
        "messages": (_message(12, "lead", "sam@example.com", lead_id=4, sample=True),),
        "leads": (
            _lead(4, 12, 2, 2, 60, status="claimed", sample=True, business="garage", owner="U1", owner_name="Maya",
                  note="", analysis={"model": "small", "made_at": "2026-11-01T09:20:00Z", "summary": "Brakes",
                                     "intent": "repair", "urgency": 60, "evidence": []}),
        ),
        "views": (
            *(_view("crm", lead, wanted, 0, urgency) for lead, wanted, urgency in ((1, 3, 80), (2, 1, 50), (3, 0, 0))),
            *(_view("analysis", lead, int(lead < 3), 0, urgency) for lead, urgency in ((1, 80), (2, 50), (3, 0))),
            *(_view(view, 4, 2, 2, 60) for view in ("card", "thread")),
            _view("index", 4, 1, 1, 60), _view("analysis", 4, 1, 1, 60),
        ),
        "events": (_event(4, "U1", "claimed", 4, None, name="Maya"),),
    },
    "0005": {"view_successes": ({"view": "card", "at": AT}, {"view": "index", "at": AT})},
    "0010": {
        "mailbox_folders": (
            {"id": 1, "mailbox": "shop", "folder": "INBOX", "folder_key": "f" * 64, "uidvalidity": 7, "last_uid": 9,
             "since_uid": 3, "begun_at": AT},
        ),
        "mailbox_mails": (
            {"folder_id": 1, "uidvalidity": 7, "uid": 8, "message_id": 1, "errand": True},
            {"folder_id": 1, "uidvalidity": 7, "uid": 9, "message_id": 2, "errand": False},
        ),
        "mailbox_pulses": (
            {"mailbox": "shop", "last_success": AT, "error": "away", "failing_since": AT, "noticed": "open",
             "told_at": AT},
        ),
    },
}  # fmt: skip


def write(connection: sa.Connection, revisions: list[str]) -> None:
    """Put in what a database at the last of these revisions (oldest first) could hold."""
    tables = sa.MetaData()
    tables.reflect(connection)
    known: dict[str, list[Row]] = {}
    for revision in revisions:
        for name, rows in SINCE.get(revision, {}).items():
            known.setdefault(name, []).extend(rows)
    for table in tables.sorted_tables:
        if table.name != "alembic_version":
            for row in known.get(table.name, [{}]):
                connection.execute(sa.insert(table).values(dict(_whole(table, row))))
    if connection.dialect.name == "postgresql":
        _count_on(connection, tables)


def _whole(table: sa.Table, row: Row) -> Iterator[tuple[str, Any]]:
    """The row, with what a later table or column must have and the row of then had not."""
    yield from row.items()
    for column in table.columns:
        if column.name not in row and not column.nullable and column.server_default is None:
            yield column.name, _anything(column)


def _anything(column: sa.Column[Any]) -> Any:
    kind = column.type.python_type
    if kind is object:  # any JSON
        return {}
    given: dict[type, Any] = {str: "x", int: 1, float: 1.0, bool: False, bytes: b"x", datetime: AT, dict: {}}
    return given[kind]


def _count_on(connection: sa.Connection, tables: sa.MetaData) -> None:
    """PostgreSQL counts rows apart from them; it must go on behind what was put in by number."""
    for table in tables.tables.values():
        if "id" in table.columns:
            on = sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}")
            connection.execute(on)
