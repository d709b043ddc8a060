"""Delivery reports of our own writing, in the manner of the world's mail servers."""

from __future__ import annotations

DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.sender.example>\nReturn-Path: <>\n"
TEXT = "Content-Type: text/plain; charset=utf-8\n\n"
COPY = "Return-Path: <me@shop.example>\nMessage-ID: <offer-1@shop.example>\nSubject: Our offer\n\nDear Ana\n"


def report(status: str, note: str = "Your mail could not be delivered.", subject: str = "Undelivered Mail") -> str:
    """A report in three parts (RFC 3462), its second made of these fields."""
    return (
        f"{DAEMON}Subject: {subject}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\n{TEXT}{note}\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.sender.example\n\n{status}\n\n--b\nContent-Type: message/rfc822\n\n{COPY}\n--b--\n"
    )


def failed(code: str, answer: str, action: str = "failed", to: str = "ana@gone.example") -> str:
    """The fields of one recipient."""
    return f"Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {code}\nDiagnostic-Code: smtp; {answer}\n"


QMAIL = (
    "From: MAILER-DAEMON@sender.example\nReturn-Path: <>\nSubject: failure notice\n\n"
    "Hi. This is the qmail-send program at sender.example.\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
    "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    "<ana@gone.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
    f"--- Below this line is a copy of the message.\n\n{COPY}"
)
EXIM = (
    f"{DAEMON}X-Failed-Recipients: ana@full.example, bo@full.example\nAuto-Submitted: auto-replied\n"
    "Subject: Mail delivery failed: returning message to sender\n\n"
    "This message was created automatically by mail delivery software.\n\n"
    "A message that you sent could not be delivered to one or more of its\nrecipients. The following "
    "address(es) failed:\n\n"
    "  ana@full.example\n    host mx.full.example [192.0.2.7]\n    SMTP error from remote mail server after "
    "RCPT TO:<ana@full.example>:\n"
    "    552 5.2.2 The mailbox is over quota\n\n"
    f"------ This is a copy of the message, including all the headers. ------\n\n{COPY}"
)
EXIM_DATA = EXIM.replace("after RCPT TO:<ana@full.example>", "after end of data").replace(
    "552 5.2.2 The mailbox is over quota", "550 User unknown"
)
GMAIL_DELAY = (
    "From: Mail Delivery Subsystem <mailer-daemon@mail.example>\nReturn-Path: <>\nSubject: Delivery Status "
    "Notification (Delay)\n\n"
    "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to ana@slow.example. "
    "It will be retried for 46 more hours.\n\n"
    "The response from the remote server was:\n451 4.3.0 Please try again later\n"
)
EXCHANGE_GERMAN = (
    "From: Systemadministrator <postmaster@kunde.example>\nSubject: Unzustellbar: Unser Angebot\nReturn-Path: <>\n"
    f"{TEXT}Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\nana@kunde.example\n"
    "Die eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\nDiagnoseinformationen für Administratoren:\n\n"
    "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address "
    "lookup'\n\n"
    f"Ursprüngliche Nachrichtenkopfzeilen:\n\nReceived: from a by b\n{COPY}"
)
JAPANESE = (
    "From: postmaster@docomo.example\nReturn-Path: <>\nSubject: =?utf-8?b?6YWN5L+h5LiN6IO96YCa55+l?=\n"
    f"{TEXT}次の宛先にメールを配信できませんでした。\n<ana@docomo.example>: 550 Unknown user\n"
)
SES = (
    "From: Bounces <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n"
    f"{TEXT}"
    '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":'
    '[{"emailAddress":"Ana@gone.example","action":"failed","status":"5.1.1",'
    '"diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},'
    ""
    '"mail":{"commonHeaders":{"messageId":"<offer-1@shop.example>"}}}\n\n--\nIf you wish to stop receiving ...\n'
)
HEADERS_ONLY = (
    f"{DAEMON}Subject: Returned mail: User unknown\nContent-Type: multipart/report; "
    f'report-type=delivery-status; boundary="b"\n\n'
    f"--b\n{TEXT}The following addresses had permanent fatal errors\n<ana@gone.example>\n\n"
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n"
    "Final-Recipient: RFC822; ana@gone.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: SMTP; 550 "
    "5.1.1 <ana@gone.example>... User unknown\n\n"
    "--b\nContent-Type: text/rfc822-headers\n\nSubject: Our offer\nMessage-ID:\n <offer-1@shop.example>\n\n--b--\n"
)

PERSON = "From: Ana Diaz <ana@customer.example>\nReturn-Path: <ana@customer.example>\n"
NO_REPORTS = {
    "a person writes of a bounce": (
        f"{PERSON}Subject: Undeliverable: my mail to you?\n\nHi, my mail to you came back:\n"
        "> This message was created automatically by mail delivery software.\n> 550 5.1.1 user unknown\nIs "
        "sales@ still right?\n"
    ),
    "a person answers a report": f"{PERSON}Subject: Re: Mail delivery failed: returning message\nIn-Reply-To: "
    "<a@b>\n\nWhat is this?\n",
    "a colleague forwards a report": (
        f'{PERSON}Subject: Fwd: Undelivered Mail Returned to Sender\nContent-Type: multipart/mixed; boundary="m"\n\n'
        f"--m\n{TEXT}Can you look?\n\n--m\nContent-Type: message/rfc822\n\n"
        f"{report(failed('5.1.1', '550 no such user'))}\n--m--\n"
    ),
    "an absent postmaster": (
        "From: Postmaster Jones <postmaster@jones.example>\nSubject: A quote for the roof\n\nHi, how much for "
        "a new roof?\n"
    ),
    "a vacation notice": (
        f"{PERSON.replace('<ana@customer.example>', '<>', 1)}Auto-Submitted: auto-replied\nSubject: Automatic "
        f"reply: offer\n\nI am away.\n"
    ),
    "a vacation notice with an empty sender": (
        "From: ana@customer.example\nReturn-Path: <>\nAuto-Submitted: auto-replied\nSubject: Away\n\nI cannot "
        "be reached until Monday.\n"
    ),
    "a read receipt": (
        f"{DAEMON}Subject: Read: offer\nContent-Type: multipart/report; report-type=disposition-notification; "
        f'boundary="b"\n\n'
        f"--b\n{TEXT}Read.\n\n--b\nContent-Type: message/disposition-notification\n\nDisposition: manual; "
        f"displayed\n\n--b--\n"
    ),
    "an abuse report": (
        f'{DAEMON}Subject: Abuse\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        f"--b\n{TEXT}An abuse report.\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n"
        f"--b--\n"
    ),
    "a form from a robot": (
        "From: no-reply@site.example\nReturn-Path: <>\nAuto-Submitted: auto-generated\nSubject: New enquiry: "
        "delivery failed?\n\n"
        "Name: Ana\nEmail: ana@customer.example\nMessage: my parcel could not be delivered, can you help?\n"
    ),
    "a shop's robot": (
        "From: no-reply@parcel.example\nSubject: Delivery failed - we missed you\n\nWe could not deliver your "
        "parcel to 5 High Street.\n"
    ),
}
