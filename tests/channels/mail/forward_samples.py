"""What mail clients write around a forward, by language: made for the tests of forwarding."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A client's words in one language: the prefix of the subject and the labels of the header."""

    prefix: str
    sender: str
    date: str
    to: str
    cc: str
    subject: str


OUTLOOK = {
    "en": Words("FW", "From", "Sent", "To", "Cc", "Subject"),
    "de": Words("WG", "Von", "Gesendet", "An", "Cc", "Betreff"),
    "fr": Words("TR", "De ", "Envoyé ", "À ", "Cc ", "Objet "),
    "es": Words("RV", "De", "Enviado", "Para", "CC", "Asunto"),
    "it": Words("I", "Da", "Inviato", "A", "Cc", "Oggetto"),
    "pt": Words("ENC", "De", "Enviada em", "Para", "Cc", "Assunto"),
    "nl": Words("FW", "Van", "Verzonden", "Aan", "CC", "Onderwerp"),
    "sv": Words("VB", "Från", "Skickat", "Till", "Kopia", "Ämne"),
    "da": Words("VS", "Fra", "Sendt", "Til", "Cc", "Emne"),
    "no": Words("VS", "Fra", "Sendt", "Til", "Kopi", "Emne"),
    "fi": Words("VL", "Lähettäjä", "Lähetetty", "Vastaanottaja", "Kopio", "Aihe"),
    "pl": Words("PD", "Od", "Wysłano", "Do", "DW", "Temat"),
    "cs": Words("FW", "Od", "Odesláno", "Komu", "Kopie", "Předmět"),
    "sk": Words("FW", "Od", "Odoslané", "Komu", "Kópia", "Predmet"),
    "hu": Words("FW", "Feladó", "Elküldve", "Címzett", "Másolatot kap", "Tárgy"),
    "ro": Words("FW", "De la", "Trimis", "Către", "Cc", "Subiect"),
    "ru": Words("FW", "От", "Отправлено", "Кому", "Копия", "Тема"),
    "uk": Words("FW", "Від", "Надіслано", "Кому", "Копія", "Тема"),
    "bg": Words("FW", "От", "Изпратено", "До", "Копие", "Относно"),
    "sr": Words("FW", "Од", "Послато", "За", "Коп", "Предмет"),
    "hr": Words("FW", "Šalje", "Poslano", "Prima", "Kopija", "Predmet"),
    "sl": Words("FW", "Od", "Poslano", "Za", "Kp", "Zadeva"),
    "tr": Words("İLT", "Kimden", "Gönderildi", "Kime", "Bilgi", "Konu"),
    "el": Words("ΠΡΘ", "Από", "Στάλθηκε", "Προς", "Κοιν.", "Θέμα"),
    "he": Words("FW", "מאת", "נשלח", "אל", "עותק", "נושא"),
    "ar": Words("FW", "من", "تاريخ الإرسال", "إلى", "نسخة", "الموضوع"),
    "ja": Words("FW", "差出人", "送信日時", "宛先", "CC", "件名"),
    "zh": Words("转发", "发件人", "发送时间", "收件人", "抄送", "主题"),
    "zh-tw": Words("轉寄", "寄件者", "寄件日期", "收件者", "副本", "主旨"),
    "ko": Words("FW", "보낸 사람", "보낸 날짜", "받는 사람", "참조", "제목"),
    "et": Words("FW", "Saatja", "Saadetud", "Adressaat", "Koopia", "Teema"),
    "lt": Words("FW", "Nuo", "Išsiųsta", "Kam", "Kopija", "Tema"),
    "lv": Words("FW", "No", "Nosūtīts", "Kam", "Kopija", "Tēma"),
    "vi": Words("FW", "Từ", "Đã gửi", "Tới", "Cc", "Chủ đề"),
    "th": Words("FW", "จาก", "ส่งเมื่อ", "ถึง", "สำเนา", "เรื่อง"),
    "id": Words("FW", "Dari", "Dikirim", "Kepada", "Cc", "Subjek"),
    "ca": Words("RV", "De", "Enviat", "Per a", "A/c", "Assumpte"),
    "is": Words("FW", "Frá", "Sent", "Til", "Afrit", "Efni"),
}

