"""The windows of a card: Slack takes them whatever customers wrote, and they say all there is."""

from __future__ import annotations

import json

import pytest

from bot.slack import modals, modals_edit, modals_later, modals_outcome
from bot.slack.modal_parts import Modal
from bot.workspace.block_kit import check_view
from bot.workspace.views import MAX_VIEW_BYTES
from enrichment.lead import Contact, LeadStatus, Triage, UrgencyLabel
from tests.bot.slack.leads import HOSTILE, analysis, lead
from tests.bot.slack.staff import assert_escaped, text_objects

MORE = {"emoji page": "🔥" * 200_000, "escaped": "&" * 200_000, "wide": "漢" * 200_000}
ALL = {**HOSTILE, **MORE}


def windows(words: str, number: int = 12) -> list[Modal]:
    """Every window of a lead that says these words."""
    shown = lead(words, number).model_copy(update={"analysis": analysis(words), "owner_name": words, "note": words})
    pages = [modals.message(shown, page) for page in (-5, 1, 2, 10**6)]
    forms = [
        *(make(shown, "C0LEADS") for make in (modals_outcome.close_form, modals_outcome.won_form)),
        modals_outcome.lost_form(shown, "C0LEADS"),
        modals_later.snooze_form(shown, "C0LEADS", "America/Argentina/ComodRivadavia"),
        modals_later.assign_form(shown, "C0LEADS"),
        modals_edit.edit_form(shown, "C0LEADS", "US"),
    ]
    return [*forms, modals.urgency(shown), *pages]


@pytest.mark.parametrize("kind", ALL)
def test_hostile_words_stay_words(kind: str) -> None:
    """Slack takes every window, and no customer's word stands where it could do something."""
    for window in windows(ALL[kind]):
        assert check_view(json.loads(json.dumps(window)), ("modal",)) == []
        assert len(json.dumps(window)) < MAX_VIEW_BYTES
        for each in text_objects(window):
            if each["type"] == "plain_text":
                assert each["emoji"] is False
                assert_escaped(each["text"])
            else:
                assert words_of_ours(each["text"])


def words_of_ours(text: str) -> bool:
    """The only mrkdwn in a window is the number of the page."""
    return text.startswith("Page ") and text.replace("Page ", "").replace(" of ", "").isdigit()


@pytest.mark.parametrize("number", [1, 1042, 999_999_999_999])
def test_title_fits_any_number(number: int) -> None:
    """Slack takes 24 characters."""
    for window in windows("x", number):
        assert len(window["title"]["text"]) <= 24
        assert str(number) in window["title"]["text"]


def test_pages_hold_all_of_a_message() -> None:
    """Nothing is lost between two pages."""
    text = " ".join(f"word{number}" for number in range(10_000))
    shown = lead("x", text=text, contact=Contact(name="Jo"), subject="Roof")
    pages = [modals.message(shown, page) for page in range(1, 6)]
    words = "".join(block["text"]["text"] for page in pages for block in page["blocks"] if block["type"] == "section")
    assert words == text
    first, last = pages[0]["blocks"][:-1], pages[-1]["blocks"][:-1]
    assert first[0]["elements"][0]["text"] == "From Jo: Roof"
    assert [element["value"] for element in first[-1]["elements"]] == ["12:2"]
    assert [element["value"] for element in last[-1]["elements"]] == ["12:4"]
    assert [element["value"] for element in pages[2]["blocks"][-2]["elements"]] == ["12:2", "12:4"]


def test_short_message_is_one_page() -> None:
    """With nothing to turn."""
    assert len(modals.message(lead("x", text="Short."))["blocks"]) == 3
    assert "(no text)" in str(modals.message(lead("x", text=" "))["blocks"])


def test_form_asks_how_it_ended() -> None:
    """Three outcomes, one of which must be chosen, and a note that may be left out; it remembers its lead."""
    form = modals_outcome.close_form(lead("x"), "C1")
    _, outcome, note = form["blocks"]
    assert [option["text"]["text"] for option in outcome["element"]["options"]] == ["Won", "Lost", "Not a lead"]
    assert [LeadStatus(option["value"]) for option in outcome["element"]["options"]] == [*LeadStatus][2:]
    assert (outcome["optional"], note["optional"], note["element"]["multiline"]) == (False, True, True)
    assert json.loads(form["private_metadata"]) == {"lead": 12, "channel": "C1"}


def test_urgency_is_explained_by_rules_and_model() -> None:
    """Points, rule and quote of each reason; then what the rules alone and the model said."""
    rules = Triage(urgency=60, label=UrgencyLabel.WARM)
    made = analysis("asap").model_copy(update={"model": "qwen3:4b", "rules": rules, "summary": "Wants brakes"})
    texts = [each["text"] for each in text_objects(modals.urgency(lead("asap", analysis=made))["blocks"])]
    assert texts[0] == "🔴 Hot 85 of 100"
    assert texts[1] == "+30  says it is urgent\n“asap”"
    assert "The rules alone say 60. qwen3:4b says 70: Wants brakes" in texts
    assert (
        texts[-2] == "Judged by rules. Begins at 25; what is above 70 counts half. From 70 a lead is hot, from 40 warm."
    )


def test_lead_without_reasons_says_so() -> None:
    """Rather than nothing."""
    nothing = Triage(urgency=0, label=UrgencyLabel.COLD)
    assert "nothing says that it is urgent" in str(modals.urgency(lead("x", triage=nothing))["blocks"])
