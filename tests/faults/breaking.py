"""How each stroke of the schedule is carried out."""

from __future__ import annotations

import contextlib
import shutil
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
from fastapi import Request, Response

from tests.faults.lasting import Full, Jump, Lasting, Locked
from tests.faults.mails import Mail
from tests.faults.schedule import Step
from tests.faults.staff import Staff
from tests.faults.starter import POINTS, TRAP, write
from tests.faults.world import World
from tests.servers import ollama
from tests.servers.airtable_faults import Fault

TRAP_SECONDS = 4.0
OLLAMA: dict[str, Callable[[], ollama.Step]] = {
    "ollama stalled": ollama.stall,
    "ollama 500": lambda: ollama.status(500, "the model runner has stopped"),
    "ollama dropped": ollama.drop,
    "ollama garbage": lambda: ollama.raw(b"\x00\xff{]garbage\n" * 50),
}
SLACK = {"slack 429": "429", "slack 500": "500", "slack lost answer": "lost"}
AIRTABLE = {"airtable 429": "429", "airtable 503": "503", "airtable lost answer": "lost"}
# What waits for the next call, and counts when it has struck.
QUEUED = {*OLLAMA, *SLACK, *AIRTABLE}

Stroke = Callable[["Breaker", Step], None]


class Breaker:
    """Carries out the steps in a world. mails: those of the run, by number."""

    def __init__(self, world: World, staff: Staff, mails: list[Mail]) -> None:
        self.world = world
        self.staff = staff
        self.mails = mails
        self._lasting: list[Lasting] = []
        self._slack: Counter[str] = Counter()
        self._airtable: list[tuple[str, Fault, int]] = []

    def strike(self, step: Step) -> None:
        """Do it; what lasts ends by itself, and a bot that was ended runs again."""
        STROKES[step.kind](self, step)
        if step.kind not in QUEUED:
            self.world.happened[step.kind] += 1

    def last(self, trouble: Lasting, seconds: float) -> None:
        """Let a trouble begin, and end after that time, whatever else happens."""
        self._lasting = [each for each in self._lasting if not each.over]
        if any(type(each) is type(trouble) for each in self._lasting):
            trouble = next(each for each in self._lasting if type(each) is type(trouble))
            trouble.end()
        trouble.begin()
        self._lasting.append(trouble)
        threading.Thread(target=trouble.end_after, args=(seconds,), daemon=True).start()

    def ask_slack(self, kind: str, method: str, times: int) -> None:
        """Let the next calls of a method fail."""
        self.world.control("fault", method=method, kind=SLACK[kind], times=times).raise_for_status()
        self._slack[kind] += times

    def ask_airtable(self, kind: str, times: int) -> None:
        """Let the next writes fail."""
        self.world.airtable.fail(AIRTABLE[kind], times, method="PATCH")
        self._airtable.append((kind, self.world.airtable.faults[-1], times))

    def use_up(self, seconds: float) -> None:
        """Wait until what was asked for has struck, as long as that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and (
            self.world.ollama.script or any(fault.times for _, fault, _ in self._airtable) or self._still_to_fail()
        ):
            time.sleep(0.2)
            self.world.ensure()

    def _still_to_fail(self) -> Counter[str]:
        faults = httpx.get(f"{self.world.workspace}/control/faults", timeout=30).json()["faults"]
        names = {value: kind for kind, value in SLACK.items()}
        return Counter(names[fault["kind"]] for fault in faults for _ in range(fault["times"]))

    def lift(self) -> None:
        """End what lasts, count what has struck and forget the rest, and see that the bot runs."""
        for trouble in self._lasting:
            trouble.end()
        (self.world.folder / TRAP).unlink(missing_ok=True)
        self.world.ollama.script.clear()
        for kind, fault, times in self._airtable:
            self.world.happened[kind] += times - fault.times
            fault.times = 0
        self.world.happened.update(self._slack - self._still_to_fail())
        self.world.ensure()


def _kill(breaker: Breaker, _step: Step) -> None:
    breaker.world.kill()
    breaker.world.start()


def _kill_in_trap(breaker: Breaker, step: Step) -> None:
    """Kill it in the middle of one thing; when it does not come there in time, just kill it."""
    assert step.detail in POINTS
    trap = breaker.world.folder / TRAP
    write(trap, step.detail)
    if "claim" in step.detail:
        breaker.staff.act("claimed")
    deadline = time.monotonic() + TRAP_SECONDS
    while breaker.world.running and time.monotonic() < deadline:
        time.sleep(0.02)
    breaker.world.happened[f"killed {step.detail}"] += not breaker.world.running
    breaker.world.kill()
    trap.unlink(missing_ok=True)
    breaker.world.start()


def _kill_while_starting(breaker: Breaker, step: Step) -> None:
    breaker.world.kill()
    breaker.world.spawn()
    time.sleep(step.seconds)
    breaker.world.kill()
    breaker.world.start()


def _kill_in_data(breaker: Breaker, step: Step) -> None:
    """Half of a mail is there when it dies; its sender comes again with all of it."""
    mail = breaker.mails[step.mails.start if step.mails else 0]
    content = mail.content()
    with contextlib.suppress(smtplib.SMTPException, OSError):
        client = smtplib.SMTP("127.0.0.1", breaker.world.smtp_port, timeout=30)
        client.ehlo()
        client.mail(mail.mail_from)
        client.rcpt(mail.rcpt_to)
        client.docmd("DATA")
        client.send(content[: len(content) // 2])
        time.sleep(0.05)
        breaker.world.kill()
        client.close()
    breaker.world.kill()
    breaker.world.start()


def _kill_and_delete_chroma(breaker: Breaker, _step: Step) -> None:
    breaker.world.kill()
    shutil.rmtree(breaker.world.data / "chroma", ignore_errors=True)
    breaker.world.start()


def _terminate(breaker: Breaker, _step: Step) -> None:
    breaker.world.terminate()
    breaker.world.start()


def _drop_sockets(breaker: Breaker, _step: Step) -> None:
    breaker.staff.act()
    breaker.world.control("fault", kind="socket_drop").raise_for_status()


def _lose_acks(breaker: Breaker, step: Step) -> None:
    breaker.world.control("fault", kind="ack_lost", times=step.times).raise_for_status()
    breaker.staff.act()


def _ollama(breaker: Breaker, step: Step) -> None:
    breaker.world.ollama.script.extend(_counted(breaker, step.kind) for _ in range(step.times))


def _counted(breaker: Breaker, kind: str) -> ollama.Step:
    trouble = OLLAMA[kind]()

    async def strike(request: Request, body: dict[str, Any]) -> Response:
        breaker.world.happened[kind] += 1
        return await trouble(request, body)

    return strike


STROKES: dict[str, Stroke] = {
    "kill": _kill,
    "kill in a trap": _kill_in_trap,
    "kill while starting": _kill_while_starting,
    "kill in DATA": _kill_in_data,
    "kill and delete Chroma": _kill_and_delete_chroma,
    "SIGTERM": _terminate,
    **dict.fromkeys(SLACK, lambda breaker, step: breaker.ask_slack(step.kind, step.detail, step.times)),
    "slack socket dropped": _drop_sockets,
    "slack ack lost": _lose_acks,
    **dict.fromkeys(OLLAMA, _ollama),
    **dict.fromkeys(AIRTABLE, lambda breaker, step: breaker.ask_airtable(step.kind, step.times)),
    "database locked": lambda breaker, step: breaker.last(Locked(breaker.world), step.seconds),
    "disk full": lambda breaker, step: breaker.last(Full(breaker.world), step.seconds),
    "clock jump": lambda breaker, step: breaker.last(Jump(breaker.world, step.detail), step.seconds),
}
