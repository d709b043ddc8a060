"""[[mailbox]] tables: what is made of them, what a provider's name saves, what mistakes are told."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from bot import doctor, mail_providers
from bot.bootstrap import Store, build_core, open_index
from bot.mailboxes import MailboxTable
from bot.settings import Settings, load, variable
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.errors import StartupError
from enrichment.stages.business import Businesses
from tests.enrichment.parts import Parts

SHOP = """
[[mailbox]]
name = "shop"
host = "imap.shop.example"
user = "Sales@Shop.example"
password_env = "SHOP_PASSWORD"
"""
BUSINESSES = """
[[business]]
name = "Garage"
recipients = ["service@garage.example"]

[[business]]
name = "Glow"
recipients = ["hello@spa.example", "ask@spa.example"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        known = {variable(n, f) for n, f in Settings.model_fields.items()}
        if name.startswith("LEADBOT_") or name.removesuffix("_FILE") in known:
            monkeypatch.delenv(name)
    return tmp_path


def one(text: str) -> MailboxTable:
    """The only mailbox of this leadbot.toml."""
    Path("leadbot.toml").write_text(text)
    (found,) = load().mailboxes
    return found


def told(text: str) -> str:
    """The line that a start with this leadbot.toml ends in."""
    Path("leadbot.toml").write_text(text)
    with pytest.raises(StartupError) as caught:
        load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_mailbox_is_the_default() -> None:
    """Nothing is polled."""
    assert load().mailboxes == ()


def test_the_least_that_is_needed() -> None:
    """A name, a server, a user, where the password is; the rest is the careful choice."""
    table = one(SHOP)
    assert (table.port, table.tls, table.login) == (993, "tls", "password")
    assert (table.folders, table.junk, table.after, table.interval) == (("INBOX",), (), "leave", 60.0)
    assert (table.business, table.address) == ("general", "sales@shop.example")
    assert table.secret_place == "the variable SHOP_PASSWORD"


def test_what_a_poll_needs(folder: Path) -> None:
    """Everything of the table, the business's addresses and the largest mail."""
    (folder / "leadbot.toml").write_text(
        f"smtp_max_bytes = 100000\n{BUSINESSES}{SHOP}"
        'business = "glow"\ntls = "starttls"\nfolders = ["inbox", "Leads/Neu"]\njunk = "Spam"\nafter = "move"\n'
        'move_to = "Done"\ninterval = 5\nca_file = "ca.pem"\n'
    )
    mailbox = load().mailboxes[0].mailbox()
    assert (mailbox.name, mailbox.host, mailbox.port, mailbox.security) == (
        "shop", "imap.shop.example", 143, "starttls",
    )  # fmt: skip
    assert (mailbox.folders, mailbox.junk) == (("INBOX", "Leads/Neu"), ("Spam",))
    assert (mailbox.after, mailbox.move_to, mailbox.interval) == ("move", "Done", 5.0)
    assert mailbox.recipients == ("hello@spa.example", "ask@spa.example", "sales@shop.example")
    assert (mailbox.largest, mailbox.ca_file) == (100_000, Path("ca.pem"))


def test_without_a_business_mail_is_sorted_by_its_address() -> None:
    """With several businesses To and Cc decide, so that none but the mailbox's own address is claimed."""
    table = one(BUSINESSES + SHOP)
    assert (table.business, table.mailbox().recipients) == ("", ("sales@shop.example",))


def test_user_that_is_no_address_is_no_recipient() -> None:
    """Nor is it ours: a customer may be called so."""
    table = one(SHOP.replace("Sales@Shop.example", "sales"))
    assert (table.address, table.mailbox().recipients) == ("", ("leads@localhost",))


def test_mailbox_s_address_is_ours() -> None:
    """What it sends is known as our own answer; SMTP takes no mail for it."""
    one(SHOP)
    settings = load()
    own = Businesses(settings.businesses, (table.address for table in settings.mailboxes)).own
    assert own.owns("sales+7@shop.example")
    assert own.owns("leads@localhost")
    assert settings.all_recipients == ("leads@localhost",)


@pytest.mark.parametrize("name", list(mail_providers.providers()))
def test_provider_s_name_is_enough(name: str) -> None:
    """Server, port, TLS and login are known."""
    provider = mail_providers.providers()[name]
    access = 'password_env = "P"' if provider.login == "password" else 'client_id = "c"'
    table = one(f'[[mailbox]]\nname = "a"\nprovider = "{name}"\nuser = "a@own.example"\n{access}\n')
    assert (table.host, table.port, table.tls, table.login) == (provider.host, 993, "tls", provider.login)
    assert table.known_provider is provider
    for host in provider.hosts:
        assert mail_providers.of_host(host.upper()) is provider


@pytest.mark.parametrize(
    ("user", "host"),
    [("jo@gmail.com", "imap.gmail.com"), ("jo@GMX.com", "imap.gmx.com"), ("jo@gmx.de", "imap.gmx.net")],
)
def test_provider_is_known_by_the_address(user: str, host: str) -> None:
    """Where neither host nor provider is named."""
    assert one(f'[[mailbox]]\nname = "a"\nuser = "{user}"\npassword_env = "P"\n').host == host


def test_table_wins_over_its_provider() -> None:
    """Also over what follows from the host's name."""
    app = 'login = "google"\nclient_id = "c"\nclient_secret_env = "S"\n'
    table = one(f'[[mailbox]]\nname = "a"\nhost = "imap.gmail.com"\nport = 1993\nuser = "a@b.example"\n{app}')
    assert (table.login, table.port) == ("google", 1993)


LINE = "[[mailbox]] number 1: "
APP = '[[mailbox]]\nname = "a"\nprovider = "microsoft"\nuser = "a@b.example"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SHOP + 'colour = "red"', "there is no key 'colour'; the keys are name, business, provider, host,"),
        (SHOP.replace('user = "Sales@Shop.example"', ""), "user is missing; name, user and a host or provider are"),
        (SHOP.replace('host = "imap.shop.example"', ""), "host is missing; or provider, one of gmail, microsoft,"),
        (SHOP + 'provider = "hotmial"', "provider: there is no 'hotmial'; name one of gmail, microsoft,"),
        (SHOP.replace("imap.shop", "imaps://imap.shop"), "host: should be the name of a server, such as"),
        (SHOP.replace("shop.example", "shop.example:993", 1), "host: should be the name of a server, such as"),
        (SHOP + "port = 0", "port: Input should be greater than or equal to 1"),
        (SHOP + "tls = true", "tls: Input should be 'tls', 'starttls' or 'none'"),
        (SHOP + 'tls = "none"', 'tls = "none" would send password and mail readable to everybody;'),
        (SHOP + 'login = "oauth"', "login: Input should be 'password', 'google', 'microsoft' or 'microsoft-app'"),
        (SHOP + 'password_file = "f"', "password_env (the name of a variable) or password_file"),
        (SHOP.replace('password_env = "SHOP_PASSWORD"', ""), "password_env (the name of a variable) or password_file"),
        (SHOP.replace("SHOP_PASSWORD", "hunter 2!"), "password_env: should be the name of an environment variable"),
        (SHOP + "folders = []", "folders: should name a folder"),
        (SHOP + 'folders = [""]', "folders: should be names of folders, such as"),
        (SHOP + 'folders = ["a\\u0000b"]', "folders: should be a folder's name of up to 1000 printable"),
        (SHOP + f"folders = {[str(n) for n in range(51)]}", "folders: should be at most 50 folders"),
        (SHOP + 'after = "delete"', "after: Input should be 'leave', 'seen' or 'move'"),
        (SHOP + 'after = "move"', 'after = "move" needs move_to, the folder that stored mail is moved to'),
        (SHOP + 'move_to = "Done"', 'move_to is only used with after = "move"; write that too'),
        (SHOP + 'after = "move"\nmove_to = "inbox"', "move_to is a folder that is read; name another one"),
        (SHOP + "interval = 0.5", "interval: Input should be greater than or equal to 1"),
        (SHOP.replace('"shop"', '"--help"'), "name: should be one word of up to 64 letters"),
        (SHOP.replace('"shop"', '"My shop"'), "name: should be one word of up to 64 letters"),
        (SHOP + 'token_url = "http://login.example/"', "token_url: should be an https:// address"),
        (APP, 'login = "microsoft" needs the client_id of the app that you registered'),
        (APP + 'password_env = "P"', 'login = "microsoft" uses no password; remove password_env, or write login ='),
        (APP + 'client_id = "c"\nlogin = "microsoft-app"', 'login = "microsoft-app" needs client_secret_env or client'),
        (
            APP + 'client_id = "c"\nlogin = "microsoft-app"\nclient_secret_env = "S"',
            'login = "microsoft-app" needs the tenant',
        ),
        (APP + 'client_id = "c"\nclient_secret_env = "A"\nclient_secret_file = "b"', "name one of client_secret_env"),
    ],
)  # fmt: skip
def test_mistake_in_a_key_is_told_in_one_line(text: str, line: str) -> None:
    """Which table, which key, what to do."""
    assert told(text).startswith(LINE + line)


