"""ADF leads are read from sound and broken documents; the vendor is never taken for the customer."""

from __future__ import annotations

import html
from email.message import EmailMessage

import pytest

from channels.mail.adf import read_adf
from channels.mail.html_text import html_to_text
from channels.mail.mime import parse

SOUND = """<?xml version="1.0" encoding="UTF-8"?>
<?adf version="1.0"?>
<adf>
 <prospect status="new">
  <id sequence="1" source="cars.example">4711</id>
  <requestdate>2024-03-30T15:30:20-08:00</requestdate>
  <vehicle interest="trade-in"><year>2008</year><make>VW</make><model>Golf</model></vehicle>
  <vehicle interest="buy" status="used">
   <year>2019</year><make>Honda</make><model>Civic</model><trim>EX</trim><vin>1HGFC2F59KA000001</vin><stock>A1</stock>
   <comments>Blue, one owner</comments>
  </vehicle>
  <customer>
   <contact primarycontact="1">
    <name part="first" type="individual">Ann</name><name part="last" type="individual">Lee &amp; Ray</name>
    <name part="full" type="business">Lee Transport</name>
    <email preferredcontact="1">ann@lee.example</email>
    <phone type="fax">555 010 0999</phone>
    <phone type="voice" time="day">(555) 010-0123</phone>
    <phone type="cellphone" preferredcontact="1">(555) 010-0456</phone>
    <address type="home"><street line="1">1 Main St</street><city>Reno</city><regioncode>NV</regioncode></address>
   </contact>
   <timeframe><description>Within a week</description></timeframe>
   <comments>Is it still there?
I can come on Friday.</comments>
  </customer>
  <vendor><vendorname>Dealer</vendorname>
   <contact><name part="full">Bob Vendor</name><email>bob@dealer.example</email><phone>555 010 0777</phone></contact>
  </vendor>
  <provider><name part="full">Cars Portal</name><email>leads@portal.example</email></provider>
 </prospect>
</adf>"""
FIELDS = {
    "name": "Ann Lee & Ray",
    "email": "ann@lee.example",
    "phone": "(555) 010-0456",
    "company": "Lee Transport",
    "subject": "2019 Honda Civic EX",
    "message": "Is it still there?\nI can come on Friday.",
}
_CONTACT = {"name": "Ann Lee", "email": "ann@lee.example", "phone": "555 010 0123"}
_CUSTOMER = (
    "<contact><name part='full'>Ann Lee</name><email>ann@lee.example</email><phone>555 010 0123</phone></contact>"
)
_VENDOR = "<vendor><contact><name>Bob</name><email>bob@dealer.example</email></contact></vendor>"

BROKEN = {
    "cut off": f"<adf><prospect><customer>{_CUSTOMER}<comm",
    "text elements not closed": (
        "<adf><prospect><customer><contact><name part=full>Ann Lee<email>ann@lee.example<phone>555 010 0123"
        f"</contact></customer>{_VENDOR}</prospect></adf>"
    ),
    "sections not closed": f"<adf><prospect><customer>{_CUSTOMER}{_VENDOR}</adf>",
    "the vendor first and not closed": f"<adf><prospect>{_VENDOR.removesuffix('</vendor>')}<customer>{_CUSTOMER}",
    "closed by other names": (
        "<adf><prospect><customer><contact><name>Ann Lee</nme><email>ann@lee.example</mail><phone>555 010 0123</tel>"
        f"</contact></customer>{_VENDOR}</adf>"
    ),
    "no customer element": f"<adf><prospect>{_CUSTOMER}{_VENDOR}</prospect></adf>",
    "capitals and a namespace": f"<X:ADF><x:CUSTOMER>{_CUSTOMER.replace('<', '<x:').replace('<x:/', '</x:')}",
    "no root": f"<prospect><customer>{_CUSTOMER}</customer></prospect>",
    "words before and after": f"Hello,\n<adf><prospect><customer>{_CUSTOMER}</customer></prospect></adf>\nBye",
    "a bad ampersand": f"<adf><id source='A&B'>1</id><prospect><customer>{_CUSTOMER}</customer></prospect></adf>",
    "names in elements of their own": (
        "<adf><prospect><customer><firstname>Ann</firstname><lastname>Lee</lastname><email>ann@lee.example</email>"
        "<phone>555 010 0123</phone></customer></prospect></adf>"
    ),
    "quoted-printable that nobody decoded": (
        '<adf><prospect><customer><contact><name part=3D"first">Ann</name><name part=3D"last">L=\nee</name>'
        "<email>ann=40lee.example</email><phone>555 010 0123</phone></contact></customer></prospect></adf>"
    ),
    "two prospects": (
        f"<adf><prospect><customer>{_CUSTOMER}</customer></prospect>"
        "<prospect><customer><contact><name>Second</name></contact></customer></prospect></adf>"
    ),
}


