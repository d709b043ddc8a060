"""What a seed means: the same mails and the same faults each time, and every kind of both even in a short run."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults import schedule
from tests.faults.mails import CONSTANT_ID, DECK, POISON, Kind, Sending, generate


def test_a_seed_is_a_run() -> None:
    """Mails and steps come out the same from the same seed, and otherwise from another."""
    for make in (lambda seed: [m.content() for m in generate(seed, 120)], lambda seed: schedule.plan(seed, 150, 8)):
        assert make(1) == make(1) != make(2)


def test_a_hundred_mails_are_of_every_kind() -> None:
    """Also of every way of sending; each says what it is by its bytes."""
    mails = generate(5, 200)
    assert {mail.kind for mail in mails} == set(DECK) == set(Kind)
    assert {mail.sending for mail in mails} == set(Sending)
    assert len({mail.key() for mail in mails}) == 200
    for mail in mails:
        content = mail.content()
        assert (POISON.encode() in content) == (mail.kind == Kind.POISON)
        assert (CONSTANT_ID.encode() in content) == (mail.kind == Kind.CONSTANT)
        whose = mail.of if mail.of and mail.kind == Kind.COPY else mail
        assert (len(content) > 1_000_000) == (whose.kind == Kind.BIG)
        assert content.endswith(b"\r\n")
        assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(("mails", "kills"), [(150, 8), (10, 1), (2000, 200)])
def test_every_kind_of_fault_is_in_every_run(mails: int, kills: int) -> None:
    """However short; kills as many as were asked for, and each mail but the last ones is released once, in order."""
    steps = schedule.plan(3, mails, kills)
    counted = Counter(step.kind for step in steps)
    assert set(counted) == set(schedule.KINDS)
    assert sum(counted[kind] for kind in schedule.KILLS) == max(kills, len(schedule.KILLS))
    assert [number for step in steps for number in step.mails] == list(range(mails * 9 // 10))
