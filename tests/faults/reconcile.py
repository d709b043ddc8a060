"""The accounts of a run: what was accepted against what is stored, shown and written. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.evidence import Evidence, Said, StoredLead, StoredMessage
from tests.faults.mails import Kind, Mail
from tests.faults.staff import Deed

_DETAILS = ("Why L-", "Possible duplicate of L-")
_REPLY = re.compile(r" wrote again about L-\d+: |^Automatic reply: .*\(L-\d+\)$")
_NOTICED = re.compile(r"\bmessage (\d+), \d{4}-")


@dataclass
class Accounts:
    """What it comes to. Each entry of the lists is one finding in words."""

    sent: int = 0
    accepted: int = 0
    leads: int = 0
    shown: int = 0
    rows: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is lost, doubled or otherwise wrong."""
        return not (self.lost or self.doubled or self.wrong)


def reconcile(
    mails: Sequence[Mail], accepted: Mapping[int, Mail], deeds: Iterable[Deed], evidence: Evidence
) -> Accounts:
    """Hold the senders' log of 250s, and what staff did, against everything there is."""
    accounts = Accounts(sent=len(mails), accepted=len(accepted), leads=len(evidence.leads))
    _messages(accounts, mails, accepted, evidence)
    _leads(accounts, evidence)
    _cards(accounts, evidence)
    _threads(accounts, evidence)
    _rows(accounts, evidence)
    _postings(accounts, evidence)
    _deeds(accounts, deeds, evidence)
    _ledger(accounts, evidence)
    return accounts


def _messages(accounts: Accounts, mails: Sequence[Mail], accepted: Mapping[int, Mail], evidence: Evidence) -> None:
    """Each accepted mail is stored once, in the one state that it must end in; nothing is there that nobody sent."""
    known = {mail.key(): mail for mail in mails}
    found: dict[int, list[StoredMessage]] = defaultdict(list)
    for row in evidence.messages:
        if (mail := known.get(row.key)) is None:
            accounts.wrong.append(f"message {row.id} is stored, but nobody sent it")
        else:
            found[mail.number].append(row)
    for number in sorted(accepted):
        rows = found.get(number, [])
        if not rows:
            accounts.lost.append(f"mail {number} ({accepted[number].kind}) was accepted and is not stored")
        if len(rows) > 1:
            accounts.doubled.append(f"mail {number} ({accepted[number].kind}) is stored {len(rows)} times")
    groups: dict[int, list[StoredMessage]] = defaultdict(list)
    for number, rows in found.items():
        mail = mails[number]
        groups[mail.of.number if mail.kind == Kind.COPY and mail.of else number] += rows
    for number, rows in groups.items():
        _states(accounts, mails[number], rows)


def _states(accounts: Accounts, mail: Mail, rows: Sequence[StoredMessage]) -> None:
    """A mail and its copies: one of them counts, and is where the mail must be."""
    counted = [row for row in rows if row.copy_of is None]
    named = f"mail {mail.number} ({mail.kind}), message {', '.join(str(row.id) for row in rows)},"
    for row in counted:
        if row.state == "in_progress":
            accounts.lost.append(f"{named} is still in progress")
        elif row.state != mail.state:
            accounts.wrong.append(f"{named} is {row.state} and should be {mail.state}")
    if len(counted) > 1 and len(rows) > 1:
        accounts.doubled.append(f"{named} counts {len(counted)} times")
    if not counted:
        accounts.lost.append(f"{named} counts only as copies of others")


def _leads(accounts: Accounts, evidence: Evidence) -> None:
    """Each message that became a lead has one, and no other has any."""
    by_message = Counter(lead.message_id for lead in evidence.leads)
    for row in evidence.messages:
        count, due = by_message.pop(row.id, 0), row.state == "lead" and row.copy_of is None
        if due and not count:
            accounts.lost.append(f"message {row.id} is said to be a lead, which there is none of")
        elif count > 1:
            accounts.doubled.append(f"message {row.id} has {count} leads")
        elif count and not due:
            accounts.wrong.append(f"message {row.id} is {row.state} and has a lead")
    accounts.wrong += [f"message {number} has a lead and does not exist" for number in by_message]


