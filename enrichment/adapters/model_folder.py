"""The folder that `make model` fills and the bot reads: the network, its tokenizer, and a card that vouches for both.

Only the standard library is imported: the card is checked before anything else is installed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from enrichment.errors import StartupError

CARD = "model.json"
NETWORK = "model.onnx"
WEIGHTS = "model.onnx.data"
TOKENIZER = "tokenizer.json"
REFERENCE = "reference.npz"
FILES = (NETWORK, WEIGHTS, TOKENIZER, REFERENCE)


@dataclass(frozen=True)
class ModelCard:
    """What is in a model folder. files: hex sha256 of each; min_cosine: how near the export is to the original."""

    name: str
    dimension: int
    max_seq_length: int
    files: dict[str, str]
    min_cosine: float
    versions: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Store the card; written last, it says that the folder is whole."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """The hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_card(folder: Path) -> ModelCard:
    """The card of a folder whose files are all as they were exported.

    Raises StartupError when there is no model, or when a file is not what the card says.
    """
    try:
        card = ModelCard(**json.loads((folder / CARD).read_text(encoding="utf-8")))
        whole = all(sha256(folder / name) == card.files[name] for name in FILES)
    except FileNotFoundError as error:
        raise StartupError(f"no embedding model in {folder}: run `make model`") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(folder) from error
    if not whole:
        raise damaged(folder)
    return card


def damaged(folder: Path) -> StartupError:
    """The error that says how to replace a damaged model."""
    return StartupError(f"the embedding model in {folder} is damaged: delete that folder and run `make model`")


def main(name: str, folder: str) -> int:
    """0 when the folder holds this model, whole; 1 when it has to be exported (again)."""
    try:
        return 0 if read_card(Path(folder)).name == name else 1
    except StartupError:
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
