"""The index: one contract, run on a real Chroma folder and on a real Chroma server."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt
import pytest

from enrichment.adapters.chroma import MAX_BATCH, ChromaIndex, collection_name
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from enrichment.ports import Index

DIMENSION = 8
Vectors = npt.NDArray[np.float32]
Open = Callable[..., ChromaIndex]


@dataclass
class Model:
    """What an index has to know of an embedder; the vectors of these tests are drawn at random."""

    name: str = "all-MiniLM-L6-v2"
    dimension: int = DIMENSION

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors that depend on nothing."""
        return some_vectors(len(texts))


def some_vectors(count: int, seed: int = 1) -> Vectors:
    """Random unit vectors."""
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def assert_found(found: list[tuple[int, float]], expected: list[tuple[int, float]]) -> None:
    """The same leads in the same order, with the same cosines but for rounding."""
    assert [lead_id for lead_id, _ in found] == [lead_id for lead_id, _ in expected]
    assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in expected], abs=1e-5)


def free_port() -> int:
    """A port that the system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def chroma_server(folder: Path, port: int) -> Iterator[str]:
    """A real `chroma run` server; gives its URL."""
    program = Path(sys.executable).with_name("chroma")
    command = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            deadline = time.monotonic() + 30
            while not answers(url):
                assert process.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < deadline, "chroma did not start"
                time.sleep(0.05)
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Whether a Chroma server is there."""
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/api/v2/heartbeat", timeout=1).is_success
    return False


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the tests that do not stop it."""
    with chroma_server(tmp_path_factory.mktemp("chroma"), free_port()) as url:
        yield url


@pytest.fixture(params=["folder", "server"])
def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same, empty place again and again: `open_index(Model(...))`."""
    opened: list[ChromaIndex] = []

    def open_one(model: Model | None = None) -> ChromaIndex:
        model = model or Model()
        if request.param == "folder":
            index = ChromaIndex.in_folder(tmp_path / "index", model)
        else:
            index = ChromaIndex.at_server(request.getfixturevalue("server_url"), model)
        opened.append(index)
        return index

    open_one().reset()
    opened.pop().close()
    yield open_one
    for index in opened:
        index.close()


def test_nearest_come_first(open_index: Open) -> None:
    """A query gives lead ids with their cosines, best first, no more than asked for."""
    index: Index = open_index()
    vectors = some_vectors(50)
    index.upsert(range(100, 150), vectors)
    found = index.query(vectors[7], 5)
    cosines = vectors @ vectors[7]
    assert_found(found, [(100 + int(row), float(cosines[row])) for row in np.argsort(-cosines)[:5]])


def test_cosine_has_its_whole_range(open_index: Open) -> None:
    """The same direction is 1, the opposite -1, whatever the length."""
    index = open_index()
    vector = some_vectors(1)[0]
    index.upsert([1, 2], np.stack([vector * 3, -vector]))
    assert_found(index.query(vector, 2), [(1, 1.0), (2, -1.0)])


def test_empty_index_answers(open_index: Open) -> None:
    """Before the first lead there is nothing to find, to count or to delete."""
    index = open_index()
    assert index.query(some_vectors(1)[0], 5) == []
    assert index.count() == 0
    index.delete([1])
    index.delete([])
    index.upsert([], np.empty((0, DIMENSION), np.float32))
    assert index.query(some_vectors(1)[0], 0) == []


def test_upsert_replaces(open_index: Open) -> None:
    """A lead that is put in again has its new vector only; of one id twice in a call the last counts."""
    index = open_index()
    old, new = some_vectors(2)
    index.upsert([1], old[np.newaxis])
    index.upsert([1, 1], np.stack([old, new]))
    assert index.count() == 1
    assert_found(index.query(new, 5), [(1, 1.0)])


def test_delete_takes_out(open_index: Open) -> None:
    """A deleted lead is found no more; unknown ids are ignored."""
    index = open_index()
    vectors = some_vectors(3)
    index.upsert([1, 2, 3], vectors)
    index.delete([2, 99])
    assert {lead_id for lead_id, _ in index.query(vectors[1], 10)} == {1, 3}
    assert index.count() == 2


