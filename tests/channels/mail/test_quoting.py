"""Strips what is quoted and nothing else; a customer's own words survive whatever they look like."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.html_text import html_to_text
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK, SIGNATURE_MARK, without_marks
from channels.mail.quoting import MAX_SPLIT, Split, split_reply


@pytest.mark.parametrize("reply", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "We need:\n- 3 windows\n- 2 doors",
        "Hello\n\nOn Tuesday your fitter wrote down the sizes:\n3 x 4 m\n2 x 5 m",
        "One question I had:\n\nHow long does it take?",
        "Please quote for a van.\nFrom: Leeds\nTo: York\nDate: 12/05/2026\nThanks, Bo",
        "From: Bo Berg <bo@example.com>\nSubject: Roof\n\nMessage Body:\nMy roof leaks.",
        "Name: Bo\nEmail: bo@example.com\nDate: 12/05/2026 10:00\nTo: be agreed\nMessage: My roof leaks",
        "Invitation:\n\nDate: Wednesday 3, October 2026\nTime: 7:00am\nAddress: 130 Fox St",
        "Visit us\n>>> >>>  http://www.example.com <<<\nBo",
        "Feedback\n\n------------- Enter Feedback Below -------------\n\nAll was well.",
        "Call me on 5 May 2026 at 10:15:\n555 0100",
        "My address:\nbo@example.com",
        "The man from 12:30 wrote:\nnothing",
        "FYI\n\n---------- Forwarded message ----------\nFrom: Ann <a@b.example>\nDate: 5 May 2026\nTo: Bo\n\nHi",
        "Info\n\n---- Weitergeleitete Nachricht ----\nVon: Ann <a@b.example>\nDatum: 05.05.2026\nAn: Bo\n\nHallo",
        "FYI\n\nBegin forwarded message:\n\nFrom: Ann <a@b.example>\nDate: 5 May 2026\nTo: Bo\n\nHi",
    ],
)
def test_words_that_only_look_like_a_quotation_stay(text: str, *, reply: bool) -> None:
    """No reason, no stripping."""
    assert split_reply(text, reply=reply) == Split(text, "", "")


@pytest.mark.parametrize(
    "line",
    [
        "Ann Lee <ann@example.org> wrote:",
        "New enquiry of 05/05/2026 10:15 from Ann Lee <ann@example.org>:",
        "On 05/05/2026 10:15 Ann Lee <ann@example.org> sent you a message:",
        "Submitted on 05/05/2026 10:15 by ann@example.org:",
        "On 5 May 2026 at 10:15 the fitter wrote:",
    ],
)
def test_a_portal_that_introduces_a_customer_quotes_nobody(line: str) -> None:
    """In a mail that answers no other, these lines stand above a customer's first words."""
    text = f"You have a new message.\n\n{line}\n\nMy roof leaks."
    assert split_reply(text, reply=False) == Split(text, "", "")


def test_a_marketplace_answers_with_the_customers_words() -> None:
    """A name without a date or an address introduces a quotation only before `>` lines, in a reply too."""
    text = "You have a reply to your advert.\n\nAnn wrote:\n\nIs the van still there?"
    assert split_reply(text, reply=True) == Split(text, "", "")


def test_bare_quoted_lines_need_a_reply() -> None:
    """`>` alone is a reason only when the headers say that the mail answers another."""
    text = "Yes.\n\n> Shall we come?\n> Ann"
    assert split_reply(text, reply=True) == Split("Yes.", "> Shall we come?\n> Ann", "")
    assert split_reply(text, reply=False) == Split(text, "", "")


def test_the_line_that_introduces_bare_quoted_lines_goes_with_them() -> None:
    """An attribution in a language that nobody foresaw is known by its date before quoted lines."""
    assert split_reply("Jo.\n\n5.5.2026 xyzzy qwert Ann:\n> Old", reply=True).own == "Jo."


@pytest.mark.parametrize(
    "text",
    [
        "On 5 May 2026, at 10:15, Ann Lee <ann@example.org> wrote:\n\n> Shall we come?\n",
        "> Shall we come?\n> Ann",
        "-----Original Message-----\nFrom: Ann <ann@example.org>\nSent: 5 May 2026 10:15\nTo: Bo\n\nShall we come?",
    ],
)
def test_when_nothing_is_left_everything_is_shown(text: str) -> None:
    """An empty answer shows the whole mail instead of nothing."""
    split = split_reply(text, reply=True)
    assert "Shall we come?" in split.own
    assert split.quoted == ""


@pytest.mark.parametrize("answer", ["Yes", "👍", "ok", "はい", "5"])
def test_the_shortest_answer_is_an_answer(answer: str) -> None:
    """One word, one sign or one digit is enough."""
    quoted = "On 5 May 2026, at 10:15, Ann Lee <ann@example.org> wrote:\n\n> Shall we come?"
    assert split_reply(f"{answer}\n\n{quoted}", reply=True) == Split(answer, quoted, "")


