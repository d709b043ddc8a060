"""What the bot needs to work, one function a thing; `/readyz` and `leadbot doctor` share them. None of them raises."""

from __future__ import annotations

import os
import socket

from bot import folder
from bot.bootstrap import Store, open_embedder, open_store
from bot.health import Check
from bot.settings import Settings
from enrichment.errors import LeadbotError, StartupError
from enrichment.ports import Index


def store(opened: Store) -> Check:
    """Whether the database answers."""
    try:
        count = opened.book.count_open()
    except LeadbotError as error:
        return Check(name="database", state="failed", detail=str(error), advice="messages are refused until it is back")
    return Check(name="database", state="ok", detail=f"{opened.engine.dialect.name}, {count} open leads")


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


def mail(name: str, *, listening: bool, address: str) -> Check:
    """Whether a server takes mail."""
    if listening:
        return Check(name=name, state="ok", detail=f"takes mail on {address}")
    return Check(name=name, state="failed", detail="takes no mail", advice="restart the bot")


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
    usage = os.statvfs(settings.data_dir)
    free = usage.f_bavail * usage.f_frsize / 1e9
    running = "a bot is running on it" if folder.is_locked(settings.data_dir) else "no bot is running on it"
    return Check(name="data folder", state="ok", detail=f"{settings.data_dir}, {free:.1f} GB free, {running}")


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
