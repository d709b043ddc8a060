"""Mail to many, mail of our own programs, and mail that goes round in circles."""

from __future__ import annotations

from collections.abc import Iterator

from enrichment.models import ParsedMessage
from enrichment.stages.addresses import OwnAddresses, domain_of, emails_in, is_free_mail, is_relay, is_robot
from enrichment.stages.screen_facts import SHOWN, is_form, quoted, value
from enrichment.stages.screen_opinions import asks, buys, said_in
from enrichment.stages.screen_words import phrases_in

# A mail passes some ten servers on its way; more than this is a loop (RFC 5321, 6.3 would allow 100).
MAX_HOPS = 30
HOPS = "received-count"
_LIST_HEADERS = ("list-id", "list-post")
_SENDERS = (
    "newsletter",
    "news",
    "mailing",
    "marketing",
    "promo",
    "offers",
    "deals",
    "campaign",
    "info-mail",
    "updates",
    "digest",
)


def own_mail(parsed: ParsedMessage, own: OwnAddresses) -> str:
    """A mail of ours that came back, or a program of ours writing to us about nobody.

    A form that writes in our name names its customer somewhere.
    """
    looped = value(parsed, "x-loop").strip("<> ")
    if "@" in looped and own.owns(looped):
        return f"our own mail came back: {quoted(parsed, 'x-loop')}"
    automatic = value(parsed, "auto-submitted") not in {"", "no"}
    if not automatic or parsed.sender is None or not own.owns(parsed.sender.address) or is_form(parsed):
        return ""
    named = (*(mailbox.address for mailbox in parsed.reply_to), *emails_in(parsed.full_text or parsed.text))
    if any(not own.owns(address) for address in named):
        return ""
    return f"our own automatic mail: From {parsed.sender.address[:SHOWN]} with {quoted(parsed, 'auto-submitted')}"


def loop(parsed: ParsedMessage) -> str:
    """A mail that has passed more servers than any honest way has."""
    hops = value(parsed, HOPS)
    if hops.isdecimal() and len(hops) < 6 and int(hops) > MAX_HOPS:
        return f"a mail that goes round in circles: it has passed {hops} servers"
    return ""


def bulk(parsed: ParsedMessage, own: OwnAddresses) -> str:
    """A newsletter or a mailing list, unless a customer can be behind it or the list is our own mailbox."""
    if is_form(parsed) or _has_other_reply_to(parsed) or _passes_customers_on(parsed):
        return ""
    name = next(_bulk_headers(parsed), "")
    sender = parsed.sender.address if parsed.sender else ""
    if name and (name in _LIST_HEADERS or not _is_from_a_person(parsed, sender)):
        return "" if _is_own_list(parsed, own) else f"a mailing to many: {quoted(parsed, name)}"
    if _is_mailer(sender) and not asks(parsed) and (said := phrases_in(parsed, "unsubscribe")):
        return f"a mailing to many: From {sender[:SHOWN]} with “{said}”"
    return ""


def _is_mailer(sender: str) -> bool:
    return is_robot(sender) or sender.startswith(_SENDERS)


def _is_from_a_person(parsed: ParsedMessage, sender: str) -> bool:
    """Whether a letter bears a mailing's header only because a sales program or a web mailer sent it."""
    if _is_mailer(sender):
        return False
    return not phrases_in(parsed, "unsubscribe") or buys(said_in(parsed))


def _bulk_headers(parsed: ParsedMessage) -> Iterator[str]:
    """The headers of mail to many. Sales programs put a List-Unsubscribe in a person's answer too."""
    answers = bool(parsed.in_reply_to)
    for name in (*_LIST_HEADERS, "list-unsubscribe"):
        if value(parsed, name) and not (answers and name == "list-unsubscribe"):
            yield name
    if value(parsed, "precedence") in {"bulk", "list", "junk"}:
        yield "precedence"


def _passes_customers_on(parsed: ParsedMessage) -> bool:
    """Whether a form service or a marketplace sent it: its every mail has a List-Unsubscribe, customers' too."""
    return parsed.sender is not None and is_relay(parsed.sender.address)


def _has_other_reply_to(parsed: ParsedMessage) -> bool:
    """Whether answers go to another organisation than From's: then a form or a marketplace passed a customer on."""
    if parsed.sender is None:
        return bool(parsed.reply_to)
    home = _organisation(parsed.sender.address)
    return any(_organisation(mailbox.address) != home for mailbox in parsed.reply_to)


def _is_own_list(parsed: ParsedMessage, own: OwnAddresses) -> bool:
    """Whether the list is a group mailbox of ours: each customer's mail to it then bears a List-Id."""
    list_id = value(parsed, "list-id").rpartition("<")[2].rstrip("> ")
    ours = own.domains | {domain_of(address) for address in own.addresses}
    if any(list_id == domain or list_id.endswith(f".{domain}") for domain in ours if not is_free_mail(domain)):
        return True
    return list_id in {address.replace("@", ".") for address in own.addresses}


def _organisation(address: str) -> str:
    """The last two labels of the domain, near enough to tell a sub-domain from another house."""
    return ".".join(domain_of(address).split(".")[-2:])
