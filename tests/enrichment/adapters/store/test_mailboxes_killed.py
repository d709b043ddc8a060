"""A poller that is killed between any two statements has stored the whole batch or nothing of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from enrichment.adapters.store import migrate
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.mailboxes import Errand
from tests.enrichment.mailbox import INBOX, SHOP, fetched
from tests.enrichment.parts import Parts, SetClock

ROOT = Path(__file__).parents[4]
# Forks one poller after the other, each of which dies one statement later than the one before; says how each ended.
POLLERS = """
import json, os, signal, sys
import sqlalchemy as sa
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.mailboxes import Mailboxes
from tests.enrichment.adapters.store.test_mailboxes_killed import batch, look
from tests.enrichment.parts import SetClock

def poll(moment):
    engine, left = make_engine(sys.argv[1]), [moment]
    def step(*_):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
    sa.event.listen(engine, "before_cursor_execute", step)
    sa.event.listen(engine, "commit", step)
    batch(Mailboxes(Database(engine), SetClock()))

for moment in range(1, 40):
    child = os.fork()
    if not child:
        poll(moment)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    engine = make_engine(sys.argv[1])
    print(json.dumps([status, look(engine)]), flush=True)
    engine.dispose()
    if not status:
        break
"""


def begin(boxes: Mailboxes) -> None:
    """A folder that was numbered anew, one of whose mails of then is still there."""
    boxes.begin(SHOP, INBOX, 1, 0)
    boxes.store(SHOP, INBOX, 1, [fetched(1, b"old")], last_uid=1)
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=3)


def batch(boxes: Mailboxes) -> None:
    """What the pollers do: an old mail and two new ones."""
    mails = [fetched(uid, content, validity=2) for uid, content in ((1, b"old"), (2, b"new"), (3, b"newer"))]
    boxes.store(SHOP, INBOX, 2, mails, last_uid=3, errands=True, rescan=True)


def look(engine: sa.Engine) -> list[int]:
    """Rows, places under the new numbering, errands, and the cursor."""
    boxes = Mailboxes(Database(engine), SetClock())
    cursor = boxes.cursor(SHOP, INBOX)
    assert cursor is not None
    with engine.begin() as connection:
        rows = connection.execute(sa.text("SELECT count(*) FROM messages")).scalar_one()
    return [rows, len(boxes.stored(SHOP, INBOX, 2, range(9))), len(boxes.errands(SHOP, INBOX, 9)), cursor.last_uid]


def test_killed_poller_leaves_all_or_nothing(engine: sa.Engine, url: str) -> None:
    """At each of its statements and before the commit; the one that lives does it all, once."""
    migrate.upgrade(engine)
    begin(Mailboxes(Database(engine), SetClock()))
    engine.dispose()
    ran = subprocess.run(
        [sys.executable, "-c", POLLERS, url], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    *killed, last = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(killed) >= 7
    assert killed == [[-9, [1, 0, 0, 0]]] * len(killed)
    assert last == [0, [3, 3, 3, 3]]
    batch(Mailboxes(Database(engine), SetClock()))
    assert look(engine) == [3, 3, 3, 3]
    assert Mailboxes(Database(engine), SetClock()).errands(SHOP, INBOX, 9) == [Errand(2, uid) for uid in (1, 2, 3)]


def test_killed_pollers_of_two_workers(engine: sa.Engine, url: str) -> None:
    """Pollers that die while another stores the same mails leave it undisturbed, and nothing doubled."""
    migrate.upgrade(engine)
    parts = Parts(Database(engine), SetClock())
    boxes = Mailboxes(parts.database, parts.clock)
    begin(boxes)
    with subprocess.Popen([sys.executable, "-c", POLLERS, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as pollers:
        assert pollers.stdout is not None
        assert pollers.stdout.readline()
        for uid in range(4, 40):
            boxes.store(SHOP, INBOX, 2, [fetched(uid, b"%d" % uid, validity=2)], last_uid=uid, rescan=True)
            batch(boxes)
        pollers.communicate(timeout=60)
    assert pollers.returncode == 0
    assert look(engine) == [3 + 36, 3 + 5, 3, 39]
    held = "SELECT count(DISTINCT message_id) FROM mailbox_mails WHERE uidvalidity = 2"
    assert parts.scalar(held) == 3 + 36
