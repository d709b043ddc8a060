"""How far a long command has come, in a terminal and in a file."""

from __future__ import annotations

import io

from bot.progress import BAR, LINE_SECONDS, Progress


class Elapsed:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """The seconds."""
        return self.seconds


def test_a_terminal_has_a_bar() -> None:
    """Drawn in place; what is told stands on a line of its own, and so does what comes after."""
    out, elapsed = io.StringIO(), Elapsed()
    bar = Progress(out, terminal=True, elapsed=elapsed)
    bar.show(0, 4, " mails")
    bar.show(1, 4, " mails")  # too soon
    elapsed.seconds = 1.0
    bar.show(2, 4, " mails")
    bar.tell("waiting")
    bar.show(4, 4, " mails")
    bar.end()
    bar.end()
    drawn = out.getvalue().replace("\r\x1b[K", "|")
    half = "#" * (BAR // 2) + "." * (BAR // 2)
    assert drawn == f"|[{'.' * BAR}] 0 of 4 mails|[{half}] 2 of 4 mails|waiting\n|[{'#' * BAR}] 4 of 4 mails\n"


def test_a_file_has_a_line_now_and_then() -> None:
    """No control characters; the last always."""
    out, elapsed = io.StringIO(), Elapsed()
    bar = Progress(out, elapsed=elapsed)
    bar.show(0, 4000)
    elapsed.seconds = LINE_SECONDS - 1
    bar.show(1000, 4000)
    elapsed.seconds = LINE_SECONDS
    bar.show(2000, 4000)
    bar.tell("waiting")
    bar.show(4000, 4000)
    bar.end()
    assert out.getvalue() == "0 of 4,000\n2,000 of 4,000\nwaiting\n4,000 of 4,000\n"


def test_nothing_to_do_is_a_full_bar() -> None:
    """There is no half of nothing."""
    out = io.StringIO()
    Progress(out, terminal=True).show(0, 0)
    assert "#" * BAR in out.getvalue()
