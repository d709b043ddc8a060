"""Tells people who want to work for us: they name the post they want, and send or praise their papers."""

from __future__ import annotations

import re

from enrichment.models import ParsedMessage
from enrichment.stages.screen_opinions import Said, buys, paper_names
from enrichment.stages.screen_phrases import READ, plain

_DOCUMENTS = (".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".txt")
_SIGNS = 2
# `My CV joint clicks` is a customer's.
_CAR_PART = re.compile(r"\bc\.?v\.?[ -](?:joint|boot|axle|shaft|gaiter|half)", re.IGNORECASE)
_SHORT = 3  # a name this short must stand as a word of its own


def job_application(parsed: ParsedMessage, said: Said) -> str:
    """The reason in words when somebody applies for work; empty in any doubt."""
    if buys(said) or _CAR_PART.search(parsed.text[:READ]) or _CAR_PART.search(parsed.subject):
        return ""
    signs = [*_quoted(said, "post"), *_quoted(said, "papers"), *(f"the file {name}" for name in _papers(parsed)[:1])]
    if "post" in said:
        signs += _quoted(said, "praise")
    elif signs:
        signs = [*_quoted(said, "work"), *signs]
    return f"a job application: {', '.join(signs)}" if len(signs) >= _SIGNS else ""


def _quoted(said: Said, group: str) -> list[str]:
    return [f"“{said[group][0]}”"] if group in said else []


def _papers(parsed: ParsedMessage) -> list[str]:
    """Attached documents that are named like a CV."""
    names = [part.filename for part in parsed.attachments if part.filename.lower().endswith(_DOCUMENTS)]
    return [name[:40] for name in names if _is_paper(plain(name))]


def _is_paper(name: str) -> bool:
    words = set(name.translate(str.maketrans("_-.()", "     ")).split())
    begins = tuple(paper for paper in paper_names() if len(paper) > _SHORT)
    return name.startswith(begins) or not words.isdisjoint(paper_names())
