"""The command line as scripts use it: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli
from bot.bootstrap import open_store
from bot.settings import load

Run = Callable[..., tuple[int, str, str]]

MAIL = b"From: Jo Smith <jo@example.com>\r\nSubject: Brakes\r\nMessage-ID: <1@x>\r\n\r\nThey grind.\r\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `leadbot <arguments>` in this process on an empty data folder: (exit status, stdout, stderr)."""
    monkeypatch.setenv("LEADBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OLLAMA_BASE_URL", "off")

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["leadbot", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def test_analyze_says_how_urgent_and_why(run: Run) -> None:
    """The JSON has the names that scripts rely on."""
    code, out, _ = run("analyze", "--json", "URGENT: our basement is flooding, please come now")
    found = json.loads(out)
    assert code == 0
    assert (found["urgency_label"], found["urgency"] >= 70) == ("hot", True)
    assert {"intent", "evidence", "method"} <= found.keys()


def test_analyze_reads_standard_input(run: Run) -> None:
    """`-` is standard input; no text at all is an error."""
    code, out, _ = run("analyze", "-", stdin=b"No rush, just browsing.")
    assert (code, out.split()[0]) == (0, "cold")
    code, out, err = run("analyze", "-", stdin=b" ")
    assert (code, out) == (1, "")
    assert err.startswith("leadbot: there is no text to look at")


def test_read_gives_one_object_a_message_in_order(run: Run, tmp_path: Path) -> None:
    """Files, folders and standard input, as they are named."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "b.eml").write_bytes(MAIL.replace(b"Brakes", b"B"))
    (folder / "a.eml").write_bytes(MAIL.replace(b"Brakes", b"A"))
    code, out, _ = run("read", "--json", "-", str(folder), stdin=MAIL)
    assert code == 0
    assert [json.loads(line)["subject"] for line in out.splitlines()] == ["Brakes", "A", "B"]
    assert "From: Jo Smith <jo@example.com>" in run("read", "-", stdin=MAIL)[1]


def test_a_file_that_cannot_be_read_is_told_in_its_place(run: Run, tmp_path: Path) -> None:
    """Scripts get an object for it too, of kind `unreadable`, and exit status 1; the others are read all the same."""
    (tmp_path / "empty.eml").touch()
    (tmp_path / "good.eml").write_bytes(MAIL)
    missing, empty, good = (str(tmp_path / name) for name in ("missing.eml", "empty.eml", "good.eml"))
    code, out, err = run("read", "--json", missing, empty, good)
    found = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (1, "")
    assert [(each["file"], each["kind"]) for each in found] == [
        (missing, "unreadable"),
        (empty, "unreadable"),
        (good, "lead"),
    ]
    assert found[0]["reasons"] == [f"{missing} cannot be read (No such file or directory)"]
    assert all(each.keys() == found[2].keys() for each in found)


def test_a_file_that_cannot_be_read_is_told_to_a_person(run: Run) -> None:
    """The page names the file and why."""
    code, out, _ = run("read", "nowhere.eml")
    assert (code, out.splitlines()[0]) == (1, "File: nowhere.eml")
    assert "nowhere.eml cannot be read" in out


def test_several_mails_on_standard_input(run: Run) -> None:
    """An mbox holds many; each has its number, and a page of each is told with the customer's words last."""
    mbox = b"".join(b"From jo@example.com Sat Nov 21 09:00:00 2026\n" + MAIL.replace(b"\r", b"") + b"\n" for _ in "12")
    code, out, _ = run("read", "--json", "-", stdin=mbox)
    assert (code, [json.loads(line)["file"] for line in out.splitlines()]) == (0, ["-#1", "-#2"])
    pages = run("read", "-", stdin=mbox)[1]
    assert pages.count("Kind: lead") == pages.count("\n\nThey grind.\n") == 2


def test_nothing_on_standard_input(run: Run) -> None:
    """One object that says so."""
    code, out, _ = run("read", "--json", "-", stdin=b"")
    assert (code, json.loads(out)["kind"]) == (1, "unreadable")


@pytest.mark.parametrize("arguments", [(), ("samples",), ("models",)])
def test_no_command_is_answered_with_what_there_is(run: Run, arguments: tuple[str, ...]) -> None:
    """The list on stdout, and still one line that says what was wrong."""
    code, out, err = run(*arguments)
    assert (code, err) == (2, "leadbot: a command is missing; `leadbot --help` lists what there is\n")
    assert "Usage: " in out


@pytest.mark.parametrize("arguments", [("frobnicate",), ("similar",), ("leads", "--frob"), ("run", "--roles", "cook")])
def test_wrong_usage_is_one_line_and_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    """It says what was wrong and where to look."""
    code, out, err = run(*arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "leadbot --help" in err


@pytest.mark.parametrize("command", ["leads", "status", "export"])
def test_a_wrong_folder_is_named_and_left_as_it_was(run: Run, tmp_path: Path, command: str) -> None:
    """Where no bot has ever run there is no answer, which would be a false one."""
    code, out, err = run(command)
    assert (code, out) == (1, "")
    assert "there is no database in" in err
    assert "LEADBOT_DATA_DIR" in err
    assert not list(tmp_path.rglob("leadbot.db"))


def test_an_empty_house_says_so(run: Run) -> None:
    """Nothing yet is no error; with --json there is simply no line."""
    open_store(load()).engine.dispose()
    assert run("leads")[:2] == (0, "no open leads\n")
    assert run("leads", "--json")[:2] == (0, "")
    assert json.loads(run("status", "--json")[1])["received"] == 0


def test_similar_without_a_bot_searches_by_itself(
    run: Run, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No bot is running: the stores are opened here; a lead that is not there is an error."""
    monkeypatch.setenv("LEADBOT_MODEL_DIR", str(model_folder))
    assert run("similar", "grinding brakes")[:2] == (0, "nothing like it\n")
    code, _, err = run("similar", "L-7")
    assert (code, err) == (1, "leadbot: there is no lead L-7\n")


def test_reindex_without_a_bot(run: Run, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty index is rebuilt from no leads."""
    monkeypatch.setenv("LEADBOT_MODEL_DIR", str(model_folder))
    code, out, _ = run("reindex")
    assert (code, out.splitlines()[-1]) == (0, "indexed 0 leads")
