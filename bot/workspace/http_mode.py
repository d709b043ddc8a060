"""HTTP mode: events, interactions and commands are posted to the bot's request URL, signed, as Slack does it.

Nothing is posted before the URL has repeated a challenge. An answer of 2xx within the ack's time is the ack.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.workspace.errors import Undelivered
from bot.workspace.identity import VERIFICATION_TOKEN
from bot.workspace.json_text import read_json
from bot.workspace.options import MAX_BODY_BYTES, Options

JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
LOOK_AGAIN = 1.0  # seconds until a URL that did not answer is asked once more
Json = dict[str, Any]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The header X-Slack-Signature of a body."""
    signed = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + signed.hexdigest()


class RequestUrl:
    """The bot's request URL. on_change: told whether it has proved itself, whenever that changes."""

    def __init__(self, options: Options, on_change: Callable[[bool], None] = lambda _: None) -> None:
        self._options = options
        self._on_change = on_change
        self._client = httpx.AsyncClient(timeout=options.ack_timeout, trust_env=False, follow_redirects=False)
        self._asking = asyncio.Lock()
        self.verified = False

    async def keep_verified(self) -> None:
        """Ask for the challenge until it is repeated, and again after the bot was gone; ends when it is cancelled."""
        while True:
            await self.verify()
            await asyncio.sleep(LOOK_AGAIN)

    async def verify(self) -> bool:
        """Whether the URL repeats a challenge; a URL that did so is not asked again."""
        async with self._asking:
            if self.verified:
                return True
            challenge = secrets.token_urlsafe(32)
            told = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
            try:
                answer = await self._post(json.dumps(told).encode(), JSON_TYPE, {})
            except Undelivered:
                return False
            self._is_verified(_repeated(answer) == challenge)
            return self.verified

    async def deliver(self, kind: str, payload: Json, attempt: int = 0, reason: str = "") -> Json | None:
        """Post one envelope's payload and return what the answer carries. Raises Undelivered."""
        if not await self.verify():
            raise Undelivered("dispatch_failed", "connection_failed")
        headers = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}
        try:
            answer = await self._post(*_encoded(kind, payload), headers)
        except Undelivered as error:
            if error.reason == "connection_failed":
                self._is_verified(False)
            raise
        return _ack(kind, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _is_verified(self, verified: bool) -> None:
        if verified != self.verified:
            self.verified = verified
            self._on_change(verified)

    async def _post(self, body: bytes, content_type: str, headers: dict[str, str]) -> bytes:
        stamp = str(int(time.time()))
        signed = {"X-Slack-Request-Timestamp": stamp, "Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        signed["X-Slack-Signature"] = signature(self._options.signing_secret, stamp, body)
        try:
            async with asyncio.timeout(self._options.ack_timeout):
                return await self._exchange(body, headers | signed)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Undelivered("operation_timeout", "http_timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Undelivered("dispatch_failed", "connection_failed") from error

    async def _exchange(self, body: bytes, headers: dict[str, str]) -> bytes:
        url = self._options.request_url
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            if not response.is_success:
                final = response.headers.get("x-slack-no-retry") == "1"
                raise Undelivered("http_service_error", "http_error", final=final)
            answer = b""
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > MAX_BODY_BYTES:
                    raise Undelivered("http_service_error", "http_error")
            return answer


def _encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """The body and its type: events as JSON, commands as a form, interactions as a form of one JSON field."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON_TYPE
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), FORM_TYPE


def _ack(kind: str, answer: bytes) -> Json | None:
    """What an answer's body says: an object, or for a command also plain text."""
    text = answer.decode("utf-8", "replace").strip()
    try:
        parsed = read_json(text)
    except (ValueError, RecursionError):
        return {"text": text} if text and kind == "slash_commands" else None
    return parsed if isinstance(parsed, dict) else None


def _repeated(answer: bytes) -> str:
    """The challenge in an answer, alone or as JSON."""
    text = answer.decode("utf-8", "replace").strip()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return str(parsed.get("challenge", "")) if isinstance(parsed, dict) else text
