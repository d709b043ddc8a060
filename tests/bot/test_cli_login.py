"""`leadbot login MAILBOX` as a person uses it: a process, a login server, and a real Dovecot that asks that one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.login import credential_of
from bot.settings import load
from channels.mail.imap_session import open_session
from enrichment.errors import NeedsPerson
from tests.channels.mail.certificates import make_certificate
from tests.conftest import ROOT, RequireServer
from tests.servers.dovecot import USER, Dovecot, running_dovecot
from tests.servers.token_server import TokenServer, token_server

OAUTH = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {file}
}}
"""
ASKED = "tokeninfo_url = {url}/tokeninfo?access_token=\nusername_attribute = email\n"


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A login server for the mailbox of Dovecot's user."""
    with token_server() as running:
        running.user = USER
        yield running


@contextlib.contextmanager
def mail_server(require: RequireServer, server: TokenServer, certificate: Path | None = None) -> Iterator[Dovecot]:
    """A mail server that asks the login server whose a token is. certificate: the one that this has."""
    program = require("dovecot")
    with tempfile.TemporaryDirectory(prefix="leadbot-oauth-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # Dovecot's user reads it too
        asked = ASKED.format(url=server.url)
        if certificate is not None:
            (folder / "ca.pem").write_text(certificate.read_text())
            asked += f"tls_ca_cert_file = {folder}/ca.pem\n"
        (folder / "oauth.conf").write_text(asked)
        with running_dovecot(program, settings=OAUTH.format(file=folder / "oauth.conf")) as running:
            yield running


@pytest.fixture
def dovecot(require_server: RequireServer, server: TokenServer) -> Iterator[Dovecot]:
    """A mail server that takes tokens of that login server."""
    with mail_server(require_server, server) as running:
        yield running


def written(folder: Path, dovecot: Dovecot, server: TokenServer, login: str) -> None:
    """leadbot.toml with one mailbox, of Google or Microsoft, and the environment for it."""
    client = "desktop" if login == "google" else "public"
    (folder / "leadbot.toml").write_text(
        f'[[mailbox]]\nname = "shop"\nhost = "{dovecot.host}"\nport = {dovecot.port}\ntls = "none"\nuser = "{USER}"\n'
        f'login = "{login}"\nclient_id = "{client}"\ntoken_url = "{server.url}/token"\n'
        f'device_url = "{server.url}/device"\nauthorize_url = "{server.url}/authorize"\n'
        + ('client_secret_file = "secret"\n' if login == "google" else "")
    )
    (folder / "secret").write_text("desktop-secret\n")


@contextlib.contextmanager
def leadbot(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`leadbot <arguments>` in this folder, ended at the end."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LEADBOT_DATA_DIR": "data"}
    command = [sys.executable, "-m", "bot.cli", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """The first line that holds these words."""
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line.strip()
    raise AssertionError(f"nothing was said of {words}")


def last(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How it ended: the exit status and the last line."""
    said = process.communicate(timeout=60)[0]
    return process.returncode, said.splitlines()[-1]


def test_microsoft_by_a_code(
    tmp_path: Path, dovecot: Dovecot, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person enters it, the mailbox opens, and opens again by the renewed token of another process."""
    server.scope = "https://outlook.office.com/IMAP.AccessAsUser.All"
    written(tmp_path, dovecot, server, "microsoft")
    with leadbot(tmp_path, "login", "shop") as process:
        line = line_with(process, "enter the code")
        server.decide(allowed=True)
        code, said = last(process)
    assert line == f"Open {server.url}/activate in any browser, log in as {USER}, and enter the code ABCD-EFGH"
    assert (code, said) == (0, "shop: logged in at 127.0.0.1; a running bot reads it at its next poll")
    monkeypatch.chdir(tmp_path)
    settings = load()
    table = settings.mailboxes[0]
    server.access.clear()
    credential = credential_of(table, settings)
    with pytest.raises(NeedsPerson, match=r"^shop: the login is refused"):
        open_session(table.mailbox(), credential, timeout=10).__enter__()
    refused = getattr(credential, "refused")  # noqa: B009 - not every credential has it
    refused()
    with open_session(table.mailbox(), credential, timeout=10) as session:
        assert session.folder_exists("INBOX")
    assert server.count("refresh_token") == 1


@pytest.mark.parametrize("pasted", [False, True])
def test_google_by_a_browser(tmp_path: Path, dovecot: Dovecot, server: TokenServer, *, pasted: bool) -> None:
    """On this machine it comes back by itself; on another one the person pastes the address that it ended at."""
    written(tmp_path, dovecot, server, "google")
    with leadbot(tmp_path, "login", "Shop") as process:
        url = line_with(process, "/authorize?")
        sent = httpx.get(url, trust_env=False).headers["Location"]
        if pasted:
            assert process.stdin is not None
            process.stdin.write(f"{sent.replace('code=', 'cod=')}\n{sent}\n")
            process.stdin.flush()
            assert line_with(process, "no code in this address")
        else:
            assert httpx.get(sent, trust_env=False).status_code == 200
        assert last(process)[0] == 0
    assert server.count("authorization_code") == 1
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert not [token for token in (*server.refresh, *server.access) if token.encode() in kept]


def test_microsoft_by_a_browser(tmp_path: Path, dovecot: Dovecot, server: TokenServer) -> None:
    """Where the tenant forbids codes; Microsoft knows this machine as localhost."""
    written(tmp_path, dovecot, server, "microsoft")
    server.scope = "https://outlook.office.com/IMAP.AccessAsUser.All"
    with leadbot(tmp_path, "login", "shop", "--browser") as process:
        sent = httpx.get(line_with(process, "/authorize?"), trust_env=False).headers["Location"]
        assert sent.startswith("http://localhost:")
        httpx.get(sent, trust_env=False)
        assert last(process)[0] == 0


def test_a_mail_server_that_is_away_costs_no_login(tmp_path: Path, dovecot: Dovecot, server: TokenServer) -> None:
    """What the person has allowed is kept, and said to be."""
    server.scope = "https://outlook.office.com/IMAP.AccessAsUser.All"
    written(tmp_path, dovecot, server, "microsoft")
    dovecot.stop()
    with leadbot(tmp_path, "login", "shop") as process:
        line_with(process, "enter the code")
        server.decide(allowed=True)
        code, said = last(process)
    assert (code, said.endswith("(the login is kept; this needs no other one)")) == (1, True)
    assert len(list((tmp_path / "data" / "logins").glob("*.sealed"))) == 1


def test_microsoft_as_an_app(tmp_path: Path, require_server: RequireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked anything: the command only tries it."""
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with token_server(certificate) as server, mail_server(require_server, server, certificate[0]) as dovecot:
        server.user = USER
        (tmp_path / "secret").write_text("app-secret\n")
        (tmp_path / "leadbot.toml").write_text(
            f'[[mailbox]]\nname = "shop"\nhost = "{dovecot.host}"\nport = {dovecot.port}\ntls = "none"\n'
            f'user = "{USER}"\nlogin = "microsoft-app"\nclient_id = "app"\ntenant = "tenant"\n'
            'client_secret_file = "secret"\n'
            f'token_url = "{server.url}/tenant/oauth2/v2.0/token"\n'
        )
        with leadbot(tmp_path, "login", "shop") as process:
            assert last(process) == (0, "shop: logged in at 127.0.0.1; a running bot reads it at its next poll")
        (tmp_path / "secret").write_text("wrong\n")
        with leadbot(tmp_path, "login", "shop") as process:
            code, said = last(process)
    assert (code, "the client secret is wrong" in said) == (1, True)


def test_somebody_else_s_account_is_refused_by_the_mail_server(
    tmp_path: Path, dovecot: Dovecot, server: TokenServer
) -> None:
    """The person was logged in as another one in that browser: it is said at once."""
    server.user, server.scope = "somebody", "https://outlook.office.com/IMAP.AccessAsUser.All"
    written(tmp_path, dovecot, server, "microsoft")
    with leadbot(tmp_path, "login", "shop") as process:
        line_with(process, "enter the code")
        server.decide(allowed=True)
        code, said = last(process)
    assert (code, said.partition(": the login is refused")[0]) == (1, "leadbot: shop")


def test_a_refusal_in_the_browser(tmp_path: Path, dovecot: Dovecot, server: TokenServer) -> None:
    """One line that says how to try again, and exit status 1."""
    written(tmp_path, dovecot, server, "microsoft")
    with leadbot(tmp_path, "login", "shop") as process:
        line_with(process, "enter the code")
        server.decide(allowed=False)
        ended = last(process)
    assert ended == (1, "leadbot: shop: the login was refused in the browser; run `leadbot login shop` to try again")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("", "leadbot: there is no mailbox 'shop'; there is no [[mailbox]] in leadbot.toml yet: docs/mailboxes.md"),
        (
            '[[mailbox]]\nname = "garage"\nhost = "h.example"\nuser = "u"\npassword_env = "P"\n',
            "leadbot: there is no mailbox 'shop'; name one of garage",
        ),
        (
            '[[mailbox]]\nname = "shop"\nhost = "h.example"\nuser = "u"\npassword_env = "P"\n',
            "leadbot: shop logs in with a password, from the variable P; there is nothing to do here",
        ),
    ],
)
def test_what_needs_no_login_is_said(tmp_path: Path, toml: str, words: str) -> None:
    """An unknown mailbox, none at all, one with a password."""
    (tmp_path / "leadbot.toml").write_text(toml)
    with leadbot(tmp_path, "login", "shop") as process:
        assert last(process) == (1, words)
