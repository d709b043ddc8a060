"""Every kind of envelope that Slack sends, in shapes of our own: what the bot listens to and what it does not."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.slack import buttons, create_lead_form, home, modals, modals_edit, modals_later, modals_outcome
from bot.slack.batch_card import OPEN
from bot.slack.command_help import RUN
from bot.slack.command_list import NEXT
from bot.slack.create_lead import CREATE_LEAD, NEW_LEAD
from bot.slack.details import VERDICT
from bot.slack.filtered import RESTORE
from bot.workspace.identity import CUSTOMER, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2, TEAM_ID, dm_channel

Json = dict[str, Any]


class Envelope(NamedTuple):
    """name: for the test's name; kind: Slack's word for the envelope."""

    name: str
    kind: str
    payload: Json


def event(inside: Json) -> Json:
    """An event in its callback."""
    return {
        "token": "t", "team_id": TEAM_ID, "api_app_id": "A0LEADBOT", "type": "event_callback", "event": inside,
        "event_id": "Ev0SHAPE", "event_time": int(time.time()), "is_ext_shared_channel": False,
        "authorizations": [{"team_id": TEAM_ID, "user_id": "U0LEADBOT", "is_bot": True}],
    }  # fmt: skip


def message(text: str = "Hello, my brakes grind", *, ago: float = 0.0, **more: Any) -> Json:
    """A customer's message in the intake channel, written so many seconds ago."""
    ts = f"{time.time() - ago:.6f}"
    inside = {"type": "message", "user": CUSTOMER, "text": text, "ts": ts, "channel": INBOX_CHANNEL, "event_ts": ts}
    return event(
        {**inside, "channel_type": "channel", "client_msg_id": "c0ffee", "team": TEAM_ID, "blocks": [], **more}
    )


def _changed(subtype: str, **more: Any) -> Json:
    now = f"{time.time():.6f}"
    was = {"type": "message", "user": CUSTOMER, "text": "Hello, my brakes grind", "ts": f"{time.time() - 30:.6f}"}
    details = {"previous_message": was, "deleted_ts": was["ts"], "message": was | {"text": "My clutch slips"}}
    return event(
        {"type": "message", "subtype": subtype, "channel": INBOX_CHANNEL, "channel_type": "channel", "hidden": True}
        | {"ts": now, "event_ts": now, **details, **more}
    )


def _who(kind: str, user: str = STAFF_1) -> Json:
    team = {"id": TEAM_ID, "domain": "local"}
    who = {"id": user, "username": "maya.brooks", "name": "maya.brooks", "team_id": TEAM_ID}
    return {"type": kind, "user": who, "team": team, "token": "t", "api_app_id": "A0LEADBOT", "trigger_id": "1.2.stale"}


def press(action_id: str, value: str = "1", *, user: str = STAFF_1, kind: str = "button") -> Json:
    """A use of a button, or of a menu, of a card."""
    chosen = {"selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": value}}
    action = {"type": kind, "action_id": action_id, "block_id": "b", "action_ts": "1.1"}
    return {
        **_who("block_actions", user),
        "container": {"type": "message", "message_ts": "1.000001", "channel_id": LEADS_CHANNEL, "is_ephemeral": False},
        "channel": {"id": LEADS_CHANNEL, "name": "leads"},
        "message": {"type": "message", "ts": "1.000001", "text": "x", "user": "U0LEADBOT"},
        "state": {"values": {}},
        "actions": [action | (chosen if kind == "overflow" else {"value": value})],
    }


def form(callback_id: str, remembers: Json, **answers: Json) -> Json:
    """A window that is sent in; answers: by field, in Slack's own form."""
    view = {
        "id": "V0STALE", "type": "modal", "callback_id": callback_id, "hash": "1.x", "blocks": [], "team_id": TEAM_ID,
        "private_metadata": json.dumps(remembers), "title": {"type": "plain_text", "text": "x"},
        "state": {"values": {name: {name: answer} for name, answer in answers.items()}},
    }  # fmt: skip
    return {**_who("view_submission"), "view": view, "response_urls": []}


