"""The bot as a process beside a workspace of its own, driven only from outside: mail in, control API out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

ROOT = Path(__file__).parent.parent.parent
READY = re.compile(r"^ready smtp=(\S+):(\d+) workspace=(\S+) http=(\S+)$", re.MULTILINE)
START_SECONDS = 120.0


def form_mail(name: str, email: str, message: str, subject: str = "New enquiry from your website") -> EmailMessage:
    """A web form's mail: from the site, the customer in Reply-To and in the labels."""
    mail = EmailMessage()
    mail["From"] = "Website <wordpress@garage.example>"
    mail["To"] = "leads@localhost"
    mail["Reply-To"] = email
    mail["Subject"] = subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain="garage.example")
    mail.set_content(f"Name: {name}\nEmail: {email}\nMessage: {message}\n")
    return mail


def mail(sender: str, subject: str, body: str, **headers: str) -> EmailMessage:
    """An ordinary mail; further headers by keyword, `_` for `-`."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = "leads@localhost"
    made["Subject"] = subject
    made["Date"] = formatdate()
    for name, value in ({"Message_ID": make_msgid(domain="customer.example")} | headers).items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


class RunningBot:
    """A data folder with, at most times, a bot and a workspace running on it.

    program: what is started, `-m bot.cli` or a script that breaks something first.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "LEADBOT_DATA_DIR": str(folder / "data"),
            "LEADBOT_MODEL_DIR": str(ROOT / "model"),
            "LEADBOT_SMTP_PORT": "0",
            "LEADBOT_HTTP_PORT": "0",
            "LEADBOT_WORKSPACE_PORT": "0",
            "OLLAMA_BASE_URL": "off",
            "LEADBOT_SENDER_DNS": "false",  # the doctor would ask it, and tests stay on this machine
            "PYTHONPATH": str(ROOT),  # a script that breaks something must break this checkout, not an installed one
            **environment,
        }
        self.cwd = ROOT  # where leadbot.toml is looked for
        self.process: subprocess.Popen[bytes] | None = None
        self.smtp_port = 0
        self.workspace = ""
        self.http = ""

    def start(self, program: Sequence[str] = ("-m", "bot.cli"), roles: str = "") -> RunningBot:
        """Start the bot and wait until it says that it is ready."""
        output = self.folder / "out.txt"
        with output.open("wb") as out, (self.folder / "err.txt").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, *program, "run", "--roles", roles],
                stdout=out,
                stderr=err,
                env=self.environment,
                cwd=self.cwd,
            )

        def look() -> re.Match[str] | None:
            code = self.process.poll() if self.process else None
            assert code is None, f"the bot ended with {code}: {self.errors()}"
            return READY.search(output.read_text())

        found = self.wait_for(look, START_SECONDS)
        self.smtp_port, self.workspace, self.http = int(found[2]), found[3], found[4]
        return self

    def errors(self) -> str:
        """What the bot wrote on stderr."""
        return (self.folder / "err.txt").read_text()[-3000:]

    def stop(self) -> int:
        """Stop the bot as Ctrl-C does; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(15)

    def kill(self) -> None:
        """Kill the bot as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Leave nothing running."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
            self.kill()
        with contextlib.suppress(OSError, ValueError, KeyError):
            os.kill(json.loads((self.folder / "data" / "workspace.json").read_text())["pid"], signal.SIGTERM)

    def send(self, *mails: EmailMessage, pause: float = 0.0) -> None:
        """Send each mail over a connection of its own."""
        for number, message in enumerate(mails):
            if number:
                time.sleep(pause)
            with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30) as client:
                client.send_message(message, to_addrs=["leads@localhost"])

    def messages(self, channel: str = "leads") -> list[dict[str, Any]]:
        """Every message of the channel, oldest first."""
        answer = httpx.get(f"{self.workspace}/control/messages", params={"channel": channel}, timeout=10)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def cards(self) -> list[dict[str, Any]]:
        """The lead cards: our messages that stand in no thread and name a lead."""
        return [m for m in self.messages() if m["thread_ts"] is None and "(L-" in m["text"]]

    def thread(self, card: dict[str, Any]) -> list[str]:
        """The texts below a card."""
        return [m["text"] for m in self.messages() if m["thread_ts"] == card["ts"]]

    def warnings(self) -> list[str]:
        """Every duplicate warning there is."""
        return [m["text"] for m in self.messages() if m["text"].startswith("Possible duplicate of")]

    def command(self, text: str) -> str:
        """What `/lead <text>` answers, texts and blocks, as one JSON text."""
        body = {"command": "/lead", "text": text, "user": "U0STAFF1", "channel": "leads"}
        answer = httpx.post(f"{self.workspace}/control/command", json=body, timeout=20).json()
        return json.dumps(answer["responses"], ensure_ascii=False)

    def fault(self, method: str, kind: str, times: int = 1) -> None:
        """Make the workspace fail the next calls of a Web API method."""
        body = {"method": method, "kind": kind, "times": times}
        assert httpx.post(f"{self.workspace}/control/fault", json=body, timeout=10).status_code == 200

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on the same data folder."""
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            env=self.environment, cwd=self.cwd, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def click(self, card: dict[str, Any], action_id: str, user: str = "U0STAFF1", **choice: str) -> dict[str, Any]:
        """Press an element of a card, as a person does on the page; what the workspace answers."""
        body = {"message_ts": card["ts"], "channel": "leads", "action_id": action_id, "user": user, **choice}
        answer = httpx.post(f"{self.workspace}/control/click", json=body, timeout=20)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def leads(self) -> list[dict[str, Any]]:
        """`leadbot leads --json --all`."""
        return [json.loads(line) for line in self.cli("leads", "--json", "--all").stdout.splitlines()]

    def status(self) -> dict[str, Any]:
        """`leadbot status --json`."""
        found: dict[str, Any] = json.loads(self.cli("status", "--json").stdout)
        return found

    def settled(self, seconds: float = 60.0) -> dict[str, Any]:
        """The status once nothing is in progress and every view has caught up."""

        def quiet() -> dict[str, Any] | None:
            status = self.status()
            return status if not status["states"]["in_progress"] and not status["behind"] else None

        return self.wait_for(quiet, seconds)

    def wait_for(self, look: Callable[[], T | None], seconds: float = 20.0) -> T:
        """What `look` finds, looked for until the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing after {seconds} s: {self.errors()}")


@contextlib.contextmanager
def running_bot(folder: Path, **environment: str) -> Iterator[RunningBot]:
    """A started bot that is stopped at the end."""
    bot = RunningBot(folder, **environment)
    try:
        yield bot.start()
    finally:
        bot.close()
