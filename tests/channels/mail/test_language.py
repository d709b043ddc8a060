"""The language of short customer mails is told, or None is said."""

from __future__ import annotations

import pytest

from channels.mail.language import language_of

_MAILS = {
    "en": "Hello, could you send me a quote for a new roof please? Thanks, Ann",
    "es": "Buenos días, quisiera un presupuesto para un tejado nuevo. Muchas gracias",
    "fr": "Bonjour, je voudrais un devis pour une nouvelle toiture, merci d'avance",
    "de": "Guten Tag, ich hätte gerne ein Angebot für ein neues Dach. Vielen Dank",
    "it": "Buongiorno, vorrei un preventivo per un tetto nuovo, grazie mille",
    "pt": "Bom dia, gostaria de um orçamento para um telhado novo. Obrigado",
    "nl": "Goedemorgen, ik wil graag een offerte voor een nieuw dak. Alvast bedankt",
    "sv": "Hej, jag skulle vilja ha en offert på ett nytt tak. Tack på förhand",
    "da": "Hej, jeg vil gerne have et tilbud på et nyt tag. Hvad koster det, og hvornår kan I komme?",
    "no": "Hei, jeg ønsker et tilbud på nytt tak. Hva koster det, og når kan dere komme?",
    "fi": "Hei, haluaisin tarjouksen uudesta katosta. Kiitos jo etukäteen",
    "pl": "Dzień dobry, proszę o wycenę nowego dachu. Z góry dziękuję",
    "cs": "Dobrý den, chtěl bych cenovou nabídku na novou střechu. Děkuji",
    "sk": "Dobrý deň, chcel by som cenovú ponuku na novú strechu. Ďakujem",
    "hu": "Jó napot, szeretnék árajánlatot kérni egy új tetőre. Köszönöm",
    "ro": "Bună ziua, aș dori o ofertă de preț pentru un acoperiș nou. Mulțumesc",
    "ru": "Здравствуйте, сколько стоит новая крыша? Спасибо",
    "uk": "Добрий день, скільки коштує новий дах? Дякую",
    "bg": "Здравейте, искам оферта за нов покрив. Благодаря",
    "tr": "Merhaba, yeni bir çatı için fiyat teklifi almak istiyorum. Teşekkürler",
    "ja": "新しい屋根の見積もりをお願いします。",
    "zh": "您好，请问换一个新屋顶要多少钱？谢谢",
    "ko": "안녕하세요, 새 지붕 견적 부탁드립니다.",
    "el": "Καλημέρα, θα ήθελα μια προσφορά για νέα στέγη.",
    "he": "שלום, אני מעוניין בהצעת מחיר לגג חדש",
    "ar": "مرحبا، أريد عرض سعر لسقف جديد من فضلك",
    "th": "สวัสดีครับ ขอราคาหลังคาใหม่หน่อยครับ",
    "hi": "नमस्ते, मुझे नई छत की कीमत चाहिए",
    "vi": "Xin chào, tôi muốn báo giá cho mái nhà mới. Cảm ơn",
    "id": "Selamat pagi, saya ingin harga untuk atap yang baru. Terima kasih",
    "hr": "Dobar dan, trebam ponudu za novi krov. Koliko može koštati? Hvala",
    "sl": "Dober dan, zanima me cena za novo streho. Hvala lepa, lep pozdrav",
    "ca": "Bon dia, voldria un pressupost per a una teulada nova. Moltes gràcies",
}


@pytest.mark.parametrize(("code", "text"), [pytest.param(code, text, id=code) for code, text in _MAILS.items()])
def test_a_customers_mail(code: str, text: str) -> None:
    """Two sentences are enough."""
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text", ["", "\n", "555 0100", "https://example.com/the/and", "VW Golf 1.6 TDI", "Bo Berg", "ann@the.org", "👍👍"]
)
def test_what_cannot_be_told_is_none(text: str) -> None:
    """Numbers, names, addresses and links speak no language."""
    assert language_of(text) is None


def test_names_of_another_script_do_not_decide() -> None:
    """An English mail about a Japanese garden is English."""
    assert language_of("Hello, we would like a quote for the garden called 日本庭園 in the park, thank you") == "en"


def test_long_and_hostile_text_is_read_only_so_far() -> None:
    """The first few thousand characters are enough."""
    assert language_of("the and of " * 100_000) == "en"
    assert language_of("@" * 1_000_000) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("Tamam, perşembe sabahı evdeyim.", "tr"), ("Peinture de deux chambres, environ 35 m².", "fr")],
)
def test_a_line_is_enough_where_its_words_are_of_one_language(text: str, code: str) -> None:
    """Customers answer in one line."""
    assert language_of(text) == code