def command(text: str, name: str = "/lead") -> Json:
    """A slash command."""
    return {
        "token": "t", "team_id": TEAM_ID, "team_domain": "local", "channel_id": LEADS_CHANNEL, "channel_name": "leads",
        "user_id": STAFF_1, "user_name": "maya.brooks", "command": name, "text": text, "api_app_id": "A0LEADBOT",
        "is_enterprise_install": "false", "trigger_id": f"1.2.{text}",
    }  # fmt: skip


def shortcut(kind: str, callback_id: str, **more: Any) -> Json:
    """A shortcut, global or of a message."""
    return {**_who(kind), "callback_id": callback_id, "action_ts": "1.1", **more}


def _typed(text: str) -> Json:
    return {"type": "plain_text_input", "value": text}


def _messages() -> Iterator[tuple[str, Json]]:
    yield "message", message()
    yield "reply", message(thread_ts=f"{time.time() - 60:.6f}", parent_user_id=CUSTOMER)
    yield "direct message", message(channel=dm_channel(CUSTOMER), channel_type="im")
    yield "staff's direct message", message(channel=dm_channel(STAFF_1), channel_type="im", user=STAFF_1)
    files = [{"id": "F1", "name": "x.png", "mimetype": "image/png", "size": 10, "url_private": "https://x.example"}]
    yield "file", message(subtype="file_share", files=files)
    yield "form", message("Name: Jo\nEmail: jo@forms.test", user=None, subtype="bot_message", bot_id="B0FORMS01")
    yield "edit", _changed("message_changed")
    yield "deletion", _changed("message_deleted")
    yield "tombstone", _changed("message_changed", message={"subtype": "tombstone", "ts": "1.000001"})
    yield "late edit", _changed("message_changed", ts=f"{time.time() - 9000:.6f}")
    for subtype in ("channel_join", "channel_topic", "thread_broadcast", "me_message", "reminder_add", "unheard_of"):
        yield f"message {subtype}", message(subtype=subtype)
    yield "own message", message(user="U0LEADBOT", bot_id="B0LEADBOT")


def _others() -> Iterator[tuple[str, Json]]:
    opened = {"type": "app_home_opened", "user": STAFF_1, "channel": dm_channel(STAFF_1), "event_ts": "1.1"}
    yield "home", event({**opened, "tab": "home"})
    yield "home messages", event({**opened, "tab": "messages"})
    yield "mention", event({"type": "app_mention", "user": STAFF_1, "text": "<@U0LEADBOT> hi", "ts": "1.000001"})
    yield (
        "reaction",
        event({"type": "reaction_added", "user": STAFF_1, "reaction": "eyes", "item": {"type": "message"}}),
    )
    yield "member joined", event({"type": "member_joined_channel", "user": STAFF_2, "channel": LEADS_CHANNEL})
    yield "uninstalled", event({"type": "app_uninstalled"})
    yield "tokens revoked", event({"type": "tokens_revoked", "tokens": {"bot": ["U0LEADBOT"]}})
    yield "unheard of event", event({"type": "unheard_of", "data": [1, {"x": None}]})


def _presses(lead: int) -> Iterator[tuple[str, Json]]:
    for action in (buttons.CLAIM, buttons.RELEASE, buttons.WON, buttons.LOST, buttons.CLOSE, buttons.REOPEN_NOW):
        yield action, press(action, str(lead))
    for choice in (buttons.SNOOZE, buttons.WAKE, buttons.ASSIGN, buttons.SHOW_MESSAGE, buttons.WHY, "unheard_of"):
        yield f"more {choice}", press(buttons.MORE, f"{choice}:{lead}", kind="overflow")
    yield "edit button", press(buttons.EDIT, str(lead))
    yield "next page", press(modals.NEXT_PAGE, f"{lead}:2")
    yield "verdict", press(f"{VERDICT}:same:2", f"same:{lead}:2")
    yield "restore", press(f"{RESTORE}:999", "999")
    yield "open row", press(f"{OPEN}:{lead}", str(lead))
    yield "list page", press(NEXT, "2:list:all")
    yield "run", press(RUN, "list hot")
    yield "home link", press(home.OPEN_CARD, str(lead))
    yield "hide checklist", press(home.HIDE_CHECKLIST, "hide")
    yield "unheard of button", press("unheard_of", "x")
    yield "stranger", press(buttons.CLAIM, str(lead), user=CUSTOMER)


