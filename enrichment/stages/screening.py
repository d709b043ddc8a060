"""Screening with every opinion that can be had: ours of the words, the owner's scanner's of the whole mail."""

from __future__ import annotations

from collections.abc import Callable

from enrichment.models import ParsedMessage, RawMessage, SpamOpinion
from enrichment.ports import SpamScanner
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.screen import Verdict, screen
from enrichment.stages.screen_facts import is_form, is_passed_on
from enrichment.stages.spam import judge_spam

Judge = Callable[[ParsedMessage, SpamOpinion | None], SpamOpinion]


class Screening:
    """Whether a message is no lead. scanner: None when the owner has none; judge: what we think of a message."""

    def __init__(self, own: OwnAddresses, scanner: SpamScanner | None = None, judge: Judge = judge_spam) -> None:
        self._own = own
        self._scanner = scanner
        self._judge = judge

    def verdict(self, raw: RawMessage, parsed: ParsedMessage, *, known_party: bool) -> Verdict:
        """See `screen`. The scanner costs time, so it is asked last, and only where its opinion would count."""
        verdict = self._screened(raw, parsed, known_party, None)
        if self._scanner is None or not verdict.passes or known_party or not self._is_doubted(raw, parsed):
            return verdict
        scanned = self._scanner.scan(raw)
        return verdict if scanned is None else self._screened(raw, parsed, known_party, scanned)

    def _screened(
        self, raw: RawMessage, parsed: ParsedMessage, known_party: bool, scanned: SpamOpinion | None
    ) -> Verdict:
        return screen(parsed, raw.mail_from, known_party, self._own, self._judge(parsed, scanned))

    def _is_doubted(self, raw: RawMessage, parsed: ParsedMessage) -> bool:
        """Whether it is a mail that an opinion could set aside; see `screen` for those that none can."""
        is_mail = raw.channel != "slack" and not raw.sample
        return is_mail and not is_form(parsed) and not is_passed_on(parsed, self._own)
