"""The language model by the settings: opened, and looked at for `leadbot doctor` and a start."""

from __future__ import annotations

from bot.health import Check
from bot.settings import Settings
from enrichment.adapters.breaker import Guard
from enrichment.adapters.ollama import OllamaModel
from enrichment.adapters.ollama_state import ModelState
from enrichment.errors import NeedsPerson

NAME = "language model"


def is_wanted(settings: Settings) -> bool:
    """Whether the owner wants a language model at all."""
    return settings.ollama_base_url.strip().lower() not in {"", "off"}


def open_model(settings: Settings, name: str = "", breaker: Guard | None = None) -> OllamaModel:
    """The model of the settings, or another of that server. Raises NeedsPerson when the URL is none.

    breaker: what leaves Ollama alone while it is in trouble; without one it is asked whatever it says.
    """
    name, context = name or settings.ollama_model, settings.analysis_context
    return OllamaModel(settings.ollama_base_url, name, context, settings.analysis_seconds, breaker)


async def language_model(settings: Settings) -> Check:
    """Off when it is not wanted or no Ollama answers: the built-in analysis does without. Never raises."""
    if not is_wanted(settings):
        return Check(name=NAME, state="off", detail="OLLAMA_BASE_URL is off, the built-in analysis works alone")
    try:
        model = open_model(settings)
    except NeedsPerson as error:
        return Check(name=NAME, state="failed", detail=str(error), advice="set OLLAMA_BASE_URL")
    try:
        return check(await model.state())
    finally:
        await model.close()


def check(state: ModelState) -> Check:
    """The state as a check."""
    if state.usable:
        return Check(name=NAME, state="ok", detail=state.detail)
    if state.reachable or state.remote:
        return Check(name=NAME, state="failed", detail=state.detail, advice=state.advice)
    return Check(name=NAME, state="off", detail=f"{state.detail}, the built-in analysis works alone", advice=state.advice)  # fmt: skip  # noqa: E501
