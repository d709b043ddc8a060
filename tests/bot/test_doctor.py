"""The doctor: what each check finds, what it advises, where each setting comes from; no secret in any of it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import checks, doctor, folder
from bot.bootstrap import open_store
from bot.health import Check
from bot.settings import Settings, load, variable
from enrichment.errors import RetryLater
from tests.enrichment.parts import Parts

Set = Callable[..., Settings]

OFF = ("language model", "airtable", "sender dns", "rspamd", "owner alert", "heartbeat")
SEEN = ["data folder", "database", "circuits", "model", "smtp", "http", "mailboxes", "workspace", *OFF]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_folder: Path) -> Set:
    """Settings from an environment that holds these variables and no others."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        known = {variable(n, f) for n, f in Settings.model_fields.items()}
        if name.startswith("LEADBOT_") or name.removesuffix("_FILE") in known:
            monkeypatch.delenv(name)

    def make(**variables: str) -> Settings:
        usual = {"OLLAMA_BASE_URL": "off", "LEADBOT_SENDER_DNS": "false"}
        usual |= {f"LEADBOT_{name}_PORT": "0" for name in ("SMTP", "HTTP", "WORKSPACE")}
        for name, value in (usual | {"LEADBOT_MODEL_DIR": str(model_folder)} | variables).items():
            monkeypatch.setenv(name, value)
        return load()

    return make


def examined(settings: Settings) -> dict[str, Check]:
    """The findings by name."""
    return {check.name: check for check in asyncio.run(doctor.examine(settings))}


def test_everything_is_well(given: Set) -> None:
    """A first look before the first start makes the folder and the database, and finds nothing wrong."""
    found = examined(given())
    assert list(found) == SEEN
    assert {check.state for check in found.values() if check.name not in (*OFF, "mailboxes")} == {"ok"}
    assert {found[name].state for name in (*OFF, "mailboxes")} == {"off"}
    assert found["database"].detail == "sqlite, 0 open leads"
    assert found["data folder"].detail.endswith("no bot is running on it")


