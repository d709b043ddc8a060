"""files.*: the bot uploads in three steps: a URL, the content, and the share with a channel or thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.workspace.api.arguments import text, timestamp
from bot.workspace.api.chat import MAX_POSTED_TEXT, writable_channel
from bot.workspace.errors import SlackError
from bot.workspace.file_wire import slack_file
from bot.workspace.files import File
from bot.workspace.identity import BOT_USER_ID
from bot.workspace.json_text import read_json
from bot.workspace.store import Channel
from bot.workspace.workspace import Workspace

MAX_AT_ONCE = 20
Json = dict[str, Any]


def upload_url(workspace: Workspace, arguments: Json) -> Json:
    """files.getUploadURLExternal: where the content of a file goes, once."""
    name = text(arguments, "filename")
    try:
        length = int(arguments.get("length") or 0)
    except (TypeError, ValueError) as error:
        raise SlackError("invalid_arguments") from error
    token, pending = workspace.files.announce(name, length, str(arguments.get("alt_txt") or ""))
    return {"upload_url": f"{workspace.base_url}/upload/{token}", "file_id": pending.file_id}


def complete_upload(workspace: Workspace, arguments: Json) -> Json:
    """files.completeUploadExternal: the files are there, and one message shares them where it is said."""
    wanted = _wanted(arguments)
    channel = _channel(workspace, arguments)
    thread_ts = timestamp(arguments["thread_ts"], "thread_not_found") if arguments.get("thread_ts") else None
    comment = str(arguments.get("initial_comment") or "")
    if len(comment) > MAX_POSTED_TEXT:
        raise SlackError("msg_too_long")
    if channel is not None and thread_ts is not None:
        workspace.check_thread(channel, thread_ts)
    if not all(workspace.files.ready(file_id) for file_id, _ in wanted):
        raise SlackError("file_not_found")
    files = [workspace.files.complete(file_id, title) for file_id, title in wanted]
    shown = [slack_file(file, workspace.base_url) for file in files]
    if channel is not None:
        body: Json = {"text": comment, "files": shown, "upload": True}
        workspace.post(channel, BOT_USER_ID, body, thread_ts=thread_ts)
    return {"files": shown}


def info(workspace: Workspace, arguments: Json) -> Json:
    """files.info."""
    return {"file": slack_file(_file(workspace, text(arguments, "file")), workspace.base_url), "comments": []}


def _file(workspace: Workspace, file_id: str) -> File:
    file = workspace.files.get(file_id)
    if file is None:
        raise SlackError("file_not_found")
    return file


def _wanted(arguments: Json) -> list[tuple[str, str | None]]:
    """The ids and titles; each id once."""
    given = arguments.get("files")
    if isinstance(given, str):
        try:
            given = read_json(given)
        except (ValueError, RecursionError) as error:
            raise SlackError("invalid_arguments") from error
    if not isinstance(given, list) or not 0 < len(given) <= MAX_AT_ONCE:
        raise SlackError("invalid_arguments")
    wanted = {str(one["id"]): one.get("title") for one in given if isinstance(one, dict) and one.get("id")}
    if len(wanted) != len(given):
        raise SlackError("invalid_arguments")
    return [(file_id, title if isinstance(title, str) else None) for file_id, title in wanted.items()]


def _channel(workspace: Workspace, arguments: Json) -> Channel | None:
    given = arguments.get("channel_id") or arguments.get("channels")
    return writable_channel(workspace, {"channel": str(given).partition(",")[0]}) if given else None


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "files.completeUploadExternal": complete_upload,
    "files.getUploadURLExternal": upload_url,
    "files.info": info,
}
