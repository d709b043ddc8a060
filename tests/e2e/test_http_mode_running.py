"""The bot as a process that Slack posts to, and one that sends leads to channels by rules."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.workspace.http_mode import signature
from bot.workspace.identity import SIGNING_SECRET
from tests.servers.running_bot import RunningBot, form_mail, mail, running_bot

PIPE = mail("Hal Hot <hal@hot.example>", "Burst pipe", "URGENT: water is flooding the kitchen right now, call me!")
ROUTE = '[[route]]\nurgency = "hot"\nchannel = "inbox"\n'
CLAIM = {"command": "/lead", "text": "claim L-1", "user_id": "U0STAFF1", "channel_id": "C0LEADS", "team_id": "T0LOCAL"}


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found: int = probe.getsockname()[1]
    return found


def posted(address: str, body: bytes, *, secret: str = SIGNING_SECRET, age: int = 0) -> int:
    """The status of what comes to the bot's door, signed so many seconds ago."""
    stamp = str(int(time.time()) - age)
    signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body)}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return httpx.post(address, content=body, headers=signed | kind, timeout=20, trust_env=False).status_code


def test_slack_posts_to_the_bot(tmp_path: Path) -> None:
    """A mail is a card, Claim and /lead work; what Slack has not signed, or signed too long ago, changes nothing."""
    port = free_port()
    over = {"LEADBOT_SLACK_MODE": "http", "LEADBOT_SLACK_HTTP_PORT": str(port), "LEADBOT_SLACK_PER_SECOND": "50"}
    with running_bot(tmp_path, **over) as bot:
        bot.send(form_mail("Ann Archer", "ann@archer.example", "My brakes grind"))
        card = bot.wait_for(bot.cards)[0]
        door = f"http://127.0.0.1:{port}"
        body = urlencode(CLAIM).encode()
        assert posted(f"{door}/slack/commands", body, secret="another") == 401
        assert posted(f"{door}/slack/commands", body, age=310) == 401
        for path in ("/", "/healthz", "/metrics", "/docs", "/control/status", "/slack", "/slack/other"):
            assert httpx.get(f"{door}{path}", timeout=20, trust_env=False).status_code == 404
            assert posted(f"{door}{path}", body) == 404
        assert [lead["status"] for lead in bot.leads()] == ["open"]
        assert "L-1" in bot.command("list")
        bot.click(card, "lead_claim")
        bot.wait_for(lambda: any("claimed" in text.lower() for text in bot.thread(card)))
        assert [lead["status"] for lead in bot.leads()] == ["claimed"]
        assert posted(f"{door}/slack/commands", body) == 200


@pytest.fixture
def routed(tmp_path: Path) -> RunningBot:
    """A bot whose hot leads go to another channel; not started yet."""
    (tmp_path / "leadbot.toml").write_text(ROUTE, encoding="utf-8")
    made = RunningBot(tmp_path, LEADBOT_SLACK_PER_SECOND="50")
    made.cwd = tmp_path
    return made


def roots(bot: RunningBot, channel: str) -> list[dict[str, Any]]:
    """The cards of one channel."""
    return [m for m in bot.messages(channel) if m["thread_ts"] is None and "(L-" in m["text"]]


def test_a_kill_while_a_card_is_posted_elsewhere_is_adopted_there(routed: RunningBot) -> None:
    """Its answer never came: the next bot finds the card in its channel, edits it and posts no other."""
    try:
        routed.start()
        routed.fault("chat.postMessage", "slow")
        routed.send(PIPE)
        (card,) = routed.wait_for(lambda: roots(routed, "inbox"), 60)
        routed.kill()
        routed.start()
        routed.settled()
        assert [each["ts"] for each in roots(routed, "inbox")] == [card["ts"]]
        assert roots(routed, "leads") == []
        body = {"message_ts": card["ts"], "channel": "inbox", "action_id": "lead_claim", "user": "U0STAFF1"}
        httpx.post(f"{routed.workspace}/control/click", json=body, timeout=20).raise_for_status()

        def told() -> bool:
            replies = [m["text"] for m in routed.messages("inbox") if m["thread_ts"] == card["ts"]]
            return any("claimed" in text.lower() for text in replies)

        routed.wait_for(told)
        status = json.loads(routed.cli("leads", "--json").stdout.splitlines()[0])["status"]
        assert status == "claimed"
    finally:
        routed.close()
