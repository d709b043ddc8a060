"""`leadbot samples load` and `leadbot samples remove`: the running bot does it; without one they are only removed."""

from __future__ import annotations

import contextlib

from bot import control, folder
from bot.bootstrap import open_embedder, open_index, open_store
from bot.samples.samples import remove_without_bot
from bot.settings import Settings
from enrichment.adapters.store.samples import SampleStore
from enrichment.errors import GiveUp


def load(settings: Settings) -> str:
    """Have the running bot load the samples; what came of it, in words. Raises GiveUp when no bot runs."""
    if not folder.is_locked(settings.data_dir):
        raise GiveUp("samples go into a running bot: start it with `leadbot run`, then try again")
    return control.ask(settings.data_dir, "/samples/load", {}, control.Told).text


def remove(settings: Settings) -> str:
    """Remove the samples; what came of it, in words. Raises StartupError, RetryLater or NeedsPerson."""
    if folder.is_locked(settings.data_dir):
        return control.ask(settings.data_dir, "/samples/remove", {}, control.Told).text
    opened = open_store(settings)
    samples = SampleStore(opened.database, opened.clock)
    # No bot may start in the middle: it would draw cards of what goes.
    with contextlib.ExitStack() as stack:
        stack.callback(opened.engine.dispose)
        stack.enter_context(folder.locked(settings.data_dir))
        if not samples.count():
            return "There are no samples to remove."
        with contextlib.closing(open_index(settings, open_embedder(settings))) as index:
            gone = remove_without_bot(samples, index)
    return (
        f"Removed {gone.messages} sample mails and {gone.leads} leads. What Slack shows of them stays there: only a "
        "running bot can delete that."
    )
