"""Mail is parsed in a process that may hang, crash or be killed without harm to the bot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import channels
from channels.mail.mime import parse
from channels.mail.parser import ParserProcess
from enrichment.errors import GiveUp, RetryLater
from enrichment.ports import Parser

MAIL = b"From: Ann <ann@example.com>\r\nSubject: Roof\r\n\r\nPlease call.\r\n"
ROOT = Path(channels.__file__).parent.parent

# A worker with one flaw: it does to a mail that says HANG, CRASH, EXIT, NOISE or NONSENSE what the word says.
FLAWED = """
import os, sys, time
from channels.mail import worker
read = worker.parse
def flawed(content):
    if b"HANG" in content: time.sleep(60)
    if b"CRASH" in content: os.abort()
    if b"EXIT" in content: os._exit(7)
    if b"MEMORY" in content: bytearray(10**11)
    if b"NOISE" in content: print("noise " * 1000, flush=True)
    return read(content)
worker.parse = flawed
worker.main(30, 1536)
"""


@pytest.fixture
def parser() -> Iterator[ParserProcess]:
    """A parser with the real worker."""
    process = ParserProcess()
    yield process
    process.close()


@pytest.fixture
def flawed() -> Iterator[ParserProcess]:
    """A parser whose worker does what the mail says, with a deadline of a second."""
    process = ParserProcess(deadline=1.0, command=[sys.executable, "-c", FLAWED])
    process.start()
    yield process
    process.close()


def alive(pid: int) -> bool:
    """Whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def running(parser: ParserProcess) -> int:
    """The child's process id; it must be there."""
    assert parser.pid is not None
    return parser.pid


def test_it_answers_as_parse_does(parser: ParserProcess) -> None:
    """The process changes nothing about the facts, bytes that are no text included."""
    port: Parser = parser
    for content in (MAIL, b"", bytes(range(256)) * 100, b"Subject: \xed\xa0\x80\r\n\r\n\x00"):
        assert port.parse(content) == parse(content)


def test_one_child_serves_many_threads(parser: ParserProcess) -> None:
    """Threads share the child and each gets its own answer."""
    parser.start()
    before = parser.pid
    mails = [b"Subject: %d\r\n\r\n%s" % (number, b"x" * number * 50) for number in range(60)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(parser.parse, mails))
    assert [message.subject for message in found] == [str(number) for number in range(60)]
    assert parser.pid == before


def test_a_large_mail_passes_the_pipe(parser: ParserProcess) -> None:
    """Twenty megabytes go in and their facts come out."""
    body = b"Content-Type: application/pdf; name=a.pdf\r\n\r\n" + b"x" * 20_000_000
    assert parser.parse(b"Subject: big\r\n" + body).attachments[0].size == 20_000_000


def test_a_mail_that_takes_too_long_is_given_up(flawed: ParserProcess) -> None:
    """The child is killed at the deadline; the next mail gets a new one."""
    before = running(flawed)
    started = time.monotonic()
    with pytest.raises(GiveUp, match="took longer than 1 s"):
        flawed.parse(b"Subject: HANG\r\n\r\n")
    assert 0.9 < time.monotonic() - started < 20
    assert not alive(before)
    assert flawed.parse(MAIL).subject == "Roof"
    assert flawed.pid != before


def test_a_stopped_child_is_late_too(flawed: ParserProcess) -> None:
    """Even when it does not read what it is sent, and the mail is larger than a pipe holds."""
    os.kill(running(flawed), signal.SIGSTOP)
    with pytest.raises(GiveUp, match="took longer"):
        flawed.parse(MAIL + b"x" * 5_000_000)
    assert flawed.parse(MAIL).subject == "Roof"


@pytest.mark.parametrize("word", [b"CRASH", b"EXIT"])
def test_a_mail_that_kills_the_child_is_given_up(flawed: ParserProcess, word: bytes) -> None:
    """Only that mail; the next is read."""
    with pytest.raises(GiveUp, match="died while it read the message"):
        flawed.parse(b"Subject: " + word + b"\r\n\r\n")
    assert flawed.parse(MAIL).subject == "Roof"


