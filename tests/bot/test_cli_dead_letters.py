"""`leadbot dead-letters` as people and scripts use it, without a running bot."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import cli
from bot.dead_letters import whoever
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.migrate import upgrade
from tests.enrichment.parts import Parts, SetClock, raw

Run = Callable[..., tuple[int, str, str]]
MAIL = b"From: Jo <jo@example.com>\r\nSubject: Brakes\x1b[2J\r\n\r\nThey grind.\r\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Parts]:
    """The store that the command line opens."""
    (tmp_path / "data").mkdir()
    engine = make_engine(f"sqlite:///{tmp_path}/data/leadbot.db")
    upgrade(engine)
    yield Parts(Database(engine), SetClock())
    engine.dispose()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `leadbot <arguments>` in this process: (exit status, stdout, stderr)."""
    monkeypatch.setenv("LEADBOT_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["leadbot", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def states(house: Parts) -> dict[str, int]:
    """The states that there are, by a ledger in balance."""
    (channel,) = house.ledger.by_channel().values()
    assert channel.balanced
    return {state: count for state, count in channel.states.items() if count}


def noted(house: Parts) -> list[tuple[str, str, int | None]]:
    """(actor, action, message) of every event."""
    with house.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.text("SELECT actor, action, message_id FROM events"))]


@pytest.mark.usefixtures("house")
def test_an_empty_house_says_so(run: Run) -> None:
    """With --json there is simply no line."""
    for arguments in (("dead-letters",), ("dead-letters", "list"), ("dead-letters", "retry", "--all")):
        assert run(*arguments)[:2] == (0, "no message is set aside\n")
        assert run(*arguments, "--json")[:2] == (0, "")
    assert run("dead-letters", "discard", "--all")[:2] == (0, "no message is set aside\n")


def test_list_is_what_it_does_by_itself(run: Run, house: Parts) -> None:
    """A line a message, newest first; one JSON object a line with the names that scripts rely on."""
    first, second = house.quarantine(MAIL), house.quarantine(error="bang", mail_from="ann@example.com")
    code, out, _ = run("dead-letters")
    assert (code, run("dead-letters", "list")[1]) == (0, out)
    assert out.splitlines() == [
        f"{second:>6}  2026-11-20 09:00  smtp  a***@example.com: failed in parse, attempt 3: bang",
        f"{first:>6}  2026-11-20 09:00  smtp  j***@example.com “Brakes[2J”: failed in parse, attempt 3: boom",
        "`leadbot dead-letters show ID` shows one",
    ]
    code, out, _ = run("dead-letters", "--json")
    assert (code, run("dead-letters", "list", "--json")[1]) == (0, out)
    found = [json.loads(line) for line in out.splitlines()]
    assert [letter["id"] for letter in found] == [second, first]
    wanted = {"id", "channel", "received_at", "set_aside_at", "stage", "error", "attempts", "sender", "subject", "size"}
    assert wanted <= found[0].keys()
    assert "jo@example.com" not in out
    assert noted(house) == []


def test_show_prints_one_safely_and_is_written_down(run: Run, house: Parts) -> None:
    """For people and for scripts."""
    message = house.quarantine(MAIL)
    code, out, _ = run("dead-letters", "show", str(message))
    assert code == 0
    assert "\x1b" not in out
    assert "From: Jo <jo@example.com>\nSubject: Brakes[2J\n\nThey grind." in out
    found = json.loads(run("dead-letters", "show", "--json", str(message))[1])
    assert (found["text"].strip(), found["trouble"], found["attempts"]) == ("They grind.", "", 3)
    assert noted(house) == [(whoever(), "shown", message)] * 2
    code, out, err = run("dead-letters", "show", "99")
    assert (code, out) == (1, "")
    assert err == "leadbot: message 99 is not set aside; `leadbot dead-letters` lists those that are\n"


def test_retry_says_what_it_did_and_what_not(run: Run, house: Parts) -> None:
    """By number, several at once; what was not done is an error."""
    first, second, third = (house.quarantine() for _ in range(3))
    code, out, err = run("dead-letters", "retry", str(first), str(second), "99")
    assert (code, err) == (1, "leadbot: there is no message 99\n")
    assert out.splitlines() == [f"message {m} will be tried again when the bot runs" for m in (first, second)]
    assert states(house) == {"in_progress": 2, "quarantined": 1}
    code, out, _ = run("dead-letters", "retry", "--all", "--json")
    assert (code, json.loads(out)) == (0, {"id": third, "done": True})
    code, out, err = run("dead-letters", "retry", "--json", str(third))
    assert (code, err) == (1, f"leadbot: message {third} is not set aside: it is in progress\n")
    assert json.loads(out) == {
        "id": third,
        "done": False,
        "why": f"message {third} is not set aside: it is in progress",
    }
    assert noted(house) == [(whoever(), "retried", message) for message in (first, second, third)]


