"""The settings of the business's time: working hours, holidays, and when staff are reminded of what waits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode

from bot.fields import own
from bot.working_hours import parse_hours
from enrichment.stages.hours import Hours

_LEAP_YEAR = 2028
_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)
_PLACE = re.compile(r"[UWCG][A-Z0-9]{2,20}", re.ASCII)
_MOST_HOLIDAYS = 400


class HourSettings(BaseSettings):
    """A part of `bot.settings.Settings`."""

    hours: str = own("", "Working hours of the business, in its time zone; empty means those of its profile", "Mon-Fri 9:00-17:30, Sat 10:00-14:00")  # fmt: skip  # noqa: E501
    holidays: Annotated[tuple[str, ...], NoDecode] = own((), "Days on which it is closed, separated by commas: a date, or month and day for every year", "2026-12-24,12-25,01-01")  # fmt: skip  # noqa: E501
    remind_hot: Annotated[int, Field(ge=0, le=10_080)] = own(
        30, "Working minutes after which a hot lead that nobody has claimed is raised again; 0 for never", "30"
    )
    remind_outcome: Annotated[int, Field(ge=0, le=250)] = own(
        5, "Working days after which the owner of a claimed lead is asked how it ended; 0 for never", "5"
    )
    escalate_to: str = own("", "Slack user id, or id of a channel, told after as long again; empty means nobody", "U012AB3CD")  # fmt: skip  # noqa: E501

    @field_validator("hours", mode="before")
    @classmethod
    def _week(cls, value: Any) -> Any:
        """A [hours] table becomes the text that says the same."""
        if not isinstance(value, Mapping):
            return value
        try:
            Hours.model_validate(dict(value))
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(str(part) for part in problem["loc"])[:64]
            raise ValueError(f"{key}: {problem['msg'].removeprefix('Value error, ')}") from error
        return ", ".join(f"{day[:3].title()} {times or 'closed'}" for day, times in value.items())

    @field_validator("hours")
    @classmethod
    def _readable(cls, value: str) -> str:
        text = " ".join(value.split())
        if text:
            parse_hours(text)
        return text

    @field_validator("holidays", mode="before")
    @classmethod
    def _dates(cls, value: Any) -> Any:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or len(parts) > _MOST_HOLIDAYS:
            raise ValueError("should be dates separated by commas")
        return tuple(_date(str(part).strip()) for part in parts if str(part).strip())

    @field_validator("escalate_to")
    @classmethod
    def _place(cls, value: str) -> str:
        found = value.strip().upper()
        if found and not _PLACE.fullmatch(found):
            raise ValueError("should be the id of a Slack user or channel, as their profiles in Slack copy it")
        return found

    @property
    def own_hours(self) -> Hours | None:
        """The hours that were set, None when the profile's count."""
        return parse_hours(self.hours) if self.hours else None


def _date(text: str) -> str:
    """A date, or month and day for every year. Raises ValueError in words."""
    yearly = _YEARLY.fullmatch(text) is not None
    try:
        day = date.fromisoformat(f"{_LEAP_YEAR}-{text}" if yearly else text)
    except ValueError as error:
        raise ValueError(f"{text[:32]!r} is no date; write 2026-12-24, or 12-25 for every year") from error
    return f"{day:%m-%d}" if yearly else day.isoformat()
