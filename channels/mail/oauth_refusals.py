"""What a login server's refusal means for the owner, in one plain line; none of the server's own text gets in."""

from __future__ import annotations

import re

from channels.mail.oauth import login_again
from channels.mail.oauth_http import Answer
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater

_CODE = re.compile(r"AADSTS(\d{4,9})", re.ASCII)
_NAME = re.compile(r"[a-z_]{1,40}", re.ASCII)
_LONGEST_TEXT = 4_000
_GOOGLE = "oauth2.googleapis.com"
# https://developers.google.com/identity/protocols/oauth2#expiration
_TESTING = ' (an app whose publishing status is "Testing" loses its logins after 7 days)'
_AGAIN = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
_APP = {"invalid_client", "unauthorized_client"}
_AWAY = {"temporarily_unavailable", "server_error", "slow_down"}
# Microsoft's numbers are only shown: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_CAUSES = {
    "50034": "the account is not there",
    "50053": "the account is locked",
    "50057": "the account is switched off",
    "50076": "a second factor is asked for",
    "50079": "a second factor must be set up",
    "50173": "the password was changed",
    "53003": "a Conditional Access rule forbids it",
    "65001": "nobody has consented to the app",
    "70008": "it has expired",
    "700016": "the app is not in this tenant",
    "700082": "it was not used for too long",
    "7000215": "the client secret is wrong",
    "7000218": "the app wants a client secret, or is not set to allow public client flows",
    "7000222": "the client secret has expired",
    "90002": "there is no such tenant",
}


def refusal(mailbox: str, answer: Answer) -> LeadbotError:
    """The error for a refusal, its type the retry policy."""
    error = answer.text("error", 40)
    if error in _AWAY:
        return RetryLater(f"{mailbox}: {answer.where} asks us to come again later", answer.retry_after)
    why = cause(answer)
    if error in _AGAIN:
        return NeedsPerson(f"{mailbox}: its login at {answer.where} has ended{why}; {login_again(mailbox)}")
    if error in _APP:
        return NeedsPerson(f"{mailbox}: {answer.where} refuses the app{why}; check client_id, tenant and client secret")
    if error == "invalid_scope":
        return NeedsPerson(f"{mailbox}: the app may not read mail{why}; give it the IMAP permission at {answer.where}")
    named = error if _NAME.fullmatch(error) else "no reason given"
    return NeedsPerson(f"{mailbox}: {answer.where} refuses the login ({named}{why}); check the app's settings there")


def cause(answer: Answer) -> str:
    """Why, where Microsoft says so, ` (AADSTS50173: the password was changed)`, or what it mostly is at Google."""
    said = answer.fields.get("error_description")
    found = _CODE.search(said[:_LONGEST_TEXT]) if isinstance(said, str) else None
    if found is None:
        return _TESTING if answer.where == _GOOGLE and answer.text("error", 40) == "invalid_grant" else ""
    known = _CAUSES.get(found[1])
    return f" ({found[0]}: {known})" if known else f" ({found[0]})"
