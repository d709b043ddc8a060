"""Reads what a colleague passed on: who wrote it first, what they wrote, and what the colleague added.

A reply quotes in the same way (`From: Sent: To: Subject:` below the newest words); its subject tells the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from channels.mail.forward_boundary import Boundary, find_boundary, next_words
from channels.mail.forward_lines import Line, split_lines
from channels.mail.forward_parts import Parts, divide
from channels.mail.forward_subject import SubjectKind, subject_kind, without_prefix
from enrichment.models import Original

_MAX_LEVELS = 8
_PREFIXED = re.compile(r"^[^\s:\uff1a]{1,20}\s?[:\uff1a]\s*(?P<rest>\S.{0,1000})$", re.DOTALL)
_LABEL = re.compile(r"[^:]{1,40}:(?:\s|$)")
_MAX_TITLE = 30


class Forward(NamedTuple):
    """A message passed on: the words of whoever did, the headers outermost first, the text of the innermost message."""

    note: str
    originals: tuple[Original, ...]
    body: str


def read_forward(
    text: str, subject: str, *, reply: bool = False, recipients: Collection[str] = frozenset()
) -> Forward | None:
    """The forward in a message's text; None when nothing in it was passed on.

    subject: the message's own. reply: something else than the subject says that it answers a message.
    recipients: addresses that the message is for: what quotes one of them answers it. Both count only where the
    text and the subject could mean either.
    """
    lines = split_lines(text)
    boundary = find_boundary(lines, attributions=subject_kind(subject) is SubjectKind.FORWARD)
    if boundary is None:
        return None
    parts = divide(lines, boundary)
    sender = boundary.original.sender
    reply = reply or (sender is not None and sender.address in recipients)
    if not _is_forward(lines, boundary, parts, subject, reply=reply):
        return None
    original, body = _unfolded(_with_subject(boundary.original, subject), parts.body, without_prefix(subject))
    return _innermost(parts._replace(body=body), original)


def _innermost(parts: Parts, original: Original) -> Forward:
    """The forward from its outermost message on."""
    notes, originals = [parts.note], [original]
    while len(originals) < _MAX_LEVELS and (deeper := _deeper(parts.body, originals[-1])) is not None:
        boundary, parts = deeper
        notes.append(parts.note)
        originals.append(_with_subject(boundary.original, originals[-1].subject))
    return Forward("\n\n".join(filter(None, notes)), tuple(originals), parts.body)


def _is_forward(lines: list[Line], boundary: Boundary, parts: Parts, subject: str, *, reply: bool) -> bool:
    """Whether what was found was passed on, and not quoted in an answer or written by a web form."""
    kind = subject_kind(subject, finnish=boundary.header is not None and boundary.header.finnish)
    if kind is SubjectKind.FORWARD:
        return True
    if boundary.explicit:
        answers = kind is SubjectKind.REPLY and (boundary.depth or boundary.quoted or parts.note)
        return not answers and not (boundary.quoted and boundary.depth)
    if kind is SubjectKind.REPLY or boundary.quoted or reply or _is_form(lines, boundary):
        return False
    return not (parts.note and _unknown_prefix(subject, boundary.original.subject))


def _is_form(lines: list[Line], boundary: Boundary) -> bool:
    """Whether more labels follow the header, as in the mail of a web form."""
    below = next_words(lines, boundary.end)
    if below is None:
        return False
    words = lines[below].words
    tight = boundary.header is not None and boundary.header.tight
    return (tight and _LABEL.match(words) is not None) or (len(words) <= _MAX_TITLE and words.endswith(":"))


def _unknown_prefix(subject: str, original: str) -> bool:
    """Whether the subject is the original's with a prefix that no table knows: an answer, more likely than not."""
    prefixed = _PREFIXED.match(subject.strip())
    return prefixed is not None and bool(original) and prefixed["rest"].strip() == original.strip()


def _deeper(text: str, outer: Original) -> tuple[Boundary, Parts] | None:
    """The message inside a passed-on message that was itself only passing it on; None when the text is its own."""
    lines = split_lines(text)
    forward = subject_kind(outer.subject) is SubjectKind.FORWARD
    boundary = find_boundary(lines, attributions=forward)
    if boundary is None or (not forward and not boundary.explicit):
        return None
    parts = divide(lines, boundary)
    if forward or not parts.note or _was_sent_on(outer, boundary.original):
        return boundary, parts
    return None


def _was_sent_on(outer: Original, inner: Original) -> bool:
    """Whether the inner message went to the outer one's sender, who did not send it back: no conversation."""
    if outer.sender is None or inner.sender is None:
        return False
    received = {address.address for address in inner.to + inner.cc}
    answered = {address.address for address in outer.to + outer.cc}
    return outer.sender.address in received and inner.sender.address not in answered


def _unfolded(original: Original, body: str, subject: str) -> tuple[Original, str]:
    """A header's last line may have been broken in two: the message's own subject tells what belongs to it."""
    stated, whole = original.subject, " ".join(subject.split())
    rest = whole[len(stated) :].strip() if stated and whole.startswith(stated) else ""
    first, _, others = body.partition("\n")
    if not rest or first.strip() != rest:
        return original, body
    return original.model_copy(update={"subject": whole}), others.strip("\n")


def _with_subject(original: Original, subject: str) -> Original:
    """The original with the outer subject less its prefix where the forward states none."""
    if original.subject or original.sender is None:
        return original
    return original.model_copy(update={"subject": without_prefix(subject)})
