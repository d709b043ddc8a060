"""The settings of the mail servers' gate: who may come, how often, and what they must bring."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from bot import values
from bot.fields import own

_Count = Annotated[int, Field(ge=1, le=1_000_000)]


class MailSettings(BaseSettings):
    """A part of `bot.settings.Settings`."""

    smtp_connections: Annotated[int, Field(ge=1, le=100_000)] = own(
        500, "SMTP connections at a time; each needs a file descriptor", "500"
    )
    smtp_connections_per_address: _Count = own(20, "SMTP connections at a time from one address", "20")
    smtp_connections_per_minute: _Count = own(60, "New SMTP connections a minute from one address", "60")
    smtp_messages_per_minute: _Count = own(120, "Mails a minute from one address", "120")
    smtp_max_recipients: Annotated[int, Field(ge=1, le=1000)] = own(100, "Recipients of one mail", "100")
    smtp_max_errors: _Count = own(20, "Refused commands before an SMTP connection is ended", "20")
    smtp_timeout: Annotated[float, Field(ge=10, le=3600)] = own(
        300.0, "Seconds without a sign of life before an SMTP connection is ended", "300"
    )
    smtp_slowest: Annotated[int, Field(ge=1, le=1_000_000)] = own(
        500, "Bytes a second that a mail must have on average once that time has passed", "500"
    )
    smtp_trusted_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = own(
        (),
        "Networks of your own mail servers, which the limits for one address spare; this machine is always one",
        "10.0.0.0/8,192.168.1.25",
    )
    smtp_proxy_protocol: bool = own(
        False, "Whether connections from those networks begin with a PROXY header, as a load balancer sends", "true"
    )
    smtp_tls_cert: Path | None = own(
        None, "PEM file of the certificate and its chain; none means no STARTTLS", "/etc/leadbot/fullchain.pem"
    )
    smtp_tls_key: Path | None = own(None, "PEM file of its key, without a password", "/etc/leadbot/privkey.pem")
    sender_dns: bool = own(
        True,
        "Whether the DNS is asked for SPF, DKIM and DMARC of mail that a stranger's server brings; for mail from this "
        "machine and from those networks it never is",
        "false",
    )
    authserv_ids: Annotated[tuple[str, ...], NoDecode] = own(
        (),
        "Mail servers of yours whose word on a sender counts: the name at the start of the Authentication-Results (or "
        "ARC-Authentication-Results) in mail that they bring; `microsoft365` where it has none",
        "mx.google.com,mx.microsoft.com",
    )
    rspamd_url: str = own(
        "",
        "An rspamd server of yours that is asked about mail of strangers, for two seconds at most; empty means none",
        "http://127.0.0.1:11333",
        shown=False,
    )
    lmtp_listen: str = own(
        "", "Where LMTP is taken, host:port or the path of a Unix socket; empty means off", "127.0.0.1:2424"
    )

    @field_validator("smtp_trusted_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        return values.networks(value)

    @field_validator("authserv_ids", mode="before")
    @classmethod
    def _server_names(cls, value: Any) -> Any:
        return values.server_names(value)

    @field_validator("lmtp_listen")
    @classmethod
    def _endpoint(cls, value: str) -> str:
        values.endpoint(value)
        return value
