"""The language model, against a server that speaks Ollama's protocol over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from enrichment.adapters import ollama_http
from enrichment.adapters.ollama import OllamaModel
from enrichment.adapters.ollama_http import Connection
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from tests.servers import ollama as scripted
from tests.servers.ollama import MODEL, OllamaServer, Step

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"summary": {"type": "string", "maxLength": 80}, "urgency": {"type": "integer"}},
    "required": ["summary", "urgency"],
}
PROMPT = "=== x ===\n0| Brakes\n1| My brakes grind. Can you fit me in today?\n=== x ==="


@pytest.fixture
async def server() -> AsyncIterator[OllamaServer]:
    """A running server with one model."""
    made = OllamaServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def model(server: OllamaServer) -> AsyncIterator[OllamaModel]:
    """The adapter on that server, with a second of patience."""
    made = OllamaModel(server.url, MODEL, 8192, 1.0)
    yield made
    await made.close()


async def ask(model: OllamaModel, prompt: str = PROMPT) -> str:
    """The answer to a small question."""
    return await model.answer("Be brief.", prompt, SCHEMA)


async def test_an_answer_is_put_together_from_its_pieces(server: OllamaServer, model: OllamaModel) -> None:
    """And is what the model said, unread."""
    said = json.loads(await ask(model))
    assert set(said) == {"summary", "urgency"}
    assert model.name == MODEL
    assert [path for path, _ in server.asked] == ["/api/version", "/api/show", "/api/chat"]


async def test_the_request_leaves_nothing_to_the_servers_defaults(server: OllamaServer, model: OllamaModel) -> None:
    """The window is asked for, shortening and thinking are off, and every request has the same options."""
    await ask(model)
    await ask(model, "1| another")
    first, second = server.chats()
    assert first["options"] == second["options"]
    assert first["options"] == {"num_ctx": 8192, "num_predict": 768, "temperature": 0, "seed": 1}
    assert (first["truncate"], first["shift"], first["think"], first["stream"]) == (False, False, False, True)
    assert first["format"] == SCHEMA
    assert [message["role"] for message in first["messages"]] == ["system", "user"]


async def test_the_server_is_looked_at_once(server: OllamaServer, model: OllamaModel) -> None:
    """And again after a failure, when another may answer there."""
    await ask(model)
    await ask(model)
    assert [path for path, _ in server.asked].count("/api/show") == 1
    server.script.append(scripted.drop())
    with pytest.raises(RetryLater):
        await ask(model)
    await ask(model)
    assert [path for path, _ in server.asked].count("/api/show") == 2


async def test_questions_are_asked_one_at_a_time(server: OllamaServer, model: OllamaModel) -> None:
    """The server never holds two; waiting counts as time, so that nobody waits for ever."""
    server.otherwise = scripted.ok('{"summary": "x", "urgency": 1}', pause=0.1)  # two pieces and an end: 0.3 s
    asked = [asyncio.create_task(ask(model)) for _ in range(10)]
    await asyncio.sleep(0.15)
    assert len(server.chats()) == 1
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers[0], str)
    assert isinstance(answers[-1], RetryLater)
    assert len(server.chats()) < 10


FAULTS: list[tuple[str, Step, type[LeadbotError], str]] = [
    ("no end", scripted.records(), RetryLater, "broke off"),
    ("dropped", scripted.drop(), RetryLater, "broke off"),
    ("stalled", scripted.stall(), RetryLater, "stopped answering"),
    ("silent", scripted.silence(), RetryLater, "did not begin"),
    ("slow", scripted.ok("x" * 300, pause=0.1), RetryLater, "took longer"),
    ("endless", scripted.endless(), RetryLater, "does not stop talking"),
    ("error line", scripted.records({"error": "an error was encountered"}), RetryLater, "an error was encountered"),
    ("overflow line", scripted.records({"error": "exceeds the available context size"}), GiveUp, "too long"),
    ("html", scripted.raw(b"<html>proxy</html>"), RetryLater, "no JSON"),
    ("binary", scripted.raw(b"\xff\xfe\x00" * 100), RetryLater, "no JSON"),
    ("nested", scripted.raw(b"[" * 100_000), RetryLater, "no JSON"),
    ("a list", scripted.raw(b"[1]\n"), RetryLater, "no JSON objects"),
    ("no message", scripted.raw(b'{"done": true}\n'), RetryLater, "no messages"),
    ("nothing", scripted.raw(b""), RetryLater, "broke off"),
    ("empty answer", scripted.ok(""), RetryLater, "answered nothing"),
    ("cut answer", scripted.ok(done_reason="length"), RetryLater, "768 tokens"),
    ("cut prompt", scripted.ok(prompt_eval_count=4099), GiveUp, "4099 tokens"),
    ("elsewhere", scripted.ok(remote_host="https://ollama.com:443"), NeedsPerson, "somebody else's machine"),
    ("500", scripted.status(500, "llama runner process has terminated"), RetryLater, "llama runner"),
    ("503", scripted.status(503, "server busy"), RetryLater, "server busy"),
    ("400 overflow", scripted.status(400, "the input length exceeds the context length"), GiveUp, "exceeds"),
    ("400 chat", scripted.status(400, '"bge-m3" does not support chat'), NeedsPerson, "set another OLLAMA_MODEL"),
    ("404", scripted.status(404, "model 'x' not found"), NeedsPerson, "type `leadbot models pull`"),
    ("403", scripted.status(403, "forbidden"), NeedsPerson, "is OLLAMA_BASE_URL right?"),
]


@pytest.mark.parametrize(("step", "kind", "words"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS])
async def test_each_fault_says_what_to_do_next(
    server: OllamaServer, model: OllamaModel, step: Step, kind: type[LeadbotError], words: str
) -> None:
    """By its type, and in one line; the answer after it is taken again, within the time allowed."""
    server.script.append(step)
    began = time.monotonic()
    with pytest.raises(kind) as raised:
        await ask(model)
    assert time.monotonic() - began < 2.5
    assert words in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert json.loads(await ask(model))


async def test_a_busy_server_is_told_from_a_bad_answer(server: OllamaServer, model: OllamaModel) -> None:
    """`retry_after` is set when no lead is to blame."""
    for step, blameless in ((scripted.status(503, "busy"), True), (scripted.drop(), False)):
        server.script.append(step)
        with pytest.raises(RetryLater) as raised:
            await ask(model)
        assert (raised.value.retry_after is not None) is blameless


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    """Refused connections are nobody's fault; once it listens, it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    model = OllamaModel(f"http://127.0.0.1:{port}", MODEL, 8192, 1.0)
    with pytest.raises(RetryLater, match="does not answer") as raised:
        await ask(model)
    assert raised.value.retry_after
    late = OllamaServer()
    await late.start(port)
    assert await ask(model)
    await model.close()
    await late.stop()


