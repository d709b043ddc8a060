"""The embedder that runs in the bot, on the real exported model."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from enrichment.adapters.minilm import MAX_BATCH, MAX_BATCH_TOKENS, OnnxEmbedder, _batches
from enrichment.adapters.model_folder import CARD, FILES, NETWORK, TOKENIZER, WEIGHTS
from enrichment.errors import StartupError
from enrichment.ports import Embedder

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def embedder(model_folder: Path) -> Embedder:
    """The embedder as the rest of the bot sees it, through its port."""
    return OnnxEmbedder(model_folder)


def test_texts_become_unit_vectors(embedder: Embedder) -> None:
    """One unit-length float32 row of the model's dimension for each text."""
    vectors = embedder.embed(["My brakes grind.", "", "🚗"])
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    """An empty list is answered with an empty matrix of the right width."""
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_near_in_meaning_is_near_in_cosine(embedder: Embedder) -> None:
    """Two ways of asking for the same thing are nearer to each other than to another request."""
    grind, noise, lips = embedder.embed(
        ["My brakes grind when I stop.", "There is a noise when I step on the brake.", "How much is lip filler?"]
    )
    assert grind @ noise > 0.5
    assert grind @ lips < 0.3


def test_rows_keep_their_order_across_batches(embedder: Embedder) -> None:
    """Texts of all lengths, more than one batch holds, give what each of them gives alone."""
    texts = [f"{number} " + "request " * (number * 37 % 200) for number in range(40)]
    together = embedder.embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert float((together * alone).sum(axis=1).min()) > 0.9999


def test_threads_do_not_disturb_each_other(embedder: Embedder) -> None:
    """Many threads with one embedder get what one thread gets."""
    texts = [f"lead number {number} asks for part {number * 7}" for number in range(24)]
    expected = embedder.embed(texts)
    with ThreadPoolExecutor(8) as pool:
        found = np.concatenate(list(pool.map(lambda text: embedder.embed([text]), texts)))
    assert float((found * expected).sum(axis=1).min()) > 0.9999


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02",
        "broken \ud800 mail \udfff",
        "word " * 1_000_000,
        "汽" * 1_000_000,
        "a" * 1_000_000,
        " " * 1_000_000,
    ],
    ids=["controls", "surrogates", "words", "chinese", "one word", "blanks"],
)
def test_hostile_text_gives_a_vector(embedder: Embedder, text: str) -> None:
    """Whatever a stranger sends has a finite unit vector, in bounded time."""
    vectors = embedder.embed([text])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors[0]) == pytest.approx(1.0, abs=1e-5)


def test_only_the_beginning_of_a_text_counts(embedder: Embedder) -> None:
    """What comes after the model's window changes nothing."""
    start = "request " * 300
    first, second = embedder.embed([start + "one", start + "another thing entirely"])
    assert first @ second == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("lengths", [[3] * 100, [256] * 10, [2000, 5], list(range(1, 300)), [1]])
def test_batches_are_bounded(lengths: list[int]) -> None:
    """Each row is in one batch; a batch keeps to 32 texts and to the token limit, unless it is a single text."""
    batches = list(_batches(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        tokens = len(batch) * max(lengths[row] for row in batch)
        assert len(batch) <= MAX_BATCH
        assert tokens <= MAX_BATCH_TOKENS or len(batch) == 1


def linked(model_folder: Path, folder: Path, *, without: str) -> Path:
    """The same model in another folder, but for one file."""
    for name in (CARD, *FILES):
        if name != without:
            (folder / name).symlink_to(model_folder / name)
    return folder


def test_missing_model_says_what_to_do(tmp_path: Path) -> None:
    """Without a model the bot does not start, and says in one line how to get it."""
    with pytest.raises(StartupError, match=r"no embedding model in .*: run `make model`") as caught:
        OnnxEmbedder(tmp_path / "nowhere")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [NETWORK, WEIGHTS, TOKENIZER])
def test_damaged_file_is_found(model_folder: Path, tmp_path: Path, name: str) -> None:
    """A file that is not the exported one to the last byte is not used."""
    folder = linked(model_folder, tmp_path, without=name)
    content = bytearray((model_folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(StartupError, match=r"damaged: delete that folder and run `make model`"):
        OnnxEmbedder(folder)


@pytest.mark.parametrize("card", ["", "{}", "[1]", '{"name": "x"', '{"name": "x", "files": {}}'])
def test_damaged_card_is_found(model_folder: Path, tmp_path: Path, card: str) -> None:
    """A card that cannot be read is a damaged model."""
    folder = linked(model_folder, tmp_path, without=CARD)
    (folder / CARD).write_text(card)
    with pytest.raises(StartupError, match="damaged"):
        OnnxEmbedder(folder)


def test_missing_file_is_found(model_folder: Path, tmp_path: Path) -> None:
    """A folder with a card and without its weights holds no model."""
    with pytest.raises(StartupError, match="run `make model`"):
        OnnxEmbedder(linked(model_folder, tmp_path, without=WEIGHTS))


def run_alone(model_folder: Path, then: str) -> None:
    """Embed one text in a fresh process, then run the assertions."""
    program = (
        "import sys, pathlib\n"
        "from enrichment.adapters.minilm import OnnxEmbedder\n"
        "OnnxEmbedder(pathlib.Path(sys.argv[1])).embed(['hello'])\n"
    )
    subprocess.run([sys.executable, "-c", program + then, str(model_folder)], check=True, timeout=60)


def test_running_needs_neither_torch_nor_sentence_transformers(model_folder: Path) -> None:
    """A fresh process embeds a text without importing what only the export needs."""
    run_alone(model_folder, "assert not {'torch', 'sentence_transformers', 'transformers', 'onnx'} & set(sys.modules)")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_running_takes_little_memory(model_folder: Path) -> None:
    """Python, the libraries and the model together stay below 200 MB."""
    status = "dict(line.split(':', 1) for line in open('/proc/self/status'))"
    run_alone(model_folder, f"assert int({status}['VmHWM'].split()[0]) < 200 * 1024")


def test_nothing_is_kept_of_its_use(model_folder: Path, tmp_path: Path) -> None:
    """Onnxruntime would write a device id and events to be sent to its maker into the home folder."""
    program = (
        "import sys; from pathlib import Path; from enrichment.adapters.minilm import OnnxEmbedder; "
        "OnnxEmbedder(Path(sys.argv[1])).embed(['My brakes grind.'])"
    )
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run(
        [sys.executable, "-c", program, str(model_folder)], cwd=ROOT, env=environment, check=True, timeout=60
    )
    assert list(tmp_path.rglob("*")) == []
