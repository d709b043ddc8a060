"""The doctor's look at HTTP mode: the secret that proves Slack, the port, and the way to it from outside."""

from __future__ import annotations

from bot import checks, folder
from bot.health import Check
from bot.settings import Settings

SECRET_ADVICE = "copy the Signing Secret from Basic Information into SLACK_SIGNING_SECRET"  # noqa: S105 - advice
_URL_ADVICE = (
    "put a proxy with TLS before it (docs/slack.md#http-mode) and paste what `leadbot slack-manifest --http "
    "https://YOUR-ADDRESS` prints under App Manifest at api.slack.com/apps"
)


def http_mode(settings: Settings) -> list[Check]:
    """What HTTP mode needs besides the bot token. Slack alone knows whether its way here is open."""
    host, port = settings.slack_http_host, settings.slack_http_port
    running = folder.is_locked(settings.data_dir)
    secret = Check(name="slack signing secret", state="ok", detail=_chosen(settings))
    listening = checks.port("slack http", host, port, "LEADBOT_SLACK_HTTP_PORT", expected=running)
    told = f"Slack must reach https://YOUR-ADDRESS/slack/events, passed on to {host}:{port}"
    return [secret, listening, Check(name="slack request url", state="off", detail=told, advice=_URL_ADVICE)]


def _chosen(settings: Settings) -> str:
    why = "LEADBOT_SLACK_MODE=http" if settings.slack_mode == "http" else "there is no app token"
    unused = "; SLACK_APP_TOKEN is not used" if settings.slack_app_token is not None else ""
    return f"set, and Slack posts to the bot ({why}){unused}"
