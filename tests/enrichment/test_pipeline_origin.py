"""How a lead came in is kept with it: who forwarded it, what to know of the sender; and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from enrichment.acquaintances import LASTS_SECONDS, Acquaintances
from enrichment.adapters.store.filtered import Filtered
from enrichment.lead import Via
from enrichment.models import Authentication, MessageState, RawMessage
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.thread import Joined
from tests.enrichment.house import BRAKES, build, mail, shown
from tests.enrichment.parts import ExactIndex, Parts

FORWARD = (
    "Please take this one, Maya.\n\n---------- Forwarded message ----------\nFrom: Ann Lee <ann@example.com>\n"
    f"Date: Fri, Nov 20, 2026 at 9:00 AM\nSubject: Brakes\nTo: Sam <sam@garage.example>\n\n{BRAKES}\n"
)


def returned(message_id: str, more: str = "") -> bytes:
    """A report that a mail of ours to Ann came back; more: further headers of that mail."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: leads@localhost\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <3@mx>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;"
        " boundary=b\r\n\r\n--b\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n"
        "\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ann@example.com\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n"
        f"\r\nFrom: leads@localhost\r\nTo: ann@example.com\r\nMessage-ID: {message_id}\r\n{more}Subject: Re: Brakes\r\n"
        "\r\nWe can.\r\n--b--\r\n"
    ).encode()


class Failing:
    """A check that finds that nothing proves the sender; implements enrichment.ports.SenderCheck."""

    def begin(self, raw: RawMessage) -> Callable[[], Authentication]:
        """The same verdict for each."""
        assert raw.content
        return lambda: Authentication(spf="fail", dkim="fail", dmarc="fail", aligned=False)


def test_a_forward_is_the_customer_s_lead(house: Parts, pipeline: Pipeline) -> None:
    """With the customer's words and address, and the colleague and their note beside them."""
    content = mail("Sam Reed <sam@garage.example>", FORWARD, "Fwd: Brakes", Message_ID="<f@x>")
    assert pipeline.run(house.accept(content)) == MessageState.LEAD
    (lead,) = shown(house)
    assert (lead.contact.name, lead.contact.email) == ("Ann Lee", "ann@example.com")
    assert "Forwarded" not in lead.text
    assert "grind" in lead.text
    assert lead.origin.via is Via.FORWARD
    assert lead.origin.forwarded_by is not None
    assert lead.origin.forwarded_by.address == "sam@garage.example"
    assert lead.origin.note == "Please take this one, Maya."
    assert lead.whole.startswith("Please take this one, Maya.\n\n---------- Forwarded message")


def test_a_stranger_s_reference_is_shown_as_possible(house: Parts, pipeline: Pipeline) -> None:
    """Their mail is a lead of its own, whose card says which lead it may belong to."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    reply = mail("eve@elsewhere.example", "Any news?", "Re: Brakes", Message_ID="<2@x>", In_Reply_To="<1@x>")
    assert pipeline.run(house.accept(reply)) == MessageState.LEAD
    lead = shown(house)[1]
    assert lead.origin.cautions[0] == (
        "it answers a message of L-1, but eve@elsewhere.example has taken no part in that"
    )


def test_an_unproven_sender_is_a_lead_with_a_caution(house: Parts, embedder: Embedder, index: ExactIndex) -> None:
    """Never dropped, whatever the checks say."""
    pipeline = build(house, embedder, index, senders=Failing())
    assert pipeline.run(house.accept(mail("ann@bank.example"))) == MessageState.LEAD
    (lead,) = shown(house)
    assert any("Sender not verified" in caution for caution in lead.origin.cautions)


def test_what_staff_restored_becomes_a_lead(house: Parts, pipeline: Pipeline) -> None:
    """The screen has no say any more; everything else goes as ever."""
    content = mail("news@shop.example", List_Id="<sale.shop.example>", List_Unsubscribe="<https://shop.example/u>")
    message_id = house.accept(content)
    assert pipeline.run(message_id) == MessageState.FILTERED
    assert Filtered(house.database, house.clock).restore(message_id, "U1")
    assert pipeline.run(message_id) == MessageState.LEAD
    assert len(shown(house)) == 1


def test_a_bounce_of_what_a_customer_was_sent_joins_their_lead(house: Parts, pipeline: Pipeline) -> None:
    """It names the message that came back and whom it did not reach."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    answer = mail("leads@localhost", "We can.", "Re: Brakes", Message_ID="<2@x>", In_Reply_To="<1@x>")
    answer = answer.replace(b"To: leads@localhost", b"To: ann@example.com")
    assert pipeline.run(house.accept(answer)) == MessageState.ATTACHED
    report = returned("<2@x>")
    message_id = house.accept(report, mail_from="")
    assert pipeline.run(message_id) == MessageState.ATTACHED
    assert [(attached.id, attached.excerpt, attached.reason) for attached in house.messages.attached_to(1)] == [
        (2, "We can.", Joined.OURS),
        (message_id, "Could not be delivered to ann@example.com: 5.1.1 550 5.1.1 no such user", Joined.UNDELIVERED),
    ]


