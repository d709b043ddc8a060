"""The parts of a mail: what is text, what is attached, what is shown inside, what is broken."""

from __future__ import annotations

import base64

import pytest

from channels.mail.mime import parse
from enrichment.models import Address
from tests.channels.mail.letters import ANN, HTML, TEXT, mail, parts

PNG = base64.b64encode(b"\x89PNG" * 30)


def picture(*lines: bytes) -> bytes:
    """A picture with these header lines."""
    return b"".join(line + b"\r\n" for line in (*lines, b"Content-Transfer-Encoding: base64")) + b"\r\n" + PNG


def test_parts_are_read_in_their_order_and_once() -> None:
    """Text around a picture is all read; HTML that repeats the plain text is not."""
    picture = b"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8="
    found = parse(ANN + parts(b"mixed", TEXT + b"before", HTML + b"<p>before</p>", picture, TEXT + b"after"))
    assert found.text == "before\n\nafter"
    assert [(item.filename, item.content_type, item.size) for item in found.attachments] == [("a.png", "image/png", 5)]


def test_nested_multiparts() -> None:
    """Alternatives in related parts in mixed parts, as Apple Mail and Outlook write."""
    logo = b"Content-Type: image/gif\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\naGk="
    inner = parts(b"related", parts(b"alternative", TEXT + b"words", HTML + b"<p>words</p>"), logo)
    pdf = b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="offer.pdf"\r\n\r\n%PDF'
    found = parse(ANN + parts(b"mixed", inner, pdf))
    assert found.text == "words"
    assert [(item.filename, item.inline) for item in found.attachments] == [
        ("attachment-1.gif", True),
        ("offer.pdf", False),
    ]


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b'attachment; filename="../../etc/passwd"', "passwd"),
        (b'attachment; filename="C:\\\\Users\\\\Ann\\\\plan.pdf"', "plan.pdf"),
        (b"attachment; filename==?utf-8?q?Gr=C3=B6=C3=9Fe.pdf?=", "Größe.pdf"),
        (b"attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf", "Größe.pdf"),
        ('attachment; filename="Größe.pdf"'.encode(), "Größe.pdf"),
        ('attachment; filename="Größe.pdf"'.encode("latin-1"), "Größe.pdf"),
        ('attachment; filename="\u202efdp.exe"'.encode(), "fdp.exe"),
        (b'attachment; filename=".."', "attachment-1.pdf"),
        (b"attachment", "attachment-1.pdf"),
        (b'attachment; filename="' + b"x" * 900 + b'.pdf"', "x" * 196 + ".pdf"),
    ],
)
def test_file_names_are_safe(disposition: bytes, filename: str) -> None:
    """No path, no disguise, bounded, and never empty."""
    pdf = b"Content-Type: application/pdf\r\nContent-Disposition: " + disposition + b"\r\n\r\n%PDF"
    assert [item.filename for item in parse(ANN + parts(b"mixed", pdf)).attachments] == [filename]


