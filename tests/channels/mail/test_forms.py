"""Web forms are read by their labels; letters and signatures are not taken for forms."""

from __future__ import annotations

import time

import pytest

from channels.mail.form_labels import key_of
from channels.mail.forms import read_form

FORMS = {
    "Contact Form 7 with a customer who writes labels": (
        (
            "From: Ann Lee <Ann@example.com>\nSubject: Brakes\n\n"
            "Message Body:\nMy brakes squeal.\n\nPhone: 555 0100 after five\n"
            "Thanks\n\n-- \nThis e-mail was sent from a contact form on Garage (https://garage.example)\n"
        ),
        {
            "name": "Ann Lee",
            "email": "Ann@example.com",
            "subject": "Brakes",
            "message": "My brakes squeal.\n\nPhone: 555 0100 after five\nThanks",
        },
    ),
    "Contact Form 7, German": (
        (
            "Von: Uwe Müller <uwe@example.de>\nBetreff: Angebot\n\nNachrichtentext:\nBitte um Rückruf.\n\n"
            "--\nDiese E-Mail wurde von einem Kontaktformular gesendet"
        ),
        {"name": "Uwe Müller", "email": "uwe@example.de", "subject": "Angebot", "message": "Bitte um Rückruf."},
    ),
    "Elementor, with what it appends": (
        (
            "Name: John Smith\nEmail: j@example.com\nPhone: 555 010 4567\nMessage: I need a roof\n"
            "and gutters\n\n---\n\n"
            "Date: March 3\nTime: 2 pm\nPage URL: https://x.example\nRemote IP: 192.0.2.4\nPowered by: Elementor"
        ),
        {
            "name": "John Smith",
            "email": "j@example.com",
            "phone": "555 010 4567",
            "message": "I need a roof\nand gutters",
        },
    ),
    "label over value, as WPForms and Gravity write": (
        (
            "Name\n       John Smith\nEmail\n       j@example.com\nPhone\n       555 010 4567\n"
            "How can we help?\n       Fix it\n       please"
        ),
        {"name": "John Smith", "email": "j@example.com", "phone": "555 010 4567", "message": "Fix it\nplease"},
    ),
    "two columns": (
        "Name     John Smith\nEmail    j@example.com\nMessage  line one\n         line two",
        {"name": "John Smith", "email": "j@example.com", "message": "line one\nline two"},
    ),
    "an introduction, tags as labels, an empty field": (
        (
            "You have a new submission:\n\nyour-name: Bob\nyour-email: bob@example.com\nyour-phone:\n"
            "your-message: hi there"
        ),
        {"name": "Bob", "email": "bob@example.com", "message": "hi there"},
    ),
    "bold labels and a mailto": (
        (
            "*First Name:* Bob\n*Last Name:* Ray\n*Company (optional):* Ray & Sons\n"
            "*Email:* bob@example.com<mailto:bob@example.com>\n"
            "*Comments:*\nhi\n\nthere"
        ),
        {"name": "Bob Ray", "company": "Ray & Sons", "email": "bob@example.com", "message": "hi\n\nthere"},
    ),
    "unknown labels between the known": (
        "Name: Ann\nBest day: Friday\nService: Roof\nEmail: ann@example.com\nPhone Number: (555) 010-0199",
        {"name": "Ann", "email": "ann@example.com", "phone": "(555) 010-0199"},
    ),
    "French": (
        (
            "Prénom : Jean\nNom : Dupont\nAdresse e-mail : jean@example.fr\n"
            "Téléphone : 06 12 34 56 78\nSociété : Dupont SA\n"
            "Objet : Devis\nMessage :\nBonjour,\nje voudrais un devis."
        ),
        {
            "name": "Jean Dupont",
            "email": "jean@example.fr",
            "phone": "06 12 34 56 78",
            "company": "Dupont SA",
            "subject": "Devis",
            "message": "Bonjour,\nje voudrais un devis.",
        },
    ),
    "Spanish": (
        "Nombre: Ana\nApellidos: García\nCorreo electrónico: ana@example.es\nTeléfono: +34 600 000 000\nMensaje: Hola",
        {"name": "Ana García", "email": "ana@example.es", "phone": "+34 600 000 000", "message": "Hola"},
    ),
    "German": (
        "Vor- und Nachname*: Eva Groß\nE-Mail-Adresse*: eva@example.de\nFirma: Groß GmbH\nIhre Nachricht: Guten Tag",
        {"name": "Eva Groß", "email": "eva@example.de", "company": "Groß GmbH", "message": "Guten Tag"},
    ),
    "Italian": (
        "Nome: Mario\nCognome: Rossi\nIndirizzo e-mail: m@example.it\nCellulare: 333 123 4567\nRichiesta: Ciao",
        {"name": "Mario Rossi", "email": "m@example.it", "phone": "333 123 4567", "message": "Ciao"},
    ),
    "Portuguese": (
        "Nome completo: João Silva\nE-mail: joao@example.pt\nTelemóvel: 912 345 678\nAssunto: Preço\nMensagem: Olá",
        {
            "name": "João Silva",
            "email": "joao@example.pt",
            "phone": "912 345 678",
            "subject": "Preço",
            "message": "Olá",
        },
    ),
    "Dutch": (
        (
            "Voornaam: Jan\nAchternaam: de Vries\nE-mailadres: jan@example.nl\n"
            "Telefoonnummer: 06-12345678\nUw bericht: Hallo"
        ),
        {"name": "Jan de Vries", "email": "jan@example.nl", "phone": "06-12345678", "message": "Hallo"},
    ),
}

