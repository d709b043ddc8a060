"""How marketplaces and portals announce a customer's message, in every language of ours, and who they are."""
# ruff: noqa: RUF001 - letters and quotation marks of other languages, not look-alikes

from __future__ import annotations

import re
from types import MappingProxyType

# Domains by the service's name; a domain counts with all that is under it, `*` stands for any country's ending.
_SERVICES = """
    Airbnb: airbnb.com, host.airbnb.com; Allegro: allegro.pl; Amazon: marketplace.amazon.*
    Angi: angi.com, angieslist.com; AutoScout24: autoscout24.*; AutoTrader: autotrader.*; Avito: avito.ru
    Bark: bark.com; Blocket: blocket.se; Booking.com: guest.booking.com, property.booking.com; CarGurus: cargurus.*
    Cars.com: cars.com; Checkatrade: checkatrade.com; Craigslist: craigslist.org; DBA: dba.dk
    eBay: members.ebay.*, ebay.*; Etsy: etsy.com; Facebook: facebookmail.com; Finn: finn.no; Fotocasa: fotocasa.es
    Funda: funda.nl; Gumtree: gumtree.*; Habitissimo: habitissimo.*; HomeAdvisor: homeadvisor.com
    HomeStars: homestars.com; Houzz: houzz.*; Idealista: idealista.*
    ImmobilienScout24: immobilienscout24.de, immoscout24.*; Immobiliare: immobiliare.it; Immowelt: immowelt.*
    Kleinanzeigen: kleinanzeigen.de, ebay-kleinanzeigen.de; Leboncoin: leboncoin.fr; Marktplaats: marktplaats.nl
    mobile.de: mobile.de; MyBuilder: mybuilder.com; MyHammer: my-hammer.*, myhammer.de; Oferteo: oferteo.pl
    OLX: olx.*; Otodom: otodom.pl; Otomoto: otomoto.pl; Rated People: ratedpeople.com; Realtor.com: realtor.com
    Redfin: redfin.com; Rightmove: rightmove.co.uk; Sahibinden: sahibinden.com; Sbazar: sbazar.cz
    SeLoger: seloger.com; Sreality: sreality.cz; Subito: subito.it; Taskrabbit: taskrabbit.*; The Knot: theknot.com
    Thumbtack: thumbtack.com; Tori: tori.fi; Trulia: trulia.com; Upwork: upwork.com; Vrbo: vrbo.com, homeaway.com
    WeddingWire: weddingwire.com; Werkspot: werkspot.nl; Yelp: yelp.com, messaging.yelp.com; Zillow: zillow.com
    Zoopla: zoopla.co.uk; ホットペッパー: hotpepper.jp; 阿里巴巴: alibaba.com
"""
SERVICES = MappingProxyType(
    {
        domain.strip(): entry.partition(":")[0].strip()
        for entry in _SERVICES.replace("\n", ";").split(";")
        for domain in entry.partition(":")[2].split(",")
        if domain.strip()
    }
)

_NAME = r"(?P<name>[^\n,:;!?<>\"“”«»()|]{2,60}?)"
# `X sent you a message`: what follows the name.
_SENT = r"""
    (?:has )?(?:just )?sent you (?:a|an) (?:new )?(?:message|enquiry|inquiry|request|question|reply)
    (?:has )?(?:just )?(?:messaged|contacted) you; (?:has )?left you a (?:new )?message
    (?:has )?(?:just )?replied to your; (?:has )?asked you a question
    (?:has )?(?:just )?(?:wrote|said|writes)(?: to you)?(?=\s?:); is waiting for your (?:reply|response)
    hat (?:ihnen|dir|euch) (?:eine )?(?:neue )?(?:nachricht|anfrage) (?:geschickt|gesendet|geschrieben|hinterlassen)
    (?:schreibt|schrieb)(?: ihnen| dir)?(?=\s?:)
    (?:vous|t['’]) ?a (?:envoyé|adressé|laissé) une? (?:nouveau |nouvelle )?(?:message|demande)
    vous a (?:contacté|écrit); (?:te|le|os) ha (?:enviado|dejado) un(?: nuevo)? mensaje
    (?:te|le|os) ha (?:escrito|contactado); (?:ti|vi|le) ha (?:inviato|lasciato) un(?: nuovo)? messaggio
    (?:ti|vi|le) ha (?:scritto|contattato)
    (?:lhe |te )?(?:enviou|mandou|deixou)(?:-lhe|-te)? uma (?:nova )?mensagem
    heeft (?:je|u|jou) een (?:nieuw )?bericht (?:gestuurd|verzonden|achtergelaten)
    har skickat (?:dig )?ett (?:nytt )?meddelande; har sendt (?:dig )?en (?:ny )?(?:besked|meddelelse)
    har sendt (?:deg )?en (?:ny )?melding; (?:on )?lähett(?:i|änyt) sinulle (?:uuden )?viestin
    (?:wysłał|przesłał|napisał)\(?a?\)? (?:do )?(?:ci|ciebie|państwa)? ?(?:nową )?wiadomość
    (?:vám |ti )?(?:poslal|zaslal|napsal)\(?a?\)? (?:vám |ti )?(?:novou )?zprávu
    (?:új )?üzenetet (?:küldött|írt)(?: önnek| neked)?; (?:ți|v)-a (?:trimis|scris) (?:un )?(?:nou )?mesaj
    (?:отправил|прислал|написал)\(?а?\)? вам(?: новое)?(?: сообщение)?
    (?:надіслав|написав)(?:ла)? вам(?: нове)?(?: повідомлення)?; (?:size|sana) (?:bir |yeni ){0,2}mesaj gönderdi
    (?:さん|様)(?:から|より)の?(?:新しい)?(?:メッセージ|お問い合わせ|質問)?.{0,20}?(?:届きました|届いています|です|があります)?
    (?:给您|给你|向您)(?:发送|发)了.{0,6}(?:消息|留言|询盘)
"""
# `Message from X`: what goes before the name.
_FROM = r"""
    (?:new )?(?:message|enquiry|inquiry|lead|reply|question|quote request|customer message|contact request) from
    (?:neue )?(?:nachricht|anfrage|kontaktanfrage|frage) von; (?:nouveau )?message (?:de la part )?de
    demande (?:de contact )?de; (?:nuevo )?mensaje de; (?:nueva )?(?:consulta|solicitud|pregunta) de
    (?:nuovo )?messaggio (?:da|di); richiesta (?:da|di); (?:nova )?(?:mensagem|pergunta) d[eo]; contato de
    (?:nieuw )?bericht van; aanvraag van; (?:nytt )?meddelande från; förfrågan från
    (?:ny )?(?:besked|meddelelse|henvendelse|melding) fra; (?:uusi )?viesti (?:käyttäjältä|lähettäjältä|henkilöltä)
    (?:nowa )?wiadomość od; zapytanie od; (?:nová )?zpráva od; poptávka od; (?:új )?üzenet tőle[:]?
    mesaj (?:nou )?de la; (?:новое )?сообщение от; заявка от; вопрос от; (?:нове )?повідомлення від; gönderen:; 来自
"""
# `Ann Lee via Houzz`, as a display name.
_VIA = "via|through|über|par|vía|tramite|através d[eo]|przez|prostřednictvím|через|üzerinden|på|from|von"


