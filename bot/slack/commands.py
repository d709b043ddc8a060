"""`/lead`: what staff can ask for and do. An answer is for the asker's eyes only, unless they say `share`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.search import lead_number
from bot.slack import command_help
from bot.slack.blocks import SlackMessage, small
from bot.slack.command_help import HARMLESS, HELP, SHAREABLE, help_message
from bot.slack.command_list import WORDS
from bot.slack.command_reply import COMMAND, Asker, Reply, titled
from bot.slack.command_words import SHARE, Typed, split, typed
from enrichment.errors import GiveUp, NeedsPerson, RetryLater

__all__ = ["COMMAND", "HELP", "Commands", "Own", "Verb", "help_message", "hints"]

# Backquotes around what can be typed, in a line that also goes to terminals: Slack shows them as they are here.
_QUOTED = re.compile("`([^`]*)`")

Answer = Callable[[str], Awaitable[SlackMessage]]
# Answers to who asks and to what stands after the verb. Raises GiveUp, RetryLater or NeedsPerson with a line for them.
Own = Callable[[Asker, str], Awaitable[SlackMessage]]


@dataclass(frozen=True)
class Verb:
    """A command that another part brings. answer: to what stands after it; help: its lines, command to what it does."""

    answer: Answer
    help: Mapping[str, str] = field(default_factory=dict)


def hints(extra: Mapping[str, Verb] | None = None) -> dict[str, str]:
    """Everything that can be typed, with what it does; the list itself last."""
    return command_help.united([brought.help for brought in (extra or {}).values()])


@dataclass(frozen=True)
class Commands:
    """Answers the words after `/lead`.

    own: by verb; extra: verbs that other parts bring (`samples`), which answer and are listed like the built-in ones.
    name: what people call a user.
    """

    own: Mapping[str, Own]
    name: Callable[[str, str], Awaitable[str]]
    extra: Mapping[str, Verb] = field(default_factory=dict)

    async def answer(self, text: str, asker: Asker) -> Reply:
        """The answer to `/lead <text>`; never raises for what was typed or for a neighbour's outage."""
        asked = self._understood(typed(text))
        if asked.verb not in self._known():
            return Reply(message=command_help.unknown(asked.verb, asked.rest, hints(self.extra), WORDS))
        if asked.shared and asked.verb not in SHAREABLE:
            return Reply(message=titled(f"The answer to “{asked.verb}” is for you alone: type it without “{SHARE}”."))
        try:
            message = await self._answered(asked, asker.model_copy(update={"shared": asked.shared}))
        except GiveUp as error:
            return Reply(message=self._refused(asked.verb, str(error)))
        except (RetryLater, NeedsPerson) as error:
            return Reply(message=titled(f"That did not work just now: {error}. Please try again."))
        if not asked.shared:
            return Reply(message=message)
        return Reply(message=_signed(message, await self.name(asker.user, asker.username)), shared=True)

    async def rerun(self, text: str, asker: Asker) -> SlackMessage:
        """The answer to a command that stands behind a button. Raises GiveUp when it is one that changes something."""
        asked = self._understood(typed(text))
        if asked.verb not in HARMLESS or asked.verb not in self._known():
            raise GiveUp("this button is not known any more")
        return (await self.answer(text, asker)).message

    def _known(self) -> frozenset[str]:
        return frozenset({*self.own, *self.extra, "help"})

    def _understood(self, asked: Typed) -> Typed:
        """What is meant: a list where its words stand alone; a `share` that ends somebody's prose is part of it."""
        verb, first = asked.verb, split(asked.rest)[0].lower()
        if lead_number(verb) is not None:
            return asked.model_copy(update={"verb": "show", "rest": f"{verb} {asked.rest}".strip()})
        # `won L-12` closes it, `won` and `won mine` list.
        if not verb or (verb in WORDS and (verb not in self.own or not first or first in WORDS)):
            return asked.model_copy(update={"verb": "list", "rest": f"{verb} {asked.rest}".strip()})
        if asked.ends and verb in self._known() - SHAREABLE:
            return asked.model_copy(update={"rest": f"{asked.rest} {SHARE}".strip(), "shared": False})
        return asked

    async def _answered(self, asked: Typed, asker: Asker) -> SlackMessage:
        if asked.verb in self.own:
            return await self.own[asked.verb](asker, asked.rest)
        if asked.verb in self.extra:
            return await self.extra[asked.verb].answer(asked.rest)
        return self._help(asked.rest)

    def _help(self, rest: str) -> SlackMessage:
        verb, known = split(rest)[0].lower(), hints(self.extra)
        if not verb:
            return help_message("", known)
        return command_help.help_of("list" if verb in WORDS and verb not in self.own else verb, known)

    def _refused(self, verb: str, why: str) -> SlackMessage:
        """Why not, and how it is typed."""
        why = _QUOTED.sub(r"“\1”", why)
        return command_help.with_examples(f"{why[:1].upper()}{why[1:]}.", verb, hints(self.extra))


def _signed(message: SlackMessage, name: str) -> SlackMessage:
    """Who shared it stands below; a button would put its presser's own answer in the place of what all see."""
    shown = (block for block in message.blocks if block["type"] != "actions")
    return SlackMessage(text=message.text, blocks=(*shown, small(f"Shared by {name}", 300)))
