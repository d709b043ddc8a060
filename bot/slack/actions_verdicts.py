"""What staff say of two leads, by the buttons below a card: same, related, different, and back."""

from __future__ import annotations

import re

from bot.slack.actions_base import Acting, pressed
from bot.slack.details import UNDO, VERDICT
from bot.slack.interaction import Interaction
from bot.slack.listeners import Listeners
from enrichment.adapters.store.acts import Change
from enrichment.adapters.store.verdicts import Verdicts
from enrichment.errors import GiveUp
from enrichment.lead import Verdict

_WORDS = {**{verdict.value: verdict for verdict in Verdict}, UNDO: None}


class VerdictActions:
    """The buttons of each duplicate warning."""

    def __init__(self, acting: Acting, verdicts: Verdicts) -> None:
        self._acting = acting
        self._verdicts = verdicts

    def listeners(self) -> Listeners:
        """All of them: Slack wants another action id for each button of a message."""
        named = re.compile(rf"^{VERDICT}:(?:{'|'.join(_WORDS)}):\d{{1,12}}$")
        return Listeners(self._acting.people, {named: self._judge})

    async def _judge(self, given: Interaction) -> None:
        word, lead_id, other_id = pressed(given)
        if word not in _WORDS:
            raise GiveUp("this choice is not known any more")
        verdict = _WORDS[word]

        def judge(lead: int, actor: str, name: str) -> Change:
            # These three stand where nobody has judged yet: whoever still sees them later would overturn it unseen.
            return self._verdicts.judge(lead, other_id, actor, name, verdict, first=verdict is not None)

        await self._acting.change(given, lead_id, judge)
