"""The process that parses: raw mail in on stdin, JSON of ParsedMessage out on stdout, frame by frame.

`python -m channels.mail.worker SECONDS MEGABYTES`, started by parser.ParserProcess. It lives until stdin ends, so a
parent that was killed leaves no orphan; a message that never ends is ended by an alarm, should the parent be gone.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import IO

from channels.mail.child import alarm, limit_memory
from channels.mail.framing import READY, read_frame, write_frame
from channels.mail.mime import parse

_WARM_UP = b"From: =?utf-8?q?A?= <a@example.org>\r\nContent-Type: text/html\r\n\r\n<table><tr><td>Name</table>"


def serve(requests: IO[bytes], answers: IO[bytes], seconds: int) -> None:
    """Answer every request until there are no more; a single one may take `seconds`."""
    parse(_WARM_UP)  # imports what is imported late, compiles what is compiled late
    write_frame(answers, READY)
    while (content := read_frame(requests)) is not None:
        alarm(seconds)
        write_frame(answers, parse(content).model_dump_json().encode())
        alarm(0)


def main(seconds: int, megabytes: int) -> None:
    """Serve on the process's own pipes; what a library prints goes to stderr and cannot spoil an answer."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group; the parent finishes first
        signal.signal(number, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    limit_memory(megabytes)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers, seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
