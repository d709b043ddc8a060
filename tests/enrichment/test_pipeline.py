"""The way of a message through all stages, on the real store, parser and embedding model."""

from __future__ import annotations

from functools import partial

import pytest

from enrichment.models import MessageState
from enrichment.pipeline import Draft, Pipeline, StageError, Stop
from enrichment.ports import as_vector
from tests.enrichment.house import BRAKES, mail, shown
from tests.enrichment.parts import ExactIndex, Parts, at_once

STAGES = ("parse", "thread", "resolve", "screen", "match", "triage")


def balanced(house: Parts) -> bool:
    """Whether the ledger adds up."""
    return all(channel.balanced for channel in house.ledger.by_channel().values())


def test_a_customer_s_mail_becomes_a_lead(house: Parts, pipeline: Pipeline) -> None:
    """With who, what, how soon, and a vector to be compared by."""
    message_id = house.accept(mail("Ann Lee <ann@example.com>", Message_ID="<1@x>"))
    assert pipeline.run(message_id) == MessageState.LEAD
    (lead,) = shown(house)
    assert (lead.contact.name, lead.contact.email, lead.subject) == ("Ann Lee", "ann@example.com", "Brakes")
    assert "grind" in lead.text
    assert lead.triage.evidence
    assert lead.matches == ()
    assert len(as_vector(house.leads.candidates([lead.id])[0].vector)) == pipeline.embedder.dimension
    assert house.state(message_id) == MessageState.LEAD


def test_a_message_that_has_ended_is_left_alone(house: Parts, pipeline: Pipeline) -> None:
    """Run again, or gone: nothing to do."""
    message_id = house.accept(mail("ann@example.com"))
    assert pipeline.run(message_id) == MessageState.LEAD
    assert pipeline.run(message_id) is None
    assert pipeline.run(999) is None
    assert len(shown(house)) == 1


def test_a_copy_by_another_way_is_no_second_lead(house: Parts, pipeline: Pipeline) -> None:
    """The same mail by SMTP and from a mailbox, with other headers on the road."""
    content = mail("ann@example.com", Message_ID="<1@x>")
    first = house.accept(content)
    copy = house.accept(b"Received: from elsewhere\r\n" + content, channel="imap")
    assert pipeline.run(first) == MessageState.LEAD
    assert pipeline.run(copy) is None
    assert pipeline.run(copy) is None
    assert len(shown(house)) == 1
    assert house.ledger.by_channel()["imap"].copies == 1
    assert balanced(house)


def test_customers_under_one_message_id_are_all_leads(house: Parts, pipeline: Pipeline) -> None:
    """A form plugin sends a constant Message-ID, and even a constant reference to it."""
    for name in ("ann", "bob", "cleo"):
        body = f"Name: {name}\nEmail: {name}@example.com\nMessage: my brakes grind, says {name}\n"
        constant = {"Message_ID": "<form@garage.example>", "References": "<form@garage.example>"}
        house.accept(mail("hello@garage.example", body, "New enquiry", **constant))
    assert [pipeline.run(message_id) for message_id in (1, 2, 3)] == [MessageState.LEAD] * 3
    assert {lead.contact.email for lead in shown(house)} == {"ann@example.com", "bob@example.com", "cleo@example.com"}


def test_a_participant_s_reply_is_attached(house: Parts, pipeline: Pipeline) -> None:
    """The customer, or someone they wrote to as well, answers in the thread: no second lead."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>", Cc="bob@example.com")))
    for sender in ("ann@example.com", "bob@example.com"):
        reply = mail(
            sender, f"And the rear ones? {sender}", "Re: Brakes", In_Reply_To="<1@x>", Message_ID=f"<{sender}>"
        )
        assert pipeline.run(house.accept(reply)) == MessageState.ATTACHED
    (lead,) = shown(house)
    assert lead.revision == 3
    assert len(house.messages.attached_to(lead.id)) == 2


def test_a_reply_to_a_reply_is_attached(house: Parts, pipeline: Pipeline) -> None:
    """A reference to any message of the thread will do."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    pipeline.run(house.accept(mail("ann@example.com", "More", In_Reply_To="<1@x>", Message_ID="<2@x>")))
    last = house.accept(mail("ann@example.com", "Even more", References="<unknown@x> <2@x>"))
    assert pipeline.run(last) == MessageState.ATTACHED


