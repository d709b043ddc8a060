"""Who may: asked of the real workspace over HTTP, remembered, and refused when in doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.slack import staff as module
from bot.slack.client import Slack
from bot.slack.staff import FRESH_SECONDS, REFUSED_SECONDS, STALE_SECONDS, NotStaff, StaffCheck
from bot.workspace.api import dispatch, people
from bot.workspace.errors import SlackError
from bot.workspace.identity import BOT_USER_ID, LEADS_CHANNEL, SLACKBOT_ID, STAFF_1, STAFF_2, TEAM_ID, User
from bot.workspace.wire import slack_user
from tests.bot.slack.staff import Staff

ONLY = "^Only members of #leads can do this$"
Json = dict[str, Any]


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The seconds."""
        return self.seconds


@pytest.fixture
def clock() -> Hand:
    """The check's clock."""
    return Hand()


@pytest.fixture
def check(slack: Slack, clock: Hand) -> StaffCheck:
    """The rule without LEADBOT_STAFF."""
    return StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, called="leads", now=clock)


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes Slack say this of everybody."""

    def say(**marks: Any) -> None:
        def user_object(user: User) -> Json:
            return slack_user(user) | marks

        monkeypatch.setattr(people, "slack_user", user_object)

    return say


def leave(staff: Staff, user: str) -> None:
    """Somebody leaves the leads channel."""
    db = staff.workspace.store._db
    with db:
        db.execute("DELETE FROM members WHERE channel = ? AND user = ?", (LEADS_CHANNEL, user))


def join(staff: Staff, user: str) -> None:
    """Somebody joins it."""
    db = staff.workspace.store._db
    with db:
        db.execute("INSERT INTO members VALUES (?, ?)", (LEADS_CHANNEL, user))


async def may(check: StaffCheck, user: str) -> bool:
    """Whether they are admitted."""
    try:
        await check.admit(user)
    except NotStaff:
        return False
    return True


async def test_members_of_the_channel_may(check: StaffCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, on whatever page of the list they stand."""
    monkeypatch.setattr(module, "PAGE", 1)
    assert [await may(check, user) for user in (STAFF_1, STAFF_2)] == [True, True]


@pytest.mark.parametrize("user", ["", "U0NOBODY", BOT_USER_ID, SLACKBOT_ID])
async def test_strangers_and_bots_may_not(check: StaffCheck, user: str) -> None:
    """Though one of the bots is in the channel."""
    with pytest.raises(NotStaff, match=ONLY):
        await check.admit(user)


@pytest.mark.parametrize(
    "marks",
    [
        {"is_restricted": True},
        {"is_restricted": None},
        {"is_bot": None},
        {"deleted": None},
        {"id": "U0SOMEBODY"},
        {"id": None},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"is_workflow_bot": True},
        {"deleted": True},
        {"team_id": "T0OTHER"},
        {"team_id": None},
        {"team_id": "T0OTHER", "enterprise_user": {"teams": ["T0THIRD"]}},
        {"team_id": "T0OTHER", "enterprise_user": 3},
    ],
)
async def test_guests_and_people_of_other_teams_may_not(
    check: StaffCheck, slack: Slack, described: Callable[..., None], marks: Json
) -> None:
    """Members of the channel or not, named in LEADBOT_STAFF or not."""
    described(**marks)
    with pytest.raises(NotStaff, match=ONLY):
        await check.admit(STAFF_1)
    named = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, named=(STAFF_1,))
    assert not await may(named, STAFF_1)


@pytest.mark.parametrize("answer", [{}, {"user": None}, {"user": []}, {"user": "x"}, {"user": {}}])
async def test_answer_without_a_user_admits_nobody(slack: Slack, monkeypatch: pytest.MonkeyPatch, answer: Json) -> None:
    """Whatever stands in its place."""

    def users_info(_workspace: object, _arguments: Json) -> Json:
        return answer

    monkeypatch.setitem(dispatch.METHODS, "users.info", users_info)
    named = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, named=(STAFF_1,))
    assert not await may(named, STAFF_1)


@pytest.mark.parametrize("user", [STAFF_1.lower(), f" {STAFF_1}", f"<@{STAFF_1}>", f"{STAFF_1}\0", "U" * 4000])
async def test_only_the_very_id_is_a_member(check: StaffCheck, user: str) -> None:
    """What is merely like one is somebody else."""
    assert not await may(check, user)