def _forms(lead: int) -> Iterator[tuple[str, Json]]:
    about = {"lead": lead, "channel": LEADS_CHANNEL}
    chosen = {"type": "static_select", "selected_option": {"value": "other"}}
    yield "won form", form(modals_outcome.WON_FORM, about, **{modals_outcome.NOTE: _typed("signed")})
    lost = {modals_outcome.REASON: chosen, modals_outcome.NOTE: _typed("too dear")}
    yield "lost form", form(modals_outcome.LOST_FORM, about, **lost)
    yield "snooze form", form(modals_later.SNOOZE_FORM, about, **{modals_later.WHEN: chosen})
    owner = {"type": "users_select", "selected_user": STAFF_2}
    yield "assign form", form(modals_later.ASSIGN_FORM, about, **{modals_later.OWNER: owner})
    yield "edit form", form(modals_edit.EDIT_FORM, about | {"was": {}}, **{modals_edit.NAME: _typed("Jo")})
    yield "new lead form", form(create_lead_form.NEW_LEAD_FORM, {}, **{create_lead_form.WORDS: _typed("brakes")})
    yield "unheard of form", form("unheard_of", {})
    yield "closed form", {**form(modals_edit.EDIT_FORM, about), "type": "view_closed", "is_cleared": False}


def _commands(lead: int) -> Iterator[tuple[str, Json]]:
    for text in (
        "",
        "mine",
        f"show L-{lead}",
        f"claim L-{lead}",
        "add Jo Miller wants brakes done",
        "help",
        "nonsense",
    ):
        yield f"/lead {text}".strip(), command(text)
    yield "unheard of command", command("x", "/unheard_of")


def _shortcuts() -> Iterator[tuple[str, Json]]:
    on = {"channel": {"id": LEADS_CHANNEL, "name": "leads"}, "message_ts": "1700000000.000001"}
    said = {"type": "message", "user": STAFF_2, "text": "A customer called about brakes", "ts": "1700000000.000001"}
    yield "create lead", shortcut("message_action", CREATE_LEAD, message=said, **on)
    yield "new lead", shortcut("shortcut", NEW_LEAD)
    yield "unheard of shortcut", shortcut("shortcut", "unheard_of")
    yield "old message menu", shortcut("interactive_message", "x", actions=[{"name": "a", "value": "b"}])
    yield "suggestion", {**_who("block_suggestion"), "action_id": "x", "block_id": "b", "value": "q"}
    yield "dialog", shortcut("dialog_submission", "x", submission={"a": "b"}, state="s")


def envelopes(lead: int = 1) -> list[Envelope]:
    """All of them; lead: the number that cards and windows name."""
    events = [Envelope(name, "events_api", payload) for name, payload in (*_messages(), *_others())]
    acts = (*_presses(lead), *_forms(lead), *_shortcuts())
    typed = [Envelope(name, "slash_commands", payload) for name, payload in _commands(lead)]
    return [*events, *(Envelope(name, "interactive", payload) for name, payload in acts), *typed]


def broken(payload: Json) -> Iterator[tuple[str, Json]]:
    """The payload with each field missing in turn, then each of another kind; the path of the field before it."""
    for path in list(_paths(payload)):
        oddities: list[Any] = ["missing", None, [], {"unheard_of": 1}, 7, ""]
        for odd in oddities:
            changed = copy.deepcopy(payload)
            where: Any = changed
            for step in path[:-1]:
                where = where[step]
            if odd == "missing":
                del where[path[-1]]
            else:
                where[path[-1]] = odd
            yield f"{'.'.join(map(str, path))}={odd!r}", changed


def _paths(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*above, key)
        yield from _paths(part, (*above, key))
