"""What is a forward and what only looks like one; several levels; nothing of anybody's words gets lost."""

from __future__ import annotations

import pytest

from channels.mail.forwarding import read_forward
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK, SIGNATURE_MARK
from tests.channels.mail.forward_samples import quoted

ANA = "From: Ana <ana@customer.example>\nDate: Tuesday\nSubject: Roof\nTo: <bob@garage.example>\n"
MARK = "---------- Forwarded message ---------\n"

NO_FORWARDS = {
    "plain words": ("Hi, from: Ann\nI wanted to: ask\nsubject: roof", "Roof"),
    "a request to pass it on": ("Please forward this to Bob:\n\nthanks", "Hello"),
    "a legal footer": ("Hello\n\n--\nBob\n----- do not forward this message to others -----\n", "Hello"),
    "a contact form": ("From: Ann <ann@x.example>\nSubject: Hi\n\nMessage Body:\nhello", "New message"),
    "a form with an address to": (
        "From: Ann <ann@x.example>\nTo: info@garage.example\nSubject: Quote\nPhone: 555\nMessage: hi",
        "Website",
    ),
    "a journey": ("From: Rome\nTo: Paris\nDate: 3 May\nPhone: 555 0100\nMessage: two seats", "Booking"),
    "an answer that quotes a forward": (
        f"Thanks!\n\nOn 1 Mar 2024, Bob <b@x.example> wrote:\n> {MARK}> From: Ana <a@x.example>\n> Subject: x",
        "Re: Fwd: x",
    ),
    "an answer without prefix that quotes a forward": (
        f"Thanks!\n\nOn 03/11/2021 15:51, John Doe wrote:\n> {MARK}> From: Ana <a@x.example>\n> Subject: x",
        "Roof",
    ),
    "Outlook's answer to a forward": (
        f"Thanks\n\nFrom: Bob <b@x.example>\nSent: Tue\nTo: a@x.example\nSubject: FW: x\n\n{MARK}{ANA}\nhi",
        "RE: FW: x",
    ),
    "an answer with a message attached": (f"It is this invoice.\n\n{MARK}{ANA}\nInvoice", "Re: Roof"),
    "a quotation without header that holds a forward": (
        f"Ok\n\n-----Original Message-----\n\nFYI\n\n{MARK}{ANA}\nhi",
        "Re: x",
    ),
    "an automatic answer": (f"I am away.\n\n-----Original Message-----\n{ANA}\nhi", "Automatic reply: Roof"),
    "an answer with a prefix that no table knows": (f"Thanks\n\n{ANA}\nhi", "Qxz: Roof"),
    "a returned header": (
        f"Undeliverable\n\n----- Original message -----\nReceived: by x\n{ANA}\nhi",
        "Delivery failure",
    ),
    "a Finnish answer": (
        "Kiitos\n\nLähettäjä: A <a@x.example>\nLähetetty: ti\nVastaanottaja: b@x.example\nAihe: x\n\nhei",
        "VS: x",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("case", NO_FORWARDS)
def test_no_forward(case: str) -> None:
    """What only looks like a forward keeps its own writer."""
    text, subject = NO_FORWARDS[case]
    assert read_forward(text, subject) is None


def test_danish_prefix_that_means_an_answer_in_finnish() -> None:
    """`VS:` is a forward unless the header is Finnish."""
    assert (
        read_forward("Ring\n\nFra: A <a@x.example>\nSendt: ti\nTil: b@x.example\nEmne: x\n\nhej", "VS: x") is not None
    )


def test_header_below_a_subject_that_says_nothing() -> None:
    """A header alone is a forward too, unless something else says that the message answers another."""
    text = f"See below.\n\n{ANA}\nHello"
    forward = read_forward(text, "A lead for you")
    assert forward is not None
    assert (forward.note, forward.body) == ("See below.", "Hello")
    assert read_forward(text, "A lead for you", reply=True) is None


def test_answer_to_one_of_the_recipients() -> None:
    """Who quotes a mail of the address that they write to, answers it, if the subject does not say otherwise."""
    text = f"Yes, please.\n\n{ANA}\nHello"
    assert read_forward(text, "Roof", recipients={"ana@customer.example"}) is None
    assert read_forward(text, "Roof", recipients={"leads@garage.example"}) is not None
    assert read_forward(text, "FW: Roof", recipients={"ana@customer.example"}) is not None


def test_subject_broken_over_two_lines_at_the_end_of_the_header() -> None:
    """The rest of a long subject is no word of the customer's: the message's own subject tells."""
    text = "From: Ana <ana@customer.example>\nSent: Tue\nTo: b@x.example\nSubject: A roof and three\nwindows\n\nHello"
    forward = read_forward(text, "FW: A roof and three windows")
    assert forward is not None
    assert (forward.originals[0].subject, forward.body) == ("A roof and three windows", "Hello")


def test_hundreds_of_recipients() -> None:
    """A long list over many lines belongs to the header."""
    many = ";\n".join(f"P{number} <p{number}@x.example>" for number in range(150))
    forward = read_forward(f"{ANA}Cc: {many}\n\nHello", "Fwd: Roof")
    assert forward is not None
    assert forward.body == "Hello"


def test_form_below_a_forwards_subject() -> None:
    """Labels of a form with two bare addresses and a date are no header of an unknown language."""
    form = "Name: Ana\nEmail: ana@customer.example\nManager: bob@garage.example\nWhen: 2024-05-01 10:00\n"
    assert read_forward(form, "Fwd: New lead") is None


def test_mark_speaks_louder_than_the_headers_of_an_answer() -> None:
    """Mail programs set In-Reply-To on forwards too: it does not count against a mark or a subject."""
    assert read_forward(f"{MARK}{ANA}\nHello", "Roof", reply=True) is not None
    assert read_forward(f"See below.\n\n{ANA}\nHello", "FW: Roof", reply=True) is not None


def test_note_that_looks_like_an_attribution() -> None:
    """An address, a number and a colon in the colleague's note are no quotation."""
    note = "Please call her (ana@customer.example) about her 2019 Audi:"
    for subject in ("Hello", "Fwd: Hello"):
        forward = read_forward(f"{note}\n\n{MARK}{ANA}\nHello", subject)
        assert forward is not None
        assert (forward.note, forward.originals[0].subject, forward.body) == (note, "Roof", "Hello")


def test_note_close_above_an_attribution() -> None:
    """A note without a blank line below it stays a note."""
    forward = read_forward("FYI\nOn 28/10/2021 12:46, Ana <ana@customer.example> wrote:\n\nHello", "FW: Roof")
    assert forward is not None
    assert (forward.note, forward.body) == ("FYI", "Hello")


def test_two_levels() -> None:
    """A forward of a forward: both headers, outermost first, the innermost text, both colleagues' notes."""
    text = (
        "For you\n\nFrom: Carl <carl@garage.example>\nSent: Wednesday\nTo: bob@garage.example\nSubject: Fwd: Roof\n\n"
        f"She is in a hurry\n\nBegin forwarded message:\n\n{quoted(ANA)}\n> Hello\n"
    )
    forward = read_forward(text, "FW: Roof")
    assert forward is not None
    assert [original.sender_name for original in forward.originals] == ["Carl", "Ana"]
    assert forward.note == "For you\n\nShe is in a hurry"
    assert forward.body == "Hello"


def test_eight_levels_at_most() -> None:
    """Levels are bounded; what lies deeper stays in the text."""
    level = MARK + ANA.replace("Roof", "Fwd: Roof") + "\n"
    forward = read_forward(level * 12 + "Hello", "Fwd: Roof")
    assert forward is not None
    assert len(forward.originals) == 8
    assert forward.body.count("Forwarded message") == 4


def test_levels_without_prefix_are_told_by_the_addresses() -> None:
    """Where the outer message's sender received the inner one and did not answer it, it was passed on."""
    text = (
        f"{MARK}From: Bob <bob@garage.example>\nDate: Wednesday\nSubject: Roof\nTo: <desk@garage.example>\n\n"
        f"Yours\n\n{MARK}{ANA}\nHello"
    )
    forward = read_forward(text, "Fwd: Roof")
    assert forward is not None
    assert forward.originals[-1].sender_name == "Ana"
    assert forward.body == "Hello"


def test_conversation_that_was_passed_on_stays_with_its_newest_words() -> None:
    """Below the customer's newest mail lies what she had answered: that is quoted, no deeper level."""
    answered = "From: Bob <bob@garage.example>\nDate: Monday\nSubject: Re: Roof\nTo: <ana@customer.example>\n"
    forward = read_forward(f"FYI\n\n{MARK}{ANA}\nYes, please.\n\n{MARK}{answered}\nShall we?", "Fwd: Roof")
    assert forward is not None
    assert [original.sender_name for original in forward.originals] == ["Ana"]
    assert forward.body == f"Yes, please.\n\n{MARK}{answered}\nShall we?"


def test_mark_without_header() -> None:
    """A mark that cannot mean anything else makes a forward even when the header is missing."""
    forward = read_forward("Begin forwarded message:\nHello", "")
    assert forward is not None
    assert forward.originals[0].sender is None
    assert forward.body == "Hello"


def test_marks_of_the_html_reader() -> None:
    """The reader's marks are no words: the note loses them, and what stands below a region is the colleague's."""
    note = f"Call her\n{SIGNATURE_MARK}\nBob\n{END_MARK}\n"
    text = f"{note}{REGION_MARK}\n{MARK}{ANA}\n{QUOTE_MARK}\nHello\n{END_MARK}\nThanks"
    forward = read_forward(text, "Fwd: Roof")
    assert forward is not None
    assert forward.note == "Call her\nBob\n\nThanks"
    assert forward.body == "Hello"


def test_region_of_the_header_alone() -> None:
    """A region that ends below the header does not take the text away."""
    forward = read_forward(f"FYI\n{REGION_MARK}\n{ANA}{END_MARK}\n\nHello", "Fwd: Roof")
    assert forward is not None
    assert (forward.note, forward.body) == ("FYI", "Hello")


def test_customers_layout_stays() -> None:
    """Lists, quotations, indented lines and a signature's delimiter of the customer come out as written."""
    body = "- windows\n    - two, large\n\n> You asked: how many?\n\nThree.\n\n-- \nAna\n+34 600 000 000"
    forward = read_forward(f"{MARK}{ANA}\n{body}\n", "Fwd: Roof")
    assert forward is not None
    assert forward.body == body


def test_form_that_was_passed_on() -> None:
    """The labels of a form below the header are the message, not the header."""
    form = "Name: Ana\nPhone: 555 0100\nMessage: My roof leaks"
    forward = read_forward(
        f"{MARK}From: site <wordpress@x.example>\nDate: Tue\nSubject: New lead\nTo: b@x.example\n\n{form}", ""
    )
    assert forward is not None
    assert forward.body == form
