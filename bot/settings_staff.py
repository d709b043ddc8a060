"""Settings that staff may change in Slack as long as neither the environment nor leadbot.toml fixes them."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator
from pydantic_settings import BaseSettings

from bot.fields import own

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never"]
CLOCK_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d", re.ASCII)


class StaffChosenSettings(BaseSettings):
    """When staff are told of things, and when they are left in peace."""

    digest_weekday: Weekday = own("monday", "Day of the weekly digest; `never` for none", "monday")
    quiet_from: str = own("", "When nobody is pinged from, in the business's time zone; empty means never", "21:00")
    quiet_until: str = own("", "When they may be pinged again", "07:00")

    @field_validator("digest_weekday", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("quiet_from", "quiet_until")
    @classmethod
    def _quiet_time(cls, value: str) -> str:
        if value and not CLOCK_TIME.fullmatch(value):
            raise ValueError("should be a time of day, HH:MM")
        return value
