"""Hostile words of customers, staff and programs: through the real pipeline into everything that staff see."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import buttons, cards, create_lead_form, details, modals, modals_edit, modals_outcome
from bot.slack.app import Connection
from bot.workspace.block_kit import check_view
from bot.workspace.identity import CUSTOMER, INBOX_CHANNEL, STAFF_1
from bot.workspace.workspace import Workspace
from tests.bot.slack import leads
from tests.bot.slack.hostile_words import COUNT, MARK, Words, all_words
from tests.bot.slack.outgoing import Call, Outgoing, listening
from tests.bot.slack.slack_house import SlackHouse, slack_house
from tests.bot.slack.staff import Staff, assert_safe, text_objects, until
from tests.enrichment.parts import Parts

Json = dict[str, Any]

WORDS = all_words()
# A pixel, so that Show Full Message has something to put into the thread.
_PNG = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
).decode()


def encoded(text: str) -> str:
    """Any words as one header value (RFC 2047), line ends and NUL with them."""
    return "=?utf-8?b?" + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode() + "?="


def mail(words: Words, number: int) -> bytes:
    """A mail that says these words in its names, subject, body and attachment's name; every third one of a form."""
    form = number % 3 == 2
    head = [
        f"From: {encoded(words.text[:2000])} <cust{number}@shop{number}.test>",
        "To: leads@localhost",
        f"Subject: {encoded(words.text)}",
        f"Message-ID: <{number}@shop{number}.test>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
    ]
    said = f"Name: {words.text}\nEmail: cust{number}@shop{number}.test\nCompany: {words.text}\nMessage: {words.text}"
    body = said if form else f"{'URGENT, today please! ' if number % 2 else ''}{words.text}\n\nWhat does it cost?"
    text = base64.encodebytes(body.encode("utf-8", "surrogatepass")).decode()
    plain = "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + text
    picture = (
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{encoded(words.text[:300])}"\r\n\r\n{_PNG}\r\n'
    )
    parts = [plain, picture]
    return ("\r\n".join(head) + "\r\n\r\n" + "\r\n".join(parts) + "--b--\r\n").encode()


@pytest.fixture
async def house(
    core: Core, parts: Parts, connection: Connection, settings: Settings, workspace: Workspace
) -> AsyncIterator[SlackHouse]:
    """A bot in this process."""
    async with slack_house(core, parts, connection, settings, workspace) as running:
        yield running


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> Outgoing:
    """What the bot says from now on."""
    return listening(monkeypatch, workspace)


def test_there_are_200_of_them_each_with_a_mark() -> None:
    """And none is there twice."""
    assert len({words.text for words in WORDS}) == len({words.mark for words in WORDS}) == COUNT
    assert all(words.text.startswith(words.mark) for words in WORDS)


async def test_customers_words_do_nothing_on_cards_in_threads_lists_and_digests(
    heard: Outgoing, house: SlackHouse, staff: Staff
) -> None:
    """All 200 as mails, shown and listed: no ping, no link, no formatting, no card refused."""
    for start in range(0, COUNT, 20):
        house.receive(*(mail(words, start + place) for place, words in enumerate(WORDS[start : start + 20])))
        await house.settle()
    await house.side.digest(date(2026, 11, 10))
    for text in ("", "hot", "all", "status", "stats", f"find {MARK}", "similar L-1"):
        await house.type(text)
    await staff._act("/home", {"user": STAFF_1})
    await until(lambda: asyncio.sleep(0, heard.said("views.publish")))
    assert len(house.leads()) > COUNT / 2
    missing = [words.mark for words in WORDS if not heard.shows(words.mark)]
    assert not missing, f"never shown: {missing}"
    heard.judge()


def test_no_words_do_anything_where_a_customer_can_say_something() -> None:
    """All 200, in every place of a lead that others fill in: card, details, windows, list."""
    for words in WORDS:
        lead = leads.lead(words.text)
        for message in (cards.card(lead), cards.full(lead), details.details(lead, {}), cards.reply(lead, words.text)):
            assert_safe(message)
        for view in (modals.message(lead), modals.urgency(lead), modals_outcome.lost_form(lead, "C0LEADS")):
            assert check_view(view) == []
            for text in text_objects(view):
                assert text["type"] == "plain_text" or words.mark not in text["text"]


async def test_customers_words_do_nothing_in_windows_and_files(
    heard: Outgoing, house: SlackHouse, staff: Staff
) -> None:
    """Every button of the cards of some mails."""
    for number in range(0, COUNT, 25):
        house.receive(mail(WORDS[number], number))
    await house.settle()
    for lead in house.leads():
        card = house.card(lead.id)
        if card is None:
            continue
        for choice in (buttons.WHY, buttons.ASSIGN, buttons.SNOOZE, buttons.SHOW_MESSAGE):
            await staff.press(card, buttons.MORE, selected_option=f"{choice}:{lead.id}")
        for action in (buttons.CLAIM, buttons.WON):
            await staff.press(card, action)
    windows = [view for view in await staff.windows() if view["type"] == "modal"]
    assert len(windows) > COUNT / 25
    for view in windows:
        if any(block.get("block_id") == "edit" for block in view["blocks"]):
            await staff.press_in(view, buttons.EDIT)
    await house.settle()
    assert heard.said("files.completeUploadExternal")
    heard.judge()


