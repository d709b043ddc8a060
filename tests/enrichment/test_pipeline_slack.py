"""Slack messages on their way through the real stages and stores: one lead for what one person says in one breath."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from channels.mail.forms import read_form
from channels.mail.language import language_of
from channels.slack.parser import SlackParser
from channels.slack.raw import raw_of
from channels.slack.wire import said_in
from enrichment.adapters.store.conversations import Conversations
from enrichment.adapters.store.edits import Editing
from enrichment.adapters.store.verdicts import Verdicts
from enrichment.errors import RetryLater
from enrichment.lead import Analysis, Lead, LeadStatus, MatchKind, Triage, UrgencyLabel, Verdict
from enrichment.models import MessageState
from enrichment.pipeline import Pipeline, StageError
from enrichment.ports import Embedder
from enrichment.stages.conversation import Conversation
from enrichment.stages.typed import Typed
from tests.channels.slack.events import TS, changed, deleted, message
from tests.enrichment.house import build, business, shown
from tests.enrichment.parts import ExactIndex, Parts

START = float(TS)
ANN = "ann@example.com"


class Talk:
    """A house that takes Slack's events."""

    def __init__(self, parts: Parts, embedder: Embedder) -> None:
        self.parts = dataclasses.replace(parts, embedder=embedder.name)
        self.parts.clock.moment = datetime.fromtimestamp(START + 3600, UTC)
        self.store = Conversations(parts.database, parts.clock)
        talk = Conversation(self.store, {"slack": SlackParser(read_form, language_of)})
        made = build(self.parts, embedder, ExactIndex(), businesses=[business()])
        self.pipeline: Pipeline = dataclasses.replace(made, conversation=talk)

    def store_event(self, body: dict[str, Any], *, together: bool = True, name: str = "", email: str = "") -> int:
        """The row of what an event says."""
        said = said_in(body)
        assert said is not None
        raw = raw_of(
            said, self.parts.clock.now(), together=together, link="https://t.slack.com/p1", name=name, email=email
        )
        (accepted,) = self.parts.messages.accept_many([raw])
        return accepted.id

    def say(self, text: str, after: float = 0.0, **changes: Any) -> MessageState | None:
        """A person's message, so many seconds after the first; what became of it."""
        ts = f"{START + after:.6f}"
        return self.take(message(text, ts=ts, event_ts=ts, **changes))

    def take(self, body: dict[str, Any], *, together: bool = True) -> MessageState | None:
        """Store an event and run it; what became of it."""
        row = self.store_event(body, together=together, name="Ann Lee", email=ANN)
        self.pipeline.run(row)
        return self.parts.state(row)

    def leads(self) -> list[Lead]:
        """All that are shown."""
        return shown(self.parts)


@pytest.fixture
def talk(parts: Parts, embedder: Embedder) -> Talk:
    """A house with nothing in it."""
    return Talk(parts, embedder)


def test_a_message_is_a_lead_of_its_writer(talk: Talk) -> None:
    """By Slack, with their name and address, and the way back to the message."""
    assert talk.say("Hello, my brakes grind. Please call me.") == MessageState.LEAD
    (lead,) = talk.leads()
    assert (lead.channel, lead.contact.name, lead.contact.email) == ("slack", "Ann Lee", "ann@example.com")
    assert (lead.ask, lead.origin.link, lead.origin.cautions) == ("my brakes grind.", "https://t.slack.com/p1", ())


def test_who_has_no_address_is_named_and_known_by_what_they_say(talk: Talk) -> None:
    """A name without an address is a name; a phone or an address in the words counts."""
    row = talk.store_event(message("My boiler leaks, call 555 010 2030 or dana@example.com"), name="Dana Whitfield")
    talk.pipeline.run(row)
    other = talk.store_event(message("Roof?", user="U2", ts="1763629300.0", event_ts="1763629300.0"), name="Bob Ray")
    talk.pipeline.run(other)
    first, second = talk.leads()
    assert (first.contact.name, first.contact.email) == ("Dana Whitfield", "dana@example.com")
    assert (second.contact.name, second.contact.email) == ("Bob Ray", None)


