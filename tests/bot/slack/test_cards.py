"""What staff see of a lead: always within Slack's limits, and never the customer's words as anything but words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import cards, history
from bot.slack.blocks import SlackMessage
from bot.slack.card_facts import sender
from bot.slack.command_list import PAGE, Query, drawn
from bot.slack.commands import help_message
from bot.slack.details import details
from bot.slack.digest_text import RANKED, Facts
from bot.slack.digest_text import message as digest_message
from bot.slack.notices import set_aside
from enrichment.adapters.store.ledger import QuarantinedMessage
from enrichment.lead import Contact, Evidence, Lead, LeadStatus, Origin, Triage, UrgencyLabel, Verdict, Via
from enrichment.models import Address
from enrichment.stages.thread import Joined
from tests.bot.slack.leads import HOSTILE, NOW, analysis, deed, lead, origin, service, too_late
from tests.bot.slack.staff import assert_safe, read, text_objects

LINKS = {3: "https://acme.slack.com/archives/C1/p1?a=1&b=2", 5: "https://acme.slack.com/archives/C1/p2"}


def views(shown: Lead) -> dict[str, SlackMessage]:
    """Every message that shows this lead."""
    words = shown.text
    taken = shown.model_copy(update={"status": LeadStatus.CLAIMED, "owner_name": words, "note": words})
    analysed = taken.model_copy(
        update={"status": LeadStatus.OPEN, "analysis": analysis(words), "triage": service(words)}
    )
    passed_on = analysed.model_copy(update={"origin": origin(words)})
    error = QuarantinedMessage(id=1, attempt=3, received_at=NOW, error=shown.text, stage="parse")
    return {
        "card": cards.card(shown),
        "claimed": cards.card(taken),
        "closed": cards.card(taken.model_copy(update={"status": LeadStatus.WON})),
        "analysed": cards.card(analysed),
        "analysed in full": cards.full(analysed.model_copy(update={"status": LeadStatus.CLAIMED})),
        "passed on": cards.card(shown.model_copy(update={"origin": origin(words)})),
        "passed on, analysed": cards.card(passed_on),
        "passed on, in full": cards.full(passed_on.model_copy(update={"status": LeadStatus.CLAIMED})),
        "passed on, closed": cards.card(passed_on.model_copy(update={"status": LeadStatus.LOST})),
        **{f"reply as {reason.name}": cards.reply(shown, shown.text, reason) for reason in Joined},
        **{f"{action} line": history.line(shown, deed(action, shown.text)) for action in history.WORDS},
        "too late": history.standing(shown.id, too_late(shown.text), "U2", NOW),
        "full": cards.full(shown),
        "details": details(shown, LINKS),
        "details without links": details(shown, {}),
        "pointer": cards.pointer(shown, {shown.id: LINKS[5]}),
        "reply": cards.reply(shown, shown.text),
        "list": drawn(Query(), [shown] * PAGE, 100, 1, buttons=False),
        "digest": digest_message(Facts(day=NOW.date(), leads=(shown,) * RANKED, total=100, snoozed=3), NOW),
        "help": help_message(shown.text),
        "notice": set_aside([error] * 7),
    }


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_words_stay_words(kind: str) -> None:
    """Slack takes every message, escaped and all, and no customer's word stands where it could do something."""
    for message in views(lead(HOSTILE[kind])).values():
        assert_safe(message)


@pytest.mark.parametrize("field", ["name", "email", "company", "ask", "text", "quote", "reason", "origin"])
def test_no_customer_word_is_mrkdwn(field: str) -> None:
    """Stars and colons cannot be escaped in mrkdwn, so none of the customer's may be there."""
    words = "SECRET *word* :fire:"
    shown = lead("plain")
    if field in {"name", "email", "company"}:
        shown = shown.model_copy(update={"contact": shown.contact.model_copy(update={field: words})})
    elif field == "quote":
        evidence = (Evidence(rule="r", quote=words),)
        shown = shown.model_copy(update={"triage": shown.triage.model_copy(update={"evidence": evidence})})
    elif field == "origin":
        shown = shown.model_copy(update={"origin": origin(words)})
    elif field == "reason":
        pairs = tuple(match.model_copy(update={"reasons": (words,)}) for match in shown.matches)
        shown = shown.model_copy(update={"matches": pairs})
    else:
        shown = shown.model_copy(update={field: words})
    for name, message in views(shown).items():
        for each in text_objects(message.blocks):
            assert each["type"] == "plain_text" or "SECRET" not in each["text"], name


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=400), st.integers(1, 60))
def test_any_words_are_safe(words: str, times: int) -> None:
    """Whatever a customer writes, however often."""
    for message in views(lead(words * times)).values():
        assert_safe(message)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(["<", ">", "&", "x", " ", "\n", "é", "🔥", "&lt;", "\u202e"]), max_size=300))
