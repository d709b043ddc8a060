"""All that leaves the bot for Slack, noted at the workspace's door, and what must be true of every part of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bot.slack.blocks import visible
from bot.workspace import actions, answers
from bot.workspace.api import dispatch
from bot.workspace.block_kit import check_message, check_view
from bot.workspace.errors import SlackError
from bot.workspace.socket_mode import Hub
from bot.workspace.workspace import Workspace
from tests.bot.slack.hostile_words import MARK
from tests.bot.slack.staff import assert_escaped

Json = dict[str, Any]

# A link, a mention or a date in Slack's markup; nothing else may have angle brackets.
_TOKEN = re.compile(r"<([^<>]*)>")
_STAFF = re.compile(r"@U0STAFF[12]")
_DATE = re.compile(r"!date\^\d{1,11}\^[^<>|^]{1,60}\|[^<>|]{1,60}")
_OURS = re.compile(r"[A-Z0-9 L-]{1,20}|show it", re.IGNORECASE)
# To the message that became the lead; it is made of Slack's own ids, none of which a customer chooses.
_SOURCE = re.compile(r"/archives/[CDG]0[A-Z0-9]{1,20}/p\d{16}")
_ADDRESS = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9.-]{1,200}")
# What the workspace says to a call that is right but comes too late or twice; every other refusal is a mistake of ours.
_PASSING = {"already_reacted", "expired_trigger_id", "exchanged_trigger_id", "ratelimited"}


class Call(NamedTuple):
    """One thing that the bot said: the method (or `ack`, `answer`), what with, and Slack's refusal if it refused."""

    method: str
    said: Json
    refused: str = ""


@dataclass
class Outgoing:
    """base_url: of the workspace, the one address that links may lead to."""

    base_url: str
    calls: list[Call] = field(default_factory=list)

    def said(self, method: str) -> list[Json]:
        """What was said by this method, oldest first."""
        return [call.said for call in self.calls if call.method == method]

    def shows(self, mark: str) -> bool:
        """Whether these words went out in any place."""
        return any(mark in json.dumps(call.said, ensure_ascii=False) for call in self.calls)

    def judge(self) -> None:
        """Check every call."""
        for call in self.calls:
            try:
                _judge(call, self.base_url)
            except AssertionError as error:
                raise AssertionError(f"{call.method}: {error}\n{json.dumps(call.said)[:2000]}") from error


def listening(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> Outgoing:
    """Write down from now on what this workspace is told: Web API calls, answers to commands, acks."""
    heard = Outgoing(workspace.base_url)
    for method, work in list(dispatch.METHODS.items()):
        monkeypatch.setitem(dispatch.METHODS, method, _noting(heard, method, work))
    noted = _noting(heard, "answer", lambda _, said: said)
    answer = answers.post_answer

    def post_answer(of: Workspace, url: Any, said: Json) -> Json:
        noted(of, said)
        return answer(of, url, said)

    for module in (answers, actions):
        monkeypatch.setattr(module, "post_answer", post_answer)
    acknowledge = Hub.acknowledge

    def acknowledged(hub: Hub, frame: Any) -> None:
        heard.calls.append(Call("ack", (frame.get("payload") or {}) if isinstance(frame, dict) else {}))
        acknowledge(hub, frame)

    monkeypatch.setattr(Hub, "acknowledge", acknowledged)
    return heard


def _noting(heard: Outgoing, method: str, work: Callable[[Workspace, Json], Json]) -> Callable[[Workspace, Json], Json]:
    def noted(workspace: Workspace, said: Json) -> Json:
        try:
            answer = work(workspace, said)
        except SlackError as error:
            heard.calls.append(Call(method, said, error.code))
            raise
        heard.calls.append(Call(method, said))
        return answer

    return noted


def _judge(call: Call, base_url: str) -> None:
    assert call.refused in {"", *_PASSING}, f"refused: {call.refused}"
    said = call.said
    json.dumps(said, ensure_ascii=False).encode("utf-8")  # no half of a character
    blocks, view = said.get("blocks"), said.get("view")
    if blocks is not None:
        assert check_message(blocks) == []
    if view is not None:
        assert check_view(view) == []
    for part in _parts(said):
        _judge_part(part, base_url)
    for key in ("text", "initial_comment"):
        if isinstance(said.get(key), str):
            # Without blocks it is shown, as markup.
            _judge_fallback(said[key], base_url) if blocks else _judge_mrkdwn(said[key], base_url)
    if call.method == "chat.postMessage":
        assert said.get("unfurl_links") is False
        assert said.get("unfurl_media") is False
    assert said.get("parse", "none") == "none"
    assert not said.get("link_names")
    assert not said.get("attachments")


def _parts(value: Any) -> Iterator[Json]:
    """Every object, at any depth."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _parts(each)


def _judge_part(part: Json, base_url: str) -> None:
    if part.get("type") == "mrkdwn":
        _judge_mrkdwn(part["text"], base_url)
    if part.get("type") == "plain_text":
        assert part["text"].strip()
        assert part.get("emoji") is False, "an emoji's name would become one"
        assert_escaped(part["text"])
        assert visible(part["text"]) == part["text"], "something in it cannot be seen"
    for key in ("url", "image_url", "thumb_url", "slack_file"):
        assert key not in part or str(part[key]).startswith(f"{base_url}/"), f"{key} leads elsewhere"
    for key in ("action_id", "block_id", "callback_id"):
        assert MARK not in str(part.get(key)), f"{key} holds a customer's words"


def _judge_fallback(text: str, base_url: str) -> None:
    """What a notification says: everything of a customer's in it is escaped."""
    rest = _without_ours(text, base_url)
    assert_escaped(rest)
    assert visible(rest) == rest


def _judge_mrkdwn(text: str, base_url: str) -> None:
    """Our own words alone: a customer's cannot be escaped in here."""
    rest = _without_ours(text, base_url)
    assert_escaped(rest)
    assert MARK not in rest, f"a customer's words are markup: {rest[:200]!r}"


def _without_ours(text: str, base_url: str) -> str:
    """The text without the tokens that we may write."""
    return _TOKEN.sub(lambda found: "" if _is_ours(found[1], base_url) else found[0], text)


def _is_ours(token: str, base_url: str) -> bool:
    if _STAFF.fullmatch(token) or _DATE.fullmatch(token):
        return True
    url, _, label = token.partition("|")
    if url.startswith("mailto:"):
        return _is_answer(url.replace("&amp;", "&"), label)
    ours = url.startswith(f"{base_url}/archives/C0LEADS/p") and _OURS.fullmatch(label) is not None
    return ours or (label == "Slack" and _SOURCE.fullmatch(url.removeprefix(base_url)) is not None)


def _is_answer(url: str, label: str) -> bool:
    """Whether a mailto link goes to the address that it shows, and fills in a subject and nothing that breaks out."""
    parts = urlsplit(url)
    given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True, errors="strict")
    subject = "".join(given.get("subject", []))
    plain = unquote(parts.path) == label and _ADDRESS.fullmatch(label) is not None
    return plain and set(given) <= {"subject", "bcc"} and visible(subject) == subject and "\n" not in subject
