"""Settings: where each comes from, and one line that says what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.settings import Settings, load, variable
from enrichment.errors import StartupError

BOT, APP = "xoxb-1-secretword", "xapp-1-secretword"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        known = {variable(n, f) for n, f in Settings.model_fields.items()}
        if name.startswith("LEADBOT_") or name.removesuffix("_FILE") in known:
            monkeypatch.delenv(name)
    return tmp_path


def test_defaults_need_nothing() -> None:
    """No file, no variable: a bot on this machine with the local workspace."""
    settings = load()
    assert (settings.smtp_host, settings.smtp_port) == ("127.0.0.1", 2525)
    assert settings.recipients == ("leads@localhost",)
    assert settings.local_workspace
    assert settings.sql_url == f"sqlite:///{Path('data').absolute()}/leadbot.db"


def test_order_of_sources(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment, then NAME_FILE, then .env, then leadbot.toml, then the default; empty counts as not set."""
    (folder / "leadbot.toml").write_text('slack_channel = "toml"\n')
    assert load().slack_channel == "toml"
    (folder / ".env").write_text("LEADBOT_SLACK_CHANNEL=dotenv\n")
    assert load().slack_channel == "dotenv"
    (folder / "channel").write_text("file\n")
    monkeypatch.setenv("LEADBOT_SLACK_CHANNEL_FILE", str(folder / "channel"))
    assert load().slack_channel == "file"
    monkeypatch.setenv("LEADBOT_SLACK_CHANNEL", "environment")
    assert load().slack_channel == "environment"
    monkeypatch.setenv("LEADBOT_SLACK_CHANNEL", "")
    (folder / "channel").write_text(" \n")
    assert load().slack_channel == "dotenv"


def test_file_may_be_named_in_dotenv(folder: Path) -> None:
    """A secret is in neither of the two then."""
    (folder / "token").write_text(f"{BOT}\n")
    (folder / ".env").write_text(f"SLACK_BOT_TOKEN_FILE={folder / 'token'}\n")
    token = load().slack_bot_token
    assert token is not None
    assert token.get_secret_value() == BOT


@pytest.mark.parametrize("name", [variable(name, field) for name, field in Settings.model_fields.items()])
def test_example_of_each_setting_is_good(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an error message advises is taken; an ellipsis stands for what only the owner knows."""
    examples = {variable(n, field): field.examples for n, field in Settings.model_fields.items()}
    (example,) = examples[name] or [""]
    monkeypatch.setenv(name, example.replace("...", "1-1"))
    load()


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("LEADBOT_SMTP_PORT", "abc", "LEADBOT_SMTP_PORT: input should be a valid integer"),
        ("LEADBOT_SMTP_PORT", "65536", "LEADBOT_SMTP_PORT: input should be less than or equal to 65535"),
        ("LEADBOT_HTTP_PORT", "-1", "LEADBOT_HTTP_PORT: input should be greater than or equal to 0"),
        ("LEADBOT_WORKSPACE_PORT", "1.5", "LEADBOT_WORKSPACE_PORT: input should be a valid integer"),
        ("LEADBOT_SMTP_MAX_BYTES", "0", "LEADBOT_SMTP_MAX_BYTES: input should be greater than or equal to 65536"),
        ("LEADBOT_SMTP_MAX_BYTES", "-5", "LEADBOT_SMTP_MAX_BYTES: input should be greater than or equal to 65536"),
        ("LEADBOT_SLACK_PER_SECOND", "0", "LEADBOT_SLACK_PER_SECOND: input should be greater than 0"),
        ("LEADBOT_SLACK_PER_SECOND", "nan", "LEADBOT_SLACK_PER_SECOND: input should be"),
        ("LEADBOT_RECIPIENTS", "leads", "LEADBOT_RECIPIENTS: should be e-mail addresses separated by commas"),
        ("LEADBOT_RECIPIENTS", " , ", "LEADBOT_RECIPIENTS: should be e-mail addresses separated by commas"),
        ("LEADBOT_RECIPIENTS", "@example.com", "LEADBOT_RECIPIENTS: should be e-mail addresses separated by commas"),
        ("LEADBOT_RECIPIENTS", "a@b c@d", "LEADBOT_RECIPIENTS: should be e-mail addresses separated by commas"),
        ("LEADBOT_COUNTRY", "USA", "LEADBOT_COUNTRY: is not a two-letter country code"),
        ("LEADBOT_TIMEZONE", "Mars/Base", "LEADBOT_TIMEZONE: is not a time zone of the IANA list"),
        ("LEADBOT_TIMEZONE", "../../etc/passwd", "LEADBOT_TIMEZONE: is not a time zone of the IANA list"),
        ("LEADBOT_TIMEZONE", "America", "LEADBOT_TIMEZONE: is not a time zone of the IANA list"),
        ("LEADBOT_DIGEST_TIME", "8", "LEADBOT_DIGEST_TIME: should be a time of day, HH:MM"),
        ("LEADBOT_DIGEST_TIME", "24:00", "LEADBOT_DIGEST_TIME: should be a time of day, HH:MM"),
        ("LEADBOT_DIGEST_TIME", "²:00", "LEADBOT_DIGEST_TIME: should be a time of day, HH:MM"),
        ("LEADBOT_LOG_LEVEL", "loud", "LEADBOT_LOG_LEVEL: input should be 'debug', 'info', 'warning' or 'error'"),
        ("LEADBOT_WORKER", "w" * 65, "LEADBOT_WORKER: string should have at most 64 characters"),
        ("LEADBOT_STAFF", "maya", "LEADBOT_STAFF: should be Slack user ids separated by commas"),
        ("LEADBOT_STAFF", "U012AB3CD U045EF6GH", "LEADBOT_STAFF: should be Slack user ids separated by commas"),
        ("LEADBOT_STAFF", "C012AB3CD", "LEADBOT_STAFF: should be Slack user ids separated by commas"),
        ("SLACK_BOT_TOKEN", "secretword", "SLACK_BOT_TOKEN: should start with xoxb-"),
        ("SLACK_BOT_TOKEN", APP, "SLACK_BOT_TOKEN: should start with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-secretword\nX: y", "SLACK_BOT_TOKEN: should start with xoxb- and be one word"),
        ("SLACK_APP_TOKEN", BOT, "SLACK_APP_TOKEN: should start with xapp-"),
    ],
)  # fmt: skip
def test_wrong_value_is_told_in_one_line(name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, what is wrong, an example; never the value, which may be a secret."""
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError) as caught:
        load()
    told = str(caught.value)
    assert told.startswith(line)
    assert f"; example: {name}=" in told
    assert "\n" not in told
    assert "secretword" not in told