async def test_people_of_an_organisation_are_of_each_of_its_teams(
    check: StaffCheck, described: Callable[..., None]
) -> None:
    """Slack names the one they were made in first."""
    described(team_id="T0OTHER", enterprise_user={"teams": ["T0OTHER", TEAM_ID]})
    assert await may(check, STAFF_1)


async def test_named_staff_alone_may(slack: Slack, staff: Staff) -> None:
    """Whether they are in the channel or not."""
    leave(staff, STAFF_2)
    check = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, called="leads", named=(STAFF_2,))
    await check.admit(STAFF_2)
    with pytest.raises(NotStaff, match=r"^Only the staff named in Leadbot's settings can do this$"):
        await check.admit(STAFF_1)


@pytest.mark.parametrize(("called", "told"), [("#sales", "#sales"), ("C0ABCDEF", "the lead channel"), ("", "the lead")])
async def test_refusal_names_the_channel_as_people_know_it(slack: Slack, called: str, told: str) -> None:
    """An id is no name."""
    check = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, called=called)
    with pytest.raises(NotStaff, match=f"^Only members of {told}"):
        await check.admit("U0NOBODY")


async def test_answer_is_remembered_for_some_minutes(check: StaffCheck, staff: Staff, clock: Hand) -> None:
    """Slack is not asked again until then; who has left the channel is out after that."""
    assert await may(check, STAFF_1)
    await staff.fault("users.info", "500")
    await staff.fault("conversations.members", "500")
    leave(staff, STAFF_1)
    clock.seconds += FRESH_SECONDS - 1
    assert await may(check, STAFF_1)
    assert len(await staff.faults()) == 2
    clock.seconds += 1 + FRESH_SECONDS
    assert await may(check, STAFF_1)  # Slack fails: as it was
    assert await staff.faults() == []
    assert await may(check, STAFF_1)  # and nobody waits for it again at once
    clock.seconds += REFUSED_SECONDS
    assert not await may(check, STAFF_1)


async def test_who_has_just_joined_is_not_kept_waiting(check: StaffCheck, staff: Staff, clock: Hand) -> None:
    """A no is asked about again after some seconds, not at every try."""
    leave(staff, STAFF_1)
    assert not await may(check, STAFF_1)
    join(staff, STAFF_1)
    assert not await may(check, STAFF_1)
    clock.seconds += REFUSED_SECONDS
    assert await may(check, STAFF_1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack is waited for shorter than it is slow."""
    monkeypatch.setattr(module, "ASK_SECONDS", 0.2)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["500", "429", "lost", "slow"])
@pytest.mark.parametrize("method", ["users.info", "conversations.members"])
async def test_outage_locks_nobody_out_who_was_known(
    check: StaffCheck, staff: Staff, clock: Hand, method: str, kind: str
) -> None:
    """For a day; somebody new must wait until Slack answers, and is told so."""
    assert await may(check, STAFF_1)
    clock.seconds += STALE_SECONDS - 1
    await staff.fault(method, kind, 2)
    await check.admit(STAFF_1)
    clock.seconds += 1
    with pytest.raises(NotStaff, match=r"^Slack does not say just now who you are; please try again in a minute$"):
        await check.admit(STAFF_1)
    assert await may(check, STAFF_1)


async def test_slack_that_does_not_let_us_look_lets_nobody_in(check: StaffCheck, staff: Staff) -> None:
    """A missing permission is no permission."""
    await staff.fault("users.info", "500", 100)
    assert [await may(check, user) for user in (STAFF_1, STAFF_2)] == [False, False]


async def test_missing_permission_names_the_way_out(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting would not mend it; who is named needs no look into the channel."""

    def refused(_workspace: object, _arguments: Json) -> Json:
        raise SlackError("missing_scope")

    monkeypatch.setitem(dispatch.METHODS, "conversations.members", refused)
    check = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL)
    with pytest.raises(NotStaff, match=r"does not let Leadbot see who you are.*LEADBOT_STAFF can name you instead$"):
        await check.admit(STAFF_1)
    await StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, named=(STAFF_1,)).admit(STAFF_1)


async def test_memory_is_bounded(check: StaffCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries; the one asked for longest ago is forgotten first."""
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for user in (STAFF_1, "U0NOBODY1", "U0NOBODY2", "U0NOBODY3", "U0NOBODY4"):
        await may(check, user)
    assert list(check._colleagues._answers) == ["U0NOBODY2", "U0NOBODY3", "U0NOBODY4"]
    assert await may(check, STAFF_1)