def test_an_attribution_on_the_same_line_as_the_answer() -> None:
    """Some programs set no line end before it."""
    split = split_reply("Yes please On Wed, Apr 4, 2026 at 3:59 PM, ann@example.org wrote:\n> Hi", reply=True)
    assert split.own == "Yes please"
    assert split.quoted == "On Wed, Apr 4, 2026 at 3:59 PM, ann@example.org wrote:\n> Hi"


def test_answers_between_quoted_lines_and_a_signature_below() -> None:
    """Inline answers stay in order; the signature under the last quotation is found."""
    text = "Hi,\nOn 5 May 2026, Ann Lee wrote:\n> Roof?\nYes.\n> When?\nTuesday.\n> Ann\n\n-- \nBo Berg\n555 0100"
    split = split_reply(text, reply=True)
    assert split.own == "Hi,\nYes.\nTuesday."
    assert split.signature == "-- \nBo Berg\n555 0100"


def test_a_ticket_system_asks_for_an_answer_above_its_line() -> None:
    """What is below the line is the system's."""
    text = "It leaks again.\n\n##- Please type your reply above this line -##\n\nYour request (123) was updated."
    assert split_reply(text, reply=True).own == "It leaks again."


def test_marks_of_the_dom_decide() -> None:
    """A mark is a reason whatever the words around it, and is never shown."""
    lines = [
        "Yes.",
        SIGNATURE_MARK,
        "Bo Berg",
        END_MARK,
        "P.S. soon",
        REGION_MARK,
        "old",
        END_MARK,
        "below",
        QUOTE_MARK,
    ]
    text = "\n".join([*lines, "older"])
    assert split_reply(text, reply=False) == Split("Yes.\nP.S. soon\nbelow", "old\nolder", "Bo Berg")


_BLOCK = '<blockquote type="cite">Old</blockquote>'
_WORD = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
_DOM = {
    "gmail": (
        '<p>Yes.</p><div class="gmail_quote"><div class="gmail_attr">Xyzzy plugh Ann:<br></div>'
        '<blockquote class="gmail_quote" style="border-left:1px solid #ccc">Old</blockquote></div>'
    ),
    "gmail without a blockquote": '<p>Yes.</p><div class="gmail_quote"><div>Xyzzy Ann</div><div>Old</div></div>',
    "outlook on the web": (
        '<p>Yes.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Xyz:</b> Xyzzy<br><b>Abc:</b> 5</div>'
        '<div>Old<div class="gmail_signature">Ann Lee</div></div>'
    ),
    "word": f'<p>Yes.</p><div style="{_WORD}"><p>Xyz: Xyzzy</p></div><p>Old</p>',
    "thunderbird": f'<p>Yes.</p><div class="moz-cite-prefix">Xyzzy Ann:</div>{_BLOCK}',
    "yahoo": '<div class="yahoo_quoted"><div>Xyzzy Ann:</div><div>Old</div></div><p>Yes.</p>',
    "proton": f'<p>Yes.</p><div class="protonmail_quote">Xyzzy:{_BLOCK}</div>',
    "roundcube": f'<p>Yes.</p><p id="reply-intro">Xyzzy Ann:</p>{_BLOCK}',
    "spark": f'<div>Yes.</div><div name="messageReplySection">Xyzzy Ann{_BLOCK}</div>',
    "zimbra": '<div>Yes.</div><hr id="zwchr"><div>Xyzzy: Ann</div><div>Old</div>',
    "outlook for mac": '<div>Yes.</div><span id="OLK_SRC_BODY_SECTION"><div>Xyzzy: Ann</div><div>Old</div></span>',
    "outlook for phones": '<p>Yes.</p><div id="mail-editor-reference-message-container"><p>Xyzzy</p><p>Old</p></div>',
}


@pytest.mark.parametrize("html", [pytest.param(html, id=program) for program, html in _DOM.items()])
def test_quotations_that_only_the_dom_knows(html: str) -> None:
    """The quotation and its introduction are found in a language that nobody knows, without any header saying reply."""
    split = split_reply(html_to_text(html).text, reply=False)
    assert split.own == "Yes."
    assert "Xyzzy" in split.quoted
    assert "Old" in split.quoted


def test_inline_answers_in_gmails_box() -> None:
    """Gmail keeps its quotation's box around what is written between its parts."""
    block = '<blockquote class="gmail_quote" style="border-left:1px solid #ccc">{}</blockquote>'
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">Xyzzy Ann:</div>'
        f"{block.format('Roof?')}<div>Yes, the roof.</div>{block.format('When?')}<div>Tuesday.</div></div>"
    )
    assert split_reply(html_to_text(html).text, reply=True).own == "Yes, the roof.\n\nTuesday."


@pytest.mark.parametrize(
    "note",
    ["My answers are below in red.", "Antworten siehe unten im Text", "Mes réponses ci-dessous", "Please see inline."],
)
def test_answers_below_in_red_are_shown_with_their_questions(note: str) -> None:
    """Without `>` nobody can tell the answers from the questions, so everything is shown."""
    text = f"{note}\n\nFrom: Ann <a@example.org>\nSent: 5 May 2026 10:15\nTo: Bo\nSubject: Roof\n\nWhen?\nTuesday."
    assert split_reply(text, reply=True) == Split(text, "", "")