def test_a_forwarded_message_is_read_after_a_separator() -> None:
    """An attached mail's words are there, under who wrote them, and its attachments too."""
    photo = b"Content-Type: image/png; name=roof.png\r\n\r\nxyz"
    inner = b"From: Bo <bo@example.com>\r\nSubject: Leak\r\n" + parts(b"mixed", TEXT + b"It leaks.", photo)
    found = parse(ANN + parts(b"mixed", TEXT + b"Please look.", b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert found.full_text == (
        "Please look.\n\n---------- Forwarded message ----------\nFrom: Bo <bo@example.com>\nSubject: Leak\n\nIt leaks."
    )
    assert [item.filename for item in found.attachments] == ["attachment-1.eml", "roof.png"]
    assert [item.within for item in found.attachments] == ["", "attachment-1.eml"]
    assert found.attachments[0].size == pytest.approx(len(inner), rel=0.05)
    assert found.sender == Address(name="Ann Lee", address="ann@example.com")


def test_an_attached_text_is_no_message_text() -> None:
    """A text file stays an attachment; one in a text message without other words is read."""
    named = b"Content-Type: text/plain; name=text_0.txt\r\n\r\nCan you fix my sink?"
    attached = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=log.txt\r\n\r\nlog"
    assert parse(ANN + parts(b"mixed", TEXT + b"hi", named, attached)).text == "hi"
    assert parse(ANN + parts(b"mixed", named, attached)).text == "Can you fix my sink?"


@pytest.mark.parametrize(
    ("lines", "inline"),
    [
        ((b"Content-Type: image/png; name=a.png", b"Content-ID: <Logo@x>", b"Content-Disposition: attachment"), True),
        ((b"Content-Type: image/png; name=a.png", b"Content-ID: <other>", b"Content-Disposition: attachment"), False),
        ((b"Content-Type: image/png; name=roof.png", b"Content-Disposition: inline"), False),
        ((b"Content-Type: image/png", b"Content-Disposition: inline"), True),
        ((b"Content-Type: image/png; name=roof.png",), False),
    ],
)
def test_inline_is_what_the_text_shows(lines: tuple[bytes, ...], inline: bool) -> None:
    """A logo that HTML names is inline though said to be attached; Apple Mail's `inline` photos are files."""
    page = HTML + b"<p>see</p><img src='CID:logo@x'>"
    found = parse(ANN + parts(b"mixed", page, picture(*lines)))
    assert [item.inline for item in found.attachments] == [inline]


@pytest.mark.parametrize(
    ("part", "method"),
    [
        (b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n", "REQUEST"),
        (b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:reply\r\n", "REPLY"),
        (b"Content-Type: text/calendar; name=a.ics\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\n", None),
        (b"Content-Type: text/calendar; name=a.ics\r\n\r\nBEGIN:VCALENDAR\r\n", None),
    ],
)
def test_invitations_and_their_answers_are_told(part: bytes, method: str | None) -> None:
    """The method decides: a date that a customer sends along is no invitation. The words around it are read."""
    found = parse(ANN + parts(b"alternative", TEXT + b"Let us meet", part))
    assert found.headers.get("calendar-method") == method
    assert found.text == "Let us meet"
    assert [item.content_type for item in found.attachments] == ["text/calendar"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"Content-Type: text/html\r\n\r\nName: Bo\r\nTown: K&ouml;ln\r\n", "Name: Bo\nTown: Köln"),
        (b"Content-Type: text/plain\r\n\r\n<html><body><p>Call <b>me</b></p></body></html>", "Call me"),
        (b"Content-Type: text/plain\r\n\r\n<div> is a tag", "<div> is a tag"),
        (b"Content-Type: text/enriched\r\n\r\n<bold>Call</bold> me << now", "Call me < now"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nPlease call me. It is urgent.", "Please call me. It is urgent."),
        (b"Content-Transfer-Encoding: base64\r\n\r\nUGxlYXNlIGNh\r\nbGwgbWUu\r\n", "Please call me."),
    ],
)
def test_what_a_part_is_counts_more_than_what_it_is_called(content: bytes, text: str) -> None:
    """Forms send lines as HTML and HTML as text; gateways send prose as base64."""
    assert parse(ANN + content).text == text


@pytest.mark.parametrize(("around", "listed"), [(b"mixed", ["text/enriched"]), (b"alternative", [])])
def test_formatted_text_is_read_and_listed(around: bytes, listed: list[str]) -> None:
    """Its words are in the text, its looks only in the file; as an alternative it is the text once more."""
    enriched = b"Content-Type: text/enriched\r\n\r\n<bold>Call</bold> me"
    found = parse(ANN + parts(around, TEXT + b"Call me", enriched))
    assert found.text.startswith("Call me")
    assert [item.content_type for item in found.attachments] == listed


@pytest.mark.parametrize("plain", [b"[cid:image001.png]", b"https://track.example.com/abc", b"[image: logo.png]\r\n--"])
def test_plain_text_of_pictures_and_links_gives_way_to_html(plain: bytes) -> None:
    """A plain alternative without a word of its own is not chosen."""
    assert parse(ANN + parts(b"alternative", TEXT + plain, HTML + b"<p>Call me</p>")).text == "Call me"


def test_a_boundary_folded_in_the_middle_is_found() -> None:
    """Some programs break the line inside the quotes."""
    content = b'Content-Type: multipart/mixed; boundary="foo\r\n bar"\r\n\r\n--foo bar\r\n' + TEXT + b"hi"
    found = parse(ANN + content + b"\r\n--foo bar\r\nContent-Type: image/png\r\n\r\nx\r\n--foo bar--\r\n")
    assert (found.text, len(found.attachments)) == ("hi", 1)


def test_a_message_attached_behind_a_broken_boundary_is_read() -> None:
    """The words of an attached mail count, even when the structure around it is lost."""
    inner = b"Content-Type: message/rfc822\r\n\r\nFrom: Bo <bo@example.com>\r\nSubject: Leak\r\n\r\nIt leaks."
    body = b"\r\n--right\r\n" + TEXT + b"Please look.\r\n--right\r\n" + inner + b"\r\n--right--\r\n"
    found = parse(ANN + b"Content-Type: multipart/mixed; boundary=wrong\r\n" + body)
    assert found.full_text == (
        "Please look.\n\n---------- Forwarded message ----------\nFrom: Bo <bo@example.com>\nSubject: Leak\n\nIt leaks."
    )


def test_attached_messages_are_read_at_their_place() -> None:
    """Two mails with words between them come out in that order; the Reply-To of each is kept."""
    first = b"Content-Type: message/rfc822\r\n\r\nFrom: a@x.example\r\nReply-To: b@x.example\r\n\r\none"
    last = b"Content-Type: message/rfc822; name=two.eml\r\n\r\nFrom: c@x.example\r\n\r\ntwo"
    found = parse(ANN + parts(b"mixed", first, TEXT + b"between", last))
    separator = "---------- Forwarded message ----------\n"
    assert found.full_text == (
        f"{separator}From: a@x.example\nReply-To: b@x.example\n\none\n\nbetween\n\n{separator}From: c@x.example\n\ntwo"
    )
    assert [item.filename for item in found.attachments] == ["attachment-1.eml", "two.eml"]


def test_more_attachments_than_can_be_listed_are_said() -> None:
    """The first two hundred are listed; the defect says that there are more."""
    found = parse(ANN + parts(b"mixed", TEXT + b"hi", *[b"Content-Type: image/png\r\n\r\nx"] * 250))
    assert len(found.attachments) == 200
    assert "more than 200 attachments; the rest are not listed" in found.defects


def test_hops_are_counted() -> None:
    """A mail that goes round and round is told by its Received lines."""
    assert parse(b"Received: from a by b\r\n" * 31 + ANN + b"\r\nhi").headers["received-count"] == "31"


def test_our_own_marks_cannot_be_forged() -> None:
    """What tells the quote reader where a quotation begins is removed from mail, as characters and as entities."""
    assert parse(mail("one \ue002\nall \ue003mine".encode(), b"Content-Type: text/plain; charset=utf-8\r\n")).text == (
        "one \nall mine"
    )
    page = "<p>one</p><p>&#xE002;</p><p>&#57346; \ue003 two</p>".encode()
    assert parse(mail(page, b"Content-Type: text/html; charset=utf-8\r\n")).text.split() == ["one", "two"]


def test_words_outside_of_all_parts_are_better_than_none() -> None:
    """Some programs write the text before the first boundary; the usual notice there is no text."""
    photo = b"--x\r\n" + picture(b"Content-Type: image/png; name=a.png") + b"\r\n--x--\r\n"
    head = ANN + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    assert parse(head + "Bitte zurückrufen\r\n\r\n".encode() + photo).text == "Bitte zurückrufen"
    assert parse(head + b"This is a multi-part message in MIME format.\r\n\r\n" + photo).text == ""
    assert parse(head + b"before\r\n--x\r\n" + TEXT + b"hi\r\n" + photo).text == "hi"


def test_a_text_that_only_has_a_name_is_read_as_html_too() -> None:
    """A message whose only part is `body.html` is no empty message."""
    assert parse(ANN + b"Content-Type: text/html; name=body.html\r\n\r\n<p>Call me</p>").text == "Call me"
