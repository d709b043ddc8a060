"""A mail becomes a card with its warning: the program as a process, mail by SMTP, Slack by the control API."""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.servers.running_bot import RunningBot, form_mail, mail


def _lead_of(bot: RunningBot, email: str, count: int = 1) -> list[dict[str, object]]:
    """The leads of this address, oldest first, once there are `count`."""

    def look() -> list[dict[str, object]] | None:
        found = sorted((lead for lead in bot.leads() if lead["contact"]["email"] == email), key=_number)
        return found if len(found) >= count else None

    return bot.wait_for(look)


def _number(lead: dict[str, object]) -> int:
    return int(str(lead["id"]).removeprefix("L-"))


def _card(bot: RunningBot, lead: dict[str, object]) -> dict[str, object]:
    return bot.wait_for(lambda: next((card for card in bot.cards() if f"({lead['id']})" in card["text"]), None))


def test_same_party_and_request_in_other_words_is_warned_of(bot: RunningBot) -> None:
    """A repeat gets its own card, a warning with the reason in its thread, and one pointer in the earlier thread."""
    sender = "Jordan Ellis <jordan@ellis.example>"
    bot.send(
        mail(sender, "Brake noise", "My brakes make a grinding noise when I stop, can you look at them this week?")
    )
    (first,) = _lead_of(bot, "jordan@ellis.example")
    _card(bot, first)
    bot.send(
        mail(sender, "Following up", "The car grinds badly whenever I press the brake pedal. When can you repair it?")
    )
    _, again = _lead_of(bot, "jordan@ellis.example", 2)
    assert again["duplicate_of"] == first["id"]
    bot.settled()
    (warning,) = [text for text in bot.thread(_card(bot, again)) if text.startswith("Possible duplicate of")]
    assert warning.startswith(f"Possible duplicate of {first['id']}: same e-mail jordan@ellis.example")
    pointers = [text for text in bot.thread(_card(bot, first)) if "may be the same request again" in text]
    assert pointers == [f"{again['id']} may be the same request again"]


def test_another_party_with_the_same_request_is_similar_and_not_warned_of(bot: RunningBot) -> None:
    """Two customers may want the same; that is no duplicate, and `/lead similar` finds both."""
    bot.send(
        mail(
            "Ana <ana@one.example>",
            "Boiler",
            "Our boiler leaks water onto the kitchen floor. Can somebody come and fix it?",
        ),
        mail(
            "Bo <bo@two.example>",
            "Heating",
            "Water is leaking from the boiler in our kitchen, could you come and repair it?",
        ),
    )
    (first,) = _lead_of(bot, "ana@one.example")
    (second,) = _lead_of(bot, "bo@two.example")
    assert first["duplicate_of"] is None
    assert second["duplicate_of"] is None
    bot.settled()
    assert not [text for text in bot.thread(_card(bot, second)) if text.startswith("Possible duplicate")]
    answer = bot.command("similar leaking boiler")
    assert str(first["id"]) in answer
    assert str(second["id"]) in answer
    likely = [json.loads(line) for line in bot.cli("similar", "--json", str(second["id"])).stdout.splitlines()]
    assert (likely[0]["id"], likely[0]["kind"]) == (first["id"], "similar")


def test_a_form_sent_twice_within_20_ms_is_warned_of_once(bot: RunningBot) -> None:
    """Twenty impatient customers press Send twice: forty leads, twenty warnings, whoever was worked on first."""
    pairs = []
    for number in range(20):
        who = (f"Customer {number}", f"customer{number}@pairs.example")
        text = f"Please send me a quote for a new roof on our house in Elm Street {number}."
        pairs.append((form_mail(*who, text), form_mail(*who, text)))
    for pair in pairs:
        bot.send(*pair, pause=0.02)
    bot.settled(90)
    leads = [lead for lead in bot.leads() if str(lead["contact"]["email"]).endswith("@pairs.example")]
    assert len(leads) == 40
    for number in range(20):
        mine = [lead for lead in leads if lead["contact"]["email"] == f"customer{number}@pairs.example"]
        first, second = sorted(mine, key=_number)
        assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])
        threads = bot.thread(_card(bot, first)) + bot.thread(_card(bot, second))
        assert len([text for text in threads if text.startswith("Possible duplicate of")]) == 1


def test_two_mails_with_one_message_id_and_different_bodies_are_two_leads(bot: RunningBot) -> None:
    """Form plugins send a constant Message-ID: every customer must still become a lead."""
    same = {"Message_ID": "<constant@form.example>"}
    bot.send(
        mail("Ida <ida@ids.example>", "Form", "Can you clean our windows on Monday?", **same),
        mail("Per <per@ids.example>", "Form", "What does a new garage door cost?", **same),
    )
    _lead_of(bot, "ida@ids.example")
    _lead_of(bot, "per@ids.example")


