"""What web forms call their fields, in English, Spanish, French, German, Italian, Portuguese and Dutch."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType

_NAMES = {
    "name": """
        name; full name; fullname; contact name; customer name; client name; sender name; from name; lead name
        first and last name; first name last name; submitted by; name first last; nombre; nombre completo
        nombre y apellidos; nombre y apellido; nom; nom complet; nom et prenom; nom prenom; prenom et nom; nom prenoms
        vor und nachname; vorname und nachname; vollstandiger name; ansprechpartner; nome; nome completo
        nome e cognome; nome cognome; nome e sobrenome; naam; volledige naam; voornaam en achternaam; voor en achternaam
        contactpersoon
    """,
    "first_name": """
        first name; firstname; first; given name; forename; fname; primer nombre; nombre de pila; prenom; vorname
        primeiro nome; voornaam
    """,
    "last_name": """
        last name; lastname; last; surname; family name; lname; apellido; apellidos; nom de famille; nachname
        familienname; cognome; sobrenome; apelido; ultimo nome; achternaam
    """,
    "email": """
        email; e mail; mail; email address; e mail address; emailaddress; email id; contact email; customer email
        sender email; from email; work email; business email; correo; correo electronico; email de contacto
        direccion de correo; direccion de correo electronico; direccion de email; adresse email; adresse e mail
        adresse mail; courriel; adresse courriel; adresse electronique; adresse de messagerie; e mail adresse
        email adresse; mailadresse; emailadresse; indirizzo email; indirizzo e mail; posta elettronica; indirizzo mail
        endereco de email; endereco de e mail; correio eletronico; correio electronico; e mailadres; emailadres
        mailadres; email adres; e mail adres
    """,
    "phone": """
        phone; phone number; phone no; telephone; telephone number; tel; tel no; mobile; mobile number; mobile phone
        cell; cell phone; cellphone; contact number; contact phone; daytime phone; best phone; home phone; work phone
        whatsapp; whatsapp number; telefono; numero de telefono; telefono de contacto; movil; telefono movil
        celular; telefono celular; numero de telephone; telephone portable; telephone mobile; portable; gsm
        telefon; telefonnummer; rufnummer; handy; mobil; mobilnummer; handynummer; mobiltelefon
        ruckrufnummer; numero di telefono; cellulare
        recapito telefonico; telefone; numero de telefone; telemovel; telefone celular; telefoon; telefoonnummer
        mobiel; mobiele nummer; mobiel nummer
    """,
    "company": """
        company; company name; organisation; organization; organisation name; organization name; business; business name
        empresa; nombre de la empresa; nombre de empresa; compania; entreprise; nom de l entreprise; societe
        nom de la societe; raison sociale; firma; firmenname; unternehmen; azienda; nome azienda; societa
        ragione sociale; nome da empresa; bedrijf; bedrijfsnaam; organisatie
    """,
    "subject": """
        subject; topic; asunto; motivo; tema; objet; sujet; betreff; thema; oggetto; argomento; assunto; onderwerp
    """,
    "message": """
        message; message body; message text; comments; comment; inquiry; enquiry; inquiry details; enquiry details
        comments or questions; questions or comments; comments questions; additional comments; how can we help
        how can we help you; how may we help you; what can we help you with; tell us about your project; project details
        project description; message content; mensaje; cuerpo del mensaje; comentario; comentarios; consulta
        texto del mensaje; en que podemos ayudarte; en que podemos ayudarle; corps du message; commentaire
        commentaires; votre demande; contenu du message; comment pouvons nous vous aider; nachricht; nachrichtentext
        ihre nachricht; mitteilung; anfrage; anliegen; kommentar; bemerkung; bemerkungen; wie konnen wir ihnen helfen
        messaggio; corpo del messaggio; testo del messaggio; richiesta; commenti; come possiamo aiutarti; mensagem
        corpo da mensagem; texto da mensagem; como podemos ajudar; bericht; berichtinhoud; berichttekst; opmerking
        opmerkingen; hoe kunnen we u helpen; vraag opmerking
    """,
    # People write these in plain letters too: they fill the message, but do not make a form.
    "question": """
        question; questions; your question; request; details; description; notes; note; pregunta; demande; question s
        frage; domanda; pergunta; duvida; vraag; beschreibung; descripcion; descrizione; descricao; omschrijving
    """,
    "from": "from; de; von; da; van; sender",
    "header": "to; cc; sent; date; para; a; an; gesendet; datum; enviado; envoye; inviato; data; verzonden; aan; fecha",
    "meta": """
        ip; ip address; remote ip; user ip; sender ip; sender s ip; page url; source url; referrer; referer; user agent
        form id; form name; entry id; submission id; adresse ip; direccion ip; indirizzo ip; endereco ip; ip adresse
        ip adres; powered by
    """,
}
_BODY = """
    message body; cuerpo del mensaje; corps du message; nachrichtentext; corpo del messaggio; corpo da mensagem
    berichtinhoud
"""
_POSSESSIVE = re.compile(
    r"^(?:(?:il|la|le|lo|o|a|i|os|as) )?"
    r"(?:your|my|tu|su|votre|vos|ton|ihre?|deine?|tuo|tua|suo|sua|seu|teu|uw|je|jouw) "
)
_ASIDE = re.compile(r"\([^()]{0,40}\)|\[[^\[\]]{0,40}\]")
_OTHER_THAN_WORDS = re.compile(r"[\W_]+")


def _plain(label: str) -> str:
    """Lower case without accents, punctuation and remarks in brackets: `Teléfono (obligatorio)*` is `telefono`."""
    letters = unicodedata.normalize("NFKD", _ASIDE.sub(" ", label).casefold())
    return _OTHER_THAN_WORDS.sub(
        " ", "".join(letter for letter in letters if not unicodedata.combining(letter))
    ).strip()


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.replace("\n", ";").split(";") if name.strip()]


_KEYS = MappingProxyType({name: key for key, names in _NAMES.items() for name in _split(names)})
_BODIES = frozenset(_split(_BODY))


def key_of(label: str) -> str | None:
    """What a label names; None when it is no known label.

    Beside the fields: first_name and last_name, question (a message if it stands in a form), from and header (lines of
    a mail header), meta (what form plugins append).
    """
    if len(label) > 60:
        return None
    plain = _plain(label)
    return _KEYS.get(plain) or _KEYS.get(_POSSESSIVE.sub("", plain))


def is_body_label(label: str) -> bool:
    """Whether it is the label that Contact Form 7 puts before the message: all that follows is the message."""
    return _plain(label) in _BODIES
