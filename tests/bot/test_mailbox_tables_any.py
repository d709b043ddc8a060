"""[[mailbox]] tables that anything may stand in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mailboxes import MailboxTable, read_mailboxes

USUAL = {"name": "shop", "user": "a@b.example", "host": "imap.b.example", "password_env": "P"}
WORDS = st.sampled_from(
    ["", "x", "gmail", "move", "google", "none", "INBOX", "a\nb", "\0", "é@ü", "-x", "127.0.0.1", "::1"]
)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.lists(WORDS, max_size=2))


@given(st.dictionaries(st.sampled_from([*MailboxTable.model_fields, "password", "x\ny"]), VALUES, max_size=5))
def test_whatever_stands_there_makes_a_mailbox_or_one_line(entry: dict[str, Any]) -> None:
    """No table ends a start in anything but a line, and none that is taken lacks what a poll needs."""
    try:
        (table,) = read_mailboxes([USUAL | entry])
    except ValueError:
        with pytest.raises(ValueError, match=r"^\[\[mailbox\]\] number 1: [^\r\n]+$"):
            read_mailboxes([USUAL | entry])
        return
    mailbox = table.mailbox()
    assert mailbox.host
    assert mailbox.folders
    assert (mailbox.after == "move") == bool(mailbox.move_to)
    assert mailbox.security != "none" or mailbox.host in {"127.0.0.1", "::1"}