def test_a_stranger_who_quotes_a_reference_is_a_lead_of_their_own(house: Parts, pipeline: Pipeline) -> None:
    """Nobody gets into another customer's thread by naming its Message-ID."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    stranger = house.accept(mail("eve@example.com", "I want tyres for my truck", "Re: Brakes", In_Reply_To="<1@x>"))
    assert pipeline.run(stranger) == MessageState.LEAD
    assert [lead.contact.email for lead in shown(house)] == ["ann@example.com", "eve@example.com"]


def test_a_reply_waits_for_what_it_answers(house: Parts, pipeline: Pipeline) -> None:
    """After a downtime both come at once: the reply is retried, by no fault of its own, until the first has ended."""
    first = house.accept(mail("ann@example.com", Message_ID="<1@x>"))
    reply = house.accept(mail("ann@example.com", "And the rear ones?", In_Reply_To="<1@x>"))
    raw = house.messages.get(first)
    assert raw is not None
    pipeline.stages[0][1](Draft(raw=raw))
    with pytest.raises(StageError) as caught:
        pipeline.run(reply)
    assert (caught.value.stage, caught.value.blame) == ("thread", False)
    assert pipeline.run(first) == MessageState.LEAD
    assert pipeline.run(reply) == MessageState.ATTACHED


def test_a_reply_waits_for_what_was_not_even_read_yet(house: Parts, pipeline: Pipeline) -> None:
    """A crash or four at work at once let it overtake what it answers, of which nothing but the bytes is known."""
    first = house.accept(mail("ann@example.com", Message_ID="<1@x>"))
    other = house.accept(mail("bob@example.com", "Who are you?", In_Reply_To="<9@y>"))
    reply = house.accept(mail("ann@example.com", "And the rear ones?", In_Reply_To="<1@x>"))
    with pytest.raises(StageError, match="still being read"):
        pipeline.run(reply)
    assert pipeline.run(other) == MessageState.LEAD
    assert pipeline.run(first) == MessageState.LEAD
    assert pipeline.run(reply) == MessageState.ATTACHED


def test_a_message_that_names_itself_waits_for_nothing(house: Parts, pipeline: Pipeline) -> None:
    """A reference to its own Message-ID is no reason to wait for ever."""
    odd = house.accept(mail("ann@example.com", Message_ID="<1@x>", References="<1@x>", In_Reply_To="<1@x>"))
    assert pipeline.run(odd) == MessageState.LEAD


def test_bulk_mail_is_filtered_with_its_reason(house: Parts, pipeline: Pipeline) -> None:
    """It is kept, counted and named, and it is no lead."""
    headers = {"List_Unsubscribe": "<https://news.example/u>", "List_Id": "<deals.news.example>", "Precedence": "bulk"}
    newsletter = mail("deals@news.example", "Our offers of the week: 20% off.", "Weekly deals", **headers)
    message_id = house.accept(newsletter)
    assert pipeline.run(message_id) == MessageState.FILTERED
    assert shown(house) == []
    assert house.scalar("SELECT reason FROM messages")
    assert balanced(house)


def test_a_second_request_of_one_party_is_a_duplicate(house: Parts, pipeline: Pipeline) -> None:
    """Its own lead, with a warning that names the first."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    pipeline.run(house.accept(mail("Ann <ann@example.com>", BRAKES + "!", Message_ID="<2@x>")))
    first, second = shown(house)
    assert (first.duplicate_of, second.duplicate_of) == (None, first.id)


