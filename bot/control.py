"""The running bot's door for our own command line: a Unix socket in the data folder, for its owner alone.

Only one process may open the vector index, so a command beside a running bot asks it instead.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import httpx
from fastapi import Body, FastAPI, HTTPException
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool

from bot.health import Check
from bot.search import Hit, Search
from enrichment.adapters.store.dead_letters import AT_ONCE, Settled
from enrichment.adapters.store.events import LONGEST_ACTOR
from enrichment.errors import GiveUp, LeadbotError, RetryLater, StartupError
from enrichment.models import Model

T = TypeVar("T", bound=Model)

SOCKET = "leadbot.sock"
_LONGEST_PATH = 100
TIMEOUT = 60.0

Row = Annotated[int, Field(ge=1, lt=2**63)]
Ids = Annotated[list[Row], Body(max_length=AT_ONCE)]
Actor = Annotated[str, Body(max_length=LONGEST_ACTOR)]


class Hits(Model):
    """What a search found."""

    hits: tuple[Hit, ...]


class Reindexed(Model):
    """How many leads will be put into the index anew."""

    leads: int


class Told(Model):
    """What came of it, in words."""

    text: str


class SampleDoor(Protocol):
    """What the bot can do with its sample mails; each says in words what came of it. Raises GiveUp or RetryLater."""

    async def load(self) -> str:
        """Load them."""
        ...

    async def remove(self) -> str:
        """Take them away."""
        ...


class DeadLetterDoor(Protocol):
    """What the bot does with messages that were set aside. Raises RetryLater."""

    async def retry(self, message_ids: Sequence[int], actor: str) -> Settled:
        """Try them again."""
        ...

    async def discard(self, message_ids: Sequence[int], actor: str) -> Settled:
        """Throw them away."""
        ...


def create_app(
    search: Search,
    reindex_all: Callable[[], int],
    samples: SampleDoor,
    dead_letters: DeadLetterDoor,
    heartbeat: Callable[[], list[Check]] = list,
) -> FastAPI:
    """The application behind the socket."""
    app = FastAPI(title="Leadbot control", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/similar")
    async def similar(query: Annotated[str, Body(embed=True)]) -> Hits:  # the search cuts what is too long
        with _answered():
            return Hits(hits=tuple(await run_in_threadpool(search.similar, query)))

    @app.post("/reindex")
    async def reindex() -> Reindexed:
        return Reindexed(leads=await run_in_threadpool(reindex_all))

    @app.post("/samples/load")
    async def load_samples() -> Told:
        with _answered():
            return Told(text=await samples.load())

    @app.post("/samples/remove")
    async def remove_samples() -> Told:
        with _answered():
            return Told(text=await samples.remove())

    @app.post("/heartbeat")
    async def beat() -> Check:
        return next(iter(heartbeat()), Check(name="heartbeat", state="off", detail="the running bot has no URL for it"))

    _add_dead_letters(app, dead_letters)
    return app


def _add_dead_letters(app: FastAPI, dead_letters: DeadLetterDoor) -> None:
    @app.post("/dead-letters/retry")
    async def retry(ids: Ids, actor: Actor) -> Settled:
        with _answered():
            return await dead_letters.retry(ids, actor)

    @app.post("/dead-letters/discard")
    async def discard(ids: Ids, actor: Actor) -> Settled:
        with _answered():
            return await dead_letters.discard(ids, actor)


@contextlib.contextmanager
def _answered() -> Iterator[None]:
    """Send our errors as the statuses that `ask` knows."""
    try:
        yield
    except GiveUp as error:
        raise HTTPException(422, str(error)) from error
    except LeadbotError as error:
        raise HTTPException(503, str(error)) from error


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path as the kernel takes it: a socket's name may have some hundred bytes, a folder's many more."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def bind(folder: Path) -> socket.socket:
    """The listening socket, mode 0600; one left by a killed bot is replaced (the folder's lock is ours)."""
    path = folder / SOCKET
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _short(path) as name:
            listening.bind(name)
    except OSError as error:
        listening.close()
        raise StartupError(
            f"LEADBOT_DATA_DIR: no socket can be made in {folder} ({error.strerror or error}); "
            "set a folder on a local disk, e.g. LEADBOT_DATA_DIR=data"
        ) from error
    finally:
        os.umask(before)
    return listening


def ask(folder: Path, path: str, body: Mapping[str, Any], answer: type[T]) -> T:
    """Ask the bot that runs on this folder. Raises GiveUp with its words, RetryLater when it does not answer."""
    with _short(folder / SOCKET) as name:
        transport = httpx.HTTPTransport(uds=name)
        try:
            with httpx.Client(transport=transport, base_url="http://leadbot", timeout=TIMEOUT) as client:
                response = client.post(path, json=dict(body))
        except httpx.HTTPError as error:
            raise RetryLater(f"the running bot does not answer ({type(error).__name__})") from error
    if response.status_code == 422:
        raise GiveUp(_detail(response))
    if response.status_code == 503:
        raise RetryLater(_detail(response))
    try:
        response.raise_for_status()
        return answer.model_validate_json(response.content)
    except (httpx.HTTPError, ValidationError) as error:
        raise RetryLater(
            f"the running bot does not understand this command (answer {response.status_code}): "
            "is it of another version? Stop it and start it again"
        ) from error


def _detail(response: httpx.Response) -> str:
    try:
        told = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        told = None
    return told if isinstance(told, str) else "the running bot did not understand the request"
