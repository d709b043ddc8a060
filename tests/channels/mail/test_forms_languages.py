"""A form in any language of ours gives the same fields, in each layout."""

from __future__ import annotations

import pytest

from channels.mail.forms import read_form

_KEYS = ("name", "email", "phone", "company", "subject", "message")
LABELS = {
    "en": "Full name; E-mail address; Phone number; Company name; Subject; Your message",
    "es": "Nombre y apellidos; Correo electrónico; Teléfono de contacto; Empresa; Asunto; Tu mensaje",
    "fr": "Nom et prénom; Adresse e-mail; Numéro de téléphone; Société; Objet; Votre message",
    "de": "Vor- und Nachname; E-Mail-Adresse; Telefonnummer; Firma; Betreff; Ihre Nachricht",
    "it": "Nome e cognome; Indirizzo e-mail; Numero di telefono; Azienda; Oggetto; Il tuo messaggio",
    "pt": "Nome completo; Endereço de e-mail; Telemóvel; Empresa; Assunto; A sua mensagem",
    "nl": "Uw naam; E-mailadres; Telefoonnummer; Bedrijfsnaam; Onderwerp; Uw bericht",
    "sv": "För- och efternamn; E-postadress; Telefonnummer; Företag; Ämne; Ditt meddelande",
    "da": "Dit navn; Din e-mail; Telefonnummer; Virksomhed; Emne; Din besked",
    "no": "Fullt navn; E-postadresse; Telefon; Firmanavn; Emne; Din melding",
    "fi": "Nimi; Sähköpostiosoite; Puhelinnumero; Yritys; Aihe; Viestisi",
    "pl": "Imię i nazwisko; Adres e-mail; Numer telefonu; Nazwa firmy; Temat; Treść wiadomości",
    "cs": "Jméno a příjmení; E-mailová adresa; Telefonní číslo; Společnost; Předmět; Vaše zpráva",
    "sk": "Meno a priezvisko; E-mailová adresa; Telefónne číslo; Názov firmy; Predmet; Vaša správa",
    "hu": "Teljes név; E-mail cím; Telefonszám; Cégnév; Tárgy; Üzenet",
    "ro": "Nume și prenume; Adresă de e-mail; Număr de telefon; Companie; Subiect; Mesajul tău",
    "ru": "Ваше имя; Электронная почта; Номер телефона; Компания; Тема; Сообщение",
    "uk": "Ваше ім'я; Електронна пошта; Номер телефону; Компанія; Тема; Повідомлення",
    "tr": "Adınız Soyadınız; E-posta adresi; Telefon numarası; Firma adı; Konu; Mesajınız",
    "ja": "お名前（必須）; メールアドレス; 電話番号; 会社名; 件名; お問い合わせ内容",
    "zh": "您的姓名; 电子邮箱; 联系电话; 公司名称; 主题; 留言内容",
    "zh-tw": "姓名; 電子郵件; 聯絡電話; 公司名稱; 主題; 留言內容",
    "ko": "이름; 이메일 주소; 전화번호; 회사명; 제목; 문의 내용",
    "el": "Ονοματεπώνυμο; Email; Τηλέφωνο; Εταιρεία; Θέμα; Μήνυμα",
    "hr": "Ime i prezime; E-mail adresa; Broj telefona; Tvrtka; Naslov; Vaša poruka",
    "bg": "Име и фамилия; Имейл; Телефон; Фирма; Тема; Съобщение",
}
_VALUES = {
    "name": "Ana Example",
    "email": "ana@client.example",
    "phone": "+34 600 010 203",
    "company": "Example & Co",
    "subject": "Roof",
    "message": "First line\nsecond line: with a colon",
}
_LAYOUTS = {
    "colon": "{label}: {value}\n",
    "colon after a space": "{label} : {value}\n",
    "wide colon": "{label}：{value}\n",
    "brackets": "【{label}】{value}\n",
    "required": "*{label}*: {value}\n",
    "over": "{label}\n{value}\n\n",
    "over, with a colon": "{label}:\n{value}\n\n",
    "square": "■{label}\n{value}\n\n",
    "wide space": "{label}\u3000{value}\n",
    "tab": "{label}\t{value}\n",
    "columns": "{label}    {value}\n",
}


@pytest.mark.parametrize("layout", _LAYOUTS.values(), ids=_LAYOUTS)
@pytest.mark.parametrize("language", LABELS)
def test_every_language_in_every_layout(language: str, layout: str) -> None:
    """All six fields come out as written, and each label with its value."""
    labels = dict(zip(_KEYS, LABELS[language].split("; "), strict=True))
    form = read_form("".join(layout.format(label=labels[key], value=_VALUES[key]) for key in _KEYS))
    assert form is not None
    assert form.fields == _VALUES
    assert form.labels == {labels[key]: _VALUES[key] for key in _KEYS}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Prénom : Marie\nNom : Curie\nE-mail : m@curie.example", "Marie Curie"),
        ("Nome: Marie\nCognome: Curie\nEmail: m@curie.example", "Marie Curie"),
        ("Imię: Maria\nNazwisko: Curie\nE-mail: m@curie.example", "Maria Curie"),
        ("Nume: Curie\nPrenume: Maria\nEmail: m@curie.example", "Maria Curie"),
        ("Имя: Мария\nФамилия: Кюри\nПочта: m@curie.example", "Мария Кюри"),
        ("Ad: Marie\nSoyad: Curie\nE-posta: m@curie.example", "Marie Curie"),
        ("姓: 山田\n名: 太郎\nメール: taro@yamada.example", "山田 太郎"),
        ("Name (First): Marie\nName (Last): Curie\nEmail: m@curie.example", "Marie Curie"),
        ("Etunimi: Marie\nSukunimi: Curie\nSähköposti: m@curie.example", "Marie Curie"),
        ("Voornaam: Jan\nTussenvoegsel: de\nAchternaam: Vries\nE-mail: jan@x.example", "Jan de Vries"),
        ("Fornavn: Marie\nEtternavn: Curie\nE-post: m@curie.example", "Marie Curie"),
    ],
)
def test_parts_of_a_name_are_joined(text: str, name: str) -> None:
    """Given and family name make one, in the order in which the language says them."""
    form = read_form(text)
    assert form is not None
    assert form.fields["name"] == name
