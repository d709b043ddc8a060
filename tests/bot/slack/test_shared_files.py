"""Pictures and PDFs that customers share in Slack come into their lead's thread; what cannot be had is named."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import buttons, shared_files
from bot.slack.app import Connection
from bot.slack.client import Slack, SlackRefused, own_address
from bot.slack.manifest import manifest
from bot.slack.shared_files import Attached, left_out_line
from bot.workspace.app import App
from bot.workspace.identity import CUSTOMER, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, dm_channel
from bot.workspace.workspace import Workspace
from channels.mail.attachment_files import LARGEST
from channels.slack.raw import SharedFile, files_of, raw_of
from channels.slack.wire import said_in
from enrichment.lead import Lead
from tests.bot.slack.slack_house import SlackHouse, slack_house
from tests.bot.slack.staff import Staff, until
from tests.channels.slack.events import message
from tests.enrichment.parts import Parts

PNG = b"\x89PNG\r\n\x1a\n" + bytes(9000)
PDF = b"%PDF-1.7\n" + bytes(500)
TOKEN = "xoxb-secret"
Json = dict[str, Any]


@pytest.fixture
async def house(
    core: Core, parts: Parts, connection: Connection, settings: Settings, workspace: Workspace
) -> AsyncIterator[SlackHouse]:
    """A bot in this process."""
    async with slack_house(core, parts, connection, settings, workspace) as running:
        yield running


async def share(staff: Staff, name: str, content: bytes, text: str = "", channel: str = INBOX_CHANNEL) -> None:
    """The customer shares a file."""
    where = {"user": CUSTOMER, "channel": channel, "name": name, "text": text}
    answer = await staff.client.post("/file", params=where, content=content)
    assert answer.status_code == 200, answer.text


async def taken(house: SlackHouse, files: int) -> Lead:
    """The one lead, once so many messages with a file are stored and read."""

    async def stored() -> bool:
        with house.parts.engine.begin() as connection:
            rows = connection.exec_driver_sql("SELECT content FROM messages").scalars().all()
        return sum(len(files_of(bytes(row))) for row in rows) >= files

    await until(stored, 30)
    await house.settle()
    (lead,) = house.leads()
    return lead


async def pressed(house: SlackHouse, staff: Staff, lead: Lead, number: int = 0) -> tuple[str, dict[str, bytes]]:
    """Show Full Message: what is said in the thread, and the files that are there by name.

    number: how many messages with files stand there before.
    """

    async def look() -> Json | None:
        return house.card(lead.id)

    card = await until(look, 20) or {}
    await staff.press(card, buttons.MORE, value=f"message:{lead.id}")

    async def shown() -> Any:
        found = house.workspace.store.messages(LEADS_CHANNEL, -1)
        there = [m for m in found if m.thread_ts == card["ts"] and m.body.get("files")]
        return there[number] if len(there) > number else None

    reply = await until(shown, 30)
    files = house.workspace.files
    content = {}
    for each in reply.body["files"]:
        file = files.get(each["id"])
        assert file is not None
        content[file.name] = files.path(file).read_bytes()
    return str(reply.body["text"]), content


def without_text(content: dict[str, bytes]) -> dict[str, bytes]:
    """The files but the one with the words."""
    return {name: each for name, each in content.items() if "-message-" not in name}


async def test_files_of_the_inbox_come_into_the_thread(house: SlackHouse, staff: Staff) -> None:
    """Of all that the customer wrote, two of one name too, and as they were sent."""
    await share(staff, "brake.png", PNG, "My brakes grind, see the photo")
    await taken(house, 1)
    await share(staff, "brake.png", PNG + b"2")
    await share(staff, "offer.pdf", PDF)
    said, found = await pressed(house, staff, await taken(house, 3))
    assert without_text(found) == {"brake.png": PNG, "2-brake.png": PNG + b"2", "offer.pdf": PDF}
    assert "left out" not in said


async def test_files_of_a_direct_message_come_into_the_thread(house: SlackHouse, staff: Staff) -> None:
    """Also with no words beside them; the ending is that of what the file is."""
    await share(staff, "photo.exe", PNG, channel=dm_channel(CUSTOMER))
    _, found = await pressed(house, staff, await taken(house, 1))
    assert without_text(found) == {"photo.exe.png": PNG}


async def test_a_file_that_is_sent_later_comes_at_the_next_press(house: SlackHouse, staff: Staff) -> None:
    """The first copy has nothing of it; with nothing new, a press says where all of it is."""
    await share(staff, "brake.png", PNG, "My brakes grind")
    lead = await taken(house, 1)
    await pressed(house, staff, lead)
    await share(staff, "offer.pdf", PDF)
    lead = await taken(house, 2)
    _, found = await pressed(house, staff, lead, 1)
    assert list(without_text(found)) == ["brake.png", "offer.pdf"]
    await staff.press(house.card(lead.id) or {}, buttons.MORE, value=f"message:{lead.id}")

    async def already() -> bool:
        return any("is in its thread already" in text for text in staff.whispers(STAFF_1))

    await until(already, 20)


async def test_what_is_no_picture_or_too_large_is_left_out_by_name(house: SlackHouse, staff: Staff) -> None:
    """By what the bytes are; the name is inert."""
    await share(staff, "a`*b*<!here>.png", b"only words", "My brakes grind")
    await taken(house, 1)
    await share(staff, "large.png", PNG + bytes(LARGEST))
    await share(staff, "brake.png", PNG)
    said, found = await pressed(house, staff, await taken(house, 3))
    assert without_text(found) == {"brake.png": PNG}
    assert "2 other files were left out (`a'*b*&lt;!here&gt;.png`, `large.png`): at most 10 images and PDFs" in said


async def test_without_the_permission_the_words_come_all_the_same(house: SlackHouse, staff: Staff) -> None:
    """An app that was not installed again since; what to do is said."""
    old = manifest()
    old["oauth_config"]["scopes"]["bot"].remove("files:read")
    house.workspace.app = App.installed(old)
    await share(staff, "brake.png", PNG, "My brakes grind")
    said, found = await pressed(house, staff, await taken(house, 1))
    ((name, words),) = found.items()
    assert "-message-" in name
    assert b"My brakes grind" in words
    assert "left out (`brake.png`): Slack does not let Leadbot read files yet, see *After an update*" in said


async def test_what_was_deleted_or_takes_long_is_left_out_by_name(
    house: SlackHouse, staff: Staff, parts: Parts, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody waits for it."""
    await share(staff, "gone.png", PNG, "My brakes grind")
    await taken(house, 1)
    await share(staff, "brake.png", PNG)
    lead = await taken(house, 2)
    stored = parts.messages.get(lead.message_id)
    assert stored is not None
    (gone,) = files_of(stored.content)
    file = house.workspace.files.get(gone.id)
    assert file is not None
    house.workspace.files.path(file).unlink()
    shared = shared_files.SharedFiles(slack, parts.messages)
    found = await shared.of(lead)
    assert (found.names, [each.name for each in found.files]) == (("gone.png",), ["brake.png"])
    monkeypatch.setattr(shared_files, "SECONDS", 0.0)
    assert await shared.of(lead) == Attached(left_out=2, names=("gone.png", "brake.png"))


