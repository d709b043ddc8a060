"""A message is the same however its bytes were cut on the way, and what comes behind it stays where it is."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.mail.gate import MAX_HELD_BYTES, Gate
from channels.mail.incoming import TOO_LARGE, Incoming
from channels.mail.reader import LineReader

END = b".\r\n"
NEXT = b"QUIT\r\n.\r\n"
# What line ends and dots are made of; the reader's limit is small, so that some lines are long ones.
PIECES = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\r\n.", b"x" * 20]), max_size=30)
LIMIT = 16


def stuffed(content: bytes) -> bytes:
    """As a client sends it: lines, each dot at the beginning of one doubled."""
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in content.split(b"\r\n"))


async def read(sent: bytes, cuts: list[int], most: int = 10_000) -> tuple[Incoming, Gate, bytes]:
    """What is made of it when it comes in parts, and what is left over."""
    reader, gate = LineReader(limit=LIMIT), Gate()
    incoming = Incoming(gate, most)
    reading = asyncio.create_task(incoming.read(reader, lambda: None))
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    for start, end in itertools.pairwise(places):
        reader.feed_data(sent[start:end])
        await asyncio.sleep(0)
    await reading
    reader.feed_eof()
    return incoming, gate, await reader.read()


@given(PIECES, st.lists(st.integers(0, 300), max_size=8))
@example([b".", b"\r\n."], [])
@example([], [1, 2])
@example([b"a", b"\r\n.", b"\r", b"\n."], [4, 5])
def test_a_message_is_what_was_sent(pieces: list[bytes], cuts: list[int]) -> None:
    """Stuffed dots are undone, lone line ends are kept, the end is found, and the next command is not touched."""
    content = b"".join(pieces)
    incoming, gate, left = asyncio.run(read(stuffed(content) + END + NEXT, cuts))
    assert bytes(incoming.content) == content + b"\r\n"
    assert left == NEXT
    incoming.release()
    assert gate.room == MAX_HELD_BYTES


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"])
async def test_only_a_true_end_ends_a_message(end: bytes) -> None:
    """What other servers may take for the end of a message is part of it: nothing can be smuggled in behind it."""
    sent = b"a" + end + b"MAIL FROM:<x@y.example>\r\n"
    incoming, _, left = await read(sent + END, [])
    assert bytes(incoming.content) == sent.replace(b"\r\n.", b"\r\n")
    assert left == b""


@pytest.mark.parametrize("most", [0, 10, 59])
async def test_a_message_that_is_too_large_is_read_to_its_end_and_not_kept(most: int) -> None:
    """However much of it comes at once."""
    sent = b"x" * 8 + b"\r\n"
    incoming, gate, left = await read(sent * 6 + END + NEXT, [], most)
    assert (incoming.refusal, bytes(incoming.content), left) == (TOO_LARGE, b"", NEXT)
    assert gate.room == MAX_HELD_BYTES