def test_port_of_another_program_is_found(given: Set) -> None:
    """Unless a bot is running: then it is the bot's."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        settings = given(LEADBOT_SMTP_PORT=port)
        smtp = examined(settings)["smtp"]
        assert (smtp.state, smtp.detail) == ("failed", f"127.0.0.1:{port} is in use by another program")
        assert "LEADBOT_SMTP_PORT" in smtp.advice
        with folder.locked(settings.data_dir):
            assert examined(settings)["smtp"].state == "ok"
    assert examined(settings)["smtp"].state == "off"


def test_host_that_does_not_exist_is_found(given: Set) -> None:
    """By its name."""
    smtp = examined(given(LEADBOT_SMTP_HOST="a..b", LEADBOT_SMTP_PORT="2525"))["smtp"]
    assert (smtp.state, smtp.detail.startswith("a..b cannot be used")) == ("failed", True)


def test_folder_database_and_model_that_are_wrong_are_found(given: Set, tmp_path: Path) -> None:
    """Each with what to do, and without a password."""
    (tmp_path / "file").write_text("")
    found = examined(given(LEADBOT_DATA_DIR=str(tmp_path / "file"), LEADBOT_MODEL_DIR=str(tmp_path)))
    assert found["data folder"].state == "failed"
    assert "database" not in found
    assert (found["model"].state, found["model"].advice) == ("failed", "run `make model`")
    url = "postgresql://bot:secretword@127.0.0.1:1/leadbot"
    database = examined(given(LEADBOT_DATA_DIR=str(tmp_path / "data"), LEADBOT_DATABASE_URL=url))["database"]
    assert (database.state, database.advice) == ("failed", "set LEADBOT_DATABASE_URL")
    assert "secretword" not in str(database)


def test_misspelt_settings_are_named(given: Set, tmp_path: Path) -> None:
    """In the environment, in .env and in leadbot.toml; those that exist are not, by either name."""
    (tmp_path / ".env").write_text("LEADBOT_HTTP_PROT=1\nSLACK_BOT_TOKEN_FILE=\nOTHER=x\n")
    (tmp_path / "leadbot.toml").write_text('smtp_prot = 25\nbusiness = "general"\nOLLAMA_MODEL = "x"\n')
    found = examined(given(LEADBOT_SMTP_PROT="25", LEADBOT_BUSINESS_FILE=""))["settings"]
    assert found.detail == "no such setting: LEADBOT_HTTP_PROT, LEADBOT_SMTP_PROT, smtp_prot in leadbot.toml"


def test_origins_are_told_without_secrets(given: Set, tmp_path: Path) -> None:
    """Every setting, its value, and where it comes from."""
    (tmp_path / ".env").write_text("LEADBOT_SLACK_CHANNEL=dotenv\n")
    (tmp_path / "leadbot.toml").write_text('country = "DE"\n')
    (tmp_path / "secret").write_text("patsecretword")
    settings = given(
        SLACK_BOT_TOKEN="xoxb-secretword",
        AIRTABLE_API_KEY_FILE=str(tmp_path / "secret"),
        LEADBOT_DATABASE_URL="postgresql://bot:secretword@db/leadbot?password=secretword",
        CHROMA_URL="http://:secretword@chroma:8800",
    )
    told = doctor.origins(settings)
    assert len(told) == len(Settings.model_fields)
    assert "SLACK_BOT_TOKEN = (set) (environment)" in told
    assert "SLACK_APP_TOKEN = (not set) (default)" in told
    assert "AIRTABLE_API_KEY = (set) (file)" in told
    assert "LEADBOT_SLACK_CHANNEL = dotenv (.env)" in told
    assert "LEADBOT_COUNTRY = DE (leadbot.toml)" in told
    assert "LEADBOT_RECIPIENTS = leads@localhost (default)" in told
    assert "LEADBOT_DATABASE_URL = postgresql://bot:***@db/leadbot?password=*** (environment)" in told
    report = doctor.report([Check(name="x", state="failed", detail="d", advice="a")], settings)
    assert report[:2] == ["✗ x: d", "    a"]
    assert report[-1] == "no bot is running"
    assert "secretword" not in "\n".join(told + report)


def test_running_checks_tell_their_trouble(given: Set, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `/readyz` shares with the doctor: each says what to do, and none raises."""
    assert checks.mail("smtp", listening=True, address="port 25").state == "ok"
    assert checks.mail("lmtp", listening=False, address="/run/x").advice == "restart the bot"
    assert checks.slack(connected=False, trouble="no token").detail == "no token"
    assert checks.slack(connected=False, trouble="").detail == "the connection is down"
    assert checks.slack(connected=True, trouble="old").state == "ok"
    store = open_store(given())
    assert checks.store(store).state == "ok"

    def away() -> int:
        raise RetryLater("the database is locked")

    monkeypatch.setattr(store.book, "count_open", away)
    assert (checks.store(store).state, checks.store(store).detail) == ("failed", "the database is locked")
    store.engine.dispose()
    assert parts.book.count_open() == 0


def test_what_staff_set_is_told_with_who_set_it(given: Set) -> None:
    """A value of App Home is shown as it counts; one that the environment fixes stays the environment's."""
    settings = given(LEADBOT_DIGEST_WEEKDAY="friday")
    store = open_store(settings)
    routes = [{"when": {"urgency": "hot"}, "channel": "C0INBOX"}]
    store.staff_settings.put({"digest_time": "06:45", "digest_weekday": "sunday", "routes": routes}, "U0STAFF1")
    store.engine.dispose()
    found = asyncio.run(doctor.examine(settings))
    told = "\n".join(doctor.report(found, settings))
    assert "LEADBOT_DIGEST_TIME = 06:45 (App Home, by U0STAFF1 on " in told
    assert "LEADBOT_DIGEST_WEEKDAY = friday (environment)" in told
    assert "channel rules = 1 (App Home, by U0STAFF1 on " in told
    assert "    urgency hot -> C0INBOX\n" in told


def test_rules_of_leadbot_toml_are_told(given: Set, tmp_path: Path) -> None:
    """In their order, with where they stand; with no rule there is nothing to tell."""
    assert "channel rules" not in "\n".join(doctor.origins(given()))
    rule = '[[route]]\nlanguage = "de"\nurgency = "hot"\nchannel = "#berlin"\n'
    (tmp_path / "leadbot.toml").write_text(rule, encoding="utf-8")
    told = doctor.origins(given())
    assert told[-2:] == ["channel rules = 1 (leadbot.toml)", "    language de, urgency hot -> berlin"]
