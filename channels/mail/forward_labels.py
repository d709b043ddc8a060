"""What mail clients of the world call the lines of a quoted mail header: `Von:`, `Gesendet:`, `发件人:`."""
# ruff: noqa: RUF001 - the table holds words of many alphabets

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from types import MappingProxyType
from typing import NamedTuple

MAX_LABEL = 40
MAX_UNKNOWN = 30
_MAX_WORDS = 3

_LABELS = {
    "from": """
        from; de; de la; von; da; van; fra; från; od; od koho; lähettäjä; kimden; gönderen; від; від кого; от
        от кого; отправитель; відправник; nadawca; feladó; expeditor; expeditorul; šalje; pošiljatelj
        pošiljalac; saatja; nuo; siuntėjas; no; sūtītājs; mittente; remitente; remetente; expéditeur; absender
        avsender; afsender; avsändare; afzender; odesílatel; odosielateľ; από; αποστολέας; подател; од; dari
        pengirim; từ; người gửi; จาก; ผู้ส่ง; пошиљалац; 發件人; מאת; من; المرسل; 发件人; 寄件者; 寄件人; 差出人
        送信者; 보낸 사람; 보낸사람; 발신; frá; sender; de part de; emisor; از; فرستنده; प्रेषक; प्रति से
    """,
    "to": """
        to; a; à; an; para; pour; aan; til; till; komu; do; adresat; odbiorca; kime; alıcı; кому; до
        получатель; címzett; vastaanottaja; destinatar; destinatarul; către; prima; za; primatelj; prejemnik
        saaja; kam; gavėjas; adresātam; destinataire; destinatario; destinatário; destinatari; empfänger
        mottaker; modtager; mottagare; ontvanger; příjemce; príjemca; προς; παραλήπτης; до кого; за; kepada
        untuk; đến; tới; người nhận; ถึง; ผู้รับ; אל; إلى; الى; المستلم; 收件人; 收件者; 宛先; 받는 사람
        받는사람; 수신; per a; recipient; recipients; куда; adressaat; получатели; destinataires
        destinatarios; empfänger innen; mottagare till; к; به; per; प्रति; पाने वाला; प्राप्तकर्ता; گیرنده
    """,
    "cc": """
        cc; κοιν.; a/c; kopie; kopie an; kopie cc; kopi; kopia; kopio; kópia; kópie; copie; copia; cópia
        copie à; copia a; копия; копія; dw; do wiadomości; bilgi; másolat; másolatot kap; cc n; kk; kp; kopija
        koopia; κοιν; κοινοποίηση; carbon copy; tembusan; đồng gửi; สำเนา; עותק; نسخة; 抄送; 副本; 참조; afrit
        kom; salinan; jn; копие; vk; ccn; 写し; رونوشت; kop; коп; cc bcc; a c; kop za; tiedoksi; до відома
        cc κοιν
    """,
    "bcc": """
        bcc; blindkopie; skrytá kopie; udw; cci; cco; скрытая копия; 密送; 숨은 참조; hemlig kopia; blind kopi
        piilokopio
    """,
    "date": """
        date; sent; datum; data; dato; fecha; gesendet; gesendet am; envoyé; envoyé le; enviado; enviado el
        enviado em; enviada; enviada em; enviat; inviato; verzonden; sendt; skickat; datum och tid; odesláno
        odoslané; dátum; wysłano; data wysłania; päiväys; päivämäärä; lähetetty; tarih; gönderme tarihi
        gönderilen; gönderildi; gönderilme tarihi; дата; отправлено; надіслано; відправлено; дата отправки
        elküldve; küldve; küldés dátuma; dată; trimis; trimis la; data de; poslano; poslato; kuupäev; saadetud
        saatmisaeg; išsiųsta; nosūtīts; datums; ημερομηνία; στάλθηκε; εστάλη; изпратено; датум; tanggal
        dikirim; ngày; đã gửi; thời gian; วันที่; ส่ง; ส่งเมื่อ; תאריך; נשלח; تاريخ; التاريخ; تم الإرسال; أرسلت
        发送时间; 日期; 发送日期; 时间; 寄件日期; 傳送日期; 送信日時; 日付; 日時; 送信日; 보낸 날짜; 날짜
        보낸 시간; dags; sent at; sent on; date sent; sendt den; послато; inviata; verzonden op; sänt; pvm
        wysłane; küldés ideje; data trimiterii; gönderim tarihi; 時間; 傳送時間; 보낸날짜; تاريخ الإرسال
        datum slanja; sendt dato; envoyé à; 發送時間; תאריך שליחה; nosūtīšanas datums; तारीख; भेजा गया; दिनांक
        تاریخ
    """,
    "subject": """
        subject; tēma; betreff; objet; sujet; asunto; assunto; oggetto; onderwerp; emne; ämne; předmět
        predmet; temat; aihe; konu; тема; tárgy; subiect; subiectul; naslov; zadeva; teema; tema; temats
        assumpte; θέμα; предмет; относно; subjek; perihal; subyek; chủ đề; tiêu đề; เรื่อง; หัวเรื่อง; נושא
        הנושא; الموضوع; موضوع; 主题; 主題; 主旨; 件名; 題名; 제목; efni; विषय; gaia; asia; sak; betr; betrifft
        emnefelt
    """,
    "reply_to": """
        reply to; répondre à; antwort an; antwortadresse; responder a; rispondi a; risposta; svar til
        svara till; antwoord aan; antwoordadres; odpovědět komu; odpowiedź do; adres zwrotny; yanıt adresi
        yanıtla; відповісти; обратный адрес; кому ответить; vastausosoite; válaszcím; răspunde la; răspuns la
        回复; 回覆; 返信先; 회신; odgovori na; απάντηση σε; resposta a; respuesta a
    """,
    "other": """
        importance; priority; attachments; attachment; anlagen; anlage; wichtigkeit; pièces jointes
        pièce jointe; importancia; archivos adjuntos; adjuntos; datos adjuntos; anexos; anexo; priorità
        allegati; bijlagen; bijlage; urgentie; přílohy; załączniki; ważność; вложения; важность; 附件; 重要性
        添付ファイル; 첨부 파일; bilagor; vedlegg; vedhæftede filer; liitteet; ekler; melléklet; sensitivity
        organization; organisation; organisaatio; list id; message id; mime version; content type; return path
        received; x mailer; user agent; in reply to; references; dkim signature; resent from; mailed by
        signed by; flag status; categories; authentication results; thread topic
    """,
}
_OF_TRANSPORT = frozenset({"message id", "mime version", "return path", "received", "dkim signature", "in reply to"})
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ð": "d"})
_DATED = re.compile(r"\d{1,2}[:.]\d\d.{0,20}$")


