"""What the customer is called: by a form, the display name, the signature, or their own introduction."""

from __future__ import annotations

import pytest

from enrichment.models import Address, Original, ParsedMessage
from enrichment.stages.resolve import OwnAddresses, contact_of

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example"}), names=frozenset({"the shop"}))


def name_of(text: str = "", *, display: str = "", address: str = "x82@gmail.com", signature: str = "") -> str:
    """The contact's name in a mail by that address."""
    sender = Address(name=display, address=address)
    return contact_of(ParsedMessage(sender=sender, text=text, signature=signature), OWN, "US").name


@pytest.mark.parametrize(
    ("display", "name"),
    [
        ("Pérez, Ana", "Ana Pérez"),
        ("van den Berg, Jan", "Jan van den Berg"),
        ("Ana Pérez (Acme Ltd)", "Ana Pérez"),
        ("Ana Pérez via Shop Website", "Ana Pérez"),
        ("'Ana Pérez' via Sales", "Ana Pérez"),
        ("Ana Pérez | Acme", "Ana Pérez"),
        ("Jo Smith, MD", "Jo Smith, MD"),
        ("Acme, Inc.", "Acme, Inc."),
        ("The Shop", ""),
        ("ana@acme.example", ""),
        ("山田 太郎", "山田 太郎"),
    ],
)
def test_display_names(display: str, name: str) -> None:
    """The person's part, given name first; never an address or the site's name."""
    assert name_of(display=display) == name


@pytest.mark.parametrize(
    "ending",
    [
        "Thanks,\nAna Pérez",
        "Thanks! Ana Pérez",
        "Kind regards\n\nAna Pérez",
        "Best, Ana Pérez",
        "Thank you\nAna Pérez\nPurchasing Manager\nAcme Ltd",
        "Un saludo,\nAna Pérez",
        "Muchas gracias. Ana Pérez",
        "Cordialement,\nAna Pérez",
        "Mit freundlichen Grüßen\nAna Pérez",
        "Viele Grüße, Ana Pérez",
        "Cordiali saluti\nAna Pérez",
        "Cumprimentos,\nAna Pérez",
        "Met vriendelijke groet,\nAna Pérez",
        "Med vänliga hälsningar\nAna Pérez",
        "Med venlig hilsen\nAna Pérez",
        "Vennlig hilsen\nAna Pérez",
        "Ystävällisin terveisin\nAna Pérez",
        "Pozdrawiam,\nAna Pérez",
        "S pozdravem\nAna Pérez",
        "Üdvözlettel:\nAna Pérez",
        "Cu stimă,\nAna Pérez",
        "С уважением,\nAna Pérez",
        "З повагою\nAna Pérez",
        "Saygılarımla,\nAna Pérez",
        "よろしくお願いいたします。\nAna Pérez",
        "谢谢！\nAna Pérez",
        "Thanks and regards,\nAna Pérez",
        "Vielen Dank und viele Grüße\nAna Pérez",
        "Thanks & best regards\nAna Pérez",
        "Kind regards Ana Pérez",
        "LG Ana Pérez",
        "- Ana Pérez",
        "/Ana Pérez",
        "i.A. Ana Pérez",
        "Mit freundlichen Grüßen\n\ni. V. Ana Pérez\nStadtwerke GmbH",
        "Thank you so much in advance!\n\nMs Ana Pérez\n(415) 555-2671",
        "Ana Pérez\nPurchasing Manager",
        "Ana Pérez\nAcme Ltd\n415-555-2671",
        "Cheers\nAna\n\n--\nAna Pérez\nBuyer",
        "Hello,\n\nMy name is Ana Pérez and my brakes squeal.",
        "Hola, me llamo Ana Pérez. Necesito ayuda",
        "Ich heiße Ana Pérez, meine Bremsen quietschen",
        "Hi, this is Ana Pérez from Acme",
    ],
)
def test_names_in_the_words(ending: str) -> None:
    """The name under or beside a farewell, after a dash or an introduction, in the languages of the world."""
    assert name_of(f"It squeaks when I brake.\n\n{ending}") == "Ana Pérez"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("株式会社アクメの山田太郎と申します。見積もりをお願いします。", "山田太郎"),
        ("您好，我叫王小明。请报价。", "王小明"),
        ("Здравствуйте, меня зовут Иван Петров.", "Иван Петров"),
        ("Brakes.\n\nMaria", "Maria"),
        ("Brakes.\n\nThanks\nSent from my iPhone", ""),
        ("I want one of these:\n\nHonda Civic", ""),
        ("Thanks for the offer", ""),
        ("This is Great. I am Italian and I'm Waiting.", ""),
        ("Which one?\n\nThanks,\nAcme Tools Ltd", ""),
        ("Please call.\n\nRegards\nSales Department", ""),
        ("Thanks for all.\n\nYes", ""),
        ("Thanks, I got your quote.\nHonda Civic\nBlue and red", ""),
        ("Brakes?\nBest Price", ""),
        ("Two of these.\n\nDomain Name, Expiry Date", ""),
        ("Which is better?\n\nHonda Civic\nToyota Yaris", ""),
        ("my name is jane roe and i need brakes", "Jane Roe"),
        ("My name is not important.", ""),
        ("Hej, offert tack. 070-123 45 67\n\n/Anna", "Anna"),
        ("お願いします。よろしくお願いします。\n東京都港区", ""),
        ("谢谢\n王经理", ""),
    ],
)
def test_only_names_are_names(text: str, name: str) -> None:
    """Names in scripts without capitals are found; goods, firms, departments and polite words are no names."""
    assert name_of(text) == name