def test_discard_asks_only_before_all(run: Run, house: Parts) -> None:
    """One by number goes at once; all go after a yes, or with --yes; whoever does not answer keeps them."""
    first, *others = (house.quarantine() for _ in range(3))
    assert run("dead-letters", "discard", str(first))[:2] == (0, f"message {first} is discarded\n")
    for answer in ("n\n", "\n", ""):
        code, out, err = run("dead-letters", "discard", "--all", stdin=answer)
        assert (code, out.strip()) == (1, "")  # the prompt's last space is printed by readline
        assert "Discard 2 messages for good?" in err
    assert states(house) == {"discarded": 1, "quarantined": 2}
    assert run("dead-letters", "discard", "--all", stdin="y\n")[0] == 0
    late = house.quarantine()
    assert run("dead-letters", "discard", "--all", "--yes")[:2] == (0, f"message {late} is discarded\n")
    assert states(house) == {"discarded": 4}
    assert [event[1:] for event in noted(house)] == [("discarded", message) for message in (first, *others, late)]


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    "arguments",
    [("retry",), ("discard",), ("retry", "1", "--all"), ("show",), ("show", "x"), ("show", "0"), ("retry", "-1"),
     ("discard", str(2**63)), ("frobnicate",)],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    """Nothing is done by half."""
    code, out, err = run("dead-letters", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_many_refusals_are_one_short_line(run: Run, house: Parts) -> None:
    """However many there are."""
    house.accept()
    code, _, err = run("dead-letters", "retry", *(str(number) for number in range(50, 80)))
    assert (code, len(err.splitlines())) == (1, 1)
    assert err.endswith("there is no message 54; and 25 more\n")


def test_export_is_written_down(run: Run, house: Parts, tmp_path: Path) -> None:
    """Who took the leads out of the house, and which."""
    house.lead()
    assert run("export", str(tmp_path / "leads.csv"), "--all")[0] == 0
    with house.engine.begin() as connection:
        rows = connection.execute(sa.text("SELECT actor, detail FROM events WHERE action = 'exported'")).all()
    assert [(actor, json.loads(detail)) for actor, detail in rows] == [(whoever(), {"all": True, "samples": False})]


def test_leads_that_are_listed_are_written_down(run: Run, house: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their numbers, or of many how many they were; an empty list is nobody's business."""
    assert run("leads", "--json")[0] == 0
    assert noted(house) == []
    first, second = house.lead(urgency=90), house.lead("bo@example.com")
    assert run("leads")[0] == 0
    monkeypatch.setattr("bot.cli_leads.NAMED", 1)
    assert run("leads", "--json", "--all")[0] == 0
    with house.engine.begin() as connection:
        rows = connection.execute(sa.text("SELECT actor, detail FROM events WHERE action = 'shown'")).all()
    assert [(actor, json.loads(detail)) for actor, detail in rows] == [
        (whoever(), {"by": "leads", "leads": [first, second]}),
        (whoever(), {"by": "leads", "count": 2}),
    ]


def test_status_of_books_that_do_not_balance_is_an_error(run: Run, house: Parts) -> None:
    """Its exit status says so to a script, its words to a person."""
    house.lead()
    assert run("status")[0] == 0
    with house.engine.begin() as connection:
        connection.execute(sa.text("UPDATE messages SET state = 'nowhere'"))
    code, out, _ = run("status")
    assert (code, "ERROR smtp: the states do not add up" in out) == (1, True)
    code, out, _ = run("status", "--json")
    assert (code, json.loads(out)["balanced"]) == (1, False)


def test_thousands_are_settled(run: Run, house: Parts) -> None:
    """In pieces, each message once."""
    for _ in range(6):
        house.messages.accept_many([raw(f"mail {next(house.numbers)}".encode(), house.clock) for _ in range(500)])
    with house.engine.begin() as connection:
        connection.execute(sa.text("UPDATE messages SET state = 'quarantined', attempt = 3, dispatched_attempt = 3"))
    assert len(run("dead-letters", "list")[1].splitlines()) == 3001
    code, out, _ = run("dead-letters", "retry", "--all")
    assert (code, len(out.splitlines())) == (0, 3000)
    assert states(house) == {"in_progress": 3000}
