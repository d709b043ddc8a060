"""Modals, confirmations and menus, with a real browser and a real Bolt app: the bot hears what Slack would tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.workspace import Workspace
from tests.bot.workspace.page_parts import button, field, modal, opener, options, post, words
from tests.servers.chromium import Page, browser

Json = dict[str, Any]
Connect = Callable[[], Awaitable[None]]
ERROR = "document.querySelector('[data-block={}] .error').innerText"


BUTTON = {"type": "button", "action_id": "b", "text": words("B")}
FORM = modal(
    "Everything",
    {"type": "header", "text": words("A heading")},
    {"type": "section", "text": words("Some words"), "accessory": BUTTON},
    {"type": "divider"},
    {"type": "context", "elements": [words("Small print")]},
    field("name", {"type": "plain_text_input", "min_length": 3, "max_length": 20}, hint=words("As they sign")),
    field("story", {"type": "plain_text_input", "multiline": True, "initial_value": "<b>once</b>"}),
    field("number", {"type": "number_input", "is_decimal_allowed": False, "min_value": "0", "max_value": "100"}),
    field("mail", {"type": "email_text_input"}),
    field("site", {"type": "url_text_input"}, optional=True),
    field("status", {"type": "static_select", "options": options("won", "lost")}),
    field("tags", {"type": "multi_static_select", "options": options("a", "b", "c")}),
    field("who", {"type": "users_select"}),
    field("where", {"type": "channels_select"}),
    field("day", {"type": "datepicker"}),
    field("time", {"type": "timepicker"}),
    field("boxes", {"type": "checkboxes", "options": options("x", "y")}, optional=True),
    field("kind", {"type": "radio_buttons", "options": options("r", "s")}),
)  # fmt: skip
ANSWERS = {
    "name": {"value": "Anna"},
    "story": {"value": "<b>once</b>"},
    "number": {"value": "42"},
    "mail": {"value": "anna@example.com"},
    "site": {"value": None},
    "status": {"selected_option": options("lost")[0]},
    "tags": {"selected_options": options("a", "c")},
    "who": {"selected_user": "U0STAFF2"},
    "where": {"selected_channel": "C0INBOX"},
    "day": {"selected_date": "2026-05-04"},
    "time": {"selected_time": "14:05"},
    "boxes": {"selected_options": options("y")},
    "kind": {"selected_option": options("s")[0]},
}


async def fill(page: Page) -> None:
    """Fill the form in, as ANSWERS says."""
    for block_id, value in {"name": "Anna", "number": "42", "mail": "anna@example.com"}.items():
        await page.fill(f"[data-block={block_id}] input", value)
    chosen = {"status": "lost", "who": "U0STAFF2", "where": "C0INBOX", "day": "2026-05-04", "time": "14:05"}
    for block_id, value in chosen.items():
        await page.choose(f"[data-block={block_id}] :is(select, input)", value)
    for block_id, value in (("tags", "a"), ("tags", "c"), ("boxes", "y"), ("kind", "s")):
        await page.click(f"[data-block={block_id}] input[value={value}]")


async def test_a_form_is_filled_in(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """Mistakes are told beside their fields, by the workspace and then by the bot; what is sent is Slack's state."""
    sent: list[Json] = []

    @bolt.view("form")
    async def submitted(ack: Any, view: Json) -> None:
        sent.append({block: entry["is"] for block, entry in view["state"]["values"].items()})
        if len(sent) == 1:
            await ack(response_action="errors", errors={"name": "Anna is known already"})
        else:
            await ack()

    opener(bolt, FORM)
    await connect()
    await post(bolt, button("open"))
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.until("!!document.querySelector('[data-action=open]')")
        await page.evaluate("document.querySelector('[data-action=open]').focus()")
        await page.press("Enter")
        await page.until("document.querySelector('dialog[open] h2')?.innerText === 'Everything'")
        assert await page.evaluate("document.activeElement.closest('[data-block]').dataset.block") == "name"
        await page.fill("[data-block=name] input", "An")
        await page.fill("[data-block=number] input", "101")
        await page.click("dialog [type=submit]")
        await page.until(f"{ERROR.format('name')} === 'Write at least 3 characters'")
        assert await page.evaluate(ERROR.format("number")) == "Enter 100 or less"
        assert await page.evaluate(ERROR.format("kind")) == "This field is required"
        assert sent == []
        await fill(page)
        await page.click("dialog [type=submit]")
        await page.until(f"{ERROR.format('name')} === 'Anna is known already'")
        assert await page.evaluate(ERROR.format("number")) == ""
        assert await page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
        await page.click("dialog [type=submit]")
        await page.until("!document.querySelector('dialog')")
        assert await page.evaluate("document.activeElement.dataset.action") == "open"
    assert [{key: value for key, value in entry.items() if key != "type"} for entry in sent[1].values()] == list(
        ANSWERS.values()
    )


