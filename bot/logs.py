"""One logging set-up: colour in a terminal, JSON lines otherwise; e-mail addresses, phones and tokens are masked."""

from __future__ import annotations

import logging
import re
import sys
import threading
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.repeats import Repeats

# Any local part that mailers take, `bounce+jo=home.example@list.example` too; only its first letter is kept.
_EMAIL = re.compile(r"([^\s<>@\"(),:;\[\]\\])[^\s<>@\"(),:;\[\]\\]{0,200}@([\w-]+(?:\.[\w-]+)*|\[)")
# The same with its local part in quotes, and as quoted-printable or a URL writes it.
_QUOTED_EMAIL = re.compile(r'"([^"\s\\]?)[^"\r\n]{0,200}"@')
_CODED_EMAIL = re.compile(r"([\w.+-])[\w.+-]{0,200}+(=40|%40)((?:[\w-]+\.)+[A-Za-z]{2,})")
# Eight digits or more with what people write between them; IP addresses, dates with times and the ts of Slack are none.
_PHONE = re.compile(r"(?<![\w./-])(?<!\d:)\+?\(?\d(?:[ ()/.-]{0,2}\d){7,14}(?!\w|-\w|:\d|\.\d)")
_NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d{4}-\d\d-\d\d(?: \d\d)?")
_TOKEN = re.compile(r"\b(xox[a-z]|xapp|pat(?=[A-Za-z0-9]{14}\.))[-.\w]{6,}")
# A password in a URL, a secret parameter of one, and the addresses at which anybody may answer in the bot's name.
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")
_PARAMETER = re.compile(r"(?i)([?&](?:ticket|token|key|secret|password)=)[^\s&'\"]+")
_ANSWER = re.compile(r"(hooks\.slack\.com/\w+/)[^\s'\"]+")
_LONGEST = 2000
_LONGEST_TRACE = 8000
# Their own words on every request and tick are not ours to store.
_QUIET = (
    "alembic",
    "apscheduler",
    "chromadb",
    "dbos",
    "httpcore",
    "httpx",
    "imapclient",
    "mail.log",
    "slack_bolt",
    "slack_sdk",
    "urllib3",
    "uvicorn",
)


def without_passwords(url: str) -> str:
    """The text with the passwords and secret parameters of URLs in it made unreadable."""
    return _PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1***@", url))


def masked(text: str) -> str:
    """The text with what names a person or opens a door made unreadable."""
    text = _TOKEN.sub(r"\1-***", text)
    text = _ANSWER.sub(r"\1***", text)
    text = _CODED_EMAIL.sub(r"\1***\2\3", _QUOTED_EMAIL.sub(r"\1***@", text))
    text = without_passwords(_EMAIL.sub(r"\1***@\2", text))
    return _PHONE.sub(lambda match: match[0] if _NUMBERS.fullmatch(match[0]) else f"***{match[0][-2:]}", text)


def _mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value if key in _OURS else _masked_value(key, value) for key, value in event.items()}


# What the logging itself puts in.
_OURS = {"timestamp", "level", "logger", "_record", "_from_structlog"}


def _masked_value(key: str, value: object) -> object:
    """A value that can be logged: numbers as they are, all else as masked text, whatever it is nested in."""
    match value:
        case None | bool() | int() | float():
            return value
        case dict():
            return {masked(str(name)): _masked_value(key, each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked_value(key, each) for each in value]
    # The end of a traceback says what happened.
    return masked(str(value)[-_LONGEST_TRACE:] if key in {"exception", "stack"} else str(value)[:_LONGEST])


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Send every log, ours and the libraries', to `stream` (stderr) at this level (`info`, ...)."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _mask,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    human = out.isatty()
    renderer: Processor = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def take_uncaught() -> None:
    """Log what nobody caught, masked like all else: Python would print it as it is, with what customers wrote."""
    log = structlog.get_logger(__name__)

    def uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
            return
        log.critical("an error that nobody caught", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda args: uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    logging.captureWarnings(capture=True)
