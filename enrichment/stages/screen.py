"""Tells mail that is no lead, with the reason for staff; whatever is in doubt passes, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache

from enrichment.models import Model, ParsedMessage, SpamOpinion
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.application import job_application
from enrichment.stages.pitch import pitch
from enrichment.stages.screen_automatic import auto_reply, bounce, calendar, feedback_report, receipt
from enrichment.stages.screen_bulk import bulk, loop, own_mail
from enrichment.stages.screen_facts import is_asked_above, is_form, is_passed_on, one_line
from enrichment.stages.screen_opinions import said_in


class Automatic(StrEnum):
    """The kinds of mail that are no lead: nobody wrote it to us, or not as a customer."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    CALENDAR = "calendar"
    RECEIPT = "receipt"
    FEEDBACK_REPORT = "feedback_report"
    OWN_MAIL = "own_mail"
    LOOP = "loop"
    SPAM = "spam"
    PITCH = "pitch"
    JOB_APPLICATION = "job_application"


class Verdict(Model):
    """Passed on when `kind` is None; else what it is and, for staff, what says so."""

    kind: Automatic | None = None
    reason: str = ""

    @property
    def passes(self) -> bool:
        """Whether the message goes on to become a lead."""
        return self.kind is None


Check = tuple[Automatic, Callable[[], str]]


def screen(
    parsed: ParsedMessage,
    mail_from: str | None,
    known_party: bool,
    own: OwnAddresses,
    spam: SpamOpinion | None = None,
) -> Verdict:
    """Whether a message is no lead.

    mail_from: the envelope sender, `<>` or empty for the null sender, None when unknown; known_party: the sender has
    written before or takes part in the thread: such a person is never set aside as bulk or by an opinion, nor is a
    web form or what a colleague passed on.
    """
    checks = _facts(parsed, mail_from, own)
    if not known_party:
        checks += ((Automatic.BULK, lambda: bulk(parsed, own)),)
        if not is_form(parsed) and not is_passed_on(parsed, own):
            checks += _opinions(parsed, spam)
    for kind, check in checks:
        if reason := check():
            return Verdict(kind=kind, reason=reason)
    return Verdict()


def _facts(parsed: ParsedMessage, mail_from: str | None, own: OwnAddresses) -> tuple[Check, ...]:
    """What the message states about itself, surest first."""
    return (
        (Automatic.BOUNCE, lambda: bounce(parsed, mail_from)),
        (Automatic.RECEIPT, lambda: receipt(parsed)),
        (Automatic.FEEDBACK_REPORT, lambda: feedback_report(parsed)),
        (Automatic.CALENDAR, lambda: calendar(parsed)),
        (Automatic.AUTO_REPLY, lambda: auto_reply(parsed, mail_from)),
        (Automatic.OWN_MAIL, lambda: own_mail(parsed, own)),
        (Automatic.LOOP, lambda: loop(parsed)),
    )


def _opinions(parsed: ParsedMessage, spam: SpamOpinion | None) -> tuple[Check, ...]:
    """What is judged from the wording, and so may be wrong; what says more to staff comes first."""
    said = cache(lambda: said_in(parsed))
    wishes: tuple[Check, ...] = (
        (Automatic.JOB_APPLICATION, lambda: job_application(parsed, said())),
        (Automatic.PITCH, lambda: pitch(parsed, said())),
    )
    if is_asked_above(parsed):  # the spam below is what they ask about
        return wishes
    return (
        *wishes,
        (Automatic.SPAM, lambda: _spam(spam)),
        (Automatic.BULK, lambda: "reads like a mailing to many people" if spam and spam.mailing else ""),
    )


def _spam(opinion: SpamOpinion | None) -> str:
    if opinion is None or not opinion.spam:
        return ""
    reasons = "; ".join(one_line(reason) for reason in opinion.reasons[:3])
    return f"spam ({opinion.score:.0%}): {reasons}" if reasons else f"spam ({opinion.score:.0%})"
