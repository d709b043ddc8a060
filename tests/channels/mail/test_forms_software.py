"""The notifications that form software sends, as text and through HTML, are read down to the last label."""

from __future__ import annotations

import pytest

from channels.mail.forms import Form, read_form
from channels.mail.html_text import html_to_text

_ANN = {"name": "Ann Lee", "email": "ann@lee.example"}


def _pairs(rows: list[tuple[str, str]], before: str, between: str, after: str) -> str:
    return "".join(f"{before}{label}{between}{value}{after}" for label, value in rows)


_ROWS = [
    ("Name", "Ann Lee"),
    ("Email", '<a href="mailto:ann@lee.example">ann@lee.example</a>'),
    ("Which room is it?", "Kitchen"),
    ("Message", "The tap drips.<br />Can you come<br/><br/>on Friday?"),
]
_LABELS = {
    "Name": "Ann Lee",
    "Email": "ann@lee.example",
    "Which room is it?": "Kitchen",
    "Message": "The tap drips.\nCan you come\n\non Friday?",
}
_LAYOUTS = {
    "Gravity Forms, label above an indented value": "<table><tr><td><table>"
    + _pairs(
        _ROWS,
        '<tr bgcolor="#EAF2FA"><td colspan="2"><font><strong>',
        '</strong></font></td></tr><tr><td width="20">&nbsp;</td><td><font>',
        "</font></td></tr>",
    )
    + "</table></td></tr></table>",
    "WPForms, a table for each field": _pairs(
        _ROWS, "<table><tr><td><strong>", "</strong></td></tr><tr><td>", "</td></tr></table>"
    )
    + '<p>Sent from <a href="https://x.example">My Site</a></p>',
    "Ninja Forms, two columns": "<table>" + _pairs(_ROWS, "<tr><td>", ":</td><td>", "</td></tr>") + "</table>",
    "JotForm, two columns under headings": "<table><tr><td>Question</td><td>Answer</td></tr>"
    + _pairs(_ROWS, "<tr><td>", "</td><td>", "</td></tr>")
    + "</table><p>You can edit this submission and view all your submissions easily.</p>",
    "Wix, one paragraph each": "<h2>You received a new message from your site</h2>"
    + _pairs(_ROWS, "<p>", ": <b>", "</b></p>")
    + "<p>Go to Submissions Table</p><p>If you think this submission is spam, report it as spam.</p>",
    "Formspree, label and value in rows of their own": "<p>Someone just submitted your form on x.example</p><table>"
    + _pairs(_ROWS, "<tr><td><pre><b>", ":</b></pre></td></tr><tr><td>", "</td></tr>")
    + "</table><p>Submitted 02:31 PM - 12 May 2024</p><p>You are receiving this because you confirmed it.</p>",
    "a definition list": "<dl>" + _pairs(_ROWS, "<dt>", "</dt><dd>", "</dd>") + "</dl>",
    "HubSpot, label and value in one paragraph": '<h1>New submission on HubSpot Form "Contact us"</h1>'
    + _pairs(_ROWS, "<p><strong>", "</strong><br>", "</p>")
    + '<p><a href="https://x.example">View in HubSpot</a></p>',
}