class Label(NamedTuple):
    """A recognised label: the header line that it means, and the text after its colon."""

    role: str
    value: str
    transport: bool = False
    finnish: bool = False
    guessed: bool = False


def plain(words: str) -> str:
    """Lower case without accents, punctuation and remarks in brackets, so that spellings compare."""
    letters = unicodedata.normalize("NFKD", words.partition("(")[0].casefold().translate(_UNDECOMPOSED))
    kept = (" " if not letter.isalnum() else letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(kept).split())


def _roles(table: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {
        plain(label): role for role, labels in table for label in labels.replace("\n", ";").split(";") if plain(label)
    }


_ROLES = MappingProxyType(_roles(_LABELS.items()))
_FINNISH = frozenset(plain(word) for word in ("lähettäjä", "lähetetty", "vastaanottaja", "aihe", "päiväys"))


def role_of(label: str) -> str | None:
    """The header line that a label means: from, to, cc, bcc, date, subject, reply_to or other; None for no label."""
    return _ROLES.get(plain(label)) if label and len(label) <= MAX_LABEL else None


def read_label(line: str) -> Label | None:
    """The label and value of a line such as `*Von:* Ana <a@b>`; None when it does not begin with a known label."""
    head = line[: MAX_LABEL + 10].replace("\uff1a", ":")
    at = head.find(":")
    if at <= 0 or (role := role_of(head[:at].strip("*_ \t"))) is None:
        return None
    key = plain(head[:at])
    return Label(role, line[at + 1 :].strip("* \t_"), key in _OF_TRANSPORT, key in _FINNISH)


def guess_label(line: str) -> Label | None:
    """A label that no table knows, inside a header: what it stands for is told by its value, if at all."""
    head, colon, value = line[:MAX_UNKNOWN].replace("\uff1a", ":").partition(":")
    words = plain(head)
    if not colon or not words or len(words.split()) > _MAX_WORDS or value[:2] == "//" or any(map(str.isdigit, head)):
        return None
    role = "cc" if "@" in line else "date" if _DATED.search(line[len(head) :]) else "other"
    return Label(role, line[len(head) + 1 :].strip("* \t_"), guessed=True)


def words_of(role: str) -> tuple[str, ...]:
    """The labels of one header line as clients write them."""
    return tuple(label.strip() for label in _LABELS[role].replace("\n", ";").split(";") if label.strip())
