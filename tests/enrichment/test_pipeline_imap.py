"""Mail that a mailbox was polled for: from Junk, cut short, come by two ways, or from before the bot's time."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest

from bot.search import Search
from channels.mail import mime
from enrichment.adapters.store.filtered import Filtered
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.adapters.store.waiting import Waiting
from enrichment.lead import Lead, MatchKind
from enrichment.models import MessageState
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder
from enrichment.stages.neighbours import Neighbours
from tests.enrichment.house import build, mail, shown
from tests.enrichment.mailbox import INBOX, fetched
from tests.enrichment.parts import ExactIndex, Parts, WordVectors, at_once

JO = "Jo Park <jo@example.com>"
ASK = "My brakes grind when I stop. Can you look at them this week?"
QUOTE = "Could you quote me for new winter tyres on my van?"


@pytest.fixture
def imap(parts: Parts) -> Pipeline:
    """The pipeline on each database."""
    return build(parts, WordVectors(), ExactIndex())


def polled(parts: Parts, content: bytes, *, account: str = "shop", folder: str = INBOX, **changes: Any) -> int:
    """The row of a mail that a mailbox holds."""
    boxes = Mailboxes(parts.database, parts.clock)
    uid = boxes.begin(account, folder, 1, 0).last_uid + 1
    mails = [fetched(uid, content, folder=folder, account=account, **changes)]
    (accepted,) = boxes.store(account, folder, 1, mails, last_uid=uid)
    return accepted.id


def history(parts: Parts, pipeline: Pipeline, content: bytes) -> Lead:
    """The lead of a mail that was imported."""
    message_id = polled(parts, content, historical=True)
    assert pipeline.run(message_id) == MessageState.LEAD
    return next(lead for lead in shown(parts) if lead.message_id == message_id)


def test_mail_from_junk_is_a_lead_with_a_caution(parts: Parts, imap: Pipeline) -> None:
    """Providers are wrong about customers every day; staff should know all the same."""
    assert imap.run(polled(parts, mail(JO), folder="Junk", junk=True)) == MessageState.LEAD
    assert imap.run(polled(parts, mail("ann@other.example", QUOTE, "Tyres"))) == MessageState.LEAD
    first, second = shown(parts)
    assert first.origin.cautions == ("Your mail provider had put this into Junk",)
    assert second.origin.cautions == ()
    assert (first.channel, second.channel) == ("imap", "imap")


def with_photo() -> bytes:
    """A mail of 3 MB: a request, the same as HTML, a photo."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = JO, "leads@localhost", "Brakes", "<1@x>"
    made.set_content(ASK)
    made.add_alternative(f"<p>{ASK}</p>", subtype="html")
    made.add_attachment(b"\xff\xd8" + bytes(2_000_000), maintype="image", subtype="jpeg", filename="brakes.jpg")
    return made.as_bytes()


def test_cut_mail_says_how_much_is_missing(parts: Parts, imap: Pipeline) -> None:
    """Its words are read, and what was read of the file is told of."""
    whole = with_photo()
    row = polled(parts, whole[:1_000_000], cut_from=40_000_000)
    assert imap.run(row) == MessageState.LEAD
    (lead,) = shown(parts)
    assert lead.origin.cautions == ("Only the first 1 MB of 40 MB could be read: the rest is in your mailbox",)
    assert lead.text == ASK
    small = polled(parts, mail("ann@other.example", QUOTE, "Tyres"), cut_from=1_250_000, junk=True)
    assert imap.run(small) == MessageState.LEAD
    assert shown(parts)[1].origin.cautions == (
        "Only the first 1 kB of 1.2 MB could be read: the rest is in your mailbox",
        "Your mail provider had put this into Junk",
    )


def test_mail_whose_mime_ends_anywhere_is_read_as_far_as_it_goes() -> None:
    """In a boundary, a header, a word, base64 or HTML: what came before the cut is understood."""
    whole = with_photo()[:6000]
    end = whole.index(ASK.encode()) + len(ASK)
    for cut in [*range(end, end + 700, 3), *range(end + 700, len(whole), 97)]:
        parsed = mime.parse(whole[:cut])
        assert parsed.sender is not None
        assert parsed.sender.address == "jo@example.com", cut
        assert parsed.text.startswith(ASK), cut
        # Of a boundary or a header that is cut in two nobody can tell that it is one.
        rest = parsed.text.removeprefix(ASK).strip()
        assert (b"\n" + rest.encode()) in whole, cut
        assert len(rest) < 80, cut
        assert parsed.message_id == "1@x", cut
    for cut in range(0, end, 7):
        assert len(mime.parse(whole[:cut]).text) <= cut


def test_headers_alone_are_a_message() -> None:
    """Of a mail whose headers take the whole megabyte no word is read, and its sender is known."""
    headers = mail(JO).partition(b"\n\n")[0]
    parsed = mime.parse(headers + b"\nX-Long: " + b"x" * 1_000_000)
    assert parsed.sender is not None
    assert (parsed.sender.address, parsed.subject, parsed.text) == ("jo@example.com", "Brakes", "")