def test_the_same_mail_by_two_ways_is_one_lead_with_two_sources(bot: RunningBot) -> None:
    """A mail to two of our addresses comes twice with one Message-ID and one body."""
    message = mail("Uma <uma@ways.example>", "Gutter", "Our gutter is broken, please call me.")
    before = bot.status()["channels"].get("smtp", {}).get("copies", 0)
    with smtplib.SMTP("127.0.0.1", bot.smtp_port) as client:
        client.send_message(message, to_addrs=["leads@localhost"])
        client.send_message(message, to_addrs=["leads+site@localhost"])
    bot.settled()
    assert len(_lead_of(bot, "uma@ways.example")) == 1
    assert bot.status()["channels"]["smtp"]["copies"] == before + 1


@pytest.mark.parametrize("hostile", ["<!channel>", "<http://evil|your bank>", "<@U0STAFF1>", "*bold* `code` &lt;"])
def test_hostile_text_reaches_slack_as_plain_text(bot: RunningBot, hostile: str) -> None:
    """Nothing a customer writes pings anybody, makes a link or looks like ours."""
    name = f"hostile{abs(hash(hostile))}@evil.example"
    bot.send(mail(f'"{hostile}" <{name}>', f"Hello {hostile}", f"Please read {hostile} now. It leaks! {hostile}"))
    (lead,) = _lead_of(bot, name)
    bot.settled()
    shown = [_card(bot, lead), *(m for m in bot.messages() if m["thread_ts"] == _card(bot, lead)["ts"])]
    control = [sign for sign in ("<!", "<http", "<@") if sign in hostile]
    for message in shown:
        for text in _live_texts(message):
            assert not [sign for sign in control if sign in text], text
    assert hostile in " ".join(_plain_texts(shown[0]))


def _live_texts(message: dict[str, object]) -> list[str]:
    """The texts in which Slack would act on markup: the fallback and every mrkdwn object, without our own links."""
    return [str(message["text"]), *(text.replace("<!date^", "") for text in _texts(message["blocks"], "mrkdwn"))]


def _plain_texts(message: dict[str, object]) -> list[str]:
    """The plain_text objects as Slack shows them."""
    shown = _texts(message["blocks"], "plain_text")
    return [text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in shown]


def _texts(value: object, kind: str) -> list[str]:
    """The text objects of this kind, however deep they stand."""
    if isinstance(value, list):
        return [text for part in value for text in _texts(part, kind)]
    if not isinstance(value, dict):
        return []
    own = [str(value["text"])] if value.get("type") == kind else []
    return own + [text for part in value.values() for text in _texts(part, kind)]


def test_wrong_recipient_and_oversize_are_refused_for_good(bot: RunningBot) -> None:
    """550 for an address that is not ours, 552 for a mail above the limit."""
    with smtplib.SMTP("127.0.0.1", bot.smtp_port) as client:
        client.ehlo()
        assert client.mail("a@b.example")[0] == 250
        assert client.rcpt("somebody@else.example")[0] == 550
        client.rset()
        assert client.mail("a@b.example", ["SIZE=99999999"])[0] == 552
        big = EmailMessage()
        big.set_content("x" * 70 + "\n")
        client.mail("a@b.example")
        client.rcpt("leads@localhost")
        code, _ = client.data(big.as_bytes() + (b"y" * 70 + b"\r\n") * 400_000)
        assert code == 552


def test_list_and_help_and_unknown_words(bot: RunningBot) -> None:
    """`/lead` lists by urgency; what is not understood is said, with the help."""
    bot.send(
        mail("Cold <cold@order.example>", "Question", "No rush at all, just browsing for now."),
        mail("Hot <hot@order.example>", "Emergency", "URGENT: water is flooding the basement, please come right now!"),
    )
    (cold,) = _lead_of(bot, "cold@order.example")
    (hot,) = _lead_of(bot, "hot@order.example")
    order = [lead["urgency"] for lead in bot.leads()]
    assert order == sorted(order, reverse=True)
    assert int(str(hot["urgency"])) > int(str(cold["urgency"]))
    assert str(hot["id"]) in bot.command("")
    answer = bot.command("frobnicate <!channel>")
    assert "frobnicate" in answer
    assert "/lead similar" in answer
    assert "messages received" in bot.command("status")
    assert "flooding the basement" in bot.command(f"show {hot['id']}")


def test_a_real_mail_servers_load_is_taken_whole(bot: RunningBot, require_server: Callable[[str], Path]) -> None:
    """Postfix's own load generator over ten connections: every mail that got a 250 is in the ledger."""
    program = shutil.which("smtp-source", path=f"{os.environ['PATH']}:/usr/sbin") or require_server("postfix")
    before = bot.settled()["received"]
    address = f"127.0.0.1:{bot.smtp_port}"
    flags = ["-s", "10", "-m", "40", "-l", "4096", "-f", "load@source.example", "-t", "leads@localhost"]
    subprocess.run([str(program), *flags, address], check=True, timeout=60)
    after = bot.settled(90)
    assert (after["received"] - before, after["balanced"]) == (40, True)
