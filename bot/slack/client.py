"""Slack's Web API with its errors translated once into ours; every call is bounded in time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from enrichment.adapters.breaker import Answered, CircuitOpen, Guard, LockedOut, Unguarded
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater

TIMEOUT = 10
UPLOAD_TIMEOUT = 60
_PIECE = 64 * 1024
_NEEDS_PERSON = {
    "not_authed": "the token is missing",
    "invalid_auth": "the token is not valid",
    "account_inactive": "the token belongs to a deleted workspace or user",
    "token_revoked": "the token was revoked",
    "token_expired": "the token has expired",
    "not_allowed_token_type": "a token of the other kind stands in its place",
    "access_denied": "the bot may not do this",
    "no_permission": "the bot may not do this",
    "org_login_required": "the workspace is being moved to an organisation",
    "ekm_access_denied": "the workspace's administrators have suspended it",
    "team_access_not_granted": "the Slack app was not given this workspace",
    "missing_scope": "the Slack app lacks a permission",
    "channel_not_found": "the channel does not exist, or the bot cannot see it",
    "not_in_channel": "the bot is not in the channel: invite it with /invite @Leadbot",
    "is_archived": "the channel is archived",
    "restricted_action": "the workspace does not let the bot post there",
    "restricted_action_read_only_channel": "the workspace does not let the bot post in this channel",
    "restricted_action_non_threadable_channel": "the channel allows no threads",
}
# Those of them that are said to every call, and not to this one alone.
_LOCKED_OUT = {
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "org_login_required",
    "ekm_access_denied",
    "team_access_not_granted",
}
# Those that are said of one channel.
_CHANNEL_CLOSED = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_non_threadable_channel",
}
_PASSING = {
    "accesslimited",
    "fatal_error",
    "internal_error",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}


class SlackRefused(GiveUp):
    """Slack refused this call as it is; `code` is its word for why (`invalid_blocks`, `message_not_found`, ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ChannelRefused(NeedsPerson):
    """Slack takes nothing for this channel: it is not there, archived, closed to the bot; another one may be open."""


class ScopeMissing(NeedsPerson):
    """The app was not granted what this call needs: it was not installed again since the code makes it."""


class SlackBusy(Answered):
    """Slack said no for now (429): certainly nothing was done."""


class SlackLeftAlone(SlackBusy):
    """Slack is in trouble and was not asked: certainly nothing was done. The text is what it said last."""


class SlackUnclear(RetryLater):
    """No answer, or a broken one: it may have been done or not."""


_KINDS: Mapping[str, type[NeedsPerson]] = {
    **dict.fromkeys(_LOCKED_OUT, LockedOut),
    **dict.fromkeys(_CHANNEL_CLOSED, ChannelRefused),
    "missing_scope": ScopeMissing,
}


class Slack:
    """The calls that the bot makes.

    breaker: what leaves Slack alone while it is in trouble.
    """

    def __init__(self, client: AsyncWebClient, breaker: Guard | None = None) -> None:
        self.client = client
        self._breaker = breaker or Unguarded()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One Web API call with JSON arguments; the answer.

        Raises SlackBusy, SlackUnclear, SlackRefused or NeedsPerson.
        """
        return await self._ask(method, json=arguments)

    async def read(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A reading call, whose arguments Slack wants as parameters; answers and raises as `call` does."""
        return await self._ask(method, params=arguments)

    async def upload(self, files: Sequence[Mapping[str, Any]], **where: Any) -> dict[str, Any]:
        """Put files into a channel (files_upload_v2); the answer. Raises as `call` does."""
        # A file may take longer than a call; never by the SDK's own retries.
        ours = AsyncWebClient(
            token=self.client.token, base_url=self.client.base_url, timeout=UPLOAD_TIMEOUT, retry_handlers=[]
        )
        ours.proxy = self.client.proxy
        with self._guarded():
            try:
                answer = await ours.files_upload_v2(file_uploads=[dict(file) for file in files], **where)
            except SlackApiError as error:
                raise _translated("files.completeUploadExternal", error) from error
            except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise SlackUnclear(f"Slack did not take the files ({type(error).__name__})") from error
        return answer.data if isinstance(answer.data, dict) else {}

    async def fetch(self, url: str, most: int) -> bytes:
        """A file by its url_private, with the bot's token, which no other host than Slack's own is ever sent.

        Raises SlackRefused when it lies elsewhere, is not given or has more than `most` bytes; SlackUnclear.
        """
        address = own_address(self.client.base_url, url)
        # As it lies there: what is unpacked may be without end.
        headers = {"Authorization": f"Bearer {self.client.token}", "Accept-Encoding": "identity"}
        # A redirect leads to a page to sign in, or to another host: neither is the file.
        how: dict[str, Any] = {"headers": headers, "allow_redirects": False, "proxy": self.client.proxy}
        if self.client.ssl is not None:
            how["ssl"] = self.client.ssl
        limit = aiohttp.ClientTimeout(total=UPLOAD_TIMEOUT)
        try:
            async with aiohttp.ClientSession(timeout=limit) as session, session.get(address, **how) as response:
                if response.status >= 500:
                    raise SlackUnclear(f"Slack did not give a file ({response.status})")
                if response.status != 200:
                    raise SlackRefused("file_not_given", f"Slack does not give a file ({response.status})")
                return await _at_most(response.content, most)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnclear(f"Slack did not give a file ({type(error).__name__})") from error

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with self._breaker.guarded():
                yield
        except CircuitOpen as error:
            # Told apart from an answer that was lost: whoever posts need not look for what was never sent.
            raise SlackLeftAlone(str(error), retry_after=error.retry_after) from error

    async def granted(self) -> frozenset[str]:
        """What the bot token is allowed, as Slack says beside its answer to `auth.test`; raises as `call` does."""
        response = await self._response("auth.test")
        return frozenset(scope.strip() for scope in str(response.headers.get("x-oauth-scopes", "")).split(","))

    async def _ask(self, method: str, **how: Any) -> dict[str, Any]:
        response = await self._response(method, **how)
        return response.data if isinstance(response.data, dict) else {}

    async def _response(self, method: str, **how: Any) -> AsyncSlackResponse:
        with self._guarded():
            return await self._asked(method, **how)

    async def _asked(self, method: str, **how: Any) -> AsyncSlackResponse:
        try:
            return await self.client.api_call(method, **how)
        except SlackApiError as error:
            raise _translated(method, error) from error
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnclear(f"Slack did not answer {method} ({type(error).__name__})") from error


def own_address(base_url: str, url: str) -> str:
    """The address as it is asked for. Raises SlackRefused when it is not of the host that the Web API is on."""
    refused = SlackRefused("foreign_url", "a file lies on another host than Slack's")
    try:
        base, asked = urlsplit(base_url), urlsplit(url)
    except ValueError as error:
        raise refused from error
    # Whole parts are compared, so that no name, password or port hides in them.
    hosts = {base.netloc, f"files.{base.netloc.removeprefix('www.')}"} if base.scheme == "https" else {base.netloc}
    if asked.scheme != base.scheme or asked.netloc not in hosts:
        raise refused
    return urlunsplit(asked)


async def _at_most(content: aiohttp.StreamReader, most: int) -> bytes:
    found = bytearray()
    async for piece in content.iter_chunked(_PIECE):
        found += piece
        if len(found) > most:
            raise SlackRefused("file_too_large", f"a file has more than {most} bytes")
    return bytes(found)


def _translated(method: str, error: SlackApiError) -> LeadbotError:
    response = error.response
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code in {"ratelimited", "rate_limited"}:
        return SlackBusy(f"Slack asks to slow down ({method})", retry_after=_retry_after(response.headers))
    if response.status_code >= 500 or not code or code in _PASSING:
        return SlackUnclear(f"Slack failed on {method} ({response.status_code} {code})")
    if code in _NEEDS_PERSON:
        return _KINDS.get(code, NeedsPerson)(f"Slack refuses {method}: {_NEEDS_PERSON[code]} ({code})")
    details = "; ".join(map(str, (response.get("response_metadata") or {}).get("messages") or []))[:300]
    return SlackRefused(code, f"Slack refuses {method}: {code} {details}".rstrip())


def _retry_after(headers: Any) -> float:
    try:
        return min(float(headers.get("Retry-After", 1)), 300.0)
    except ValueError:
        return 1.0