def test_control_characters_at_any_place_are_safe(pieces: list[str]) -> None:
    """A cut never falls into an entity."""
    for message in views(lead("".join(pieces) * 20)).values():
        assert_safe(message)


def test_card_tells_what_matters() -> None:
    """Headline, contact, why, words and footer; the fallback text states the point."""
    contact = Contact(name="Jo Smith", email="jo@example.com", phone="+13035550100", company="Smith & Co")
    evidence = (Evidence(rule="says it is urgent", quote="today", points=30), Evidence(rule="gives a phone", points=5))
    triage = Triage(urgency=85, label=UrgencyLabel.HOT, evidence=evidence)
    shown = lead("My car", contact=contact, ask="Brakes grind", triage=triage, text="My  car\ngrinds.", matches=())
    message = cards.card(shown)
    assert message.text == "🔴 Hot 85 · Brakes grind, from Jo Smith (L-12)"
    header, people, warned, why, words, actions, footer = message.blocks
    assert header["text"]["text"] == "🆕 Open · 🔴 Hot 85 · Brakes grind"
    assert warned["text"]["text"] == "⚠️ Possible duplicate of L-3"
    assert [each["text"] for each in people["fields"]] == [
        "From\nJo Smith",
        "E-mail\njo@example.com",
        "Phone\n+1 303-555-0100",
        "Company\nSmith &amp; Co",
    ]
    assert why["text"]["text"] == "Why 85: says it is urgent (“today”), gives a phone"
    assert words["text"]["text"] == "My car grinds."
    assert actions["block_id"] == "lead_actions"
    assert footer["elements"][1]["text"] == "Built-in analysis"
    assert footer["elements"][0]["text"] == (
        "L-12 · by e-mail · <!date^1794322800^{date_short_pretty} {time}|2026-11-10 15:00 UTC>"
    )


def test_card_tells_how_a_lead_came_in() -> None:
    """Where answers go, who passed it on and with which words are facts; a warning stands before the reasons."""
    came = Origin(
        via=Via.FORWARD,
        forwarded_by=Address(name="Sam Reed", address="sam@garage.example"),
        note="Please take\nthis one.",
        reply_to="office@lee.example",
        cautions=("Sender not verified", "Reply-To leads elsewhere"),
    )
    message = cards.card(lead("x", contact=Contact(name="Ann Lee", email="ann@lee.example"), origin=came))
    _, people, _, cautions, why, *_ = message.blocks
    assert [each["text"] for each in people["fields"]] == [
        "From\nAnn Lee",
        "E-mail\nann@lee.example",
        "Answer to\noffice@lee.example",
        "Forwarded by\nSam Reed",
        "Their note\nPlease take this one.",
    ]
    assert cautions["text"]["text"] == "⚠️ Sender not verified\n⚠️ Reply-To leads elsewhere"
    assert why["text"]["text"].startswith("Why 85: ")


def test_a_forwarder_without_a_name_goes_by_the_address() -> None:
    """Somebody must be there to be asked."""
    came = Origin(via=Via.FORWARD, forwarded_by=Address(address="sam@garage.example"))
    assert "Forwarded by\nsam@garage.example" in read(cards.card(lead("x", origin=came)))


def test_an_ordinary_card_has_nothing_of_it() -> None:
    """No empty label, no empty warning."""
    shown = read(cards.card(lead("x")))
    assert not [label for label in ("Answer to", "Forwarded by", "Their note", "⚠️ \n") if label in shown]


def test_no_more_is_warned_of_than_is_read() -> None:
    """Three lines, each one line, however long and however many."""
    came = Origin(cautions=("a\nb" * 1000, *(f"caution {number}" for number in range(10))))
    message = cards.card(lead("x", origin=came))
    (lines,) = [block["text"]["text"] for block in message.blocks if "⚠️ a b" in str(block)]
    assert [line[:12] for line in lines.split("\n")] == ["⚠️ a ba ba b", "⚠️ caution 0", "⚠️ caution 1"]


