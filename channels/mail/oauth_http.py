"""One request to a login server and its answer: bounded in time and size, and no redirects."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from enrichment.errors import NeedsPerson, RetryLater

SECONDS = 20.0  # for the whole of a request, from the look-up of the name to the last byte
CONNECT_SECONDS = 10.0
LONGEST = 65_536
LONGEST_WAIT = 3_600.0
_LONGEST_URL = 2_000
# What RFC 6749 allows in codes and tokens, which go into headers, forms and IMAP commands.
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Answer:
    """What a login server said. status: of HTTP; fields: of its JSON object; retry_after: seconds that it asked for."""

    where: str
    status: int
    fields: Mapping[str, Any] = field(repr=False)
    retry_after: float | None = None

    def text(self, name: str, longest: int = 16_384) -> str:
        """One word of visible ASCII, empty when there is none such."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and len(value) <= longest and _VISIBLE.fullmatch(value) else ""

    def words(self, name: str, longest: int = 4_096) -> list[str]:
        """The words of a text that are separated by blanks."""
        value = self.fields.get(name)
        return value.split() if isinstance(value, str) and len(value) <= longest else []

    def number(self, name: str, usual: float, least: float, most: float) -> float:
        """A number within these limits; some servers write it as text."""
        try:
            value = float(self.fields.get(name, usual))
        except (TypeError, ValueError, OverflowError):
            return usual
        return min(max(value, least), most) if value == value else usual  # noqa: PLR0124 - NaN is not itself


def checked(url: str) -> httpx.URL:
    """The address of a login server. Raises ValueError in words unless it is https, or http on this machine."""
    try:
        found = httpx.URL(url) if len(url) <= _LONGEST_URL and _VISIBLE.fullmatch(url) else None
    except httpx.InvalidURL:
        found = None
    if found is None or not found.host or found.userinfo:
        raise ValueError("the address of the login server is none; write it as https://login.example.com/token")
    if found.scheme != "https" and not (found.scheme == "http" and is_loopback(found.host)):
        raise ValueError(f"the login server {found.host[:100]} must be asked by https://; secrets are sent there")
    return found


def is_loopback(host: str) -> bool:
    """Whether this is our own machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def ask(
    mailbox: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """POST a form, or GET without one. Blocking, for threads without an event loop. mailbox: for whom, in errors.

    Raises RetryLater when the server is away, busy, too slow or says what no login server says, NeedsPerson when the
    address is none. A refusal (400 to 499) is an answer.
    """
    try:
        address = checked(url)
    except ValueError as error:
        raise NeedsPerson(f"{mailbox}: {error}") from error
    try:
        return asyncio.run(_bounded(address, form, headers))
    except RetryLater as error:
        raise RetryLater(f"{mailbox}: {error}", error.retry_after) from error.__cause__


async def _bounded(url: httpx.URL, form: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Answer:
    where = url.host
    try:
        async with asyncio.timeout(SECONDS):
            status, retry_after, body = await _asked(url, form, headers)
    except TimeoutError:
        raise RetryLater(f"the login server {where} did not answer within {SECONDS:g} s") from None
    except (httpx.HTTPError, OSError) as error:
        # The cause may quote the request; its kind is all that is needed.
        raise RetryLater(f"the login server {where} cannot be reached ({_kind(error)}); it is asked again") from None
    if status == 429 or status >= 500:
        raise RetryLater(f"the login server {where} is busy or out of order ({status})", retry_after)
    return Answer(where, status, _object(where, status, body), retry_after)


def _kind(error: BaseException) -> str:
    """What went wrong, in words without addresses: httpx hides a bad certificate behind a ConnectError."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"its certificate is not to be trusted: {inner.verify_message}"
        inner = inner.__cause__ or inner.__context__
    return type(error).__name__


async def _asked(
    url: httpx.URL, form: Mapping[str, str] | None, headers: Mapping[str, str] | None
) -> tuple[int, float | None, bytes]:
    # A proxy of the environment is for the outside world, never for this machine.
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(SECONDS, connect=CONNECT_SECONDS),
        trust_env=not is_loopback(url.host),
        verify=httpx.create_ssl_context(),
        follow_redirects=False,
    )
    method = "GET" if form is None else "POST"
    # Nothing packed: a small answer must not become a large one.
    sent = {"Accept": "application/json", **(headers or {}), "Accept-Encoding": "identity"}
    async with client, client.stream(method, url, data=form, headers=sent) as response:
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LONGEST:
                raise RetryLater(f"the login server {url.host} does not stop talking")
        return response.status_code, _wait(response.headers.get("Retry-After", "")), body


def _wait(value: str) -> float | None:
    return min(float(value), LONGEST_WAIT) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _object(where: str, status: int, body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RetryLater(f"{where} does not answer as a login server does (status {status}); is something in between?")
    return found
