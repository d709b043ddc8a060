"""One logging set-up: colour in a terminal, JSON lines otherwise; e-mail addresses, phones and tokens are masked."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)*)")
_PHONE = re.compile(r"\+?\d[\d ()./-]{6,20}\d")
_TOKEN = re.compile(r"\b(xox[a-z]|xapp|pat[A-Za-z0-9]{8})[-.\w]{6,}")
_LONGEST = 2000
# Their own words on every request and tick are not ours to store.
_QUIET = (
    "alembic",
    "apscheduler",
    "chromadb",
    "dbos",
    "httpcore",
    "httpx",
    "mail.log",
    "slack_bolt",
    "slack_sdk",
    "uvicorn",
)


def masked(text: str) -> str:
    """The text with what names a person or opens a door made unreadable."""
    text = _TOKEN.sub(r"\1-***", text[:_LONGEST])
    text = _EMAIL.sub(r"\1***@\2", text)
    return _PHONE.sub(lambda match: f"***{match[0][-2:]}", text)


def _mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # Times and our own numbers are no phones.
    kept = {"timestamp", "level", "logger"}
    return {key: masked(value) if isinstance(value, str) and key not in kept else value for key, value in event.items()}


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
        cache_logger_on_first_use=True,
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
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
