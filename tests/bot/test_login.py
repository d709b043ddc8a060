"""How a mailbox logs in, by its [[mailbox]] table: passwords, apps, and at which addresses."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from bot import logs
from bot.login import client_of
from bot.sealed import FOLDER
from enrichment.errors import NeedsPerson
from tests.bot.login_house import credential, move_in, written
from tests.channels.mail.certificates import make_certificate
from tests.servers.token_server import token_server


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own."""
    move_in(tmp_path, monkeypatch)


def test_a_password_from_a_variable_is_read_at_each_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment first, then .env; a blank in it is part of it."""
    found = credential(written('password_env = "SHOP_PASSWORD"'))
    with pytest.raises(NeedsPerson, match=r"^shop: the variable SHOP_PASSWORD is empty; put the password there"):
        found.secret()
    Path(".env").write_text("SHOP_PASSWORD='from dotenv'\n")
    assert found.secret() == ("password", "from dotenv")
    monkeypatch.setenv("SHOP_PASSWORD", " from the environment ")
    assert found.secret() == ("password", " from the environment ")


def test_a_password_from_a_file_is_read_at_each_login() -> None:
    """Without its line end; what is no password is told without showing it."""
    found = credential(written('password_file = "secret"'))
    file = Path("secret")
    with pytest.raises(NeedsPerson, match=r"^shop: secret cannot be read"):
        found.secret()
    for content, password in ((b"first\n", "first"), (b"second\r\n", "second"), ("schlüssel".encode(), "schlüssel")):
        file.write_bytes(content)
        assert found.secret() == ("password", password)
    for content in (b"", b"\n", b"hunter2\nhunter3\n", b"hunter2\x00", b"hunter2" * 1000, b"\xffhunter2"):
        file.write_bytes(content)
        with pytest.raises(NeedsPerson, match=r"^shop: ") as error:
            found.secret()
        assert "hunter2" not in str(error.value)


def test_a_pipe_is_no_file_for_a_password() -> None:
    """Nobody may ever write into it; the mailbox must not wait for that."""
    os.mkfifo("secret")
    with pytest.raises(NeedsPerson, match=r"^shop: secret is a pipe.*; name a file$"):
        credential(written('password_file = "secret"')).secret()


def test_a_mailbox_that_nobody_has_logged_in_to_says_how() -> None:
    """Before anything is asked of anybody."""
    made = written('login = "microsoft"\nclient_id = "public"\n')
    with pytest.raises(NeedsPerson, match=r"^shop: nobody has logged in yet; run `leadbot login shop`"):
        credential(made).secret()


def test_the_providers_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked where, when the table says nothing else."""
    monkeypatch.setenv("SECRET", "desktop-secret")
    google = client_of(written('login = "google"\nclient_id = "id"\nclient_secret_env = "SECRET"\n').mailboxes[0])
    assert (google.token_url, google.scope) == ("https://oauth2.googleapis.com/token", "https://mail.google.com/")
    assert google.more["access_type"] == "offline"
    assert "desktop-secret" not in repr(google)
    microsoft = client_of(written('login = "microsoft"\nclient_id = "id"\n').mailboxes[0])
    base = "https://login.microsoftonline.com/common/oauth2/v2.0"
    assert (microsoft.token_url, microsoft.device_url) == (f"{base}/token", f"{base}/devicecode")
    assert "offline_access" in microsoft.scope.split()
    one = client_of(written('login = "microsoft"\nclient_id = "id"\ntenant = "shop.example"\n').mailboxes[0])
    assert one.token_url == "https://login.microsoftonline.com/shop.example/oauth2/v2.0/token"


def test_an_app_logs_in_without_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the secret from a file; neither it nor the token is ever logged or kept."""
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    (tmp_path / "secret").write_text("app-secret\n")
    stream = io.StringIO()
    logs.set_up("debug", stream)
    with token_server(certificate) as server:
        made = written(
            'login = "microsoft-app"\nclient_id = "app"\ntenant = "tenant"\nclient_secret_file = "secret"\n'
            f'token_url = "{server.url}/tenant/oauth2/v2.0/token"\n'
        )
        kind, token = credential(made).secret()
        assert (kind, token in server.access) == ("token", True)
    assert "app-secret" not in stream.getvalue()
    assert token not in stream.getvalue()
    assert not (tmp_path / "data" / FOLDER).exists()
