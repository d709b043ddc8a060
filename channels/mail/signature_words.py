# ruff: noqa: E501, RUF001 - a table in the words and letters of many languages, one kind or language a line
"""What tells a signature: closings, the adverts of mail programs and the legal footers of the world."""

from __future__ import annotations

import re

_FORMAL = (
    "regards|all the best|kind regards|best regards|warm regards|with regards|best|sincerely|yours sincerely|yours|"
    "yours truly|yours faithfully|faithfully|thanks and regards|thanks & regards|cheers|cordially|rgds|br|kr|"
    "best wishes|kindest regards|respectfully|with kind regards|mit freundlichen grüßen|"
    "mit freundlichen grüssen|mit freundlichem gruß|freundliche grüße|freundliche grüsse|viele grüße|"
    "liebe grüße|beste grüße|herzliche grüße|mfg|lg|vg|schöne grüße|mit besten grüßen|gruß|grüße|cordialement|"
    "bien cordialement|bien à vous|salutations|sincères salutations|meilleures salutations|amicalement|"
    "respectueusement|cdlt|veuillez agréer|saludos|un saludo|saludos cordiales|atentamente|cordialmente|atte|"
    "un cordial saludo|cordiali saluti|distinti saluti|saluti|un saluto|atenciosamente|cumprimentos|"
    "com os melhores cumprimentos|melhores cumprimentos|att|abraços|met vriendelijke groet|"
    "met vriendelijke groeten|vriendelijke groet|hartelijke groet|groeten|groet|mvg|med vänliga hälsningar|"
    "med vänlig hälsning|vänliga hälsningar|vänligen|hälsningar|mvh|med venlig hilsen|venlig hilsen|"
    "de bedste hilsner|bedste hilsner|hilsen|mange hilsner|med vennlig hilsen|vennlig hilsen|beste hilsen|takk|"
    "ystävällisin terveisin|parhain terveisin|terveisin|yst. terv|pozdrawiam|z poważaniem|z wyrazami szacunku|"
    "serdecznie pozdrawiam|pozdrowienia|s pozdravem|s přátelským pozdravem|s úctou|s pozdravom|üdvözlettel|"
    "tisztelettel|köszönettel|üdv|cu stimă|cu respect|salutări|cu stima|с уважением|всего доброго|"
    "с наилучшими пожеланиями|з повагою|з найкращими побажаннями|с уважение|поздрави|saygılarımla|"
    "saygılarımızla|iyi çalışmalar|sevgiler|敬具|此致|敬礼|祝好|顺颂商祺|드림|με εκτίμηση|φιλικά|בברכה|مع التحية|"
    "مع أطيب التحيات|lp|lep pozdrav|srdačan pozdrav|s poštovanjem|pozdrav|lugupidamisega|ar cieņu|pagarbiai|"
    "trân trọng|hormat saya"
)
_THANKS = (
    "thanks|many thanks|thank you|thanks in advance|thank you in advance|danke|vielen dank|merci|"
    "merci d'avance|gracias|muchas gracias|grazie|grazie mille|buona giornata|obrigado|obrigada|bedankt|"
    "alvast bedankt|tack|tack på förhand|tak|kiitos|kiitoksia|t|dziękuję|děkuji|ďakujem|köszönöm|o zi bună|"
    "mulțumesc|спасибо|заранее спасибо|дякую|благодаря|teşekkürler|iyi günler|よろしくお願いします|よろしくお願いいたします|"
    "宜しくお願い致します|宜しくお願いします|以上|谢谢|謝謝|감사합니다|ευχαριστώ|תודה|شكرا|hvala|salam"
)
FORMAL = frozenset(_FORMAL.split("|"))
"""Closings that begin a signature, alone on a line and in lower case."""
THANKS = frozenset(_THANKS.split("|"))
"""Closings that still say something: they stay with the words unless contact details follow."""

