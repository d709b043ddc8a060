"""The whole core on the test's own parts: the real parser, stages and store."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate

from channels.mail import mime
from channels.mail.trust_senders import Senders
from enrichment.acquaintances import Acquaintances
from enrichment.lead import Lead
from enrichment.models import ParsedMessage
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder, Parser, SenderCheck, SpamScanner
from enrichment.stages.business import Business, Businesses
from enrichment.stages.neighbours import Neighbours
from enrichment.stages.profiles import profile
from enrichment.stages.screening import Screening
from tests.enrichment.parts import ExactIndex, Parts

ANSWER_KEY = b"the key of this test's house"
BRAKES = "Hello,\n\nmy brakes grind when I stop. Can you look at them this week?\n\nThanks"


class InProcess:
    """The real parser, without a process of its own; implements enrichment.ports.Parser."""

    def parse(self, content: bytes) -> ParsedMessage:
        """The facts."""
        return mime.parse(content)


def business(name: str = "general", *recipients: str, country: str = "US", kind: str = "general") -> Business:
    """A business with these addresses, `leads@localhost` unless told otherwise."""
    known = profile(kind)
    return Business(
        name=name,
        title=known.title,
        profile=known,
        recipients=recipients or ("leads@localhost",),
        country=country,
        hours=known.hours,
    )


def build(
    house: Parts,
    embedder: Embedder,
    index: ExactIndex,
    parser: Parser | None = None,
    businesses: Sequence[Business] = (),
    *,
    senders: SenderCheck | None = None,
    scanner: SpamScanner | None = None,
) -> Pipeline:
    """The pipeline over these parts, for one business unless told otherwise; without senders it checks none."""
    known = Businesses(businesses or [business()])
    return Pipeline(
        messages=house.messages,
        leads=house.leads,
        parser=parser or InProcess(),
        embedder=embedder,
        neighbours=Neighbours(house.leads, index),
        businesses=known,
        senders=senders or Senders(),
        known=Acquaintances(house.leads, known.own),
        screening=Screening(known.own, scanner),
        answer_key=ANSWER_KEY,
    )


def mail(sender: str, body: str = BRAKES, subject: str = "Brakes", **headers: str) -> bytes:
    """The bytes of a mail; further headers by keyword, `_` for `-`."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Date"] = sender, "leads@localhost", subject, formatdate()
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made.as_bytes()


def shown(house: Parts, *, every: bool = True) -> list[Lead]:
    """The leads that staff see, oldest first."""
    return sorted(house.book.listed(every=every), key=lambda lead: lead.id)
