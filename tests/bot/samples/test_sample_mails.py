"""The mails that come with Leadbot: valid, made up, and each with the end that it is there to show."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

from bot.bootstrap import Core
from bot.samples.loader import FOLDER, sample_mails
from channels.mail.mime import parse
from enrichment.lead import Lead, MatchKind, UrgencyLabel
from enrichment.models import RawMessage
from tests.bot.samples.sampling import RECIPIENT, judge_all
from tests.enrichment.parts import START, Parts


def mails() -> dict[str, RawMessage]:
    """The samples by the first word of their file's name."""
    names = [file.name[:2] for file in sorted(FOLDER.glob("*.eml"))]
    return dict(zip(names, sample_mails(RECIPIENT, START), strict=True))


def test_mails_are_whole_and_read_without_a_defect() -> None:
    """Each is what a mail server would hand over, to the address that we take mail for."""
    assert len(mails()) == 10
    for raw in mails().values():
        assert message_from_bytes(raw.content, policy=policy.default).defects == []
        assert b"\n" not in raw.content.replace(b"\r\n", b"")
        assert max(len(line) for line in raw.content.split(b"\r\n")) <= 998
        parsed = parse(raw.content)
        assert parsed.defects == ()
        assert [to.address for to in parsed.to] == [RECIPIENT]
        assert raw.rcpt_tos == (RECIPIENT,)
        assert (raw.sample, raw.account, raw.channel) == (True, "samples", "smtp")


def test_nobody_in_them_exists() -> None:
    """Reserved domains and the numbers that no telephone has."""
    for file in FOLDER.glob("*.eml"):
        text = file.read_text("utf-8")
        for domain in re.findall(r"@([\w.-]+\w)", text):
            assert re.search(r"(?:^|\.)(?:example\.(?:com|net|org)|test|localhost)$", domain), (file.name, domain)
        for number in re.findall(r"\(?\b[2-9]\d\d\)?[ -]\d{3}-\d{4}\b", text):
            assert re.search(r"555-01\d\d$", number), (file.name, number)


def test_mails_came_one_after_the_other_just_now() -> None:
    """Their dates say so, and so does when we got them."""
    dates = [parsedate_to_datetime(message_from_bytes(raw.content)["Date"]) for raw in mails().values()]
    assert dates == sorted(dates)
    assert dates == [raw.received_at for raw in mails().values()]
    assert timedelta(0) < START - dates[-1] < START - dates[0] < timedelta(hours=1)


def test_each_loading_has_message_ids_of_its_own() -> None:
    """But one identity for each mail, by which the store knows it again."""
    first, second = mails(), mails()
    ids = {parse(raw.content).message_id for raw in (*first.values(), *second.values())}
    assert len(ids) == 20
    assert len({raw.identity for raw in (*first.values(), *second.values())}) == 10


def test_every_mail_comes_to_the_end_it_is_there_to_show(core: Core, parts: Parts) -> None:
    """Hot, warm and cold leads in this order, a repeat with its reasons, a like request, two that are no leads."""
    accepted = parts.messages.accept_many(list(mails().values()))
    leads = {lead.message_id: lead for lead in judge_all(core)}
    found = {name: leads.get(row.id) for name, row in zip(mails(), accepted, strict=True)}
    labels = {name: lead.triage.label for name, lead in found.items() if lead is not None}
    hot = {name for name, label in labels.items() if label == UrgencyLabel.HOT}
    cold = {name for name, label in labels.items() if label == UrgencyLabel.COLD}
    assert hot == {"01", "02"}
    assert cold == {"09"}
    assert set(labels) - hot - cold == {"03", "04", "05", "06", "10"}
    burst, deadline, form, again, neighbour = (_there(found[name]) for name in ("01", "02", "03", "04", "05"))
    assert burst.triage.urgency > deadline.triage.urgency
    assert (burst.contact.phone, deadline.contact.phone) == ("+13035550142", "+17205550177")
    assert (form.contact.name, form.contact.email) == ("Priya Raman", "priya@raman.test")
    assert again.duplicate_of == form.id
    assert "same e-mail priya@raman.test" in again.matches[0].reasons
    assert {match.kind for match in neighbour.matches} == {MatchKind.SIMILAR}
    assert form.id in {match.other_id for match in neighbour.matches}
    assert [lead.id for lead in leads.values() if lead.duplicate_of is not None] == [again.id]
    assert all(lead.sample for lead in leads.values())


def test_automatic_mail_is_filtered_with_its_reason(core: Core, parts: Parts) -> None:
    """An absence note and a newsletter, by the headers that say so."""
    parts.messages.accept_many(list(mails().values()))
    judge_all(core)
    ended = "SELECT group_concat(reason, ' | ') FROM messages WHERE state = 'filtered' ORDER BY id"
    absent, newsletter = str(parts.scalar(ended)).split(" | ")
    assert absent == "an automatic reply: `Auto-Submitted: auto-replied`"
    assert newsletter.startswith("a mailing to many: `List-Id: The Trade Counter weekly")


def test_foreign_words_html_and_a_picture_are_read(core: Core, parts: Parts) -> None:
    """The Spanish mail asks for a price, and its photo is a real one."""
    parsed = parse(mails()["10"].content)
    assert [(part.filename, part.content_type) for part in parsed.attachments] == [("cerca.png", "image/png")]
    assert "¿podrían venir" in parsed.text
    parts.messages.accept_many([mails()["10"]])
    (lead,) = judge_all(core)
    assert (lead.triage.intent, lead.ask) == ("quote", "Reparación de una cerca")


def _there(lead: Lead | None) -> Lead:
    assert lead is not None
    return lead
