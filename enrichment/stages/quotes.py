"""Checks the words that a model says it has read: a quote counts only when it stands in the message."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

_ALIKE = 88.0  # of 100: a letter or two miscopied
_SHORTEST = 3
_SHORTEST_FUZZY = 10  # shorter words are alike by chance


def found(quote: str, line: int, lines: Sequence[str], limit: int) -> str:
    """The words of the message that were meant, as they stand there; empty when they do not.

    line: where the model says they are (an index into `lines`); the whole message is searched when they are not there.
    """
    wanted = " ".join(quote.split()).strip("\"'\u201c\u201d\u2018\u2019 .")[:limit]
    if sum(c.isalnum() for c in wanted) < _SHORTEST:
        return ""
    near = [lines[line]] if 0 <= line < len(lines) else []
    places = [*near, " ".join(lines)]
    exact = (_exact(wanted, place) for place in places)
    fuzzy = (_fuzzy(wanted, place) for place in places)
    return next(filter(None, (*exact, *fuzzy)), "")[:limit].strip()


def _exact(wanted: str, place: str) -> str:
    start = place.find(wanted)
    if start < 0 and len(place.lower()) == len(place):  # some capitals are longer in lower case
        start = place.lower().find(wanted.lower())
    return place[start : start + len(wanted)] if start >= 0 else ""


def _fuzzy(wanted: str, place: str) -> str:
    if len(wanted) < _SHORTEST_FUZZY or len(place) < len(wanted):
        return ""
    best = fuzz.partial_ratio_alignment(wanted.lower(), place.lower(), score_cutoff=_ALIKE)
    if best is None or len(place.lower()) != len(place):
        return ""
    return _whole_words(place, best.dest_start, best.dest_end)


def _whole_words(place: str, start: int, end: int) -> str:
    """The span, without the words that it cuts."""
    if start and place[start - 1].isalnum() and place[start : start + 1].isalnum():
        start = place.find(" ", start, end) + 1 or start
    if end < len(place) and place[end].isalnum() and place[end - 1].isalnum():
        cut = place.rfind(" ", start, end)
        end = cut if cut > start else end
    return place[start:end]
