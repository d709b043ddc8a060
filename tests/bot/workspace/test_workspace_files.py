"""Files: uploaded in Slack's three steps, shared in a thread, bounded; only pictures are shown in the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import files as module
from bot.workspace.app import App
from bot.workspace.errors import SlackError
from bot.workspace.files import Files, sniff
from bot.workspace.identity import BOT_TOKEN, LEADS_CHANNEL, STAFF_1
from bot.workspace.options import MAX_FILE_BYTES
from bot.workspace.workspace import Workspace

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
PAGE = b"<script>alert(1)</script>"
PDF = b"%PDF-1.7\n"


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole server that sends no token."""
    async with httpx.AsyncClient(base_url=workspace.base_url, trust_env=False) as found:
        yield found


async def test_the_sdk_uploads_into_a_thread(
    bolt: AsyncApp, control: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    """files_upload_v2 with two files makes one reply with both; a picture is shown, a PDF is a download."""
    slack: AsyncWebClient = bolt.client
    root = await slack.chat_postMessage(channel=LEADS_CHANNEL, text="card")
    uploads = [
        {"content": PNG, "filename": "brakes.png", "title": "Brakes", "alt_txt": "worn pads"},
        {"content": PDF, "filename": "../offer.pdf", "title": "Offer"},
    ]
    done = await slack.files_upload_v2(
        file_uploads=uploads, channel=LEADS_CHANNEL, thread_ts=root["ts"], initial_comment="as sent"
    )
    assert [file["mimetype"] for file in done["files"]] == ["image/png", "application/pdf"]
    _, reply = (await control.get("/messages?channel=leads")).json()["messages"]
    assert (reply["thread_ts"], reply["text"]) == (root["ts"], "as sent")
    picture, offer = reply["files"]
    assert (picture["title"], picture["alt_text"], picture["size"]) == ("Brakes", "worn pads", len(PNG))
    shown = await client.get(picture["url"])
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(offer["url"])).headers["content-disposition"].startswith("attachment")
    info = (await slack.files_info(file=picture["id"]))["file"]
    assert (info["title"], info["alt_txt"]) == ("Brakes", "worn pads")