def test_several_wrong_values_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to three, so that nobody has to start again for each."""
    for name in ("LEADBOT_SMTP_PORT", "LEADBOT_HTTP_PORT", "LEADBOT_COUNTRY", "LEADBOT_TIMEZONE"):
        monkeypatch.setenv(name, "wrong")
    with pytest.raises(StartupError) as caught:
        load()
    assert str(caught.value).count("example: ") == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('smtp_port = "abc"', "LEADBOT_SMTP_PORT: input should be a valid integer"),
        ("recipients = [1, 2]", "LEADBOT_RECIPIENTS: should be e-mail addresses"),
        ("recipients = 5", "LEADBOT_RECIPIENTS: should be e-mail addresses"),
        ("digest_time = 08:00:00", "LEADBOT_DIGEST_TIME: input should be a valid string"),
        ("smtp_port = ", "leadbot.toml or .env cannot be read: "),
        ('country = "\\uD800"', "leadbot.toml or .env cannot be read: "),
    ],
)
def test_wrong_toml_is_told_in_one_line(folder: Path, text: str, line: str) -> None:
    """A wrong value, a wrong type, no TOML at all."""
    (folder / "leadbot.toml").write_text(text)
    with pytest.raises(StartupError) as caught:
        load()
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["leadbot.toml", ".env"])
def test_file_that_is_no_text_is_told_in_one_line(folder: Path, name: str) -> None:
    """As when a picture was saved under its name."""
    (folder / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StartupError, match=r"leadbot\.toml or \.env cannot be read") as caught:
        load()
    assert "\n" not in str(caught.value)


def test_lists_may_be_lists_in_toml(folder: Path) -> None:
    """As one would write them there."""
    (folder / "leadbot.toml").write_text('recipients = ["Leads@Example.com", "sales@example.com"]')
    assert load().recipients == ("leads@example.com", "sales@example.com")
    (folder / "leadbot.toml").write_text('staff = ["U012AB3CD"]')
    assert load().staff == ("U012AB3CD",)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_secret_file_that_cannot_be_read_is_named(
    folder: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing, or no text."""
    path = folder / "token"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(path))
    with pytest.raises(StartupError, match=f"^SLACK_BOT_TOKEN_FILE: {path} cannot be read") as caught:
        load()
    assert "\n" not in str(caught.value)


def test_values_are_made_tidy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case and white space of addresses, countries, levels and tokens are no mistake."""
    monkeypatch.setenv("LEADBOT_RECIPIENTS", " Leads@Example.com ,, SALES@example.com,")
    monkeypatch.setenv("LEADBOT_STAFF", " u012ab3cd ,, W045EF6GH,")
    monkeypatch.setenv("LEADBOT_COUNTRY", "de")
    monkeypatch.setenv("LEADBOT_LOG_LEVEL", "INFO")
    monkeypatch.setenv("SLACK_BOT_TOKEN", f" {BOT}\n")
    settings = load()
    assert settings.recipients == ("leads@example.com", "sales@example.com")
    assert settings.staff == ("U012AB3CD", "W045EF6GH")
    assert (settings.country, settings.log_level) == ("DE", "info")
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == BOT
    assert not settings.local_workspace


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither tokens nor a password in a URL."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT)
    monkeypatch.setenv("SLACK_APP_TOKEN", APP)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "secretword")
    monkeypatch.setenv("AIRTABLE_API_KEY", "patsecretword")
    monkeypatch.setenv("LEADBOT_DATABASE_URL", "postgresql://bot:secretword@db/leadbot")
    monkeypatch.setenv("CHROMA_URL", "http://bot:secretword@chroma:8800")
    settings = load()
    assert settings.sql_url == "postgresql://bot:secretword@db/leadbot"
    assert "secretword" not in f"{settings!r} {settings}"
