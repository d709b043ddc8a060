"""The home tab as a pure view: what stands in it, and that Slack takes it whatever customers wrote."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.circuits import AIRTABLE, OLLAMA
from bot.mailbox_health import MailboxState
from bot.settings import Settings
from bot.slack import home_settings
from bot.slack.home import Facts, Shared, Week, duration, refusal, view
from bot.slack.home_checklist import PARTS, Todo, todo
from bot.staff_settings import MOST_ROUTES, effective
from bot.status import Status
from bot.workspace.block_kit import check_view
from enrichment.adapters.store.circuits import Circuit
from enrichment.adapters.store.staff_settings import StaffSetting
from enrichment.lead import LeadStatus
from tests.bot.slack.leads import HOSTILE, NOW, lead
from tests.bot.slack.staff import assert_escaped, text_objects

AT = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
Json = dict[str, Any]


def facts(words: str = "Brakes grind", leads: int = 2, **stored: Any) -> Facts:
    """A tab with these words wherever somebody can say something; stored: what `U0MAYA` set."""
    values = {name: StaffSetting(name=name, value=value, actor="U0MAYA", at=AT) for name, value in stored.items()}
    chosen = effective(Settings(), values)
    mine = tuple(lead(words, n, status=LeadStatus.CLAIMED, owner="U1", owner_name=words) for n in range(1, leads + 1))
    free = tuple(lead(words, n) for n in range(1001, 1001 + leads))
    parts = tuple(Todo(title=words, advice=words) for _ in range(5))
    shared = Shared(todo=parts, unclaimed=free, unclaimed_count=1000, week=Week(leads=7), chosen=chosen, zone="UTC")
    links = {each.id: f"https://example.slack.com/archives/C1/p{each.id}" for each in (*mine, *free)}
    names = {"U0MAYA": words, "C0HOT": words}
    return Facts(shared=shared, mine=mine, mine_count=500, links=links, names=names)


def read(made: Json) -> str:
    """What people read."""
    return "\n".join(each["text"] for each in text_objects(made["blocks"]))


def pressable(made: Json, action_id: str) -> list[Json]:
    """The elements of this action."""
    found = []
    for block in made["blocks"]:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        found += [element for element in elements if element.get("action_id") == action_id]
    return found


def test_everything_is_there() -> None:
    """The checklist, my leads, unclaimed ones, the week, the settings, in this order."""
    made = view(facts(digest_time="08:30"))
    headers = [block["text"]["text"] for block in made["blocks"] if block["type"] == "header"]
    assert headers == ["Getting started", "My leads", "Unclaimed, most urgent first", "The last 7 days", "Settings"]
    told = read(made)
    assert "🔴 85 · L-1 · Brakes grind, from Brakes grind" in told
    assert "and 498 more: /lead mine lists them" in told
    assert "and 998 more: /lead unclaimed lists them" in told
    assert "Digest: daily at 08:30, weekly on Monday\nSet by Brakes grind on Nov 3" in told
    assert [each["value"] for each in pressable(made, "lead_claim")] == ["1001", "1002"]
    assert [each["value"] for each in pressable(made, "lead_won")] == ["1", "2"]
    assert [each["url"][-2:] for each in pressable(made, "home_open")] == ["p1", "p2", "01", "02"]
    dots = pressable(made, "lead_more")[0]
    assert dots["options"][0]["value"] == "snooze:1"


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_slack_takes_the_tab_whatever_stands_in_it(words: str) -> None:
    """With every list full and hostile words in every place: nothing of theirs is ever live."""
    condition = (words.encode("ascii", "ignore").decode() or "x")[:64]
    routes = [{"when": {"business": f"{n}{condition}"[:64]}, "channel": "C0HOT"} for n in range(MOST_ROUTES)]
    times = {"digest_time": "08:30", "quiet_from": "21:00", "quiet_until": "07:00"}
    made = json.loads(json.dumps(view(facts(words, 30, routes=routes, **times))))
    assert check_view(made, ("home",)) == []
    assert 80 < len(made["blocks"]) <= 100
    for each in text_objects(made["blocks"]):
        assert each["type"] == "plain_text"
        assert each["emoji"] is False
        assert_escaped(each["text"])


def test_who_may_not_sees_one_polite_line() -> None:
    """And nothing of any lead."""
    made = refusal("Only members of #leads can do this")
    assert check_view(made, ("home",)) == []
    assert read(made) == "Leads are shown here to those who answer them. Only members of #leads can do this."


def test_empty_lists_say_what_to_do() -> None:
    """No lead, nothing to connect, nothing set."""
    made = view(Facts(shared=Shared(chosen=effective(Settings(), {}))))
    assert check_view(made, ("home",)) == []
    told = read(made)
    assert "Getting started" not in told
    assert "You have claimed none." in told
    assert "None: somebody has every lead." in told
    assert "Median time to claim\nnone yet" in told
    assert "Quiet hours: none" in told
    assert pressable(made, home_settings.RESET) == []


def test_checklist_can_be_hidden() -> None:
    """By each person for themselves."""
    assert "Getting started" not in read(view(facts().model_copy(update={"hidden": True})))


def test_what_is_fixed_has_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where it is fixed; the other half of a group is still staff's."""
    monkeypatch.setenv("LEADBOT_DIGEST_TIME", "07:00")
    monkeypatch.setenv("LEADBOT_QUIET_FROM", "21:00")
    chosen = effective(Settings(), {})
    made = view(Facts(shared=Shared(chosen=chosen)))
    assert "Digest: daily at 07:00, weekly on Monday\nFixed by environment: change it there" in read(made)
    assert pressable(made, home_settings.QUIET) == []
    (button,) = pressable(made, home_settings.DIGEST)
    assert button["text"]["text"] == "Change…"
    form = home_settings.digest_form(chosen)
    assert [block["block_id"] for block in form["blocks"]] == [home_settings.WEEKDAY]