TEXTS: dict[str, tuple[str, dict[str, str]]] = {
    "Squarespace": (
        (
            "Sent via form submission from Green Garden\n\nName: Ann Lee\n\nEmail: ann@lee.example\n\n"
            "Subject: Hedge\n\n"
            "Message: How much for 20 m?\n\nA second paragraph.\n\n"
            "Does this submission look like spam? Report it here:\nhttps://x.example/report"
        ),
        {**_ANN, "subject": "Hedge", "message": "How much for 20 m?\n\nA second paragraph."},
    ),
    "Shopify": (
        (
            "You received a new message from your online store's contact form.\n\nCountry Code:\nUS\n\n"
            "Name:\nAnn Lee\n\n"
            "Email:\nann@lee.example\n\nPhone:\n\nBody:\nIs the blue one back?"
        ),
        {**_ANN, "message": "Is the blue one back?"},
    ),
    "Typeform, whose questions nobody knows": (
        (
            "Your typeform Project has a new response.\n\nWhat's your name?\nAnn Lee\n\nWhat's your email address?\n"
            "ann@lee.example\n\nWhat are you looking for?\nWe need a new website for our bakery\n\n"
            "How big is it?\nSmall\n\n"
            "Log in to view all your responses"
        ),
        {**_ANN, "message": "We need a new website for our bakery"},
    ),
    "a lead from an advertisement, with names of fields": (
        "full_name: Ann Lee\nemail: ann@lee.example\nphone_number: +15550100123\nwhat_do_you_need?: Roof repair",
        {**_ANN, "phone": "+15550100123", "message": "Roof repair"},
    ),
    "Calendly": (
        (
            "Hi,\n\nA new event has been scheduled.\n\nEvent Type:\n30 Minute Meeting\n\nInvitee:\nAnn Lee\n\n"
            "Invitee Email:\nann@lee.example\n\nEvent Date/Time:\n10:00am - Friday, May 10, 2024"
        ),
        _ANN,
    ),
    "Drupal": (
        (
            "Submitted on Monday, May 6, 2024 - 10:00\nSubmitted by user: Anonymous\nSubmitted values are:\n\n"
            "Your Name: Ann Lee\nYour E-mail: ann@lee.example\nNumber of windows: 3\nMessage: Hello\n\n"
            "The results of this submission may be viewed at:\nhttps://x.example/node/1/submission/2"
        ),
        {**_ANN, "message": "Hello"},
    ),
    "all on one line": (
        "New lead! Name: Ann Lee, Email: ann@lee.example, Phone: 555-010-0123, Message: I need a plumber, fast",
        {**_ANN, "phone": "555-010-0123", "message": "I need a plumber, fast"},
    ),
    "a name with an address": ("Name: Ann Lee <ann@lee.example>\nMessage: Hi", {**_ANN, "message": "Hi"}),
    "pictures before the labels": (
        "\N{BUST IN SILHOUETTE} Name: Ann Lee\n\N{E-MAIL SYMBOL} Email: ann@lee.example\nMessage: Hi",
        {**_ANN, "message": "Hi"},
    ),
    "brackets": ("[Name] Ann Lee\n[Email] ann@lee.example\n[Message] Hi", {**_ANN, "message": "Hi"}),
    "dashes": ("Name - Ann Lee\nEmail - ann@lee.example\nMessage - Hi there", {**_ANN, "message": "Hi there"}),
    "tabs": ("Name\tAnn Lee\nE-Mail\tann@lee.example\nMessage\tHi", {**_ANN, "message": "Hi"}),
    "a table of Markdown": (
        "| Name | Ann Lee |\n|---|---|\n| Email | ann@lee.example |\n| Message | Hi |",
        {**_ANN, "message": "Hi"},
    ),
    "numbers before the labels": (
        "1. Name: Ann Lee\n2. Email: ann@lee.example <mailto:ann@lee.example>\n3. Message: Hi",
        {**_ANN, "message": "Hi"},
    ),
    "a card without labels": (
        "You have a new lead!\n\nCustomer information\nAnn Lee\nann@lee.example\n(555) 010-0123\n\nComments: A leak",
        {**_ANN, "phone": "(555) 010-0123", "message": "A leak"},
    ),
    "a heading between the message and the rest": (
        "Name: Ann Lee\nEmail: ann@lee.example\nMessage: Is it free?\n\nProperty details\nPrice: 300\nBeds: 3",
        {**_ANN, "message": "Is it free?"},
    ),
    "a letter inside the message": (
        "Name: Ann Lee\nEmail: ann@lee.example\nMessage: Hello,\n\nnote: two things.\nFirst: a roof.\n\nRegards\nAnn",
        {**_ANN, "message": "Hello,\n\nnote: two things.\nFirst: a roof.\n\nRegards\nAnn"},
    ),
    "a message before the rest": (
        "Message: I need 3 windows.\nColour: white\nName: Ann Lee\nEmail: ann@lee.example",
        {**_ANN, "message": "I need 3 windows."},
    ),
    "a customer who lists what she wants": (
        "Name: Ann Lee\nEmail: ann@lee.example\nMessage: Please quote:\nRoof: 120 m2\nName: not mine\n\nThanks",
        {**_ANN, "message": "Please quote:\nRoof: 120 m2\nName: not mine\n\nThanks"},
    ),
    "a customer who draws lines": (
        "Name: Ann Lee\nEmail: ann@lee.example\nMessage: Windows\n-----\n3 big\n----\n2 small ones, please",
        {**_ANN, "message": "Windows\n-----\n3 big\n----\n2 small ones, please"},
    ),
}


