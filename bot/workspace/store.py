"""What the workspace remembers, in one SQLite file; every change is committed before the call that made it is answered.

The statements run on the event loop's thread: one takes some 50 µs, and no other request can come between its steps.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from bot.workspace.identity import BOT_USER_ID, CHANNELS, PEOPLE, dm_channel

SCHEMA = """
CREATE TABLE IF NOT EXISTS channels (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, topic TEXT NOT NULL,
    dm_user TEXT, created INTEGER NOT NULL, last_ts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS members (channel TEXT NOT NULL, user TEXT NOT NULL,
    PRIMARY KEY (channel, user)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (channel TEXT NOT NULL, ts TEXT NOT NULL, thread_ts TEXT, ephemeral_to TEXT,
    user TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (channel, ts)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_thread ON messages (channel, thread_ts, ts);
CREATE TABLE IF NOT EXISTS reactions (channel TEXT NOT NULL, ts TEXT NOT NULL, name TEXT NOT NULL, user TEXT NOT NULL,
    PRIMARY KEY (channel, ts, name, user)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; dm_user: the person of a direct-message channel, None for a public one."""

    id: str
    name: str
    topic: str
    dm_user: str | None
    created: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as stored; body is Slack's message object (text, blocks, metadata, edited …)."""

    channel: str
    ts: str
    thread_ts: str | None
    ephemeral_to: str | None
    user: str
    body: Json

    @property
    def is_tombstone(self) -> bool:
        """Whether it only stands where a deleted root was."""
        return bool(self.body.get("subtype") == "tombstone")


@dataclass(frozen=True, slots=True)
class Replies:
    """What Slack tells of a thread at its root."""

    count: int
    latest: str
    users: tuple[str, ...]


class Store:
    """The channels, members, messages and reactions."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._seed()

    def _seed(self) -> None:
        for channel in CHANNELS:
            self.add_channel(channel.id, channel.name, channel.topic, [*channel.members, BOT_USER_ID])
            with self._db:  # a file of an older version has the older words
                self._db.execute("UPDATE channels SET topic = ? WHERE id = ?", (channel.topic, channel.id))
        for user in PEOPLE:
            self.add_channel(dm_channel(user), f"dm-{user}", "", [user, BOT_USER_ID], dm_user=user)

    def close(self) -> None:
        """Close the file; nothing is pending in it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_channel(
        self, channel_id: str, name: str, topic: str, members: Iterable[str], dm_user: str | None = None
    ) -> None:
        """Make a channel with its members, unless it is there already."""
        with self._db:
            row = (channel_id, name, topic, dm_user, int(self._now()))
            self._db.execute(
                "INSERT OR IGNORE INTO channels (id, name, topic, dm_user, created) VALUES (?,?,?,?,?)", row
            )
            self._db.executemany("INSERT OR IGNORE INTO members VALUES (?,?)", [(channel_id, user) for user in members])

    def channels(self) -> list[Channel]:
        """All channels, the public ones first."""
        rows = self._db.execute(
            "SELECT id, name, topic, dm_user, created FROM channels ORDER BY dm_user IS NOT NULL, rowid"
        )
        return [Channel(*row) for row in rows]

    def channel(self, name_or_id: str) -> Channel | None:
        """The channel of that id or name ("leads" or "#leads")."""
        name = name_or_id.removeprefix("#")
        row = self._db.execute(
            "SELECT id, name, topic, dm_user, created FROM channels WHERE id = ? OR name = ?", (name_or_id, name)
        ).fetchone()
        return Channel(*row) if row else None

    def members(self, channel: str) -> list[str]:
        """The ids of a channel's members."""
        return [
            row[0] for row in self._db.execute("SELECT user FROM members WHERE channel = ? ORDER BY user", (channel,))
        ]

    def next_ts(self, channel: str) -> str:
        """A new timestamp, later than every one ever given in the channel. Call it inside a transaction."""
        (last,) = self._db.execute("SELECT last_ts FROM channels WHERE id = ?", (channel,)).fetchone()
        micros = max(int(self._now() * 1_000_000), last + 1)
        self._db.execute("UPDATE channels SET last_ts = ? WHERE id = ?", (micros, channel))
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def add_message(
        self, channel: str, user: str, body: Json, *, thread_ts: str | None = None, ephemeral_to: str | None = None
    ) -> Message:
        """Store a new message under the next timestamp of its channel."""
        with self._db:
            ts = self.next_ts(channel)
            row = (channel, ts, thread_ts, ephemeral_to, user, json.dumps(body))
            self._db.execute("INSERT INTO messages VALUES (?,?,?,?,?,?)", row)
        return Message(channel, ts, thread_ts, ephemeral_to, user, body)

    def edit_message(self, message: Message, changes: Json, editor: str | None, user: str | None = None) -> Message:
        """Replace parts of a message's body; a None takes the part out.

        editor: whom "edited" then names; user: who the message is by from now on, when that changes too.
        """
        with self._db:
            body = {key: value for key, value in {**message.body, **changes}.items() if value is not None}
            if editor is not None:
                body["edited"] = {"user": editor, "ts": self.next_ts(message.channel)}
            changed = replace(message, body=body, user=user or message.user)
            where = (json.dumps(body), changed.user, message.channel, message.ts)
            self._db.execute("UPDATE messages SET body = ?, user = ? WHERE channel = ? AND ts = ?", where)
        return changed

    def delete_message(self, message: Message) -> None:
        """Take a message and its reactions out."""
        with self._db:
            where = (message.channel, message.ts)
            self._db.execute("DELETE FROM messages WHERE channel = ? AND ts = ?", where)
            self._db.execute("DELETE FROM reactions WHERE channel = ? AND ts = ?", where)

    def message(self, channel: str, ts: str) -> Message | None:
        """The message at that timestamp."""
        return next(iter(self._select("channel = ? AND ts = ?", (channel, ts))), None)

    def find(self, ts: str) -> Message | None:
        """The message at that timestamp in any channel; the newest channel's if two share it."""
        return next(iter(self._select("ts = ?", (ts,))), None)

    def messages(self, channel: str, limit: int = -1) -> list[Message]:
        """The last `limit` messages of a channel (all by default), ephemeral ones and replies too, oldest first."""
        return self._select("channel = ?", (channel,), f"ORDER BY ts DESC LIMIT {int(limit)}")[::-1]

    def roots(self, channel: str, after: str, before: str, limit: int) -> list[Message]:
        """The newest messages with after < ts < before that stand in the channel itself, newest first."""
        alone = "(thread_ts IS NULL OR json_extract(body, '$.subtype') = 'thread_broadcast')"
        where = f"channel = ? AND ts > ? AND ts < ? AND {alone} AND ephemeral_to IS NULL"
        return self._select(where, (channel, after, before), f"ORDER BY ts DESC LIMIT {int(limit)}")

    def thread(self, channel: str, root: str, after: str, before: str, limit: int) -> list[Message]:
        """The root and its replies with after < ts < before, oldest first."""
        where = "channel = ? AND (ts = ? OR thread_ts = ?) AND ts > ? AND ts < ? AND ephemeral_to IS NULL"
        return self._select(where, (channel, root, root, after, before), f"ORDER BY ts LIMIT {int(limit)}")

    def replies(self, channel: str, roots: Iterable[str]) -> dict[str, Replies]:
        """What to tell at each of these roots that has replies."""
        wanted = json.dumps(list(roots))
        rows = self._db.execute(
            "SELECT thread_ts, count(*), max(ts), json_group_array(DISTINCT user) FROM messages WHERE channel = ?"
            " AND thread_ts IN (SELECT value FROM json_each(?)) AND ephemeral_to IS NULL GROUP BY thread_ts",
            (channel, wanted),
        )
        return {root: Replies(count, latest, tuple(json.loads(users))) for root, count, latest, users in rows}

    def add_reaction(self, message: Message, name: str, user: str) -> bool:
        """Add someone's reaction; False when it was there."""
        with self._db:
            row = (message.channel, message.ts, name, user)
            return self._db.execute("INSERT OR IGNORE INTO reactions VALUES (?,?,?,?)", row).rowcount == 1

    def reactions(self, message: Message) -> dict[str, list[str]]:
        """The people behind each reaction's name."""
        where = (message.channel, message.ts)
        rows = self._db.execute(
            "SELECT name, user FROM reactions WHERE channel = ? AND ts = ? ORDER BY name, user", where
        )
        found: dict[str, list[str]] = {}
        for name, user in rows:
            found.setdefault(name, []).append(user)
        return found

    def keep_note(self, name: str, value: str) -> None:
        """Keep a value of the workspace's own under a name."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO notes VALUES (?,?)", (name, value))

    def note(self, name: str) -> str | None:
        """The value kept under that name."""
        row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def latest(self, channel: str) -> str:
        """The timestamp of a channel's newest root that everybody sees; "" when it has none."""
        return next((message.ts for message in self.roots(channel, "", "9", 1)), "")

    def _select(self, where: str, values: tuple[str, ...], tail: str = "") -> list[Message]:
        columns = "channel, ts, thread_ts, ephemeral_to, user, body"
        rows = self._db.execute(f"SELECT {columns} FROM messages WHERE {where} {tail}", values)  # noqa: S608 - constants
        return [Message(r[0], r[1], r[2], r[3], r[4], json.loads(r[5])) for r in rows]
