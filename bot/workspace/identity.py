"""The fixed ids and tokens of the local workspace; they are no secrets and open nothing but that workspace."""

from __future__ import annotations

from dataclasses import dataclass

BOT_TOKEN = "xoxb-local-workspace"  # noqa: S105 - a public constant: the server listens on this machine only
APP_TOKEN = "xapp-local-workspace"  # noqa: S105 - as above
SIGNING_SECRET = "local-workspace-signing-secret"  # noqa: S105 - as above; signs what HTTP mode delivers
VERIFICATION_TOKEN = "local-workspace"  # noqa: S105 - Slack's deprecated payload field; nothing checks it

TEAM_ID = "T0LOCAL"
TEAM_NAME = "Local workspace"
TEAM_DOMAIN = "local"
APP_ID = "A0LEADBOT"
BOT_ID = "B0LEADBOT"
BOT_USER_ID = "U0LEADBOT"
SLACKBOT_ID = "USLACKBOT"

LEADS_CHANNEL = "C0LEADS"
INBOX_CHANNEL = "C0INBOX"
STAFF_1 = "U0STAFF1"
STAFF_2 = "U0STAFF2"
CUSTOMER = "U0GUEST1"


@dataclass(frozen=True, slots=True)
class User:
    """Someone in the workspace. name: the handle without @; real_name: how the page shows them.

    is_guest: a person from outside the business, who sees the channels that they were invited to.
    """

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class FormBot:
    """Another app that posts what was filled in elsewhere, by an incoming webhook. id: its bot_id."""

    id: str
    app_id: str
    name: str


@dataclass(frozen=True, slots=True)
class SeedChannel:
    """A public channel that exists from the first start; topic: what it is for, in one line."""

    id: str
    name: str
    topic: str
    members: tuple[str, ...]


USERS: dict[str, User] = {
    user.id: user
    for user in (
        User(STAFF_1, "maya.brooks", "Maya Brooks"),
        User(STAFF_2, "tom.keller", "Tom Keller"),
        User(CUSTOMER, "dana.whitfield", "Dana Whitfield", is_guest=True),
        User(BOT_USER_ID, "leadbot", "Leadbot", is_bot=True),
        User(SLACKBOT_ID, "slackbot", "Slackbot", is_bot=True),
    )
}
STAFF: tuple[str, ...] = (STAFF_1, STAFF_2)
PEOPLE: tuple[str, ...] = (*STAFF, CUSTOMER)
FORM_BOT = FormBot("B0FORMS01", "A0FORMS01", "Website forms")
CHANNELS: tuple[SeedChannel, ...] = (
    SeedChannel(LEADS_CHANNEL, "leads", "Every lead gets its card here", STAFF),
    SeedChannel(INBOX_CHANNEL, "inbox", "Customers and web forms write here", PEOPLE),
)


def dm_channel(user_id: str) -> str:
    """The id of the direct-message channel between the bot and a person."""
    return "D" + user_id[1:]
