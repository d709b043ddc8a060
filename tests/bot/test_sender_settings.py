"""The settings of the sender checks, and what they make."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from bot.bootstrap import open_senders
from bot.settings import Settings
from enrichment.models import Authentication
from tests.channels.mail.stored_mail import message


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No settings but the test's own."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def test_the_names_of_trusted_servers_come_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces and capitals do not matter; by default nobody is trusted."""
    assert Settings().authserv_ids == ()
    monkeypatch.setenv("LEADBOT_AUTHSERV_IDS", "MX.google.com, microsoft365,")
    assert Settings().authserv_ids == ("mx.google.com", "microsoft365")


@pytest.mark.parametrize("value", ["mx google", "*", "https://mx.google.com", 7, [7]])
def test_what_is_no_server_name_is_refused(value: object) -> None:
    """A wrong name is told at the start and not found out by a card without its warning."""
    with pytest.raises(ValidationError, match="names of servers"):
        Settings.model_validate({"authserv_ids": value})


def test_the_switch_keeps_the_dns_out() -> None:
    """With LEADBOT_SENDER_DNS=false a stranger's mail is judged by its header, and nothing leaves the machine."""
    settings = Settings.model_validate({"sender_dns": False, "authserv_ids": ("mx.us.example",)})
    assert open_senders(settings).begin(message())() == Authentication(dmarc="fail", aligned=False)


def test_the_owners_relays_are_not_looked_up() -> None:
    """The networks of the SMTP gate are the relays here too: with the DNS on, their mail needs no network."""
    settings = Settings.model_validate({"smtp_trusted_networks": (ip_network("198.51.100.0/24"),)})
    assert open_senders(settings).begin(message())() == Authentication()
