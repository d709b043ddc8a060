"""What Leadbot knows of a trade: its services, what is urgent in it, its commonplaces, its hours.

A profile is a file of enrichment/prompts/profiles; its name is the file's.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, cached_property
from importlib.resources import files

from pydantic import Field, model_validator

from enrichment.models import Model
from enrichment.stages.hours import Hours
from enrichment.stages.phrases import split_phrase
from enrichment.stages.rules import Rule, Rules, default_rules
from enrichment.stages.services import Service, ServiceFinder
from enrichment.stages.tables import load_table

_FOLDER = "profiles"
_SUFFIX = ".toml"
DEFAULT = "general"


class Profile(Model):
    """One trade.

    name: the file's; title: the kind of business, for staff and prompts; country: two letters; generic: words that any
    request of this trade may hold, so that sharing them says nothing; own_rules: see the head of urgency.toml.
    """

    name: str = ""
    title: str = Field(min_length=1, max_length=64)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    generic: frozenset[str] = frozenset()
    hours: Hours
    services: tuple[Service, ...] = Field(default=(), alias="service")
    own_rules: tuple[Rule, ...] = Field(default=(), alias="rule")

    @model_validator(mode="after")
    def _is_sound(self) -> Profile:
        phrases = [" ".join(split_phrase(phrase)) for service in self.services for phrase in service.phrases]
        for what, entries in (("service", self.service_names), ("phrase", phrases)):
            if twice := [entry for entry, count in Counter(entries).items() if count > 1]:
                raise ValueError(f"{what} {twice[0]!r} is there twice")
        _ = self.rules.book, self._finder  # a wrong phrase or a rule's name that is taken is found here
        return self

    @property
    def service_names(self) -> tuple[str, ...]:
        """The services as staff read them."""
        return tuple(service.name for service in self.services)

    @cached_property
    def rules(self) -> Rules:
        """The general rules and this trade's own."""
        return default_rules().with_more(self.own_rules) if self.own_rules else default_rules()

    @cached_property
    def _finder(self) -> ServiceFinder:
        return ServiceFinder(self.services)

    def service_of(self, subject: str, words: str) -> str:
        """The name of the service that is asked for, "" when none is named."""
        return self._finder.best(subject, words)


@cache
def names() -> tuple[str, ...]:
    """The profiles that come with Leadbot, in the order of the alphabet."""
    found = files("enrichment.prompts").joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in found if file.name.endswith(_SUFFIX)))


def profile(name: str) -> Profile:
    """The profile of that name; case, blanks and hyphens do not matter. Raises ValueError with the names there are."""
    key = "_".join(name.replace("-", " ").replace("_", " ").lower().split())
    if key not in names():
        raise ValueError(f"there is no business profile {name[:64]!r}; choose one of {', '.join(names())}")
    return _load(key)


@cache
def _load(key: str) -> Profile:
    return load_table(Profile, f"{_FOLDER}/{key}{_SUFFIX}").model_copy(update={"name": key})
