"""The doctor's look at the channels of the cards: each is there, and the bot is in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.health import Check
from bot.routes import Route
from bot.slack.app import identify
from bot.slack.client import Slack
from bot.slack.routing import CHANNEL_ID, named_channels
from enrichment.errors import LeadbotError

SCOPE_ADVICE = (
    "paste docs/slack-manifest.json (`leadbot slack-manifest`) under App Manifest at api.slack.com/apps, save, "
    "then press Reinstall under OAuth & Permissions"
)
_LEADS_ADVICE = "set LEADBOT_SLACK_CHANNEL; a private channel by its id, after /invite @Leadbot in it"
_ROUTE_ADVICE = "until then its leads come to the lead channel; name another in the rule, a private one by its id"
# Slack answers some fifty such questions a minute.
MOST = 40


async def lead_channel(client: Slack, wanted: str) -> tuple[Check, bool]:
    """Whether the lead channel is there and the bot is in it, and whether it may be a private one."""
    try:
        identity = await identify(client, wanted)
    except LeadbotError as error:
        return _unseen("slack channel", str(error), _LEADS_ADVICE)
    within = f" in team {identity.team_id}"
    return await _looked_at(client, "slack channel", identity.channel, _LEADS_ADVICE, within)


async def rule_channels(client: Slack, routes: Sequence[Route], intake: Collection[str]) -> tuple[list[Check], bool]:
    """A check for each channel that a rule names, and whether one of them may be private. intake: the ways in."""
    wanted = list(dict.fromkeys(route.channel for route in routes))
    try:
        ids = await named_channels(client) if wanted else {}
    except LeadbotError as error:
        return [_unseen("rule channel", str(error), _ROUTE_ADVICE)[0]], False
    looks = [await _of_rule(client, name, ids) for name in wanted[:MOST]]
    found = [check for check, _ in looks]
    ways = {_id(name, ids) for name in intake}
    found += [_both(name) for name in wanted if _id(name, ids) in ways]
    if rest := len(wanted) - MOST:
        found += [Check(name="rule channel", state="off", detail=f"{rest} more were not looked at")] if rest > 0 else []
    return found, any(private for _, private in looks)


def _id(name: str, ids: Mapping[str, str]) -> str:
    plain = name.removeprefix("#")
    return plain if CHANNEL_ID.fullmatch(plain) else ids.get(plain.lower(), plain.lower())


def _both(name: str) -> Check:
    told = f"#{name} is in LEADBOT_SLACK_INTAKE too: with cards in it, what is written there is no lead"
    return Check(name="rule channel", state="failed", detail=told, advice="send the cards to another channel")


async def _of_rule(client: Slack, name: str, ids: Mapping[str, str]) -> tuple[Check, bool]:
    channel = _id(name, ids)
    if not CHANNEL_ID.fullmatch(channel):
        told = f"there is no channel #{name} that the bot can see"
        return Check(name="rule channel", state="failed", detail=told, advice=_ROUTE_ADVICE), False
    return await _looked_at(client, "rule channel", channel, _ROUTE_ADVICE)


async def _looked_at(client: Slack, check: str, channel: str, advice: str, within: str = "") -> tuple[Check, bool]:
    """What Slack says of a channel; a missing permission is taken for a private one's."""
    try:
        answer = (await client.read("conversations.info", channel=channel)).get("channel")
    except LeadbotError as error:
        return _unseen(check, f"{channel}: {error}" if check == "rule channel" else str(error), advice)
    said = answer if isinstance(answer, dict) else {}
    private, name = bool(said.get("is_private")), str(said.get("name") or channel)
    detail = f"{'private ' if private else ''}#{name}{within}"
    if said.get("is_archived"):
        return Check(name=check, state="failed", detail=f"{detail} is archived", advice=advice), private
    if not said.get("is_member"):
        told, todo = f"the bot is not in {detail}", f"type /invite @Leadbot in #{name}"
        return Check(name=check, state="failed", detail=told, advice=todo), private
    return Check(name=check, state="ok", detail=detail), private


def _unseen(check: str, why: str, advice: str) -> tuple[Check, bool]:
    hidden = "missing_scope" in why
    return Check(name=check, state="failed", detail=why, advice=SCOPE_ADVICE if hidden else advice), hidden