@pytest.mark.parametrize(("name", "most"), [("MOST", 1), ("MOST_BYTES", len(PNG) + 9), ("MOST_ASKED", 1)])
async def test_files_are_few_and_small_altogether(
    house: SlackHouse, staff: Staff, slack: Slack, monkeypatch: pytest.MonkeyPatch, *, name: str, most: int
) -> None:
    """What comes after is left out by name."""
    await share(staff, "first.png", PNG, "My brakes grind")
    await taken(house, 1)
    await share(staff, "second.png", PNG)
    lead = await taken(house, 2)
    monkeypatch.setattr(shared_files, name, most)
    found = await shared_files.SharedFiles(slack, house.parts.messages).of(lead)
    assert ([each.name for each in found.files], found.names) == (["first.png"], ("second.png",))


def test_what_is_stored_names_each_file() -> None:
    """Also one of another company, of which Slack tells its id alone."""
    files = [{"id": "F1", "name": "a\nb.png", "size": 3}, {"id": "F2", "file_access": "check_file_info"}, {"name": "x"}]
    said = said_in(message(files=files))
    assert said is not None
    assert files_of(raw_of(said, datetime(2026, 11, 10, tzinfo=UTC), together=True).content) == [
        SharedFile("F1", "a b.png"),
        SharedFile("F2", "file"),
    ]
    assert files_of(b"From: jo@example.com") == []


