"""What the doctor says of the DNS and of an rspamd: short, and never the end of a doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot import sender_check
from bot.bootstrap import SystemClock, open_scanner
from bot.settings import Settings
from channels.mail.dns_lookup import DnsResolver
from enrichment.errors import StartupError
from tests.servers.name_server import name_server
from tests.servers.rspamd import scanning


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No settings but the test's own."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def settings(**values: object) -> Settings:
    """The settings with these values."""
    return Settings.model_validate(values)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a DNS server that answers nothing."""
    with name_server() as names:
        names.faults["."] = "silent"
        names.faults[""] = "silent"
        yield names.port


def test_a_dns_that_answers_is_well() -> None:
    """One question about the root, whatever the answer to it is."""
    with name_server() as names:
        found = asyncio.run(sender_check.sender_dns(settings(), DnsResolver(["127.0.0.1"], names.port)))
        assert len(names.asked) == 1
    assert (found.name, found.state) == ("sender dns", "ok")


def test_a_silent_dns_is_told_and_no_failure(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leads come without it."""
    monkeypatch.setattr(sender_check, "_SECONDS", 0.2)
    found = asyncio.run(sender_check.sender_dns(settings(), DnsResolver(["127.0.0.1"], silent)))
    assert (found.state, found.detail) == ("off", "the name servers of this machine do not answer")
    assert "LEADBOT_SENDER_DNS=false" in found.advice


def test_a_dns_that_may_not_be_asked_is_not() -> None:
    """Switched off is off."""
    with name_server() as names:
        resolver = DnsResolver(["127.0.0.1"], names.port)
        assert asyncio.run(sender_check.sender_dns(settings(sender_dns=False), resolver)).state == "off"
        assert names.asked == []


def test_no_rspamd_is_off() -> None:
    """Nobody must have one."""
    found = asyncio.run(sender_check.rspamd(settings()))
    assert (found.name, found.state, found.advice) == ("rspamd", "off", "")
    assert open_scanner(settings(), SystemClock()) is None


def test_an_rspamd_that_answers_is_well() -> None:
    """It has judged a mail of the doctor's."""
    with scanning() as server:
        found = asyncio.run(sender_check.rspamd(settings(rspamd_url=server.url)))
        assert [body.startswith(b"From: leadbot@localhost") for _, body in server.asked] == [True]
        assert server.mistakes == []
    assert found.state == "ok"
    assert found.detail == f"{server.url.removeprefix('http://')} judges mail"


def test_an_rspamd_that_is_away_is_told() -> None:
    """With what becomes of the mail."""
    with scanning() as gone:
        url = gone.url
    found = asyncio.run(sender_check.rspamd(settings(rspamd_url=url)))
    assert (found.state, "does not answer" in found.detail) == ("failed", True)
    assert "without it" in found.advice


def test_a_wrong_url_stops_a_start_and_not_the_doctor() -> None:
    """The doctor says which setting it is."""
    wrong = settings(rspamd_url="ftp://scan.example")
    found = asyncio.run(sender_check.rspamd(wrong))
    assert (found.state, found.advice) == ("failed", "set LEADBOT_RSPAMD_URL")
    with pytest.raises(StartupError, match="LEADBOT_RSPAMD_URL"):
        open_scanner(wrong, SystemClock())
