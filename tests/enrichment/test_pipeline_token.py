"""Answers to an address that we signed: the lead that is meant, and who may join it."""

from __future__ import annotations

import pytest

from enrichment.models import MessageState
from enrichment.pipeline import Pipeline
from enrichment.stages.reply_token import token_address
from tests.enrichment.house import ANSWER_KEY, mail, shown
from tests.enrichment.parts import Parts

ANN, BOB = "Ann Lee <ann@example.com>", "Bob Ray <bob@example.com>"


@pytest.fixture
def signed(house: Parts, pipeline: Pipeline) -> str:
    """The address that leads an answer back to Ann's lead."""
    pipeline.run(house.accept(mail(ANN)))
    return token_address("leads@localhost", shown(house)[0].id, ANSWER_KEY)


def test_a_participant_who_writes_to_it_joins_the_lead(house: Parts, pipeline: Pipeline, signed: str) -> None:
    """Though the mail names no message that it answers; the envelope alone is enough, as for a Bcc."""
    message_id = house.accept(mail("ann@example.com", "Tuesday is fine.", "Tuesday"), rcpt_tos=(signed.upper(),))
    assert pipeline.run(message_id) == MessageState.ATTACHED
    assert len(shown(house)) == 1


def test_our_own_answer_with_a_copy_to_it_joins_the_lead(house: Parts, pipeline: Pipeline, signed: str) -> None:
    """Staff who answer from their own mailbox: the lead's thread shows that somebody has."""
    answer = mail("leads@localhost", "Can you come at nine?", "Your brakes", Cc=signed).replace(
        b"To: leads@localhost", b"To: ann@example.com"
    )
    assert pipeline.run(house.accept(answer)) == MessageState.ATTACHED


def test_a_stranger_who_writes_to_it_is_a_lead_with_a_hint(house: Parts, pipeline: Pipeline, signed: str) -> None:
    """The address may have been passed on: staff see what it may belong to."""
    assert pipeline.run(house.accept(mail(BOB, subject="Tyres"), rcpt_tos=(signed,))) == MessageState.LEAD
    newest = max(shown(house), key=lambda lead: lead.id)
    assert newest.contact.email == "bob@example.com"
    assert any("has taken no part" in caution for caution in newest.origin.cautions)


@pytest.mark.parametrize("change", ["another key", "another lead", "no such lead"])
def test_what_we_did_not_sign_leads_nowhere(house: Parts, pipeline: Pipeline, signed: str, change: str) -> None:
    """A guessed number, another installation's address, a lead that was deleted: a lead of its own, without a hint."""
    lead_id = shown(house)[0].id
    address = {
        "another key": token_address("leads@localhost", lead_id, b"not ours"),
        "another lead": signed.replace(f"+{lead_id}.", f"+{lead_id + 1}."),
        "no such lead": token_address("leads@localhost", 4711, ANSWER_KEY),
    }[change]
    message_id = house.accept(mail("ann@example.com", subject="A new bumper"), rcpt_tos=(address,))
    assert pipeline.run(message_id) == MessageState.LEAD
    assert not max(shown(house), key=lambda lead: lead.id).origin.cautions
