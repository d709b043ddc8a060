"""Which of several services counts as the one that is asked for."""

from __future__ import annotations

import pytest

from enrichment.stages.services import Service, ServiceFinder

FINDER = ServiceFinder(
    [
        Service.model_validate({"name": "Brakes", "phrases": ["brake*", "bremsen"], "except": ["brakes club"]}),
        Service.model_validate({"name": "Oil", "phrases": ["oil", "oil change"]}),
        Service.model_validate({"name": "Leaks", "phrases": ["oil leak*", "leak* ~ oil"]}),
        Service.model_validate({"name": "Change", "phrases": ["change"]}),
    ]
)


@pytest.mark.parametrize(
    ("subject", "words", "service"),
    [
        ("", "My brakes are soft", "Brakes"),
        ("", "Die Bremsen quietschen", "Brakes"),
        ("", "An oil change please", "Oil"),
        ("", "There is an oil leak", "Leaks"),
        ("", "It is leaking a bit of dark oil", "Leaks"),
        ("", "An oil change, and look at the brakes", "Oil"),
        ("", "Brakes, brakes, brakes! And an oil change.", "Brakes"),
        ("Brakes", "They grind. Also an oil change.", "Brakes"),
        ("", "Oil and brakes", "Brakes"),
        ("", "I don't need an oil change, I need brakes", "Brakes"),
        ("", "brakes instead of an oil change", "Brakes"),
        ("", "I have never had an oil change", "Oil"),
        ("", "I don't need an oil change", ""),
        ("", "The brakes club meets today", ""),
        ("", "Thank you", ""),
        ("", "", ""),
    ],
)
def test_service_that_is_asked_for(subject: str, words: str, service: str) -> None:
    """The longer phrase, then the more frequent, the subject twice; ties by the profile's order; none when refused."""
    assert FINDER.best(subject, words) == service


def test_repetition_is_bounded() -> None:
    """A word said a thousand times outweighs another said thrice by nothing."""
    assert FINDER.best("", "change " * 1000 + ". oil change. oil change. oil change.") == "Oil"


def test_no_services() -> None:
    """A profile without any names none."""
    assert ServiceFinder([]).best("Brakes", "brakes") == ""
