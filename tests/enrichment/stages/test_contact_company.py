"""Which firm the customer writes from."""

from __future__ import annotations

import pytest

from enrichment.models import Address, ParsedMessage
from enrichment.stages.resolve import OwnAddresses, contact_of

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example"}))


def company_of(signature: str, *, address: str = "x82@gmail.com", display: str = "Ana Pérez") -> str:
    """The contact's company in a mail signed so."""
    sender = Address(name=display, address=address)
    return contact_of(ParsedMessage(sender=sender, text="Brakes", signature=signature), OWN, "US").company


@pytest.mark.parametrize(
    ("signature", "company"),
    [
        ("Ana Pérez\nAcme Tools Ltd", "Acme Tools Ltd"),
        ("Ana Pérez\nEinkauf\nAcme Bau GmbH & Co. KG\nTel. 030 901820", "Acme Bau GmbH & Co. KG"),
        ("Ana Pérez | Compras | Firma Mayor S.L.", "Firma Mayor S.L."),
        ("Ana Pérez, Acme Inc.", "Acme Inc."),
        ("Ana Pérez\nBuyer at Acme Motors", "Acme Motors"),
        ("Ana Pérez\nActeon SARL - Lyon", "Acteon SARL"),
        ("Ana Pérez\nRossi S.r.l.", "Rossi S.r.l."),
        ("Ana Pérez\nKowal Sp. z o.o.", "Kowal Sp. z o.o."),
        ("Ana Pérez\nKita Sonnenhof e. V.", "Kita Sonnenhof e. V."),
        ("Ana Pérez\nNovák stavby s. r. o.", "Novák stavby s. r. o."),
        ("J. R. Pérez", ""),
        ("Иван Петров\nООО Ромашка", "ООО Ромашка"),
        ("山田太郎\n株式会社アクメ", "株式会社アクメ"),
        ("Ana Pérez\n12 High Street, London", ""),
        ("Ana Pérez\nPurchasing Manager", ""),
        ("Ana", ""),
    ],
)
def test_company_of_the_signature(signature: str, company: str) -> None:
    """A line or part of one with a legal form or a word of trade; titles and streets are none."""
    assert company_of(signature) == company


def test_the_signature_spells_the_domain_s_name() -> None:
    """The firm's own spelling beats what the domain can tell; without it the domain is spelt out."""
    assert company_of("Ana Pérez\nACME tools\nwww.acme-tools.co.uk", address="ana@acme-tools.co.uk") == "ACME tools"
    assert company_of("Ana Pérez", address="ana@acme-tools.co.uk") == "Acme Tools"
    assert company_of("", address="ana@yahoo.co.nz") == ""
    assert company_of("", address="me@anaperez.example", display="Ana Perez") == ""
    assert company_of("", address="ana@reply.market.example") == ""


def test_a_short_farewell_above_a_full_signature() -> None:
    """`Cheers, Ana` in the letter does not hide the block below it."""
    parsed = ParsedMessage(
        sender=Address(name="Ana", address="ana@acme-tools.co.uk"),
        text="Fine, go ahead.\n\nCheers\nAna",
        signature="--\nAna Brown\nPurchasing Manager\nACME Tools Ltd\nT: 020 7946 0958  F: 020 7946 0959",
    )
    contact = contact_of(parsed, OWN, "GB")
    assert (contact.name, contact.company, contact.phone) == ("Ana Brown", "ACME Tools Ltd", "+442079460958")


def test_company_in_the_display_name() -> None:
    """A firm in brackets, or in place of the person, is one when it says so."""
    assert company_of("", display="Ana Pérez (Acme Ltd)") == "Acme Ltd"
    assert company_of("", display="Acme Tools GmbH") == "Acme Tools GmbH"
    assert company_of("", display="Ana Pérez (she/her)") == ""
