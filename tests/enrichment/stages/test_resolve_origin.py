"""Whose message it is when others passed it on: colleagues, forms, portals, relays."""

from __future__ import annotations

import pytest

from enrichment.lead import Contact, Via
from enrichment.models import Address, Original, ParsedMessage
from enrichment.stages.resolve import OwnAddresses, contact_of, forwarded_by, via_of

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example", "bob@shop.example"}))
BOB = Address(name="Bob Miller", address="bob@shop.example")
EVE = Address(name="Eve Stone", address="eve@agency.example")  # a colleague whose address is not in our settings
ANA = Address(name="Ana Pérez", address="ana@customer.example")
SITE = Address(name="WordPress", address="wordpress@shop.example")
LEADS = Address(address="leads@shop.example")


def passed_on(*chain: Address, by: Address = EVE, **more: object) -> ParsedMessage:
    """A forward of messages by these senders, outermost first."""
    originals = tuple(Original(sender=sender) for sender in chain)
    base = ParsedMessage(sender=by, to=(LEADS,), forwarded=True, originals=originals)
    return base.model_copy(update=more)


def who(parsed: ParsedMessage) -> Contact:
    """The contact of a message to our shop in the United States."""
    return contact_of(parsed, OWN, "US")


def test_our_sites_form_is_answered_at_its_reply_to() -> None:
    """A colleague forwards a mail of our own site, whose header says where the customer is; its name is no person's."""
    site = Address(name="Website", address="leads@shop.example")
    original = Original(sender=site, reply_to=(ANA,))
    found = who(passed_on(by=BOB, originals=(original,)))
    assert (found.email, found.name, found.source) == (ANA.address, ANA.name, "forwarded")


@pytest.mark.parametrize(
    ("parsed", "email", "source"),
    [
        (passed_on(ANA), ANA.address, "forwarded"),
        (passed_on(ANA, by=BOB), ANA.address, "forwarded"),
        (passed_on(BOB, EVE, ANA), ANA.address, "forwarded"),
        # Our own answer was quoted innermost: the customer wrote the one around it.
        (passed_on(ANA, BOB), ANA.address, "forwarded"),
        (passed_on(ANA, Address(address="max@agency.example")), ANA.address, "forwarded"),
        (passed_on(Address(address="eva@agency.example")), "eva@agency.example", "forwarded"),
        # The colleague's program sets Reply-To to themselves, to their office, or repeats their name.
        (passed_on(ANA, reply_to=(EVE,)), ANA.address, "forwarded"),
        (passed_on(ANA, reply_to=(Address(address="office@agency.example"),)), ANA.address, "forwarded"),
        (passed_on(ANA, reply_to=(Address(name=EVE.name, address="eve82@gmail.com"),)), ANA.address, "forwarded"),
        # A helpdesk forwards with the customer in Reply-To.
        (
            passed_on(ANA, reply_to=(Address(address="ana.private@home.example"),)),
            "ana.private@home.example",
            "reply_to",
        ),
        # A group names its member who forwarded.
        (passed_on(ANA, by=LEADS, headers={"x-original-sender": EVE.address}), ANA.address, "forwarded"),
        (passed_on(SITE, fields={"email": "Jo@home.example", "message": "Hi"}), "jo@home.example", "field"),
        (passed_on(SITE, fields={"name": "Jo", "phone": "415 555 2671"}), None, "from"),
        # A customer sends on what we, or a program, wrote to them.
        (passed_on(BOB, by=ANA), ANA.address, "from"),
        (passed_on(LEADS, by=ANA), ANA.address, "from"),
        (passed_on(Address(address="no-reply@bank.example"), by=ANA), ANA.address, "from"),
        (passed_on(by=ANA), ANA.address, "from"),
    ],
)
def test_the_customer_behind_a_forward(parsed: ParsedMessage, email: str | None, source: str) -> None:
    """The innermost writer who is not one of us; the colleague never, unless they are the one who asks."""
    contact = who(parsed)
    assert (contact.email, contact.source) == (email, source)


def test_a_forwarded_reply_to_beats_the_forwarded_sender() -> None:
    """Where the original itself says to answer elsewhere, that is the customer."""
    original = Original(sender=SITE, reply_to=(ANA,))
    contact = who(ParsedMessage(sender=EVE, forwarded=True, originals=(original,)))
    assert (contact.name, contact.email, contact.source) == (ANA.name, ANA.address, "forwarded")


@pytest.mark.parametrize(
    "original", [Original(sender_name="Ana Pérez"), Original(sender=Address(name="Ana Pérez", address=""))]
)
def test_a_forward_that_names_no_address(original: Original) -> None:
    """Outlook gives a bare name for people of its address book: the name is kept, and no colleague takes its place."""
    contact = who(ParsedMessage(sender=EVE, forwarded=True, originals=(original,)))
    assert (contact.name, contact.email) == ("Ana Pérez", None)


