"""What is obviously automatic mail, and above all what is not."""

from __future__ import annotations

import pytest

from enrichment.models import Address, Attachment, Bounce, ParsedMessage
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.screen import Verdict, screen

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example"}))
JO = Address(name="Jo", address="jo@customer.example")
NEWS = Address(name="News", address="news@mail.brand.example")
ROBOT = Address(address="no-reply@forms.example")
DAEMON = Address(address="mailer-daemon@mx.example")
INVITE = Attachment(filename="invite.ics", content_type="text/calendar", size=9)
DSN = Attachment(filename="", content_type="message/delivery-status", size=9)


def verdict(parsed: ParsedMessage, mail_from: str | None = "jo@customer.example", *, known: bool = False) -> Verdict:
    """What screening says of a message to our shop."""
    return screen(parsed, mail_from, known, OWN)


AUTOMATIC = {
    "delivery status": (
        ParsedMessage(sender=DAEMON, content_type="multipart/report", headers={"report-type": "delivery-status"}),
        "bounce",
        "delivery-status",
    ),
    "delivery status by its part": (
        ParsedMessage(sender=DAEMON, content_type="multipart/report", attachments=(DSN,)),
        "bounce",
        "multipart/report",
    ),
    "failed recipients": (
        ParsedMessage(sender=JO, headers={"x-failed-recipients": "a@b.example"}),
        "bounce",
        "X-Failed-Recipients: a@b.example",
    ),
    "auto-replied": (
        ParsedMessage(sender=JO, headers={"auto-submitted": "auto-replied (vacation)"}),
        "auto_reply",
        "Auto-Submitted: auto-replied (vacation)",
    ),
    "x-autoreply": (ParsedMessage(sender=JO, headers={"x-autoreply": "yes"}), "auto_reply", "X-Autoreply: yes"),
    "German out of office": (
        ParsedMessage(sender=JO, subject="Abwesenheitsnotiz: Angebot", headers={"auto-submitted": "auto-generated"}),
        "auto_reply",
        "Abwesenheitsnotiz",
    ),
    "Outlook out of office": (
        ParsedMessage(sender=JO, subject="Automatic reply: offer", headers={"x-auto-response-suppress": "All"}),
        "auto_reply",
        "X-Auto-Response-Suppress: All",
    ),
    "newsletter": (
        ParsedMessage(sender=NEWS, headers={"list-unsubscribe": "<https://brand.example/u>"}),
        "bulk",
        "List-Unsubscribe: <https://brand.example/u>",
    ),
    "newsletter with its own Reply-To": (
        ParsedMessage(
            sender=NEWS, reply_to=(Address(address="x@brand.example"),), headers={"list-id": "<n.brand.example>"}
        ),
        "bulk",
        "List-Id",
    ),
    "precedence": (ParsedMessage(sender=NEWS, headers={"precedence": "Bulk"}), "bulk", "Precedence: Bulk"),
    "calendar answer": (
        ParsedMessage(sender=JO, content_type="text/calendar"),
        "calendar",
        "text/calendar",
    ),
    "accepted invitation": (
        ParsedMessage(sender=JO, subject="Accepted: Visit", attachments=(INVITE,)),
        "calendar",
        "Accepted: Visit",
    ),
    "read receipt": (
        ParsedMessage(sender=JO, content_type="multipart/report", headers={"report-type": "disposition-notification"}),
        "receipt",
        "disposition-notification",
    ),
    "abuse report": (
        ParsedMessage(sender=JO, content_type="multipart/report", headers={"report-type": "feedback-report"}),
        "feedback_report",
        "feedback-report",
    ),
    "read receipt in words": (
        ParsedMessage(sender=JO, subject="Gelesen: Angebot", text="Ihre Nachricht wurde gelesen am Montag."),
        "receipt",
        "wurde gelesen",
    ),
    "DMARC report": (
        ParsedMessage(
            sender=NEWS,
            subject="Report Domain: shop.example Submitter: mail.example",
            attachments=(Attachment(filename="r.xml.gz", content_type="application/gzip", size=9),),
        ),
        "feedback_report",
        "Report Domain",
    ),
    "confirmation of receipt": (
        ParsedMessage(
            sender=ROBOT,
            subject="We have received your request",
            in_reply_to=("a@shop.example",),
            headers={"auto-submitted": "auto-generated"},
        ),
        "auto_reply",
        "Auto-Submitted: auto-generated",
    ),
    "French accepted invitation": (
        ParsedMessage(sender=JO, subject="Accepté : Visite", attachments=(INVITE,)),
        "calendar",
        "Accepté : Visite",
    ),
    "newsletter without a header": (
        ParsedMessage(sender=Address(address="newsletter@brand.example"), text="Sale!\n\nUnsubscribe"),
        "bulk",
        "newsletter@brand.example",
    ),
    "a long newsletter without a header": (
        ParsedMessage(sender=Address(address="news@brand.example"), text="Sale! " * 5_000 + "Unsubscribe here"),
        "bulk",
        "news@brand.example",
    ),
    "our mail came back": (
        ParsedMessage(sender=JO, headers={"x-loop": "<leads@shop.example>"}),
        "own_mail",
        "X-Loop: <leads@shop.example>",
    ),
    "thirty-one servers": (ParsedMessage(sender=JO, headers={"received-count": "31"}), "loop", "31 servers"),
    "a bounce as the parser read it": (
        ParsedMessage(
            sender=DAEMON,
            bounce=Bounce(recipient="ana@x.example", status="5.1.1", hard=True, reason="no such user"),
        ),
        "bounce",
        "ana@x.example cannot be reached (5.1.1, no such user)",
    ),
    "our own program": (
        ParsedMessage(
            sender=Address(address="leads@shop.example"), headers={"auto-submitted": "auto-generated"}, text="Backup ok"
        ),
        "own_mail",
        "leads@shop.example",
    ),
}