async def test_a_server_that_drips_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then is no answer; who looks at the state does not wait for its end."""
    monkeypatch.setattr(ollama_http, "ASK_SECONDS", 0.4)

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()
        gone.release()

    gone = asyncio.Semaphore(0)
    dripping = await asyncio.start_server(drip, "127.0.0.1", 0)
    model = OllamaModel(f"127.0.0.1:{dripping.sockets[0].getsockname()[1]}", MODEL, 8192, 30.0)
    async with asyncio.timeout(5):
        assert "did not answer within" in (await model.state()).detail
        with pytest.raises(RetryLater) as raised:
            await ask(model)
    assert raised.value.retry_after == ollama_http.AWAY_SECONDS
    await model.close()
    for _ in range(2):
        await gone.acquire()
    dripping.close()


async def test_a_prompt_that_is_too_long_is_not_sent(server: OllamaServer, model: OllamaModel) -> None:
    """Half the window is the most; letters that take many tokens are counted so."""
    for prompt in ("word " * 3000, "急" * 3000):
        with pytest.raises(GiveUp, match="too long"):
            await ask(model, prompt)
    assert server.asked == []
    assert await ask(model, "word " * 2000)


async def test_a_missing_model_is_named_before_any_message_is_sent(server: OllamaServer, model: OllamaModel) -> None:
    """And used as soon as it is there."""
    server.models.clear()
    with pytest.raises(NeedsPerson, match=f"the model {MODEL} is not installed: type `leadbot models pull`"):
        await ask(model)
    assert server.chats() == []
    await model.pull(lambda *_: None)
    assert await ask(model)


@pytest.mark.parametrize("name", ["gpt-oss:20b-cloud", "kimi-k2:cloud", "mine"])
async def test_a_model_that_runs_elsewhere_gets_no_message(server: OllamaServer, name: str) -> None:
    """By its name, or by what the server says of it."""
    server.models[name] = {"remote_host": "https://ollama.com:443", "remote_model": "gpt-oss:20b"}
    model = OllamaModel(server.url, name, 8192, 1.0)
    with pytest.raises(NeedsPerson, match="must not leave this one: set OLLAMA_MODEL"):
        await ask(model)
    state = await model.state()
    assert (state.remote, state.usable) == (True, False)
    await model.close()
    assert server.chats() == []


async def test_ollamas_own_cloud_is_not_even_asked() -> None:
    """Its address is refused like its models."""
    model = OllamaModel("https://ollama.com", MODEL, 8192, 1.0)
    with pytest.raises(NeedsPerson, match="somebody else's machine"):
        await ask(model)
    with pytest.raises(NeedsPerson, match="somebody else's machine"):
        await model.pull(lambda *_: None)
    await model.close()


async def test_an_ollama_that_cannot_follow_a_schema_is_refused(server: OllamaServer, model: OllamaModel) -> None:
    """A developer's build without a number is trusted."""
    server.version = "0.4.7"
    with pytest.raises(NeedsPerson, match="too old: update it"):
        await ask(model)
    server.version = "0.0.0"
    assert await ask(model)