@pytest.mark.parametrize(
    ("display", "signature", "name"),
    [
        ("Ana", "Ana Pérez\nBuyer", "Ana Pérez"),
        ("ana_82", "Kind regards\nAna Pérez", "Ana Pérez"),
        ("Info", "Ana Pérez", "Ana Pérez"),
        ("Acme Tools Ltd", "Ana Pérez | Acme", "Ana Pérez"),
        ("Acme Tools Ltd", "", "Acme Tools Ltd"),
        ("Ana Pérez", "Bob Miller", "Ana Pérez"),
        ("Ana", "Bob", "Ana"),
        ("", "-- \nAna Pérez     <ana@acme.example>\nsome motto of hers", "Ana Pérez"),
        ("", "--Ana", "Ana"),
        ("", "Ana Pérez, Acme Ltd", "Ana Pérez"),
        ("", "-- \nhttp://acme.example\nIt is never too late", ""),
    ],
)
def test_the_signature_says_more_than_a_short_display_name(display: str, signature: str, name: str) -> None:
    """A first name, a handle, a role and a firm give way to a signed name; a full name stays."""
    assert name_of("Brakes", display=display, signature=signature) == name


@pytest.mark.parametrize(
    ("quoted", "name"),
    [
        ("On Monday Shop wrote:\n> Hi Ana,\n> thanks for asking.\n>> Hello Bob,", "Ana"),
        ("> Guten Tag Ana Pérez,\n> danke", "Ana Pérez"),
        ("> Bonjour Ana !\n> merci", "Ana"),
        ("> Dear Ms Brown,\n> thanks", ""),
        (">> Hello Bob,\n>> my brakes", ""),
        ("> Hi there,\n> thanks", ""),
        ("> Hi Ana I am glad that you wrote and will see to it soon, at the latest on Monday,", ""),
        ("\n" * 100_000, ""),
    ],
)
def test_whom_we_had_greeted(quoted: str, name: str) -> None:
    """Of somebody who signs with nothing, our own letter that they quote may know the name."""
    parsed = ParsedMessage(sender=Address(address="x82@gmail.com"), text="Yes, please.", quoted=quoted)
    assert contact_of(parsed, OWN, "US").name == name


def test_a_form_s_name() -> None:
    """Given name first, on one line; an address that was typed there is none."""
    parsed = ParsedMessage(fields={"name": " Pérez,  Ana ", "message": "Brakes"})
    assert contact_of(parsed, OWN, "US").name == "Ana Pérez"
    parsed = ParsedMessage(fields={"name": "ana@x.example", "message": "Brakes.\n\nThanks,\nAna"})
    assert contact_of(parsed, OWN, "US").name == "Ana"


@pytest.mark.parametrize(
    ("display", "address", "name"),
    [
        ("Ana Pérez", "ana@work.example", "Ana Pérez"),
        ("Ana Pérez", "form@builder.example", "Ana Pérez"),
        ("Contact Page", "form@builder.example", ""),
        ("Great Offers", "info@work.example", ""),
    ],
)
def test_the_name_in_from_of_who_wants_answers_elsewhere(display: str, address: str, name: str) -> None:
    """A person's From names them also where Reply-To is another address of theirs; a site's does not."""
    sender = Address(name=display, address=address)
    parsed = ParsedMessage(sender=sender, reply_to=(Address(address="perez82@home.example"),), text="Brakes")
    contact = contact_of(parsed, OWN, "US")
    assert (contact.name, contact.email) == (name, "perez82@home.example")


def test_a_colleague_s_signature_is_not_the_customer_s() -> None:
    """In a forward neither the note's words nor a signature with the forwarder's name or address count."""
    original = Original(sender=Address(address="x82@gmail.com"))
    forward = ParsedMessage(
        sender=Address(name="Bob Miller", address="bob@shop.example"),
        forwarded=True,
        originals=(original,),
        text="My brakes squeal",
        note="Please call her. Thanks, Bob Miller",
        signature="Bob Miller\nBig Shop Ltd\n415-555-2671",
    )
    contact = contact_of(forward, OWN, "US")
    assert (contact.name, contact.phone, contact.company) == ("", None, "")
    theirs = forward.model_copy(update={"signature": "Ana Pérez\nAcme Ltd\n415-555-2671"})
    contact = contact_of(theirs, OWN, "US")
    assert (contact.name, contact.phone, contact.company) == ("Ana Pérez", "+14155552671", "Acme Ltd")


@pytest.mark.parametrize(
    "unit", ["\n", ">", "Thanks,\n", "Ana ", "- ", "A, ", "my name is ", "と申します", "( ", "@at at ", "Ana | "]
)
def test_hostile_endings_are_read(unit: str) -> None:
    """A hundred thousand of anything gives an answer."""
    text = unit * 100_000
    sender = Address(name=text[:5000], address="x82@gmail.com")
    contact = contact_of(ParsedMessage(sender=sender, text=text, signature=text), OWN, "US")
    assert contact.email == "x82@gmail.com"
    assert len(contact.name) <= 120
