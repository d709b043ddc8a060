"""Broken mails by the thousand through the real parser process: each gives an answer in time, and a clean one."""

from __future__ import annotations

import hashlib

import pytest

from channels.mail.parser import ParserProcess
from enrichment.errors import GiveUp
from tests.fuzz.mutations import mutated
from tests.fuzz.promises import assert_promises
from tests.fuzz.seeds import seeds


def run(parser: ParserProcess, *, seed: int, count: int) -> None:
    """Parse so many; a mail that fails is named by its number, so that it can be made again."""
    for number, mail in enumerate(mutated(seeds(), seed=seed, count=count)):
        try:
            assert_promises(parser.parse(mail))
        except (GiveUp, AssertionError) as error:
            pytest.fail(f"mail {number} of seed {seed}: {error}")


def test_the_seeds_themselves_are_read(parser: ParserProcess) -> None:
    """Unbroken, each says something, and has a sender or says that it has none."""
    for mail in seeds():
        found = parser.parse(mail)
        assert_promises(found)
        assert found.sender is not None or found.defects
        assert found.full_text or found.attachments or found.subject


def test_the_same_seed_breaks_the_same_way() -> None:
    """A failure can be made again."""
    first, again, other = (
        hashlib.sha256(b"".join(mutated(seeds(), seed=seed, count=50))).digest() for seed in (1, 1, 2)
    )
    assert first == again != other


def test_500_broken_mails(parser: ParserProcess) -> None:
    """The fast part."""
    run(parser, seed=500, count=500)


def test_10000_broken_mails(parser: ParserProcess) -> None:
    """The slow part."""
    run(parser, seed=10_000, count=10_000)
