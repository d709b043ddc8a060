"""Which mailboxes are polled: the [[mailbox]] tables of leadbot.toml together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from bot import mail_providers
from bot.mailbox_table import MailboxTable
from enrichment.errors import GiveUp
from enrichment.stages.business import Business

__all__ = ["MOST", "TABLE", "MailboxTable", "addresses", "named", "of_businesses", "read_mailboxes", "variables"]

TABLE = "[[mailbox]]"
MOST = 500
_SECRETS = frozenset({"password", "passwd", "pass", "secret", "client_secret", "token", "refresh_token"})


def read_mailboxes(found: Any) -> tuple[MailboxTable, ...]:
    """What stands under `mailbox` in leadbot.toml. Raises ValueError with one line that says what to do."""
    if not isinstance(found, list | tuple) or not all(isinstance(entry, dict) for entry in found):
        raise ValueError(f"mailbox in leadbot.toml should be {TABLE} tables, in double brackets")
    if len(found) > MOST:
        raise ValueError(f"{TABLE}: at most {MOST} mailboxes")
    tables = tuple(_table(number, entry) for number, entry in enumerate(found, start=1))
    _must_differ("have the name", ((table.name.casefold(), table.name) for table in tables))
    _must_differ("read the folder", ((place, table.name) for table in tables for place in _places(table)))
    return tables


def _places(table: MailboxTable) -> Iterator[str]:
    for folder in dict.fromkeys((*table.folders, *table.junk)):
        yield f"{folder} of {table.user.casefold()} at {table.host}:{table.port}"


def _table(number: int, entry: dict[str, Any]) -> MailboxTable:
    try:
        return MailboxTable.model_validate(entry)
    except ValidationError as error:
        raise ValueError(f"{TABLE} number {number}: {_why(error)}") from error


def _why(error: ValidationError) -> str:
    """The first problem in words; never a value, which may be a password in the wrong place."""
    problem = min(error.errors(), key=lambda each: not _is_secret(each))
    key = ".".join(str(part) for part in problem["loc"] if isinstance(part, str))[:64]
    if _is_secret(problem):
        return f"{key} does not belong in leadbot.toml; {_secret_advice(key)}"
    if problem["type"] == "extra_forbidden":
        return f"there is no key {key!r}; the keys are {', '.join(MailboxTable.model_fields)}"
    if problem["type"] == "missing":
        advice = (
            f"or provider, one of {mail_providers.names()}"
            if key == "host"
            else "name, user and a host or provider are needed"
        )
        return f"{key} is missing; {advice}"
    told = str(problem["msg"]).removeprefix("Value error, ")
    return f"{key}: {told}" if key else told


def _secret_advice(key: str) -> str:
    name = "client_secret" if "client" in key else "password"
    return f"write {name}_env with the name of a variable, or {name}_file with the path of a file, that holds it"


def _is_secret(problem: Any) -> bool:
    return problem["type"] == "extra_forbidden" and problem["loc"][-1] in _SECRETS


def _must_differ(what: str, entries: Iterable[tuple[str, str]]) -> None:
    """entries: (what must be unique, the mailbox's name)."""
    seen: dict[str, str] = {}
    for key, name in entries:
        if key in seen:
            raise ValueError(f"{TABLE}: two mailboxes {what} {key}: {seen[key]} and {name}; change one")
        seen[key] = name


def of_businesses(
    tables: Sequence[MailboxTable], businesses: Sequence[Business], largest: int
) -> tuple[MailboxTable, ...]:
    """The mailboxes with their business's addresses. Raises ValueError when there is no such business."""
    return tuple(_of(table, businesses, largest) for table in tables)


def _of(table: MailboxTable, businesses: Sequence[Business], largest: int) -> MailboxTable:
    own = (table.address,) if table.address else ()
    if not table.business and len(businesses) > 1:
        # To and Cc tell whose each mail is, as they do for mail by SMTP.
        return table.settled("", own, largest)
    wanted = table.business.strip().casefold()
    for business in businesses:
        if business.name.casefold() == (wanted or business.name.casefold()):
            return table.settled(business.name, tuple(dict.fromkeys((*business.recipients, *own))), largest)
    names = ", ".join(business.name for business in businesses)
    raise ValueError(f"{TABLE} {table.name}: there is no business {table.business[:64]!r}; name one of {names}")


def named(tables: Sequence[MailboxTable], name: str) -> MailboxTable:
    """The mailbox of this name. Raises GiveUp that tells which there are."""
    for table in tables:
        if table.name.casefold() == name.strip().casefold():
            return table
    names = ", ".join(table.name for table in tables)
    known = f"name one of {names}" if names else "there is no [[mailbox]] in leadbot.toml yet: docs/mailboxes.md"
    raise GiveUp(f"there is no mailbox {name[:64]!r}; {known}")


def addresses(tables: Iterable[MailboxTable]) -> tuple[str, ...]:
    """The mailboxes' own addresses: what comes from there is ours."""
    return tuple(dict.fromkeys(table.address for table in tables if table.address))


def variables(tables: Iterable[MailboxTable]) -> set[str]:
    """The environment variables that they name."""
    return {name for table in tables for name in (table.password_env, table.client_secret_env) if name}
