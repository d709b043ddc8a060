"""The fixed ids and tokens of the local workspace; they are no secrets and open nothing but that workspace."""

from __future__ import annotations

from dataclasses import dataclass

BOT_TOKEN = "xoxb-local-workspace"  # noqa: S105 - a public constant: the server listens on this machine only
APP_TOKEN = "xapp-local-workspace"  # noqa: S105 - as above
VERIFICATION_TOKEN = "local-workspace"  # noqa: S105 - Slack's deprecated payload field; nothing checks it

TEAM_ID = "T0LOCAL"
TEAM_NAME = "Local workspace"
TEAM_DOMAIN = "local"
APP_ID = "A0LEADBOT"
BOT_ID = "B0LEADBOT"
BOT_USER_ID = "U0LEADBOT"
SLACKBOT_ID = "USLACKBOT"

# What the bot may do, as in the app's manifest; the header x-oauth-scopes tells it.
SCOPES: tuple[str, ...] = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "im:history",
    "im:write",
    "reactions:read",
    "users:read",
)

LEADS_CHANNEL = "C0LEADS"
INBOX_CHANNEL = "C0INBOX"
STAFF_1 = "U0STAFF1"
STAFF_2 = "U0STAFF2"


@dataclass(frozen=True, slots=True)
class User:
    """Someone in the workspace. name: the handle without @; real_name: how the page shows them."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class SeedChannel:
    """A public channel that exists from the first start; topic: what it is for, in one line."""

    id: str
    name: str
    topic: str


USERS: dict[str, User] = {
    user.id: user
    for user in (
        User(STAFF_1, "maya.brooks", "Maya Brooks"),
        User(STAFF_2, "tom.keller", "Tom Keller"),
        User(BOT_USER_ID, "leadbot", "Leadbot", is_bot=True),
        User(SLACKBOT_ID, "slackbot", "Slackbot", is_bot=True),
    )
}
STAFF: tuple[str, ...] = (STAFF_1, STAFF_2)
CHANNELS: tuple[SeedChannel, ...] = (
    SeedChannel(LEADS_CHANNEL, "leads", "Every lead gets its card here"),
    SeedChannel(INBOX_CHANNEL, "inbox", "Leadbot does not read this channel yet"),
)


def dm_channel(user_id: str) -> str:
    """The id of the direct-message channel between the bot and a person."""
    return "D" + user_id[1:]