def test_same_mail_by_every_way_is_one_message(parts: Parts, imap: Pipeline) -> None:
    """By SMTP and in two mailboxes: one lead, counted once, each way a source of it; the sums are right."""
    content = mail(JO, Message_ID="<1@x>")
    received = b"Received: from mx.example by imap.example; Fri, 20 Nov 2026 09:00:00 +0000\n"
    rows = [
        polled(parts, received + content),
        polled(parts, b"X-Folder: info\n" + content, account="info"),
        polled(parts, content, folder="Junk", junk=True),
        parts.accept(content),
    ]
    assert [imap.run(row) for row in rows] == [MessageState.LEAD, None, None, None]
    assert [lead.message_id for lead in shown(parts)] == [rows[0]]
    assert [parts.state(row) for row in rows[1:]] == [None] * 3
    ledger = parts.ledger.by_channel()
    assert (ledger["imap"].received, ledger["imap"].copies, ledger["imap"].balanced) == (1, 2, True)
    assert (ledger["smtp"].received, ledger["smtp"].copies, ledger["smtp"].balanced) == (0, 1, True)
    assert ledger["imap"].states["lead"] == 1
    assert parts.ledger.leads().balanced


def test_same_mail_by_two_ways_at_once(parts: Parts, imap: Pipeline) -> None:
    """Whichever is described first is the message."""
    content = mail(JO, Message_ID="<1@x>")
    rows = [parts.accept(content), polled(parts, b"X: 1\n" + content), polled(parts, content, account="info")]
    ends = at_once(*(lambda row=row: imap.run(row) for row in rows))
    assert sorted(map(str, ends)) == ["None", "None", "lead"]
    ledger = parts.ledger.by_channel()
    assert sum(found.received for found in ledger.values()) == 1
    assert sum(found.copies for found in ledger.values()) == 2
    assert all(found.balanced for found in ledger.values())


def test_history_is_shown_to_nobody(parts: Parts, imap: Pipeline) -> None:
    """Neither card nor thread nor analysis nor a place among the open leads; but the index and the CRM have it."""
    lead = history(parts, imap, mail(JO))
    assert lead.historical
    assert lead.revision == 1
    assert parts.views.lag() == {"index": 1, "crm": 1}
    assert parts.book.listed() == []
    assert parts.book.count_open() == 0
    assert Waiting(parts.database).look(9) == (0, [])
    assert parts.views.draw_again_where_missing("T2") == 0
    assert parts.views.lag() == {"index": 1, "crm": 1}
    ledger = parts.ledger.by_channel()["imap"]
    assert (ledger.received, ledger.states["lead"], ledger.balanced) == (1, 1, True)
    assert parts.ledger.leads().balanced


def test_history_that_was_screened_out_or_broken_is_told_of_to_nobody(parts: Parts, imap: Pipeline) -> None:
    """It stays where it can be found, and what a person tries again is told of as ever."""
    offer = mail("News <news@shop.example>", "Our autumn sale!", "Sale", List_Unsubscribe="<https://shop.example/u>",
                 Precedence="bulk", List_Id="<news.shop.example>")  # fmt: skip
    assert imap.run(polled(parts, offer, historical=True)) == MessageState.FILTERED
    assert Filtered(parts.database, parts.clock).untold(9) == []
    broken = polled(parts, b"broken", historical=True)
    for attempt in (1, 2, 3):
        parts.messages.fail(broken, attempt, "parse", "boom", blame=True)
    assert parts.ledger.count_unnoticed() == 0
    assert [letter.id for letter in parts.dead_letters.listed()] == [broken]
    parts.dead_letters.retry([broken], "cli:maya")
    for attempt in (4, 5, 6):
        parts.messages.fail(broken, attempt, "parse", "boom", blame=True)
    assert parts.ledger.count_unnoticed() == 1


def test_customer_is_matched_with_history(parts: Parts, imap: Pipeline) -> None:
    """Whoever asks the same again is shown what they asked before the bot's time; history itself warns of nothing."""
    old = history(parts, imap, mail(JO))
    new = polled(parts, mail(JO, Message_ID="<2@x>"))
    assert imap.run(new) == MessageState.LEAD
    lead = next(found for found in shown(parts) if found.message_id == new)
    assert (lead.duplicate_of, lead.matches[0].kind) == (old.id, MatchKind.DUPLICATE)
    assert [found.id for found in parts.book.listed()] == [lead.id]
    before = parts.views.lag()
    assert before["card"] == before["thread"] == 1
    repeat = history(parts, imap, mail(JO, Message_ID="<3@x>"))
    assert repeat.duplicate_of in {old.id, lead.id}
    after = parts.views.lag()
    assert after == before | {"index": before["index"] + 1, "crm": before["crm"] + 1}
    assert parts.views.behind("card", 9) == [(lead.id, 1)]


