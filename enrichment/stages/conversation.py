"""A lead whose customer goes on talking: what they say next, edit or take back, read as one with what they had said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from enrichment.errors import GiveUp, RetryLater
from enrichment.lead import Triage
from enrichment.models import ChannelName, ParsedMessage, StoredMessage
from enrichment.ports import Parser
from enrichment.store_ports import Conversations, NewLead

# People press Enter after half a sentence.
TOGETHER_SECONDS = 120.0
SAID_ON = "written within two minutes of the lead's last message"
# Others change the same lead at the same moment only in a flood.
TRIES = 5
MOST_MESSAGES = 50

Judge = Callable[[StoredMessage, ParsedMessage], tuple[NewLead, Triage]]


@dataclass(frozen=True)
class Conversation:
    """store: where leads and messages are; parsers: by channel, those whose messages are talk and not letters."""

    store: Conversations
    parsers: Mapping[ChannelName, Parser]

    def speaks(self, raw: StoredMessage) -> bool:
        """Whether this message is talk: its writer is a person that the channel knows, and no bulk mailer."""
        return raw.channel in self.parsers

    def lead_of(self, raw: StoredMessage) -> int | None:
        """The lead that a message continues because of when it was said; None when it begins one.

        Raises RetryLater while what was said just before is still being read.
        """
        if raw.mail_from is None or not self.speaks(raw):
            return None
        near = self.store.near(raw, TOGETHER_SECONDS)
        if near.lead_id is None and near.waits:
            raise RetryLater("what was written just before is still being read", retry_after=0.2)
        return near.lead_id

    def join(self, raw: StoredMessage, parsed: ParsedMessage, lead_id: int, reason: str, judge: Judge) -> bool:
        """Add the message to the lead and judge all of it again; False when its words change nothing there."""
        for _ in range(TRIES):
            so_far = self.store.so_far(lead_id)
            # A deletion changes nothing: the request was made, and staff may be at work on it. They are told.
            if so_far is None or not so_far.open or parsed.withdrawn or not self.speaks(raw):
                return False
            before = [each for each in so_far.messages if self.speaks(each) and each.id != raw.id]
            if not before:
                return False
            told = together([*(self.parsers[each.channel].parse(each.content) for each in before), parsed])
            said, triage = judge(before[0], told)
            if self.store.join(raw.id, lead_id, reason, said=said, triage=triage, revision=so_far.revision):
                return True
        raise RetryLater("the lead is being changed by others", retry_after=0.2)


def together(messages: Sequence[ParsedMessage]) -> ParsedMessage:
    """Several messages as one, in the order in which they were said; of each its newest version.

    Raises GiveUp when there is none.
    """
    newest: dict[str, ParsedMessage] = {}
    for message in sorted((each for each in messages if not each.withdrawn), key=_when):
        newest[message.replaces or message.message_id or str(len(newest))] = message
    parts = list(newest.values())[-MOST_MESSAGES:]
    if not parts:
        raise GiveUp("there is nothing left of the conversation")
    texts = [part.text for part in parts if part.text.strip()]
    fields = {key: value for part in parts for key, value in part.fields.items()}
    form = {key: value for part in parts for key, value in part.form.items()}
    merged = {
        "text": "\n".join(texts),
        "full_text": "\n".join(part.full_text for part in parts if part.full_text.strip()),
        "fields": fields,
        "form": form,
        "attachments": tuple(file for part in parts for file in part.attachments),
        "language": next((part.language for part in parts if part.language), None),
        "sender": next((part.sender for part in parts if part.sender), None),
        "replaces": "",
        "in_reply_to": (),
    }
    return parts[0].model_copy(update=merged)


def _when(message: ParsedMessage) -> float:
    return message.date.timestamp() if message.date else 0.0
