"""The generated files say what the settings say."""

from __future__ import annotations

import sys

import pytest

from bot import generate
from bot.settings import Settings, variable


def test_the_generated_files_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed setting without `python -m bot.generate` fails the build."""
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    assert generate.main() == 0


@pytest.mark.parametrize("text", [generate.env_example(), generate.settings_page()])
def test_every_setting_is_explained(text: str) -> None:
    """No setting is left out of `.env.example` or the page."""
    for name, field in Settings.model_fields.items():
        assert variable(name, field) in text
        assert field.description
        assert field.description in text
