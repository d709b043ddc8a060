"""Whether an Ollama server and its model can be used, and that the model runs there and nowhere else."""

from __future__ import annotations

import re
from typing import NoReturn

from enrichment.adapters.ollama_http import INSTALL, Connection, NotFound, Record, one_line
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.models import Model

OLDEST = (0, 5, 0)  # the first that follows a JSON schema
BEST = (0, 31, 2)  # the first that follows it with every model while thinking is off
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})")
_CLOUD = re.compile(r"(?:^|[-:])cloud$", re.IGNORECASE)
ELSEWHERE = "runs on somebody else's machine, and customers' messages must not leave this one"
LOCAL = "set OLLAMA_MODEL to a model that runs here, e.g. qwen3:4b-instruct"
PULL = "type `leadbot models pull`"


class ModelState(Model):
    """What doctor and status tell of the language model.

    usable: answers can be asked for; remote: it would send messages away; detail: one line; advice: what to type.
    """

    reachable: bool = False
    version: str = ""
    installed: bool = False
    remote: bool = False
    detail: str
    advice: str = ""

    @property
    def usable(self) -> bool:
        """Nothing stands in the way."""
        return self.reachable and self.installed and not self.remote


async def vet(connection: Connection, model: str) -> None:
    """Raise NeedsPerson when the model may not be used, RetryLater when the server is away."""
    state = await _examine(connection, model)
    if not state.usable:
        raise NeedsPerson(f"{state.detail}: {state.advice}")


async def look(connection: Connection, model: str) -> ModelState:
    """The state, in words; raises nothing of ours."""
    try:
        return await _examine(connection, model)
    except RetryLater as error:
        return ModelState(detail=str(error), advice=f"{INSTALL}, then type `leadbot models pull`")
    except LeadbotError as error:
        return ModelState(detail=str(error), advice="set OLLAMA_BASE_URL and OLLAMA_MODEL")


async def _examine(connection: Connection, model: str) -> ModelState:
    """Raises RetryLater when the server is away, NeedsPerson when it is no Ollama."""
    if _is_cloud(connection.host, model):
        return _remote(model)
    version = await server_version(connection)
    number = _number(version)
    found = ModelState(reachable=True, version=version, detail="")
    if number and number < OLDEST:
        wrong = {"detail": f"Ollama {version} is too old", "advice": "update it from https://ollama.com/download"}
        return found.model_copy(update=wrong)
    shown = await _shown(connection, model)
    if shown is None:
        return found.model_copy(update={"detail": f"the model {model} is not installed", "advice": PULL})
    if _is_remote(shown):
        return _remote(model).model_copy(update={"reachable": True, "version": version})
    old = ", an older version: 0.31.2 and newer follow the schema with more models" if number and number < BEST else ""
    detail = f"{model} at {connection.where}, Ollama {version}{old}"
    return found.model_copy(update={"installed": True, "detail": detail})


def _remote(model: str) -> ModelState:
    return ModelState(remote=True, detail=f"{model} {ELSEWHERE}", advice=LOCAL)


async def server_version(connection: Connection) -> str:
    """What /api/version says."""
    said = (await connection.ask("/api/version")).get("version")
    if not isinstance(said, str):
        raise NeedsPerson(f"what answers at {connection.where} is not Ollama: set OLLAMA_BASE_URL")
    return one_line(said, 40)


async def installed(connection: Connection) -> list[str]:
    """The names of the models that the server has."""
    said = (await connection.ask("/api/tags")).get("models")
    models = said if isinstance(said, list) else []
    return sorted(one_line(str(model.get("name", ""))) for model in models if isinstance(model, dict))


async def _shown(connection: Connection, model: str) -> Record | None:
    """What /api/show says of the model; None when it is not installed."""
    try:
        return await connection.ask("/api/show", {"model": model})
    except NotFound:
        return None
    except GiveUp as error:
        raise NeedsPerson(f"OLLAMA_MODEL is no name of a model: {error}") from error


def _is_remote(said: Record) -> bool:
    return bool(said.get("remote_host") or said.get("remote_model"))


def _is_cloud(host: str, model: str) -> bool:
    return host == "ollama.com" or host.endswith(".ollama.com") or bool(_CLOUD.search(model))


def refuse_remote(model: str, said: Record) -> None:
    """Raise NeedsPerson when Ollama says that the model runs at another host."""
    if _is_remote(said):
        raise NeedsPerson(f"{model} {ELSEWHERE}: {LOCAL}")


def refuse_cloud(host: str, model: str) -> None:
    """Raise NeedsPerson when the model's or the server's name says that it runs elsewhere."""
    if _is_cloud(host, model):
        raise NeedsPerson(f"{model} {ELSEWHERE}: {LOCAL}")


def refuse_missing(model: str) -> NoReturn:
    """Raise NeedsPerson that says what to type."""
    raise NeedsPerson(f"the model {model} is not installed: {PULL}")


def _number(version: str) -> tuple[int, ...] | None:
    """None for a build without a number (0.0.0 is a developer's)."""
    found = _VERSION.match(version)
    number = tuple(map(int, found.groups())) if found else None
    return number if number and any(number) else None
