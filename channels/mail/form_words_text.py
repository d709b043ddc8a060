"""What forms call the message, its subject and the rest; see form_words.py for how it is written."""
# ruff: noqa: RUF001 - Cyrillic and Greek labels are words here, not look-alikes

from __future__ import annotations

from types import MappingProxyType

SUBJECT = """
    subject; topic; subject line; regarding; asunto; motivo; tema; objet; sujet; motif; motif de la demande; betreff
    thema; oggetto; argomento; assunto; onderwerp; ämne; ärende; emne; aihe; otsikko; temat; předmět; předmět zprávy
    věc; tárgy; téma; subiect; subiectul; subiectul mesajului; тема; тема сообщения; тема обращения; тема письма
    тема звернення; тема повідомлення; konu; konusu; konu başlığı; 件名; 題名; お問い合わせ件名; ご用件; 主题; 主題
    标题; 標題; 邮件主题; 제목; naslov; θέμα; الموضوع; נושא; tiêu đề; chủ đề
"""
MESSAGE = """
    details of your enquiry; details of enquiry; details of inquiry; details of request; tell us what you need
    tell us how we can help; mensaje del interesado; mensagem do interessado; mensagem do cliente; meldingen din
    vzkaz; iletiniz; ileti; notunuz; 備考; その他ご要望; nachricht des kunden; messaggio del cliente; votre besoin
    votre question; deine anfrage; ihre frage; fragen; jouw bericht; vaša zpráva; ditt ärende; viestin teksti
    wiadomość od klienta; text poptávky; vaše poptávka; ajánlatkérés szövege; cererea dvs; ваш запрос; message
    message body; message text; message here; your message here; comments; comment; inquiry; enquiry
    inquiry details; enquiry details; body; comments or questions; questions or comments; comments questions
    additional comments; additional information; how can we help; how can we help you; how may we help you
    how can we help you today; what can we help you with; what can we do for you; how can i help you
    tell us about your project; project details; tell us more; project description; message content; your inquiry
    your enquiry; message details; message comments; comment or message; comments or message; message or comment
    describe your project; describe the issue; customer message; message from customer; comments message
    enquiry message; inquiry message; message from buyer; buyer s message; what can we help with
    how can we help today; anything else; anything else we should know; anything else to add; job description
    work required; description of work; describe your needs; tell us about your needs; what do you need; mensaje
    cuerpo del mensaje; comentario; comentarios; consulta; texto del mensaje; en qué podemos ayudarte
    en qué podemos ayudarle; cómo podemos ayudarte; cómo podemos ayudarle; mensaje del cliente; su consulta
    solicitud; cuéntanos tu proyecto; observaciones; corps du message; commentaire; commentaires; votre demande
    contenu du message; comment pouvons nous vous aider; que pouvons nous faire pour vous; décrivez votre projet
    description du projet; votre projet; message du client; détails de la demande; nachricht; nachrichtentext
    ihre nachricht; mitteilung; anfrage; ihre anfrage; anliegen; kommentar; bemerkung; bemerkungen; anmerkung
    anmerkungen; wie können wir ihnen helfen; wie können wir helfen; was können wir für sie tun; text der nachricht
    nachricht an uns; nachricht des interessenten; beschreiben sie ihr anliegen; projektbeschreibung; messaggio
    corpo del messaggio; testo del messaggio; richiesta; commenti; commento; come possiamo aiutarti
    come possiamo aiutarla; la sua richiesta; testo; descrivi la tua richiesta; mensagem; corpo da mensagem
    texto da mensagem; como podemos ajudar; como podemos ajudá lo; em que podemos ajudar; comentário; comentários
    observações; bericht; berichtinhoud; berichttekst; opmerking; opmerkingen; hoe kunnen we u helpen; toelichting
    hoe kunnen we je helpen; vraag opmerking; vraag of opmerking; vraag en of opmerking; meddelande; ditt meddelande
    kommentarer; meddelandetext; hur kan vi hjälpa dig; vad kan vi hjälpa dig med; besked; din besked; beskjed
    melding; hvordan kan vi hjælpe; hvordan kan vi hjælpe dig; hvordan kan vi hjelpe; hvordan kan vi hjelpe deg
    meldingstekst; hva kan vi hjelpe deg med; hvad kan vi hjælpe med; henvendelse; viesti; viestisi; viestin sisältö
    kommentti; kuinka voimme auttaa; miten voimme auttaa; yhteydenotto; wiadomość; treść wiadomości; treść
    treść zapytania; zapytanie; komentarz; uwagi; w czym możemy pomóc; jak możemy pomóc; zpráva; text zprávy
    obsah zprávy; vaše zpráva; poptávka; komentář; jak vám můžeme pomoci; s čím vám můžeme pomoci; správa
    vaša správa; üzenet; üzenet szövege; üzenete; üzeneted; az ön üzenete; megjegyzés; miben segíthetünk
    ajánlatkérés; mesaj; mesajul; mesajul tău; mesajul dvs; conținutul mesajului; textul mesajului
    cum vă putem ajuta; cu ce vă putem ajuta; comentariu; comentarii; сообщение; текст сообщения; текст обращения
    текст; комментарий; комментарии; обращение; чем мы можем помочь; чем можем помочь; ваше обращение
    описание задачи; текст письма; повідомлення; текст повідомлення; коментар; коментарі; звернення
    чим ми можемо допомогти; текст звернення; mesajınız; mesaj içeriği; mesaj metni; yorum; yorumunuz
    size nasıl yardımcı olabiliriz; açıklama; talebiniz; mesajı; お問い合わせ内容; お問合せ内容; お問い合わせ
    問い合わせ内容; お問合わせ内容; ご質問; ご質問内容; ご質問 ご要望; メッセージ; メッセージ本文; 本文; 内容
    ご相談内容; ご要望; ご意見 ご要望; ご依頼内容; コメント; 留言; 留言内容; 留言內容; 消息; 信息内容; 咨询内容
    諮詢內容; 询盘内容; 信息; 訊息; 问题描述; 需求描述; 需求; 咨询; 详细内容; 要求; 您的要求; 您的需求; 您的留言
    备注; 문의내용; 문의 내용; 내용; 메시지; 문의사항; poruka; vaša poruka; μήνυμα; το μήνυμά σας; съобщение
    الرسالة; نص الرسالة; הודעה; nội dung; tin nhắn; lời nhắn; pesan; ข้อความ
"""
# Contact Form 7 puts one of these before the message; all that follows is the message.
BODY = """
    message body; cuerpo del mensaje; corps du message; nachrichtentext; corpo del messaggio; corpo da mensagem
    berichtinhoud; meddelandetext; treść wiadomości; text zprávy; üzenet szövege; текст сообщения; メッセージ本文
"""
# People write these in plain letters too: they fill the message, but do not make a form.
QUESTION = """
    question; questions; your question; request; details; description; notes; note; pregunta; demande; question s
    frage; domanda; pergunta; dúvida; vraag; beschreibung; descripción; descrizione; descrição; omschrijving
    detalles; détails; fråga; spørgsmål; spørsmål; kysymys; pytanie; dotaz; kérdés; întrebare; вопрос; питання; soru
    問題; 问题; beskrivning; beskrivelse; kuvaus; opis; popis; leírás; descriere; описание; опис; pedido; detalhes
"""
FROM = (
    "from; de; von; da; van; sender; från; fra; lähettäjä; od; feladó; de la; от; від; kimden; gönderen; 差出人; 发件人"
)
HEADER = """
    to; cc; bcc; sent; date; para; à; an; a; gesendet; datum; enviado; enviado el; envoyé; inviato; data; verzonden
    aan; fecha; till; skickat; til; sendt; dato; vastaanottaja; lähetetty; päivämäärä; do; wysłano; komu; odesláno
    címzett; elküldve; către; trimis; кому; дата; отправлено; надіслано; kime; tarih; gönderildi; 宛先; 日時
    送信日時; 收件人; 发送时间; 日期; 抄送; kopia; kopie; copia; copie; kopi; копия
"""
# What form software and portals add about the visit; it ends a message.
META = """
    submitted by user; submitter ip; submitted by ip; ip; ip address; remote ip; user ip; sender ip; sender s ip
    page url; source url; referrer; referer; user agent; form id; form name; entry id; submission id; adresse ip
    dirección ip; indirizzo ip; endereço ip; ip adresse; ip adres; powered by; submitted on; submission date
    submitted at; date submitted; form title; source page; page title; submitted from; form; source; site
    utm source; utm medium; utm campaign; utm term; utm content; gclid; entry date; browser; device; landing page
    page; referrer url; reference number; lead id; ip adress; ip адрес; ip cím; ip osoite; ip adresi; ipアドレス
    送信日時; 送信者のipアドレス; ip地址; geo; user; credit card; date time; timestamp; time submitted; sent from
    sent on; submission time; submission id number; ticket id; page submitted on; conversion page; traffic source
    original source
"""
# Labels that a form has beside its fields; they say where a message ends when only such lines follow.
OTHER = """
    address; street; street address; city; state; zip; zip code; postcode; post code; postal code; country; region
    county; country code; budget; service; services; service needed; service required; preferred date
    preferred time; best time to call; best time; time; how did you hear about us; how did you find us
    where did you hear about us; vehicle; make; model; year; vin; property; property address; listing; listing id
    price; move in date; bedrooms; bathrooms; size; quantity; product; sku; order number; type; website; url
    web site; job title; title; position; department; consent; newsletter; newsletter signup; privacy policy
    i agree; terms; gdpr; marketing consent; salutation; preferred contact method; contact preference
    preferred method of contact; timeframe; timeline; location; event date; event type; guests; number of guests
    check in; check out; arrival; departure; nights; date; date of birth; age; gender; language; fax; middle name
    attachment; file; file upload; files; appointment; dirección; calle; ciudad; provincia; código postal; cp; país
    presupuesto; servicio; horario; vehículo; marca; modelo; precio; acepto; adresse; rue; ville; code postal; pays
    prix; civilité; véhicule; marque; modèle; délai; straße; strasse; hausnummer; plz; postleitzahl; ort; plz ort
    stadt; land; anrede; titel; fahrzeug; marke; modell; preis; termin; wunschtermin; leistung; datenschutz
    website url; webseite; objekt; objekt id; zeitraum; erreichbarkeit; indirizzo; via; città; cap; paese; servizio
    veicolo; modello; prezzo; privacy; comune; endereço; rua; cidade; estado; cep; serviço; orçamento; preço; bairro
    adres; straat; plaats; woonplaats; stad; dienst; prijs; voertuig; merk; aanhef; gatuadress; adress; postnummer
    postadress; postort; tjänst; pris; vej; by; postnr; ydelse; sted; poststed; gate; tjeneste; osoite; katuosoite
    postinumero; paikkakunta; kaupunki; palvelu; hinta; ulica; miasto; kod pocztowy; kraj; usługa; cena; miejscowość
    zgoda; województwo; ulice; město; psč; země; služba; cím; utca; város; irányítószám; ország; szolgáltatás; ár
    adresă; adresa; oraș; stradă; județ; cod poștal; țară; serviciu; preț; адрес; город; улица; индекс; услуга; цена
    бюджет; отчество; адреса; місто; вулиця; послуга; ціна; по батькові; şehir; il; ilçe; posta kodu; ülke; hizmet
    fiyat; 住所; ご住所; 郵便番号; 都道府県; フリガナ; ふりがな; お名前 フリガナ; お名前 ふりがな; 氏名 フリガナ
    部署; 部署名; 役職; ご予算; 予算; 希望日; お問い合わせ種別; 年齢; 性別; 地址; 城市; 国家; 省份; 邮编; 预算; 产品
    数量; 职位; 部门; 性别; 주소; 예산; 우편번호; kategoria; kategorie; category
"""
TEXT = MappingProxyType(
    {
        "other": OTHER,
        "meta": META,
        "header": HEADER,
        "from": FROM,
        "subject": SUBJECT,
        "question": QUESTION,
        "message": MESSAGE,
    }
)