LETTERS = {
    "a signature": (
        "Please call me.\n\nBest regards,\nJohn Smith\nAcme Ltd\nPhone: 555 010 0123\nEmail: john@example.com\n"
    ),
    "a German signature": "Bitte anrufen.\n\nMit freundlichen Grüßen\nUwe\nTel.: 030 1234567\nE-Mail: uwe@example.de\n",
    "prose with a colon": "Hello,\none note: this is prose. My name: none of your business.\nEmail: I prefer that.\n",
    "a question and a signature": (
        "Question: when are you open?\n\nThanks\nJohn\nTel: 555 010 4567\nEmail: j@example.com"
    ),
    "a forwarded header": (
        "FYI\n\nFrom: John <j@example.com>\nSent: Monday\nTo: Sales <s@example.com>\nSubject: Roof\n\nHi."
    ),
    "a German forwarded header": (
        "Von: Uwe <u@example.de>\nGesendet: Montag\nAn: I <i@example.de>\nBetreff: Dach\n\nHallo"
    ),
    "a form that a reply quotes": "Thanks!\n\nOn Monday Bo wrote:\nName: Bo\nEmail: bo@example.com\nMessage: old",
    "a quoted form": "Thanks!\n\n> Name: Bo\n> Email: bo@example.com\n> Message: old words",
    "an order form to print": "Name: ____________________\nEmail: ___________________\nComments: ____________________",
    "one field": "Email: ann@example.com",
    "nothing": "",
}


def read_fields(text: str) -> dict[str, str]:
    """A form's values by key; empty when the text is no form."""
    form = read_form(text)
    return form.fields if form else {}


@pytest.mark.parametrize(("text", "fields"), FORMS.values(), ids=FORMS)
def test_forms_are_read(text: str, fields: dict[str, str]) -> None:
    """Each layout and language gives the canonical fields with the values as written."""
    assert read_fields(text) == fields


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_letters_are_no_forms(text: str) -> None:
    """What only looks like labels gives no fields."""
    assert read_fields(text) == {}


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Your Name (required)", "name"),
        ("*E-MAIL*", "email"),
        ("Teléfono (obligatorio)", "phone"),
        ("Nom de l'entreprise", "company"),
        ("Questions or Comments?", "message"),
        ("Budget", "other"),
        ("Dealer e-mail", None),
        ("x" * 1000, None),
    ],
)
def test_labels_are_known_in_any_dress(label: str, key: str | None) -> None:
    """Case, accents, stars and remarks in brackets do not matter."""
    assert key_of(label) == key


@pytest.mark.parametrize(
    "unit", ["Name: \n", "Name:", "Message: a\nEmail: a@b.c\nName: n\n", " " * 900 + "\n", "* > ", "a   b", "--\n"]
)
def test_hostile_text_is_read_in_time(unit: str) -> None:
    """200,000 characters of anything do not hang."""
    started = time.monotonic()
    read_fields((unit * 200_000)[:200_000])
    assert time.monotonic() - started < 30