async def test_a_page_in_disguise_is_never_run(control: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    """A file that is named like a picture but is HTML is a download of no type."""
    where = {"channel": "leads", "name": "photo.png", "text": "look"}
    assert (await control.post("/file", params=where, content=PAGE)).status_code == 200
    ((message,)) = (await control.get("/messages?channel=leads")).json()["messages"]
    got = await client.get(message["files"][0]["url"])
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")


async def test_the_words_beside_a_file(control: httpx.AsyncClient) -> None:
    """They are kept as they were typed as well, so that an edit begins with them and not with Slack's marks."""
    where = {"channel": "leads", "name": "a.png", "text": "see https://example.com/a"}
    assert (await control.post("/file", params=where, content=PNG)).status_code == 200
    ((message,)) = (await control.get("/messages?channel=leads")).json()["messages"]
    assert message["text"] == "see <https://example.com/a>"
    assert message["blocks"][0]["elements"][0]["elements"] == [{"type": "text", "text": where["text"]}]


async def test_url_private_wants_the_token(workspace: Workspace, client: httpx.AsyncClient) -> None:
    """With the bot's token and its scope it is the file; without, a page to sign in, as Slack answers."""
    file = workspace.files.add("a.png", PNG, STAFF_1)
    address = f"/files-pri/T0LOCAL-{file.id}/download"
    ours = {"Authorization": f"Bearer {BOT_TOKEN}"}
    assert (await client.get(address, headers=ours)).content == PNG
    assert (await client.get(address)).text.startswith("<!DOCTYPE html>")
    workspace.app = App.installed({"oauth_config": {"scopes": {"bot": ["files:write"]}}})
    assert (await client.get(address, headers=ours)).text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("name", ["F0NONE", "..%2f..", "%2e%2e%2fworkspace.db", "F1.json"])
async def test_what_is_no_file(client: httpx.AsyncClient, name: str) -> None:
    """An unknown id is 404, and no name leads out of the folder."""
    assert (await client.get(f"/files/{name}")).status_code == 404


async def test_refused_uploads(bolt: AsyncApp, client: httpx.AsyncClient) -> None:
    """A wrong length, a second content, a file that never came, an unknown thread: each is refused."""
    slack: AsyncWebClient = bolt.client
    assert await error_of(slack, "files.getUploadURLExternal", filename="a", length=0) == "invalid_arguments"
    too_long = await error_of(slack, "files.getUploadURLExternal", filename="a", length=MAX_FILE_BYTES + 1)
    assert too_long == "file_upload_size_restricted"
    ticket = (await slack.files_getUploadURLExternal(filename="a.txt", length=3)).data
    assert isinstance(ticket, dict)
    path = ticket["upload_url"].removeprefix(str(client.base_url).rstrip("/"))
    files = [{"id": ticket["file_id"], "title": "a"}]
    share = {"files": files, "channel_id": LEADS_CHANNEL}
    assert await error_of(slack, "files.completeUploadExternal", **share) == "file_not_found"
    assert (await client.post(path, content=b"four")).status_code == 400
    assert (await client.post(path, content=b"abc")).status_code == 200
    assert (await client.post(path, content=b"abc")).status_code == 404
    late = {**share, "thread_ts": "1700000000.000100"}
    assert await error_of(slack, "files.completeUploadExternal", **late) == "thread_not_found"
    other = {**share, "channel_id": "C0NONE"}
    assert await error_of(slack, "files.completeUploadExternal", **other) == "channel_not_found"
    assert await error_of(slack, "files.completeUploadExternal", **share) is None
    assert await error_of(slack, "files.completeUploadExternal", **share) == "file_not_found"
    assert await error_of(slack, "files.completeUploadExternal", files=[]) == "invalid_arguments"
    assert await error_of(slack, "files.info", file="../x") == "file_not_found"


async def error_of(slack: AsyncWebClient, method: str, **arguments: object) -> str | None:
    """What a call is refused with."""
    try:
        await slack.api_call(method, json=arguments)
    except SlackApiError as error:
        return str(error.response["error"])
    return None


async def test_a_body_that_is_too_large(client: httpx.AsyncClient) -> None:
    """An upload may be larger than any other request, but not without end."""
    assert (await client.post("/upload/none", content=b"x" * 2_000_000)).status_code == 404
    assert (await client.post("/upload/none", content=b"x" * (MAX_FILE_BYTES + 1))).status_code == 413
    assert (await client.post("/api/api.test", content=b"x" * 2_000_000)).status_code == 413


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number or the size that is kept, the oldest file goes, content and all."""
    monkeypatch.setattr(module, "MAX_FILES", 2)
    files = Files(tmp_path)
    first, second, third = (files.add(f"{n}", PNG, STAFF_1) for n in range(3))
    assert files.get(first.id) is None
    assert not files.path(first).exists()
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", len(PNG))
    fourth = files.add("3", PNG, STAFF_1)
    assert [files.get(one.id) is None for one in (second, third, fourth)] == [True, True, False]
    assert len(list(tmp_path.iterdir())) == 2


def test_an_upload_that_is_never_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is forgotten when enough others were announced."""
    monkeypatch.setattr(module, "MAX_PENDING", 1)
    files = Files(tmp_path)
    token, _ = files.announce("a", 1)
    files.receive(token, b"a")
    files.announce("b", 1)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SlackError, match="no_such_upload"):
        files.receive(token, b"a")


def test_an_upload_that_the_process_did_not_outlive(tmp_path: Path) -> None:
    """What was uploaded and never shared has no description and no use: the next start takes it away."""
    files = Files(tmp_path)
    kept = files.add("a.png", PNG, STAFF_1)
    token, _ = files.announce("b", 1)
    files.receive(token, b"b")
    again = Files(tmp_path)
    assert again.path(kept).read_bytes() == PNG
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (PDF, "application/pdf"),
        ("Grüße".encode(), "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"),
        (b"PK\x03\x04\xff", "application/octet-stream"),
        (b"a\x00b", "application/octet-stream"),
    ],
)
def test_the_type_is_read_from_the_content(content: bytes, kind: str) -> None:
    """Never from the name; what a browser could run is text at most."""
    assert sniff(content) == kind


async def test_a_picture_by_its_file(workspace: Workspace, bolt: AsyncApp) -> None:
    """An image block may name an uploaded picture, nothing else, in messages and in views."""
    picture, text = workspace.files.add("a.png", PNG, STAFF_1), workspace.files.add("a.txt", b"a", STAFF_1)
    slack: AsyncWebClient = bolt.client
    for file_id, error in ((picture.id, None), (text.id, "invalid_blocks"), ("F0NONE", "invalid_blocks")):
        blocks = [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "trend"}]
        call = {"channel": LEADS_CHANNEL, "text": "a", "blocks": blocks}
        assert await error_of(slack, "chat.postMessage", **call) == error
        view = {"user_id": STAFF_1, "view": {"type": "home", "blocks": blocks}}
        assert await error_of(slack, "views.publish", **view) == (error and "invalid_arguments")