@pytest.mark.parametrize(
    ("key", "kind"), [("password", "password"), ("client_secret", "client_secret"), ("token", "password")]
)
def test_secret_in_the_file_is_refused_and_not_repeated(key: str, kind: str) -> None:
    """It says where it belongs, also where other keys are wrong, and never shows it."""
    line = told(SHOP + f'colour = "red"\n{key} = "hunter2"')
    assert line == (
        f"{LINE}{key} does not belong in leadbot.toml; write {kind}_env with the name of a variable, "
        f"or {kind}_file with the path of a file, that holds it"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SHOP + SHOP.replace('"shop"', '"Shop"'), "[[mailbox]]: two mailboxes have the name shop: shop and Shop;"),
        (
            SHOP + SHOP.replace('"shop"', '"b"'),
            "[[mailbox]]: two mailboxes read the folder INBOX of sales@shop.example at imap.shop.example:993: shop",
        ),
        ("[mailbox]\nname = 'a'", "mailbox in leadbot.toml should be [[mailbox]] tables, in double brackets"),
        ("mailbox = 'a'", "mailbox in leadbot.toml should be [[mailbox]] tables"),
        ("[[mailbox]]\n" * 501, "[[mailbox]]: at most 500 mailboxes"),
        (SHOP + 'business = "Bakery"', "[[mailbox]] shop: there is no business 'Bakery'; name one of general"),
        (BUSINESSES + SHOP + 'business = "x"', "[[mailbox]] shop: there is no business 'x'; name one of Garage, Glow"),
    ],
)
def test_mistake_between_tables_is_told_in_one_line(text: str, line: str) -> None:
    """Names, folders and businesses must fit together."""
    assert told(text).startswith(line)


