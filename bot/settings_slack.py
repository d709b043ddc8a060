"""The settings of Slack as a way in: where customers write, and what they are told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
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


class SlackModeSettings(BaseSettings):
    """How Slack reaches the bot; a part of `bot.settings.Settings`."""

    slack_mode: Literal["auto", "socket", "http"] = own("auto", "How Slack reaches the bot: `socket` (the bot connects), `http` (Slack posts to your public URL), `auto` for HTTP when there is a signing secret and no app token", "http")  # fmt: skip  # noqa: E501
    slack_http_host: str = own("127.0.0.1", "Address that HTTP mode listens on; it answers `/slack/*` only", "0.0.0.0")
    slack_http_port: Annotated[int, Field(ge=0, le=65535)] = own(3000, "Port of HTTP mode; 0 takes a free one", "3000")

    @field_validator("slack_mode", mode="before")
    @classmethod
    def _mode(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value
