"""The errors of Leadbot. The type says what to do next; nothing else needs to be looked at.

LeadbotError
├── RetryLater      our own or a neighbour's trouble: the same work will succeed later; never counts against a message
├── GiveUp          this input will never work: set it aside with the reason and go on with the next
├── NeedsPerson     only a person can mend it (a revoked token, a wrong setting): say so once, then keep waiting
└── StartupError    the program cannot start: one line that says what to do, exit status 1
"""


class LeadbotError(Exception):
    """Base of all errors that Leadbot raises on purpose; `str(error)` is one line for a person."""


class RetryLater(LeadbotError):
    """Try the same work again later.

    retry_after: seconds to wait at least, when the other side said so (Slack's and Airtable's Retry-After).
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GiveUp(LeadbotError):
    """Never try this input again as it is; set it aside where a person can see it."""


class NeedsPerson(LeadbotError):
    """Waiting will not mend this; tell the owner what to do and keep the work."""


class StartupError(LeadbotError):
    """The program cannot start; the message is one line that says what to do."""