def test_many_leads_at_once(open_index: Open) -> None:
    """More than one batch goes in, is found and goes out by one call each."""
    index = open_index()
    count = MAX_BATCH * 2 + 1
    vectors = some_vectors(count)
    index.upsert(range(count), vectors)
    assert index.count() == count
    assert_found(index.query(vectors[-1], 1), [(count - 1, 1.0)])
    index.delete(range(count))
    assert index.count() == 0


def test_leads_are_there_after_opening_again(open_index: Open) -> None:
    """What was put in before a stop is found after the next start."""
    first = open_index()
    first.upsert([5], some_vectors(1))
    first.close()
    assert_found(open_index().query(some_vectors(1)[0], 1), [(5, 1.0)])


def test_each_model_has_its_own_vectors(open_index: Open) -> None:
    """After a change of model the index is empty, and the old model's vectors are untouched until a reset."""
    one = open_index()
    one.upsert([1], some_vectors(1))
    one.close()
    other = open_index(Model(name="another/model"))
    assert other.count() == 0
    other.close()
    assert one.count() == 1
    one.close()
    other.reset()
    other.close()
    assert one.count() == 0


def test_reset_empties(open_index: Open) -> None:
    """After a reset the same object is empty and takes leads again."""
    index = open_index()
    index.upsert([1, 2], some_vectors(2))
    index.reset()
    assert index.count() == 0
    index.upsert([3], some_vectors(1))
    assert_found(index.query(some_vectors(1)[0], 9), [(3, 1.0)])


def test_threads_share_one_index(open_index: Open) -> None:
    """Many threads put leads in and ask at the same time; none gets in another's way."""
    index = open_index()
    vectors = some_vectors(80)

    def put_and_ask(row: int) -> list[tuple[int, float]]:
        index.upsert([row], vectors[row : row + 1])
        return index.query(vectors[row], 1)

    with ThreadPoolExecutor(8) as pool:
        assert [found[0][0] for found in pool.map(put_and_ask, range(80))] == list(range(80))
    assert index.count() == 80


def test_reset_under_use_is_at_most_a_delay(open_index: Open) -> None:
    """Work that meets a reset is done or is told to come again, and never fails for good."""
    index = open_index()
    vectors = some_vectors(60)

    def put(row: int) -> LeadbotError | None:
        if row % 20 == 10:
            index.reset()
        try:
            index.upsert([row], vectors[row : row + 1])
        except LeadbotError as error:
            return error
        return None

    with ThreadPoolExecutor(4) as pool:
        assert all(error is None or isinstance(error, RetryLater) for error in pool.map(put, range(60)))
    index.upsert([99], vectors[:1])
    assert index.query(vectors[0], 1)[0][1] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, DIMENSION + 1), (2, DIMENSION), (DIMENSION,)])
def test_wrong_shape_is_a_programming_error(open_index: Open, shape: tuple[int, ...]) -> None:
    """Vectors that cannot belong to the ids are refused before they reach Chroma."""
    with pytest.raises(ValueError, match="shape"):
        open_index().upsert([1], np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="shape"):
        open_index().query(np.zeros(DIMENSION + 1, np.float32), 1)


def test_nothing_is_sent_home(open_index: Open) -> None:
    """Telemetry is off, and no embedding function is attached that would fetch a model."""
    index = open_index()
    index.count()
    assert index._place.open().get_settings().anonymized_telemetry is False
    assert index._collection._embedding_function is None


