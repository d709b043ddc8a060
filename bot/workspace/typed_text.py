"""Turns what a person types into the text that Slack stores and sends: escaped, with links and mentions marked."""

from __future__ import annotations

import re

from bot.workspace.identity import USERS

LINKABLE = re.compile(
    r"<@(?P<mention>[UW][A-Z0-9]{1,20})>"
    r"|@(?P<name>[a-z0-9][a-z0-9._-]{0,80})\b"
    r"|(?P<url>\bhttps?://[^\s<>|]{1,2000}[^\s<>|.,;:!?)'\"])"
    r"|(?P<mail>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b)",
    re.ASCII,
)


def escape(text: str) -> str:
    """Replace the three characters that mean something to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_slack_text(typed: str) -> str:
    """The stored form: `a < b` is escaped, `@leadbot` and <@U…> become mentions, addresses and URLs become links."""
    parts: list[str] = []
    end = 0
    for match in LINKABLE.finditer(typed):
        parts += [escape(typed[end : match.start()]), _marked(match)]
        end = match.end()
    return "".join([*parts, escape(typed[end:])])


def _marked(match: re.Match[str]) -> str:
    whole = escape(match.group())
    if match["url"]:
        return f"<{whole}>"
    if match["mail"]:
        return f"<mailto:{whole}|{whole}>"
    user_id = match["mention"] or _user_named(match["name"])
    return f"<@{user_id}>" if user_id in USERS else whole


def _user_named(name: str) -> str:
    return next((user.id for user in USERS.values() if user.name == name), "")
