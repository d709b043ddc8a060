"""Bytes without a label are read by the letters that each character set would make of them."""

from __future__ import annotations

import pytest

from channels.mail.charset import decode
from channels.mail.charset_guess import guess_charset

LETTERS = [
    ("Добрый вечер! Интересует доставка окон, какая будет стоимость?", ("cp1251", "koi8-r", "iso8859-5", "cp866")),
    ("ЗАЯВКА НА РЕМОНТ", ("cp1251",)),
    ("Вітаю, потрібна консультація щодо ремонту кухні", ("cp1251", "koi8-u")),
    ("Γεια σας, πόσο κοστίζει η εγκατάσταση;", ("cp1253", "iso8859-7")),
    ("מה המחיר של החלפת חלון? אשמח לשיחה", ("cp1255",)),
    ("السلام عليكم، كم سعر تركيب النوافذ؟", ("cp1256",)),
    ("ขอทราบราคาติดตั้งหน้าต่างครับ", ("cp874",)),
    ("İyi günler, pencere değişimi için bilgi almak istiyorum", ("cp1254",)),
    ("Proszę o kontakt w sprawie okien, będę wdzięczny", ("cp1250", "iso8859-2")),
    ("Potřebuji vyměnit okna, kolik to stojí?", ("cp1250", "iso8859-2")),
    ("Szeretnék időpontot kérni, mennyibe kerül az ablakcsere?", ("cp1250", "iso8859-2")),
    ("Können Sie mich bitte zurückrufen? Größe 3 m", ("cp1252",)),
    ("Où êtes-vous situés ? Ça m'intéresse", ("cp1252",)),
    ("¿Cuánto cuesta cambiar una ventana? Mañana sería mejor", ("cp1252",)),
    ("Kan du ringe på mandag? Må høre om prisen", ("cp1252",)),
    ("窓の交換はいくらですか。よろしくお願いします。", ("shift_jis", "euc_jp")),
    ("请问更换窗户的费用是多少?我们在上海", ("gb18030", "gbk")),
    ("請問更換窗戶的費用是多少?我們在台北", ("big5",)),
    ("창문 교체 비용이 얼마인가요? 내일 전화 부탁드립니다", ("euc_kr",)),
]


@pytest.mark.parametrize(("text", "codec"), [(text, codec) for text, codecs in LETTERS for codec in codecs])
def test_short_letters_are_read_in_the_set_of_their_language(text: str, codec: str) -> None:
    """A sentence is enough, in capitals too; nothing else in the mail says which set it is."""
    assert decode(text.encode(codec)).text == text


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "us-ascii"])
def test_a_claim_of_latin_letters_is_checked(label: str) -> None:
    """Forms claim latin-1 for every language; that it was not so is told. Western text stays what it claims to be."""
    found = decode("Добрый вечер, интересует доставка".encode("cp1251"), label)
    assert (found.text, found.as_declared) == ("Добрый вечер, интересует доставка", False)
    french = "Hé, «\xa0l’été…\xa0» à bientôt, Øystein"
    assert decode(french.encode("cp1252"), label).text == french


def test_a_sample_may_end_inside_a_character() -> None:
    """A long text is judged by its beginning, wherever that cuts a character."""
    for start in range(4):
        text = "a" * start + "窓の交換はいくらですか。" * 500
        assert decode(text.encode("shift_jis")).text == text


@pytest.mark.parametrize(
    "data", [b"", b"plain words", bytes(range(128, 256)) * 100, b"\xff\xfe" * 2000, b"\x80" * 5000]
)
def test_what_is_no_language_is_not_named(data: bytes) -> None:
    """Soup gives no answer rather than a wrong one."""
    assert guess_charset(data) is None