def test_memory_is_limited(flawed: ParserProcess) -> None:
    """A hundred gigabytes are refused by the child's own limit; the machine and the next mail are unharmed."""
    with pytest.raises(GiveUp, match="died while it read the message"):
        flawed.parse(b"Subject: MEMORY\r\n\r\n")
    assert flawed.parse(MAIL).subject == "Roof"


def test_what_a_library_prints_spoils_no_answer(flawed: ParserProcess) -> None:
    """Standard output belongs to the answers alone."""
    assert flawed.parse(b"Subject: NOISE\r\n\r\n").subject == "NOISE"
    assert flawed.parse(MAIL).subject == "Roof"


def test_a_child_killed_between_mails_costs_no_mail(parser: ParserProcess) -> None:
    """Nobody's mail was to blame: it is started again without a word."""
    parser.start()
    os.kill(running(parser), signal.SIGKILL)
    time.sleep(0.1)
    assert parser.parse(MAIL).subject == "Roof"


@pytest.mark.parametrize(
    "command",
    [["/nonexistent/python"], [sys.executable, "-c", "raise SystemExit(3)"], [sys.executable, "-c", "print('hello')"]],
    ids=["no such program", "ends at once", "speaks another language"],
)
def test_a_child_that_does_not_start_is_our_trouble(command: list[str]) -> None:
    """No mail is given up for it."""
    parser = ParserProcess(command=command)
    with pytest.raises(RetryLater, match="start"):
        parser.parse(MAIL)
    parser.close()


def test_interrupts_are_left_to_the_parent(parser: ParserProcess) -> None:
    """Ctrl-C and a service manager's SIGTERM reach the whole group; the child goes on until it is told."""
    parser.start()
    before = running(parser)
    os.kill(before, signal.SIGINT)
    os.kill(before, signal.SIGTERM)
    assert parser.parse(MAIL).subject == "Roof"
    assert parser.pid == before


def test_close_ends_the_child_and_parsing(parser: ParserProcess) -> None:
    """Nothing is left behind, and a mail that comes too late waits for the next start."""
    parser.start()
    child = running(parser)
    parser.close()
    assert not alive(child)
    assert parser.pid is None
    with pytest.raises(RetryLater, match="closed"):
        parser.parse(MAIL)
    parser.close()


def test_close_does_not_wait_for_a_hanging_mail() -> None:
    """Two seconds at most; the mail in hand is to be read again."""
    parser = ParserProcess(deadline=30, command=[sys.executable, "-c", FLAWED])
    parser.start()
    errors: list[Exception] = []

    def read() -> None:
        try:
            parser.parse(b"Subject: HANG\r\n\r\n")
        except RetryLater as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.2)
    started = time.monotonic()
    parser.close()
    assert time.monotonic() - started < 2
    thread.join(2)
    assert "closed while it read" in str(errors[0])


def test_a_killed_parent_leaves_no_orphan() -> None:
    """The child ends when its input does."""
    script = (
        "import time; from channels.mail.parser import ParserProcess\n"
        "p = ParserProcess(); p.start(); print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 3
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def test_the_child_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens in our environment stay there."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    script = (
        "import os; from channels.mail import worker\n"
        "worker.parse = lambda _: worker.ParsedMessage(subject=os.environ.get('SLACK_BOT_TOKEN', 'none'))\n"
        "from enrichment.models import ParsedMessage; worker.ParsedMessage = ParsedMessage\n"
        "worker.main(30, 1536)"
    )
    parser = ParserProcess(command=[sys.executable, "-c", script])
    assert parser.parse(MAIL).subject == "none"
    parser.close()


def test_it_is_quick(parser: ParserProcess) -> None:
    """A warm child answers for an ordinary mail in milliseconds (p50; about 2 ms measured)."""
    parser.start()
    content = MAIL + b"I would like a quote for my roof, please.\r\n" * 100
    times = []
    for _ in range(50):
        started = time.perf_counter()
        parser.parse(content)
        times.append(time.perf_counter() - started)
    assert sorted(times)[25] < 0.05
