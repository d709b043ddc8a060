"""What is stored of a Slack message to the facts that it states; implements enrichment.ports.Parser."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from channels.slack.loose import records, text
from channels.slack.pieces import words_of
from channels.slack.raw import FORM, about_of, file_name
from channels.slack.words import LONGEST
from enrichment.errors import GiveUp
from enrichment.models import Address, Attachment, ParsedMessage

# Bounded everywhere, so that no text makes it slow.
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
_LABELS = {"name": "Name", "email": "E-mail", "phone": "Phone", "company": "Company", "message": "Message"}


class Labelled(Protocol):
    """What was labelled in a text: `fields` by key, `labels` as written."""

    @property
    def fields(self) -> Mapping[str, str]:
        """name, email, phone, company, subject, message."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """Every label with its value."""
        ...


class SlackParser:
    """forms: finds the labels of a form in a text; language: tells ISO 639-1 of a text."""

    def __init__(self, forms: Callable[[str], Labelled | None], language: Callable[[str], str | None]) -> None:
        self._forms = forms
        self._language = language

    def parse(self, content: bytes) -> ParsedMessage:
        """The facts. Raises GiveUp when the content is none of ours."""
        try:
            about, message = about_of(content)
        except ValueError as error:
            raise GiveUp(f"this is not what was stored of a Slack message ({type(error).__name__})") from error
        if text(about, "kind") == FORM:
            return self._filled_in(about, message)
        return self._said(about, message)

    def _said(self, about: Mapping[str, Any], message: Mapping[str, Any]) -> ParsedMessage:
        words = words_of(message, bot_user=text(about, "bot_user"))
        form = self._forms(words)
        name, email = text(about, "name"), text(about, "email")
        author = text(about, "author")
        return _base(about).model_copy(
            update={
                "in_reply_to": tuple(filter(None, (text(about, "replaces"), text(about, "answers")))),
                "sender": Address(name=name, address=email.lower()) if author and (name or email) else None,
                "author": author,
                "replaces": text(about, "replaces"),
                "withdrawn": about.get("withdrawn") is True,
                "link": text(about, "link"),
                "text": words,
                "full_text": words,
                "language": self._language(words),
                "fields": dict(form.fields) if form else {},
                "form": dict(form.labels) if form else {},
                "attachments": tuple(_file(each) for each in records(message, "files", limit=20)),
            }
        )

    def _filled_in(self, about: Mapping[str, Any], message: Mapping[str, Any]) -> ParsedMessage:
        fields = {key: text(message, "fields", key, limit=LONGEST).strip() for key in _LABELS}
        given = {key: value for key, value in fields.items() if value}
        words = given.get("message", "")
        if set(given) == {"message"}:  # typed in one go
            given = self._found_in(words)
        return _base(about).model_copy(
            update={
                "text": words,
                "full_text": "\n".join(f"{_LABELS.get(key, key)}: {value}" for key, value in given.items()) or words,
                "language": self._language(words),
                "fields": given,
                "form": {_LABELS.get(key, key): value for key, value in given.items()},
            }
        )

    def _found_in(self, words: str) -> dict[str, str]:
        """What stands labelled in a text, or the one address in it."""
        if form := self._forms(words):
            return dict(form.fields)
        named = set(_ADDRESS.findall(words[:4000]))
        return {"email": named.pop(), "message": words} if len(named) == 1 else {}


def _base(about: Mapping[str, Any]) -> ParsedMessage:
    return ParsedMessage(message_id=text(about, "id") or None, date=_date(text(about, "date")))


def _date(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _file(given: Mapping[str, Any]) -> Attachment:
    """A file as Slack names it; it stays in Slack until staff ask for the full message."""
    size = given.get("size")
    kind = text(given, "mimetype", limit=100) or "application/octet-stream"
    return Attachment(
        filename=file_name(given), content_type=kind, size=size if isinstance(size, int) and size >= 0 else 0
    )
