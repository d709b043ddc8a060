"""Where files come in and go out: the upload URL, the page's /files/ID, and url_private for the bot.

Only pictures are shown in place; all else is a download of no type that a browser would run.
"""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from bot.workspace.errors import SlackError
from bot.workspace.files import UNKNOWN, File
from bot.workspace.identity import BOT_TOKEN, TEAM_ID
from bot.workspace.workspace import Workspace

UPLOADS = "/upload/"


def router(workspace: Workspace) -> APIRouter:
    """The routes of files."""
    routes = APIRouter(include_in_schema=False)

    @routes.post(UPLOADS + "{token}")
    async def upload(token: str, request: Request) -> Response:
        """The content of an upload that was announced."""
        try:
            pending = workspace.files.receive(token, await request.body())
        except SlackError as error:
            raise HTTPException(404 if error.code == "no_such_upload" else 400, error.code) from error
        return PlainTextResponse(f"OK - {pending.length}")

    @routes.get("/files/{file_id}")
    async def show(file_id: str) -> Response:
        """A file for the page."""
        return _content(workspace, _file(workspace, file_id))

    @routes.get("/files-pri/{private}")
    @routes.get("/files-pri/{private}/download")
    async def private(private: str, request: Request) -> Response:
        """A file for the bot, with its token and the scope files:read; anybody else is shown a page to sign in."""
        if request.headers.get("authorization") != f"Bearer {BOT_TOKEN}" or not workspace.app.may("files:read"):
            return Response("<!DOCTYPE html><title>Sign in</title>", media_type="text/html; charset=utf-8")
        return _content(workspace, _file(workspace, private.removeprefix(f"{TEAM_ID}-")))

    return routes


def _file(workspace: Workspace, file_id: str) -> File:
    file = workspace.files.get(file_id)
    if file is None or not workspace.files.path(file).is_file():
        raise HTTPException(404, "no such file")
    return file


def _content(workspace: Workspace, file: File) -> Response:
    how = "inline" if file.shown else "attachment"
    # text/plain as well: nothing but a picture is ever shown under this origin
    kind = file.mimetype if file.shown or file.mimetype == "application/pdf" else UNKNOWN
    path = workspace.files.path(file)
    return FileResponse(path, media_type=kind, filename=file.name, content_disposition_type=how)