def test_windows_are_what_slack_takes() -> None:
    """With a value in each field, and with none."""
    for chosen in (effective(Settings(), {}), facts(quiet_from="21:00", quiet_until="07:00").shared.chosen):
        for form in (home_settings.digest_form(chosen), home_settings.quiet_form(chosen)):
            assert check_view(form, ("modal",)) == []
    form = home_settings.rule_form(Settings())
    assert check_view(form, ("modal",)) == []
    (kinds,) = (block["element"]["options"] for block in form["blocks"] if block.get("block_id") == "intent")
    shown = {kind["value"]: kind["text"]["text"] for kind in kinds}
    assert shown["job_application"] == "job application"
    assert "unknown" not in shown
    assert {block.get("block_id") for block in form["blocks"]} >= {"intent", "urgency", "language", "channel"}


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "none yet"),
        (0, "under a minute"),
        (59.9, "under a minute"),
        (60, "1 min"),
        (7300, "2 h"),
        (200_000, "2 d"),
    ],
)
def test_duration(seconds: float | None, told: str) -> None:
    """In one unit."""
    assert duration(seconds) == told


def test_checklist_names_what_is_not_connected() -> None:
    """On a first run nothing is; a model that is not wanted is not missed."""
    first = Settings(ollama_base_url="http://127.0.0.1:11434")
    titles = [part.title for part in todo(first, Status(running=True))]
    assert not [part for part in todo(first, Status(running=True)) if "`" in part.advice]
    assert titles == ["Mail address", "Mailbox", "Your Slack", "Language model", "Airtable"]
    away = [part.title for part in todo(Settings(ollama_base_url="off"), Status(running=True))]
    assert "Language model" not in away


def test_checklist_is_gone_when_all_is_connected(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """And tells of a mailbox that was never read, with its error, and of an Airtable that never answered."""
    monkeypatch.chdir(tmp_path)
    lines = (
        'name = "sales"',
        'host = "imap.example.com"',
        'user = "a@example.com"',
        'password_env = "MAIL_PASSWORD"',
    )
    table = "\n".join(["[[mailbox]]", *lines])
    (tmp_path / "leadbot.toml").write_text(table)
    for name, value in {
        "LEADBOT_RECIPIENTS": "sales@example.com",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "AIRTABLE_API_KEY": "pat1",
        "AIRTABLE_BASE_ID": "app1",
        "MAIL_PASSWORD": "p",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    answered = (Circuit(name=OLLAMA, state="closed", since=NOW, answered=True),)
    read_once = (MailboxState(name="sales", last_success=NOW),)
    assert todo(settings, Status(running=True, circuits=answered, mailboxes=read_once)) == ()
    never = (MailboxState(name="sales", error="wrong password"),)
    silent = (*answered, Circuit(name=AIRTABLE, state="open", since=NOW, error="403", answered=False))
    found = todo(settings, Status(running=True, circuits=silent, mailboxes=never))
    assert [part.title for part in found] == ["Mailbox sales", "Airtable"]
    assert "wrong password" in found[0].advice
    assert not [part for part in found if "`" in part.advice]
    assert PARTS == 5
