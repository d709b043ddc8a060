"""The authorization code grant of an installed app (RFC 8252) with PKCE (RFC 7636): a browser, and a redirect to us."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.mail.oauth import OAuthClient, login_again
from channels.mail.oauth_http import Answer, ask, checked
from channels.mail.oauth_refusals import refusal
from enrichment.errors import GiveUp, NeedsPerson

LONGEST_ANSWER = 8_192
_CODE = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True)
class Consent:
    """One consent that is asked for. url: the page for the browser; redirect_uri: where it sends the answer."""

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def begin(mailbox: str, client: OAuthClient, redirect_uri: str) -> Consent:
    """A new consent, with secrets of its own. Raises NeedsPerson when the authorize page has no address."""
    try:
        checked(client.authorize_url)
    except ValueError as error:
        raise NeedsPerson(f"{mailbox}: {error}") from error
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        **client.more,
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": client.scope,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **({"login_hint": client.user} if client.user else {}),
    }
    joint = "&" if urlsplit(client.authorize_url).query else "?"
    return Consent(f"{client.authorize_url}{joint}{urlencode(query)}", redirect_uri, state, verifier)


def code_of(mailbox: str, consent: Consent, answer: str) -> str:
    """The code in the address that the browser was sent to, or that a person pasted.

    Raises GiveUp when this is not the answer to our question (any page may call our port: go on waiting), NeedsPerson
    when it is a refusal.
    """
    try:
        fields = parse_qs(urlsplit(answer[:LONGEST_ANSWER].strip()).query, max_num_fields=50)
    except ValueError:
        fields = {}
    state = fields.get("state", [""])[0]
    if not hmac.compare_digest(state.encode(errors="replace"), consent.state.encode()):
        raise GiveUp("this is not the address that the browser ended at; copy all of it, from http:// on")
    if "error" in fields:
        raise NeedsPerson(f"{mailbox}: the login was refused in the browser; {login_again(mailbox)} to try again")
    code = fields.get("code", [""])[0]
    if not _CODE.fullmatch(code):
        raise GiveUp("there is no code in this address; copy all of it")
    return code


def redeem(mailbox: str, client: OAuthClient, consent: Consent, code: str) -> Answer:
    """Change the code into tokens; the answer with them. Raises RetryLater, or NeedsPerson when it is refused."""
    form = client.form(
        grant_type="authorization_code",
        code=code,
        redirect_uri=consent.redirect_uri,
        code_verifier=consent.verifier,
    )
    answer = ask(mailbox, client.token_url, form)
    if answer.status != 200:
        raise refusal(mailbox, answer)
    return answer