# "Sent from my iPhone": what a mail program adds, in its owner's language. Short lines only.
ADVERT = re.compile(
    r"^(?:sent (?:from|with|via|using) [^,.;:!?]{2,50}|(?:sent|written) (?:on|by) (?:my|the) [^,.;:!?]{2,40}"
    r"|(?:get|download) outlook (?:for|pour|für|para|per|voor|for) .{2,30}|sent from .{0,20}(?:yahoo|mail|proton|outlook)[^,;:!?]{0,60}"
    r"|(?:von|vom) (?:meinem|mein) .{2,40} (?:gesendet|geschickt)|gesendet (?:von|mit|über) .{2,50}"
    r"|diese nachricht wurde von .{2,60} gesendet\.?|holen sie sich outlook .{2,30}|outlook für .{2,20} beziehen"
    r"|envoyé (?:de|depuis|à partir d|avec|via).{2,50}|télécharger outlook .{2,30}|obtenez outlook .{2,30}"
    r"|enviado (?:desde|do|de|a partir d|pelo|via|con) .{2,50}|obtener outlook .{2,30}|obter o outlook .{2,30}"
    r"|inviato (?:da|dal|tramite|con) .{2,50}|scarica outlook .{2,30}|ottieni outlook .{2,30}"
    r"|(?:verzonden|verstuurd) (?:vanaf|met|via|vanuit) .{2,50}|(?:download|outlook) .{0,20}outlook voor .{2,20}|outlook voor .{2,20} downloaden"
    r"|skickat (?:från|med) .{2,50}|sendt fra .{2,50}|hanki outlook .{2,30}|lähetetty .{0,30}(?:iphone|ipad|android|samsung|galaxy|outlook|mail|yahoo|windows|huawei|xiaomi|puhelim|telefon).{0,20}|hämta outlook .{2,30}|hent outlook .{2,30}"
    r"|wysłane z .{2,50}|wysłano z .{2,50}|pobierz outlook .{2,30}|odesláno z .{2,50}|odoslané z .{2,50}|stáhnout outlook .{2,30}"
    r"|(?:iphone-?omról|.{2,40}(?:ról|ről)) küldve|elküldve .{0,30}(?:iphone|ipad|android|samsung|galaxy|outlook|mail|yahoo|windows|huawei|xiaomi|puhelim|telefon).{0,20}|trimis de pe .{2,50}|trimis din .{2,50}"
    r"|отправлено (?:с|из|с моего|от) .{2,50}|надіслано (?:з|із|від) .{2,50}|відправлено (?:з|із) .{2,50}"
    r"|.{2,40}(?:'|’)?(?:ımdan|umdan|imden|dan|den|tan|ten) gönderildi|изпратено от .{2,50}|poslano (?:s|z|iz) .{2,50}"
    r"|.{0,30}(?:iphone|ipad|android|outlook).{0,15}(?:から送信|より送信)|发自我的.{1,40}|從我的.{1,30}傳送|发送自.{1,40}|寄自.{1,40}"
    r"|나의 .{1,30}에서 보냄|.{1,30}에서 보냄|στάλθηκε από .{2,50}|נשלח מה?.{2,40}|أُ?رسلت من .{2,50}|được gửi từ .{2,50}|dikirim dari .{2,50}|مرسل من .{2,50}"
    r"|(?:skaff(?:a| deg)?|få|last ned|pobierz|získ(?:ejte|ajte|at)|stáhn\w{1,6}|stiahn\w{1,6}|obțineți|descărcați|получит[ье]|скачать"
    r"|загрузить|отримати|завантажити|преземи|изтегл\w{1,6}|获取|獲取|取得|下载|下載).{0,25}outlook.{0,30}"
    r"|.{0,20}outlook.{0,20}(?:herunterladen|letöltése|edinin|indirin|を入手(?:する)?|をダウンロード(?:する)?|다운로드|받기|downloaden))$",
    re.IGNORECASE,
)

