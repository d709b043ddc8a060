"""Tokens of a mailbox: renewed in time, kept over a kill and by several processes at once, and never shown."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import mailbox_check
from bot.login import client_of, vault_of
from bot.sealed import SealedVault
from bot.settings import Settings
from channels.mail.oauth import granted
from channels.mail.oauth_http import Answer
from channels.mail.oauth_tokens import TokenCredential
from enrichment.errors import NeedsPerson, RetryLater
from tests.bot.login_house import credential, move_in, written
from tests.conftest import ROOT
from tests.servers.odd_imap import odd_imap
from tests.servers.token_server import Fault, TokenServer, token_server

# A bot of its own, as far as a login goes.
ASK = (
    "from bot import logs; from bot.login import credential_of; from bot.settings import load\n"
    "logs.set_up('debug'); found = load(); print('ready', flush=True); input()\n"
    "print(credential_of(found.mailboxes[0], found).secret()[1])"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own."""
    move_in(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A login server that has rotated tokens, and ends the old one at once."""
    with token_server() as running:
        running.scope = "https://outlook.office.com/IMAP.AccessAsUser.All"
        yield running


@pytest.fixture
def settings(server: TokenServer) -> Settings:
    """A mailbox of Microsoft at that server, to which somebody has logged in."""
    url = server.url
    made = written(
        'login = "microsoft"\nclient_id = "public"\n'
        f'token_url = "{url}/token"\ndevice_url = "{url}/device"\nauthorize_url = "{url}/authorize"\n'
    )
    log_in(made, server)
    return made


def log_in(settings: Settings, server: TokenServer, lives: int = 3600) -> None:
    """As `leadbot login` keeps it. lives: seconds of the first access token."""
    client = client_of(settings.mailboxes[0])
    answer = Answer("login", 200, server.login() | {"expires_in": lives})
    vault_of(settings).write("shop", granted("shop", client, answer, datetime.now(UTC)).model_dump_json())


def test_a_token_is_used_while_it_is_good(settings: Settings, server: TokenServer) -> None:
    """Without asking the login server, also after a restart."""
    first = credential(settings).secret()
    assert first[1] in server.access
    assert credential(settings).secret() == first
    assert not server.asked


def test_a_token_is_renewed_before_it_expires(settings: Settings, server: TokenServer) -> None:
    """And the rotated refresh token is there at the next start, as often as that happens."""
    tokens = set()
    for _ in range(3):
        expire(settings)
        tokens.add(credential(settings).secret()[1])
    assert tokens <= server.access.keys()
    assert (len(tokens), server.count("refresh_token")) == (3, 3)


def expire(settings: Settings) -> None:
    """Make the kept access token an old one."""
    vault, client = vault_of(settings), client_of(settings.mailboxes[0])
    token = TokenCredential("shop", lambda: client, vault, _Now())
    token.secret()
    token.refused()


class _Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def test_a_server_that_does_not_rotate_keeps_the_old_refresh_token(settings: Settings, server: TokenServer) -> None:
    """As Google's."""
    server.rotate = False
    for _ in range(2):
        expire(settings)
        assert credential(settings).secret()[1] in server.access
    assert len(server.refresh) == 1


def test_a_token_that_the_mail_server_refused_is_renewed(settings: Settings, server: TokenServer) -> None:
    """Once: what another process has renewed meanwhile is not thrown away."""
    mine, other = credential(settings), credential(settings)
    assert isinstance(mine, TokenCredential)
    assert isinstance(other, TokenCredential)
    first = mine.secret()
    other.secret()
    mine.refused()
    second = mine.secret()
    other.refused()
    assert second != first
    assert other.secret() == second
    assert server.count("refresh_token") == 1


def test_the_doctor_s_refused_token_is_renewed_for_the_bot(settings: Settings, server: TokenServer) -> None:
    """A provider has ended it early: the doctor says so, and whoever logs in next does it with another token."""
    first = credential(settings).secret()[1]
    with odd_imap() as odd:
        odd.faults["AUTHENTICATE"] = "NO AUTHENTICATE failed."
        (table,) = settings.mailboxes
        at_odd = table.model_copy(update={"port": odd.port, "tls": "none"})
        check = asyncio.run(mailbox_check.mailbox(at_odd, settings, 10))
    assert (check.state, check.advice) == ("failed", "run `leadbot login shop`")
    second = credential(settings).secret()[1]
    assert second != first
    assert second in server.access


def test_a_login_that_was_taken_back_needs_a_person(settings: Settings, server: TokenServer) -> None:
    """Who logs in again goes on at once, in the same process."""
    running = credential(settings)
    expire(settings)
    server.revoke()
    with pytest.raises(NeedsPerson, match=r"^shop: .* has ended \(AADSTS50173: .*\); run `leadbot login shop`$"):
        running.secret()
    log_in(settings, server)
    assert running.secret()[1] in server.access


def test_a_login_server_that_is_away_costs_nothing(settings: Settings, server: TokenServer) -> None:
    """It is asked again later, with the same refresh token."""
    expire(settings)
    server.faults.extend([Fault(503), Fault(200, b"<html>"), Fault(200, 10_000_000)])
    running = credential(settings)
    for _ in range(3):
        with pytest.raises(RetryLater, match=r"^shop: "):
            running.secret()
    assert running.secret()[1] in server.access


def test_a_login_is_not_sent_to_another_server_or_app(settings: Settings, server: TokenServer) -> None:
    """When leadbot.toml has changed since."""
    lines = 'login = "microsoft"\nclient_id = "{}"\ntoken_url = "{}/token"\n'
    for changed in (lines.format("other", server.url), lines.format("public", "https://login.example.com")):
        with pytest.raises(NeedsPerson, match="of another app or server; run `leadbot login shop`"):
            credential(written(changed)).secret()
    text = vault_of(settings).read("shop")
    assert text is not None
    vault_of(settings).write("shop", text.replace('"shop"', '"garage"'))
    with pytest.raises(NeedsPerson, match="of another app or server"):
        credential(settings).secret()
    vault_of(settings).write("shop", "{}")
    with pytest.raises(NeedsPerson, match="is damaged; run"):
        credential(settings).secret()
    assert not server.asked


def test_a_clock_that_was_wrong_does_not_keep_an_old_token(settings: Settings, server: TokenServer) -> None:
    """One that is good for years was written under a clock that ran ahead."""
    vault = vault_of(settings)
    text = vault.read("shop")
    assert text is not None
    vault.write("shop", text.replace(str(datetime.now(UTC).year), "2199", 1))
    assert credential(settings).secret()[1] in server.access
    assert server.count("refresh_token") == 1


def test_threads_at_once_renew_it_once(settings: Settings, server: TokenServer) -> None:
    """All of them get the new one."""
    expire(settings)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: credential(settings).secret()[1], range(8)))
    assert found <= server.access.keys()
    assert (len(found), server.count("refresh_token")) == (1, 1)


