"""Asks an rspamd server of the owner's what it thinks of a mail. Whatever goes wrong there, the mail goes on.

One request a message, `POST /checkv2` with the envelope in headers (https://docs.rspamd.com/developers/protocol).
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from enrichment.adapters.breaker import CircuitOpen, Guard, Unguarded
from enrichment.errors import RetryLater, StartupError
from enrichment.models import RawMessage, SpamOpinion

SECONDS = 2.0
_LONGEST_ANSWER = 1_000_000
_MOST_RECIPIENTS = 100
_MOST_SYMBOLS = 5
_LONGEST_HEADER = 998
_SPAM_ACTIONS = frozenset({"reject", "rewrite subject", "add header", "quarantine", "discard"})
_EXAMPLE = "example: http://127.0.0.1:11333"
_TRIAL = (
    b"From: leadbot@localhost\r\nTo: leads@localhost\r\nSubject: Are you there?\r\n\r\nA question of Leadbot's.\r\n"
)
_log = logging.getLogger(__name__)


class Rspamd:
    """One rspamd server; implements enrichment.ports.SpamScanner. Raises StartupError when the URL is none.

    where: its host and port, for people; never a password that the URL may hold. breaker: what leaves the server alone
    while it is in trouble, so that not every mail waits for it in vain; without one it is asked each time.
    """

    def __init__(self, url: str, seconds: float = SECONDS, breaker: Guard | None = None) -> None:
        self._url = _checked(url)
        self.where = f"{self._url.host}:{self._url.port}" if self._url.port else self._url.host
        self._seconds = seconds
        self._breaker = breaker or Unguarded()
        self._context: ssl.SSLContext | bool = ssl.create_default_context() if self._url.scheme == "https" else False

    def scan(self, raw: RawMessage) -> SpamOpinion | None:
        """What rspamd says of a mail; None when it says nothing within its time, or is no rspamd."""
        try:
            with self._breaker.guarded():
                return self._opinion(raw)
        except CircuitOpen:
            return None  # its trouble was told when it began
        except RetryLater as error:
            _log.warning("%s; the mail goes on without it", error)
            return None

    def trouble(self) -> str:
        """Why no mail can be judged there, in one line; empty when a trial mail can. Never raises."""
        moment = datetime.now(UTC)
        trial = RawMessage(channel="smtp", identity="0" * 64, account="smtp", content=_TRIAL, received_at=moment)
        try:
            self._opinion(trial)
        except RetryLater as error:
            return str(error)
        return ""

    def _opinion(self, raw: RawMessage) -> SpamOpinion | None:
        """The opinion, None when the mail was skipped. Raises RetryLater, which says what is wrong with the server."""
        try:
            return _opinion(json.loads(asyncio.run(self._ask(raw))))
        except TimeoutError as error:
            raise RetryLater(f"rspamd at {self.where} did not answer within {self._seconds:g} s") from error
        except httpx.HTTPError as error:
            raise RetryLater(f"rspamd at {self.where} does not answer ({type(error).__name__})") from error
        except (ValueError, RecursionError) as error:
            raise RetryLater(f"rspamd at {self.where} answers strangely: {str(error)[:100]}") from error

    async def _ask(self, raw: RawMessage) -> bytes:
        """The whole answer, in bounded time and size; the time limit of httpx would be one for each piece."""
        async with (
            asyncio.timeout(self._seconds),
            # A proxy of the environment is for the outside world; the scanner is the owner's.
            httpx.AsyncClient(timeout=None, verify=self._context, trust_env=False) as client,  # noqa: S113 - above
            client.stream("POST", self._url, content=raw.content, headers=list(_envelope(raw))) as response,
        ):
            answer = bytearray()
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > _LONGEST_ANSWER:
                    raise ValueError("it does not stop talking")
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            return bytes(answer)


def _envelope(raw: RawMessage) -> Iterator[tuple[bytes, bytes]]:
    """The headers of the protocol; rspamd takes the envelope from nowhere else."""
    yield b"Accept-Encoding", b"identity"
    if raw.mail_from is not None:
        yield b"From", _header(raw.mail_from.strip("<>"))
    for recipient in raw.rcpt_tos[:_MOST_RECIPIENTS]:
        yield b"Rcpt", _header(recipient)
    if raw.client_ip and _is_ip(raw.client_ip):
        yield b"IP", _header(raw.client_ip)
    if raw.helo:
        yield b"Helo", _header(raw.helo)


def _header(value: str) -> bytes:
    """A value from outside that cannot end its header."""
    printable = "".join(character for character in value[:_LONGEST_HEADER] if character.isprintable())
    return printable.strip().encode("utf-8", "replace")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _opinion(answer: Any) -> SpamOpinion | None:
    """The answer as an opinion; None when the mail was skipped. Raises ValueError when it is no such answer."""
    if not isinstance(answer, dict) or "action" not in answer:
        raise ValueError("no action in it" if isinstance(answer, dict) else "no JSON object")
    if answer.get("is_skipped") is True:
        return None
    score, required = _number(answer.get("score")), _number(answer.get("required_score"))
    action = " ".join(str(answer["action"]).lower().split())[:40]
    spam = action in _SPAM_ACTIONS
    share = max(0.0, min(score / required, 1.0)) if required > 0 else 0.0
    reason = f"rspamd: {action}, {score:g} of {required:g} points{_symbols(answer.get('symbols'))}"
    return SpamOpinion(score=round(0.5 + share / 2 if spam else share / 2, 3), spam=spam, reasons=(reason,))


def _number(value: Any) -> float:
    """A finite number. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise ValueError("a score is no number")
    return float(value)


def _symbols(symbols: Any) -> str:
    """The names of what weighed most, in brackets."""
    if not isinstance(symbols, Mapping):
        return ""
    scores = {str(name): each.get("score") for name, each in symbols.items() if isinstance(each, Mapping)}
    bad = {name: score for name, score in scores.items() if isinstance(score, int | float) and score > 0}
    names = sorted(bad, key=lambda name: -bad[name])[:_MOST_SYMBOLS]
    shown = (("".join(c for c in name[:40] if c.isalnum() or c in "_-")) for name in names)
    return f" ({', '.join(shown)})" if names else ""


def _checked(url: str) -> httpx.URL:
    """The address of `/checkv2`, from the server's root or from host:port."""
    text = url.strip()
    try:
        root = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL as error:
        raise StartupError(f"LEADBOT_RSPAMD_URL is no URL; {_EXAMPLE}") from error
    if root.scheme not in {"http", "https"} or not root.host:
        raise StartupError(f"LEADBOT_RSPAMD_URL should begin with http:// or https://; {_EXAMPLE}")
    return root.copy_with(path=f"{root.path.rstrip('/').removesuffix('/checkv2')}/checkv2", query=None)
