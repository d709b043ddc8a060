"""The whole bot beside neighbours that hang: leads are shown all the same, and whoever looks sees what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx

from tests.enrichment.adapters.test_chroma import chroma_server, free_port
from tests.servers.running_bot import RunningBot, mail
from tests.servers.silent import silent

Make = Callable[..., RunningBot]
REQUESTS = ("My brakes grind.", "The clutch slips.", "A window is broken.", "It needs new tyres.", "The horn is mute.")


def metric(bot: RunningBot, name: str, service: str) -> float | None:
    """What the metrics say of a service."""
    told = httpx.get(f"{bot.http}/metrics", timeout=20).text.splitlines()
    label = f'{name}{{service="{service}"}} '
    return next((float(line.removeprefix(label)) for line in told if line.startswith(label)), None)


def wait_until(bot: RunningBot, service: str, *, is_open: bool) -> None:
    """Until the service is left alone, or no more."""
    bot.wait_for(lambda: metric(bot, "leadbot_circuit_open", service) == is_open, 60)


def ask(bot: RunningBot) -> None:
    """Customers write."""
    for number, text in enumerate(REQUESTS):
        bot.send(mail(f"Jo <jo{number}@example.com>", "A request", text))


def wait_for_cards(bot: RunningBot, count: int = len(REQUESTS)) -> None:
    """Until so many leads are shown."""
    bot.wait_for(lambda: len(bot.cards()) == count, 60)


def test_a_hanging_chroma_server_delays_no_card(fresh_bot: Make, tmp_path: Path) -> None:
    """Cards come while the index hangs, also after a restart; when it is back, it is caught up by itself."""
    since = "leadbot_circuit_open_since_timestamp_seconds"
    port = free_port()
    bot = fresh_bot(CHROMA_URL=f"http://127.0.0.1:{port}")
    with silent(port):
        bot.start()
        ask(bot)
        wait_for_cards(bot)
        wait_until(bot, "chroma", is_open=True)
        assert "The search for similar leads does not work" in bot.command("status")
        began = metric(bot, since, "chroma")
        bot.kill()
        bot.start()
        bot.send(mail("Al <al@example.com>", "A request", "The engine coughs."))
        wait_for_cards(bot, len(REQUESTS) + 1)
        assert metric(bot, since, "chroma") == began
    folder = tmp_path / "chroma"
    folder.mkdir()
    with chroma_server(folder, port):
        wait_until(bot, "chroma", is_open=False)
        bot.wait_for(lambda: "engine" in bot.command("similar engine coughs"))
        bot.stop()


def test_slack_that_fails_is_left_alone_and_every_card_comes_once(fresh_bot: Make) -> None:
    """While it fails nothing is posted; afterwards each lead has its card, also one whose answer was lost."""
    bot = fresh_bot()
    bot.start()
    bot.fault("chat.postMessage", "lost", 2)
    for method in ("conversations.history", "auth.test"):
        bot.fault(method, "500", 2)
    ask(bot)
    wait_until(bot, "slack", is_open=True)
    wait_until(bot, "slack", is_open=False)
    wait_for_cards(bot)
    bot.settled()
    assert len(bot.cards()) == len(REQUESTS)