def test_a_sound_document_gives_all_that_it_says() -> None:
    """The customer's details, the vehicle that is wanted, and everything else under a label; nothing of the vendor."""
    lead = read_adf(SOUND)
    assert lead is not None
    assert lead.fields == FIELDS
    assert lead.source == "Cars Portal"
    assert lead.labels == {
        "Name": FIELDS["name"],
        "Email": FIELDS["email"],
        "Phone": FIELDS["phone"],
        "Company": FIELDS["company"],
        "Vehicle": FIELDS["subject"],
        "VIN": "1HGFC2F59KA000001",
        "Stock": "A1",
        "Trade-in": "2008 VW Golf",
        "Timeframe": "Within a week",
        "Address": "1 Main St, Reno, NV",
        "Comments": FIELDS["message"],
        "Request date": "2024-03-30T15:30:20-08:00",
        "Source": "Cars Portal",
    }


@pytest.mark.parametrize(
    "text",
    [
        html.escape(SOUND),
        html.escape(html.escape(SOUND)),
        "\n".join(f"> {line}" for line in SOUND.split("\n")),
        html_to_text(f"<html><body><pre>{html.escape(SOUND)}</pre></body></html>").text,
        f"A new lead:\n\n{SOUND}\n\nThe portal",
    ],
    ids=["escaped", "escaped twice", "quoted", "pasted into HTML", "pasted into text"],
)
def test_a_document_is_found_wherever_it_was_put(text: str) -> None:
    """Pasting, escaping and quoting change nothing of what it says."""
    lead = read_adf(text)
    assert lead is not None
    assert lead.fields == FIELDS


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_documents_give_the_customer(text: str) -> None:
    """Whatever is not closed, misspelt or missing, the customer is found and the vendor is not."""
    lead = read_adf(text)
    assert lead is not None
    assert lead.fields == _CONTACT


def test_entities_are_off() -> None:
    """Nothing that a document defines is put in: no expansion, no file."""
    text = (
        '<?xml version="1.0"?><!DOCTYPE adf [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        f"<adf><prospect><customer>{_CUSTOMER}<comments>&b;&f; done</comments></customer></prospect></adf>"
    )
    lead = read_adf(text)
    assert lead is not None
    assert lead.fields["message"] == "&b;&f; done"


def test_comments_keep_their_words_without_markup() -> None:
    """Markup in the comments becomes blanks and line ends; a lone angle bracket is a word of the customer's."""
    comments = "<![CDATA[Price <b>under</b> 5 & over?]]>"
    lead = read_adf(f"<adf><customer>{_CUSTOMER}<comments>{comments}</comments></customer></adf>")
    assert lead is not None
    assert lead.fields["message"].split() == ["Price", "under", "5", "&", "over?"]
    lead = read_adf(f"<adf><customer>{_CUSTOMER}<comments>I pay < 5000<br/>I <3 it</comments></customer></adf>")
    assert lead is not None
    assert lead.fields["message"] == "I pay < 5000\nI <3 it"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We use ADF and XML here.",
        "<adf><prospect></prospect></adf>",
        f"<adf><prospect>{_VENDOR}</prospect></adf>",
        "<html><body><customer>Ann</customer></body></html>",
        "<adf><prospect><customer><contact><email>none</email></contact></customer></prospect></adf>",
    ],
)
def test_what_names_no_customer_is_no_lead(text: str) -> None:
    """Without a name, an address or a number of a customer there is nothing to read."""
    assert read_adf(text) is None


@pytest.mark.parametrize(
    "unit",
    ["<adf>", "<a ", "<![CDATA[", "]]", "&lt;adf", "<!--", "<phone a=", "<name>&amp;", ">\n", "\n", "<b a='", "<"],
)
def test_hostile_documents_end(unit: str) -> None:
    """A million characters of anything are read, and what comes out is bounded."""
    lead = read_adf(f"<adf><customer>{_CUSTOMER}<comments>" + (unit * 1_000_000)[:1_000_000])
    assert lead is not None
    assert lead.fields["name"] == "Ann Lee"
    assert sum(map(len, lead.labels.values())) < 100_000


@pytest.mark.parametrize(
    ("kind", "attached"),
    [
        ("text/plain", False),
        ("text/html", False),
        ("text/xml", False),
        ("application/x-adf+xml", True),
        ("application/xml", True),
        ("application/octet-stream", True),
        ("text/plain", True),
    ],
)
def test_a_mail_brings_the_document_in_any_part(kind: str, attached: bool) -> None:
    """In the body of any kind, with its tags raw even in HTML, or attached under any kind."""
    mail = EmailMessage()
    mail["From"] = "Portal <noreply@portal.example>"
    maintype, _, subtype = kind.partition("/")
    if attached:
        mail.set_content("See the attached lead.")
        mail.add_attachment(SOUND.encode(), maintype=maintype, subtype=subtype, filename="lead.adf")
    else:
        mail.set_content(SOUND, subtype=subtype)
    parsed = parse(mail.as_bytes())
    lead = read_adf(parsed.full_text or parsed.text)
    assert lead is not None
    assert lead.fields == FIELDS
