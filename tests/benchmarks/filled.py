"""A data folder with many leads at rest, as years of work would leave it: in the store, the index, Slack and DBOS.

Filled by the bot's own tables and adapters, not by mail, which would take an hour for 100,000. The vectors are those of
some 1,500 real texts, each moved a little at random, so that a lead has as many like it as in a real store.
"""

from __future__ import annotations

import functools
import hashlib
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from bot.workspace.identity import LEADS_CHANNEL, TEAM_ID
from enrichment.adapters.chroma import ChromaIndex
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.store import schema
from enrichment.adapters.store.engine import make_engine
from enrichment.adapters.store.lead_statements import VIEWS
from enrichment.lead import Contact, Triage, UrgencyLabel
from enrichment.models import MessageState
from enrichment.ports import name_key
from tests.benchmarks.letters import FAMILIES, NAMES, THINGS, request
from tests.servers.running_bot import ROOT, RunningBot, mail

REAL_TEXTS = 1500
CHUNK = 1000
MOVED = 0.25  # cosine about 0.97 to the text that it comes from
NOW = datetime.now(UTC)

Vectors = npt.NDArray[np.float32]
Row = dict[str, Any]


def fill(bot: RunningBot, count: int) -> None:
    """Fill the folder of a bot that does not run."""
    bot.start()  # makes the tables, DBOS's too, and one workflow to copy
    bot.send(mail("First <first@filled.example>", "First", "The first lead of all, to begin with."))
    bot.settled()
    bot.stop()
    embedder, texts, real = _real()
    index = ChromaIndex.in_folder(bot.folder / "data" / "chroma", embedder)
    engine = make_engine(f"sqlite:///{bot.folder / 'data' / 'leadbot.db'}")
    try:
        for start in range(2, count + 1, CHUNK):
            ids = range(start, min(start + CHUNK, count + 1))
            vectors = _moved(real[[lead_id % REAL_TEXTS for lead_id in ids]], start)
            with engine.begin() as connection:
                _insert(connection, ids, [texts[lead_id % REAL_TEXTS] for lead_id in ids], vectors, embedder.name)
            index.upsert(list(ids), vectors)
        with engine.begin() as connection:
            _copy_workflows(connection, count)
    finally:
        index.close()
        engine.dispose()


@functools.cache
def _real() -> tuple[OnnxEmbedder, list[str], Vectors]:
    """The model, some texts of customers and their vectors; made once for all folders."""
    embedder, chance = OnnxEmbedder(ROOT / "model", threads=2), random.Random(7)
    texts = [request(chance, chance.choice(THINGS)) for _ in range(REAL_TEXTS)]
    return embedder, texts, embedder.embed(texts)


def _moved(vectors: Vectors, seed: int) -> Vectors:
    noise = np.random.default_rng(seed).normal(0.0, MOVED / vectors.shape[1] ** 0.5, vectors.shape)
    moved = (vectors + noise).astype(np.float32)
    unit: Vectors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return unit


def _insert(connection: sa.Connection, ids: range, texts: list[str], vectors: Vectors, embedder: str) -> None:
    people = [_person(lead_id) for lead_id in ids]
    rows: dict[sa.Table, list[Row]] = {
        schema.messages: [_message(i, text) for i, text in zip(ids, texts, strict=True)],
        schema.contacts: [_contact_row(i, person) for i, person in zip(ids, people, strict=True)],
        schema.contact_points: [
            {"contact_id": i, "kind": "email", "value": p.email} for i, p in zip(ids, people, strict=True)
        ],
        schema.leads: [
            _lead(i, p, text, vector.tobytes(), embedder)
            for i, p, text, vector in zip(ids, people, texts, vectors, strict=True)
        ],
        schema.views: [row for i in ids for row in _views(i)],
        schema.postings: [row for i in ids for row in _postings(i)],
        schema.events: [_event(i) for i in ids],
    }
    for table, some in rows.items():
        connection.execute(sa.insert(table), some)


