"""A language model on this machine, through Ollama's native API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from enrichment.adapters import ollama_pull
from enrichment.adapters.breaker import Answered, Guard, Unguarded
from enrichment.adapters.ollama_http import Connection, Limits, NotFound, Record, one_line
from enrichment.adapters.ollama_state import ModelState, installed, look, refuse_missing, refuse_remote, vet
from enrichment.errors import GiveUp, RetryLater

LONGEST_REPLY = 768  # tokens
MOST_BYTES = 2_000_000  # a record of some 200 bytes a token
STALL_SECONDS = 30.0
_TEMPLATE_TOKENS = 64
_SEED = 1


class OllamaModel:
    """Implements enrichment.ports.LanguageModel; asks one question at a time, for Ollama queues without limit.

    context: the window in tokens; seconds: the longest that one answer may take, loading the model included; breaker:
    what leaves Ollama alone while it is in trouble.

    Ollama shortens a prompt that does not fit to half the window and answers 200 all the same. So a prompt may have
    half the window at most: then one that filled half was shortened, and its answer is thrown away.
    """

    def __init__(self, base_url: str, model: str, context: int, seconds: float, breaker: Guard | None = None) -> None:
        self._connection = Connection(base_url)
        self._model = model
        self._seconds = seconds
        self._half = context // 2
        # One constant set: another num_ctx would make Ollama load the model anew.
        self._options = {
            "num_ctx": context,
            "num_predict": min(LONGEST_REPLY, context // 4),
            "temperature": 0,
            "seed": _SEED,
        }
        self._vetted = False
        self._turn = asyncio.Lock()
        self._breaker = breaker or Unguarded()

    @property
    def name(self) -> str:
        """The model's name, as Ollama knows it."""
        return self._model

    async def answer(self, system: str, prompt: str, schema: Mapping[str, Any]) -> str:
        """JSON text that should follow the schema; what it says is untrusted.

        Raises GiveUp when the prompt is too long, NeedsPerson when the model is missing or would run elsewhere,
        RetryLater with `retry_after` when Ollama is away, without when the answer was slow, cut or broken off.
        """
        if _tokens(system) + _tokens(prompt) + _TEMPLATE_TOKENS > self._half:
            raise GiveUp(f"the prompt is too long for half of a window of {self._half * 2} tokens")
        with self._breaker.guarded():
            return await self._answered(self._request(system, prompt, schema))

    async def _answered(self, request: Record) -> str:
        try:
            async with asyncio.timeout(self._seconds), self._turn:
                await self._vet()
                return await self._chat(request)
        except TimeoutError as error:
            raise RetryLater(f"{self._model} took longer than {self._seconds:g} s") from error
        except RetryLater:
            self._vetted = False  # what answers next time may be another Ollama
            raise

    async def _vet(self) -> None:
        """Once, before the first message is sent."""
        if not self._vetted:
            await vet(self._connection, self._model)
            self._vetted = True

    def _request(self, system: str, prompt: str, schema: Mapping[str, Any]) -> Record:
        return {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt}],
            "stream": True,
            "format": dict(schema),
            "think": False,
            "truncate": False,
            "shift": False,
            "keep_alive": "10m",
            "options": self._options,
        }

    async def _chat(self, request: Record) -> str:
        # Until the first token a small machine loads the model and reads the prompt; after it, tokens come steadily.
        limits = Limits(self._seconds * 0.8, min(STALL_SECONDS, self._seconds / 4), MOST_BYTES)
        said: list[str] = []
        try:
            async with contextlib.aclosing(self._connection.records("POST", "/api/chat", request, limits)) as records:
                async for record in records:
                    said.append(self._piece(record))
                    if record.get("done") is True:
                        return self._whole(record, "".join(said))
        except NotFound:
            self._vetted = False
            refuse_missing(self._model)
        raise RetryLater(f"{self._model} broke off before the end of its answer")

    def _piece(self, record: Record) -> str:
        """The text of one record. Raises when it is an error or none of Ollama's."""
        refuse_remote(self._model, record)
        if "error" in record:
            said = one_line(str(record["error"]))
            if "context" in said and "exceed" in said:
                raise GiveUp(f"the prompt is too long: {said}")
            raise RetryLater(f"{self._model} stopped: {said}")
        message = record.get("message")
        content = message.get("content", "") if isinstance(message, dict) else None
        if not isinstance(content, str):
            raise RetryLater("what answers is not Ollama: it sends no messages")
        return content

    def _whole(self, last: Record, said: str) -> str:
        """The answer, when it is whole and the prompt was read whole."""
        if last.get("done_reason") == "length":
            raise Answered(f"{self._model} came to no end within {self._options['num_predict']} tokens")
        read = last.get("prompt_eval_count")
        if isinstance(read, int) and read >= self._half:
            raise GiveUp(f"the prompt was shortened or nearly so: {read} tokens of a window of {self._half * 2}")
        if not said.strip():
            raise Answered(f"{self._model} answered nothing")
        return said

    async def state(self) -> ModelState:
        """Whether it can be used, in words; raises nothing of ours."""
        return await look(self._connection, self._model)

    async def pull(self, progress: ollama_pull.Progress) -> None:
        """Download the model; again goes on where it stopped. Raises NeedsPerson or RetryLater in one line."""
        await ollama_pull.pull(self._connection, self._model, progress)
        self._vetted = False

    async def installed(self) -> list[str]:
        """The names of the models that the server has. Raises RetryLater or NeedsPerson."""
        return await installed(self._connection)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()


def _tokens(text: str) -> int:
    """A cautious guess: a token holds three ASCII characters or more, and two bytes or more of others."""
    beyond = sum(len(c.encode("utf-8", "replace")) for c in text if c > "\x7f")
    ascii_only = sum(c <= "\x7f" for c in text)
    return ascii_only // 3 + beyond // 2 + 1
