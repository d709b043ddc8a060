"""Forwards are read in the languages of the world, as the great mail clients write them."""

from __future__ import annotations

import pytest

from channels.mail.forwarding import Forward, read_forward
from tests.channels.mail.forward_samples import BEGINS, BODY, NOTE, OUTLOOK, SUBJECT, TITLES, header, quoted


def _assert_whole(forward: Forward | None) -> None:
    """Ana's mail came out entire, and nothing of it went into the note."""
    assert forward is not None
    (original,) = forward.originals
    assert original.sender is not None
    assert (original.sender.name, original.sender.address) == ("Ana López", "ana@customer.example")
    assert [address.address for address in original.to] == ["bob@garage.example", "office@garage.example"]
    assert [address.address for address in original.cc] == ["carl@customer.example"]
    assert (original.subject, original.date) == (SUBJECT, "12.03.2024 10:14")
    assert (forward.note, forward.body) == (NOTE, BODY)


@pytest.mark.parametrize("language", OUTLOOK)
def test_outlook_header_without_mark(language: str) -> None:
    """Under a subject such as `WG:`, a header alone begins what was passed on."""
    words = OUTLOOK[language]
    text = f"{NOTE}\n\n{header(words)}\n{BODY}\n"
    _assert_whole(read_forward(text, f"{words.prefix}: {SUBJECT}"))


@pytest.mark.parametrize("language", OUTLOOK)
def test_outlook_header_below_a_rule_in_bold_without_blank_line(language: str) -> None:
    """A rule above, bold labels and text that follows at once change nothing."""
    words = OUTLOOK[language]
    bold = "".join(
        f"*{label}:*{value}\n" for label, _, value in (row.partition(":") for row in header(words).splitlines())
    )
    text = f"{NOTE}\n\n________________________________\n{bold}{BODY}\n"
    _assert_whole(read_forward(text, f"{words.prefix}: {SUBJECT}"))


@pytest.mark.parametrize("language", OUTLOOK)
def test_an_answer_quotes_in_the_same_way(language: str) -> None:
    """The same text below `Re:` is an answer: its writer is the customer, not who is quoted."""
    assert read_forward(f"{NOTE}\n\n{header(OUTLOOK[language])}\n{BODY}\n", f"Re: {SUBJECT}") is None


@pytest.mark.parametrize("language", BEGINS)
def test_begin_forwarded_message(language: str) -> None:
    """Apple Mail's line, above the quoted message or inside the quotation, needs no subject to speak for it."""
    message = f"{header(OUTLOOK[language])}\n{BODY}"
    _assert_whole(read_forward(f"{NOTE}\n\n{BEGINS[language]}\n\n{quoted(message)}\n", ""))
    _assert_whole(read_forward(f"{NOTE}\n\n{quoted(f'{BEGINS[language]}{chr(10)}{chr(10)}{message}')}\n", SUBJECT))


@pytest.mark.parametrize(("language", "title"), [(code, title) for code, titles in TITLES.items() for title in titles])
def test_title_between_dashes(language: str, title: str) -> None:
    """A title such as `-------- Weitergeleitete Nachricht --------` stands above the header."""
    _assert_whole(read_forward(f"{NOTE}\n\n-------- {title} --------\n{header(OUTLOOK[language])}\n\n\n{BODY}\n", ""))


@pytest.mark.parametrize("language", sorted(set(OUTLOOK) & set(TITLES)))
def test_title_and_header_run_together(language: str) -> None:
    """Yahoo's plain text has mark and header on one line without a blank between value and next label."""
    sender, date, to, cc, subject = header(OUTLOOK[language]).splitlines()
    glued = f"{sender}{to}{cc}{date} MEZ{subject}"
    forward = read_forward(f"{NOTE}\n   ----- {TITLES[language][0]} ----- {glued}\n {BODY}\n", "")
    assert forward is not None
    (original,) = forward.originals
    assert original.sender is not None
    assert original.sender.address == "ana@customer.example"
    assert (original.subject, original.date) == (SUBJECT, "12.03.2024 10:14 MEZ")
    assert [address.address for address in original.cc] == ["carl@customer.example"]
    assert (forward.note, forward.body) == (NOTE, BODY)


def test_language_that_no_table_knows() -> None:
    """Below `Fwd:` or a mark, a header of an unknown language is told by its shape."""
    message = (
        "Aaa: Ana López <ana@customer.example>\nBbb: 12.03.2024 10:14\n"
        "Ccc: bob@garage.example, office@garage.example\nDdd: carl@customer.example\n"
        f"Eee: {SUBJECT}\n\n{BODY}"
    )
    _assert_whole(read_forward(f"{NOTE}\n\n{message}", f"Fwd: {SUBJECT}"))
    _assert_whole(read_forward(f"{NOTE}\n\n---------- Forwarded message ---------\n{message}", ""))
    assert read_forward(f"{NOTE}\n\n{message}", SUBJECT) is None


ATTRIBUTIONS = {
    "cs": "Dne 28/10/2021 12:46, Ana López <ana@customer.example> napsal(a):",
    "de": 'Am 28/10/2021, 12:46 schrieb "Ana López" <ana@customer.example>:',
    "en": "On Tue, Sep 20, 2021 at 3:44 AM, Ana López\n<ana@customer.example> wrote:",
    "es": 'El 28/10/2021 12:46, "Ana López" <ana@customer.example> escribió:',
    "fi": "Ana López <ana@customer.example> kirjoitti 28/10/2021 12.46:",
    "fr": "Le 28/10/2021 12:46, « Ana López » <ana@customer.example> a écrit :",
    "hu": "28/10/2021 12:46 időpontban Ana López (ana@customer.example) ezt írta:",
    "ja": "2021年10月28日(木) 12:46 Ana López <ana@customer.example>:",
    "ko": "2021년 10월 28일 (목) 오후 12:46, Ana López <ana@customer.example>님이 작성:",
    "nl": "Op 28/10/2021 12:46 heeft Ana López <ana@customer.example> geschreven:",
    "pl": "Dnia 28/10/2021, 12:46 użytkownik „Ana López” <ana@customer.example> napisał:",
    "ru": '28/10/2021, 12:46 пользователь "Ana López" <ana@customer.example> написал:',
    "sk": "28/10/2021 12:46 používateľ Ana López (<ana@customer.example>) napísal:",
    "tr": '"Ana López" <ana@customer.example>, 28/10/2021 12:46 tarihinde şunu yazdı:',
    "zh": "在 2021年10月28日，12:46，Ana López <ana@customer.example> 写道：",
}


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_sentence_instead_of_a_header(language: str) -> None:
    """Outlook of 2019 forwards with `On ..., Ana wrote:` and an indented text; only the subject tells so."""
    indented = "\n".join(f"    {line}".rstrip() for line in BODY.split("\n"))
    text = f"{NOTE}\n\n{ATTRIBUTIONS[language]}\n\n{indented}\n"
    forward = read_forward(text, f"FW: {SUBJECT}")
    assert forward is not None
    (original,) = forward.originals
    assert original.sender is not None
    assert (original.sender.name, original.sender.address) == ("Ana López", "ana@customer.example")
    assert (original.subject, forward.note, forward.body) == (SUBJECT, NOTE, BODY)
    assert read_forward(text, f"Re: {SUBJECT}") is None
    assert read_forward(text, "") is None
