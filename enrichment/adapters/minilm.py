"""Texts to vectors: a sentence embedding model (all-MiniLM-L6-v2 by default) on the CPU, with onnxruntime alone.

Pooling and normalisation are inside the exported network. Three things keep memory low, each by tens of megabytes:
weights mapped from their file, batches bounded in tokens, an arena that is given back after each run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

# onnxruntime reports its use to its maker unless it is told not to before it is loaded; nothing may leave this machine.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# No threads of its own for a batch, of which most are one text; unlike a single text it lets other threads work.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Encoding, Tokenizer

from enrichment.adapters.model_folder import NETWORK, TOKENIZER, damaged, read_card

MAX_BATCH = 32
MAX_BATCH_TOKENS = 1024  # with padding; attention's memory grows with the square of the length
MAX_CHARACTERS = 32_768  # the tokenizer reads to the end before it cuts; the model sees 256 tokens of it


class OnnxEmbedder:
    """An Embedder that runs the model in `folder`, as `make model` left it. Thread-safe.

    threads: cores that one text may use; two take 2 ms off a text and cost a quarter more of the machine. Raises
    StartupError when the model is missing or damaged.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        card = read_card(folder)
        self.name = card.name
        self.dimension = card.dimension
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = _open(folder / NETWORK, threads)
        except Exception as error:  # both libraries raise bare Exception; whatever it is, there is no model
            raise damaged(folder) from error
        self._tokenizer.no_padding()  # padded here, per batch
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._shrink = ort.RunOptions()
        self._shrink.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One unit-length row per text, shape (len(texts), dimension), float32."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([_readable(text) for text in texts])
        for rows in _batches([len(encoding.ids) for encoding in encodings]):
            vectors[rows] = self._run([encodings[row] for row in rows])
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> npt.NDArray[np.float32]:
        ids = np.zeros((len(encodings), max(len(encoding.ids) for encoding in encodings)), dtype=np.int64)
        mask = np.zeros_like(ids)  # padding is masked out, so its id does not matter
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {name: value for name, value in feed.items() if name in self._inputs}
        result: npt.NDArray[np.float32] = self._session.run(None, wanted, self._shrink)[0]
        return result


def _open(network: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the cores to the rest of the bot
    return ort.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])


def _readable(text: str) -> str:
    """The text as far as the model looks, without the lone surrogates that broken mail carries."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers, shortest text first, in batches that keep to both limits."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == MAX_BATCH or (len(batch) + 1) * lengths[row] > MAX_BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
