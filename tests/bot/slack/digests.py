"""The digest on a store, as the bot puts it together."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.bootstrap import Store
from bot.slack.client import Slack
from bot.slack.digest import Digest
from bot.slack.digest_picture import TrendPicture
from bot.slack.poster import Poster
from enrichment.adapters.store.filtered import Filtered
from enrichment.adapters.store.numbers import Numbers
from tests.enrichment.parts import Parts

UTC = ZoneInfo("UTC")


def digest_of(poster: Poster, store: Store | Parts, slack: Slack | None = None, weekday: str = "never") -> Digest:
    """With a picture when it is given Slack itself."""
    numbers = Numbers(store.database)
    picture = TrendPicture(slack, poster.channel, numbers, UTC) if slack is not None else None
    filtered = Filtered(store.database, store.clock)
    return Digest(
        poster, store.book, filtered, numbers, clock=store.clock, zone=UTC, weekday=lambda: weekday, picture=picture
    )
