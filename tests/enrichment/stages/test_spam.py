"""What is called spam, and above all what never is."""

from __future__ import annotations

import pytest

from enrichment.models import Address, ParsedMessage, SpamOpinion
from enrichment.stages.spam import judge_spam
from enrichment.stages.spam_features import features
from enrichment.stages.spam_model import LinearModel, mailing_model, spam_model
from enrichment.stages.spam_rules import spam_evidence
from tests.benchmarks.spam_training.corpus import SPLIT, Case, own_cases, split

CASES = own_cases()
BUSINESS = [case for case in CASES if not case.spam and not case.id.startswith(("news-", "or-"))]
ORDINARY = [case for case in CASES if case.id.startswith(("news-", "or-"))]
UNWANTED = [case for case in CASES if case.spam]
# The boss who needs gift cards, the warranty that runs out: too few words, and none that a customer could not write.
BEYOND_US = {"spam-bec", "spam-fine"}


def mail(text: str, subject: str = "", **more: object) -> ParsedMessage:
    """A mail from somebody."""
    sender = Address(name="Jo", address="jo@customer.example")
    return ParsedMessage.model_validate({"sender": sender, "subject": subject, "text": text} | more)


@pytest.mark.parametrize("case", BUSINESS, ids=lambda case: case.id)
def test_what_customers_write_is_never_set_aside(case: Case) -> None:
    """Leads, complaints in capitals, prices, links, a word or two, in thirty languages: not spam, not a mailing."""
    opinion = judge_spam(case.parsed)
    assert (opinion.spam, opinion.mailing) == (False, False), opinion.reasons


def test_there_are_enough_of_them() -> None:
    """The promise is about many kinds of letters."""
    assert len(BUSINESS) >= 150


@pytest.mark.parametrize("case", ORDINARY, ids=lambda case: case.id)
def test_newsletters_receipts_and_colleagues_are_no_spam(case: Case) -> None:
    """A newsletter may be called a mailing; what one person or program wrote to one person may not."""
    opinion = judge_spam(case.parsed)
    assert not opinion.spam, opinion.reasons
    assert case.mailing or not opinion.mailing


@pytest.mark.parametrize("case", [case for case in UNWANTED if case.id not in BEYOND_US], ids=lambda case: case.id)
def test_the_spam_of_today_is_called_spam_with_a_reason(case: Case) -> None:
    """Swindles, phishing, blackmail, pills, casinos and the like, in a dozen languages."""
    opinion = judge_spam(case.parsed)
    assert opinion.spam, opinion
    assert opinion.reasons[0]


@pytest.mark.parametrize("case", BUSINESS[::10], ids=lambda case: case.id)
@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "multipart/alternative"])
def test_a_customer_may_write_with_any_program(case: Case, content_type: str) -> None:
    """Nor does it matter whether the sender has a name or the letter a subject."""
    sender = Address(address="jo1984@hotmail.com")
    for subject in (case.parsed.subject, "", case.parsed.subject.upper() + "!!!"):
        update = {"content_type": content_type, "sender": sender, "subject": subject}
        assert not judge_spam(case.parsed.model_copy(update=update)).spam


def test_capitals_do_not_make_spam() -> None:
    """People who shout are customers too."""
    for case in BUSINESS:
        shouted = case.parsed.model_copy(
            update={"text": case.parsed.text.upper(), "subject": case.parsed.subject.upper()}
        )
        opinion = judge_spam(shouted)
        assert not opinion.spam, (case.id, opinion.reasons)


def test_nothing_is_said_of_nothing() -> None:
    """An empty message has no score."""
    assert judge_spam(ParsedMessage()) == SpamOpinion()


def test_one_phrase_is_not_enough() -> None:
    """A customer may use any single phrase of the table."""
    opinion = judge_spam(mail("My doctor wants me to buy viagra without prescription from you, is that possible?"))
    assert not opinion.spam
    assert 0 < opinion.score < 0.5


def test_a_scanner_is_believed() -> None:
    """What the owner's own scanner calls spam is spam; what it finds good does not whitewash anything."""
    asked = mail("Could you send me a quote for new brakes?")
    bad = SpamOpinion(score=0.9, spam=True, reasons=("rspamd: reject, 18 of 15 points",))
    assert judge_spam(asked, bad).reasons == bad.reasons
    assert judge_spam(asked, bad).spam
    good = SpamOpinion(score=0.0, spam=False, reasons=("rspamd: no action, 0 of 15 points",))
    unwanted = next(case for case in UNWANTED if case.id == "spam-casino").parsed
    assert judge_spam(unwanted, good).spam
    assert not judge_spam(asked, good).spam


