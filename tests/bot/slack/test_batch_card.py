"""The batch card as pure functions: whatever customers say, Slack takes it and nothing in it speaks."""

from __future__ import annotations

import json

import pytest

from bot.slack.batch_card import batch_card
from bot.slack.blocks import size
from bot.slack.cards import MESSAGE_LIMIT
from enrichment.adapters.store.batches import ROWS
from enrichment.lead import LeadStatus, Triage, UrgencyLabel
from tests.bot.slack.leads import HOSTILE, lead
from tests.bot.slack.staff import assert_safe, read

COLD = Triage(urgency=12, label=UrgencyLabel.COLD)
LONG = "https://a-company-with-a-rather-long-name.enterprise.slack.com/archives/C0123456789/p1234567890123456"


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("opened", [0, 20, ROWS])
def test_a_full_card_is_always_taken(words: str, opened: int) -> None:
    """Fifty blocks and 13,000 characters hold as many leads as there are rows, opened or not."""
    leads = [lead(words, 10_000_000 + number, triage=COLD) for number in range(ROWS)]
    ids = [one.id for one in leads[:opened]]
    message = batch_card(leads, ids, dict.fromkeys(ids, LONG))
    assert_safe(message)
    assert size(message.blocks) <= MESSAGE_LIMIT
    assert str(message.blocks).count(LONG) in {0, opened}


def test_rows_say_who_wants_what_and_can_be_opened() -> None:
    """One line a lead, with a button and a block id of its own; the fallback names them all."""
    leads = [lead("Brakes grind", 7, triage=COLD, duplicate_of=None), lead("A fence", 9, triage=COLD)]
    message = batch_card(leads, (), {})
    rows = message.blocks[1:3]
    assert [row["block_id"] for row in rows] == ["lead:7", "lead:9"]
    assert [(row["accessory"]["action_id"], row["accessory"]["value"]) for row in rows] == [
        ("lead_open:7", "7"),
        ("lead_open:9", "9"),
    ]
    assert rows[0]["text"]["text"] == "🔵 12 · L-7 · Brakes grind · Brakes grind"
    assert "⚠️ possible duplicate of L-3" in rows[1]["text"]["text"]
    assert message.text == "🔵 2 cold leads in one list, most urgent first: L-7, L-9"


def test_the_title_says_how_urgent_they_are() -> None:
    """One rank by its name; of several only the sign of the most urgent."""
    warm = lead("A fence", 7, triage=Triage(urgency=50, label=UrgencyLabel.WARM))
    assert batch_card([warm], (), {}).text.startswith("🟠 1 warm lead in one list")
    assert batch_card([warm, lead("Sheds", 9, triage=COLD)], (), {}).text.startswith("🟠 2 leads in one list")


def test_opened_leads_are_linked_and_count_no_more() -> None:
    """A lead with its own card has no button, and no longer the block id of a lead that is shown here."""
    leads = [lead("Brakes grind", 7, triage=COLD), lead("A fence", 9, triage=COLD)]
    message = batch_card(leads, {7}, {7: LONG})
    assert [block.get("block_id") for block in message.blocks] == [None, "opened:7", "lead:9", None]
    assert f"<{LONG}|L-7> has its own card" in read(message)
    assert message.text == "🔵 1 cold lead in one list, most urgent first, 1 more with own cards: L-9"
    assert json.dumps(message.blocks).count("lead_open") == 1
    assert "(L-" not in message.text
    assert batch_card(leads, {7, 9}, {}).text == "🔵 Every lead of this list has a card of its own now"


def test_a_lead_that_was_closed_says_so_in_its_row() -> None:
    """It stays in the list, and can be opened all the same."""
    row = batch_card([lead("Fence", 7, triage=COLD, status=LeadStatus.LOST, owner_name="Maya")], (), {}).blocks[1]
    assert "❌ Lost · Maya" in row["text"]["text"]
    assert row["accessory"]["text"]["text"] == "Open"