def test_folder_has_one_writer(tmp_path: Path) -> None:
    """A second opener of a folder is told so, and gets in when the first one has closed it."""
    first, second = (ChromaIndex.in_folder(tmp_path, Model()) for _ in range(2))
    first.upsert([1], some_vectors(1))
    for work in (second.count, second.reset):
        with pytest.raises(NeedsPerson, match="open in another process"):
            work()
    first.close()
    assert second.count() == 1
    second.close()


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b""], ids=["garbage", "empty"])
def test_damaged_folder_is_mended_by_a_reset(tmp_path: Path, damage: bytes) -> None:
    """Broken files either say what to do or count as empty; a reset makes the index whole again."""
    index = ChromaIndex.in_folder(tmp_path, Model())
    index.upsert([1], some_vectors(1))
    index.close()
    (tmp_path / "chroma.sqlite3").write_bytes(damage)
    if damage:
        for _ in range(2):
            with pytest.raises(NeedsPerson, match="run `leadbot reindex`"):
                index.count()
    index.reset()
    index.upsert([2], some_vectors(1))
    assert index.count() == 1
    index.close()


def test_reset_leaves_no_vectors_on_disk(tmp_path: Path) -> None:
    """After a reset no file of the old vectors is left, for an erasure is one."""
    index = ChromaIndex.in_folder(tmp_path, Model())
    index.upsert(range(1500), some_vectors(1500))
    index.close()
    assert list(tmp_path.glob("*/*.bin"))
    index.reset()
    assert not list(tmp_path.glob("*/*.bin"))


def test_unwritable_place_needs_a_person(tmp_path: Path) -> None:
    """A file where the folder should be is said, not retried in silence."""
    (tmp_path / "index").write_text("not a folder")
    index = ChromaIndex.in_folder(tmp_path / "index", Model())
    with pytest.raises(NeedsPerson, match="index"):
        index.count()


def test_server_that_is_down_is_tried_again(tmp_path: Path) -> None:
    """Before the server starts and while it is away the answer is RetryLater; afterwards the same object works."""
    port = free_port()
    index = ChromaIndex.at_server(f"http://127.0.0.1:{port}", Model())
    with pytest.raises(RetryLater, match="cannot be reached"):
        index.count()
    with chroma_server(tmp_path, port):
        index.upsert([1], some_vectors(1))
    with pytest.raises(RetryLater, match="cannot be reached"):
        index.query(some_vectors(1)[0], 1)
    with chroma_server(tmp_path, port):
        assert index.count() == 1
    index.close()


def test_server_that_hangs_is_left(tmp_path: Path) -> None:
    """A server that accepts and never answers costs no more than the time limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = ChromaIndex.at_server(f"http://127.0.0.1:{silent.getsockname()[1]}", Model(), timeout=0.3)
        started = time.monotonic()
        with pytest.raises(RetryLater):
            index.count()
        assert time.monotonic() - started < 30
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("answer", [b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", b"SSH-2.0-x\r\n", b""])
def test_something_else_at_the_address(answer: bytes) -> None:
    """A proxy's error page or another protocol is trouble that may pass, and is not taken for an index."""
    with socket.create_server(("127.0.0.1", 0)) as other, ThreadPoolExecutor(1) as pool:

        def reply() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        done = pool.submit(reply)
        index = ChromaIndex.at_server(f"http://127.0.0.1:{other.getsockname()[1]}", Model(), timeout=2)
        with pytest.raises(RetryLater, match="cannot be reached"):
            index.count()
        done.result(timeout=10)
    gc.collect()  # a connection left open would be a warning here, and so a failure


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all-MiniLM-L6-v2", "leadbot-leads-all-minilm-l6-v2-8"),
        ("intfloat/e5 small", "leadbot-leads-intfloat-e5-small-8"),
        ("/srv/модель/", "leadbot-leads-srv-8"),
        ("///", "leadbot-leads-model-8"),
        ("x" * 900, f"leadbot-leads-{'x' * 200}-8"),
    ],
)
def test_collection_is_named_after_the_model(name: str, expected: str) -> None:
    """Any model name or folder gives a name that Chroma accepts."""
    assert collection_name(name, 8) == expected


def test_chromadb_is_imported_at_first_use() -> None:
    """Making an index costs nothing; the import waits for its first use."""
    program = "import sys, enrichment.adapters.chroma; assert 'chromadb' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
