"""What can be pressed on a card, and what a press says."""

from __future__ import annotations

import pytest

from bot.slack.buttons import buttons, pressed
from enrichment.lead import LeadStatus
from tests.bot.slack.leads import NOW, lead

READ = ["Show Full Message", "Why This Urgency?"]
DOTS = ["Snooze…", "Assign…", "Not a Lead", *READ]


@pytest.mark.parametrize(
    ("status", "pressable", "main", "more"),
    [
        (LeadStatus.OPEN, ["Claim", "Won", "Lost"], ["Claim"], DOTS),
        (LeadStatus.CLAIMED, ["Won", "Lost", "Release"], ["Won"], DOTS),
        (LeadStatus.LOST, ["Reopen"], [], READ),
    ],
)
def test_buttons_are_those_that_do_something(
    status: LeadStatus, pressable: list[str], main: list[str], more: list[str]
) -> None:
    """At most one of them is the main one; behind the dots are five at most; each names the lead."""
    block = buttons(lead(status=status))
    *plain, dots = block["elements"]
    assert [button["text"]["text"] for button in plain] == pressable
    assert [button["text"]["text"] for button in plain if button.get("style") == "primary"] == main
    assert [option["text"]["text"] for option in dots["options"]] == more
    values = [button["value"] for button in plain] + [option["value"] for option in dots["options"]]
    assert [found[1] for value in values if (found := pressed(value))] == [12] * len(values)


def test_snoozed_lead_can_be_taken_up_before_its_time() -> None:
    """In the place of putting it off once more."""
    dots = buttons(lead(snoozed_until=NOW))["elements"][-1]
    assert dots["options"][0]["value"] == "wake:12"
    assert len(dots["options"]) == 5


@pytest.mark.parametrize("value", ["", "x", "why:", ":12", "12:", "9" * 40, "why:12:1:1", "12\n", "١٢x", "WHY:1"])
def test_odd_values_are_no_buttons(value: str) -> None:
    """Whatever a payload holds."""
    assert pressed(value) is None