def test_several_messages_within_two_minutes_are_one_lead(talk: Talk) -> None:
    """The first makes it at once; the others join, and ask, urgency and contact are judged again over all of it."""
    talk.say("Hi")
    (before,) = talk.leads()
    assert talk.say("My brakes failed, I am stuck on the highway, this is an emergency!", 20) == MessageState.ATTACHED
    assert talk.say("My number is +1 303 555 0134", 100) == MessageState.ATTACHED
    (lead,) = talk.leads()
    assert lead.text.splitlines()[0] == "Hi"
    assert lead.text.endswith("My number is +1 303 555 0134")
    assert "brakes failed" in lead.ask
    assert lead.triage.urgency > before.triage.urgency
    assert (lead.contact.name, lead.contact.email, lead.contact.phone) == ("Ann Lee", "ann@example.com", "+13035550134")
    assert lead.revision > before.revision
    assert len(talk.parts.messages.attached_to(lead.id)) == 2
    assert talk.parts.scalar("SELECT wanted > shown FROM views WHERE view = 'index'")


def test_what_a_lead_repeats_shows_when_its_customer_has_said_more(talk: Talk) -> None:
    """Of "Hi" nobody can tell; a pair that was taken for less becomes a duplicate, and what staff said of one stays."""
    talk.say("My brakes grind when I stop. Can you give me a price for new front brake pads?")
    talk.say("Hi", 7200)
    (first, second) = talk.leads()
    assert [match.kind for match in second.matches] == [MatchKind.RELATED]
    assert second.duplicate_of is None
    talk.say("My brakes grind when I stop. Can you give me a price for new front brake pads?", 7210)
    (first, second) = talk.leads()
    assert [(match.other_id, match.kind) for match in second.matches] == [(first.id, MatchKind.DUPLICATE)]
    assert second.duplicate_of == first.id
    verdicts = Verdicts(talk.parts.database, talk.parts.clock)
    verdicts.judge(second.id, first.id, "U0STAFF1", "Maya", Verdict.DIFFERENT)
    talk.say("My brakes grind when I stop. Please, a price for new front brake pads.", 7220)
    (_, second) = talk.leads()
    assert [match.verdict for match in second.matches] == [Verdict.DIFFERENT]


def test_later_words_others_and_other_channels_are_leads_of_their_own(talk: Talk) -> None:
    """Two minutes, one person, one place."""
    talk.say("My brakes grind")
    assert talk.say("Do you also sell tyres?", 300) == MessageState.LEAD
    assert talk.say("My roof leaks", 310, user="U2") == MessageState.LEAD
    assert talk.say("My roof leaks too", 320, channel="C2") == MessageState.LEAD
    assert len(talk.leads()) == 4


def test_form_bots_leads_are_never_put_together(talk: Talk) -> None:
    """Ten customers may fill in one form within two minutes."""
    for number in range(3):
        text = f"Name: Customer {number}\nEmail: c{number}@example.com\nMessage: My brakes grind, number {number}"
        ts = f"{START + number:.6f}"
        body = message(text, user=None, bot_id="B9", subtype="bot_message", ts=ts, event_ts=ts)
        row = talk.store_event(body, together=False)
        talk.pipeline.run(row)
    assert sorted(lead.contact.email or "" for lead in talk.leads()) == [f"c{n}@example.com" for n in range(3)]


def test_a_reply_in_the_customers_own_thread_joins_days_later(talk: Talk) -> None:
    """And its words count."""
    talk.say("My brakes grind")
    assert talk.say("It is urgent now: they failed", 90_000, thread_ts=TS) == MessageState.ATTACHED
    (lead,) = talk.leads()
    assert "urgent now" in lead.text


def test_an_edit_changes_the_words_and_staffs_edits_stay(talk: Talk) -> None:
    """The newest version counts, whichever comes first; what staff put right is not touched."""
    talk.say("My brakes grind")
    (lead,) = talk.leads()
    editing = Editing(talk.parts.database, talk.parts.clock, Typed(talk.pipeline.businesses))
    editing.edit(lead.id, "U9", "Maya", {"urgency": 91, "phone": "+1 555 010 9999"})
    talk.parts.desk.claim(lead.id, "U9", "Maya")
    assert talk.take(changed("My clutch slips", "x", at=f"{START + 90:.6f}"), together=False) == MessageState.ATTACHED
    talk.take(changed("My gearbox howls", "My brakes grind", at=f"{START + 30:.6f}"), together=False)
    (lead,) = talk.leads()
    assert (lead.text, lead.ask) == ("My clutch slips", "My clutch slips")
    assert (lead.triage.urgency, lead.contact.phone) == (91, "+15550109999")
    assert (lead.status, lead.owner) == (LeadStatus.CLAIMED, "U9")
    assert [m.reason for m in talk.parts.messages.attached_to(lead.id)] == ["the customer edited this message"] * 2