def test_the_facts_of_a_passed_on_lead_fit() -> None:
    """Ten of them at most, as Slack asks; what was said and by whom comes before what a model makes of it."""
    words = "w" * 1000
    contact = Contact(name=words, email=words, phone=words, company=words)
    shown = lead("x", contact=contact, origin=origin(words), analysis=analysis(words), triage=service(words))
    people = next(block for block in cards.card(shown).blocks if "fields" in block)
    labels = [each["text"].partition("\n")[0] for each in people["fields"]]
    first = ["From", "E-mail", "Phone", "Company", "Service", "Deadline", "Answer to", "Forwarded by", "Their note"]
    assert labels[:9] == first
    assert len(labels) == 10


@pytest.mark.parametrize(
    ("urgency", "start"),
    [(100, "🔴 Hot 100"), (70, "🔴 Hot 70"), (69, "🟠 Warm 69"), (40, "🟠 Warm 40"), (0, "🔵 Cold 0")],
)
def test_urgency_has_a_sign_and_a_word(urgency: int, start: str) -> None:
    """Colour alone would not reach everybody."""
    triage = Triage(urgency=urgency, label=UrgencyLabel.of(urgency))
    assert cards.card(lead(triage=triage)).text.startswith(start)
    assert read(cards.card(lead(triage=triage))).startswith(f"🆕 Open · {start}")


WORDS = ["🆕 Open", "🙋 Claimed", "🏆 Won", "❌ Lost", "🚫 Not a lead"]


@pytest.mark.parametrize(("status", "word"), list(zip(LeadStatus, WORDS, strict=True)))
def test_status_is_on_the_card(status: LeadStatus, word: str) -> None:
    """A sign and a word, and whose it is; the fallback text says so too."""
    message = cards.card(lead(status=status, owner_name="Maya Brooks"))
    assert read(message).startswith(word)
    assert ("Maya Brooks" in read(message)) is (status != LeadStatus.OPEN)
    assert message.text.startswith(word) is (status != LeadStatus.OPEN)


def test_claimed_card_says_who_has_it() -> None:
    """In the headline, as plain words, and nowhere else; a long name leaves what is wanted its room."""
    message = cards.card(lead(ask="Brakes", status=LeadStatus.CLAIMED, owner="U1", owner_name="Maya Brooks"))
    told = {"type": "plain_text", "text": "🙋 Claimed by Maya Brooks · 🔴 Hot 85 · Brakes", "emoji": False}
    assert message.blocks[0]["text"] == told
    assert (read(message).count("Claimed"), read(message).count("Maya Brooks")) == (1, 1)
    long = cards.card(lead(ask="Brakes", status=LeadStatus.CLAIMED, owner="U1", owner_name="Maya " * 30))
    assert "Hot 85 · Brakes" in read(long).splitlines()[0]
    assert "U1" not in json.dumps(message.blocks)
    assert message.text.startswith("🙋 Claimed by Maya Brooks · 🔴 Hot 85 · ")


def test_closed_card_is_short() -> None:
    """How it ended, whose it was, what it was about, the note; the rest is a press away."""
    closed = lead(
        "Brakes", status=LeadStatus.WON, owner_name="Maya Brooks", note="Worth 1.250 €\n\nBooked", duplicate_of=None
    )
    told, note, actions, footer = cards.card(closed).blocks
    assert told["text"]["text"] == "🏆 Won · Maya Brooks\nBrakes, from Brakes"
    assert note["text"]["text"] == "Worth 1.250 € · Booked"
    assert [element["type"] for element in actions["elements"]] == ["button", "overflow"]
    assert footer["type"] == "context"
    assert cards.card(closed).text == "🏆 Won · Maya Brooks · Brakes, from Brakes (L-12)"


def test_analysis_is_shown_where_there_is_one() -> None:
    """The ask under the headline, what was found out as fields, the model's name below."""
    made = analysis("x").model_copy(
        update={
            "summary": "Wants new brakes",
            "timeframe": "this week",
            "budget": "$400",
            "location": "",
            "model": "qwen3:4b",
        }
    )
    contact = Contact(name="Jo", email="jo@example.com")
    judged = service("brakes").model_copy(update={"service": "Brake repair"})
    shown = lead("x", analysis=made, contact=contact, triage=judged, sample=True, duplicate_of=None)
    message = cards.card(shown)
    assert message.blocks[1]["text"]["text"] == "Wants new brakes"
    assert [each["text"] for each in message.blocks[2]["fields"]] == [
        "From\nJo",
        "E-mail\njo@example.com",
        "Service\nBrake repair",
        "Deadline\nthis week",
        "Budget\n$400",
        "Next step\nx",
    ]
    ours, model = message.blocks[-1]["elements"]
    assert ours["text"].endswith(" · Sample")
    assert model == {"type": "plain_text", "text": "Analysed by qwen3:4b", "emoji": False}


