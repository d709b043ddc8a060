"""Load for the benchmarks: varied mails from a seed, senders over real connections, and how far a bot has come.

What is slow must be told from what stands in its way: the processor time of each process is counted apart.
"""

from __future__ import annotations

import concurrent.futures
import os
import random
import smtplib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.servers.running_bot import RunningBot

NAMES = "Ann Bob Cara Dan Eve Finn Gia Hal Ida Jon Kim Lou Mia Ned Ola Pia Ray Sue Tom Una Vic Wes Xia Yan Zoe".split()
FAMILIES = "Archer Baker Carter Dyer Fisher Gardner Hunter Mason Parker Porter Sawyer Shepherd Smith Taylor".split()
THINGS = (
    "boiler|kitchen sink|garden fence|roof|gutter|bathroom|heat pump|electric car|clutch|gearbox|windscreen|timing belt|"
    "brakes|front door|patio|driveway|chimney|solar panels|burglar alarm|office windows|lawn|loft|staircase|radiator|"
    "dishwasher|company accounts|tax return|website|skin treatment|dental check|laser appointment|wedding cake|piano|"
    "water meter|garage door|hedge|conservatory|cellar|mobile home|delivery van"
).split("|")
TROUBLES = (
    "leaks onto the floor|makes a grinding noise|has to be replaced|needs a yearly service|was damaged in the storm|"
    "does not start in the cold|should be painted|must be ready before the holidays|is much too loud|smells of gas|"
    "has a crack in it|keeps losing pressure|trips the fuse at night|shakes at speed|should be insulated|is twenty years "
    "old|was fitted badly by another firm|needs an estimate for the insurance|has to be moved|will not close any more"
).split("|")
WISHES = (
    "Could somebody come today?|How much would that be?|Please call me in the evening.|We need three quotes.|"
    "When is your next free appointment?|Can you send me a price list?|It is urgent, please hurry.|No hurry at all.|"
    "Do you work at weekends?|We would like a long contract.|A neighbour recommended you.|I have photographs if you need "
    "them.|The house is near the station.|Parking is difficult, so please say when you come.|My landlord will pay for it."
).split("|")


@dataclass(frozen=True)
class Letter:
    """One mail as its sender hands it over."""

    sender: str
    content: bytes


def letters(seed: int, repeat: float = 0.1) -> Iterator[Letter]:
    """Distinct mails without end; the same seed makes the same ones. repeat: share from somebody who wrote before."""
    chance = random.Random(seed)
    for number in count(1):
        again = number > 10 and chance.random() < repeat
        customer = chance.randrange(1, number) if again else number
        yield _letter(seed, number, customer, chance)


def _letter(seed: int, number: int, customer: int, chance: random.Random) -> Letter:
    name = f"{NAMES[customer % len(NAMES)]} {FAMILIES[customer // len(NAMES) % len(FAMILIES)]}"
    sender = f"c{customer}.{seed}@customers{customer % 997}.example"
    thing = chance.choice(THINGS)
    lines = [
        f"From: {name} <{sender}>",
        "To: leads@localhost",
        f"Subject: {thing.capitalize()}, number {chance.randrange(1, 400)}",
        "Date: Fri, 20 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{number}.{seed}.{chance.randrange(10**9)}@load.example>",
        "Content-Type: text/plain; charset=utf-8",
        "",
        request(chance, thing),
        "",
        name,
    ]
    return Letter(sender, "\r\n".join(lines).encode())


def request(chance: random.Random, thing: str) -> str:
    """What a customer writes, in two to a dozen sentences."""
    said = [f"Hello, our {thing} {chance.choice(TROUBLES)}."]
    for _ in range(chance.randrange(1, 6)):
        said.append(f"The {chance.choice(THINGS)} {chance.choice(TROUBLES)}." if chance.random() < 0.4 else "")
        said.append(chance.choice(WISHES))
    return " ".join(filter(None, said))


def send(port: int, mails: Sequence[Letter], connections: int = 10) -> tuple[float, float]:
    """Hand the mails over, over so many connections at once; when the first and the last 250 came (monotonic)."""

    def deliver(worker: int) -> list[float]:
        times = []
        with smtplib.SMTP("127.0.0.1", port, timeout=120, local_hostname="load") as client:
            for letter in mails[worker::connections]:
                client.sendmail(letter.sender, ["leads@localhost"], letter.content)
                times.append(time.monotonic())
        return times

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        times = [moment for worker in pool.map(deliver, range(connections)) for moment in worker]
    return min(times), max(times)


@dataclass(frozen=True)
class Count:
    """How far a bot has come. cards: leads shown in Slack, in their own card or as a row of another."""

    waiting: int
    leads: int
    cards: int


def progress(bot: RunningBot) -> Count:
    """Read from the bot's store beside it, which disturbs it less than asking it."""
    with open_store(bot) as store:
        return Count(
            waiting=_one(store, "SELECT count(*) FROM messages WHERE state = 'in_progress'"),
            leads=_one(store, "SELECT count(*) FROM leads WHERE revision > 0"),
            cards=_one(store, "SELECT count(*) FROM views WHERE view = 'card' AND shown > 0"),
        )


class open_store(sqlite3.Connection):  # noqa: N801 - used as a function
    """The bot's store, for reading."""

    def __init__(self, bot: RunningBot) -> None:
        super().__init__(f"file:{bot.folder / 'data' / 'leadbot.db'}?mode=ro", uri=True, timeout=30)

    def __exit__(self, *_: object) -> None:  # type: ignore[override]
        self.close()


def _one(store: sqlite3.Connection, query: str) -> int:
    return int(store.execute(query).fetchone()[0])


def resident(pid: int, *, peak: bool = False) -> float:
    """The resident memory of a process in MB; peak: the most since `forget_peak`."""
    name = "VmHWM:" if peak else "VmRSS:"
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024


def forget_peak(pid: int) -> None:
    """Count the peak of a process's memory from now on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def children(pid: int) -> list[int]:
    """The processes that it has started itself and that live."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def command(pid: int) -> str:
    """What the process is: `worker` (the mail parser), `workspace`, ..."""
    line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    words = [word.decode() for word in line if word]
    named = [word for word in words if word.startswith(("channels.", "bot.")) or word == "workspace"]
    return named[-1] if named else words[0]


def seconds_used(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cores:
    """Who used the cores since it was made."""

    def __init__(self, bot: RunningBot) -> None:
        assert bot.process is not None
        self._pids = {"bot": bot.process.pid} | {command(pid): pid for pid in children(bot.process.pid)}
        self._began = time.monotonic()
        self._before = {name: seconds_used(pid) for name, pid in self._pids.items()}
        self._own = time.process_time()

    def told(self) -> str:
        """`bot 0.93, channels.mail.worker 0.21, ...` in cores, the sender among them."""
        passed = time.monotonic() - self._began
        used = {name: seconds_used(pid) - self._before[name] for name, pid in self._pids.items()}
        used["senders"] = time.process_time() - self._own
        return ", ".join(f"{name} {seconds / passed:.2f}" for name, seconds in used.items())
