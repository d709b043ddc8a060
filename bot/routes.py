"""The rules by which leads go to Slack channels: the [[route]] tables of leadbot.toml; staff's have the same shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, StringConstraints, ValidationError

from bot import values
from channels.mail.language import LANGUAGES
from enrichment.lead import UrgencyLabel
from enrichment.models import Model
from enrichment.stages.question import asked

TABLE = "[[route]]"
MOST = 100
LONGEST_CONDITION = 64
Condition = Literal["business", "mailbox", "intent", "service", "urgency", "language", "channel_in"]
CONDITIONS: tuple[str, ...] = get_args(Condition)
_WAYS_IN = ("smtp", "imap", "slack")
_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CONDITION)]


def _one_channel(value: Any) -> str:
    found = values.slack_channels(value) if isinstance(value, str) else ()
    if len(found) != 1:
        raise ValueError("should be the name or id of one Slack channel")
    return found[0]


class Route(Model):
    """Where leads go that meet every condition. when: condition to what it must be; channel: name or id, without #."""

    when: dict[Condition, _Word]
    channel: Annotated[str, BeforeValidator(_one_channel)]

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether a lead is so, of which these are the facts by condition; capitals do not count."""
        return all(facts.get(name, "").casefold() == wanted.casefold() for name, wanted in self.when.items())


def first_fit(routes: Iterable[Route], facts: Mapping[str, str]) -> Route | None:
    """The rule that counts; None when no rule fits."""
    return next((route for route in routes if route.fits(facts)), None)


def read_routes(found: Any) -> tuple[Route, ...]:
    """What stands under `route` in leadbot.toml. Raises ValueError with one line that says what to do."""
    if not isinstance(found, list | tuple) or not all(isinstance(entry, dict) for entry in found):
        raise ValueError(f"route in leadbot.toml should be {TABLE} tables, in double brackets")
    if len(found) > MOST:
        raise ValueError(f"{TABLE}: at most {MOST} rules")
    return tuple(_route(number, entry) for number, entry in enumerate(found, start=1))


def _route(number: int, entry: Mapping[str, Any]) -> Route:
    when = {name: value for name, value in entry.items() if name != "channel"}
    if unknown := sorted(set(when) - set(CONDITIONS)):
        known = ", ".join(CONDITIONS)
        raise ValueError(f"{TABLE} number {number}: there is no key {unknown[0][:64]!r}; the keys are channel, {known}")
    if not when:
        raise ValueError(
            f"{TABLE} number {number}: says of no lead; name one of {', '.join(CONDITIONS)}, or set "
            "LEADBOT_SLACK_CHANNEL for all others"
        )
    if "channel" not in entry:
        raise ValueError(f'{TABLE} number {number}: channel is missing, e.g. channel = "#leads-hot"')
    try:
        made = Route.model_validate({"when": when, "channel": entry["channel"]})
    except ValidationError as error:
        problem = error.errors()[0]
        key = str(problem["loc"][-1])[:64]
        raise ValueError(f"{TABLE} number {number}: {key}: {problem['msg'].removeprefix('Value error, ')}") from error
    _must_be(number, made, "urgency", [label.value for label in UrgencyLabel])
    _must_be(number, made, "channel_in", _WAYS_IN)
    _must_be(number, made, "intent", asked().intents)
    _must_be(number, made, "language", LANGUAGES)
    return made


def _must_be(number: int, route: Route, name: Condition, known: Iterable[str]) -> None:
    if name in route.when and route.when[name].lower() not in known:
        raise ValueError(f"{TABLE} number {number}: {name} should be one of {', '.join(known)}")


def check_names(routes: Iterable[Route], businesses: Iterable[str], mailboxes: Iterable[str]) -> tuple[Route, ...]:
    """The rules, whose businesses and mailboxes are there. Raises ValueError."""
    made, known = tuple(routes), {"business": [*businesses], "mailbox": [*mailboxes, "smtp", "lmtp"]}
    for number, route in enumerate(made, start=1):
        for name, there in known.items():
            wanted = route.when.get(name)  # type: ignore[call-overload]  # both are conditions
            if wanted is not None and wanted.casefold() not in {each.casefold() for each in there}:
                raise ValueError(
                    f"{TABLE} number {number}: there is no {name} {wanted!r}; name one of {', '.join(there)}"
                )
    return made