def test_list_says_who_has_a_lead() -> None:
    """Before what others wrote."""
    line = cards.list_line(lead("Brakes", status=LeadStatus.CLAIMED, owner_name="Maya Brooks", duplicate_of=None))
    assert line == "🔴 85 · L-12 🙋 Claimed by Maya Brooks · Brakes · Brakes"


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (Contact(name="Jo", email="jo@example.com"), "Jo"),
        (Contact(name="\u200b ", email="jo@example.com"), "jo@example.com"),
        (Contact(name="\u180b\U000e0100", email="jo@example.com"), "jo@example.com"),
        (Contact(name="\U0001d173\U0001bca0", email="jo@example.com"), "jo@example.com"),
        (Contact(phone="+13035550100"), "+1 303-555-0100"),
        (Contact(), "unknown sender"),
        (Contact(name="Jo\nE-mail\nboss@example.com"), "Jo E-mail boss@example.com"),
    ],
)
def test_sender_is_named_as_well_as_can_be(contact: Contact, name: str) -> None:
    """On one line, so that a name cannot pretend to be a field."""
    assert sender(lead(contact=contact)) == name
    assert f"From\n{name}" in read(cards.card(lead(contact=contact)))


def test_empty_lead_is_still_a_card() -> None:
    """Nobody, nothing, no reason."""
    nothing = Triage(urgency=0, label=UrgencyLabel.COLD)
    message = cards.card(lead("", contact=Contact(), triage=nothing, duplicate_of=None, matches=()))
    assert message.text == "🔵 Cold 0 · No subject, from unknown sender (L-12)"
    assert "(no text)" in read(message)
    assert "nothing says that it is urgent" in read(message)


def test_details_begin_with_the_duplicate_warning() -> None:
    """With the reasons, and the link to the earlier card; then the others and the points."""
    message = details(lead("brakes"), LINKS)
    assert message.text == "Possible duplicate of L-3: brakes; same phone"
    first, why, pressed, related = message.blocks[:4]
    assert [each["text"]["text"] for each in pressed["elements"]] == ["Same", "Related", "Different"]
    assert first["text"]["text"] == (
        "⚠️ *Possible duplicate of* <https://acme.slack.com/archives/C1/p1?a=1&amp;b=2|L-3>"
    )
    assert why["text"]["text"] == "Why: brakes; same phone\nIs it the same request?"
    assert related["elements"][0]["text"] == "Same customer, another request: L-2 (50%)"
    assert "Similar request: <https://acme.slack.com/archives/C1/p2|L-5> (50%)" in str(message.blocks)
    assert (
        "Urgency 85 by rules:\nBegins at 25; what is above 70 counts half.\n+30  says it is urgent (“brakes”)"
        in read(message)
    )


def test_card_warns_with_the_best_reason_alone() -> None:
    """All of them stand in the thread, and are not read twice."""
    told = [line for line in read(cards.card(lead("brakes"))).splitlines() if "duplicate" in line]
    assert told == ["⚠️ Possible duplicate of L-3: brakes"]


def test_details_without_a_duplicate_warn_of_nothing() -> None:
    """Only why it is as urgent as it is."""
    message = details(lead(duplicate_of=None, matches=()), LINKS)
    assert message.text == "Why L-12 is hot 85"
    assert "duplicate" not in read(message)


def test_duplicate_without_reasons_is_warned_of() -> None:
    """As when the pair was made by hand."""
    message = details(lead(matches=()), {})
    assert message.text == "Possible duplicate of L-3"
    assert message.blocks[0]["text"]["text"] == "⚠️ *Possible duplicate of* L-3"


def test_pointer_names_the_later_lead() -> None:
    """One line for the earlier thread."""
    message = cards.pointer(lead("Jo"), {12: LINKS[5]})
    assert message.text == "L-12 may be the same request again"
    (line,) = message.blocks
    ours, theirs = line["elements"]
    assert ours["text"] == f"↪️ <{LINKS[5]}|L-12> may be the same request again"
    assert theirs["text"] == "from Jo"


