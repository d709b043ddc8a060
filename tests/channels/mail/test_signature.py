"""A signature, an advert or a legal footer is separated from the words; words are never taken for one."""

from __future__ import annotations

import pytest

from channels.mail.signature import split_signature


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nBo Berg\nBerg Roofing",
        "--\nBo",
        "Sent from my iPhone",
        "Sent from my Galaxy S24 Ultra",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Skaff deg Outlook for iOS<https://aka.ms/o0ukef>",
        "Outlook für Android herunterladen",
        "Pobierz program Outlook dla systemu iOS",
        "Az iOS-es Outlook letöltése",
        "Получить Outlook для iOS",
        "iOS için Outlook'u edinin",
        "Outlook for iOS を入手",
        "获取 Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Elküldve az iPhone-omról",
        "Trimis de pe iPhone-ul meu",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "iPhone'umdan gönderildi",
        "iPhoneから送信",
        "发自我的iPhone",
        "나의 iPhone에서 보냄",
        "Kind regards,\nBo Berg",
        "Cheers\nBo",
        "MfG\nB. Berg",
        "Cordialement,\nBo",
        "С уважением,\nБо",
        "---\nBo Berg\nBerg Roofing",
        "—\nBo Berg",
        "Thanks,\nBo Berg\n+44 20 7946 0100",
        "Kind regards,\nBo Berg\nBerg Roofing Ltd\n+44 20 7946 0100",
        "Mit freundlichen Grüßen\n\nBo Berg\nBerg Dach GmbH\nTel. 030 1234567",
        "Cordialement,\nBo Berg\nwww.example.fr",
        "よろしくお願いいたします。\n山田太郎\n電話 03-1234-5678",
        "CONFIDENTIALITY NOTICE: This e-mail may be privileged.\nDelete it.",
        "Diese E-Mail enthält vertrauliche Informationen.",
        "Ce message est confidentiel et destiné à son seul destinataire.",
        "-Bo Berg",
        "_______________________________________________\nroofers mailing list\nhttps://lists.example.org/roofers",
    ],
)
def test_signatures_of_the_world(signature: str) -> None:
    """Everything below the last words goes to the signature, as it stands."""
    assert split_signature(f"My roof leaks. Please call.\n\n{signature}") == ("My roof leaks. Please call.", signature)


@pytest.mark.parametrize(
    "text",
    [
        "We need:\n\n- 3 windows\n- 2 doors",
        "We need\n\n- Windows\n\n- Doors",
        "And here is a fix -- this is no signature.\n\nkthxbai",
        "Sent from my desk, is much easier than my phone.",
        "Thanks,\nBo",
        "Thanks,\nBo Berg\nBerg Roofing",
        "Regards, Bo",
        "Thanks!\n\nPS: can you also look at the gutter?\nIt drips near the door, call 555 0100?",
        "Kind regards,\nBo Berg\n+44 20 7946 0100\n\nPS: come after five",
        "Thanks\nBo\n555-0100\n\nAlso we need three new windows",
        "Hello,\n\nThis message is intended for the roofers: my roof leaks.",
        "Hello,\n\n-- \nBo Berg",
        "My roof leaks.\n\n--------------------\nYou reach me at bo@example.com or https://example.com",
        "My list is below. Best\n\nBest\n\n- 3 windows\n- 2 doors",
        "-- \nBo Berg",
        "Sent by courier",
        "Sent from my iPhone",
        "Section one\n\n---\nSection two is a bit longer.",
        "Section one\n\n-----------\n\nSection two is longer.",
        "Is this message confidential? I hope so.",
    ],
)
def test_words_are_no_signature(text: str) -> None:
    """Lists, thanks with a name, postscripts and mails that would be empty without it stay whole."""
    assert split_signature(text) == (text, "")


def test_a_long_text_below_a_delimiter_is_no_signature() -> None:
    """Two dashes between two parts of a letter hide nothing."""
    text = "Part one\n--\n" + "\n".join(f"Line {number} of part two" for number in range(40))
    assert split_signature(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "Hall\n----\nStairs\n----\nCellar",
        "Paint the hall.\n---\nThen paint the stairs.",
        "Window: 120 x 90\n---\nDoor: 90 x 210",
        "Hall 900\nStairs 1200\n---\n2100 in all",
        "Hello,\n\nThis message is confidential: I want to speak to the owner.\n\nPlease call.",
        "Guten Tag,\n\ndiese Nachricht ist vertraulich, bitte rufen Sie mich an.",
    ],
)
def test_rules_between_sections_and_private_words_hide_nothing(text: str) -> None:
    """A rule that parts a text is no signature's, and no lawyer writes "I"."""
    assert split_signature(text) == (text, "")


@pytest.mark.parametrize(
    "footer",
    [
        "Sent with Proton Mail secure email.",
        "Sent via Superhuman ( https://example.com/?vip=bo@example.com )",
        "Outlook für Android<https://example.com/x> herunterladen",
        "Informacje zawarte w tej wiadomości są poufne i przeznaczone dla adresata.",
        "Les informations contenues dans ce courriel sont confidentielles.",
        "If you have received this e-mail in error, please delete it.",
    ],
)
def test_adverts_with_a_stop_or_a_link_and_legal_footers(footer: str) -> None:
    """The stop of a sentence or a link in an advert changes nothing; footers begin in many ways."""
    assert split_signature(f"Please call.\n\n{footer}") == ("Please call.", footer)


def test_a_signature_between_drawn_rules() -> None:
    """As in Japan, with contact details inside; without them it is a section of the letter."""
    rule = "━" * 16
    assert split_signature(f"お願いします。\n{rule}\n山田花子\nTEL: 090-1234-5678\n{rule}")[0] == "お願いします。"
    plain = f"お願いします。\n{rule}\n3 windows\n{rule}"
    assert split_signature(plain) == (plain, "")


def test_a_footer_below_an_advert_below_a_block() -> None:
    """All of what programs and lawyers add goes at once."""
    words, signature = split_signature(
        "Please call.\n\nBest regards,\nBo Berg\nTel 555 0100\n\nSent from my iPad\n\nDisclaimer: this mail is secret."
    )
    assert words == "Please call."
    assert signature.startswith("Best regards,")
    assert signature.endswith("secret.")


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 100_000,
        "-- \n" * 30_000,
        "_" * 100_000,
        "thanks\n" * 20_000,
        "1 " * 100_000,
        "---\n" * 30_000,
        "━" * 100_000,
    ],
)
def test_hostile_text_ends(text: str) -> None:
    """No input makes the search quadratic: the last lines only are looked at."""
    words, signature = split_signature(f"Hello\n{text}")
    assert words.startswith("Hello")
    assert len(words) + len(signature) <= len(text) + 6
