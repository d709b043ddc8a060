"""Reads the data tables of enrichment/prompts that the stages judge by."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TypeVar

from enrichment.models import Model

Table = TypeVar("Table", bound=Model)


def load_table(kind: type[Table], filename: str) -> Table:
    """The table of that file, validated as `kind`; a mistake in it stops the program at its first use."""
    return kind.model_validate(tomllib.loads(files("enrichment.prompts").joinpath(filename).read_text("utf-8")))