def test_indented_words_are_no_quotation() -> None:
    """The indent button makes a blockquote too."""
    html = '<p>We need:</p><blockquote style="margin:0 0 0 40px;border:none;padding:0"><p>3 windows</p></blockquote>'
    assert "3 windows" in split_reply(html_to_text(html).text, reply=True).own


def test_signatures_that_the_dom_names() -> None:
    """Gmail's, Outlook's and Thunderbird's boxes are signatures without any delimiter."""
    for box in (
        'class="gmail_signature"',
        'id="Signature"',
        'class="moz-signature"',
        'id="ms-outlook-mobile-signature"',
    ):
        split = split_reply(html_to_text(f"<p>Please call.</p><div {box}>Bo Berg<br>Berg Ltd</div>").text, reply=False)
        assert split == Split("Please call.", "", "Bo Berg\nBerg Ltd")


def test_words_beyond_the_cap_are_kept() -> None:
    """A very long mail is searched only so far; the rest belongs to whatever came last."""
    long = "word " * (MAX_SPLIT // 4)
    assert split_reply(f"Hello\n{long}", reply=True).own == f"Hello\n{long}".rstrip()
    quoted = f"On 5 May 2026, at 10:15, Ann Lee <ann@example.org> wrote:\n\n{long}"
    assert split_reply(f"Yes.\n{quoted}", reply=True) == Split("Yes.", quoted, "")


_SOME_LINES = st.sampled_from(
    [
        "",
        "My roof leaks.",
        "> Shall we come?",
        "> > older",
        "On 5 May 2026 at 10:15, Ann Lee <ann@example.org> wrote:",
        "Ann Lee wrote:",
        "<ann@example.org> wrote:",
        "From: Ann Lee <ann@example.org>",
        "Sent: Tuesday, 5 May 2026 10:15",
        "To: Bo",
        "Subject: Roof",
        "-----Original Message-----",
        "---------- Forwarded message ----------",
        "________________________________",
        "-- ",
        "Bo Berg",
        "Tel. 555 0100",
        "Kind regards,",
        "Sent from my iPhone",
        "This message is confidential.",
        "Yes please On Wed, Apr 4, 2026 at 3:59 PM, ann@example.org wrote:",
        SIGNATURE_MARK,
        QUOTE_MARK,
        REGION_MARK,
        END_MARK,
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lines=st.lists(_SOME_LINES, max_size=25), reply=st.booleans())
def test_no_word_is_lost_or_doubled(lines: list[str], reply: bool) -> None:
    """Whatever the mail, each word is in the own words, the quotation or the signature, and once."""
    split = split_reply("\n".join(lines), reply=reply)
    words = Counter(without_marks("\n".join(lines)).replace(">", " ").split())
    assert Counter("\n".join(split).replace(">", " ").split()) == words


_HOSTILE = {
    "newlines": "\n" * 100_000,
    "quote signs": ">" * 100_000,
    "quoted lines": "> a\n" * 30_000,
    "colons": ":\n" * 50_000,
    "attributions": "On 5 May 2026, Ann wrote:\n" * 4_000,
    "half attributions": "On 5 May 2026, 10:15 at\n" * 4_000 + "wrote:",
    "headers": "From: a@b.c\n" * 6_000,
    "labels": "From:\nTo:\nDate:\n" * 6_000,
    "rules": "_____\n" * 16_000,
    "dashes": "-" * 100_000,
    "delimiters": "-- \n" * 25_000,
    "spaces": " " * 100_000 + "x",
    "one long line": "a " * 50_000 + "wrote:",
    "at signs": "@" * 100_000 + ":",
    "dates": "2026-05-05 " * 10_000 + ":",
    "words with digits": "On 1 2 3 4 5 6 7 8 9 " * 5_000 + "wrote:",
    "marks": (QUOTE_MARK + "\n" + END_MARK + "\n" + REGION_MARK + "\n") * 20_000,
    "legal": "this e-mail is " * 8_000,
    "numbers": "+49 " + "1 " * 50_000,
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in _HOSTILE.items()])
def test_hostile_text_is_split_in_time_and_nothing_is_lost(text: str) -> None:
    """A hundred thousand of anything takes no more than a few seconds, on a busy machine too."""
    started = time.monotonic()
    for reply in (True, False):
        split = split_reply(f"Hello\n{text}", reply=reply)
        assert "Hello" in split.own
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("introduced", ["Can you beat this offer? They wrote:", "I asked the last firm. He wrote:"])
def test_a_customer_who_quotes_somebody_else_keeps_the_words(introduced: str) -> None:
    """In a letter that answers nobody, `They wrote:` is the customer's own sentence."""
    text = f"{introduced}\n\n> Water heater: $2,150\n\nI would rather come to you."
    assert split_reply(text, reply=False) == Split(text, "", "")