def test_history_waits_for_what_comes_in_now(parts: Parts) -> None:
    """A thousand imported mails delay no customer's."""
    old = [polled(parts, b"old %d" % number, historical=True) for number in range(3)]
    new = [parts.accept(), polled(parts, b"new", account="info")]
    taken: list[int] = []
    parts.messages.dispatch(3, lambda _connection, row, _attempt: taken.append(row))
    assert taken == [*new, old[0]]
    parts.messages.dispatch(3, lambda _connection, row, _attempt: taken.append(row))
    assert taken == [*new, *old]


def test_history_is_found(house: Parts, embedder: Embedder, index: ExactIndex) -> None:
    """By `/lead similar`, with the words of the request or of its name."""
    old = history(house, build(house, embedder, index), mail(JO))
    search = Search(house.leads, house.book, Neighbours(house.leads, index), embedder, "US")
    assert [hit.lead.id for hit in search.similar("my brakes are grinding")] == [old.id]
    assert [hit.lead.id for hit in search.similar("jo@example.com")] == [old.id]


def test_what_staff_do_with_history_goes_to_the_crm_alone(parts: Parts, imap: Pipeline) -> None:
    """It is kept up there, and nothing is posted."""
    lead = history(parts, imap, mail(JO))
    parts.desk.claim(lead.id, "U1", "Maya")
    assert parts.views.lag() == {"index": 1, "crm": 1}
    assert parts.views.behind("crm", 9) == [(lead.id, 2)]


def test_answer_wakes_history(parts: Parts, imap: Pipeline) -> None:
    """A customer who writes again in a thread of then is news: the lead gets its card, with the new words alone."""
    old = history(parts, imap, mail(JO, Message_ID="<1@x>"))
    late = polled(parts, mail(JO, "It got worse.", "Re: Brakes", Message_ID="<2@x>", In_Reply_To="<1@x>"),
                  historical=True)  # fmt: skip
    assert imap.run(late) == MessageState.ATTACHED
    assert parts.views.lag() == {"index": 1, "crm": 1}
    assert parts.messages.attached_to(old.id) == []
    new = polled(parts, mail(JO, "Any news?", "Re: Brakes", Message_ID="<3@x>", In_Reply_To="<1@x>"))
    assert imap.run(new) == MessageState.ATTACHED
    (lead,) = parts.book.listed()
    assert (lead.id, lead.historical, lead.revision) == (old.id, False, 3)
    assert parts.views.lag() == {"index": 1, "crm": 1, "card": 1, "thread": 1, "analysis": 1}
    assert parts.views.behind("card", 9) == [(old.id, 3)]
    assert [found.id for found in parts.messages.attached_to(old.id)] == [new]
    assert Waiting(parts.database).look(9)[0] == 1


def test_imported_mail_that_comes_in_by_another_way_is_news(parts: Parts, imap: Pipeline) -> None:
    """It lay in the mailbox a moment before its forwarded copy arrived: nobody has been told of it yet."""
    content = mail(JO, Message_ID="<1@x>")
    old = history(parts, imap, content)
    assert imap.run(polled(parts, b"X: 1\n" + content, historical=True, account="info")) is None
    assert parts.book.listed() == []
    assert imap.run(parts.accept(b"X: 2\n" + content)) is None
    assert [lead.id for lead in parts.book.listed()] == [old.id]
    assert parts.views.behind("card", 9) == [(old.id, 1)]
    assert parts.views.behind("analysis", 9) == [(old.id, 2)]


def test_imported_mail_that_is_polled_while_it_is_judged_is_news(parts: Parts, imap: Pipeline) -> None:
    """Between any two stages, or after the last."""
    for stop in range(len(imap.stages) + 1):
        content, boxes = mail(f"jo{stop}@example.com"), Mailboxes(parts.database, parts.clock)
        row = polled(parts, content, historical=True, account=f"box{stop}")

        def come(name: str, stop: int = stop, content: bytes = content, boxes: Mailboxes = boxes) -> None:
            if name == (imap.stages[stop][0] if stop < len(imap.stages) else "commit"):
                boxes.store(f"box{stop}", INBOX, 1, [fetched(1, content, account=f"box{stop}")], last_uid=1)

        run_with(imap, row, come)
        lead = next(found for found in shown(parts) if found.message_id == row)
        assert not lead.historical, stop
        assert (lead.id, 1) in parts.views.behind("card", 99), stop


def run_with(pipeline: Pipeline, row: int, between: object) -> None:
    """Run the pipeline on a message, calling this after each of its stages."""
    assert callable(between)
    whole = pipeline.stages

    def then(name: str, stage: object) -> object:
        def run(draft: object) -> object:
            assert callable(stage)
            result = stage(draft)
            between(name)
            return result

        return run

    object.__setattr__(pipeline, "stages", tuple((name, then(name, stage)) for name, stage in whole))
    try:
        assert pipeline.run(row) == MessageState.LEAD
        between("commit")
    finally:
        object.__setattr__(pipeline, "stages", whole)
