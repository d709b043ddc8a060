"""The embedder of the bot equals sentence-transformers, whose own vectors the export left beside the model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.model_folder import REFERENCE, read_card

LEAST_COSINE = 0.9999


def test_embedder_equals_sentence_transformers(model_folder: Path) -> None:
    """On 100 texts - languages, lengths, emoji, markup, nothing at all - the least cosine is 0.9999 or more."""
    with np.load(model_folder / REFERENCE, allow_pickle=False) as reference:
        texts: list[str] = json.loads(reference["texts"].tobytes())
        expected = reference["vectors"]
    assert len(set(texts)) == len(expected) == 100
    assert np.allclose(np.linalg.norm(expected, axis=1), 1.0, atol=1e-4)
    cosines = (OnnxEmbedder(model_folder).embed(texts) * expected).sum(axis=1)
    worst = int(cosines.argmin())
    assert cosines[worst] >= LEAST_COSINE, texts[worst]


def test_reference_texts_tell_models_apart(model_folder: Path) -> None:
    """The reference could not be met by a constant: most pairs of texts are far from each other."""
    with np.load(model_folder / REFERENCE, allow_pickle=False) as reference:
        vectors = reference["vectors"]
    assert np.median(vectors @ vectors.T) < 0.3


def test_card_records_the_comparison(model_folder: Path) -> None:
    """The card says how near the export came, and with which versions."""
    card = read_card(model_folder)
    assert card.min_cosine >= LEAST_COSINE
    assert {"torch", "sentence-transformers", "onnxruntime"} <= set(card.versions)
