"""Requests to an Ollama server: bounded in bytes and time, every failure translated once into what to do next.

A RetryLater with `retry_after` means that Ollama itself is away or busy; one without may be the fault of one request.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from enrichment.adapters.breaker import Answered
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater

CONNECT_SECONDS = 5.0
ASK_SECONDS = 8.0  # for small questions, which version, which models; more than connecting may take
AWAY_SECONDS = 10.0
LONGEST_LINE = 1_000_000  # /api/show tells a model's whole licence in one line
_LONGEST_ERROR = 4_000
_EXAMPLE = "example: http://127.0.0.1:11434"
INSTALL = "install Ollama from https://ollama.com/download and start it with `ollama serve`"

Record = dict[str, Any]


class NotFound(NeedsPerson):
    """Status 404: the model is not installed, or this is no Ollama."""


@dataclass(frozen=True)
class Limits:
    """Seconds until an answer begins, seconds between two pieces of it, and bytes in all (0: no limit)."""

    first: float
    stall: float
    most: int = 0


_SMALL = Limits(2 * ASK_SECONDS, 2 * ASK_SECONDS, 2 * LONGEST_LINE)  # `ask` has a limit for the whole


class Connection:
    """One Ollama server. Raises NeedsPerson when the URL is none.

    where: its host and port, for people; never a password that the URL may hold.
    """

    def __init__(self, base_url: str) -> None:
        url = _url(base_url)
        self.where = f"{url.host}:{url.port}" if url.port else url.host
        self.host = url.host
        # A proxy of the environment is for the outside world, never for this machine.
        self._client = httpx.AsyncClient(
            base_url=url,
            trust_env=not _is_loopback(url.host),
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity"},
        )

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Record:
        """One small question and its answer, a JSON object. GET without a body. Raises as `records` does."""
        method = "GET" if body is None else "POST"
        slow = f"Ollama at {self.where} did not answer within {ASK_SECONDS:g} s"
        async with (
            _limit(ASK_SECONDS, slow, AWAY_SECONDS),
            contextlib.aclosing(self.records(method, path, body, _SMALL)) as records,
        ):
            async for record in records:
                return record
        raise RetryLater(f"Ollama at {self.where} answers {path} with nothing")

    async def records(
        self, method: str, path: str, body: Mapping[str, Any] | None, limits: Limits
    ) -> AsyncGenerator[Record]:
        """The JSON objects that the server streams, one a line.

        Raises RetryLater (away, busy, stalled, broken off, too long, no JSON), GiveUp (400: this request will never
        do), NeedsPerson (NotFound and the like).
        """
        with self._translated():
            async with contextlib.AsyncExitStack() as stack:
                async with _limit(limits.first, f"Ollama at {self.where} did not begin within {limits.first:g} s"):
                    request = self._client.build_request(method, path, json=body)
                    response = await self._client.send(request, stream=True)
                stack.push_async_callback(response.aclose)
                if response.status_code != 200:
                    raise refusal(response.status_code, await self._error(response), self.where)
                async for line in self._lines(response, limits):
                    yield _object(line)

    async def _lines(self, response: httpx.Response, limits: Limits) -> AsyncIterator[bytes]:
        waiting, size = b"", 0
        chunks = response.aiter_raw()
        while True:
            async with _limit(limits.stall, f"Ollama at {self.where} stopped answering for {limits.stall:g} s"):
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            size += len(chunk)
            *whole, waiting = (waiting + chunk).split(b"\n")
            if len(waiting) > LONGEST_LINE or (limits.most and size > limits.most):
                raise RetryLater(f"Ollama at {self.where} does not stop talking")
            for line in filter(bytes.strip, whole):
                yield line
        if waiting.strip():
            yield waiting

    async def _error(self, response: httpx.Response) -> str:
        """What a refusal says, in one line of at most 200 characters."""
        said = b""
        with contextlib.suppress(RetryLater, httpx.HTTPError):
            async for line in self._lines(response, Limits(ASK_SECONDS, ASK_SECONDS, _LONGEST_ERROR)):
                said += line
        try:
            found = json.loads(said)
        except (ValueError, RecursionError):
            return one_line(said.decode("utf-8", "replace"))
        return one_line(str(found.get("error", ""))) if isinstance(found, dict) else ""

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise RetryLater(f"Ollama does not answer at {self.where}", AWAY_SECONDS) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise NeedsPerson(f"OLLAMA_BASE_URL cannot be used; {_EXAMPLE}") from error
        except httpx.HTTPError as error:
            raise RetryLater(f"Ollama at {self.where} broke off ({type(error).__name__})") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def refusal(status: int, said: str, where: str) -> LeadbotError:
    """What a status other than 200 means."""
    why = f"Ollama at {where} says {status}" + (f": {said}" if said else "")
    if status == 400 and "does not support" in said:
        return NeedsPerson(f"{why}; set another OLLAMA_MODEL")
    if status in {400, 413}:
        return GiveUp(why)
    if status == 429:
        return Answered(why, AWAY_SECONDS)
    if status == 503:
        return RetryLater(why, AWAY_SECONDS)
    if status >= 500:
        return RetryLater(why)
    kind = NotFound if status == 404 else NeedsPerson
    return kind(f"{why}; is OLLAMA_BASE_URL right?")


@contextlib.asynccontextmanager
async def _limit(seconds: float, why: str, retry_after: float | None = None) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RetryLater(why, retry_after) from error


def _object(line: bytes) -> Record:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RetryLater("what answers is not Ollama: it sends no JSON") from error
    if not isinstance(found, dict):
        raise RetryLater("what answers is not Ollama: it sends no JSON objects")
    return found


def one_line(text: str, limit: int = 200) -> str:
    """Text from outside as one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())[:limit]


def _url(base_url: str) -> httpx.URL:
    """The server's root, also from `host:port` or the address of its OpenAI-compatible side."""
    text = base_url.strip()
    try:
        url = httpx.URL((text if "://" in text else f"http://{text}").rstrip("/").removesuffix("/v1"))
    except httpx.InvalidURL as error:
        raise NeedsPerson(f"OLLAMA_BASE_URL is no URL; {_EXAMPLE}") from error
    if url.scheme not in {"http", "https"} or not url.host or "%" in url.host:
        raise NeedsPerson(f"OLLAMA_BASE_URL should begin with http:// or https://; {_EXAMPLE}")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