def test_loopback_may_do_without_tls() -> None:
    """A mail server on this machine, or a bridge to one."""
    table = one(SHOP.replace("imap.shop.example", "127.0.0.1") + 'tls = "none"\nport = 1143')
    assert (table.tls, table.port) == ("none", 1143)
    assert one(SHOP.replace("imap.shop.example", "[::1]") + 'tls = "none"').port == 143


def test_running_bot_knows_its_mailboxes(folder: Path, embedder: OnnxEmbedder, parts: Parts) -> None:
    """What the pipeline takes for ours holds their addresses."""
    (folder / "leadbot.toml").write_text(SHOP)
    settings = load()
    settings.data_dir.mkdir()
    store = Store(parts.database, parts.clock, parts.messages, parts.book, parts.views, parts.ledger)
    with closing(open_index(settings, embedder)) as index:
        assert build_core(settings, store, embedder, index).pipeline.businesses.own.owns("sales@shop.example")


def test_doctor_knows_the_tables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the tables nor the variables that they name are unknown settings, whatever these are called."""
    (folder / "leadbot.toml").write_text(SHOP.replace("SHOP_PASSWORD", "LEADBOT_SHOP"))
    monkeypatch.setenv("LEADBOT_SHOP", "hunter2")
    assert doctor._unknown(load()) == []
    assert "hunter2" not in "\n".join(doctor.origins(load()))
