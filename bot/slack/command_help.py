"""What can be typed after `/lead`, a line each and verb by verb; what is answered to a word nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from bot.search import lead_number
from bot.slack.blocks import Block, SlackMessage, escape, markup, one_line
from bot.slack.buttons import button
from bot.slack.command_reply import COMMAND, titled
from bot.slack.command_words import NEAR_DEED, nearest, split

RUN = "command_run"
# What changes nothing and so may stand behind a button; and what others may be shown.
HARMLESS = frozenset({"find", "help", "list", "show", "similar", "stats", "status"})
SHAREABLE = HARMLESS - {"help"}
# Slack takes 2000 characters as the value of a button.
LONGEST_RUN = 1000
_LABEL = 60
# What is done to a lead that is named next.
_DEEDS = ("assign", "claim", "lost", "release", "show", "similar", "snooze", "won")

HELP: Mapping[str, str] = MappingProxyType(
    {
        "/lead": "open leads, most urgent first",
        "/lead add TEXT": "a phone call, typed in, as a lead",
        "/lead assign L-12 @user": "give a lead to somebody",
        "/lead claim L-12": "take a lead",
        "/lead find WORDS": "search all leads for words",
        "/lead hot mine today": "only these; any words, any order",
        "/lead lost L-12 REASON": "close it as lost",
        "/lead mute 2h": "no pings for me; `today`, `off`",
        "/lead release L-12": "give a lead back",
        "/lead show L-12": "one lead in full",
        "/lead similar L-12": "leads like that one, duplicates",
        "/lead similar TEXT": "leads like this text",
        "/lead snooze L-12 2h": "until then it waits; `off` ends it",
        "/lead stats": "the numbers of the week",
        "/lead status": "what came in and what became of it",
        "/lead won L-12 REASON": "close it as won",
        "/lead help": "this list; `help snooze` says more",
    }
)
_LAST = f"{COMMAND} help"
_SHARING = "`share` as the first or last word shows the answer to everybody in the channel."
MORE: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "add": ("`/lead add Jo Miller, 555 0134, wants brakes done by Friday`", "Its card follows like any other's."),
        "assign": ("`/lead assign L-12 @maya`", "`/lead assign L-12 me`"),
        "claim": ("`/lead claim L-12`",),
        "find": ("`/lead find brakes`", "`/lead find jo@example.com`", _SHARING),
        "help": ("`/lead help`", "`/lead help snooze`"),
        "list": (
            "`/lead hot`   `/lead mine today`   `/lead unclaimed week`   `/lead won mine`",
            "Words: `open` `claimed` `unclaimed` `mine` `hot` `warm` `cold` `today` `week`",
            "`snoozed` `won` `lost` `all`, in any order.",
            "Any other word is searched for: `/lead hot brakes`.",
            _SHARING,
        ),
        "lost": ("`/lead lost L-12 went with somebody else`",),
        "mute": ("`/lead mute`, until tomorrow", "`/lead mute 2h`", "`/lead mute off`"),
        "release": ("`/lead release L-12`",),
        "show": ("`/lead show L-12`", "Shared with `share`, it is one line without the customer's message."),
        "similar": ("`/lead similar grinding brakes`", "`/lead similar L-12`", _SHARING),
        "snooze": (
            "`/lead snooze L-12 2h`   `3d`   `tomorrow`   `monday 14:00`   `2026-12-01 9:00`",
            "`/lead snooze L-12 off` brings it back at once.",
        ),
        "stats": ("`/lead stats`", _SHARING),
        "status": ("`/lead status`",),
        "won": ("`/lead won L-12 signed today`",),
    }
)


def united(extra: Iterable[Mapping[str, str]] = ()) -> dict[str, str]:
    """Everything that can be typed with what it does, in order, help last. extra: the lines of other parts."""
    lines = {command: what for command, what in HELP.items() if command != _LAST}
    for more in extra:
        lines |= more
    return dict(sorted(lines.items())) | {_LAST: HELP[_LAST]}


def help_message(remark: str, known: Mapping[str, str] = HELP) -> SlackMessage:
    """What can be typed, after a remark about what was not understood (anybody's words)."""
    return titled(remark or "What you can ask Leadbot", [markup(f"{_lines(known)}\n{_SHARING}")])


def help_of(verb: str, known: Mapping[str, str]) -> SlackMessage:
    """What is to know of one verb; of one that is unknown, the nearest."""
    if verb not in verbs(known):
        return unknown(verb, "", known)
    return with_examples(f"{COMMAND} {verb}", verb, known)


def with_examples(remark: str, verb: str, known: Mapping[str, str]) -> SlackMessage:
    """A remark (anybody's words) with what is to know of a verb below."""
    lines = MORE.get(verb) or [_lines({command: what for command, what in known.items() if _verb(command) == verb})]
    return titled(remark, [markup("\n".join(lines))] if any(lines) else [])


def verbs(known: Mapping[str, str]) -> frozenset[str]:
    """Every verb there is."""
    return frozenset({*MORE, *(_verb(command) for command in known)}) - {""}


def unknown(verb: str, rest: str, known: Mapping[str, str], words: Sequence[str] = ()) -> SlackMessage:
    """What to say to a first word that nobody knows. words: those that begin a list of leads, such as `hot`."""
    said = one_line(verb, 80)
    # `clame L-5` does something to a lead, so it is no slip of `claimed`, which lists.
    named = lead_number(split(rest)[0]) is not None
    meant = nearest(verb, _DEEDS, NEAR_DEED) if named else ""
    meant = meant or nearest(verb, [*verbs(known), *words])
    if not meant:
        found = suggestion(f"find {verb} {rest}", f"Find “{one_line(f'{verb} {rest}', 40)}”")
        return _with_buttons(help_message(f"I don't know “{said}”.", known), [found])
    whole = f"{COMMAND} {meant} {split(rest)[0]}" if named else f"{COMMAND} {meant}"
    text = f"I don't know “{said}”. Did you mean “{whole}”?"
    # `won` alone lists, `won L-12` closes.
    lists = meant in words and (meant not in MORE or not rest or split(rest)[0].lower() in words)
    safe = meant in HARMLESS or lists
    run = [suggestion(f"{meant} {rest}", f"Run {meant}")] if safe else []
    return _with_buttons(titled(text) if safe else with_examples(text, meant, known), run)


def suggestion(command: str, label: str) -> Block:
    """A button that runs a harmless command."""
    return button(RUN, one_line(label, _LABEL), one_line(command, LONGEST_RUN))


def suggestions(buttons: list[Block]) -> list[Block]:
    """The row that these buttons stand in, if there are any."""
    return [{"type": "actions", "block_id": "suggestions", "elements": buttons}] if buttons else []


def _with_buttons(message: SlackMessage, buttons: list[Block]) -> SlackMessage:
    title, *others = message.blocks
    return SlackMessage(text=message.text, blocks=(title, *suggestions(buttons), *others))


def _lines(known: Mapping[str, str]) -> str:
    return "\n".join(f"`{escape(command)}`  {what}" for command, what in known.items())


def _verb(command: str) -> str:
    """`assign` of `/lead assign L-12 @user`; of a list's own words, `list`."""
    words = command.split()
    if words[:1] != [COMMAND] or len(words) < 2:
        return ""
    return "list" if words[1] == "hot" else words[1]
