"""Forwards in HTML, as the great clients build them, through the reader of HTML."""

from __future__ import annotations

import pytest

from channels.mail.forwarding import read_forward
from channels.mail.html_text import html_to_text

NOTE = "Bitte anrufen"
TEXT = ["Hallo,", "ich brauche ein Dach"]

MAILS = {
    "Outlook": """
        <div class=WordSection1><p class=MsoNormal>Bitte anrufen<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>
        <div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal>
        <b>Von:</b> Ana &lt;<a href="mailto:ana@customer.example">ana@customer.example</a>&gt; <br>
        <b>Gesendet:</b> Dienstag, 12. März 2024 10:14<br><b>An:</b> bob@garage.example<br><b>Betreff:</b> Dach
        </p></div></div><p class=MsoNormal>Hallo,</p><p class=MsoNormal>ich brauche ein Dach</p></div>""",
    "Outlook on the web": """
        <div>Bitte anrufen</div><div id="appendonsend"></div>
        <hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">
        <b>From:</b> Ana &lt;ana@customer.example&gt;<br><b>Sent:</b> Tuesday<br><b>To:</b> bob@garage.example<br>
        <b>Subject:</b> Dach</font><div>&nbsp;</div></div><div>Hallo,<br>ich brauche ein Dach</div>""",
    "Thunderbird": """
        <p>Bitte anrufen</p><div class="moz-forward-container"><br><br>-------- Weitergeleitete Nachricht --------
        <table class="moz-email-headers-table" cellspacing="0"><tbody><tr><th>Betreff: </th><td>Dach</td></tr>
        <tr><th>Datum: </th><td>Tue, 12 Mar</td></tr>
        <tr><th>Von: </th><td>Ana <a href="mailto:ana@customer.example">&lt;ana@customer.example&gt;</a></td></tr>
        <tr><th>An: </th><td>bob@garage.example</td></tr></tbody></table><br><br>
        <p>Hallo,</p><p>ich brauche ein Dach</p></div>""",
    "Gmail": """
        <div dir="ltr">Bitte anrufen<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">
        ---------- Forwarded message ---------<br>Von: <strong class="gmail_sendername" dir="auto">Ana</strong>
        <span dir="auto">&lt;<a href="mailto:ana@customer.example">ana@customer.example</a>&gt;</span><br>
        Date: Di., 12. März 2024 um 10:14 Uhr<br>Subject: Dach<br>
        To: &lt;<a href="mailto:bob@garage.example">bob@garage.example</a>&gt;<br></div><br><br>
        <div dir="ltr">Hallo,<div>ich brauche ein Dach</div></div></div></div>""",
    "Apple Mail": """
        <div>Bitte anrufen<br><blockquote type="cite"><div>Anfang der weitergeleiteten Nachricht:</div>
        <br class="Apple-interchange-newline"><div><span><b>Von: </b></span>
        <span>Ana &lt;<a href="mailto:ana@customer.example">ana@customer.example</a>&gt;<br></span></div>
        <div><span><b>Betreff: </b></span><span>Dach<br></span></div>
        <div><span><b>Datum: </b></span><span>12. März 2024 um 10:14:00 MEZ<br></span></div>
        <div><span><b>An: </b></span><span>bob@garage.example<br></span></div><br>
        <div>Hallo,<br>ich brauche ein Dach</div></blockquote></div>""",
    "Yahoo": """
        <div><div>Bitte anrufen</div><div><br></div></div><div id="ydp1yahoo_quoted" class="yahoo_quoted"><div>
        <div>----- Weitergeleitete Nachricht -----</div><div><b>Von:</b> Ana &lt;ana@customer.example&gt;</div>
        <div><b>An:</b> bob@garage.example &lt;bob@garage.example&gt;</div>
        <div><b>Gesendet:</b> Dienstag, 12. März 2024, 10:14:00 MEZ</div><div><b>Betreff:</b> Dach</div><div><br></div>
        <div>Hallo,<br>ich brauche ein Dach</div></div></div>""",
}


@pytest.mark.parametrize("client", MAILS)
def test_html(client: str) -> None:
    """Header, note and text are found in what the reader of HTML makes of the mail."""
    text = html_to_text(f"<html><body>{MAILS[client]}</body></html>").text
    forward = read_forward(text, "WG: Dach")
    assert forward is not None
    (original,) = forward.originals
    assert original.sender is not None
    assert (original.sender.name, original.sender.address) == ("Ana", "ana@customer.example")
    assert [address.address for address in original.to] == ["bob@garage.example"]
    assert original.subject == "Dach"
    assert forward.note == NOTE
    assert [line for line in forward.body.split("\n") if line] == TEXT