def _person(lead_id: int) -> Contact:
    name = f"{NAMES[lead_id % len(NAMES)]} {FAMILIES[lead_id // len(NAMES) % len(FAMILIES)]} {lead_id}"
    email = f"filled{lead_id}@homes{lead_id % 997}.example"
    return Contact(id=lead_id, name=name, email=email)


def _received(lead_id: int) -> datetime:
    return NOW - timedelta(days=400) + timedelta(minutes=lead_id * 5)


def _message(lead_id: int, text: str) -> Row:
    content = f"From: {_person(lead_id).email}\r\nSubject: Request {lead_id}\r\n\r\n{text}\r\n".encode()
    hashed = hashlib.sha256(content).hexdigest()
    return {
        "id": lead_id,
        "channel": "smtp",
        "account": "leads@localhost",
        "identity": hashed,
        "mail_from": _person(lead_id).email,
        "rcpt_tos": ["leads@localhost"],
        "tls": False,
        "content": content,
        "received_at": _received(lead_id),
        "state": MessageState.LEAD,
        "dispatched_attempt": 1,
        "mime_id": f"<{lead_id}@filled.example>",
        "body_hash": hashed,
        "participants": [_person(lead_id).email],
        "excerpt": text[:600],
        "lead_id": lead_id,
        "finished_at": _received(lead_id),
    }


def _contact_row(lead_id: int, person: Contact) -> Row:
    return {
        "id": lead_id,
        "uuid": str(uuid.uuid4()),
        "name": person.name,
        "name_key": name_key(person.name),
        "company": "",
        "created_at": _received(lead_id),
    }


def _lead(lead_id: int, person: Contact, text: str, vector: bytes, embedder: str) -> Row:
    urgency = lead_id * 7 % 100
    label = UrgencyLabel.HOT if urgency >= 70 else UrgencyLabel.WARM if urgency >= 40 else UrgencyLabel.COLD
    return {
        "id": lead_id,
        "uuid": str(uuid.uuid4()),
        "message_id": lead_id,
        "contact_id": lead_id,
        "contact": person.model_dump(mode="json"),
        "status": "open",
        "subject": f"Request {lead_id}",
        "ask": text[:100],
        "text": text,
        "channel": "smtp",
        "received_at": _received(lead_id),
        "revision": 1,
        "urgency": urgency,
        "triage": Triage(urgency=urgency, label=label).model_dump(mode="json"),
        "embedding": vector,
        "embedder": embedder,
    }


def _views(lead_id: int) -> Iterator[Row]:
    urgency = lead_id * 7 % 100
    for view in VIEWS:
        # Nobody analyses and nobody keeps a CRM here: those views stay behind, as they do in such a house.
        shown = int(view in ("card", "thread", "index"))
        yield {"view": view, "lead_id": lead_id, "wanted": 1, "shown": shown, "urgency": urgency, "failures": 0}


def _postings(lead_id: int) -> Iterator[Row]:
    root = f"{_received(lead_id).timestamp():.6f}"
    for name in ("card", "details"):
        yield {
            "team": TEAM_ID,
            "key": f"lead:{lead_id}:{name}",
            "lead_id": lead_id,
            "channel": LEADS_CHANNEL,
            "thread_ts": None if name == "card" else root,
            "dispatch_id": str(uuid.uuid4()),
            "state": "sent",
            "ts": root,
            "digest": "0" * 64,
            "created_at": _received(lead_id),
        }


def _event(lead_id: int) -> Row:
    when = _received(lead_id)
    return {"at": when, "actor": "leadbot", "action": "opened", "lead_id": lead_id, "message_id": lead_id, "detail": {}}


def _copy_workflows(connection: sa.Connection, count: int) -> None:
    """DBOS keeps what has ended for a week: each message's workflow, like the one that is there."""
    columns = [column["name"] for column in sa.inspect(connection).get_columns("workflow_status")]
    taken = ["'message:' || n || ':1'" if name == "workflow_uuid" else f'w."{name}"' for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    connection.exec_driver_sql(
        "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
        f"INSERT INTO workflow_status ({names}) SELECT {', '.join(taken)} "
        "FROM numbers CROSS JOIN workflow_status w WHERE w.workflow_uuid = 'message:1:1'",
        (count,),
    )
