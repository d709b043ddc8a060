"""The settings of Slack as a way in: where customers write, and what they are told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode

from bot import values
from bot.fields import own

Thanks = Literal["reaction", "line", "off"]


class SlackIntakeSettings(BaseSettings):
    """A part of `bot.settings.Settings`."""

    slack_intake: Annotated[tuple[str, ...], NoDecode] = own((), "Slack channels in which each message is a lead, by name or id, separated by commas; the bot must be in them; none means direct messages alone", "inbox,C012AB3CD")  # fmt: skip  # noqa: E501
    slack_intake_thanks: Thanks = own("reaction", "What somebody who writes there sees of the bot: a reaction (eyes), a line in the thread, or nothing (`off`)", "reaction")  # fmt: skip  # noqa: E501
    slack_dm_thanks: Thanks = own("line", "The same for who is not staff and writes to the bot directly", "line")

    @field_validator("slack_intake", mode="before")
    @classmethod
    def _channels(cls, value: Any) -> Any:
        return values.slack_channels(value)

    @field_validator("slack_intake_thanks", "slack_dm_thanks", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value
