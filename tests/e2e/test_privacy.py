"""A whole run at the most talkative level, with hostile mail: what customers wrote stays where it belongs."""

from __future__ import annotations

import base64
import quopri
import stat
from collections.abc import Callable, Iterator
from email.header import Header
from pathlib import Path

import httpx
import sqlalchemy as sa

from tests.servers.running_bot import RunningBot, form_mail, mail

TALKATIVE = str(Path(__file__).parent.parent / "faults" / "talkative.py")
# Words that stand in no program; each is looked for wherever it must not be.
ADDRESSES = ("zenobia.quirk@harrowgate.example", "o'malley+xyzzy@frobnitz.example", "wilhelmina@harrowgate.example")
NUMBERS = ("+1 303 555 0142", "(303) 555-0143", "3035550144")
DIGITS = ("3035550142", "3035550143", "3035550144")
WORDS = ("Zenobia", "Wilhelmina", "xyzzygrind", "frobnitz")


def _forms(text: str) -> Iterator[str]:
    """The text as mail and the web may write it."""
    yield text
    yield quopri.encodestring(text.encode(), header=True).decode()
    yield text.replace("@", "=40")
    yield text.replace("@", "%40")
    yield Header(text, "utf-8").encode().split("?")[3].rstrip("=")
    for shift in range(3):  # wherever it stands in a longer text
        coded = base64.b64encode(b"x" * shift + text.encode()).decode().rstrip("=")
        yield coded[4 if shift else 0 : -1]


def _sent(bot: RunningBot) -> None:
    zenobia, malley, wilhelmina = ADDRESSES
    words = f"My xyzzygrind brakes fail, please come today. Call {NUMBERS[0]} or {NUMBERS[1]}, or write to {malley}."
    bot.send(mail(f"Zenobia Quirk <{zenobia}>", f"Brakes of {zenobia}", words))
    bot.send(form_mail("Wilhelmina", wilhelmina, f"The xyzzygrind is back, call {NUMBERS[2]}"))
    coded = zenobia.replace("@", "=40")
    again = mail(f'"{malley}" <{malley}>', "Again", f"{coded} {NUMBERS[0]} {zenobia} FAIL-TO-PARSE")
    again["Reply-To"] = Header(f"Zenobia <{zenobia}>", "utf-8").encode()
    again["X-Broken"] = f"=?utf-8?b?{base64.b64encode(zenobia.encode()).decode()}?="
    bot.send(again)


def _used(bot: RunningBot) -> None:
    """Everything that people do, right and wrong."""
    bot.wait_for(lambda: bot.status()["states"]["quarantined"])
    bot.settled()
    bot.command(f"similar {ADDRESSES[0]} {NUMBERS[0]}")
    bot.command(f"frobnicate {ADDRESSES[1]}")
    bot.command("show L-1")
    bot.cli("similar", f"xyzzygrind {NUMBERS[2]}")
    assert "xyzzygrind" in bot.cli("leads", "--json").stdout
    number = bot.cli("dead-letters", "--json").stdout.split('"id": ')[1].split(",")[0]
    assert ADDRESSES[0] in bot.cli("dead-letters", "show", number).stdout
    with httpx.Client(transport=httpx.HTTPTransport(uds=f"{bot.folder}/data/leadbot.sock")) as door:
        assert door.post("http://leadbot/similar", json={"query": [ADDRESSES[0]]}).status_code == 422
        assert door.get(f"http://leadbot/{ADDRESSES[0]}?phone={NUMBERS[2]}").status_code == 404
    assert httpx.get(f"{bot.http}/{ADDRESSES[0]}?phone={NUMBERS[2]}").status_code == 404


def _logged(bot: RunningBot) -> str:
    logs = [bot.folder / "err.txt", bot.folder / "out.txt", *(bot.folder / "data").rglob("*.log")]
    return "\n".join(file.read_text(errors="replace") for file in logs)


def _of_dbos(file: Path) -> list[str]:
    """Every value in every table of DBOS, as text."""
    engine = sa.create_engine(f"sqlite:///{file}")
    ours = {"alembic_version", "sqlite_sequence"} | set(_own_tables())
    found: list[str] = []
    with engine.connect() as connection:
        for table in sa.inspect(engine).get_table_names():
            if table not in ours:
                rows = connection.execute(sa.text(f'SELECT * FROM "{table}"'))
                found += [v.decode("latin-1") if isinstance(v, bytes) else str(v) for row in rows for v in row]
    engine.dispose()
    return found


def _own_tables() -> list[str]:
    from enrichment.adapters.store.schema import metadata  # noqa: PLC0415 - beside its only use

    return list(metadata.tables)


def test_customers_words_are_in_no_log_and_not_in_dbos(fresh_bot: Callable[..., RunningBot]) -> None:
    """Addresses and numbers in no form in which mail writes them; ids alone go through the workflows; files are ours.

    The bot runs under an ordinary mask in a folder that was open to all.
    """
    bot = fresh_bot(LEADBOT_LOG_LEVEL="debug")
    data = bot.folder / "data"
    data.mkdir(mode=0o755)
    bot.start((TALKATIVE,))
    _sent(bot)
    _used(bot)
    modes = {str(path): path.stat().st_mode for path in (data, *data.rglob("*"))}
    assert [path for path, mode in modes.items() if mode & (stat.S_IRWXG | stat.S_IRWXO)] == []
    assert {"leadbot.db", "leadbot.db-wal", "leadbot.sock", "chroma", "workspace.log"} <= {Path(p).name for p in modes}
    assert bot.stop() == 0
    logged = _logged(bot)
    assert "message failed" in logged
    assert "an error that nobody caught" in logged
    assert "z***@harrowgate.example" in logged
    leaked = [form for secret in (*ADDRESSES, *NUMBERS, *DIGITS) for form in _forms(secret) if form in logged]
    assert leaked == []
    stored = _of_dbos(data / "leadbot.db")
    assert any(value.startswith("message:") for value in stored)
    secrets = [form for secret in (*ADDRESSES, *NUMBERS, *DIGITS, *WORDS) for form in _forms(secret)]
    assert [value for value in stored if any(form.casefold() in value.casefold() for form in secrets)] == []
