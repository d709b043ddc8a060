"""What the owner is mailed: since when, why, how many leads wait, what to do. No customer's name, address or number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from bot import logs
from bot.alert_address import AlertAddress
from enrichment.adapters.store.outages import Outage
from enrichment.adapters.store.waiting import WaitingLead
from enrichment.lead import UrgencyLabel
from enrichment.models import Model

_LONGEST_ASK, _LONGEST_WHY = 100, 300
_STATUS_PAGE = "https://slack-status.com"


class House(Model):
    """What the mails call things. slack: `Slack` or the local workspace; local: whether it is the latter."""

    slack: str
    local: bool
    timezone: str
    leads_command: str = "leadbot leads"
    doctor_command: str = "leadbot doctor"


def down(outage: Outage, count: int, first: Sequence[WaitingLead], house: House, to: AlertAddress) -> EmailMessage:
    """The mail about an outage that goes on. count: the leads without a card; first: the most urgent of them."""
    since = _moment(outage.since, house)
    waiting = "no lead waits" if count == 0 else "1 lead waits" if count == 1 else f"{count} leads wait"
    text = [
        f"Leadbot has not reached {house.slack} since {since}.",
        "",
        f"Why: {_line(logs.masked(outage.why), _LONGEST_WHY)}",
        "",
        "Mail from customers is still taken and nothing is lost; cards and buttons work again by themselves when",
        f"{house.slack} is back.",
        "",
        *_leads(count, first),
        "What to do:",
        *_steps(house),
        "",
        f"You get one more mail when {house.slack} is back.",
    ]
    return _mail(outage, "down", f"{house.slack} is down: {waiting}", text, to)


def back(outage: Outage, count: int, house: House, to: AlertAddress) -> EmailMessage:
    """The mail about an outage that has ended."""
    ended = outage.ended or outage.seen
    since, until = _moment(outage.since, house), _moment(ended, house)
    left = f"{count} {'card is' if count == 1 else 'cards are'} still on the way." if count else "Every card is there."
    text = [f"Leadbot reaches {house.slack} again. It was away from {since} to {until}.", "", left]
    return _mail(outage, "back", f"{house.slack} is back", text, to)


def trial(house: House, now: datetime, to: AlertAddress) -> EmailMessage:
    """The mail that a person asks for, to see that it arrives."""
    text = [
        f"This is a test, sent {_moment(now, house)} by `{house.doctor_command} --send-test-alert`.",
        "",
        f"Leadbot writes here when it has not reached {house.slack} for a while, and when it does again.",
    ]
    return _addressed("Leadbot: test of the alert", text, to)


def _leads(count: int, first: Sequence[WaitingLead]) -> list[str]:
    """The most urgent leads, a line each; their words without what names a person."""
    if not count:
        return []
    told = ["1 lead waits:" if count == 1 else f"{count} leads wait, the most urgent first:"]
    told += [f"- L-{lead.id} ({UrgencyLabel.of(lead.urgency)}): {_line(logs.masked(lead.ask), _LONGEST_ASK)}" for lead in first]  # fmt: skip  # noqa: E501
    more = count - len(first)
    return [*told, *([f"- and {more} more"] if more > 0 else []), ""]


def _steps(house: House) -> list[str]:
    look = "the local workspace runs beside the bot; restart the bot" if house.local else f"see {_STATUS_PAGE}"
    return [
        f"1. Is it {house.slack} itself? {look[:1].upper()}{look[1:]}.",
        f"2. On the bot's machine run `{house.doctor_command}`: it says what is wrong and what to do.",
        f"3. Meanwhile `{house.leads_command}` lists the open leads there.",
    ]


def _mail(outage: Outage, kind: str, subject: str, text: Sequence[str], to: AlertAddress) -> EmailMessage:
    """Sent again, it has the same Message-ID, so that a mailbox can show it once; both are one thread."""
    made = _addressed(f"Leadbot: {subject}", text, to)
    domain = to.sender.rpartition("@")[2]
    first = f"<leadbot-{outage.token}-down@{domain}>"
    made["Message-ID"] = first if kind == "down" else f"<leadbot-{outage.token}-{kind}@{domain}>"
    made["Date"] = format_datetime(outage.seen if outage.ended is None else outage.ended)
    if kind != "down":
        made["In-Reply-To"] = made["References"] = first
    return made


def _addressed(subject: str, text: Sequence[str], to: AlertAddress) -> EmailMessage:
    made = EmailMessage()
    made["From"] = f"Leadbot <{to.sender}>"
    made["To"] = ", ".join(to.recipients)
    made["Subject"] = subject
    # No autoresponder shall answer it.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content("\n".join(text) + "\n")
    return made


def _moment(moment: datetime, house: House) -> str:
    return moment.astimezone(ZoneInfo(house.timezone)).strftime("%H:%M on %a %d %b (%Z)")


def _line(text: str, longest: int) -> str:
    """Printable text on one line."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
