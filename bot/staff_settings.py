"""What staff may set in Slack, and what counts: environment, leadbot.toml, App Home, default, in this order.

A stored value that makes no sense, as after a downgrade, counts as not set: a wrong row must never stop the bot.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from bot import origins
from bot.routes import LONGEST_CONDITION, Route
from bot.settings import TOML, Settings
from bot.settings_staff import CLOCK_TIME, Weekday
from enrichment.adapters.store.staff_settings import StaffSetting, StaffSettings
from enrichment.errors import LeadbotError
from enrichment.models import Model

log = structlog.get_logger(__name__)

__all__ = ["LONGEST_CONDITION", "Effective", "LiveSettings", "Origin", "Route", "effective", "is_fixed", "routes"]

NAMES = ("digest_time", "digest_weekday", "quiet_from", "quiet_until", "routes")
APP_HOME = "App Home"
CONDITIONS = ("business", "mailbox", "intent", "urgency", "language")
MOST_ROUTES = 20
# Every worker follows a change within this.
LOOK_SECONDS = 3.0
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
_WEEKDAY: TypeAdapter[Weekday] = TypeAdapter(Weekday)


class Origin(Model):
    """Where a value comes from. fixed: staff cannot change it; actor, at: who set it in App Home, and when."""

    where: str = origins.DEFAULT
    fixed: bool = False
    actor: str = ""
    at: datetime | None = None


class Effective(Model):
    """What counts now. Times are HH:MM in the business's time zone; both quiet ones are empty or neither is."""

    digest_time: str
    digest_weekday: Weekday
    quiet_from: str = ""
    quiet_until: str = ""
    routes: tuple[Route, ...] = ()
    origins: dict[str, Origin]

    def quiet_at(self, moment: time) -> bool:
        """Whether nobody is to be pinged at this time of day; the hours may go over midnight."""
        if not self.quiet_from or self.quiet_from == self.quiet_until:
            return False
        first, last, now = self.quiet_from, self.quiet_until, f"{moment:%H:%M}"
        return first <= now < last if first < last else now >= first or now < last


def clock_time(value: Any) -> str:
    """HH:MM, from `8:05` too. Raises ValueError."""
    if not isinstance(value, str) or not CLOCK_TIME.fullmatch(value):
        raise ValueError("should be a time of day, HH:MM")
    hour, _, minute = value.partition(":")
    return f"{int(hour):02}:{minute}"


def routes(value: Any) -> tuple[Route, ...]:
    """The rules, first that fits counts. Raises ValueError."""
    if not isinstance(value, list | tuple) or len(value) > MOST_ROUTES:
        raise ValueError(f"should be at most {MOST_ROUTES} rules")
    found = tuple(Route.model_validate(each) for each in value)
    for route in found:
        if not route.when:
            raise ValueError("a rule needs a condition")
        if not _CHANNEL.fullmatch(route.channel):
            raise ValueError("a rule needs a channel")
    return found


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "digest_time": clock_time,
    "digest_weekday": _WEEKDAY.validate_python,
    "quiet_from": clock_time,
    "quiet_until": clock_time,
    "routes": routes,
}


def effective(settings: Settings, stored: Mapping[str, StaffSetting] | Mapping[str, Any]) -> Effective:
    """What counts. stored: by name what staff set, as StaffSettings.listed or .all tells it. Never raises."""
    values: dict[str, Any] = {}
    told: dict[str, Origin] = {}
    for name in NAMES:
        values[name], told[name] = _value(settings, name, stored.get(name))
    if not (values["quiet_from"] and values["quiet_until"]):
        values |= {"quiet_from": "", "quiet_until": ""}
    return Effective(**values, origins=told)


def _value(settings: Settings, name: str, found: Any) -> tuple[Any, Origin]:
    given = getattr(settings, name, ())
    usual = clock_time(given) if CHECKS[name] is clock_time and given else given
    if is_fixed(settings, name):
        where = origins.origin(name) if name in type(settings).model_fields else TOML
        return usual, Origin(where="settings" if where == origins.DEFAULT else where, fixed=True)
    if found is not None:
        setting = found if isinstance(found, StaffSetting) else None
        try:
            value = CHECKS[name](setting.value if setting else found)
        except (ValidationError, ValueError) as error:
            log.warning("what staff set makes no sense and counts as not set", setting=name, why=type(error).__name__)
        else:
            set_by = {"actor": setting.actor, "at": setting.at} if setting else {}
            return value, Origin(where=APP_HOME, **set_by)
    return usual, Origin()


def is_fixed(settings: Settings, name: str) -> bool:
    """Whether the environment or leadbot.toml says it, so that staff cannot."""
    if name == "routes":
        return bool(settings.routes)
    pair = {"quiet_from", "quiet_until"}
    # Half of the quiet hours from here and half from there would be nobody's.
    return bool((pair if name in pair else {name}) & settings.model_fields_set)


class LiveSettings:
    """What counts now in a running bot: looked at again every few seconds, for any worker may have changed it."""

    def __init__(self, settings: Settings, store: StaffSettings) -> None:
        self._settings = settings
        self._store = store
        self._followers: list[Callable[[Effective], None]] = []
        self.current = effective(settings, {})

    def follow(self, changed: Callable[[Effective], None]) -> None:
        """Call this on the event loop after every change."""
        self._followers.append(changed)

    def look(self) -> Effective:
        """What is stored now. Blocking. Raises RetryLater."""
        return effective(self._settings, self._store.listed())

    async def refresh(self) -> Effective:
        """Look, and tell of what has changed. Raises RetryLater."""
        found = await asyncio.to_thread(self.look)
        if found != self.current:
            self.current = found
            for changed in self._followers:
                changed(found)
        return found

    async def keep(self) -> None:
        """Look again and again, until cancelled; while the database is away what was known counts."""
        while True:
            try:
                await self.refresh()
            except LeadbotError as error:
                log.debug("what staff set cannot be read now", why=str(error))
            except Exception:  # a follower that fails must not end the bot
                log.exception("what staff set could not be followed")
            await asyncio.sleep(LOOK_SECONDS)
