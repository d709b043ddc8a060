"""What form software and portals write below a customer's words, by its first words, in every language of ours."""
# ruff: noqa: RUF001 - letters and quotation marks of other languages, not look-alikes

from __future__ import annotations

import re

_FIRST_WORDS = r"""
    this (?:e-?mail|message|mail|form|notification) (?:was|has been|is) (?:sent|submitted|generated|delivered|auto)
    this (?:submission|enquiry|inquiry|lead) (?:was|has been|is) (?:sent|submitted|generated|received)
    (?:sent|submitted|delivered|received) (?:from|via|through|by|using) .{0,60}(?:form|website|site|\bapp\b)
    \(?sent (?:via|from) .{1,60}\)?$; powered by\b; reply (?:directly )?to (?:this|the)\b
    (?:remote ip|ip address|page url|user agent)\s*:
    you (?:can|may) (?:also )?(?:edit|view|reply|manage|respond|unsubscribe)
    (?:view|manage|see|open|edit) (?:this |the |your |all )?(?:submissions?|entr(?:y|ies)|inbox|response|lead|event)\b
    (?:view|manage|see|open|reply to|respond to) (?:this |the |your |all )?(?:message|enquiry|inquiry|contact)\b
    (?:view|manage|see|open) in [A-Z]; the results of this submission
    go to (?:submissions|your|the) (?:table|inbox|dashboard|account); log in to (?:view|see|your)
    does this submission look like spam; if you think this submission is spam; you(?:'re|’re| are) receiving this
    you received this (?:e-?mail|message); (?:to )?unsubscribe\b; to stop receiving
    report (?:this|it) as (?:spam|abuse); ©; copyright (?:©|\(c\)|\d); all rights reserved
    to (?:reply|respond) (?:to|directly|just|simply|click); mark (?:this )?as (?:spam|read)
    (?:please )?do not (?:reply|respond) to this; (?:please )?respond quickly; submitted \d
    submitted (?:on|at):? .{0,30}\d{4}; diese (?:e-?mail|nachricht|anfrage|mail) (?:wurde|ist)
    dieses formular wurde; gesendet (?:von|über|via) .{0,60}(?:formular|website|webseite); (?:hier|jetzt) antworten
    nachricht beantworten; beantworte diese; um (?:zu|auf|dem|der) .{0,30}antworten
    bitte antworten sie nicht auf diese; cet? (?:e-?mail|courriel|message|formulaire) (?:a été|vous|est)
    envoyé depuis .{0,60}(?:formulaire|site); répondre (?:à ce|au message|maintenant); se désabonner
    pour (?:lui )?répondre; est[ea] (?:mensaje|correo|e-?mail|mensagem|formulario) (?:ha sido|fue|se|foi|é)
    enviado desde .{0,60}(?:formulario|web|sitio); responder (?:al? (?:mensaje|correo)|ao|ahora); para responder
    enviado a través de; quest[ao] (?:e-?mail|messaggio|richiesta|mail) (?:è|e'); inviato da .{0,60}(?:modulo|sito)
    rispondi (?:a|al|ora); per rispondere; (?:deze|dit) (?:e-?mail|bericht|aanvraag|formulier) (?:is|werd)
    verzonden (?:via|vanaf) (?:het|een|de)\b; om te (?:reageren|antwoorden)
    det(?:ta|te) (?:e-?post(?:en)?|mejl|meddelandet?|meddelelse|besked|melding|e-?mail|mailet)
    det(?:ta|te) (?:skickades|blev sendt|ble sendt)
    denne (?:e-?mail|mail|besked|meldingen|e-?posten|e-?mailen) (?:er|blev|ble|har); för att svara; for at svare
    for å svare; tämä (?:viesti|sähköposti) (?:on|lähetettiin); vastaa tähän viestiin
    (?:ta|ten|niniejsza) (?:wiadomość|e-?mail|mail) (?:została|został|jest); wiadomość (?:została )?wysłana
    aby odpowiedzieć; t(?:ato|ento|áto) (?:zpráva|e-?mail|email|správa) (?:byla?|bola?|je); pro odpověď
    ez(?:t)? az? (?:e-?mailt?|üzenete?t?|levele?t?)\b; a válaszhoz; acest (?:e-?mail|mesaj) (?:a fost|este)
    pentru a răspunde; это (?:письмо|сообщение) (?:было|отправлено|сформировано|создано)
    сообщение отправлено (?:с|через|из); чтобы ответить; цей лист; це повідомлення (?:було|надіслано)
    щоб відповісти; bu (?:e-?posta|mesaj|ileti)\b.{0,40}(?:gönderil|otomatik|aracılığıyla); yanıtlamak için
    このメールは; 本メールは; このメッセージは.{0,40}(?:フォーム|自動|送信); 此邮件; 此郵件; 本邮件; 该邮件
    이 메일은; 본 메일은; this is an? (?:automat\w+|notification)\b; dies ist eine (?:automatisch|benachrichtigung)
    ceci est une? (?:notification|avis|(?:e-?mail|message) automatique); est[ae] es una? notificación
    est[ae] es un mensaje automático; quest[ao] è una? (?:notifica|(?:messaggio|e-?mail) automatic)
    est[ae] é uma? (?:notificação|mensagem automática); dit is een (?:melding|notificatie|automatisch)
    de(?:tta|tte) (?:är|er) (?:ett|en|et) (?:automat|notifi|avisering|varsel); tämä on (?:ilmoitus|automaattinen)
    to (?:jest )?(?:powiadomienie|automatyczn); toto je (?:oznámení|automatick); ez egy (?:értesítés|automatikus)
    aceasta este o notificare; acesta este un mesaj automat; это (?:уведомление|автоматическ)
    це (?:сповіщення|автоматичн); bu bir (?:bildirim|otomatik); これは.{0,40}(?:お知らせ|通知|自動)
    这是.{0,30}(?:通知|自动); 이것은.{0,30}(?:알림|자동)
"""
# An answer to "may we use your data": no words of a customer's.
_CONSENT = (
    r"(?:datenschutz|dsgvo|einwilligung|privacy|gdpr|consent|rgpd|politique de confidentialité|consentement|privacidad"
    r"|aviso de privacidad|consenso|privacidade|toestemming|samtycke|samtykke|suostumus|rodo|zgoda|souhlas|hozzájárulás"
    r"|adatkezelés|acord|согласие|згода|kvkk|onay|プライバシー|个人信息|隐私)[^:：\n]{0,60}[:：]\s?"
    r"(?:(?:yes|ja|jah?|oui|sí|si|sim|tak|ano|igen|da|да|так|evet|kyllä|on|true|checked|ok|1|x|✓|☑|はい|是|同意)\b"
    r"|(?:accept|agree|akzept|zugestimmt|einverstanden|gelesen|confirm|acept|accett|aceit|akkoord|godk|accepter"
    r"|hyväks|zgadzam|akcept|souhlas|elfogad|соглас|погод|kabul|同意|已))"
)
_FOOTER = re.compile(
    r"[\s*_>\[(|\-–—]{0,8}(?:"
    + "|".join([*(part.strip() for part in _FIRST_WORDS.replace("\n", ";").split(";") if part.strip()), _CONSENT])
    + ")",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:[-_=*~–—]{2,60}|[-_=*~ ]{4,60})\s*$")


def is_footer(line: str) -> bool:
    """Whether form software begins its own words here."""
    return bool(_FOOTER.match(line[:300]))


def is_rule(line: str) -> bool:
    """Whether it is a line of dashes or the like."""
    return bool(_RULE.match(line[:80]))
