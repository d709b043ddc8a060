# ruff: noqa: RUF001 - the letters of other scripts are the point
"""Tells the note of somebody who has answered inside the quotation: "My answers are below in red"."""

from __future__ import annotations

import re

_SHORT = 250  # characters; who writes more has not only answered below
_BELOW = re.compile(
    r"\b(?:answers?|answered|repl(?:y|ies)|comments?|responses?)\b.{0,30}"
    r"\b(?:below|inline|in (?:line|red|blue|green|bold|caps))\b"
    r"|\bsee\b.{0,20}\bin ?line\b"
    r"|\bantwort(?:en)?\b.{0,40}\b(?:unten|im text|in rot|in blau|darunter)\b"
    r"|\bréponses?\b.{0,30}(?:ci-dessous|en rouge|en bleu|dans le texte)"
    r"|\brespuestas?\b.{0,30}(?:abajo|en rojo|en azul)"
    r"|\brispost[ae]\b.{0,30}(?:sotto|in rosso|in blu)"
    r"|\brespostas?\b.{0,30}(?:abaixo|em vermelho|em azul)"
    r"|\bantwoord(?:en)?\b.{0,30}(?:hieronder|onder|in rood|in blauw)"
    r"|\bsvar\b.{0,30}(?:nedan|nedenfor|i rött|med rødt)"
    r"|\bodpowiedzi\b.{0,30}(?:poniżej|na czerwono)"
    r"|\bответы?\b.{0,30}(?:ниже|красным|в тексте)",
    re.IGNORECASE,
)


def points_below(own: str) -> bool:
    """Whether the words above the quotation only say that the answers are in it."""
    return len(own) <= _SHORT and _BELOW.search(own) is not None