def begun(tmp_path: Path) -> subprocess.Popen[str]:
    """A bot of its own that will ask for a token when a line comes."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", ASK], cwd=tmp_path, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_at_once_renew_it_once(settings: Settings, server: TokenServer, tmp_path: Path) -> None:
    """Whoever is second takes what the first has got; no secret is in what they log or in the process list."""
    expire(settings)
    old = set(server.refresh)
    processes = [begun(tmp_path) for _ in range(3)]
    lists = b"".join(Path(f"/proc/{process.pid}/cmdline").read_bytes() for process in processes)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in processes]
    found = {out.strip() for out, _ in ended}
    assert found <= server.access.keys()
    assert (len(found), server.count("refresh_token")) == (1, 1)
    said = "".join(errors for _, errors in ended) + lists.decode()
    assert not [each for each in (*found, *old, *server.refresh) if each in said]


@pytest.mark.parametrize("grace", [True, False])
def test_a_kill_between_rotating_and_storing(
    settings: Settings, server: TokenServer, tmp_path: Path, *, grace: bool
) -> None:
    """Where the old token is good until the new one is used, nothing is lost; where it is not, the person is told."""
    server.grace = grace
    expire(settings)
    server.faults.append(Fault(late=True))
    process = begun(tmp_path)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    while not server.count("refresh_token"):
        assert process.poll() is None
        time.sleep(0.01)
    with server.lock:
        process.kill()
    process.communicate()
    if grace:
        assert credential(settings).secret()[1] in server.access
        assert credential(settings).secret()[1] in server.access
    else:
        with pytest.raises(NeedsPerson, match=r"has ended.*run `leadbot login shop`"):
            credential(settings).secret()


def test_nothing_is_rotated_that_cannot_be_kept(
    settings: Settings, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the login server is not asked; one that fills just then loses nothing either."""
    expire(settings)
    running = credential(settings)
    true = SealedVault.write
    room = iter([False, True, False, False])  # for each attempt to write

    def write(self: SealedVault, mailbox: str, text: str) -> None:
        if not next(room, True):
            raise RetryLater(f"{mailbox}: its login cannot be stored (No space left on device)")
        true(self, mailbox, text)

    monkeypatch.setattr(SealedVault, "write", write)
    with pytest.raises(RetryLater, match="No space left"):
        running.secret()
    assert not server.asked
    for _ in range(2):
        with pytest.raises(RetryLater, match="No space left"):
            running.secret()
    assert running.secret()[1] in server.access
    assert server.count("refresh_token") == 1
    assert credential(settings).secret() == running.secret()