# Lines that say "begin forwarded message", as Apple Mail and its kind write them.
BEGINS = {
    "en": "Begin forwarded message:",
    "de": "Anfang der weitergeleiteten Nachricht:",
    "fr": "Début du message réexpédié :",
    "es": "Inicio del mensaje reenviado:",
    "it": "Inizio messaggio inoltrato:",
    "nl": "Begin doorgestuurd bericht:",
    "sv": "Vidarebefordrat brev:",
    "da": "Start på videresendt besked:",
    "no": "Videresendt melding:",
    "fi": "Välitetty viesti alkaa:",
    "pl": "Początek przekazywanej wiadomości:",
    "cs": "Začátek přeposílané zprávy:",
    "sk": "Začiatok preposlanej správy:",
    "hu": "Továbbított levél kezdete:",
    "ro": "Începe mesajul redirecționat:",
    "ru": "Начало переадресованного сообщения:",
    "uk": "Початок листа, що пересилається:",
    "tr": "İleti başlangıcı:",
    "el": "Έναρξη προωθημένου μηνύματος:",
    "hr": "Započni proslijeđenu poruku:",
    "he": "תחילת ההודעה שהועברה:",
    "ar": "بداية الرسالة المعاد توجيهها:",
    "ja": "転送されたメッセージ：",
    "zh": "开始转发的邮件：",
    "zh-tw": "開始轉寄郵件：",
    "ko": "전달된 메시지 시작:",
    "pt": "Início da mensagem encaminhada:",
    "vi": "Bắt đầu thư được chuyển tiếp:",
    "th": "เริ่มข้อความที่ส่งต่อ:",
    "id": "Mulai pesan terusan:",
    "ca": "Inici del missatge reenviat:",
}

# Titles between dashes, as Thunderbird, Yahoo, HubSpot and webmails write them.
TITLES = {
    "en": ("Forwarded Message", "Forwarded message"),
    "de": ("Weitergeleitete Nachricht",),
    "fr": ("Message transféré", "Message transmis"),
    "es": ("Mensaje reenviado",),
    "it": ("Messaggio inoltrato",),
    "pt": ("Mensagem encaminhada", "Mensagem reencaminhada"),
    "nl": ("Doorgestuurd bericht", "Doorgestuurde e-mail"),
    "sv": ("Vidarebefordrat meddelande",),
    "da": ("Videresendt meddelelse",),
    "no": ("Videresendt melding",),
    "fi": ("Välitetty viesti / Fwd.Msg",),
    "pl": ("Treść przekazanej wiadomości", "Przekazana wiadomość"),
    "cs": ("Přeposlaná zpráva",),
    "sk": ("Preposlaná správa",),
    "hu": ("Továbbított üzenet",),
    "ro": ("Mesaj redirecționat",),
    "ru": ("Перенаправленное сообщение", "Пересылаемое сообщение"),
    "uk": ("Переслане повідомлення",),
    "bg": ("Препратено съобщение",),
    "sr": ("Прослеђена порука",),
    "hr": ("Proslijeđena poruka",),
    "sl": ("Posredovano sporočilo",),
    "tr": ("İletilmiş İleti",),
    "el": ("Προωθημένο μήνυμα",),
    "he": ("הודעה שהועברה",),
    "ar": ("رسالة معاد توجيهها",),
    "ja": ("転送メッセージ",),
    "zh": ("转发的消息", "转发邮件信息"),
    "zh-tw": ("轉寄的訊息",),
    "ko": ("전달된 메시지",),
    "et": ("Edastatud kiri",),
    "lt": ("Persiųstas laiškas",),
    "lv": ("Pārsūtītā ziņa",),
    "vi": ("Thư đã chuyển tiếp",),
    "th": ("ข้อความที่ส่งต่อ",),
    "id": ("Pesan Terusan",),
    "ca": ("Missatge reenviat",),
    "is": ("Áframsendur póstur",),
}

NOTE = "Can you call her?"
BODY = "Hello,\n\n- three windows\n- two doors\n\nAna"
SUBJECT = "Windows & doors"


def header(words: Words) -> str:
    """The header that a client in this language writes for Ana's mail."""
    return (
        f"{words.sender}: Ana López <ana@customer.example>\n"
        f"{words.date}: 12.03.2024 10:14\n"
        f"{words.to}: Bob <bob@garage.example>; <office@garage.example>\n"
        f"{words.cc}: Carl <carl@customer.example>\n"
        f"{words.subject}: {SUBJECT}\n"
    )


def quoted(text: str) -> str:
    """The text with a quote sign before every line."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