def test_a_bounce_of_an_answer_that_we_never_saw_joins_too(house: Parts, pipeline: Pipeline) -> None:
    """Staff answer from a mail program of theirs; what came back names the customer's mail that it answered."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    report = house.accept(returned("<unknown@x>", "In-Reply-To: <1@x>\r\nReferences: <0@x> <1@x>\r\n"), mail_from="")
    assert pipeline.run(report) == MessageState.ATTACHED
    assert [attached.reason for attached in house.messages.attached_to(1)] == [Joined.UNDELIVERED]


def test_an_automatic_answer_joins_the_lead_as_one(house: Parts, pipeline: Pipeline) -> None:
    """It is kept with the lead, and staff can tell it from an answer that somebody wrote."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    away = "I am out of the office until Monday."
    reply = mail("ann@example.com", away, "Automatic reply: Brakes", In_Reply_To="<1@x>", Auto_Submitted="auto-replied")
    message_id = house.accept(reply)
    assert pipeline.run(message_id) == MessageState.ATTACHED
    assert house.messages.attached_to(1) == [(message_id, away, Joined.AUTOMATIC)]


def test_what_no_customer_wrote_brings_no_snoozed_lead_back(house: Parts, pipeline: Pipeline) -> None:
    """A holiday notice and our own answer are kept with it; a bounce or the customer's own words do bring it back."""
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))

    def snoozed_after(content: bytes, **envelope: str) -> bool:
        house.desk.snooze(1, "U1", "Maya", house.clock.now() + timedelta(days=3))
        assert pipeline.run(house.accept(content, **envelope)) == MessageState.ATTACHED
        lead = house.book.get(1)
        assert lead is not None
        return lead.snoozed_until is not None

    away = mail("ann@example.com", "I am away.", In_Reply_To="<1@x>", Auto_Submitted="auto-replied")
    ours = mail("leads@localhost", "We can.", Cc="ann@example.com", In_Reply_To="<1@x>")
    report = returned("<unknown@x>", "In-Reply-To: <1@x>\r\n")
    assert [snoozed_after(away), snoozed_after(ours), snoozed_after(report, mail_from="")] == [True, True, False]
    assert not snoozed_after(mail("ann@example.com", "Tomorrow, please.", In_Reply_To="<1@x>"))


def test_known_domains_are_looked_up_now_and_then(house: Parts) -> None:
    """A new customer's counts ten minutes later; a look-alike of one is told."""
    moment = [0.0]
    known = Acquaintances(house.leads, OwnAddresses(), now=lambda: moment[0])
    assert known.domains().resembled_by("jo@acme-tools.example") is None
    house.lead("ann@acmetools.example")
    assert known.domains().resembled_by("jo@acrnetools.example") is None
    moment[0] = LASTS_SECONDS
    found = known.domains().resembled_by("jo@acrnetools.example")
    assert found is not None
    assert found.known == "acmetools.example"
