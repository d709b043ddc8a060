"""Parsing in a process of its own, so that no mail can hang or bring down the bot."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

import channels
from channels.mail.framing import MAX_FRAME, READY, BrokenFrame, read_frame, write_frame
from enrichment.errors import GiveUp, RetryLater
from enrichment.models import ParsedMessage

_START_DEADLINE = 20.0  # seconds; a start takes half a second on an idle machine
_END_DEADLINE = 1.0
_ALARM_AFTER = 5  # seconds past the deadline at which an orphan ends itself
_MEMORY_MEGABYTES = 1536
# Hostile mail is read in there: it gets no tokens, only what Python needs to start.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "PYTHONHOME")


class ParserProcess:
    """The `Parser` of enrichment.ports: one long-lived child process, one message at a time, killed when it is late.

    deadline: seconds that one message may take. command: what to start instead of channels.mail.worker (tests do).
    """

    def __init__(self, deadline: float = 5.0, command: Sequence[str] | None = None) -> None:
        self._deadline = deadline
        alarm = str(int(deadline) + _ALARM_AFTER)
        default = [sys.executable, "-P", "-m", "channels.mail.worker", alarm, str(_MEMORY_MEGABYTES)]
        self._command = list(command or default)
        self._turn = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        child = self._child
        return child.process.pid if child else None

    def start(self) -> None:
        """Start and warm the child, so that the first message is quick. Raises RetryLater when it cannot be started."""
        with self._turn:
            self._running()

    def parse(self, content: bytes) -> ParsedMessage:
        """The facts of one mail. Raises GiveUp when it is late or kills the child, RetryLater with no child."""
        if len(content) > MAX_FRAME:
            raise GiveUp(f"The message is larger than {MAX_FRAME // 1024 // 1024} MB")
        with self._turn:
            child = self._running()
            answer = child.ask(content, self._deadline)
            if answer is None:
                self._child = None
                raise self._reason(child)
        try:
            return ParsedMessage.model_validate_json(answer)
        except ValidationError as error:
            raise GiveUp(f"The parser's answer makes no sense ({error.error_count()} errors)") from error

    def close(self) -> None:
        """End the child, within two seconds; a message that is being read is left to be read again."""
        self._closed = True
        child = self._child
        if child and not self._turn.acquire(timeout=0.5):
            child.kill()  # wakes the thread that is waiting for it
            self._turn.acquire()
        elif not child:
            self._turn.acquire()
        try:
            if self._child:
                self._child.end()
            self._child = None
        finally:
            self._turn.release()

    def _running(self) -> _Child:
        """The living child, started if need be; one that died between messages died of none."""
        if self._closed:
            raise RetryLater("The mail parser is closed")
        if self._child and self._child.process.poll() is not None:
            self._child.end()
            self._child = None
        if self._child is None:
            self._child = _spawn(self._command)  # kept before it is ready, so that close() can end it
            try:
                self._child.greet()
            except RetryLater:
                self._child = None
                raise
        return self._child

    def _reason(self, child: _Child) -> GiveUp | RetryLater:
        if self._closed:
            return RetryLater("The mail parser was closed while it read the message")
        if child.late:
            return GiveUp(f"Reading the message took longer than {self._deadline:g} s")
        return GiveUp(f"The mail parser died while it read the message (exit status {child.process.returncode})")


class _Child:
    """One started child with its pipes."""

    def __init__(self, process: subprocess.Popen[bytes], requests: IO[bytes], answers: IO[bytes]) -> None:
        self.process = process
        self.late = False
        self._requests = requests
        self._answers = answers
        self._lock = threading.Lock()
        self._asked = False

    def greet(self) -> None:
        """Wait until it says that it is ready. Raises RetryLater when it does not."""
        if self.ask(None, _START_DEADLINE) != READY:
            self.end(grace=0)
            raise RetryLater(f"The mail parser does not start (exit status {self.process.returncode})")

    def ask(self, content: bytes | None, seconds: float) -> bytes | None:
        """The answer to one request (or the greeting, to none); None when the child is dead, by our hand or its own."""
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        self._asked = True
        timer.start()
        try:
            if content is not None:
                write_frame(self._requests, content)
            answer = read_frame(self._answers)
        except (OSError, ValueError, BrokenFrame):
            answer = None
        finally:
            timer.cancel()
            with self._lock:
                self._asked = False  # a timer that fires from here on finds nothing to kill
        if answer is None:
            self.end(grace=0)
        return answer

    def kill(self) -> None:
        """End it at once; also works on a stopped process."""
        self.process.kill()

    def end(self, grace: float = _END_DEADLINE) -> None:
        """Let it finish by ending its input, then kill it; it is reaped and its pipes are closed."""
        if not grace:
            self.process.kill()
        for stream in (self._requests, self._answers):
            try:
                stream.close()
            except OSError:
                continue  # what was still buffered for a dead child
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _expire(self) -> None:
        with self._lock:
            if self._asked:
                self.late = True
                self.process.kill()


def _spawn(command: list[str]) -> _Child:
    """A child that may not be ready yet. Raises RetryLater."""
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, or a test's command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment()
        )
    except OSError as error:
        raise RetryLater(f"The mail parser cannot be started: {error}") from error
    if process.stdin is None or process.stdout is None:
        raise RetryLater("The mail parser was started without pipes")
    return _Child(process, process.stdin, process.stdout)


def child_environment() -> dict[str, str]:
    """What the child sees: the same code as ours, and no secrets."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(channels.__file__).parent.parent), "PYTHONIOENCODING": "utf-8"}
