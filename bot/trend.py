"""A picture of the last weeks: leads a day, the hot ones in another colour; and the same in words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from enrichment.adapters.store.numbers import DayNumbers
from enrichment.models import Model

# A thread on a phone shows it about 300 points wide: few inches, so that the letters are large, and many dots for each.
INCHES, DOTS = (3.6, 2.4), 300
_LETTERS = 12
# Of the Mondays each second one is named: four names would touch.
_EVERY = 2
# Of Okabe and Ito's palette, which people with any colour blindness can tell apart; they differ in brightness too.
OTHER_COLOUR, HOT_COLOUR = "#0072B2", "#E69F00"
_GREY = "#444444"
_WEEK = 7


class Picture(Model):
    """A PNG, and what it shows for those who do not see it."""

    png: bytes
    title: str
    alt: str


def draw(days: Sequence[DayNumbers]) -> Picture | None:
    """The picture of these days, oldest first; None when no lead came in any of them. Blocking: about half a second."""
    if not any(day.leads for day in days):
        return None
    title = f"Leads a day, {days[0].day:%d %B} to {days[-1].day:%d %B %Y}"
    return Picture(png=_png(days), title=title, alt=words(days))


def words(days: Sequence[DayNumbers]) -> str:
    """The figures in words: of all, of each week, and the busiest day."""
    busiest = max(days, key=lambda day: day.leads)
    weeks = [days[start : start + _WEEK] for start in range(0, len(days), _WEEK)]
    each = "; ".join(f"from {week[0].day:%d %B} {_counted(week)}" for week in weeks)
    return (
        f"Leads a day in {len(days)} days: {_counted(days)}. By week: {each}. "
        f"Busiest: {busiest.day:%A %d %B} with {busiest.leads}."
    )


def _counted(days: Sequence[DayNumbers]) -> str:
    return f"{sum(day.leads for day in days)} leads, {sum(day.hot for day in days)} of them hot"


def _png(days: Sequence[DayNumbers]) -> bytes:
    # It takes half a second and many megabytes, which a bot without a digest never spends.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # No pyplot: its figures live in the process until somebody closes them.
    figure = Figure(figsize=INCHES, dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    _plot(figure.add_subplot(), days)
    found = io.BytesIO()
    figure.savefig(found, format="png", dpi=DOTS, metadata={"Software": "Leadbot"})
    return found.getvalue()


def _plot(axes: Any, days: Sequence[DayNumbers]) -> None:
    places = range(len(days))
    hot = [min(day.hot, day.leads) for day in days]
    rest = [day.leads - burning for day, burning in zip(days, hot, strict=True)]
    axes.bar(places, hot, width=0.8, color=HOT_COLOUR, label="hot")
    axes.bar(places, rest, width=0.8, bottom=hot, color=OTHER_COLOUR, label="others")
    # The days stand in the file's title beside it: here there is room for few words.
    axes.set_title("Leads a day", fontsize=_LETTERS, loc="left")
    mondays = [place for place in places if days[place].day.weekday() == 0][::_EVERY]
    axes.set_xticks(mondays, [f"{days[place].day:%d %b}" for place in mondays])
    axes.set_ylim(0, max(5.0, 1.1 * max(day.leads for day in days)))
    axes.yaxis.set_major_locator(_few())
    axes.tick_params(labelsize=_LETTERS, colors=_GREY)
    axes.grid(axis="y", color="#dddddd")
    axes.set_axisbelow(b=True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    # On the title's line, where no bar is.
    beside: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "ncols": 2, "frameon": False}
    axes.legend(fontsize=_LETTERS, borderpad=0, borderaxespad=0.3, handlelength=1, columnspacing=1, **beside)


def _few() -> Any:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    return MaxNLocator(nbins=3, integer=True)
