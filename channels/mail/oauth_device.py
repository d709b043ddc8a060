"""The device authorization grant (RFC 8628): a person enters a short code on any device while we wait."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from channels.mail.oauth import OAuthClient, login_again
from channels.mail.oauth_http import Answer, ask, checked
from channels.mail.oauth_refusals import refusal
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_USER_CODE = re.compile(r"[A-Za-z0-9-]{4,40}", re.ASCII)
_LIVES = 900.0  # seconds, when the server names none
_LONGEST_LIFE = 1_800.0
_EVERY, _SLOWER, _RAREST = 5.0, 5.0, 60.0
_DENIED = {"access_denied", "authorization_declined"}
_OVER = {"expired_token", "bad_verification_code"}


@dataclass(frozen=True)
class DeviceCode:
    """What the person needs (where, user_code), and what we wait with. every, lives: seconds."""

    where: str
    user_code: str
    device_code: str = field(repr=False)
    every: float
    lives: float


def begin(mailbox: str, client: OAuthClient) -> DeviceCode:
    """Ask for a code. Raises RetryLater, or NeedsPerson when the app may not."""
    answer = ask(mailbox, client.device_url, {"client_id": client.client_id, "scope": client.scope})
    if answer.status != 200:
        raise refusal(mailbox, answer)
    device_code, user_code = answer.text("device_code"), answer.text("user_code", 40)
    # Google calls it otherwise than the RFC.
    where = _page(answer.text("verification_uri", 500) or answer.text("verification_url", 500))
    if not (device_code and where and _USER_CODE.fullmatch(user_code)):
        raise RetryLater(f"{mailbox}: {answer.where} gave no code to log in with; try again")
    return DeviceCode(
        where=where,
        user_code=user_code,
        device_code=device_code,
        every=answer.number("interval", _EVERY, 1.0, _RAREST),
        lives=answer.number("expires_in", _LIVES, 1.0, _LONGEST_LIFE),
    )


def _page(url: str) -> str:
    """The page for the browser, empty when a person must not be sent there."""
    try:
        return str(checked(url))
    except ValueError:
        return ""


def wait(
    mailbox: str,
    client: OAuthClient,
    code: DeviceCode,
    sleep: Callable[[float], None] = time.sleep,
    elapsed: Callable[[], float] = time.monotonic,
) -> Answer:
    """Wait until the person has allowed it; the answer with the tokens. Raises NeedsPerson when nothing came of it."""
    ends, every = elapsed() + code.lives, code.every
    form = client.form(grant_type=GRANT_TYPE, device_code=code.device_code)
    while elapsed() + every < ends:
        sleep(every)
        try:
            answer = ask(mailbox, client.token_url, form)
        except RetryLater as trouble:
            # The person may be typing the code right now: a moment's trouble of the net is no reason to stop.
            every = min(max(2 * every, trouble.retry_after or 0), _RAREST)
            continue
        if answer.status == 200:
            return answer
        if (error := answer.text("error", 40)) == "slow_down":
            every = min(every + _SLOWER, _RAREST)
        elif error != "authorization_pending":
            raise _ended(mailbox, answer, error)
    raise _ended(mailbox, None, "expired_token")


def _ended(mailbox: str, answer: Answer | None, error: str) -> LeadbotError:
    if error in _DENIED:
        return NeedsPerson(f"{mailbox}: the login was refused in the browser; {login_again(mailbox)} to try again")
    if answer is None or error in _OVER:
        return NeedsPerson(f"{mailbox}: the code has expired; {login_again(mailbox)} and enter the new one sooner")
    return refusal(mailbox, answer)
