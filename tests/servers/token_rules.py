"""What a login server of the tests knows and does, without its HTTP.

RFC 6749 (codes, refresh, client credentials), 7636 (PKCE), 8628 (device codes), tokeninfo as Dovecot asks for it, and
OpenID discovery as msal does.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Fault:
    """One answer that is none. body: bytes, or a flood of that many; late: do the work, then say nothing."""

    status: int = 200
    body: bytes | int = b""
    headers: dict[str, str] = field(default_factory=dict)
    late: bool = False


@dataclass
class Device:
    """One device code. allowed: None while the person has said nothing."""

    client: str
    every: float
    ends: float
    asked: float = float("-inf")
    allowed: bool | None = None


@dataclass
class Code:
    """One authorization code, with what it was asked for with."""

    client: str
    redirect: str
    challenge: str


class TokenServer:
    """What it knows, and what was asked of it.

    clients: their secrets, empty for a public one; rotate: a refresh gives a new refresh token and ends the old one, at
    once or (grace) when the new one is used; lives: seconds of an access token; faults: for the next questions to
    /token; user: whose mailbox the tokens open.
    """

    def __init__(self) -> None:
        self.clients = {"public": "", "desktop": "desktop-secret", "app": "app-secret"}
        self.user, self.scope = "leads@shop.example", "https://mail.google.com/"
        self.rotate, self.grace, self.lives = True, False, 3600
        self.every, self.device_lives = 1, 900
        self.faults: deque[Fault] = deque()
        self.asked: list[str] = []
        self.devices: dict[str, Device] = {}
        self.codes: dict[str, Code] = {}
        self.refresh: dict[str, str] = {}  # the token: its client
        self.before: dict[str, str] = {}  # with grace, the token: the one before it
        self.access: dict[str, float] = {}  # the token: when it expires
        self.url = ""
        self.stall = threading.Event()
        self.lock = threading.Lock()

    def count(self, grant: str) -> int:
        """How often this grant was asked for."""
        return self.asked.count(grant)

    def decide(self, *, allowed: bool) -> None:
        """What the person says to every code."""
        for device in self.devices.values():
            device.allowed = allowed

    def login(self, client: str = "public") -> dict[str, Any]:
        """The tokens of somebody who has just allowed it."""
        return self._tokens(client)

    def revoke(self) -> None:
        """The person takes it back: no token of theirs is worth anything."""
        self.refresh.clear()
        self.before.clear()
        self.access.clear()

    def _tokens(self, client: str, *, refresh: bool = True) -> dict[str, Any]:
        access = f"access-{secrets.token_urlsafe(24)}"
        self.access[access] = time.time() + self.lives
        found: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": self.lives,
            "scope": self.scope,
        }
        if refresh:
            found["refresh_token"] = f"refresh-{secrets.token_urlsafe(24)}"
            self.refresh[found["refresh_token"]] = client
        return found

    # The endpoints: the fields of the form in, status and object out.

    def device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """POST /device."""
        if self.clients.get(form.get("client_id", ""), "none") != "":
            return 401, {"error": "invalid_client"}
        code = secrets.token_urlsafe(24)
        self.devices[code] = Device(form["client_id"], self.every, time.monotonic() + self.device_lives)
        return 200, {
            "device_code": code,
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{self.url}/activate",
            "expires_in": self.device_lives,
            "interval": self.every,
        }

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """POST /token."""
        grant = form.get("grant_type", "")
        self.asked.append(grant)
        known = self.clients.get(form.get("client_id", ""))
        if known is None or form.get("client_secret", "") != known:
            return 401, {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret <b>x</b>",
            }
        rules: dict[str, Callable[[dict[str, str]], tuple[int, dict[str, Any]]]] = {
            DEVICE: self._by_device,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_client,
        }
        rule = rules.get(grant)
        return rule(form) if rule else (400, {"error": "unsupported_grant_type"})

    def _by_device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        device, now = self.devices.get(form.get("device_code", "")), time.monotonic()
        if device is None or device.client != form["client_id"]:
            return 400, {"error": "invalid_grant"}
        if now > device.ends:
            return 400, {"error": "expired_token"}
        if now - device.asked < device.every - 0.05:
            device.every += 5
            return 400, {"error": "slow_down"}
        device.asked = now
        if device.allowed is None:
            return 400, {"error": "authorization_pending"}
        del self.devices[form["device_code"]]
        return (200, self._tokens(device.client)) if device.allowed else (400, {"error": "access_denied"})

    def _by_code(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        code = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        sound = code is not None and 43 <= len(verifier) <= 128 and code.challenge == digest
        if code is None or not sound or (code.client, code.redirect) != (form["client_id"], form.get("redirect_uri")):
            return 400, {"error": "invalid_grant", "error_description": "Bad code"}
        return 200, self._tokens(code.client)

    def _by_refresh(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        old = form.get("refresh_token", "")
        if self.refresh.get(old) != form["client_id"]:
            told = "AADSTS50173: The provided grant has expired due to it being revoked. Trace ID: 1"
            return 400, {"error": "invalid_grant", "error_description": told}
        self.refresh.pop(self.before.pop(old, ""), None)  # the new one is used: now the old one ends
        found = self._tokens(form["client_id"], refresh=self.rotate)
        if self.rotate and self.grace:
            self.before[found["refresh_token"]] = old
        elif self.rotate:
            del self.refresh[old]
        return 200, found

    def _by_client(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not form["client_secret"] or form.get("scope") != "https://outlook.office365.com/.default":
            return 400, {"error": "invalid_scope"}
        found = self._tokens(form["client_id"], refresh=False)
        del found["scope"]  # as Microsoft
        return 200, found

    def authorize(self, form: dict[str, str]) -> str:
        """GET /authorize by somebody who allows it at once: where the browser is sent."""
        sound = form.get("response_type") == "code" and form.get("code_challenge_method") == "S256"
        redirect = urlsplit(form.get("redirect_uri", ""))
        if (
            not sound
            or form.get("client_id") not in self.clients
            or redirect.hostname not in {"127.0.0.1", "localhost"}
        ):
            return ""
        code = f"code-{secrets.token_urlsafe(16)}"
        self.codes[code] = Code(form["client_id"], form["redirect_uri"], form["code_challenge"])
        return f"{form['redirect_uri']}/?{urlencode({'state': form['state'], 'code': code, 'scope': self.scope})}"

    def tokeninfo(self, token: str) -> tuple[int, dict[str, Any]]:
        """GET /tokeninfo, as a mail server asks whose a token is."""
        if self.access.get(token, 0) < time.time():
            return 400, {"error": "invalid_token"}
        return 200, {"email": self.user, "expires_in": 60, "scope": self.scope}

    def discovery(self, tenant: str) -> tuple[int, dict[str, Any]]:
        """GET /<tenant>/v2.0/.well-known/openid-configuration."""
        if tenant != "tenant":
            return 400, {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."}
        base = f"{self.url}/tenant/oauth2/v2.0"
        return 200, {
            "issuer": f"{self.url}/tenant/v2.0",
            "token_endpoint": f"{base}/token",
            "authorization_endpoint": f"{base}/authorize",
            "device_authorization_endpoint": f"{base}/devicecode",
        }