def _cards(accounts: Accounts, evidence: Evidence) -> None:
    """Each lead is shown once: by its own card, or by a row that nobody opened."""
    shown: Counter[int] = Counter()
    for said in evidence.said:
        shown.update(said.rows if said.card_of is None else (said.card_of,))
    for lead in evidence.leads:
        count = shown.pop(lead.id, 0)
        accounts.shown += bool(count)
        if not count:
            accounts.lost.append(f"L-{lead.id} is not shown")
        elif count > 1:
            accounts.doubled.append(f"L-{lead.id} is shown {count} times")
    accounts.wrong += [f"L-{number} is shown and does not exist" for number in shown]


def _threads(accounts: Accounts, evidence: Evidence) -> None:
    """Below a card: its details once, each later mail once, each deed once; no notice names a message twice."""
    threads: dict[str, list[Said]] = defaultdict(list)
    for said in evidence.said:
        if said.thread_ts is not None:
            threads[said.thread_ts].append(said)
    for root, replies in threads.items():
        slots = Counter("details" if reply.text.startswith(_DETAILS) else reply.text for reply in replies)
        accounts.doubled += [f"in thread {root}: {slot[:80]!r} {n} times" for slot, n in slots.items() if n > 1]
    attached = Counter(row.lead_id for row in evidence.messages if row.state == "attached")
    for said in evidence.said:
        if (lead := said.card_of) is not None:
            replies = threads.get(said.ts, [])
            if not any(reply.text.startswith(_DETAILS) for reply in replies):
                accounts.lost.append(f"L-{lead} has a card without its details")
            if (count := sum(bool(_REPLY.search(reply.text)) for reply in replies)) < attached[lead]:
                accounts.lost.append(f"L-{lead} has {attached[lead]} later mails, of which {count} are shown")
    named = Counter(
        number for said in evidence.said if said.thread_ts is None for number in _NOTICED.findall(said.text)
    )
    accounts.doubled += [f"message {number} is named in {n} notices" for number, n in named.items() if n > 1]


def _rows(accounts: Accounts, evidence: Evidence) -> None:
    """Airtable has exactly one row a lead."""
    rows = Counter(evidence.crm)
    accounts.rows = len(evidence.crm)
    leads: Mapping[str, StoredLead] = {lead.uuid: lead for lead in evidence.leads}
    for uuid, lead in leads.items():
        count = rows.pop(uuid, 0)
        if not count:
            accounts.lost.append(f"L-{lead.id} has no row in Airtable")
        elif count > 1:
            accounts.doubled.append(f"L-{lead.id} has {count} rows in Airtable")
    accounts.wrong += [f"Airtable has a row {key} of no lead" for key in rows]


def _postings(accounts: Accounts, evidence: Evidence) -> None:
    """Each message in Slack is one that the store knows of, and the other way round."""
    seen: Counter[str] = Counter(said.dispatch for said in evidence.said)
    for said in evidence.said:
        if said.dispatch not in evidence.postings:
            accounts.doubled.append(f"the store knows nothing of the message {said.ts}: {said.text[:80]!r}")
    accounts.doubled += [f"dispatch {number} was posted {n} times" for number, n in seen.items() if n > 1]
    for dispatch in evidence.postings:
        if dispatch not in seen:
            accounts.lost.append(f"dispatch {dispatch} is in the store and not in Slack")


def _deeds(accounts: Accounts, deeds: Iterable[Deed], evidence: Evidence) -> None:
    """What staff were told is done, is done; nothing that they did happened twice."""
    events = Counter((event.lead_id, event.action, event.actor) for event in evidence.events)
    leads = {lead.id: lead for lead in evidence.leads}
    for deed in deeds:
        count = events[deed.lead_id, deed.action, deed.user]
        owner = "" if deed.status == "open" else deed.user
        stands = (lead := leads.get(deed.lead_id)) is not None and (lead.status, lead.owner) == (deed.status, owner)
        if count > 1:
            accounts.doubled.append(f"{deed.words} happened {count} times")
        if deed.answered and not (count and stands):
            accounts.lost.append(f"{deed.words} was answered, but the lead is {lead.status if lead else 'gone'}")


def _ledger(accounts: Accounts, evidence: Evidence) -> None:
    """`leadbot status` says the same."""
    counted = Counter(row.state for row in evidence.messages if row.copy_of is None)
    told = {state: count for state, count in evidence.ledger.get("states", {}).items() if count}
    if told != dict(counted) or evidence.ledger.get("received") != counted.total():
        accounts.wrong.append(f"the ledger says {evidence.ledger.get('received')} = {told}, the store {dict(counted)}")
    if not evidence.ledger.get("balanced"):
        accounts.wrong.append("the ledger is not balanced")