def test_quoted_spam_is_not_the_writers() -> None:
    """Somebody who asks about a spam mail, quoting it, is a customer."""
    bad = next(case for case in UNWANTED if case.id == "spam-phish-bank").parsed.text
    quoted = "\n".join(f"> {line}" for line in bad.splitlines())
    assert not judge_spam(mail(f"Is this really from you?\n\n{quoted}")).spam
    assert not judge_spam(mail("Is this really from you?", quoted=bad)).spam


def test_an_answer_is_no_mailing() -> None:
    """Nor is a form, nor a Slack message; the same words in a letter out of the blue are."""
    letter = next(case for case in UNWANTED if case.id == "spam-mailinglist").parsed
    assert judge_spam(letter).mailing
    assert not judge_spam(letter.model_copy(update={"in_reply_to": ("1@us.example",)})).mailing
    assert not judge_spam(letter.model_copy(update={"fields": {"email": "a@b.example"}})).mailing
    assert not judge_spam(letter.model_copy(update={"sender": None})).mailing


def test_the_model_abstains_where_it_knows_too_little() -> None:
    """A handful of known words is no ground for a judgement."""
    model = LinearModel(
        bias=9.0, threshold=0.0, least_known=3, shortest=4, weights={"one": 1.0, "two": 1.0, "three": -1.0}
    )
    assert model.margin({"one", "two", "other"}) is None
    assert model.margin({"one", "two", "three"}) == pytest.approx(9.5)


@pytest.mark.parametrize("model", [spam_model(), mailing_model()], ids=["spam", "mailings"])
def test_no_weight_names_a_list_a_host_or_a_date(model: LinearModel) -> None:
    """The models must tell spam from mail, not one corpus from another."""
    banned = (
        "ilug",
        "fork",
        "spamassassin",
        "razor",
        "freshrpms",
        "exmh",
        "zzzz",
        "netnote",
        "taint",
        "sourceforge",
        "2002",
    )
    words = {
        word for name in model.weights for word in name.removeprefix("s:").split() if not name.startswith(("#", "!"))
    }
    assert words.isdisjoint({*banned, "aug", "september", "monday", "http", "www"})
    assert all(word.replace("'", "").isalpha() for word in words)


def test_the_split_names_every_case_of_ours_once() -> None:
    """The list of cases is fixed before training, and holds no mail of others."""
    ids = [line.split("\t")[0] for line in SPLIT.read_text("utf-8").splitlines()[1:]]
    assert len(ids) == len(set(ids))
    assert {case.id for case in CASES} <= set(ids)
    assert set(split().values()) == {"train", "held"}


def test_disguised_words_are_seen() -> None:
    """Digits for letters and letters apart; a part number or a size is no disguise."""
    [found] = spam_evidence(mail("V1AGRA and c1al1s, v i a g r a"))
    assert (found.rule, found.quote) == ("disguise", "v1agra, c1al1s, viagra")
    assert not spam_evidence(mail("4 tyres 205 55 R16, part 5W30, model A4, s3x cable B0B"))


def test_what_the_rules_find_is_quoted() -> None:
    """Staff see the words that spoke."""
    [first, *_] = judge_spam(
        mail("You have won the international lottery! Claim your prize from our claims agent.")
    ).reasons
    assert (
        first
        == "a prize nobody played for: “you have won, international lottery, claim your prize, claims agent, lottery”"
    )


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 100_000,
        ">" * 100_000,
        "> " * 50_000,
        "a" * 200_000,
        "a " * 100_000,
        "next " * 100_000,
        "1a" * 100_000,
        "http://" * 30_000,
        "http://" + "1." * 100_000,
        "@" * 100_000,
        "a@" * 100_000,
        "$" * 100_000,
        "A" * 100_000,
        "v i " * 50_000,
        "<" * 100_000,
        "代" * 100_000,
        "ﷺ" * 50_000,
        "'" * 100_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_hostile_text_gets_an_answer(text: str) -> None:
    """Every step is linear and capped; this would run for minutes otherwise."""
    parsed = mail(text, subject=text[:10_000], signature=text[:70_000], headers={"x-forefront-antispam-report": text})
    opinion = judge_spam(parsed)
    assert 0 <= opinion.score <= 1
    assert len(features(parsed, spam_evidence(parsed))) < 20_000