def test_reply_shows_what_was_written() -> None:
    """Who, about which lead, and the words."""
    message = cards.reply(lead("Jo"), "Any\nnews?")
    assert message.text == "Jo wrote again about L-12: Any news?"
    assert read(message) == "✉️ Jo wrote again\nAny news?"


@pytest.mark.parametrize(
    ("reason", "words", "text", "shown"),
    [
        (Joined.REPLY, "Any news?", "Jo wrote again about L-12: Any news?", "✉️ Jo wrote again\nAny news?"),
        (Joined.AUTOMATIC, "I am away.", "Automatic reply: I am away. (L-12)", "🤖 Automatic reply\nI am away."),
        (
            Joined.UNDELIVERED,
            "Could not be delivered to jo@x: 5.1.1",
            "A message came back: Could not be delivered to jo@x: 5.1.1 (L-12)",
            "📭 A message came back\nCould not be delivered to jo@x: 5.1.1",
        ),
        (Joined.OURS, "Yes.", "Our own answer: Yes. (L-12)", "📤 Our own answer\nYes."),
    ],
)
def test_what_belongs_to_a_lead_says_what_it_is(reason: Joined, words: str, text: str, shown: str) -> None:
    """Nobody takes a program's answer, or our own, for the customer's."""
    message = cards.reply(lead("Jo"), words, reason)
    assert (message.text, read(message)) == (text, shown)


@pytest.mark.parametrize(
    ("text", "whole"), [("word " * 1000, True), ("&" * 1500, True), ("&" * 5000, False), ("w" * 15_000, False)]
)
def test_full_shows_all_that_slack_takes(text: str, whole: bool) -> None:
    """Text that fits is whole however it is escaped; more ends with an ellipsis."""
    message = cards.full(lead("x", text=text))
    assert_safe(message)
    shown = "".join(block["text"]["text"] for block in message.blocks[4:-1]).replace("&amp;", "&")
    assert (shown == text) is whole
    assert shown.rstrip("…").strip() == text[: len(shown.rstrip("…").strip())].strip()
    assert shown.endswith("…") is not whole
    assert len(json.dumps(message.blocks)) > 1000


def test_list_tells_our_facts_before_their_words() -> None:
    """However long a subject is, the number and the warning are seen."""
    line = cards.list_line(lead("&" * 500, contact=Contact(name="Jo")))
    assert line.startswith("🔴 85 · L-12 ⚠️ possible duplicate of L-3 · &&&")
    assert line.endswith("… · Jo")


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (None, " ⚠️ possible duplicate of L-3 "),
        (Verdict.SAME, " ⚠️ duplicate of L-3 "),
        (Verdict.DIFFERENT, " "),
        (Verdict.RELATED, " "),
    ],
)
def test_list_gives_a_guess_as_a_guess(verdict: Verdict | None, told: str) -> None:
    """Only what staff have judged the same is a duplicate; what they judged otherwise is none."""
    found = lead("Brakes")
    judged = found.matches[0].model_copy(update={"verdict": verdict})
    line = cards.list_line(found.model_copy(update={"matches": (judged, *found.matches[1:])}))
    assert line.startswith(f"🔴 85 · L-12{told}· Brakes")


def test_a_number_alone_is_readable() -> None:
    """As the sender of a call that was typed in, and where it says why two leads are one."""
    called = lead("Brakes", contact=Contact(phone="+13035550188"))
    assert cards.list_line(called).endswith(" · +1 303-555-0188")
    assert cards.because(("same phone +13035550188", "both are about +1"), 400) == (
        "same phone +1 303-555-0188; both are about +1"
    )


@pytest.mark.parametrize(
    ("count", "title"), [(0, "No open leads."), (1, "1 open lead, most"), (20, "20 open leads, most urgent first")]
)
def test_list_says_how_many_there_are(count: int, title: str) -> None:
    """And that there are more than are shown."""
    leads = [lead(number=number) for number in range(1, 1 + min(count, PAGE))]
    message = drawn(Query(), leads, count, 1, buttons=False)
    assert message.text.startswith(title)
    assert ("and 10 more" in read(message)) is (count == 20)
    assert len(message.blocks) == 1 + min(count, PAGE) + (count > PAGE)


Render = Callable[[Lead], SlackMessage]


def test_rendering_is_pure() -> None:
    """The same lead gives the same message, so that nothing is edited into what it is."""
    assert views(lead("one")) == views(lead("one"))
