"""The picture of the last weeks says what the numbers say."""

from __future__ import annotations

import io
import struct
import sys
from datetime import date, timedelta

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread

from bot import trend
from enrichment.adapters.store.numbers import DayNumbers

FIRST = date(2026, 10, 26)


def weeks(leads: list[int], hot: list[int] | None = None) -> list[DayNumbers]:
    """Days with so many leads each."""
    return [
        DayNumbers(day=FIRST + timedelta(days=number), leads=count, hot=(hot or [0] * len(leads))[number])
        for number, count in enumerate(leads)
    ]


def pixels(png: bytes) -> tuple[int, int, set[bytes]]:
    """Width, height and the colours of a picture."""
    shown = (imread(io.BytesIO(png), format="png")[:, ::4, :3] * 255).round().astype(np.uint8)
    width, height = struct.unpack(">II", png[16:24])
    return width, height, {bytes(colour) for colour in np.unique(shown.reshape(-1, 3), axis=0)}


def test_the_picture_shows_both_kinds() -> None:
    """Large enough for a phone, small enough to send, in two colours that the colour-blind can tell apart."""
    picture = trend.draw(weeks([3, 0, 8, 2] * 7, [1, 0, 4, 2] * 7))
    assert picture is not None
    width, height, colours = pixels(picture.png)
    assert (width, height) == (1080, 720)
    assert len(picture.png) < 200_000
    for colour in (trend.HOT_COLOUR, trend.OTHER_COLOUR):
        assert bytes.fromhex(colour[1:]) in colours


def test_without_hot_leads_there_is_hardly_a_hot_colour() -> None:
    """The other figure: only the legend has it; and nothing is left open in the process."""
    calm = trend.draw(weeks([3] * 28))
    busy = trend.draw(weeks([3] * 28, [3] * 28))
    assert calm is not None
    assert busy is not None
    assert calm.png != busy.png
    assert "matplotlib.pyplot" not in sys.modules


def test_nothing_came_nothing_is_drawn() -> None:
    """An empty picture tells nobody anything."""
    assert trend.draw(weeks([0] * 28)) is None
    assert trend.draw([]) is None


def test_the_words_say_the_figures() -> None:
    """For whoever hears the page: the sum, each week, and the busiest day."""
    told = trend.words(weeks([1] * 7 + [2] * 6 + [9], [0] * 7 + [1] * 7))
    assert told == (
        "Leads a day in 14 days: 28 leads, 7 of them hot. By week: from 26 October 7 leads, 0 of them hot; "
        "from 02 November 21 leads, 7 of them hot. Busiest: Sunday 08 November with 9."
    )
    assert len(trend.words(weeks([1000] * 28))) < 1000


def test_letters_are_large_on_a_phone() -> None:
    """Shown 300 points wide, no letter is smaller than Slack's own small ones, and few figures stand at the sides."""
    figure = Figure(figsize=trend.INCHES, dpi=trend.DOTS)
    axes = figure.add_subplot()
    trend._plot(axes, weeks([3, 0, 1400, 2] * 7))
    legend = axes.get_legend()
    assert legend is not None
    letters = [axes.title, *axes.get_xticklabels(), *axes.get_yticklabels(), *legend.get_texts()]
    shown = 300 / (trend.INCHES[0] * 72)
    assert min(float(each.get_fontsize()) for each in letters) * shown >= 12
    assert len(axes.get_xticks()) <= 3
    assert len([tick for tick in axes.get_yticks() if 0 <= tick <= axes.get_ylim()[1]]) <= 5
