"""What an e-mail address says: whose it is, whether a program writes from it, and when two are the same mailbox."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from enrichment.models import Model, ParsedMessage
from enrichment.stages.tables import load_table

_READ_LENGTH = 20_000
_MOST_FOUND = 20
# Of a lead's neighbours each address is looked at once for every lead that they are neighbours of.
_REMEMBERED = 1024
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
# Providers with a domain in nearly every country.
_EVERYWHERE = frozenset({"yahoo", "hotmail", "outlook", "gmx", "aol", "yandex", "protonmail"})
_NO_REPLY = (
    "noreply",
    "donotreply",
    "donotrespond",
    "nepasrepondre",
    "noresponder",
    "naoresponda",
    "nichtantworten",
    "mailerdaemon",
)
# `abc123@reply.market.example`: the house sends answers on to somebody.
_RELAY_HOSTS = frozenset({"reply", "replies", "relay", "convo"})
# `reply+4711@` at a relay: the tag says to whom an answer goes.
_ANSWERED = frozenset({"reply", "replies"})
# Before a country code they are no owner's label: `acme.co.uk`.
_SECOND_LEVEL = frozenset(
    {
        "ac",
        "co",
        "com",
        "edu",
        "go",
        "gob",
        "gouv",
        "gov",
        "govt",
        "gv",
        "ltd",
        "me",
        "ne",
        "net",
        "nom",
        "or",
        "org",
        "plc",
    }
)
# Bounded on both sides, so that a long run of letters is read once and not once from each of its letters.
_EMAIL = re.compile(
    r"(?<![\w.+%@-])[a-z0-9][\w.+%'-]{0,63}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}(?![\w@-])",
    re.IGNORECASE | re.ASCII,
)


def recipients_of(envelope: Iterable[str], parsed: ParsedMessage) -> tuple[str, ...]:
    """Every address that it was sent to: the envelope's, then those of To and Cc; lower case, each once."""
    headers = (mailbox.address for mailbox in (*parsed.to, *parsed.cc))
    return tuple(dict.fromkeys(address.lower() for address in (*envelope, *headers)))


class OwnAddresses(Model):
    """What is ours and so never a customer's: recipient addresses, whole domains, phones (E.164), the site's names.

    Everything in lower case. A domain is ours only when it is named: customers may share a provider with us.
    """

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def owns(self, address: str) -> bool:
        """Whether this is one of our addresses, a `+token` of one, or at one of our domains."""
        local, _, domain = address.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return plain in self.addresses or address.lower() in self.addresses or is_within(domain, self.domains)


class _Mail(Model):
    """The table mail.toml."""

    free_mail_domains: frozenset[str]
    robot_names: frozenset[str]
    relay_domains: frozenset[str]
    role_names: frozenset[str]


@cache
def _mail() -> _Mail:
    return load_table(_Mail, "mail.toml")


def emails_in(text: str) -> tuple[str, ...]:
    """The e-mail addresses written in the text, lower case, each once, at most 20 from its first 20,000 characters."""
    found = dict.fromkeys(normalise_email(match[0]) for match in _EMAIL.finditer(text[:_READ_LENGTH]))
    return tuple(found)[:_MOST_FOUND]


def normalise_email(address: str) -> str:
    """The address as it is shown and written to: trimmed and in lower case."""
    return address.strip().strip("<>").removeprefix("mailto:").rstrip(".'").lower()


@lru_cache(maxsize=_REMEMBERED)
def match_key(address: str) -> str:
    """The address as it is compared: without a `+tag`, and without dots where Gmail ignores them.

    Only providers' tags are cut: a company's `reply+4711@` may be another person's for each number.
    """
    local, _, domain = normalise_email(address).rpartition("@")
    if is_free_mail(domain):
        local = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """What follows the @, lower case."""
    return address.rpartition("@")[2].lower()


def organisation_of(address: str) -> str:
    """The domain that its owner registered, near enough: `mail.acme.co.uk` and `acme.co.uk` are one house."""
    labels = domain_of(address).split(".")[-10:]
    country_code = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if country_code else labels[-2:])


def is_within(domain: str, domains: frozenset[str]) -> bool:
    """Whether the domain is one of these or below one of these."""
    labels = domain.lower().split(".")[-10:]
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))


def is_free_mail(domain: str) -> bool:
    """Whether anyone may have an address at that domain, so that it names no company."""
    return is_within(domain, _mail().free_mail_domains) or organisation_of(domain).partition(".")[0] in _EVERYWHERE


def is_robot(address: str) -> bool:
    """Whether a program writes from it (no-reply, mailer-daemon, wordpress@ ...)."""
    local = address.lower().rpartition("@")[0]
    plain = re.split(r"[+=]", local, maxsplit=1)[0].rstrip("0123456789.-_")
    squeezed = re.sub(r"[._-]", "", plain)
    answered = plain in _ANSWERED and plain != local and is_relay(address)
    return (plain in _mail().robot_names and not answered) or any(word in squeezed for word in _NO_REPLY)


def is_relay(address: str) -> bool:
    """Whether it stands for somebody else: a form service, a marketplace, a mailing list."""
    domain = domain_of(address)
    host, _, rest = domain.partition(".")
    return is_within(domain, _mail().relay_domains) or (host in _RELAY_HOSTS and "." in rest)


def is_shared(address: str) -> bool:
    """Whether several people of one company use it (info@, office@ ...)."""
    return address.lower().rpartition("@")[0] in _mail().role_names


@lru_cache(maxsize=_REMEMBERED)
def identifies(address: str) -> bool:
    """Whether two messages with this address come from one party."""
    return "@" in address and not is_robot(address) and not is_relay(address)
