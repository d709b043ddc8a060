"""Three hundred leads at once: Slack stays readable, hot leads stand alone and first, and nobody is called twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.benchmarks import burst
from tests.benchmarks.load import open_store
from tests.servers.running_bot import RunningBot, running_bot

# A minute of Slack's real rate in a third of the time.
LEADS, FASTER = 300, 3.0
HOT = LEADS // 10
# What may have been on its way to Slack when a hot lead was judged: a burst, and the cards that are drawn side by side.
ON_THEIR_WAY = 12
MENTION = re.compile(r"<@|<!(?:here|channel|everyone|subteam)")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[burst.Shown, dict[int, float]]:
    """What stands in the channel after the burst, and when each hot lead was judged (Unix time)."""
    folder = tmp_path_factory.mktemp("burst")
    with running_bot(Path(folder), LEADBOT_SLACK_PER_SECOND=str(FASTER)) as bot, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(burst.send, bot, LEADS, burst.SECONDS / FASTER)
        _, shown = burst.watch(bot, LEADS, 240)  # seconds that a machine with much else to do may take
        sending.result()
        return shown, _known(bot)


def _known(bot: RunningBot) -> dict[int, float]:
    query = "SELECT lead_id, min(at) FROM events JOIN leads ON leads.id = lead_id WHERE urgency >= 70 GROUP BY lead_id"
    with open_store(bot) as store:
        rows = store.execute(query).fetchall()
    return {lead_id: datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() for lead_id, at in rows}


def test_each_lead_of_a_burst_is_shown_once(found: tuple[burst.Shown, dict[int, float]]) -> None:
    """As a card or as a row of a list, never as both; the hot ones always as cards."""
    shown, hot = found
    assert len(hot) >= HOT
    assert len(shown.cards) + len(shown.rows) == len({*shown.cards, *shown.rows}) == LEADS
    assert not {*shown.rows} & {*hot}


def test_a_burst_ends_as_few_messages(found: tuple[burst.Shown, dict[int, float]]) -> None:
    """Most of what is not hot stands in lists, each of which is of one rank and starts with the most urgent."""
    shown, _ = found
    assert len(shown.roots) == len(shown.cards) + len(shown.lists)
    assert len(shown.rows) > len(shown.cards)
    assert all(re.match(r"(?:🟠 \d+ warm|🔵 \d+ cold) leads in one list", one["text"]) for one in shown.lists)


def test_hot_leads_of_a_burst_are_shown_first(found: tuple[burst.Shown, dict[int, float]]) -> None:
    """Once a hot lead is known, no more goes before it than was on its way, and what is hot as well."""
    shown, hot = found
    for lead_id, known in hot.items():
        place = next(place for place, root in enumerate(shown.roots) if root["text"].endswith(f"(L-{lead_id})"))
        before = [root for root in shown.roots[:place] if float(root["ts"]) > known and " Hot " not in root["text"]]
        assert len(before) <= ON_THEIR_WAY, f"L-{lead_id} waited for {[root['text'] for root in before]}"


def test_a_burst_pings_nobody(found: tuple[burst.Shown, dict[int, float]]) -> None:
    """No mention stands in a card, a list or a reply."""
    shown, _ = found
    assert [text for text in shown.texts if MENTION.search(text)] == []