def _alternatives(source: str) -> str:
    return "|".join(part.strip() for part in source.replace("\n", ";").split(";") if part.strip())


# What stands on a button.
_BUTTON = r"""
    (?:reply|respond|answer|call|email|text|message|accept|decline|view|see|open|read) ?(?:now|back|here|details|more)?
    (?:reply|respond|write) (?:back )?to .{1,40}
    (?:view|see|open|read) (?:.{1,30} )?(?:details|listing|ad|message|lead|request|conversation|profile)
    (?:jetzt |hier )?(?:antworten|beantworten)(?: auf .{1,40})?; zur (?:anzeige|nachricht|anfrage)
    répondre(?: .{1,40})?; voir (?:l|le|la|mon).{1,30}; responder(?: .{1,40})?
    ver (?:el |o |a |la )?(?:mensaje|anuncio|mensagem|anúncio).{0,20}; rispondi(?: .{1,40})?; vedi .{1,30}
    beantwoord(?:en)?(?: .{1,40})?; bekijk .{1,30}; svara?(?: .{1,40})?; vastaa(?: .{1,40})?; odpowiedz(?: .{1,40})?
    zobacz .{1,30}; odpovědět(?: .{1,40})?; zobrazit .{1,30}; válasz(?:olok|olj)?(?: .{1,40})?
    răspunde(?:ți)?(?: .{1,40})?; ответить(?: .{1,40})?; відповісти(?: .{1,40})?
    (?:hemen )?(?:yanıtla|cevapla)(?: .{1,40})?; 返信(?:する)?; 回复; 立即回复
"""
INTRODUCTIONS = (
    re.compile(rf"^\W{{0,6}}{_NAME}\s?(?:{_alternatives(_SENT)})(?P<rest>.{{0,200}})$", re.IGNORECASE),
    re.compile(
        rf"(?:^|[\s\[(]){{1}}(?:{_alternatives(_FROM)})\s{{0,2}}{_NAME}(?P<rest>\s?(?:[,:!(|.\-–—]|$|\bvia\b|\babout\b|\bregarding\b"
        r"|\bzu\b|\bfür\b|\bconcernant\b|\bsobre\b|\bper\b|\bover\b|\bom\b|的).{0,200})$",
        re.IGNORECASE,
    ),
)
DISPLAY = re.compile(
    rf"^(?P<name>[^@<>]{{2,60}}?),?\s{{1,3}}[(\[]?(?:{_VIA})\s{{1,3}}(?P<service>[^<>()\[\]]{{2,60}}?)[)\]]?$",
    re.IGNORECASE,
)
BUTTON = re.compile(rf"^\W{{0,6}}(?:{_alternatives(_BUTTON)})\W{{0,6}}$", re.IGNORECASE)
NOBODY = frozenset(
    """a customer; a potential customer; someone; a user; a buyer; a guest; your website; the website; website; customer
    a visitor; a client; our team; us; me; interessent; einem interessenten; einem kunden; kunde; un client; un cliente
    un usuario; een klant; you; a new customer; your customer; your site; the team""".replace("\n", ";").split(";")
)
