"""Whose words are whose in the text of one mail: the colleague's note, the customer's words, quotations, a signature.

The order matters. A delivery report and a lead in ADF are nothing else. A forward is opened first, since everything
behind it is another person's mail. A form is read before quotations are cut: its labels look like a quoted header.
What a marketplace passes on comes last, for its signs are the weakest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from email.message import Message
from types import MappingProxyType
from typing import NamedTuple

from channels.mail.adf import read_adf
from channels.mail.bounce import read_bounce
from channels.mail.forms import Form, read_form
from channels.mail.forward_subject import SubjectKind, subject_kind
from channels.mail.forwarding import Forward, read_forward
from channels.mail.language import language_of
from channels.mail.marks import without_marks
from channels.mail.quoting import split_reply
from channels.mail.relays import read_relay
from enrichment.models import Address, Bounce, Original

_OF_BULK = ("list-unsubscribe", "list-id", "list-post")


class Words(NamedTuple):
    """The fields of `ParsedMessage` that come from the text; their meaning is told there."""

    text: str
    full_text: str
    quoted: str = ""
    signature: str = ""
    note: str = ""
    forwarded: bool = False
    originals: tuple[Original, ...] = ()
    language: str | None = None
    fields: Mapping[str, str] = MappingProxyType({})
    form: Mapping[str, str] = MappingProxyType({})
    adf: bool = False
    relay: str | None = None
    bounce: Bounce | None = None


def plain_words(text: str) -> Words:
    """A text that nothing is known of: all of it is somebody's words."""
    whole = without_marks(text)
    return Words(whole, whole, language=language_of(whole))


def understand(
    message: Message,
    text: str,
    subject: str,
    *,
    reply: bool,
    recipients: Collection[str],
    sender: Address | None = None,
) -> Words:
    """Take the rendered text (see `marks`) of a message apart.

    reply: whether the headers say that it answers another; recipients: the addresses that it was sent to; sender: who
    is in From.
    """
    whole = without_marks(text)
    if (bounce := read_bounce(message, whole)) is not None:
        return plain_words(text)._replace(bounce=bounce)
    if (lead := read_adf(whole)) is not None:
        said = lead.fields.get("message", "")
        found = Words(said, whole, fields=lead.fields, form=lead.labels, adf=True, language=language_of(said))
        return _passed_on(found, read_forward(text, subject, reply=reply, recipients=recipients))
    forward = read_forward(text, subject, reply=reply, recipients=recipients)
    if forward is None:
        answers = reply or subject_kind(subject) is SubjectKind.REPLY
        words = _own(text, reply=answers)
        return words if words.fields else _relayed(message, words, subject, sender, reply=answers)
    if forward.note and sender and _is_own_letter(forward.originals[-1], sender):
        return _own(f"{forward.note}\n\n{forward.body}", reply=False)._replace(full_text=whole)
    if forward.note and sender and _is_sent_back(forward, sender, recipients):
        return _own(forward.note, reply=False)._replace(full_text=whole, quoted=without_marks(forward.body))
    return _passed_on(_own(forward.body, reply=False)._replace(full_text=whole), forward)


def _passed_on(words: Words, forward: Forward | None) -> Words:
    """The words, with who passed them on and the note above them."""
    if forward is None:
        return words
    note = split_reply(forward.note, reply=False).own if forward.note else ""
    return words._replace(note=note, forwarded=True, originals=forward.originals)


def _is_sent_back(forward: Forward, sender: Address, recipients: Collection[str]) -> bool:
    """Whether a stranger forwards to us what we had written to them, below words of their own."""
    original = forward.originals[-1]
    if original.sender is None or original.reply_to or original.sender.address not in recipients:
        return False
    outside = original.sender.address.rpartition("@")[2] != sender.address.rpartition("@")[2]
    return outside and read_form(forward.body) is None


def _is_own_letter(original: Original, sender: Address) -> bool:
    """Whether somebody only repeats below new words what they wrote before."""
    return original.sender is not None and original.sender.address.lower() == sender.address.lower()


def _own(text: str, *, reply: bool) -> Words:
    """The words of whoever wrote this: a letter loses what it quotes, a form nothing of itself."""
    plain = without_marks(text)
    form = read_form(text if reply else plain, reply=reply)
    if form is None:
        split = split_reply(text, reply=reply)
        return Words(split.own, plain, split.quoted, split.signature, language=language_of(split.own))
    own, quoted = _answered_with(form, text) if reply else (plain, "")
    # A short message's labels are of its language.
    language = language_of(form.fields.get("message", "") or plain) or language_of(plain)
    return Words(own, plain, quoted, language=language, fields=form.fields, form=form.labels)


def _answered_with(form: Form, text: str) -> tuple[str, str]:
    """An answer that holds a form, and what it quotes, if the form is whole without that."""
    split = split_reply(text, reply=True)
    left = read_form(split.own)
    return (split.own, split.quoted) if left and left.fields == form.fields else (without_marks(text), "")


def _relayed(message: Message, words: Words, subject: str, sender: Address | None, *, reply: bool) -> Words:
    """The customer's words where a service has passed them on; an unknown one that writes to many has not."""
    relay = read_relay(sender, subject, words.text if reply else words.full_text)
    if relay is None or (not relay.service and _is_bulk(message)):
        return words
    said = relay.fields.get("message", "") or words.text
    return words._replace(text=said, fields=relay.fields, relay=relay.service, language=language_of(said))


def _is_bulk(message: Message) -> bool:
    precedence = str(message.get("precedence", "")).strip().lower()
    return precedence in {"bulk", "list", "junk"} or any(name in message for name in _OF_BULK)