def test_many_names_are_cut() -> None:
    """Five are enough; nothing is said when nothing is missing."""
    assert left_out_line(Attached()) == ""
    said = left_out_line(Attached(left_out=7, names=tuple("abcdefg")))
    assert said.startswith(" 7 other files were left out (`a`, `b`, `c`, `d`, `e` and 2 more): at most")


@contextlib.asynccontextmanager
async def host(head: str, body: bytes = b"") -> AsyncIterator[tuple[str, list[bytes]]]:
    """A host that answers everything like this: its address, and what it was asked."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode() + body)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def calls(base: str) -> Slack:
    """The calls to a Slack that is there."""
    client = AsyncWebClient(TOKEN, base_url=f"{base}/api/", retry_handlers=[])
    client.proxy = None
    return Slack(client)


async def test_no_other_host_gets_the_token() -> None:
    """Not by an address in a file, and not by a redirect; Slack's own host gets it."""
    async with host("200 OK", PNG) as (other, others), host(f"302 Found\r\nLocation: {other}/x") as (base, asked):
        slack, port = calls(base), base.rpartition(":")[2]
        foreign = (
            f"{other}/x",
            f"http://u@127.0.0.1:{port}/x",
            f"http://files.127.0.0.1:{port}/x",
            "",
            "http://[",
            "/x",
        )
        for address in foreign:
            with pytest.raises(SlackRefused) as refused:
                await slack.fetch(address, 10)
            assert refused.value.code == "foreign_url"
        assert asked == []
        with pytest.raises(SlackRefused) as refused:
            await slack.fetch(f"{base}/x", 10)
        assert refused.value.code == "file_not_given"
        assert others == []
        assert f"Bearer {TOKEN}".encode() in asked[0]


@pytest.mark.parametrize(
    "address",
    [
        "http://files.slack.com/x",
        "https://files.slack.com.evil.test/x",
        "https://evil.test/files.slack.com",
        "https://files.slack.com@evil.test/x",
        "https://files.slack.com:444/x",
        "https://evil.test\\@files.slack.com/x",
        "https://xfiles.slack.com/x",
    ],
)
async def test_hosts_that_look_like_slacks(address: str) -> None:
    """Only slack.com and files.slack.com are Slack's, over TLS."""
    with pytest.raises(SlackRefused) as refused:
        await calls("https://slack.com").fetch(address, 10)
    assert refused.value.code == "foreign_url"


@pytest.mark.parametrize(
    "address", ["https://files.slack.com/files-pri/T1-F1/download/a%20b.png?x=1", "https://slack.com/x"]
)
def test_hosts_that_are_slacks(address: str) -> None:
    """Where the files of a real workspace lie."""
    assert own_address("https://slack.com/api/", address) == address


async def test_a_file_is_cut_off_at_its_limit() -> None:
    """Whatever its host says of its length, or does not."""
    async with host("200 OK", PNG) as (base, _):
        assert await calls(base).fetch(f"{base}/x", len(PNG)) == PNG
        with pytest.raises(SlackRefused) as refused:
            await calls(base).fetch(f"{base}/x", len(PNG) - 1)
        assert refused.value.code == "file_too_large"