async def test_views_are_stacked_changed_and_closed(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """A pushed view lies on top and Esc goes one back; an update keeps what was typed; closing is told to the bot."""
    closed: asyncio.Queue[bool] = asyncio.Queue()
    name = field("name", {"type": "plain_text_input"})
    push = {"type": "actions", "elements": [button("push"), button("change")]}

    @bolt.action("push")
    async def pushing(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=modal("Second", name))

    @bolt.action("change")
    async def changing(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        typed = body["view"]["state"]["values"]["name"]["is"]["value"]
        section = {"type": "section", "text": words(f"you typed {typed}")}
        await client.views_update(
            view_id=body["view"]["id"], view=modal("Changed", section, push, name, notify_on_close=True)
        )

    @bolt.view_closed("form")
    async def closing(ack: Any, body: Json) -> None:
        await ack()
        closed.put_nowait(body["is_cleared"])

    opener(bolt, modal("First", push, name, notify_on_close=True))
    await connect()
    await post(bolt, button("open"))
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        title = "document.querySelector('dialog[open] h2')?.innerText"
        await page.click("[data-action=open]")
        await page.fill("[data-block=name] input", "Anna")
        await page.click("[data-action=push]")
        await page.until(f"{title} === 'Second'")
        await page.press("Escape")
        await page.until(f"{title} === 'First'")
        assert await page.evaluate("document.querySelector('[data-block=name] input').value") == "Anna"
        await page.click("[data-action=change]")
        await page.until(f"{title} === 'Changed'")
        assert "you typed Anna" in await page.text("dialog")
        assert await page.evaluate("document.querySelector('[data-block=name] input').value") == "Anna"
        await page.choose("#user", "U0STAFF2")
        await page.until("!document.querySelector('dialog')")  # somebody else does not see it
        await page.choose("#user", "U0STAFF1")
        await page.until(f"{title} === 'Changed'")
        await page.press("Escape")
        await page.until("!document.querySelector('dialog')")
        assert await asyncio.wait_for(closed.get(), 3) is False
        assert workspace.views.list() == []


async def test_the_bot_is_asked_only_after_a_confirmation(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """A dialog with the bot's words comes first; only a yes is sent, and the button looks pressed until the answer."""
    heard: list[str] = []
    go_on = asyncio.Event()
    ask = {
        "title": words("Sure?"),
        "text": words("It is gone then."),
        "confirm": words("Delete it"),
        "deny": words("Keep it"),
    }

    @bolt.action("delete")
    async def deleting(ack: Any, action: Json) -> None:
        heard.append(action["value"])
        await asyncio.wait_for(go_on.wait(), 3)
        await ack()

    await connect()
    await post(bolt, button("delete", style="danger", confirm={**ask, "style": "danger"}))
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.click("[data-action=delete]")
        await page.until("document.querySelector('dialog.confirm')?.innerText.includes('It is gone then.')")
        assert await page.evaluate("document.activeElement.innerText") == "Keep it"
        await page.press("Enter")
        await page.until("!document.querySelector('dialog')")
        await page.click("[data-action=delete]")
        await page.click("dialog .danger")
        await page.until("document.querySelector('[data-action=delete]').ariaBusy === 'true'")
        go_on.set()
        await page.until("document.querySelector('[data-action=delete]').ariaBusy !== 'true'")
        assert heard == ["1"]


async def test_menus_tell_what_was_chosen(
    bolt: AsyncApp, workspace: Workspace, connect: Connect, chromium: Path, tmp_path: Path
) -> None:
    """An overflow menu opens and is used by keyboard; selects and dates are told with the others' state."""
    heard: asyncio.Queue[tuple[Json, Json]] = asyncio.Queue()
    choice = options("full", "junk")

    async def hear(ack: Any, action: Json, body: Json) -> None:
        await ack()
        heard.put_nowait((action, body["state"]["values"]))

    for action_id in ("more", "status", "day"):
        bolt.action(action_id)(hear)
    await connect()
    menu = {"type": "overflow", "action_id": "more", "options": choice}
    select = {"type": "static_select", "action_id": "status", "options": choice}
    await post(bolt, menu, select, {"type": "datepicker", "action_id": "day"})
    async with browser(chromium, tmp_path / "profile", workspace.base_url) as page:
        await page.click("[data-action=more]")
        await page.press("ArrowDown", "Enter")
        action, _ = await asyncio.wait_for(heard.get(), 3)
        assert action["selected_option"] == choice[1]
        await page.choose("[data-action=status]", "full")
        action, _ = await asyncio.wait_for(heard.get(), 3)
        assert action["selected_option"] == choice[0]
        await page.choose("[data-action=day]", "2026-05-04")
        action, state = await asyncio.wait_for(heard.get(), 3)
        assert action["selected_date"] == "2026-05-04"
        (values,) = state.values()
        assert values["status"]["selected_option"] == choice[0]
        assert await page.problems() == []
