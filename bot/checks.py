"""What the bot needs to work, one function a thing; `/readyz` and `leadbot doctor` share them. None of them raises."""

from __future__ import annotations

import socket
from collections.abc import Collection

from bot import folder
from bot.bootstrap import Store, open_embedder, open_store
from bot.circuits import SERVICES, standing
from bot.health import Check
from bot.settings import Settings
from enrichment.adapters.pressure import MB, Reading, free_bytes
from enrichment.adapters.store.circuits import OPEN, Circuit
from enrichment.errors import LeadbotError, StartupError
from enrichment.ports import Index


def store(opened: Store) -> Check:
    """Whether the database answers."""
    try:
        count = opened.book.count_open()
    except LeadbotError as error:
        return Check(name="database", state="failed", detail=str(error), advice="messages are refused until it is back")
    return Check(name="database", state="ok", detail=f"{opened.engine.dialect.name}, {count} open leads")


def ledger(opened: Store) -> Check:
    """Whether every message is in one state, and every lead's message has its lead."""
    try:
        channels, leads = opened.ledger.by_channel(), opened.ledger.leads()
    except LeadbotError as error:
        return Check(name="ledger", state="failed", detail=str(error), advice="see the database")
    wrong = sorted(name for name, channel in channels.items() if not channel.balanced)
    wrong += [] if leads.balanced else ["leads"]
    if wrong:
        told = f"the books of {', '.join(wrong)} do not balance"
        return Check(name="ledger", state="failed", detail=told, advice="`leadbot status` shows the counts")
    received = sum(channel.received for channel in channels.values())
    return Check(name="ledger", state="ok", detail=f"{received} messages, each in one state")


def index(opened: Index) -> Check:
    """Whether the vector index answers."""
    try:
        return Check(name="index", state="ok", detail=f"{opened.count()} leads")
    except LeadbotError as error:
        return Check(
            name="index",
            state="failed",
            detail=str(error),
            advice="leads are shown without similar ones until it is back",
        )


def mail(name: str, *, listening: bool, address: str, trouble: str = "") -> Check:
    """Whether a server takes mail. trouble: why it could not store what came last."""
    if trouble:
        advice = "senders try again; see what holds the database up"
        return Check(name=name, state="failed", detail=f"senders are put off: {trouble}"[:300], advice=advice)
    if listening:
        return Check(name=name, state="ok", detail=f"takes mail on {address}")
    return Check(name=name, state="failed", detail="takes no mail", advice="restart the bot")


ROOM = {
    "disk": "make room on the disk; mail is taken again by itself, and senders try again for days",
    "folder": "see that LEADBOT_DATA_DIR is there and readable",
    "waiting": "`leadbot status` shows what is slow; mail is taken again by itself",
}


def intake(reading: Reading) -> Check:
    """Whether there is room for new messages."""
    if reading.cause is not None:
        return Check(name="intake", state="failed", detail=f"452: {reading.paused}", advice=ROOM[reading.cause])
    free = "" if reading.free_bytes is None else f", {reading.free_bytes / MB:.0f} MB free"
    return Check(name="intake", state="ok", detail=f"{reading.waiting} in progress{free}")


def slack(*, connected: bool, trouble: str) -> Check:
    """Whether Slack, or the workspace in its place, can reach us."""
    if connected:
        return Check(name="slack", state="ok", detail="connected")
    return Check(
        name="slack", state="failed", detail=trouble or "the connection is down", advice="cards follow when it is back"
    )


def data_folder(settings: Settings) -> Check:
    """Whether the data folder can be written, and who works on it."""
    try:
        folder.prepare(settings.data_dir)
    except StartupError as error:
        return Check(name="data folder", state="failed", detail=str(error), advice="see above")
    free = free_bytes(settings.data_dir)
    running = "a bot is running on it" if folder.is_locked(settings.data_dir) else "no bot is running on it"
    told = f"{settings.data_dir}, {free / 1000 / MB:.1f} GB free, {running}"
    if free < settings.min_free_bytes:
        advice = f"make room: mail is answered 452 below LEADBOT_MIN_FREE_DISK={settings.min_free_disk}"
        return Check(name="data folder", state="failed", detail=told, advice=advice)
    return Check(name="data folder", state="ok", detail=told)


def database(settings: Settings) -> Check:
    """Whether the database can be opened."""
    try:
        opened = open_store(settings)
    except StartupError as error:
        return Check(name="database", state="failed", detail=str(error), advice="set LEADBOT_DATABASE_URL")
    try:
        return store(opened)
    finally:
        opened.engine.dispose()


def circuits(settings: Settings, used: Collection[str]) -> list[Check]:
    """The services that a bot on this data folder leaves alone, a check each; one that all are well."""
    try:
        store = open_store(settings)
    except StartupError:
        return []  # the database's own check tells
    try:
        now = store.clock.now()
        away = [circuit for circuit in standing(store.circuits, used, now) if circuit.state == OPEN]
    except LeadbotError as error:
        return [Check(name="circuits", state="failed", detail=str(error), advice="try again in a minute")]
    finally:
        store.engine.dispose()
    if not away:
        return [Check(name="circuits", state="ok", detail="no service is being left alone")]
    running = folder.is_locked(settings.data_dir)
    return [_circuit(circuit, running=running) for circuit in away]


def _circuit(circuit: Circuit, *, running: bool) -> Check:
    name = SERVICES[circuit.name].name
    detail = f"{name} has not worked since {circuit.since:%Y-%m-%d %H:%M} UTC: {circuit.error}"
    if running:
        advice = "mend the cause; the bot tries again every minute or sooner"
        return Check(name="circuits", state="failed", detail=detail, advice=advice)
    return Check(name="circuits", state="off", detail=f"{detail} (when the bot last ran)", advice="`leadbot run` tries again at once")  # fmt: skip  # noqa: E501


def model(settings: Settings) -> Check:
    """Whether the embedding model is there and whole."""
    try:
        embedder = open_embedder(settings)
    except StartupError as error:
        return Check(name="model", state="failed", detail=str(error), advice="run `make model`")
    return Check(name="model", state="ok", detail=f"{embedder.name}, {embedder.dimension} dimensions")


def port(name: str, host: str, number: int, variable: str, *, expected: bool = True) -> Check:
    """Whether a port of ours is free, or answered. expected: whether something of ours may be answering there now."""
    if number == 0:
        return Check(name=name, state="ok", detail="takes a free port")
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.settimeout(2.0)
            answers = probe.connect_ex((host, number)) == 0
    except (OSError, UnicodeError) as error:
        return Check(name=name, state="failed", detail=f"{host} cannot be used ({error})", advice="set another host")
    if answers and not expected:
        return Check(name=name, state="failed", detail=f"{host}:{number} is in use by another program", advice=f"stop it, or change the port with {variable}")  # fmt: skip  # noqa: E501
    if answers:
        return Check(name=name, state="ok", detail=f"{host}:{number} answers")
    return Check(name=name, state="off", detail=f"nothing answers on {host}:{number}", advice=f"`leadbot run` opens it; change it with {variable}")  # fmt: skip  # noqa: E501