# How a legal or advertising footer begins.
LEGAL = re.compile(
    r"^[\W_]{0,6}(?:(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication|transmission)\b.{0,80}"
    r"(?:confidential|intended (?:only|solely|recipient|for the)|privileged|may contain)|confidentiality(?: notice| note)?\s?[:.]|disclaimer\s?[:.\-–—]"
    r"|(?:legal|important) notice\s?:|please consider the environment|think before you print|virus-free\. |save paper"
    r"|this email (?:was|has been) (?:scanned|checked)|unsubscribe\b"
    r"|diese (?:e-?mail|nachricht).{0,80}(?:vertraulich|bestimmt)|der inhalt dieser e-?mail|haftungsausschluss|bitte denken sie an die umwelt"
    r"|(?:geschäftsführer|amtsgericht|handelsregister|registergericht|ust-?id)[\w-]{0,10}\s?:"
    r"|(?:ce (?:message|courriel|mail)|cet e-?mail).{0,80}(?:confidentiel|destiné|exclusi)|avis de confidentialité|pensez à l'environnement"
    r"|(?:este (?:mensaje|correo|e-?mail)|la información contenida en este).{0,100}(?:confidencial|dirigido|destinatario)|aviso legal|aviso de confidencialidad"
    r"|antes de imprimir|(?:esta mensagem|este e-?mail|esta comunicação).{0,100}confidenci|aviso de confidencialidade"
    r"|(?:questa (?:e-?mail|comunicazione)|questo messaggio|il (?:presente )?messaggio|le informazioni contenute).{0,100}(?:riservat|confidenzial|destinat)"
    r"|(?:dit (?:e-?mail)?bericht|deze e-?mail|de informatie in dit).{0,100}(?:vertrouwelijk|bestemd)"
    r"|det(?:ta|te) (?:e-?post|meddelande|mail).{0,100}(?:konfidentiel|avse)|denne (?:e-?mail|e-?post|mail).{0,100}(?:fortrolig|konfidens)"
    r"|tämä (?:viesti|sähköposti).{0,100}luottamuk|(?:ta wiadomość|niniejsza wiadomość|treść tej wiadomości).{0,100}(?:poufn|przeznaczon)"
    r"|(?:tato zpráva|tento e-?mail|táto správa).{0,100}důvěrn|(?:ez az (?:e-?mail|üzenet)|jelen (?:e-?mail|üzenet)).{0,100}bizalmas"
    r"|(?:the contents? of this|les informations contenues dans cet?|die informationen in dieser|as informações contidas n|le informazioni contenute in quest|de inhoud van (?:dit|deze)"
    r"|informationen i det(?:ta|te)|oplysningerne i denne|informasjonen i denne|tämän (?:viestin|sähköpostin)|informacje zawarte w (?:tej|tym|niniejsz)|informace (?:obsažené|uvedené) v|obsah t(?:éto|ohoto)"
    r"|az (?:üzenetben|e-?mailben) |informațiile (?:conținute|cuprinse) în acest|информация,? (?:содержащаяся|изложенная) в|інформація,? (?:що|яка) міститься|işbu (?:e-?posta|mesaj|ileti)|このメール).{0,120}"
    r"(?:confiden|vertraulich|riservat|destinat|vertrouwelijk|bestemd|konfiden|fortrolig|luottamuk|poufn|przeznaczon|důvěrn|bizalmas|конфиденц|конфіденц|gizli|kişiye özel|機密|秘密)"
    r"|if you (?:are not the intended recipient|(?:have )?received this (?:e-?mail|message|communication) in error)"
    r"|acest (?:e-?mail|mesaj).{0,100}confiden|(?:это (?:сообщение|письмо)|данное (?:сообщение|письмо)|настоящее (?:сообщение|письмо)).{0,100}конфиденциальн"
    r"|(?:це повідомлення|цей лист).{0,100}конфіденційн|bu (?:e-?posta|mesaj|ileti).{0,100}(?:gizli|kişiye özel)"
    r"|本(?:メール|電子メール|邮件|郵件).{0,60}(?:機密|秘密|保密|机密)|此(?:邮件|郵件|电子邮件).{0,60}(?:保密|机密|機密))",
    re.IGNORECASE,
)
# No legal footer speaks of one person; somebody who asks that a message be kept to oneself does.
FIRST_PERSON = re.compile(
    r"\b(?:I|I['’]\w{1,2}|my|me|[Ii]ch|mir|mich|[Jj]e (?:veux|souhaite|voudrais|vous)|[Jj]['’]ai|[Yy]o|quiero|[Ii]o|vorrei|[Ee]u|[Ii]k|mijn"
    r"|[Jj]ag|[Jj]eg|[Mm]inä|chcę|proszę|chci|prosím|szeretn\w{1,6}|vreau|[Яя]|мне|мені|[Bb]en|benim)\b|私[はのが]|我(?![们們司公方行])"
)
CONTACT = re.compile(
    r"\+?\(?\d[\d\s()./-]{6,20}\d|https?://|www\.|[^\s@]{1,64}@[^\s@]{1,64}\.\w|\b(?:tel|phone|mobile|mob|cell|fax|handy|móvil|gsm|tlf|puh|телефон|тел)\b",
    re.IGNORECASE,
)
