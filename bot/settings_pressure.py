"""The settings of backpressure: when no more messages are taken for a while."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from bot import values
from bot.fields import own


class PressureSettings(BaseSettings):
    """A part of `bot.settings.Settings`."""

    max_waiting: Annotated[int, Field(ge=100, le=10_000_000)] = own(
        50_000, "Messages in progress above which mail is answered 452 until a fifth of them are done", "50000"
    )
    min_free_disk: str = own(
        "500MB", "Room on the data folder's disk below which mail is answered 452; 0 turns that off", "500MB"
    )

    @field_validator("min_free_disk", mode="before")
    @classmethod
    def _size(cls, value: object) -> object:
        text = str(value).strip()
        values.size(text)
        return text

    @property
    def min_free_bytes(self) -> int:
        """The room as bytes."""
        return values.size(self.min_free_disk)
