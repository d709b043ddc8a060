"""Whether a reference is believed: a participant joins, a stranger is possible, and who passed a mail on is neither."""

from __future__ import annotations

import pytest

from enrichment.models import Address, Bounce, Original, ParsedMessage
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.reply_token import leads_by_token, token_address
from enrichment.stages.thread import authors, references_of, thread_of
from enrichment.store_ports import ThreadHit

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example", "bob@shop.example"}))
ANN = Address(name="Ann", address="ann@example.com")
BOB = Address(name="Bob", address="bob@shop.example")
HIT = ThreadHit(lead_id=7, participants=("ann@example.com", "j.o@gmail.com"))
KEY = b"0123456789abcdef"


@pytest.mark.parametrize(
    ("parsed", "certain"),
    [
        (ParsedMessage(sender=ANN), True),
        (ParsedMessage(sender=Address(address="jo+shop@googlemail.com")), True),
        (ParsedMessage(sender=Address(address="eve@other.example")), False),
        (ParsedMessage(), False),
        # A colleague answers the customer with a copy to us; the same to a stranger is no answer.
        (ParsedMessage(sender=BOB, to=(ANN,)), True),
        (ParsedMessage(sender=BOB, cc=(ANN,)), True),
        (ParsedMessage(sender=BOB, to=(Address(address="eve@other.example"),)), False),
        # A colleague forwards what the customer wrote, or what a stranger wrote.
        (ParsedMessage(sender=BOB, forwarded=True, originals=(Original(sender=ANN),)), True),
        (
            ParsedMessage(sender=ANN, forwarded=True, originals=(Original(sender=Address(address="e@o.example")),)),
            False,
        ),
        # Our own answer was quoted innermost.
        (ParsedMessage(sender=BOB, forwarded=True, originals=(Original(sender=ANN), Original(sender=BOB))), True),
        # A bounce stands for whom it was not delivered to.
        (
            ParsedMessage(
                sender=Address(address="mailer-daemon@mx.example"), bounce=Bounce(recipient="Ann@example.com")
            ),
            True,
        ),
        (ParsedMessage(sender=ANN, bounce=Bounce(recipient="eve@other.example")), False),
        (ParsedMessage(sender=ANN, bounce=Bounce()), False),
    ],
)
def test_a_reference_needs_a_participant(parsed: ParsedMessage, *, certain: bool) -> None:
    """With one it joins; without, it is shown as possible, with the reason in words."""
    found = thread_of([HIT], parsed, OWN)
    assert found is not None
    assert (found.lead_id, found.certain) == (7, certain)
    assert found.reason


def test_no_reference_is_no_match() -> None:
    """Nothing else joins two messages: a subject never does."""
    assert thread_of([], ParsedMessage(sender=ANN, subject="Re: Brakes"), OWN) is None


def test_the_lead_with_the_participant_is_found_behind_others() -> None:
    """Newer leads of other people are passed over."""
    other = ThreadHit(lead_id=9, participants=("eve@other.example",))
    found = thread_of([other, HIT], ParsedMessage(sender=ANN), OWN)
    assert found is not None
    assert (found.lead_id, found.certain) == (7, True)


def test_a_stranger_is_named_in_the_reason() -> None:
    """Staff read which lead it could be and who is not part of it."""
    found = thread_of([HIT], ParsedMessage(sender=Address(address="eve@other.example")), OWN)
    assert found is not None
    assert found.reason == "it answers a message of L-7, but eve@other.example has taken no part in that"


def test_references_nearest_first() -> None:
    """What came back, then In-Reply-To, then References from the newest; each once and no more than fifty."""
    parsed = ParsedMessage(in_reply_to=("b@x",), references=("a@x", "b@x", "c@x"), bounce=Bounce(message_id="z@x"))
    assert references_of(parsed) == ("z@x", "b@x", "c@x", "a@x")
    unknown = ParsedMessage(bounce=Bounce(message_id="z@x", answers=("b@x", "a@x")))
    assert references_of(unknown) == ("z@x", "b@x", "a@x")
    long = ParsedMessage(references=tuple(f"{number}@x" for number in range(10_000)))
    assert references_of(long)[0] == "9999@x"
    assert len(references_of(long)) == 50


def test_a_forwarded_form_s_author_is_its_customer() -> None:
    """The labelled address counts, not the colleague's nor the site's."""
    site = Address(address="wordpress@shop.example")
    parsed = ParsedMessage(
        sender=BOB, forwarded=True, originals=(Original(sender=site),), fields={"email": "Jo@x.example"}
    )
    assert authors(parsed) == ("jo@x.example", "wordpress@shop.example")


def test_a_token_leads_back_to_its_lead() -> None:
    """What we signed is read again, also in capitals and among other recipients."""
    address = token_address("leads@shop.example", 1042, KEY)
    assert address.startswith("leads+1042.")
    assert leads_by_token(["x@y.example", address.upper(), address], KEY) == (1042,)
    assert token_address("leads+1.abc@shop.example", 7, KEY) == token_address("leads@shop.example", 7, KEY)


def test_a_token_of_others_leads_nowhere() -> None:
    """Another number under the same signature, another key, and anything else with a plus are no tokens."""
    address = token_address("leads@shop.example", 1042, KEY)
    forged = address.replace("1042", "1043")
    assert leads_by_token([forged, "leads+sale@shop.example", "leads+7.@x", "+" * 100_000 + "@x"], KEY) == ()
    assert leads_by_token([address], b"another key") == ()


@pytest.mark.parametrize("address", ["no address", "@shop.example", "x" * 60 + "@shop.example"])
def test_no_room_for_a_token(address: str) -> None:
    """An address that cannot bear one is refused."""
    with pytest.raises(ValueError, match="token"):
        token_address(address, 7, KEY)