async def test_what_staff_type_does_nothing(heard: Outgoing, house: SlackHouse, staff: Staff) -> None:
    """In commands, edits and reasons: whoever types `<!channel>` pings nobody either."""
    chosen = WORDS[::25]
    house.receive(mail(WORDS[0], 1))
    await house.settle()
    (lead,) = house.leads()
    card = house.card(lead.id)
    assert card is not None
    for words in chosen:
        await staff.press(card, buttons.MORE, selected_option=f"{buttons.WHY}:{lead.id}")
        view = (await staff.windows())[-1]
        await staff.press_in(view, buttons.EDIT)
        await staff.submit(view, **{modals_edit.NAME: words.text[:150].replace("\n", " ")})
        for verb in ("add", "similar", "find", "", "nonsense", f"assign L-{lead.id}", f"snooze L-{lead.id}"):
            await house.type(f"{verb} {words.text}")
        await house.type(f"lost L-{lead.id} {words.text}")
        await house.settle()
        card = house.card(lead.id)
        assert card is not None
        await staff.press(card, buttons.REOPEN_NOW)
        await house.settle()
    assert all(heard.shows(words.mark) for words in chosen)
    heard.judge()


async def test_reasons_and_new_leads_that_are_typed_into_windows_do_nothing(
    heard: Outgoing, house: SlackHouse, staff: Staff
) -> None:
    """What is said of a lost lead stands in its thread, what a caller wanted on a card."""
    closed = 0
    for place, words in enumerate(WORDS[1::25]):
        await staff._act("/shortcut", {"user": STAFF_1, "callback_id": "new_lead"})
        view = (await staff.windows())[-1]
        typed = {create_lead_form.NAME: words.text[:200].replace("\n", " "), create_lead_form.WORDS: words.text[:3000]}
        await staff.submit(view, **typed)
        await house.settle()
        card = next((card for lead in house.leads()[place:] if (card := house.card(lead.id))), None)
        if card is not None:
            await staff.press(card, buttons.LOST)
            window = (await staff.windows())[-1]
            await staff.submit(window, **{modals_outcome.REASON: "other", modals_outcome.NOTE: words.text[:2000]})
            closed += 1
    await house.settle()
    told = [str(call.said) for call in heard.calls if call.said.get("thread_ts")]
    assert closed > len(WORDS[1::25]) / 2
    assert sum(any(words.mark in reply and "lost" in reply for reply in told) for words in WORDS[1::25]) == closed
    assert all(heard.shows(words.mark) for words in WORDS[1::25])
    heard.judge()


async def test_what_is_written_in_slack_does_nothing(heard: Outgoing, house: SlackHouse, staff: Staff) -> None:
    """Customers' messages, replies and edits, and what a program passes on."""
    for words in WORDS[2::20]:
        text = words.text[:39_000] or "x"
        sent = {"user": CUSTOMER, "channel": INBOX_CHANNEL, "text": text}
        try:
            ts = (await staff._act("/message", sent))["ts"]
        except UnicodeEncodeError:
            continue  # what no person can type, for it is no text
        await staff._act("/edit", {**sent, "ts": ts, "text": f"{words.mark} again {text[:500]}"})
        form = {"channel": INBOX_CHANNEL, "text": f"*Name:* {text[:900]}\n*Email:* a@b.test\n*Message:* {text[:9000]}"}
        await staff._act("/form", form)
        house.parts.clock.move(timedelta(minutes=5).total_seconds())
        await house.settle()
    assert len(house.leads()) > len(WORDS[2::20]) / 2
    heard.judge()


_SAID = {"unfurl_links": False, "unfurl_media": False, "text": "x"}
_PLAIN = {"type": "plain_text", "emoji": False}


@pytest.mark.parametrize(
    "said",
    [
        {"text": "<!channel>", "blocks": None},
        {"text": "<https://evil.example|x>"},
        {"text": f"{MARK} *bold*", "blocks": None},
        {"text": "a\u202eb"},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<!here>"}}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"{MARK} _x_"}}]},
        {"blocks": [{"type": "section", "text": _PLAIN | {"text": "<!here>"}}]},
        {"blocks": [{"type": "section", "text": _PLAIN | {"text": ":fire:", "emoji": True}}]},
        {"blocks": [{"type": "section", "text": _PLAIN | {"text": "a\u200bb"}}]},
        {"blocks": [{"type": "section", "text": _PLAIN | {"text": "x" * 3001}}]},
        {"blocks": [{"type": "section", "block_id": MARK, "text": _PLAIN | {"text": "x"}}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<mailto:a@b.test|c@d.test>"}}]},
        {"unfurl_links": True},
        {"link_names": True},
    ],
)
def test_the_judge_finds_what_would_be_live(said: Json) -> None:
    """Or nothing that it lets pass would mean anything."""
    heard = Outgoing("http://127.0.0.1:1")
    harmless = {"blocks": [{"type": "section", "text": _PLAIN | {"text": f"{MARK} &lt;!here&gt; *x*"}}]}
    heard.calls.append(Call("chat.postMessage", _SAID | harmless))
    heard.judge()
    heard.calls.append(Call("chat.postMessage", _SAID | harmless | said))
    with pytest.raises(AssertionError):
        heard.judge()
