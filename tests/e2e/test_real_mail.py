"""Mail as it really comes, by SMTP into a running bot: passed on, set aside and taken back, returned, auto-answered."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

from tests.servers.rspamd import ham, scanning, spam
from tests.servers.running_bot import RunningBot, mail

Make = Callable[..., RunningBot]
Json = dict[str, Any]

# A bot whose digest is due as soon as it has started.
DIGEST_NOW = """
from datetime import UTC, datetime
from bot import schedule
from bot.cli import main
build = schedule.build
def due(**jobs):
    scheduler = build(**jobs)
    scheduler.modify_job("digest", next_run_time=datetime.now(UTC))
    return scheduler
schedule.build = due
main()
"""
FORWARD = """Can you take this one, Maya? She rang twice.

Sam

---------- Forwarded message ---------
From: Ann Lee <ann@forwarded.example>
Date: Fri, Nov 20, 2026 at 9:00 AM
Subject: Boiler
To: Sam Reed <sam@garage.example>


Hello,

our boiler leaks water onto the kitchen floor. Can somebody come and fix it?

Ann Lee
"""
BOUNCE = """\
From: MAILER-DAEMON@mx.customer.example
To: leads@localhost
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=cut

--cut
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

<{recipient}>: host mx.customer.example said: 550 5.1.1 User unknown

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--cut
Content-Type: message/rfc822

{returned}
--cut--
"""
NEWS = "Our November offers are here.\n\nUnsubscribe: https://news.example/u\n"


def _texts(value: object) -> list[str]:
    """Every text of blocks, however deep it stands."""
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else []
    return own + [text for part in value.values() for text in _texts(part)]


def _card(bot: RunningBot, words: str) -> Json:
    return bot.wait_for(lambda: next((card for card in bot.cards() if words in str(card["blocks"])), None))


def _in_thread(bot: RunningBot, card: Json, words: str) -> str:
    return bot.wait_for(lambda: next((text for text in bot.thread(card) if words in text), None))


def _answer(card_email: str, message_id: str, subject: str, body: str, **headers: str) -> EmailMessage:
    """What the customer's side sends in answer to a message of the lead's thread."""
    return mail(card_email, subject, body, In_Reply_To=message_id, References=message_id, **headers)


def _bounce(recipient: str, returned: EmailMessage) -> EmailMessage:
    """A delivery report on a message of ours, as Postfix writes it."""
    report = BOUNCE.format(recipient=recipient, returned=returned.as_string())
    return message_from_string(report, policy=policy.default)


def test_a_forwarded_mail_is_the_customer_s_card(bot: RunningBot) -> None:
    """Their name, address and words; the colleague and the colleague's note beside them."""
    bot.send(mail("Sam Reed <sam@garage.example>", "Fwd: Boiler", FORWARD))
    told = _texts(_card(bot, "ann@forwarded.example")["blocks"])
    assert "From\nAnn Lee" in told
    assert [text for text in told if text.startswith("E-mail\n<mailto:ann@forwarded.example?subject=Re%3A%20Boiler%20")]
    assert "Forwarded by\nSam Reed" in told
    assert [text for text in told if text.startswith("Their note\nCan you take this one, Maya? She rang twice.")]
    assert [text for text in told if text.startswith("Hello, our boiler leaks water onto the kitchen floor.")]
    assert not [text for text in told if "Forwarded message" in text]


def test_a_filtered_mail_is_in_the_digest_and_comes_back(fresh_bot: Make) -> None:
    """Nothing is deleted: the digest names it with the reason, and one press gives it a card."""
    bot = fresh_bot().start()
    bot.send(mail("Deals <deals@news.example>", "Offers", NEWS, List_Id="<deals.news.example>"))
    assert bot.settled()["states"]["filtered"] == 1
    assert bot.cards() == []
    bot.stop()
    bot.start(("-c", DIGEST_NOW))
    told = bot.wait_for(lambda: next((m for m in bot.messages() if "taken for no lead" in m["text"]), None))
    assert told["text"] == "🧹 1 message was taken for no lead"
    (row,) = [block for block in told["blocks"] if "accessory" in block]
    assert row["text"]["text"].startswith("deals@news.example: Our November offers are here.")
    assert "a mailing to many: List-Id" in row["text"]["text"]
    assert row["accessory"]["text"]["text"] == "This Was a Lead"
    bot.click(told, row["accessory"]["action_id"])
    _card(bot, "Our November offers are here.")
    states = bot.settled()["states"]
    assert (states["lead"], states["filtered"]) == (1, 0)


def test_what_comes_back_to_a_thread_is_shown_there(bot: RunningBot) -> None:
    """An answer of ours, an out-of-office note and a delivery report: in the lead's thread, each called what it is."""
    asked = mail("Uma Fell <uma@customer.example>", "Roof", "What does a new roof for a small barn cost?")
    bot.send(asked)
    card = _card(bot, "uma@customer.example")
    ours = _answer("leads@localhost", asked["Message-ID"], "Re: Roof", "Can you send us the size?")
    ours.replace_header("To", "uma@customer.example")
    bot.send(ours)
    assert _in_thread(bot, card, "Our own answer").startswith("Our own answer: Can you send us the size? (L-")
    away = "I am out of the office until 30 November."
    note = _answer(
        "uma@customer.example", ours["Message-ID"], "Automatic reply: Roof", away, Auto_Submitted="auto-replied"
    )
    bot.send(note, _bounce("uma@customer.example", ours))
    assert _in_thread(bot, card, "Automatic reply").startswith(f"Automatic reply: {away} (L-")
    returned = _in_thread(bot, card, "came back")
    assert "Could not be delivered to uma@customer.example: 5.1.1" in returned
    assert "User unknown" in returned
    assert not [text for text in bot.thread(card) if "wrote again" in text]
    assert len([lead for lead in bot.leads() if lead["contact"]["email"] == "uma@customer.example"]) == 1


def test_the_owner_s_rspamd_is_asked(fresh_bot: Make) -> None:
    """A stranger's mail that it calls spam is set aside; without it, mail goes on."""
    with scanning() as scanner:
        bot = fresh_bot(LEADBOT_RSPAMD_URL=scanner.url).start()
        scanner.answer = spam()
        bot.send(mail("Eve <eve@elsewhere.example>", "Hello", "Could you tell me what new tyres cost?"))
        assert bot.settled()["states"]["filtered"] == 1
        scanner.answer = ham()
        bot.send(mail("Jo <jo@elsewhere.example>", "Hello", "Could you tell me what new brakes cost?"))
        _card(bot, "jo@elsewhere.example")
        assert len(scanner.asked) == 2
        assert scanner.mistakes == []
    bot.send(mail("Ida <ida@elsewhere.example>", "Hello", "Could you tell me what a new horn costs?"))
    _card(bot, "ida@elsewhere.example")
