"""Stored Slack messages as facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.mail.forms import read_form
from channels.mail.language import language_of
from channels.slack.parser import SlackParser
from channels.slack.raw import MOST_BYTES, form_of, identity_of, raw_of
from channels.slack.wire import said_in
from enrichment.errors import GiveUp
from enrichment.models import ParsedMessage, RawMessage
from tests.channels.slack.events import changed, deleted, message

NOW = datetime(2025, 11, 20, 9, 5, tzinfo=UTC)
PARSER = SlackParser(read_form, language_of)


def raw(body: dict[str, Any], **known: str) -> RawMessage:
    """As the intake stores it."""
    said = said_in(body)
    assert said is not None
    return raw_of(said, NOW, together=True, bot_user="UBOT", link="https://t.slack.com/archives/C/p1", **known)


def parsed(body: dict[str, Any], **known: str) -> ParsedMessage:
    """As the pipeline reads it."""
    return PARSER.parse(raw(body, **known).content)


def test_a_persons_message() -> None:
    """Words, who wrote, when, where it stands, and files by name."""
    files = [{"id": "F1", "name": "brake.png", "mimetype": "image/png", "size": 42706, "url_private": "https://x"}]
    found = parsed(message("<@UBOT> My *brakes* grind.", files=files), name="Ann Lee", email="Ann@Example.com")
    assert found.text == "My brakes grind."
    assert found.sender is not None
    assert (found.sender.name, found.sender.address) == ("Ann Lee", "ann@example.com")
    assert found.date == datetime(2025, 11, 20, 9, 0, 0, 100, UTC)
    assert found.link.endswith("/p1")
    assert [(file.filename, file.content_type, file.size) for file in found.attachments] == [
        ("brake.png", "image/png", 42706)
    ]


BLOCKS = [
    {"type": "header", "text": {"type": "plain_text", "text": "New enquiry"}},
    {
        "type": "section",
        "fields": [
            {"type": "mrkdwn", "text": "*Name*\nDana Whitfield"},
            {"type": "mrkdwn", "text": "*Email:*\n<mailto:dana@example.com|dana@example.com>"},
            {"type": "mrkdwn", "text": "*Phone*\n555 010 2030"},
            {"type": "mrkdwn", "text": "*Message*\nMy boiler leaks, please come today"},
        ],
    },
]
FIELDS = [
    {"title": "Name", "value": "Dana Whitfield"},
    {"title": "Email", "value": "dana@example.com"},
    {"title": "Phone", "value": "555 010 2030"},
    {"title": "Message", "value": "My boiler leaks, please come today"},
]
TEXT = (
    "*Name:* Dana Whitfield\n*Email:* dana@example.com\n*Phone:* 555 010 2030\n"
    "*Message:* My boiler leaks, please come today"
)


@pytest.mark.parametrize(
    "said",
    [
        {"text": TEXT},
        {"text": "New enquiry", "attachments": [{"fallback": "New enquiry", "fields": FIELDS}]},
        {"text": "New enquiry", "blocks": BLOCKS},
    ],
)
def test_form_bots_however_they_lay_it_out(said: dict[str, Any]) -> None:
    """Zapier and the like: labels in the text, in an attachment's fields, in blocks."""
    found = parsed(message(**said, user=None, subtype="bot_message", bot_id="B9", username="Zapier"))
    assert found.fields["name"] == "Dana Whitfield"
    assert found.fields["email"] == "dana@example.com"
    assert found.fields["phone"] == "555 010 2030"
    assert found.fields["message"] == "My boiler leaks, please come today"
    assert found.sender is None


def test_a_link_preview_is_not_the_customers_words() -> None:
    """Slack attaches the web page's title and text; a shared message is what somebody passes on."""
    preview = {"from_url": "https://x.example", "title": "Buy now", "text": "Cheap"}
    shared = {"from_url": "https://t.slack.com/a", "is_share": True, "text": "My roof leaks"}
    found = parsed(message("see this", attachments=[preview, shared]))
    assert found.text == "see this\nMy roof leaks"


def test_identity_is_the_messages_own() -> None:
    """The same over retries and other event ids; edits and deletions have their own, each edit another."""
    first, again = raw(message()), raw(message() | {"event_id": "Ev2"})
    assert first.identity == again.identity
    edits = [raw(changed("New", "Old", at=at)).identity for at in ("1763629260.1", "1763629261.1", "1763629261.1")]
    assert len({first.identity, raw(deleted()).identity, *edits}) == 4
    said = said_in(message(channel="C2"))
    assert said is not None
    assert identity_of(said) != first.identity


def test_an_edit_names_what_it_replaces() -> None:
    """So that it is read as the newer version; a deletion as taken back."""
    first, edit, gone = parsed(message()), parsed(changed("New", "Old")), parsed(deleted())
    assert edit.replaces == gone.replaces == first.message_id
    assert (edit.withdrawn, gone.withdrawn) == (False, True)
    assert len({first.message_id, edit.message_id, gone.message_id}) == 3


def test_what_is_stored_is_bounded() -> None:
    """Of a huge message its text stays."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 100
    stored = raw(message("Words " * 9000, blocks=blocks, attachments=[{"text": "y" * 10_000}] * 50))
    assert len(stored.content) <= MOST_BYTES
    assert PARSER.parse(stored.content).text.startswith("Words Words")
    assert len(raw(message("😀" * 40_000)).content) <= MOST_BYTES


def test_a_form_filled_in_by_staff() -> None:
    """The fields are the customer's; the one who typed it is not."""
    given = {"name": "Jo Miller", "phone": "555 0134", "message": "Brakes by Friday"}
    found = PARSER.parse(form_of("T1", "V1", given, NOW, by="U1").content)
    assert (found.fields, found.text, found.sender) == (given, "Brakes by Friday", None)
    assert form_of("T1", "V1", given, NOW).identity == form_of("T1", "V1", {}, NOW).identity


def test_a_typed_call_is_read_for_its_address() -> None:
    """`/lead add` brings words alone."""
    found = PARSER.parse(form_of("T1", "typed/1", {"message": "Jo Miller jo@example.com wants brakes"}, NOW).content)
    assert found.fields["email"] == "jo@example.com"
    assert PARSER.parse(form_of("T1", "typed/2", {"message": "somebody called"}, NOW).content).fields == {}


@pytest.mark.parametrize("content", [b"", b"\xff", b"[", b"[" * 100_000, b"From: ann@example.com\n\nHi"])
def test_what_is_not_ours_is_given_up(content: bytes) -> None:
    """Set aside with a reason, never a crash."""
    with pytest.raises(GiveUp, match="not what was stored"):
        PARSER.parse(content)


def test_a_time_beyond_all_calendars_is_now() -> None:
    """It costs nobody the message."""
    assert raw(message(ts="999999999999.000001")).received_at == NOW
