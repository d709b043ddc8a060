"""What the running bot tells of itself: where its mail goes in, what can be typed, and what is not connected yet."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.workspace.app import App
from bot.workspace.store import Store

KEPT_AS = "announcement"
SMTP = r"^([A-Za-z0-9._-]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5})?$"
RECIPIENT = r"^([\x21-\x3b\x3d\x3f\x41-\x7e]+@[A-Za-z0-9.:\[\]-]+)?$"
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _with_port(smtp: str) -> str:
    if smtp and not 0 < int(smtp.rpartition(":")[2]) < 65536:
        raise ValueError("the port must be 1-65535")
    return smtp


def _installable(manifest: dict[str, Any] | None) -> dict[str, Any] | None:
    App.installed(manifest)  # a ValueError says what is wrong with it
    return manifest


class Command(BaseModel):
    """Something to type. command: as typed, arguments in capitals (`/lead similar TEXT`); hint: what it does."""

    model_config = ConfigDict(extra="forbid")
    command: str = Field(max_length=100, pattern=r"^/[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")
    hint: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")


class Announcement(BaseModel):
    """The body of `PUT /control/announce`; the bot sends it at each start.

        {"smtp": "127.0.0.1:2525", "recipient": "leads@localhost",
         "commands": [{"command": "/lead similar TEXT", "hint": "leads like this text"}],
         "off": ["Airtable is off: set AIRTABLE_API_KEY to turn it on"]}

    smtp: host:port of the bot's SMTP listener, "" when it has none; an IPv6 host stands in brackets.
    recipient: an address that it takes mail for. off: one line for each part that is off, and how to turn it on.
    manifest: of the bot's app, which is installed with it anew; None: with what the workspace was started with.
    """

    model_config = ConfigDict(extra="forbid")
    smtp: Annotated[str, Field(max_length=300, pattern=SMTP), AfterValidator(_with_port)] = ""
    recipient: str = Field(default="", max_length=254, pattern=RECIPIENT)
    commands: list[Command] = Field(default_factory=list, max_length=50)
    off: list[Line] = Field(default_factory=list, max_length=20)
    manifest: Annotated[dict[str, Any] | None, AfterValidator(_installable)] = None

    def told(self) -> dict[str, Any]:
        """As the page reads it: all but the manifest."""
        return self.model_dump(exclude={"manifest"})


class Announcements:
    """The last announcement; kept in the store, for the workspace may start again while the bot runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self) -> Announcement | None:
        """What the bot said last; None when it never did, or in a form of another version."""
        kept = self._store.note(KEPT_AS)
        try:
            return None if kept is None else Announcement.model_validate_json(kept)
        except ValidationError:
            return None

    def keep(self, announcement: Announcement) -> None:
        """Replace the last one."""
        self._store.keep_note(KEPT_AS, announcement.model_dump_json())
