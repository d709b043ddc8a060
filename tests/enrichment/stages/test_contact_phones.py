"""Under which number the customer can be called, and from which country it is."""

from __future__ import annotations

import pytest

from enrichment.models import Address, ParsedMessage
from enrichment.stages.contact_details import likely_regions
from enrichment.stages.phones import phone_in_text, phone_of_field, regions_of
from enrichment.stages.resolve import OwnAddresses, contact_and_phone, contact_of

OURS = frozenset({"+14155550000"})
OWN = OwnAddresses(addresses=frozenset({"leads@shop.example"}), phones=OURS)


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("The dealer is 212-555-0123. Call me at 415-555-2671.", "+14155552671"),
        ("Fax 212-555-0123, Tel 415-555-2671", "+14155552671"),
        ("T: 415-555-2671 | F: 212-555-0123", "+14155552671"),
        ("Tel/Fax: 415-555-2671", "+14155552671"),
        ("Fax:\n415-555-2671", None),
        ("Order 4155552671", None),
        ("Invoice no. 415 555 2671", None),
        ("I called you at 415-555-2671 twice", None),
        ("My order is late, ring me: 415-555-2671", "+14155552671"),
        ("Yours is 415-555-0000", None),
        ("8 (415) 555-26-71", None),
        ("4155552671 12345", None),
        ("> Call me at 415-555-2671", None),
        ("Reach me on 415-555-2671\n> Tel 212-555-0123", "+14155552671"),
        ("Phone 0818304304", None),  # no area code of North America begins so
        ("no number at all", None),
    ],
)
def test_the_number_to_call(text: str, e164: str | None) -> None:
    """The writer's own number before others; no fax, order, piece of a longer number, nor one of ours."""
    found = phone_in_text(text, ("US",), OURS)
    assert (found.e164 if found else None) == e164


@pytest.mark.parametrize(
    ("written", "regions", "e164"),
    [
        ("(415) 555-2671", ("US",), "+14155552671"),
        ("0171 2345678", ("US", "DE"), "+491712345678"),
        ("020 7946 0958", ("US", "GB"), "+442079460958"),
        ("06 12 34 56 78", ("US", "FR"), "+33612345678"),
        ("06 39 98 45 10", ("US", "FR"), "+33639984510"),
        ("0049 171 2345678", ("US",), "+491712345678"),
        ("+49 (0)171 2345678", ("US",), "+491712345678"),
        ("415 555 2671 (evenings)", ("US",), "+14155552671"),
        ("mobile: 415-555-2671", ("US",), "+14155552671"),
        ("555-213-8890", ("US",), "+15552138890"),
        ("0171 2345678", (), None),
    ],
)
def test_a_labelled_number(written: str, regions: tuple[str, ...], e164: str | None) -> None:
    """The first likely country in which it exists counts; without any it stays as it was written."""
    found = phone_of_field(written, regions)
    assert found is not None
    assert found.e164 == e164
    assert found.written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Please call me on 01 99 00 12 34, thank you.", "01 99 00 12 34"),
        ("Tel: 0171 2345678", "0171 2345678"),
        ("Phone (01) 99 00 12 34", "(01) 99 00 12 34"),
        ("Call me on 01.02.2026 10:30", None),
        ("Order 0171 2345678", None),
        ("Fax: 0171 2345678", None),
        ("Tel. 0303 555 0100", None),
    ],
)
def test_a_number_of_a_country_that_nobody_can_tell(text: str, written: str | None) -> None:
    """It is shown as it was written when the words call it a phone; no date, order, fax, nor one of ours."""
    found = phone_in_text(text, ("US",), frozenset({"+13035550100"}))
    assert found == (None if written is None else (written, None))


@pytest.mark.parametrize("value", ["", "n/a", "none", "12", "call me"])
def test_a_label_without_a_number(value: str) -> None:
    """What holds no number is none."""
    assert phone_of_field(value, ("US",)) is None


def test_regions_of_a_number() -> None:
    """A country code names one country; without, every country in which such a number exists."""
    assert regions_of("+49 171 2345678") == ("DE",)
    assert regions_of("0049 171 2345678") == ("DE",)
    assert {"DE", "AT"} <= set(regions_of("0171 2345678"))
    assert "US" not in regions_of("0171 2345678")
    assert regions_of("nothing") == ()
    assert regions_of("9" * 100) == ()


def test_likely_regions() -> None:
    """The business's country, then the address's, then the language's; endings that anybody has say nothing."""
    assert likely_regions("us", "jo@firm.co.uk", "de") == ("US", "GB", "DE", "AT")
    assert likely_regions("DE", "jo@firm.de", "de") == ("DE", "AT")
    assert likely_regions("", "jo@firm.io", None) == ()


@pytest.mark.parametrize(
    ("text", "address", "language", "e164"),
    [
        ("Mein Handy: 0171 2345678", "jo@firma.de", "de", "+491712345678"),
        ("Mi número es 612 345 678", "x82@gmail.com", "es", "+34612345678"),
        ("Мой номер 8 (912) 345-67-89", "x82@gmail.com", "ru", "+79123456789"),
        ("電話 03-1234-5678", "x82@gmail.com", "ja", "+81312345678"),
        ("Artikel 612 345 678", "x82@gmail.com", "es", None),
    ],
)
def test_customers_from_abroad(text: str, address: str, language: str, e164: str | None) -> None:
    """A number that does not exist here is looked for where the customer seems to be, when it is called a phone."""
    parsed = ParsedMessage(sender=Address(address=address), text=text, language=language)
    assert contact_of(parsed, OWN, "US").phone == e164


def test_the_number_as_written() -> None:
    """Where no country can be told, the contact has no phone, but what was written is kept."""
    parsed = ParsedMessage(fields={"name": "Jo", "phone": "0171 / 2345678"})
    assert contact_of(parsed, OWN, "").phone is None
    _, found = contact_and_phone(parsed, OWN, "")
    assert found is not None
    assert found.written == "0171 / 2345678"
    assert "DE" in found.regions


def test_around_a_form_s_message_only_a_phone_is_one() -> None:
    """Entry numbers and dates of a form's mail are no phones; a labelled number that no field took is."""
    fields = {"name": "Jo", "message": "Brakes"}
    parsed = ParsedMessage(fields=fields, text="Name: Jo\nEntry: 4155552671\nMessage: Brakes")
    assert contact_of(parsed, OWN, "US").phone is None
    parsed = ParsedMessage(fields=fields, text="Name: Jo\nEvening phone: 4155552671\nMessage: Brakes")
    assert contact_of(parsed, OWN, "US").phone == "+14155552671"


def test_the_text_before_the_signature_and_quotes_never() -> None:
    """A number in the words is meant for us; the signature's is the next best."""
    parsed = ParsedMessage(
        sender=Address(address="x82@gmail.com"),
        text="Call me: 415-555-2671",
        signature="Jo\nTel 212-555-0123",
        quoted="> Call us: 303-555-0100",
    )
    assert contact_of(parsed, OWN, "US").phone == "+14155552671"
    assert contact_of(parsed.model_copy(update={"text": "Hi"}), OWN, "US").phone == "+12125550123"
    assert contact_of(parsed.model_copy(update={"text": "Hi", "signature": ""}), OWN, "US").phone is None
