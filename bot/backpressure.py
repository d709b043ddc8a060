"""Backpressure in the running bot: the measure by the settings, kept up to date, and staff told of what it does."""

from __future__ import annotations

import asyncio

from bot.bootstrap import Store
from bot.settings import Settings
from enrichment.adapters.pressure import Marks, Pressure
from enrichment.adapters.store import full

SAMPLE_SECONDS = 1.0


def open_pressure(settings: Settings, store: Store) -> Pressure:
    """The measure for this store, which it hears at once when that is full."""
    marks = Marks(waiting=settings.max_waiting, free_bytes=settings.min_free_bytes)
    pressure = Pressure(store.ledger.count_waiting, settings.data_dir, marks)
    full.listen(store.engine, pressure.store_full)
    return pressure


async def keep_up(pressure: Pressure) -> None:
    """Sample until cancelled."""
    while True:
        await asyncio.to_thread(pressure.sample)
        await asyncio.sleep(SAMPLE_SECONDS)
