"""Slack's Web API with its errors translated once into ours; every call is bounded in time."""

from __future__ import annotations

from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater

TIMEOUT = 10
_NEEDS_PERSON = {
    "not_authed": "the bot token is missing",
    "invalid_auth": "the bot token is not valid",
    "account_inactive": "the bot token belongs to a deleted workspace or user",
    "token_revoked": "the bot token was revoked",
    "missing_scope": "the Slack app lacks a permission",
    "channel_not_found": "the channel does not exist, or the bot cannot see it",
    "not_in_channel": "the bot is not in the channel: invite it with /invite @Leadbot",
    "is_archived": "the channel is archived",
    "restricted_action": "the workspace does not let the bot post there",
}
_PASSING = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}


class SlackRefused(GiveUp):
    """Slack refused this call as it is; `code` is its word for why (`invalid_blocks`, `message_not_found`, ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SlackBusy(RetryLater):
    """Slack said no for now (429): certainly nothing was done."""


class SlackUnclear(RetryLater):
    """No answer, or a broken one: it may have been done or not."""


class Slack:
    """The calls that the bot makes."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One Web API call with JSON arguments; the answer.

        Raises SlackBusy, SlackUnclear, SlackRefused or NeedsPerson.
        """
        return await self._ask(method, json=arguments)

    async def read(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A reading call, whose arguments Slack wants as parameters; answers and raises as `call` does."""
        return await self._ask(method, params=arguments)

    async def _ask(self, method: str, **how: Any) -> dict[str, Any]:
        try:
            response = await self.client.api_call(method, **how)
        except SlackApiError as error:
            raise _translated(method, error) from error
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnclear(f"Slack did not answer {method} ({type(error).__name__})") from error
        return response.data if isinstance(response.data, dict) else {}


def _translated(method: str, error: SlackApiError) -> LeadbotError:
    response = error.response
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code in {"ratelimited", "rate_limited"}:
        return SlackBusy(f"Slack asks to slow down ({method})", retry_after=_retry_after(response.headers))
    if response.status_code >= 500 or not code or code in _PASSING:
        return SlackUnclear(f"Slack failed on {method} ({response.status_code} {code})")
    if code in _NEEDS_PERSON:
        return NeedsPerson(f"Slack refuses {method}: {_NEEDS_PERSON[code]} ({code})")
    details = "; ".join(response.get("response_metadata", {}).get("messages", []))[:300]
    return SlackRefused(code, f"Slack refuses {method}: {code} {details}".rstrip())


def _retry_after(headers: Any) -> float:
    try:
        return min(float(headers.get("Retry-After", 1)), 300.0)
    except ValueError:
        return 1.0