@pytest.mark.parametrize("source", _LAYOUTS.values(), ids=_LAYOUTS)
def test_html_forms_are_read_with_every_label(source: str) -> None:
    """Each layout gives who wrote, the whole message, and the labels as written, also those that nobody knows."""
    form = read_form(html_to_text(source).text)
    assert form == Form({**_ANN, "message": _LABELS["Message"]}, _LABELS)


@pytest.mark.parametrize(("text", "fields"), TEXTS.values(), ids=TEXTS)
def test_text_forms_are_read(text: str, fields: dict[str, str]) -> None:
    """What each kind of software sends gives its fields, and no words of its own."""
    form = read_form(text)
    assert form is not None
    assert form.fields == fields


def test_a_table_lying_down_is_read() -> None:
    """A line of labels over a line of values is a form too, and so are two pairs in a line."""
    lying = (
        "<table><tr><th>Name</th><th>Email</th><th>Message</th></tr>"
        "<tr><td>Ann Lee</td><td>ann@lee.example</td><td>A fence</td></tr></table>"
    )
    paired = (
        "<table><tr><td>Name</td><td>Ann Lee</td><td>Email</td><td>ann@lee.example</td></tr>"
        "<tr><td>City</td><td>Reno</td><td>Subject</td><td>Fence</td></tr>"
        "<tr><td>Message</td><td colspan=3>A fence</td></tr></table>"
    )
    for source in (lying, paired):
        form = read_form(html_to_text(source).text)
        assert form is not None
        assert form.fields.items() >= {**_ANN, "message": "A fence"}.items()


def test_equal_labels_are_all_kept() -> None:
    """Of two equal labels the first gives the field, and both values are among the labels."""
    form = read_form("Name: Ann Lee\nChild: Bo\nChild: Cy\nEmail: ann@lee.example")
    assert form is not None
    assert form.labels == {"Name": "Ann Lee", "Child": "Bo", "Child (2)": "Cy", "Email": "ann@lee.example"}


def test_a_forms_date_is_a_label() -> None:
    """A lone `Date` is no mail header."""
    form = read_form("Name: Ann Lee\nEmail: ann@lee.example\nDate: 5 May\nTime: 10 am\nMessage: A table for two")
    assert form is not None
    assert form.labels["Date"] == "5 May"


def test_what_the_software_appends_is_a_label_and_no_message() -> None:
    """Address and page of the visit end the message and stay readable."""
    form = read_form("Name: Ann\nMessage: Hi\n\nCity: Reno\nPage URL: https://x.example/a\nRemote IP: 192.0.2.4")
    assert form is not None
    assert form.fields == {"name": "Ann", "message": "Hi"}
    assert form.labels["City"] == "Reno"
    assert form.labels["Remote IP"] == "192.0.2.4"


def test_the_regards_of_a_portal_are_not_the_customers() -> None:
    """The team's closing below a customer's words is left out, the customer's own stays."""
    closing = "Mit freundlichen Grüßen\nIhr Portal-Team"
    text = f"Name: Eva\nE-Mail: eva@x.example\n\nNachricht:\nIst sie frei?\nGruß\nEva\n\n{closing}"
    form = read_form(text)
    assert form is not None
    assert form.fields["message"] == "Ist sie frei?\nGruß\nEva"


def test_labels_are_bounded() -> None:
    """A form of a thousand fields gives a hundred labels."""
    rows = "".join(f"Field {letter}{other}: x\n" for letter in "abcdefghijklmnopqrstuvwxyz" for other in "abcdefghijk")
    form = read_form(f"Name: Ann\nEmail: ann@lee.example\n{rows}")
    assert form is not None
    assert len(form.labels) <= 100