async def test_state_tells_a_person_what_to_type(server: OllamaServer, model: OllamaModel) -> None:
    """Good, old, without the model, away."""
    good = await model.state()
    assert good.usable
    assert good.detail == f"{MODEL} at {server.url.removeprefix('http://')}, Ollama 0.31.2"
    server.version = "0.20.0"
    assert "older version" in (await model.state()).detail
    server.models.clear()
    missing = await model.state()
    assert (missing.usable, missing.reachable, missing.advice) == (False, True, "type `leadbot models pull`")
    away = OllamaModel("http://127.0.0.1:9", MODEL, 8192, 1.0)
    told = await away.state()
    assert not told.reachable
    assert "https://ollama.com/download" in told.advice
    assert "`ollama serve`" in told.advice
    await away.close()


async def test_another_server_is_not_taken_for_ollama(server: OllamaServer) -> None:
    """A 404 page for the version, as any web server sends."""
    model = OllamaModel(f"{server.url}/elsewhere", MODEL, 8192, 1.0)
    with pytest.raises(NeedsPerson, match="is OLLAMA_BASE_URL right"):
        await ask(model)
    assert not (await model.state()).usable
    await model.close()


async def test_a_download_tells_how_far_it_is(server: OllamaServer, model: OllamaModel) -> None:
    """In Ollama's words and bytes, to its end; then the model is listed."""
    server.models.clear()
    told: list[tuple[str, int, int]] = []
    await model.pull(lambda *step: told.append(step))
    assert told[0] == ("pulling manifest", 0, 0)
    assert ("pulling 3e4cb1417446", 2_500_000_000, 1_250_000_000) in told
    assert told[-1] == ("success", 0, 0)
    assert await model.installed() == [MODEL]
    assert server.asked[-1] == ("/api/pull", {"model": MODEL, "stream": True})


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("pull model manifest: file does not exist", NeedsPerson, "https://ollama.com/library"),
        ("write /models/blobs/x: no space left on device", NeedsPerson, "the disk is full"),
        ("pull model manifest: 412: this model requires a newer version of Ollama", NeedsPerson, "update it"),
        ("dial tcp: lookup registry.ollama.ai: no such host\n", RetryLater, "goes on where it stopped"),
    ],
)
async def test_a_download_that_fails_says_why(
    server: OllamaServer, model: OllamaModel, said: str, kind: type[LeadbotError], words: str
) -> None:
    """In one line, by what can be done about it."""
    server.pulls.append([{"status": "pulling manifest"}, {"error": said}])
    with pytest.raises(kind) as raised:
        await model.pull(lambda *_: None)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_a_download_that_breaks_off_is_no_success(server: OllamaServer, model: OllamaModel) -> None:
    """And comes to its end when it is asked for again."""
    server.models.clear()
    server.pulls.append(scripted.downloaded()[:5])
    with pytest.raises(RetryLater, match="goes on where it stopped"):
        await model.pull(lambda *_: None)
    await model.pull(lambda *_: None)
    assert await model.installed() == [MODEL]


async def test_a_cancelled_question_lets_go_of_the_server(server: OllamaServer, model: OllamaModel) -> None:
    """The connection is closed, so that the real one stops generating; the next question is answered."""
    server.script.append(scripted.stall())
    asking = asyncio.create_task(ask(model))
    while not server.chats():  # noqa: ASYNC110 - the server is driven by requests alone
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await ask(model)


@pytest.mark.parametrize(
    ("url", "where", "trusts"),
    [
        ("http://127.0.0.1:11434/", "127.0.0.1:11434", False),
        ("localhost:11434", "localhost:11434", False),
        ("http://[::1]:11434/v1", "::1:11434", False),
        ("http://user:secret@gpu.lan", "gpu.lan", True),
    ],
)
async def test_the_ways_people_write_the_address(url: str, where: str, *, trusts: bool) -> None:
    """A proxy of the environment is used for other machines only; a password is never shown."""
    connection = Connection(url)
    assert connection.where == where
    assert connection._client.trust_env is trusts
    await connection.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    """By the variable to mend."""
    with pytest.raises(NeedsPerson, match="OLLAMA_BASE_URL"):
        Connection(url)
