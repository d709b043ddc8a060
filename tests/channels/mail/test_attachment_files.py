"""Files out of a stored mail: only what is an image or a PDF by its bytes, under a safe name, bounded."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from channels.mail.attachment_files import LARGEST, MOST, attachments_of, kind_of, shown_name
from enrichment.errors import GiveUp

PNG = b"\x89PNG\r\n\x1a\n" + bytes(9000)
JPEG = b"\xff\xd8\xff\xe0" + bytes(9000)
PDF = b"%PDF-1.7\n" + bytes(100)
EXE = b"MZ\x90\x00" + bytes(100)


def mail(*files: tuple[str, bytes], declared: str = "application/octet-stream") -> bytes:
    """A mail with these files."""
    message = EmailMessage()
    message["From"] = "Jo <jo@shop.com>"
    message.set_content("See the photos.")
    main, sub = declared.split("/")
    for name, content in files:
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "png"),
        (JPEG, "jpg"),
        (b"GIF89a..", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"\x00\x00\x00\x18ftypheic\x00", "heic"),
        (b"II*\x00abc", "tiff"),
        (PDF, "pdf"),
        (EXE, ""),
        (b"<svg xmlns='x'/>", ""),
        (b"<html>%PDF-", ""),
        (b"\x00\x00\x00\x18ftypmp42", ""),
        (b"", ""),
    ],
)
def test_first_bytes_say_what_it_is(content: bytes, kind: str) -> None:
    """Whatever it is called; a page or a drawing with scripts is none of them."""
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("photo.jpeg", "jpg", "photo.jpg"),
        ("photo.exe", "png", "photo.exe.png"),
        ("../../etc/passwd", "pdf", "passwd.pdf"),
        ("C:\\x\\a|b?.png", "png", "a_b_.png"),
        ("", "png", "attachment-3.png"),
        ("...", "png", "attachment-3.png"),
        ("invoice \u202efdp.exe", "pdf", "invoice fdp.exe.pdf"),
        ("x" * 500 + ".png", "png", "x" * 100 + ".png"),
    ],
)
def test_name_is_safe_and_ends_in_what_it_is(name: str, kind: str, shown: str) -> None:
    """No path, no disguise."""
    assert shown_name(name, kind, 3) == shown


def test_images_and_pdfs_are_taken_and_others_counted() -> None:
    """In their order, whatever type the mail declares."""
    found = attachments_of(mail(("front.jpg", JPEG), ("run.pdf", EXE), ("quote.pdf", PDF), ("front.jpg", PNG)))
    assert [file.name for file in found.files] == ["front.jpg", "quote.pdf", "front.jpg.png"]
    assert [file.content for file in found.files] == [JPEG, PDF, PNG]
    assert found.left_out == 1


def test_no_more_is_taken_than_is_looked_at() -> None:
    """Ten files, none above ten megabytes; equal names become different ones."""
    many = attachments_of(mail(*(("image.jpg", JPEG) for _ in range(MOST + 2))))
    assert (len(many.files), many.left_out, len({file.name for file in many.files})) == (MOST, 2, MOST)
    large = attachments_of(mail(("a.png", PNG + bytes(LARGEST)), ("b.png", PNG)))
    assert ([file.name for file in large.files], large.left_out) == (["b.png"], 1)


def test_logo_in_the_text_is_no_attachment() -> None:
    """Nor a pixel that counts who reads it; a photo in the text is."""
    message = EmailMessage()
    message.set_content("x")
    message.add_alternative("<p>x<img src=cid:logo><img src=cid:photo></p>", subtype="html")
    page = message.get_payload()[1]  # type: ignore[index]
    page.add_related(PNG[:500], "image", "png", cid="<logo>")  # type: ignore[union-attr]
    page.add_related(PNG, "image", "png", cid="<photo>")  # type: ignore[union-attr]
    found = attachments_of(message.as_bytes())
    assert ([file.content for file in found.files], found.left_out) == ([PNG], 0)


def test_files_of_a_forwarded_mail_are_found() -> None:
    """A colleague passed it on as an attachment."""
    outer = EmailMessage()
    outer.set_content("See below.")
    inner = EmailMessage()
    inner.set_content("My roof.")
    inner.add_attachment(JPEG, maintype="image", subtype="jpeg", filename="roof.jpg")
    outer.add_attachment(inner)
    assert [file.name for file in attachments_of(outer.as_bytes()).files] == ["roof.jpg"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 1000, b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x--"]
)
def test_broken_mail_has_no_files(content: bytes) -> None:
    """And is no error."""
    assert attachments_of(content).files == ()


def test_mail_that_takes_too_long_is_given_up() -> None:
    """The process is ended."""
    with pytest.raises(GiveUp, match="took longer than"):
        attachments_of(mail(("a.png", PNG)), seconds=0.001)
