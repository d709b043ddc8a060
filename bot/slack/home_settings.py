"""The settings that staff see and change on the home tab: a line each, and the windows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from bot.settings import Settings
from bot.settings_staff import Weekday
from bot.slack.blocks import Block, header, inert, one_line, section, small
from bot.slack.buttons import button
from bot.slack.modal_parts import Modal
from bot.staff_settings import CONDITIONS, LONGEST_CONDITION, MOST_ROUTES, Effective, Origin, Route
from enrichment.lead import UrgencyLabel
from enrichment.stages.question import UNKNOWN, asked

DIGEST, QUIET, RESET, ADD_RULE, REMOVE_RULE = (
    "home_digest",
    "home_quiet",
    "home_reset",
    "home_add_rule",
    "home_remove_rule",
)
DIGEST_FORM, QUIET_FORM, RULE_FORM = "home_digest_form", "home_quiet_form", "home_rule_form"
TIME, WEEKDAY, FROM, UNTIL, CHANNEL = "digest_time", "digest_weekday", "quiet_from", "quiet_until", "channel"
# What is changed together, by the word that a button knows it by.
GROUPS: Mapping[str, tuple[str, ...]] = {"digest": (TIME, WEEKDAY), "quiet": (FROM, UNTIL)}
MOST_OPTIONS = 100
NAMED = 80
_LABELS = {"business": "Business", "mailbox": "Mailbox", "intent": "Kind of message", "urgency": "Urgency"}

# Slack's id of somebody to what people call them.
Names = Mapping[str, str]


def shown(chosen: Effective, names: Names, zone: str) -> list[Block]:
    """The part of the home tab about settings; times are in this zone."""
    return [
        header("Settings"),
        *_group("digest", _digest(chosen), chosen, names, zone),
        *_group("quiet", _quiet(chosen), chosen, names, zone),
        *_rules(chosen, names, zone),
        small(f"Times are in the time zone {zone}."),
    ]


def _digest(chosen: Effective) -> str:
    day = "never" if chosen.digest_weekday == "never" else f"on {chosen.digest_weekday.title()}"
    return f"Digest: daily at {chosen.digest_time}, weekly {day}"


def _quiet(chosen: Effective) -> str:
    return f"Quiet hours: {chosen.quiet_from} to {chosen.quiet_until}" if chosen.quiet_from else "Quiet hours: none"


def _group(word: str, text: str, chosen: Effective, names: Names, zone: str) -> list[Block]:
    """The line of a group with who set it, and its buttons; a value that is fixed has no button."""
    found = [chosen.origins[name] for name in GROUPS[word]]
    line = section("\n".join([text, *dict.fromkeys(filter(None, (_told(each, names, zone) for each in found)))]), 600)
    if all(each.fixed for each in found):
        return [line]
    change = button({"digest": DIGEST, "quiet": QUIET}[word], "Change…", word)
    reset = [button(RESET, "Use Default", word)] if any(each.actor for each in found) else []
    return [line, {"type": "actions", "block_id": f"home_{word}", "elements": [change, *reset]}]


def _told(origin: Origin, names: Names, zone: str) -> str:
    if origin.fixed:
        return f"Fixed by {origin.where}: change it there"
    if not origin.actor or origin.at is None:
        return ""
    who = one_line(names.get(origin.actor, origin.actor), NAMED)
    return f"Set by {who} on {_day(origin.at, zone)}"


def _day(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%b} {local.day}"


def _rules(chosen: Effective, names: Names, zone: str) -> list[Block]:
    """Each rule with its button; the first that fits counts."""
    origin = chosen.origins["routes"]
    fixed = origin.fixed
    title = "Channel rules: the first that fits a lead says where its card goes" if chosen.routes else (
        "Channel rules: none, every card goes to the lead channel"
    )  # fmt: skip
    told = _told(origin, names, zone)
    rows = [_rule(number, route, names, fixed=fixed) for number, route in enumerate(chosen.routes)]
    add = {"type": "actions", "block_id": "home_rules", "elements": [button(ADD_RULE, "Add Rule…", "routes")]}
    room = not fixed and len(chosen.routes) < MOST_ROUTES
    return [section("\n".join(filter(None, [title, told])), 600), *rows, *([add] if room else [])]


def _rule(number: int, route: Route, names: Names, *, fixed: bool) -> Block:
    told = {_label(name).lower(): one_line(_words(name, value), NAMED) for name, value in route.when.items()}
    when = ", ".join(f"{label} is {value}" for label, value in told.items())
    where = one_line(names.get(route.channel, route.channel), NAMED)
    row = section(f"{number + 1}. When {when}: #{where}", 1000) | {"block_id": f"home_rule_{number}"}
    if fixed:
        return row
    sure = {
        "title": inert("Remove this rule?", 100),
        "text": inert("Later leads go where the next rule that fits says, or to the lead channel.", 300),
        "confirm": inert("Remove", 30),
        "deny": inert("Keep", 30),
    }
    return row | {"accessory": button(REMOVE_RULE, "Remove", mark(route), confirm=sure)}


def mark(route: Route) -> str:
    """What a button remembers of a rule, so that a stale one takes no other away."""
    return f"{route.channel}:{'|'.join(f'{name}={value}' for name, value in sorted(route.when.items()))}"


def digest_form(chosen: Effective) -> Modal:
    """Asks when the digests are posted; what is fixed is not asked."""
    days = [_option(day.title(), day) for day in get_args(Weekday)]
    day = next(option for option in days if option["value"] == chosen.digest_weekday)
    fields = {
        TIME: ("Daily digest at", _time(TIME, chosen.digest_time), False),
        WEEKDAY: ("Weekly digest on", _select(WEEKDAY, days) | {"initial_option": day}, False),
    }
    wanted = [_input(name, *field) for name, field in fields.items() if not chosen.origins[name].fixed]
    return _form("Digest Time", DIGEST_FORM, wanted)


def quiet_form(chosen: Effective) -> Modal:
    """Asks between which times nobody is pinged; both empty means never."""
    told = small("Leave both empty for no quiet hours.")
    first = _input(FROM, "Nobody is pinged from", _time(FROM, chosen.quiet_from), True)
    last = _input(UNTIL, "Until", _time(UNTIL, chosen.quiet_until), True)
    return _form("Quiet Hours", QUIET_FORM, [first, last, told])


def rule_form(settings: Settings) -> Modal:
    """Asks which leads go to which channel."""
    businesses = [business.name for business in settings.businesses]
    mailboxes = [mailbox.name for mailbox in settings.mailboxes]
    known: dict[str, Sequence[str]] = {
        "business": businesses if len(businesses) > 1 else (),
        "mailbox": mailboxes,
        "intent": [kind for kind in asked().intents if kind != UNKNOWN],
        "urgency": [label.value for label in UrgencyLabel],
    }
    fields = [
        _input(name, _label(name), _select(name, _options(name, found)), True) for name, found in known.items() if found
    ]
    language = {"type": "plain_text_input", "action_id": "language", "max_length": LONGEST_CONDITION}
    channel = {"type": "channels_select", "action_id": CHANNEL}
    return _form(
        "Add Channel Rule",
        RULE_FORM,
        [
            small("A lead that meets everything you choose here gets its card in that channel."),
            *fields,
            _input("language", "Language, in two letters such as de", language, True),
            _input(CHANNEL, "Channel (invite Leadbot to it first)", channel, False),
        ],
    )


def rule_of(answers: Mapping[str, str]) -> Route:
    """The rule that a form asks for. Raises ValueError."""
    when = {name: " ".join(answers.get(name, "").split()) for name in CONDITIONS}
    when["language"] = when["language"].lower()
    return Route(when={name: value for name, value in when.items() if value}, channel=answers.get(CHANNEL, ""))


def _label(name: str) -> str:
    return _LABELS.get(name, name.title())


def _words(name: str, value: str) -> str:
    """A condition's value as people say it: `job application`."""
    return value.replace("_", " ") if name == "intent" else value


def _options(name: str, values: Sequence[str]) -> list[Block]:
    """Those whose value fits a rule; two names that differ only in what is cut stay apart by their values."""
    return [_option(_words(name, value), value) for value in values if len(value) <= LONGEST_CONDITION][:MOST_OPTIONS]


def _option(text: str, value: str) -> Block:
    return {"text": inert(text, 75), "value": value}


def _select(name: str, options: list[Block]) -> Block:
    return {"type": "static_select", "action_id": name, "options": options}


def _time(name: str, value: str) -> Block:
    return {"type": "timepicker", "action_id": name} | ({"initial_time": value} if value else {})


def _input(name: str, label: str, element: Block, optional: bool) -> Block:
    """A field whose block and action share one name."""
    return {"type": "input", "block_id": name, "label": inert(label, 75), "element": element, "optional": optional}


def _form(title: str, callback_id: str, blocks: list[Block]) -> Modal:
    made: dict[str, Any] = {"type": "modal", "callback_id": callback_id, "title": inert(title, 24), "blocks": blocks}
    return made | {"submit": inert("Save", 24), "close": inert("Cancel", 24)}