def test_an_edit_in_a_burst_replaces_its_own_part(talk: Talk) -> None:
    """The others stay, in their order."""
    talk.say("My brakes grind")
    talk.say("Call me tomorrow", 20)
    talk.take(changed("My clutch slips", "My brakes grind", at=f"{START + 40:.6f}"), together=False)
    assert talk.leads()[0].text == "My clutch slips\nCall me tomorrow"


def test_a_deletion_is_told_and_the_lead_stays(talk: Talk) -> None:
    """The request was made; staff may be at work on it."""
    talk.say("My brakes grind")
    assert talk.take(deleted(at=f"{START + 60:.6f}"), together=False) == MessageState.ATTACHED
    (lead,) = talk.leads()
    assert lead.text == "My brakes grind"
    assert [m.reason for m in talk.parts.messages.attached_to(lead.id)] == ["the customer deleted this message"]


def test_an_edit_of_what_is_no_lead_is_none(talk: Talk) -> None:
    """As of a message that a person has discarded."""
    row = talk.store_event(message("never mind"), name="Ann Lee", email=ANN)
    talk.parts.messages.finish(row, MessageState.DISCARDED, "by a person")
    assert talk.take(changed("never mind!", "never mind"), together=False) == MessageState.DISCARDED
    assert talk.leads() == []


def test_a_message_waits_for_the_one_before_it(talk: Talk) -> None:
    """Two events that arrive together do not make two cards; the first of them never waits."""
    first = talk.store_event(message("Hi"), name="Ann Lee", email=ANN)
    later = f"{START + 5:.6f}"
    second = talk.store_event(message("My brakes grind", ts=later, event_ts=later), name="Ann Lee", email=ANN)
    with pytest.raises(StageError) as raised:
        talk.pipeline.run(second)
    assert isinstance(raised.value.__cause__, RetryLater)
    assert not raised.value.blame
    talk.pipeline.run(first)
    talk.pipeline.run(second)
    assert [lead.text for lead in talk.leads()] == ["Hi\nMy brakes grind"]


def test_many_at_once_lose_no_words(talk: Talk) -> None:
    """Workers that add to one lead at the same moment see each other."""
    talk.say("My brakes grind")
    rows = []
    for number in range(6):
        ts = f"{START + 1 + number:.6f}"
        rows.append(talk.store_event(message(f"part {number}", ts=ts, event_ts=ts), name="Ann Lee", email=ANN))

    def run(row: int) -> None:
        for _ in range(50):
            try:
                talk.pipeline.run(row)
            except StageError:  # it waits for another, or for the lead that others are changing
                continue
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, rows))
    (lead,) = talk.leads()
    assert lead.text.splitlines() == ["My brakes grind", *(f"part {number}" for number in range(6))]


def test_what_a_model_made_of_fewer_words_is_made_again(talk: Talk) -> None:
    """A summary of `Hi` must not stand on the card of an emergency."""
    talk.say("Hi")
    (lead,) = talk.leads()
    now = talk.parts.clock.now()
    judged = Triage(urgency=5, label=UrgencyLabel.COLD)
    talk.parts.leads.analysed(lead.id, Analysis(model="m", made_at=now, summary="A greeting", urgency=5), judged)
    talk.parts.views.caught_up("analysis", [(lead.id, 1)])
    talk.say("My brakes failed!", 10)
    (lead,) = talk.leads()
    assert lead.analysis is None
    assert talk.parts.scalar("SELECT wanted > shown FROM views WHERE view = 'analysis'")


def test_a_closed_lead_is_told_of_and_not_changed(talk: Talk) -> None:
    """Its words are what staff have closed it on."""
    talk.say("My brakes grind")
    (lead,) = talk.leads()
    talk.parts.desk.close(lead.id, "U9", "Maya", LeadStatus.LOST)
    assert talk.say("Hello?", 60) == MessageState.ATTACHED
    assert talk.leads()[0].text == "My brakes grind"


def test_people_are_no_bulk_mail(talk: Talk) -> None:
    """Who writes where the owner listens is heard, however it reads."""
    pitch = "Boost your SEO! We offer cheap backlinks, unsubscribe here. Click https://x.example now!"
    assert talk.say(pitch) == MessageState.LEAD


def test_a_run_twice_changes_nothing(talk: Talk) -> None:
    """As after a crash between two steps."""
    talk.say("Hi")
    row = talk.store_event(
        message("My brakes grind", ts=f"{START + 5:.6f}", event_ts=f"{START + 5:.6f}"), name="Ann Lee", email=ANN
    )
    talk.pipeline.run(row)
    before = talk.leads()
    with talk.parts.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE messages SET attempt = attempt + 1 WHERE id = {row}"))
    talk.pipeline.run(row)
    assert talk.leads() == before
