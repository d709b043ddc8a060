"""Many calls become few, and none of them is the last one unheard."""

from __future__ import annotations

import asyncio

from bot.coalesce import Coalesced


async def test_the_first_call_acts_at_once_and_the_others_share_one() -> None:
    """Nobody waits for the first; however many follow within the gap, one more act comes after them."""
    acts: list[float] = []
    loop = asyncio.get_running_loop()
    call = Coalesced(lambda: acts.append(loop.time()), gap=0.05)
    call()
    assert len(acts) == 1
    for _ in range(100):
        call()
    assert len(acts) == 1
    await asyncio.sleep(0.2)
    assert len(acts) == 2
    assert acts[1] - acts[0] >= 0.04


async def test_after_a_rest_the_next_call_acts_at_once_again() -> None:
    """A single lead is never held up by an earlier one."""
    acts: list[int] = []
    call = Coalesced(lambda: acts.append(1), gap=0.01)
    for expected in (1, 2, 3):
        call()
        assert len(acts) == expected
        await asyncio.sleep(0.05)
    assert len(acts) == 3


async def test_a_call_from_within_the_act_is_not_lost() -> None:
    """What the act itself brings about is looked at after the gap."""
    acts: list[int] = []

    def act() -> None:
        acts.append(1)
        if len(acts) == 1:
            call()

    call = Coalesced(act, gap=0.01)
    call()
    await asyncio.sleep(0.1)
    assert len(acts) == 2
