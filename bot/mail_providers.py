"""Well-known mail providers: where their IMAP is, how it is logged in, and why they refuse a right password."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from enrichment.models import Model

Login = Literal["password", "google", "microsoft", "microsoft-app"]
Tls = Literal["tls", "starttls", "none"]
# RFC 8314: 993 begins with TLS; 143 is upgraded.
PORTS: dict[str, int] = {"tls": 993, "starttls": 143, "none": 143}


class Provider(Model):
    """One of them; the keys are told at the head of mail_providers.toml."""

    title: str
    host: str
    hosts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    elsewhere: dict[str, str] = Field(default_factory=dict)
    port: int = 993
    tls: Tls = "tls"
    login: Login
    refused: str

    def host_for(self, user: str) -> str:
        """The server of this user's address."""
        return self.elsewhere.get(_domain(user), self.host)


@cache
def providers() -> dict[str, Provider]:
    """All of them, by the names that leadbot.toml may use."""
    text = files("bot").joinpath("mail_providers.toml").read_text(encoding="utf-8")
    return {name: Provider.model_validate(entry) for name, entry in tomllib.loads(text).items()}


def names() -> str:
    """The names, for a line that asks for one."""
    return ", ".join(providers())


def of_host(host: str) -> Provider | None:
    """Whose server this is; None when it is nobody's we know."""
    wanted = host.lower().rstrip(".")
    return next((one for one in providers().values() if wanted in {one.host, *one.hosts}), None)


def of_address(user: str) -> Provider | None:
    """At whom this address is; None for a domain of one's own."""
    return next((one for one in providers().values() if _domain(user) in one.domains), None)


def _domain(user: str) -> str:
    return user.rpartition("@")[2].lower()
