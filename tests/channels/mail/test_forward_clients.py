"""The peculiar ways in which single mail clients pass a message on."""

from __future__ import annotations

import pytest

from channels.mail.forwarding import read_forward
from tests.channels.mail.forward_samples import BODY, NOTE, SUBJECT, quoted

HEADER = (
    "From: Ana López <ana@customer.example>\nDate: Tue, 12 Mar 2024 10:14\n"
    f"Subject: {SUBJECT}\nTo: <bob@garage.example>\nCc: <carl@customer.example>\n"
)

CLIENTS = {
    "Gmail": f"---------- Forwarded message ---------\n{HEADER}\n\n{BODY}\n",
    "Missive and Proton, the text quoted though not the header": (
        f"------- Forwarded Message -------\n{HEADER}\n{quoted(BODY)}\n>\n"
    ),
    "Zoho, the mark once more below the header": (
        f"============ Forwarded message ============\n{HEADER}============ Forwarded message ============\n\n{BODY}\n"
    ),
    "Mutt, the sender in the mark and a mark at the end": (
        "----- Forwarded message from Ana López <ana@customer.example> -----\n\n"
        f"{HEADER}\n{BODY}\n\n----- End forwarded message -----\n"
    ),
    "KMail, a rule at the end": (f"----------  Forwarded Message  ----------\n\n{HEADER}\n{BODY}\n{'-' * 55}\n"),
    "Notes, a rule below the header": (
        f"----- Forwarded by Bob/ACME on 05/01/2024 10:00 AM -----\n\n{HEADER}{'-' * 34}\n\n{BODY}\n"
    ),
    "Eudora, dashes on one side": f"--- begin forwarded text\n\n\n{HEADER}\n{BODY}\n\n--- end forwarded text\n",
    "Thunderbird, tabs behind the labels": (
        "-------- Forwarded Message --------\n" + HEADER.replace(": ", ": \t") + f"\n\n\n{BODY}\n"
    ),
    "Ionos, everything quoted": quoted(f"---------- Original Message ----------\n{HEADER}\n \n{BODY}") + "\n",
    "Outlook's links and `on behalf of`": (
        "-----Original Message-----\nFrom: Ana López<mailto:ana@customer.example> "
        "<ana@customer.example<mailto:ana@customer.example>> on behalf of desk@customer.example\n"
        "Sent: Tuesday\nTo: Bob [mailto:bob@garage.example]\nCc: carl@customer.example<mailto:carl@customer.example>\n"
        f"Subject: {SUBJECT}\n\n{BODY}\n"
    ),
    "GMX, the date first": (
        'Gesendet: Dienstag, 12. März 2024 um 10:14 Uhr\nVon: "Ana López" <ana@customer.example>\n'
        f"An: bob@garage.example\nCC: carl@customer.example\nBetreff: {SUBJECT}\n{BODY}\n"
    ),
    "QQ Mail, semicolons": (
        '------------------ 原始邮件 ------------------\n发件人: "Ana López" <ana@customer.example>;\n'
        '发送时间: 2024年3月12日(星期二) 上午10:14\n收件人: "Bob"<bob@garage.example>;\n'
        f'抄送: "Carl"<carl@customer.example>;\n主题: {SUBJECT}\n\n{BODY}\n'
    ),
    "NetEase, wide colons": (
        '-------- 转发邮件信息 --------\n发件人："Ana López" <ana@customer.example>\n发送日期：2024-03-12 10:14:00\n'
        f'收件人："Bob" <bob@garage.example>\n抄送人：<carl@customer.example>\n主题：{SUBJECT}\n{BODY}\n'
    ),
    "Mail.ru, a mark at the end": (
        "-------- Пересылаемое сообщение --------\n"
        "От кого: Ana López <ana@customer.example>\nКому: bob@garage.example\n"
        f"Копия: carl@customer.example\nДата: Вторник, 12 марта 2024, 10:14 +03:00\nТема: {SUBJECT}\n\n{BODY}\n"
        "-------- Конец пересылаемого сообщения --------\n"
    ),
    "values folded over lines": (
        "---------- Forwarded message ---------\nFrom: Ana López\n <ana@customer.example>\nDate: Tuesday\n"
        "Subject: Windows\n & doors\nTo: Bob <bob@garage.example>, Dora\n <dora@garage.example>,\n"
        f" Emil <emil@garage.example>\nCc: <carl@customer.example>\n\n{BODY}\n"
    ),
    "values below their labels": (
        "From:\nAna López <ana@customer.example>\nSent:\nTuesday\nTo:\nbob@garage.example\nCc:\n"
        f"carl@customer.example\nSubject:\n{SUBJECT}\n\n{BODY}\n"
    ),
    "blank lines inside the header": (
        "-----Original Message-----\nFrom: Ana López <ana@customer.example>\n\nDate: Tuesday\nTo:<bob@garage.example>\n"
        f"Cc: carl@customer.example\n\n\nSubject: {SUBJECT}\n\n\n{BODY}\n"
    ),
    "labels that say nothing of people": (
        "From: Ana López <ana@customer.example>\nSent: Tuesday\nTo: bob@garage.example\nCc: carl@customer.example\n"
        f"Subject: {SUBJECT}\nImportance: High\nAttachments: plan.pdf\n\n{BODY}\n"
    ),
    "marks of direction and of no width": (
        "\u200eFrom:\u200e \u202aAna López <ana@customer.example>\u202c\nSent: Tuesday\nTo: bob@garage.example\n"
        f"Cc: carl@customer.example\n\u200bSubject: {SUBJECT}\n\n{BODY}\n"
    ),
    "Windows line ends": f"---------- Forwarded message ---------\n{HEADER}\n{BODY}\n".replace("\n", "\r\n"),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_client(client: str) -> None:
    """Sender, recipients, subject, date, text and note come out whole."""
    forward = read_forward(f"{NOTE}\n\n{CLIENTS[client]}", f"Fwd: {SUBJECT}")
    assert forward is not None
    (original,) = forward.originals
    assert original.sender is not None
    assert (original.sender.name, original.sender.address) == ("Ana López", "ana@customer.example")
    assert original.to[0].address == "bob@garage.example"
    assert [address.address for address in original.cc] == ["carl@customer.example"]
    assert original.subject == SUBJECT
    assert original.date
    assert (forward.note, forward.body) == (NOTE, BODY)


def test_yandex_states_a_sentence_below_its_mark() -> None:
    """The mark is followed by date and sender in one line; what stands below the end mark is the colleague's."""
    text = (
        f"{NOTE}\n\n-------- Пересылаемое сообщение --------\n"
        '12.03.2024, 10:14, "Ana López" <ana@customer.example>:\n\n'
        f"{BODY}\n-------- Конец пересылаемого сообщения --------\n\nBob"
    )
    forward = read_forward(text, f"Fwd: {SUBJECT}")
    assert forward is not None
    assert forward.originals[0].sender is not None
    assert forward.originals[0].sender.address == "ana@customer.example"
    assert (forward.originals[0].subject, forward.note, forward.body) == (SUBJECT, f"{NOTE}\n\nBob", BODY)


def test_name_without_address() -> None:
    """Outlook may state no address: the name is kept, and no address is made up."""
    text = "-----Original Message-----\nFrom: Ana López\nSent: 23 July 2022 07:53\nTo: Bob\nSubject: Roof\n\nHello"
    forward = read_forward(text, "FW: Roof")
    assert forward is not None
    assert forward.originals[0].sender is None
    assert forward.originals[0].sender_name == "Ana López"
    assert forward.body == "Hello"


def test_name_with_a_comma_and_address_to_answer_to() -> None:
    """`López, Ana` is one name; `Reply-To` is kept apart."""
    text = (
        "---------- Forwarded message ---------\nFrom: López, Ana <ana@customer.example>\n"
        "Reply-To: Desk <desk@customer.example>\nDate: Tuesday\nSubject: Roof\nTo: bob@garage.example\n\nHello"
    )
    forward = read_forward(text, "")
    assert forward is not None
    assert forward.originals[0].sender_name == "López, Ana"
    assert [address.address for address in forward.originals[0].reply_to] == ["desk@customer.example"]


def test_words_below_a_quoted_message_are_the_colleagues() -> None:
    """What stands below the quotation belongs to the note; unquoted lines inside it stay where they are."""
    text = f"Hi\n\nBegin forwarded message:\n\n{quoted(HEADER + chr(10) + BODY)}\nbroken line\n> and more\n\nBob"
    forward = read_forward(text, "")
    assert forward is not None
    assert forward.note == "Hi\n\nBob"
    assert forward.body == f"{BODY}\nbroken line\nand more"
