"""A sender that numbers its mails and remembers what it was answered."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.servers.running_bot import RunningBot, mail

HURRIED = (str(Path(__file__).parent / "hurried.py"),)


class Sender:
    """Sends mails of some kilobytes, each from another customer. accepted: the addresses that got a 250."""

    def __init__(self, bot: RunningBot, padding: int = 3000) -> None:
        self.bot = bot
        self.accepted: list[str] = []
        self.slowest = 0.0
        self._sent = 0
        self._padding = padding

    def send(self) -> int:
        """Send the next mail; the code that decided."""
        self._sent += 1
        address = f"p{self._sent}@trouble.example"
        words = f"Water is leaking in room {self._sent}, how much is a repair? "
        body = words + "It drips. " * (self._padding // 10)
        began = time.monotonic()
        with smtplib.SMTP("127.0.0.1", self.bot.smtp_port, timeout=60) as client:
            try:
                client.send_message(mail(f"P <{address}>", f"Leak {self._sent}", body), to_addrs=["leads@localhost"])
            except smtplib.SMTPResponseException as refused:
                return refused.smtp_code
            finally:
                self.slowest = max(self.slowest, time.monotonic() - began)
        self.accepted.append(address)
        return 250

    def until(self, wanted: Callable[[int], bool], seconds: float = 40.0) -> list[int]:
        """Send until an answer is as wanted; all answers."""
        answers: list[int] = []
        deadline = time.monotonic() + seconds
        while not answers or not wanted(answers[-1]):
            assert time.monotonic() < deadline, f"answers so far: {answers[-10:]}; {self.bot.errors()}"
            if answers and answers[-1] != 250:
                time.sleep(0.2)
            answers.append(self.send())
        return answers


def failed(bot: RunningBot) -> dict[str, str]:
    """What `/readyz` says is wrong: name to detail."""
    answer = httpx.get(f"{bot.http}/readyz", timeout=15)
    found = {check["name"]: check["detail"] for check in answer.json() if check["state"] == "failed"}
    assert answer.status_code == (503 if found else 200)
    return found


def metric(bot: RunningBot, name: str) -> float:
    """A number of `/metrics`."""
    lines = httpx.get(f"{bot.http}/metrics", timeout=15).text.splitlines()
    (value,) = [line.split()[1] for line in lines if line.startswith(f"{name} ")]
    return float(value)


def said(bot: RunningBot) -> list[dict[str, Any]]:
    """The warnings and errors in the log; every line is JSON."""
    lines = (bot.folder / "err.txt").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["level"] in ("warning", "error")]
