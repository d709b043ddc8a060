"""Settings: environment, `.env`, `leadbot.toml`, then the defaults below. Any value may come from NAME_FILE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot import businesses, mailboxes, routes, settings_trouble, values
from bot.fields import own as _own
from bot.fields import usual as _usual
from bot.mailboxes import MailboxTable
from bot.routes import Route
from bot.settings_alerts import AlertSettings
from bot.settings_hours import HourSettings
from bot.settings_mail import MailSettings
from bot.settings_pressure import PressureSettings
from bot.settings_slack import SlackIntakeSettings, SlackModeSettings
from bot.settings_sources import DOTENV, PREFIX, TOML, NamedFiles, Toml, dotenv, variable
from bot.settings_staff import StaffChosenSettings
from enrichment.errors import StartupError
from enrichment.stages.business import Business

__all__ = ["DATABASE", "DOTENV", "PREFIX", "TOML", "Settings", "dotenv", "listed", "load", "variable"]

DATABASE = "leadbot.db"
_CLOCK_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d", re.ASCII)
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(
    AlertSettings,
    SlackIntakeSettings,
    SlackModeSettings,
    StaffChosenSettings,
    HourSettings,
    PressureSettings,
    MailSettings,
):
    """Everything that can be set; `docs/settings.md` and `.env.example` are generated from here."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=DOTENV,
        toml_file=TOML,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = _own(Path("data"), "Folder of the database, the index and the lock; made with mode 0700", "data")
    database_url: str = _own(
        "", "SQL database; empty means SQLite in the data folder", "postgresql://leadbot@db/leadbot", shown=False
    )
    business: str = _own(
        "general", "Profile of the business, or with [[business]] tables the name of the default one", "general"
    )
    country: str = _own("US", "Two-letter country whose phone numbers need no prefix", "US")
    timezone: str = _own("UTC", "Time zone of the business", "America/Denver")
    digest_time: str = _own("08:00", "When the daily digest of open leads is posted, in that time zone", "08:00")
    recipients: Annotated[tuple[str, ...], NoDecode] = _own(
        ("leads@localhost",), "Addresses that mail is accepted for, separated by commas", "leads@example.com"
    )
    smtp_host: str = _own("127.0.0.1", "Address the SMTP server listens on", "127.0.0.1")
    smtp_port: Port = _own(2525, "Port of the SMTP server; 0 takes a free one", "2525")
    smtp_max_bytes: Annotated[int, Field(ge=65_536, le=2**30)] = _own(
        26_214_400, "Largest mail accepted, in bytes", "26214400"
    )
    http_host: str = _own("127.0.0.1", "Address of /healthz, /readyz and /metrics", "127.0.0.1")
    http_port: Port = _own(8000, "Port of /healthz, /readyz and /metrics; 0 takes a free one", "8000")
    workspace_host: str = _own("127.0.0.1", "Address of the local Slack-compatible workspace", "127.0.0.1")
    workspace_port: Port = _own(8025, "Port of the local workspace; 0 takes a free one", "8025")
    slack_channel: str = _own("leads", "Slack channel of the lead cards, by name or id", "leads")
    staff: Annotated[tuple[str, ...], NoDecode] = _own((), "Slack user ids of who may use the cards and `/lead`, separated by commas; none means all members of that channel", "U012AB3CD,U045EF6GH")  # fmt: skip  # noqa: E501
    slack_per_second: Annotated[float, Field(gt=0, le=1000)] = _own(
        1.0, "Messages a second to one channel; Slack takes about one", "1.0"
    )
    worker: Annotated[str, Field(min_length=1, max_length=64)] = _own(
        "local", "Name of this worker; must stay the same over a restart", "local"
    )
    # Less has no room for the question itself.
    analysis_context: Annotated[int, Field(ge=4096, le=131_072)] = _own(
        8192, "Context window that the language model is asked for, in tokens", "8192"
    )
    analysis_seconds: Annotated[float, Field(ge=1, le=3600)] = _own(
        180.0, "Longest time one analysis may take, in seconds", "180"
    )
    log_level: Literal["debug", "info", "warning", "error"] = _own("info", "How much is logged", "info")
    model_dir: Path = _own(Path("model"), "Folder of the exported embedding model (`make model`)", "model")

    secret_key: SecretStr | None = _own(None, "Secret that answers' addresses are signed and logins to mailboxes sealed with; none means `secret.key` in the data folder; several workers need one", "9f86d081884c7d659a2feaa0c55ad015")  # fmt: skip  # noqa: E501
    tokens: Literal["file", "keyring"] = _own("file", "Where logins to mailboxes are kept: encrypted files in the data folder, or the keyring of the operating system", "keyring")  # fmt: skip  # noqa: E501

    slack_bot_token: SecretStr | None = _usual("SLACK_BOT_TOKEN", None, "Bot token of your Slack app; none means the local workspace", "xoxb-...")  # fmt: skip  # noqa: E501
    slack_app_token: SecretStr | None = _usual("SLACK_APP_TOKEN", None, "App-level token with connections:write", "xapp-...")  # fmt: skip  # noqa: E501
    slack_signing_secret: SecretStr | None = _usual("SLACK_SIGNING_SECRET", None, "Signing secret of your Slack app, for HTTP mode", "8f742231b10e8888abcd99yyyzzz85a5")  # fmt: skip  # noqa: E501
    slack_api_url: str = _usual("SLACK_API_URL", "https://slack.com/api/", "Slack's Web API; another one for GovSlack", "https://slack-gov.com/api/")  # fmt: skip  # noqa: E501
    ollama_base_url: str = _usual("OLLAMA_BASE_URL", "http://127.0.0.1:11434", "Where Ollama answers; `off` for the built-in analysis alone", "http://127.0.0.1:11434", shown=False)  # fmt: skip  # noqa: E501
    ollama_model: str = _usual("OLLAMA_MODEL", "qwen3:4b-instruct", "Language model that improves the cards; it must run on your machine", "qwen3:4b-instruct")  # fmt: skip  # noqa: E501
    airtable_api_key: SecretStr | None = _usual("AIRTABLE_API_KEY", None, "Personal access token of Airtable; none means no Airtable", "pat...")  # fmt: skip  # noqa: E501
    airtable_base_id: str = _usual(
        "AIRTABLE_BASE_ID", "", "Airtable base that leads are written to", "appXXXXXXXXXXXXXX"
    )
    airtable_table: str = _usual("AIRTABLE_TABLE", "Leads", "Name or id of the table in that base", "Leads")
    airtable_endpoint_url: str = _usual("AIRTABLE_ENDPOINT_URL", "https://api.airtable.com", "Airtable's Web API, or a proxy before it", "https://api.airtable.com", shown=False)  # fmt: skip  # noqa: E501
    chroma_url: str = _usual("CHROMA_URL", "", "Chroma server; empty means a folder in the data folder", "http://127.0.0.1:8800", shown=False)  # fmt: skip  # noqa: E501
    embedding_model: str = _usual("EMBEDDING_MODEL", "all-MiniLM-L6-v2", "Sentence-transformers model that `make model` exports", "all-MiniLM-L6-v2")  # fmt: skip  # noqa: E501

    _businesses: tuple[Business, ...] = PrivateAttr(())
    _mailboxes: tuple[MailboxTable, ...] = PrivateAttr(())
    _routes: tuple[Route, ...] = PrivateAttr(())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """First found counts."""
        toml = Toml(settings_cls)
        return init_settings, env_settings, NamedFiles(settings_cls), dotenv_settings, toml

    @model_validator(mode="wrap")
    @classmethod
    def _with_businesses(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        tables = businesses.read_tables(data.pop(businesses.TABLE, ()))
        boxes = mailboxes.read_mailboxes(data.pop(mailboxes.TABLE, ()))
        rules = routes.read_routes(data.pop(routes.TABLE, ()))
        made = handler(data)
        made._businesses = _businesses_of(made, tables)  # noqa: SLF001 - of this class
        made._mailboxes = mailboxes.of_businesses(boxes, made._businesses, made.smtp_max_bytes)  # noqa: SLF001 - of this class
        named = [business.name for business in made._businesses], [mailbox.name for mailbox in made._mailboxes]  # noqa: SLF001 - of this class
        made._routes = routes.check_names(rules, *named)  # noqa: SLF001 - of this class
        return made

    @field_validator("recipients", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return values.addresses(value)

    @field_validator("staff", mode="before")
    @classmethod
    def _users(cls, value: Any) -> Any:
        return values.slack_users(value)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return values.zone(value)

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        return values.country(value)

    @field_validator("digest_time")
    @classmethod
    def _clock_time(cls, value: str) -> str:
        if not _CLOCK_TIME.fullmatch(value):
            raise ValueError("should be a time of day, HH:MM")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("slack_bot_token", "slack_app_token", mode="after")
    @classmethod
    def _token_kind(cls, value: SecretStr | None, info: Any) -> SecretStr | None:
        start = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        token = value.get_secret_value().strip() if value is not None else ""
        if not token:
            return None
        if not token.startswith(start) or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError(f"should start with {start} and be one word")
        return SecretStr(token)

    @property
    def businesses(self) -> tuple[Business, ...]:
        """The businesses that the bot works for, the default one first."""
        return self._businesses

    @property
    def mailboxes(self) -> tuple[MailboxTable, ...]:
        """The mailboxes that are polled."""
        return self._mailboxes

    @property
    def slack_over_http(self) -> bool:
        """Whether Slack posts to us, instead of us opening a socket."""
        if self.slack_mode != "auto":
            return self.slack_mode == "http"
        return not self.local_workspace and self.slack_signing_secret is not None and self.slack_app_token is None

    @property
    def routes(self) -> tuple[Route, ...]:
        """The rules of leadbot.toml by which leads go to channels, the first that fits counts."""
        return self._routes

    @property
    def all_recipients(self) -> tuple[str, ...]:
        """The addresses that mail is accepted for, those of the default business first."""
        return tuple(address for business in self._businesses for address in business.recipients)

    @property
    def sql_url(self) -> str:
        """The database to open."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / DATABASE}"

    @property
    def crm_on(self) -> bool:
        """Whether leads are written to Airtable."""
        return self.airtable_api_key is not None and bool(self.airtable_base_id)

    @property
    def intake_channels(self) -> tuple[str, ...]:
        """The Slack channels that customers write in; in the local workspace its #inbox, unless others are named."""
        return self.slack_intake or (("inbox",) if self.local_workspace else ())

    @property
    def local_workspace(self) -> bool:
        """Whether the bot talks to the workspace that ships with it, for want of a Slack token."""
        return self.slack_bot_token is None


def _businesses_of(settings: Settings, tables: Sequence[businesses.BusinessTable]) -> tuple[Business, ...]:
    """From the tables, or one of the plain settings; what is only a default gives way to the profile."""
    given = settings.model_fields_set
    country = settings.country if "country" in given else None
    if not tables:
        return businesses.only_one(
            settings.business,
            recipients=settings.recipients,
            country=country,
            timezone=settings.timezone,
            hours=settings.own_hours,
        )
    return businesses.from_tables(
        tables,
        default=settings.business if "business" in given else None,
        recipients=settings.recipients if "recipients" in given else (),
        country=country,
        timezone=settings.timezone,
        hours=settings.own_hours,
    )


def listed() -> list[tuple[str, FieldInfo]]:
    """Every setting; what tells the owner, then the limits of the mail servers and of what may wait, last."""
    limits = MailSettings.model_fields | PressureSettings.model_fields
    groups = (limits, AlertSettings.model_fields, StaffChosenSettings.model_fields, HourSettings.model_fields)
    return sorted(Settings.model_fields.items(), key=lambda item: tuple(item[0] in group for group in groups))


def load() -> Settings:
    """The settings of this process. Raises StartupError with one line that names the variable and gives an example."""
    try:
        return Settings()
    except ValidationError as error:
        raise StartupError(
            "; ".join(settings_trouble.line(problem, Settings.model_fields) for problem in error.errors()[:3])
        ) from error
    except (ValueError, OSError) as error:
        raise StartupError(f"{TOML} or {DOTENV} cannot be read: {settings_trouble.why(error)}") from error
