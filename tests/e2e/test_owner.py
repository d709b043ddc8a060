"""The owner hears of Slack's outage by mail, once, and the monitor hears nothing meanwhile; as the bot does it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

import httpx

from tests.servers.mail_receiver import QUERY, Receiver, receiving
from tests.servers.monitor import monitoring
from tests.servers.running_bot import RunningBot, mail

Make = Callable[..., RunningBot]


def end_workspace(bot: RunningBot) -> None:
    """Slack is gone: the workspace that stands for it is ended."""
    os.kill(json.loads((bot.folder / "data" / "workspace.json").read_text())["pid"], signal.SIGKILL)


def subjects(receiver: Receiver) -> list[str]:
    """What the owner has got."""
    return [mail["Subject"] for mail in receiver.mails]


def silent(bot: RunningBot) -> httpx.Response | None:
    """What a monitor that asks is told, once the heartbeat is silent."""
    answer = httpx.get(f"{bot.http}/readyz", timeout=10)
    (beat,) = (check for check in answer.json() if check["name"] == "heartbeat")
    return answer if beat["detail"].startswith("silent") and "slack" in beat["detail"] else None


def test_the_owner_is_mailed_once_an_outage_across_kills(fresh_bot: Make) -> None:
    """The workspace dies: one mail names the waiting lead; a kill and a start say no more; one mail when it is back."""
    with receiving(login=False) as receiver, monitoring() as monitor:
        bot = fresh_bot(
            LEADBOT_ALERT_SMTP_URL=f"smtp://127.0.0.1:{receiver.port}/?{QUERY}",
            LEADBOT_ALERT_AFTER="0.05",
            LEADBOT_HEARTBEAT_URL=f"{monitor.url}/ping/secret-uuid",
        ).start()
        end_workspace(bot)
        bot.send(
            mail("Jo <jo@customer.example>", "Burst pipe", "A pipe has burst, water everywhere! Call 303 555 0142.")
        )
        bot.wait_for(lambda: receiver.mails, 60)
        assert subjects(receiver) == ["Leadbot: the local workspace is down: 1 lead waits"]
        text = receiver.mails[0].get_content()
        assert "- L-1 (" in text
        assert not any(word in text for word in ("Jo ", "jo@", "555"))
        assert "the owner was mailed" in bot.cli("status").stdout
        ready = bot.wait_for(lambda: silent(bot), 60)
        assert ready.status_code == 503
        assert "heartbeat: silent, not heard yet" in bot.cli("status").stdout
        assert not monitor.asked
        bot.kill()
        bot.environment["LEADBOT_SLACK_PER_SECOND"] = "50"
        bot.start()
        bot.wait_for(lambda: len(receiver.mails) == 2, 60)
        assert subjects(receiver)[1] == "Leadbot: the local workspace is back"
        assert receiver.mails[1]["In-Reply-To"] == receiver.mails[0]["Message-ID"]
        bot.wait_for(bot.cards, 60)
        bot.wait_for(monitor.pings, 60)
        assert bot.cli("doctor").returncode == 0
        assert monitor.pings() == 1
        assert bot.stop() == 0
        assert "secret-uuid" not in ready.text + bot.errors()
        assert len(receiver.mails) == 2
