"""What is wrong with what was sent in from the home tab, told beside the field. Pure and quick: Slack waits for it."""

from __future__ import annotations

from bot import staff_settings
from bot.slack import home_settings
from bot.slack.interaction import Interaction
from channels.mail.language import LANGUAGES


def _wrong(name: str, value: str) -> dict[str, str]:
    try:
        staff_settings.CHECKS[name](value)
    except ValueError:
        return {name: "Choose one of the times" if name != home_settings.WEEKDAY else "Choose one of the days"}
    return {}


def wrong_digest(given: Interaction) -> dict[str, str]:
    """What is wrong with the digest's time and day, by field."""
    names = [name for name in home_settings.GROUPS["digest"] if name in given.answers]
    wrong = [_wrong(name, given.answers[name]) for name in names]
    return {name: told for each in wrong for name, told in each.items()}


def wrong_quiet(given: Interaction) -> dict[str, str]:
    """What is wrong with the quiet hours: both or neither, and two different times."""
    first, last = (given.answers.get(name, "") for name in home_settings.GROUPS["quiet"])
    if not first and not last:
        return {}
    if not first or not last:
        return {home_settings.UNTIL if first else home_settings.FROM: "Choose both times, or neither"}
    if first == last:
        return {home_settings.UNTIL: "Choose two different times"}
    return _wrong(home_settings.FROM, first) | _wrong(home_settings.UNTIL, last)


def wrong_rule(given: Interaction) -> dict[str, str]:
    """What is wrong with a channel rule: it needs a condition and a channel."""
    language = given.answers.get("language", "").strip().lower()
    if language and language not in LANGUAGES:
        return {"language": "No language that Leadbot can tell: write two letters, such as de for German"}
    try:
        rule = home_settings.rule_of(given.answers)
        if rule.when:
            staff_settings.routes([rule])
    except ValueError:
        return {home_settings.CHANNEL: "Choose a channel, and conditions from the lists"}
    return {} if rule.when else {"urgency": "Choose at least one condition"}
