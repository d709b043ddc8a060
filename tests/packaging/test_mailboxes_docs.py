"""docs/mailboxes.md is true: its examples load, its tables are the code's, its links and commands exist."""

from __future__ import annotations

import os
import re
import textwrap
from pathlib import Path

import pytest
from typer.main import get_command

from bot import mail_providers
from bot.cli import app
from bot.mailboxes import MailboxTable
from bot.settings import Settings, load, variable
from tests.packaging.documents import ROOT, Page

PAGE = Page("mailboxes.md")
# Also those within a numbered list, which stand further in.
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"(?:(?:^ {4,}\S.*|^)\n)+", PAGE.text, re.MULTILINE)]
TABLES = [block for block in BLOCKS if "[[mailbox]]" in block]


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of a section's table by their first cell, without its marks."""
    cells = [line.strip("|").split("|") for line in PAGE.section(heading).splitlines() if line.startswith("| ")]
    return {first.strip(' `"'): [cell.strip() for cell in rest] for first, *rest in cells[1:]}


def test_there_are_examples() -> None:
    """Gmail twice, Microsoft twice, a provider by its name, a server, several businesses."""
    assert len(TABLES) == 7


@pytest.mark.parametrize("example", TABLES)
def test_example_can_be_pasted(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into leadbot.toml, as it stands."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.removesuffix("_FILE") in {variable(n, f) for n, f in Settings.model_fields.items()}:
            monkeypatch.delenv(name)
    (tmp_path / "leadbot.toml").write_text(example)
    (table,) = load().mailboxes
    assert table.name in {"shop", "garage"}
    assert (table.after, table.tls) == ("leave", "tls")


def test_every_key_is_told() -> None:
    """Those that there are and no others, with their defaults."""
    told = rows("All keys")
    fields = MailboxTable.model_fields
    assert list(told) == list(fields)
    assert {name for name, (default, _) in told.items() if default == "needed"} == {"name", "user"}
    for name in ("interval", "after"):
        assert told[name][0].strip('`"') == f"{fields[name].default:g}" if name == "interval" else fields[name].default
    assert fields["folders"].default == ("INBOX",)


def test_every_provider_is_told() -> None:
    """In the list of keys; the small ones in a table of theirs."""
    providers = set(mail_providers.providers())
    assert set(re.findall(r"`([^`]+)`", rows("All keys")["provider"][1])) == providers
    small = {cells[0].strip("`") for cells in rows("Other well-known providers").values()}
    assert small == providers - {"gmail", "microsoft"}


def test_what_after_means_is_told() -> None:
    """Every value."""
    assert set(rows("What is done with a mail")) == {"leave", "seen", "move"}


def test_its_links_settings_and_commands_exist() -> None:
    """Headings and pages; LEADBOT_ names; `leadbot` commands, and all options of the one with many."""
    headings = {re.sub(r"\W+", "-", line.lower()) for line in re.findall(r"^#+ (.*)$", PAGE.text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE.text)) <= headings
    pages = re.findall(r"\]\(([a-z-]+\.md)\)", PAGE.text)
    assert all((ROOT / "docs" / page).is_file() for page in pages)
    named = set(re.findall(r"\bLEADBOT_\w+", PAGE.text))
    assert named <= {variable(name, field) for name, field in Settings.model_fields.items()}
    known = getattr(get_command(app), "commands", {})
    assert set(re.findall(r"(?:^    |`)leadbot ([a-z]+)", PAGE.text, re.MULTILINE)) <= set(known)
    options = {name for option in known["backfill"].params for name in option.opts if name.startswith("--")}
    assert {cell.split()[0] for cell in rows("Older mail")} == options


def test_its_file_is_where_a_bot_looks() -> None:
    """In the folder where it is started, in a container and under systemd."""
    (mount,) = re.findall(r"\./leadbot\.toml:(/\S+)/leadbot\.toml:ro", PAGE.text)
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^WORKDIR (\S+)$", image, re.MULTILINE)[-1] == mount
    unit = (ROOT / "docs" / "leadbot.service").read_text(encoding="utf-8")
    (folder,) = re.findall(r"^WorkingDirectory=(\S+)$", unit, re.MULTILINE)
    assert f"(`{folder}` under systemd)" in PAGE.text


def test_the_way_in_points_here() -> None:
    """docs/getting-mail-in.md has its steps nowhere else."""
    assert "(mailboxes.md)" in Page("getting-mail-in.md").section("From a mailbox by IMAP")