@pytest.mark.parametrize("indexed", [False, True], ids=["not yet indexed", "indexed"])
def test_many_alike_never_push_out_the_duplicate(
    house: Parts, pipeline: Pipeline, index: ExactIndex, *, indexed: bool
) -> None:
    """A dozen others ask word for word the same; that the party itself asked before is still what is said first."""
    pipeline.run(house.accept(mail("ann@example.com", "My Honda needs work on the brake pads. What would it cost?")))
    same = "I need new brake pads for my Honda Civic, please send me a quote."
    for number in range(12):
        pipeline.run(house.accept(mail(f"c{number}@example{number}.com", same)))
    if indexed:
        leads = house.leads.candidates([lead_id for lead_id, _ in house.leads.unindexed(99)])
        for lead in leads:
            index.vectors[lead.lead_id] = pipeline.embedder.embed([lead.text])[0]
        house.views.caught_up("index", [(lead.lead_id, 1) for lead in leads])
    pipeline.run(house.accept(mail("ann@example.com", same)))
    assert shown(house)[-1].duplicate_of == 1


def test_two_at_once_see_each_other_once(house: Parts, pipeline: Pipeline) -> None:
    """Two mails of one customer in two workers at the same moment: two leads, one pair, one warning, on the newer."""
    for number in range(4):
        sender = f"ann{number}@example{number}.com"
        ids = [house.accept(mail(sender, BRAKES + "!" * way)) for way in (1, 2)]
        assert at_once(*(partial(pipeline.run, message_id) for message_id in ids)) == [MessageState.LEAD] * 2
        first, second = (lead for lead in shown(house) if lead.contact.email == sender)
        assert (first.duplicate_of, second.duplicate_of) == (None, first.id)
        assert [match.other_id for match in second.matches].count(first.id) == 1
    assert house.scalar("SELECT count(*) FROM (SELECT DISTINCT lead_id, other_id FROM matches)") == house.scalar(
        "SELECT count(*) FROM matches"
    )


def test_one_message_in_two_workers_is_one_lead(house: Parts, pipeline: Pipeline) -> None:
    """After an upgrade both the old and the new worker may be at it: neither fails, and there is one lead."""
    for number in range(4):
        message_id = house.accept(mail(f"ann{number}@example.com"))
        states = at_once(*[partial(pipeline.run, message_id)] * 2)
        assert set(states) <= {MessageState.LEAD, None}
    assert [lead.revision for lead in shown(house)] == [1] * 4
    assert house.scalar("SELECT count(*) FROM events") == 4


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_that_is_killed_after_any_stage_ends_the_same(house: Parts, pipeline: Pipeline, stage: str) -> None:
    """Again from the start: the same lead, once, with the same matches and state as without the kill."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    message_id = house.accept(mail("ann@example.com", BRAKES + " Please!", Message_ID="<2@x>"))
    go_until(house, pipeline, message_id, stage)
    assert house.state(message_id) == MessageState.IN_PROGRESS
    assert pipeline.run(message_id) == MessageState.LEAD
    first, second = shown(house)
    assert (second.duplicate_of, second.revision, len(second.matches)) == (first.id, 1, 1)
    assert house.scalar("SELECT count(*) FROM leads") == 2
    assert balanced(house)


def go_until(house: Parts, pipeline: Pipeline, message_id: int, last: str) -> None:
    """Run the stages up to this one and then no more, as when the process is killed."""
    raw = house.messages.get(message_id)
    assert raw is not None
    draft: Draft | Stop = Draft(raw=raw)
    for name, stage in pipeline.stages:
        assert isinstance(draft, Draft)
        draft = stage(draft)
        if name == last:
            return


def test_what_was_opened_stays_a_lead(house: Parts, pipeline: Pipeline) -> None:
    """Killed after its lead was committed, a reply whose thread has appeared since leaves no lead without a message."""
    reply = house.accept(mail("ann@example.com", "And the rear ones?", In_Reply_To="<1@x>"))
    first = house.accept(mail("ann@example.com", Message_ID="<1@x>"))
    go_until(house, pipeline, reply, "match")
    assert pipeline.run(first) == MessageState.LEAD
    assert pipeline.run(reply) == MessageState.LEAD
    assert house.scalar("SELECT count(*) FROM leads WHERE revision = 0") == 0