LEADS = {
    "a person": ParsedMessage(sender=JO, text="my brakes grind"),
    "nothing known": ParsedMessage(),
    "auto-generated web form": ParsedMessage(
        sender=ROBOT, headers={"auto-submitted": "auto-generated"}, fields={"email": "jo@x.example"}
    ),
    "auto-generated form that was not understood": ParsedMessage(
        sender=ROBOT, headers={"auto-submitted": "auto-generated"}, text="Who: Jo"
    ),
    "form with bulk headers": ParsedMessage(
        sender=ROBOT, headers={"precedence": "bulk", "list-unsubscribe": "<x>"}, fields={"message": "hi"}
    ),
    "marketplace with the customer's Reply-To": ParsedMessage(
        sender=ROBOT, reply_to=(JO,), headers={"list-unsubscribe": "<x>"}
    ),
    "our mailbox is a group": ParsedMessage(
        sender=JO, headers={"list-id": "Leads <leads.shop.example>", "precedence": "list"}
    ),
    "a form in our own name": ParsedMessage(
        sender=Address(address="leads@shop.example"),
        headers={"auto-submitted": "auto-generated"},
        text="From jo@x.example: my roof leaks",
    ),
    "an out-of-office subject by a person": ParsedMessage(sender=JO, subject="Out of office furniture: quote?"),
    "a letter with an invitation": ParsedMessage(sender=JO, subject="Visit on Friday", attachments=(INVITE,)),
    "a known vendor's mail with a List-Unsubscribe": ParsedMessage(
        sender=Address(address="leads@messaging.yelp.com"),
        headers={"list-unsubscribe": "<x>"},
        text="Jo asks for a quote",
    ),
    "a customer's answer by a sales program": ParsedMessage(
        sender=JO, in_reply_to=("offer@shop.example",), headers={"list-unsubscribe": "<x>"}, text="Yes, Tuesday"
    ),
    "somebody else's loop header": ParsedMessage(sender=JO, headers={"x-loop": "jo@customer.example"}),
    "thirty servers": ParsedMessage(sender=JO, headers={"received-count": "30"}),
    "a count that is none": ParsedMessage(sender=JO, headers={"received-count": "9" * 5_000}),
    "a rule passed it on": ParsedMessage(
        sender=JO, subject="Brakes", text="They grind", headers={"x-ms-exchange-inbox-rules-loop": "kim@shop.example"}
    ),
    "a customer who writes of guests": ParsedMessage(
        sender=JO, subject="On vacation rentals: cleaning quote", text="Our guests are on vacation. What do you charge?"
    ),
    "a person who will be away": ParsedMessage(
        sender=JO, subject="Leaking roof", text="I am out of the office until Monday, please call my mobile."
    ),
    "a report that is attached by a person": ParsedMessage(sender=JO, subject="Read: your terms", text="May I ask?"),
    "auto-submitted: no": ParsedMessage(sender=JO, subject="Absence", headers={"auto-submitted": "no"}),
}


@pytest.mark.parametrize("name", AUTOMATIC)
def test_automatic_mail_is_filtered_with_its_header(name: str) -> None:
    """Each kind is recognised, and the reason quotes what decided."""
    parsed, kind, quoted = AUTOMATIC[name]
    result = verdict(parsed)
    assert (result.kind, result.passes) == (kind, False)
    assert quoted in result.reason


@pytest.mark.parametrize("name", LEADS)
def test_doubt_passes(name: str) -> None:
    """Whatever a person may have written goes on to become a lead."""
    assert verdict(LEADS[name]).passes


@pytest.mark.parametrize("null", ["", "<>", " <> "])
def test_bounce_needs_null_sender_and_daemon(null: str) -> None:
    """An empty envelope sender from MAILER-DAEMON is a bounce; either alone is not."""
    assert verdict(ParsedMessage(sender=DAEMON), null).kind == "bounce"
    assert verdict(ParsedMessage(sender=JO), null).passes
    assert verdict(ParsedMessage(sender=DAEMON), "a@b.example").passes
    assert verdict(ParsedMessage(sender=DAEMON), None).passes


def test_known_party_is_never_bulk() -> None:
    """A customer who has written before is not filtered for a list header, but an automatic reply still is."""
    assert verdict(AUTOMATIC["newsletter"][0], known=True).passes
    assert verdict(AUTOMATIC["auto-replied"][0], known=True).kind == "auto_reply"


def test_reason_is_short_and_one_line() -> None:
    """A monstrous header neither floods nor breaks what staff read."""
    result = verdict(ParsedMessage(sender=JO, headers={"x-failed-recipients": "a`\r\n" * 100_000}))
    assert len(result.reason) < 150
    assert "\n" not in result.reason
    assert result.reason.count("`") == 2
