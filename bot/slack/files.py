"""Files into a channel or a thread, by Slack's way in three steps (files_upload_v2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.slack.client import Slack


@dataclass(frozen=True)
class Upload:
    """One file. title: what people see of it; alt: what a picture shows, for those who hear the page."""

    name: str
    content: bytes = field(repr=False)
    title: str
    alt: str


async def upload(
    slack: Slack, *, channel: str, thread_ts: str | None, files: Sequence[Upload], comment: str = ""
) -> tuple[str, ...]:
    """Put the files there in one message; their ids. comment: mrkdwn of our own that stands above them.

    Slack has no way to say which message it was: whoever may come twice looks for the name of a file. Raises as
    Slack.call does; after SlackUnclear they may be there or not.
    """
    made = [
        {"filename": file.name, "content": file.content, "title": file.title}
        | ({"alt_txt": file.alt} if file.alt else {})
        for file in files
    ]
    where = {"channel": channel, "initial_comment": comment, "thread_ts": thread_ts}
    answer = await slack.upload(made, **{name: value for name, value in where.items() if value})
    return tuple(str(file.get("id", "")) for file in answer.get("files") or ())