@pytest.mark.parametrize(
    ("parsed", "colleague"),
    [
        (passed_on(ANA), EVE),
        (passed_on(BOB, ANA), EVE),
        (passed_on(ANA, by=Address(name="Eve", address=ANA.address)), None),
        (passed_on(ANA, by=LEADS, headers={"x-original-sender": f"<{EVE.address}>"}), Address(address=EVE.address)),
        (ParsedMessage(sender=ANA), None),
        (ParsedMessage(forwarded=True), None),
    ],
)
def test_forwarded_by_names_the_colleague(parsed: ParsedMessage, colleague: Address | None) -> None:
    """The outer sender, the member behind a group; nobody when somebody sends on a mail of their own."""
    assert forwarded_by(parsed) == colleague


@pytest.mark.parametrize(
    ("parsed", "email"),
    [
        (ParsedMessage(sender=SITE, fields={"name": "Jo", "message": "Hi"}), None),
        (
            ParsedMessage(
                sender=Address(address="site@jo.example"), to=(Address(address="me@jo.example"),), fields={"name": "X"}
            ),
            None,
        ),
        (
            ParsedMessage(
                sender=ANA, fields={"name": "Ana", "message": "Hi"}, headers={"auto-submitted": "auto-generated"}
            ),
            None,
        ),
        (ParsedMessage(sender=ANA, fields={"name": "Ana", "message": "Hi"}), ANA.address),
        (ParsedMessage(sender=ANA, adf=True, fields={"name": "Jo"}), None),
        (ParsedMessage(sender=SITE, fields={"name": "Jo"}, form={"Kontakt": "jo@home.example"}), "jo@home.example"),
        (ParsedMessage(sender=SITE, fields={"name": "Jo"}, form={"Site": "see info@jo.example now"}), None),
    ],
)
def test_a_form_s_sender_is_the_site(parsed: ParsedMessage, email: str | None) -> None:
    """Without a labelled address there is none, unless somebody typed the labels into a mail of their own."""
    assert who(parsed).email == email


def test_a_person_beats_a_relay_and_a_relay_a_program() -> None:
    """A relay is where to answer when nothing better is known; a program's address is the very last."""
    relay, robot = Address(address="b7@reply.market.example"), Address(address="alerts@market.example")
    assert who(ParsedMessage(sender=robot, reply_to=(relay,))).email == relay.address
    assert who(ParsedMessage(sender=ANA, reply_to=(relay,))).email == ANA.address
    assert who(ParsedMessage(sender=robot)).email == robot.address


def test_a_list_s_reply_to_is_no_customer() -> None:
    """A group that sends answers to itself does not hide who wrote; a form's copy to its customer still names them."""
    group = Address(address="all@club.example")
    assert who(ParsedMessage(sender=ANA, to=(group,), reply_to=(group,))).email == ANA.address
    assert who(ParsedMessage(sender=SITE, to=(LEADS,), cc=(ANA,), reply_to=(ANA,))).email == ANA.address


def test_the_one_address_in_what_a_program_wrote() -> None:
    """A portal names its customer in the text; with two strangers named, neither is taken."""
    robot = Address(address="no-reply@portal.example")
    text = "You have an inquiry. Write to Jo@home.example or to help@portal.example."
    assert who(ParsedMessage(sender=robot, text=text)).email == "jo@home.example"
    assert who(ParsedMessage(sender=robot, text=f"{text} Or ann@home.example")).email == robot.address


@pytest.mark.parametrize(
    ("parsed", "via"),
    [
        (ParsedMessage(sender=ANA), Via.DIRECT),
        (ParsedMessage(sender=ANA, in_reply_to=("1@x",)), Via.REPLY),
        (ParsedMessage(sender=ANA, subject="AW: Angebot"), Via.REPLY),
        (ParsedMessage(sender=ANA, subject="Re[3]: offer"), Via.REPLY),
        (ParsedMessage(sender=ANA, subject="回复：报价"), Via.REPLY),
        (ParsedMessage(sender=ANA, subject="Repair: brakes"), Via.DIRECT),
        (passed_on(ANA), Via.FORWARD),
        (passed_on(SITE, fields={"email": "jo@x.example"}), Via.FORM),
        (ParsedMessage(sender=ANA, adf=True, fields={"name": "Jo"}), Via.ADF),
        (ParsedMessage(sender=Address(address="a1@reply.market.example")), Via.RELAY),
    ],
)
def test_via(parsed: ParsedMessage, via: Via) -> None:
    """By which way the customer's words came; a form stays a form when a colleague forwards it."""
    assert via_of(parsed) == via
