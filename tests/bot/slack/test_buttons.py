"""What can be pressed on a card, and what a press says."""

from __future__ import annotations

import pytest

from bot.slack.buttons import buttons, pressed
from enrichment.models import LeadStatus
from tests.bot.slack.leads import lead


@pytest.mark.parametrize(
    ("status", "pressable", "more"),
    [
        (LeadStatus.OPEN, ["Claim", "Close…"], ["Show Full Message", "Why This Urgency?"]),
        (LeadStatus.CLAIMED, ["Release", "Close…"], ["Show Full Message", "Why This Urgency?"]),
        (LeadStatus.LOST, [], ["Show Full Message", "Why This Urgency?", "Reopen"]),
    ],
)
def test_buttons_are_those_that_do_something(status: LeadStatus, pressable: list[str], more: list[str]) -> None:
    """At most one of them is the main one, and only while the lead is anybody's; each names the lead."""
    block = buttons(lead(status=status))
    *plain, dots = block["elements"]
    assert [button["text"]["text"] for button in plain] == pressable
    assert [option["text"]["text"] for option in dots["options"]] == more
    assert [button.get("style") for button in plain if "style" in button] == ["primary"] * (status == LeadStatus.OPEN)
    values = [button["value"] for button in plain] + [option["value"] for option in dots["options"]]
    assert {found[1] for value in values if (found := pressed(value))} == {12}
    assert len(values) == len([value for value in values if pressed(value)])


@pytest.mark.parametrize("value", ["", "x", "why:", ":12", "12:", "9" * 40, "why:12:1:1", "12\n", "١٢x", "WHY:1"])
def test_odd_values_are_no_buttons(value: str) -> None:
    """Whatever a payload holds."""
    assert pressed(value) is None
