"""The link that opens an answer to a customer, in staff's own mail program.

It is markup with an address of the customer's in it, so only an address of harmless characters becomes one. A copy goes
to the bot under the lead's signed address, so that the answer is found in the lead's thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from bot.slack.blocks import one_line
from bot.slack.card_facts import NAME_LIMIT, answer_to
from enrichment.lead import Lead
from enrichment.stages.business import Businesses
from enrichment.stages.reply_token import token_address

SUBJECT_LIMIT = 80
# No character of Slack's markup: an underscore between two letters formats nothing.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"[a-z0-9]+(?:[._+-][a-z0-9]+){{0,20}}@(?:{_LABEL}\.){{1,6}}[a-z]{{2,24}}", re.ASCII)
_LONGEST_LOCAL = 64
# What mail programs put before the subject of an answer or of a mail that was passed on.
_PREFIXES = re.compile(r"(?:(?:re|aw|sv|antw|rv|fwd?|wg|tr)\s{0,3}:\s{0,3}){1,10}", re.IGNORECASE)
# RFC 2606, 6761, 6762 and 8375: names that nobody's mail goes to.
_UNREAL_ENDS = frozenset(
    {"test", "example", "invalid", "localhost", "local", "localdomain", "internal", "lan", "home", "arpa", "onion"}
)
_UNREAL = frozenset({"example.com", "example.net", "example.org"})


class Answering:
    """Makes the links. answer_key: what signs the addresses to which answers are copied."""

    def __init__(self, businesses: Businesses, answer_key: bytes) -> None:
        self._businesses = businesses
        self._key = answer_key

    def mailto(self, lead: Lead) -> str:
        """The link for this lead; empty when it has no address that can be answered with one."""
        return build_mailto(lead, self._key, self._businesses.named(lead.business).recipients)


def build_mailto(lead: Lead, answer_key: bytes, recipients: Sequence[str] = ()) -> str:
    """`mailto:jo@shop.com?subject=Re%3A%20Brakes%20%5BL-12%5D&bcc=…`, not escaped for Slack; empty: no fit address.

    recipients: the business's own addresses; the first is copied under the lead's signed address if mail reaches it.
    """
    address = answer_to(lead) or lead.contact.email or ""
    if not _fits(address):
        return ""
    # As UTF-8 from here on: a lone half of a character cannot be percent-encoded.
    words = one_line(lead.subject or lead.ask, SUBJECT_LIMIT).encode("utf-8", "replace").decode()
    started = _PREFIXES.match(words)
    wanted = words[started.end() :] if started else words
    subject = quote(f"Re: {wanted} [{lead.label}]", safe="")
    copy = _copy(lead.id, answer_key, recipients)
    return f"mailto:{quote(address, safe='@')}?subject={subject}" + (f"&bcc={quote(copy, safe='@')}" if copy else "")


def _fits(address: str) -> bool:
    local, _, _ = address.partition("@")
    return len(address) <= NAME_LIMIT and len(local) <= _LONGEST_LOCAL and _ADDRESS.fullmatch(address) is not None


def _copy(lead_id: int, key: bytes, recipients: Sequence[str]) -> str:
    own = next(iter(recipients), "")
    if not key or not is_real(own.rpartition("@")[2]) or not _fits(own):
        return ""
    try:
        return token_address(own, lead_id, key)
    except ValueError:
        return ""


def is_real(domain: str) -> bool:
    """Whether mail from outside can reach this domain: none that is reserved for tests or a house's own network."""
    labels = domain.lower().rstrip(".").split(".")
    return len(labels) > 1 and labels[-1] not in _UNREAL_ENDS and ".".join(labels[-2:]) not in _UNREAL
