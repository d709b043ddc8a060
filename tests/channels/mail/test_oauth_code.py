"""Logging in by a browser (RFC 8252, PKCE) against a real login server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from channels.mail import oauth_code
from channels.mail.oauth import OAuthClient
from channels.mail.oauth_code import Consent
from enrichment.errors import GiveUp, NeedsPerson
from tests.servers.token_server import TokenServer, token_server

HERE = "http://127.0.0.1:9999"


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A login server."""
    with token_server() as running:
        yield running


@pytest.fixture
def client(server: TokenServer) -> OAuthClient:
    """A desktop app at it."""
    url = server.url
    more = {"access_type": "offline"}
    return OAuthClient(
        "desktop", server.scope, f"{url}/token", "", f"{url}/authorize", "desktop-secret", "jo@shop.example", more=more
    )


def browsed(consent: Consent) -> str:
    """Where the login server sends the browser of somebody who allows it."""
    return httpx.get(consent.url, trust_env=False).headers["Location"]


def test_a_code_is_changed_into_tokens(server: TokenServer, client: OAuthClient) -> None:
    """The consent asks for what is needed, and the verifier leaves this machine only with the code."""
    consent = oauth_code.begin("shop", client, HERE)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(consent.url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert (asked["access_type"], asked["login_hint"], asked["redirect_uri"]) == ("offline", "jo@shop.example", HERE)
    assert consent.verifier not in consent.url
    assert consent.verifier not in repr(consent)
    code = oauth_code.code_of("shop", consent, browsed(consent))
    assert oauth_code.redeem("shop", client, consent, code).text("refresh_token") in server.refresh


def test_each_consent_has_secrets_of_its_own(client: OAuthClient) -> None:
    """Neither state nor verifier is used twice."""
    consents = [oauth_code.begin("shop", client, HERE) for _ in range(20)]
    assert len({each.state for each in consents} | {each.verifier for each in consents}) == 40


def test_the_server_checks_the_verifier_and_takes_a_code_once(client: OAuthClient) -> None:
    """Who has stolen a code can do nothing with it."""
    consent = oauth_code.begin("shop", client, HERE)
    code = oauth_code.code_of("shop", consent, browsed(consent))
    with pytest.raises(NeedsPerson, match="run `leadbot login shop`"):
        oauth_code.redeem("shop", client, replace(consent, verifier="x" * 50), code)
    consent = oauth_code.begin("shop", client, HERE)
    code = oauth_code.code_of("shop", consent, browsed(consent))
    oauth_code.redeem("shop", client, consent, code)
    with pytest.raises(NeedsPerson, match="has ended"):
        oauth_code.redeem("shop", client, consent, code)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "/favicon.ico",
        "/?code=stolen&state=guessed",
        "/?code=stolen",
        "code-without-anything",
        "http://[broken/?x",
        "/?" + "&".join(f"a{n}=1" for n in range(200)),
        "/?state=\udcff",
    ],
)
def test_an_answer_to_somebody_else_s_question_is_passed_over(client: OAuthClient, answer: str) -> None:
    """Any page may call a port of this machine; without our state it is no answer."""
    with pytest.raises(GiveUp):
        oauth_code.code_of("shop", oauth_code.begin("shop", client, HERE), answer)


def test_a_refusal_is_the_end(client: OAuthClient) -> None:
    """With our state it is the person's own."""
    consent = oauth_code.begin("shop", client, HERE)
    with pytest.raises(NeedsPerson, match="refused in the browser"):
        oauth_code.code_of("shop", consent, f"{HERE}/?error=access_denied&state={consent.state}")
    with pytest.raises(GiveUp, match="no code"):
        oauth_code.code_of("shop", consent, f"{HERE}/?state={consent.state}")


def test_an_authorize_page_without_tls_is_not_opened(client: OAuthClient) -> None:
    """Nor one that is no address."""
    for url in ("http://login.example.com/authorize", "authorize"):
        with pytest.raises(NeedsPerson, match=r"^shop: the"):
            oauth_code.begin("shop", replace(client, authorize_url=url), HERE)
