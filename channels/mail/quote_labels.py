# ruff: noqa: E501, RUF001 - a table in the words and letters of many languages, one kind or language a line
"""The labels of a quoted mail header ("From: Sent: To: Subject:") in the languages that mail programs speak."""

from __future__ import annotations

_FROM = (
    "from|von|de|da|van|fra|från|lähettäjä|od|nadawca|feladó|expeditor|de la|expéditeur|от|от кого|від|від кого|"
    "kimden|gönderen|差出人|送信者|发件人|寄件者|寄件人|發件人|보낸 사람|보낸사람|от кого|afzender|remitente|remetente|mittente|absender|"
    "odesílatel|odosielateľ|pošiljatelj|šalje|από|מאת|من|از|từ|người gửi|dari|จาก|saatja|no|nuo|från|frá|pošiljalac|de:"
)
_DATE = (
    "date|sent|datum|gesendet|envoyé|envoyé le|envoye|fecha|enviado|enviado el|enviada em|enviado em|enviada|data|inviato|"
    "inviata|verzonden|verzonden op|sendt|dato|skickat|sänt|lähetetty|päivämäärä|pvm|wysłano|wysłane|odesláno|odoslané|dátum|"
    "elküldve|küldve|küldés ideje|trimis|data trimiterii|дата|отправлено|дата отправки|надіслано|відправлено|tarih|gönderildi|"
    "gönderim tarihi|gönderilme tarihi|送信日時|日付|日時|发送时间|日期|時間|傳送時間|寄件日期|发送日期|時間|보낸 날짜|날짜|보낸날짜|poslano|poslato|"
    "ημερομηνία|στάλθηκε|εστάλη|נשלח|תאריך|تاريخ الإرسال|التاريخ|أرسلت|ngày|đã gửi|tanggal|dikirim|วันที่|ส่งเมื่อ|saadetud|kuupäev|"
    "sent on|date sent|enviat|изпратено|послато|datum slanja|sent at"
)
_TO = (
    "to|an|à|a|para|per|aan|til|till|vastaanottaja|do|adresat|címzett|către|catre|destinataire|destinatario|destinatário|кому|куда|"
    "kime|alıcı|宛先|收件人|收件者|받는 사람|받는사람|komu|za|prima|προς|אל|إلى|به|đến|người nhận|kepada|ถึง|saaja|kam|kam|"
    "do:|empfänger|ontvanger|recipient|per a|до|získava"
)
_CC = "cc|kopie|copie|copia|kópia|kopio|kopia|kopi|cópia|копия|копія|másolat|bilgi|抄送|副本|참조|kop|kopija|bcc|cc/bcc|κοιν|עותק|نسخة"
_SUBJECT = (
    "subject|betreff|betr|objet|asunto|oggetto|assunto|onderwerp|emne|ämne|aihe|temat|předmět|predmet|tárgy|subiect|тема|konu|件名|"
    "主题|主旨|主題|제목|θέμα|נושא|الموضوع|موضوع|chủ đề|tiêu đề|subjek|perihal|เรื่อง|หัวเรื่อง|teema|tēma|tema|efni|naslov|assumpte|относно"
)

LABELS: dict[str, str] = {
    label: kind
    for kind, labels in (("cc", _CC), ("to", _TO), ("date", _DATE), ("subject", _SUBJECT), ("from", _FROM))
    for label in labels.split("|")
}
"""Label in lower case to its kind: from, date, to, cc, subject."""
