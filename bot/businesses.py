"""Which businesses the bot works for: the [[business]] tables of leadbot.toml, or one made of the plain settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from bot import values
from enrichment.stages import profiles
from enrichment.stages.business import Business
from enrichment.stages.hours import Hours

TABLE = "[[business]]"
MOST = 100
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\r\n\t]+$")]


def _profile_name(value: str) -> str:
    return profiles.profile(value).name


class BusinessTable(BaseModel):
    """One [[business]] table.

    name: as staff call it; profile: what it knows of its trade; recipients: its addresses; country, timezone: where it
    is, as LEADBOT_COUNTRY and LEADBOT_TIMEZONE; hours: days that differ from the profile's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: _Name
    profile: Annotated[str, AfterValidator(_profile_name)] = profiles.DEFAULT
    recipients: Annotated[tuple[str, ...], BeforeValidator(values.addresses)]
    country: Annotated[str, AfterValidator(values.country)] | None = None
    timezone: Annotated[str, AfterValidator(values.zone)] | None = None
    hours: Hours = Hours()


def read_tables(found: Any) -> tuple[BusinessTable, ...]:
    """What stands under `business` in leadbot.toml. Raises ValueError with one line that says what to do."""
    if not isinstance(found, list | tuple) or not all(isinstance(entry, dict) for entry in found):
        raise ValueError(f"business in leadbot.toml should be a profile's name or {TABLE} tables, in double brackets")
    if len(found) > MOST:
        raise ValueError(f"{TABLE}: at most {MOST} businesses")
    tables = tuple(_table(number, entry) for number, entry in enumerate(found, start=1))
    _must_differ("name", ((table.name.casefold(), table.name) for table in tables))
    _must_differ("recipient", ((address, table.name) for table in tables for address in set(table.recipients)))
    return tables


def _table(number: int, entry: dict[str, Any]) -> BusinessTable:
    try:
        return BusinessTable.model_validate(entry)
    except ValidationError as error:
        raise ValueError(f"{TABLE} number {number}: {_why(error)}") from error


def _why(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"] if isinstance(part, str))[:64]
    if problem["type"] == "extra_forbidden":
        known = Hours if key.startswith("hours.") else BusinessTable
        return f"there is no key {key!r}; the keys are {', '.join(known.model_fields)}"
    if problem["type"] == "missing":
        return f"{key} is missing; name and recipients are needed"
    return f"{key}: {problem['msg'].removeprefix('Value error, ')}"


def _must_differ(what: str, entries: Iterable[tuple[str, str]]) -> None:
    """entries: (what must be unique, the business's name)."""
    seen: dict[str, str] = {}
    for key, name in entries:
        if key in seen:
            raise ValueError(f"{TABLE}: two businesses have the {what} {key}: {seen[key]} and {name}; change one")
        seen[key] = name


def from_tables(
    tables: Sequence[BusinessTable],
    *,
    default: str | None,
    recipients: Sequence[str],
    country: str | None,
    timezone: str,
    hours: Hours | None = None,
) -> tuple[Business, ...]:
    """The businesses, the default one first.

    default: its name, the first table when None; recipients: further addresses of the default one; country, timezone,
    hours: for tables that name none. Raises ValueError when there is no such business.
    """
    first = _chosen(tables, default)
    taken = {address for table in tables for address in table.recipients}
    more = tuple(address for address in recipients if address not in taken)
    found = []
    for table in sorted(tables, key=lambda entry: entry is not first):
        profile = profiles.profile(table.profile)
        found.append(
            Business(
                name=table.name,
                title=f"{table.name} ({profile.title})",
                profile=profile,
                recipients=tuple(dict.fromkeys((*table.recipients, *(more if table is first else ())))),
                country=table.country or country or profile.country,
                timezone=table.timezone or timezone,
                hours=_hours(hours or profile.hours, table.hours),
            )
        )
    return tuple(found)


def _chosen(tables: Sequence[BusinessTable], default: str | None) -> BusinessTable:
    if default is None:
        return tables[0]
    for table in tables:
        if table.name.casefold() == default.strip().casefold():
            return table
    names = ", ".join(table.name for table in tables)
    raise ValueError(f"LEADBOT_BUSINESS: there is no business {default[:64]!r} in leadbot.toml; name one of {names}")


def _hours(usual: Hours, changed: Hours) -> Hours:
    return usual.model_copy(update={day: getattr(changed, day) for day in changed.model_fields_set})


def only_one(
    name: str, *, recipients: Sequence[str], country: str | None, timezone: str, hours: Hours | None = None
) -> tuple[Business, ...]:
    """The one business of a bot without tables; name: its profile's; hours: other than the profile's.

    Raises ValueError when there is no such profile.
    """
    try:
        profile = profiles.profile(name)
    except ValueError as error:
        raise ValueError(f"LEADBOT_BUSINESS: {error}") from error
    business = Business(
        name=profile.name,
        title=profile.title,
        profile=profile,
        recipients=tuple(dict.fromkeys(recipients)),
        country=country or profile.country,
        timezone=timezone,
        hours=hours or profile.hours,
    )
    return (business,)
