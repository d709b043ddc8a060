"""The [[route]] tables: what is read, and the one line that says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.routes import Route, check_names, first_fit, read_routes
from bot.settings import Settings, load

HOT = {"urgency": "hot", "channel": "#hot"}


def test_tables_are_read_in_order() -> None:
    """The first that fits counts."""
    found = read_routes([{"urgency": "hot", "language": "de", "channel": "#heiss"}, HOT])
    assert [route.channel for route in found] == ["heiss", "hot"]
    assert first_fit(found, {"urgency": "hot", "language": "en"}) == found[1]
    assert first_fit(found, {"urgency": "hot", "language": "de"}) == found[0]
    assert first_fit(found, {"urgency": "cold"}) is None


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ("#hot", "should be \\[\\[route\\]\\] tables"),
        ([{"channel": "#hot"}], "number 1: says of no lead"),
        ([HOT, {"urgency": "hot"}], "number 2: channel is missing"),
        ([{"urgncy": "hot", "channel": "a"}], "there is no key 'urgncy'"),
        ([{"urgency": "boiling", "channel": "a"}], "urgency should be one of hot, warm, cold"),
        ([{"intent": "quotes", "channel": "a"}], "intent should be one of emergency, "),
        ([{"language": "german", "channel": "a"}], "language should be one of ar, "),
        ([{"channel_in": "fax", "channel": "a"}], "channel_in should be one of smtp, imap, slack"),
        ([{"urgency": "hot", "channel": "a,b"}], "one Slack channel"),
        ([{"urgency": "hot", "channel": 7}], "one Slack channel"),
        ([{"urgency": "hot", "channel": "#"}], "names or ids of Slack channels"),
        ([{"urgency": 7, "channel": "a"}], "urgency"),
        ([HOT] * 101, "at most 100"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tables: Any, told: str) -> None:
    """With the number of the table."""
    with pytest.raises(ValueError, match=told) as caught:
        read_routes(tables)
    assert "\n" not in str(caught.value)


def test_names_must_be_known() -> None:
    """A slip in a name would send leads elsewhere in silence."""
    north = Route(when={"business": "North"}, channel="n")
    assert check_names([north], ["north"], []) == (north,)
    with pytest.raises(ValueError, match="there is no business 'North'"):
        check_names([north], ["south"], [])


def test_leadbot_toml_holds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside all other settings."""
    monkeypatch.chdir(tmp_path)
    Path("leadbot.toml").write_text('[[route]]\nurgency = "hot"\nchannel = "#hot"\n', encoding="utf-8")
    assert load().routes == (Route(when={"urgency": "hot"}, channel="hot"),)
    assert Settings().slack_over_http is False
