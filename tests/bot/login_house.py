"""What the tests of logins share: a mailbox in leadbot.toml, and its credential."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.login import credential_of
from bot.settings import Settings, load
from channels.mail.imap_session import Credential

TABLE = """
[[mailbox]]
name = "shop"
host = "127.0.0.1"
user = "leads@shop.example"
"""


def move_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in this folder, with an empty data folder in it."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LEADBOT_DATA_DIR", str(folder / "data"))
    (folder / "data").mkdir(mode=0o700)


def written(lines: str) -> Settings:
    """The settings of a leadbot.toml with this in its [[mailbox]] table."""
    Path("leadbot.toml").write_text(TABLE + lines)
    return load()


def credential(settings: Settings) -> Credential:
    """The mailbox's, as a process that has just begun has it."""
    return credential_of(settings.mailboxes[0], settings)
