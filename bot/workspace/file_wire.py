"""How a file looks in JSON: Slack's file object for the bot, and the plain one of the control API."""

from __future__ import annotations

from typing import Any

from bot.workspace.files import File
from bot.workspace.identity import TEAM_ID

PRETTY = {
    "image/png": ("png", "PNG"),
    "image/jpeg": ("jpg", "JPEG"),
    "image/gif": ("gif", "GIF"),
    "image/webp": ("webp", "WebP"),
    "application/pdf": ("pdf", "PDF"),
    "text/plain": ("text", "Plain Text"),
}
Json = dict[str, Any]


def slack_file(file: File, base_url: str) -> Json:
    """The file object of the Web API and of events; url_private wants the bot's token."""
    filetype, pretty = PRETTY.get(file.mimetype, ("binary", "Binary"))
    private = f"{base_url}/files-pri/{TEAM_ID}-{file.id}"
    shown: Json = {"id": file.id, "created": file.created, "timestamp": file.created, "name": file.name}
    shown |= {"title": file.title, "mimetype": file.mimetype, "filetype": filetype, "pretty_type": pretty}
    shown |= {"user": file.user, "size": file.size, "mode": "hosted", "is_external": False, "is_public": True}
    shown |= {"url_private": private, "url_private_download": f"{private}/download", "alt_txt": file.alt_text}
    return shown | {"permalink": f"{base_url}/files/{file.id}"}


def control_file(shown: Json) -> Json:
    """What the page needs of a slack_file: {"id", "name", "title", "mimetype", "size", "alt_text", "url"}."""
    kept = {key: shown.get(key, "") for key in ("id", "name", "title", "mimetype", "size")}
    return {**kept, "alt_text": shown.get("alt_txt", ""), "url": f"/files/{shown.get('id', '')}"}
