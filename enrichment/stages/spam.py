"""Whether a message looks like spam: what servers on the way said, what the rules find, what a small model makes of it.

An opinion, with reasons. Three voices, the strongest counts; each says nothing when it does not know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from enrichment.lead import Evidence
from enrichment.models import ParsedMessage, SpamOpinion
from enrichment.stages.screen_opinions import asks
from enrichment.stages.spam_features import MAILING, features
from enrichment.stages.spam_model import LinearModel, mailing_model, spam_model
from enrichment.stages.spam_rules import in_words, spam_evidence
from enrichment.stages.spam_upstream import upstream_verdict

__all__ = ["Models", "SpamOpinion", "judge_spam"]

_UPSTREAM = 0.95
_CERTAIN, _CERTAIN_POINTS = 0.9, 7
_SPAM = 0.5  # a score of so much is spam
_UNSURE = 0.45  # what voices that convince nobody come to at most
_WORTH_TELLING = 0.1
_STEEPNESS = 3.0
# Customers of doctors, lawyers and banks use spam's words: whoever asks us something is doubted above this margin only.
_SURE = 0.5
# Margins below which the model outvotes the rules: it knows the message as something else.
_OUTVOTES_SWINDLE, _OUTVOTES_OFFER = -1.0, -0.3
_MOST_REASONS = 5
# What no honest mailing is about; goods, loans and jobs are also sold by those whose newsletter somebody wanted.
_SWINDLES = frozenset(
    {"advance_fee", "lottery", "phishing", "extortion", "impostor", "casino", "pills", "adult", "disguise"}
)
_OFFERS = frozenset({"loan", "get_rich", "goods", "bulk_mail", "invest"})


class _Voice(NamedTuple):
    score: float
    reason: str


class Models(NamedTuple):
    """The two models by which is judged."""

    spam: LinearModel
    mailing: LinearModel


def judge_spam(parsed: ParsedMessage, scanned: SpamOpinion | None = None, models: Models | None = None) -> SpamOpinion:
    """What we think of a message, from what it says itself.

    scanned: what a scanner of the owner's (rspamd) thinks; models: others than those that come with Leadbot.
    A score of 0.5 or more is spam. Who writes is not considered: screening spares known parties, threads and forms.
    """
    models = models or Models(spam_model(), mailing_model())
    evidence = spam_evidence(parsed)
    names = features(parsed, evidence)
    margin, question = models.spam.margin(names), asks(parsed)
    here = tuple(_said_here(evidence, MAILING in names, margin))
    if question and (margin or 0.0) < _SURE:
        here = tuple(voice._replace(score=min(voice.score, _UNSURE)) for voice in here)
    voices = (*_said_elsewhere(parsed, scanned), *here)
    score = max((voice.score for voice in voices), default=0.0)
    reasons = tuple(voice.reason for voice in voices if voice.score >= _WORTH_TELLING)[:_MOST_REASONS]
    mailing = not question and _is_mailing(parsed, models.mailing.margin(names))
    return SpamOpinion(score=round(score, 3), spam=score >= _SPAM, mailing=mailing, reasons=reasons)


def _is_mailing(parsed: ParsedMessage, margin: float | None) -> bool:
    """Whether it is sent to many; an answer is not, nor a form, nor what does not come by mail."""
    answers = parsed.in_reply_to or parsed.references
    form = parsed.fields and parsed.relay != ""  # that a program names somebody does not make a form
    return bool(margin is not None and margin > 0 and parsed.sender and not answers and not form)


def _said_elsewhere(parsed: ParsedMessage, scanned: SpamOpinion | None) -> Iterator[_Voice]:
    if verdict := upstream_verdict(parsed):
        yield _Voice(_UPSTREAM, f"a mail server on the way called it spam: {verdict}")
    if scanned:
        yield _Voice(scanned.score if scanned.spam else min(scanned.score, _UNSURE), "; ".join(scanned.reasons))


def _said_here(evidence: Sequence[Evidence], newsletter: bool, margin: float | None) -> Iterator[_Voice]:
    yield from _ruled(evidence, newsletter, margin)
    if margin is not None:
        yield _modelled(margin, newsletter)


def _ruled(evidence: Sequence[Evidence], newsletter: bool, margin: float | None) -> Iterator[_Voice]:
    """One voice a theme, the weightiest first; one that has all its points is enough, unless the model knows better."""
    for each in evidence:
        sure = each.points >= _CERTAIN_POINTS and _believable(each.rule, newsletter, 0.0 if margin is None else margin)
        score = _CERTAIN if sure else _UNSURE * each.points / _CERTAIN_POINTS
        yield _Voice(score, f"{in_words(each.rule)}: “{each.quote}”")


def _believable(rule: str, newsletter: bool, margin: float) -> bool:
    """Whether the theme alone may decide; offers may also stand in a newsletter that somebody asked for."""
    if rule in _SWINDLES:
        return margin >= _OUTVOTES_SWINDLE
    return rule in _OFFERS and not newsletter and margin >= _OUTVOTES_OFFER


def _modelled(margin: float, newsletter: bool) -> _Voice:
    """The model's voice; it has no say over what calls itself a newsletter, which is a matter of bulk mail."""
    score = 1 / (1 + math.exp(-_STEEPNESS * max(-9.0, min(margin, 9.0))))
    if newsletter:
        score = min(score, _UNSURE)
    return _Voice(round(score, 3), f"its words and its make are like those of spam ({score:.2f})")
