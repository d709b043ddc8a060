"""The settings of what tells the owner: the mail when Slack is down, and the heartbeat for a monitor."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from bot import alert_address
from bot.fields import own

_LONGEST_URL = 2000


class AlertSettings(BaseSettings):
    """A part of `bot.settings.Settings`. Both URLs open a door, so they are secrets."""

    alert_smtp_url: SecretStr | None = own(
        None, "Mail server and addresses that tell the owner when Slack is down; none means no such mail; see docs/running.md", alert_address.EXAMPLE  # noqa: E501
    )  # fmt: skip
    alert_after: Annotated[float, Field(gt=0, le=1440)] = own(
        10.0, "Minutes that Slack must be down before the owner is mailed", "10"
    )
    heartbeat_url: SecretStr | None = own(
        None, "Asked for every minute while all is well, and not when it is not; for a monitor that misses it", "https://hc-ping.com/your-uuid"
    )  # fmt: skip

    @field_validator("alert_smtp_url")
    @classmethod
    def _alert_server(cls, value: SecretStr | None) -> SecretStr | None:
        url = value.get_secret_value().strip() if value is not None else ""
        if not url:
            return None
        alert_address.parse(url)
        return SecretStr(url)

    @field_validator("heartbeat_url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        url = value.get_secret_value().strip() if value is not None else ""
        if not url:
            return None
        _check_web(url)
        return SecretStr(url)

    @property
    def alerts_to(self) -> alert_address.AlertAddress | None:
        """Where alerts go, None when nobody is to be mailed."""
        return alert_address.parse(self.alert_smtp_url.get_secret_value()) if self.alert_smtp_url else None


def _check_web(url: str) -> None:
    """Raises ValueError in words that hold nothing of the URL."""
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("should be one URL without blanks")
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("should begin with https:// or http:// and name a host")
