"""Whether two leads come from the same party, and by what staff can see it."""

from __future__ import annotations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from enrichment.lead import Candidate, Contact
from enrichment.models import Model
from enrichment.stages.addresses import domain_of, identifies, is_free_mail, is_shared, match_key

_SLIPS_FROM = 4  # letters: in shorter names one letter makes another name
_SAME_NAME = 90  # of 100 in rapidfuzz's token_sort_ratio: `Jo Smith` and `Smith, Jo`, one letter off in twelve
_SAME_COMPANY = 90
_VERY_SIMILAR = 0.75  # the cosine above which a namesake is believed to be the same person


class Party(Model):
    """What speaks for one party; strength 0.0-1.0, 0.0 when nothing does."""

    strength: float = 0.0
    reasons: tuple[str, ...] = ()


def same_party(left: Candidate, right: Candidate, similarity: float) -> Party:
    """How sure it is that one party is behind both; similarity: cosine of the requests."""
    reasons: list[str] = []
    if email := _shared_email(left, right):
        reasons.append(f"same e-mail {email}")
    phone = next((phone for phone in _phones(left) if phone in _phones(right)), None)
    # Beside the e-mail a phone is a reason when both wrote it, not when we know it of the customer from one of them.
    if phone and (not email or left.contact.phone == right.contact.phone):
        reasons.append(f"same phone {phone}")
    if reasons:
        return Party(strength=1.0 if email else 0.95, reasons=tuple(reasons))
    return _namesakes(left.contact, right.contact, similarity)


def company_domain(contact: Contact) -> str:
    """The domain of the contact's firm; empty for a provider's, a program's or a relay's address."""
    if contact.email is None or not identifies(contact.email) or is_free_mail(domain_of(contact.email)):
        return ""
    return domain_of(contact.email)


def _shared_email(left: Candidate, right: Candidate) -> str | None:
    """The address of `left`, as it is written, that belongs to `right` too."""
    others = _email_keys(right)
    for key, shown in _email_keys(left).items():
        if key in others and not (is_shared(shown) and _other_name(left.contact, right.contact)):
            return shown
    return None


def _email_keys(lead: Candidate) -> dict[str, str]:
    """Match key to address of everything that identifies the party."""
    addresses = (*([lead.contact.email] if lead.contact.email else []), *lead.emails)
    keys: dict[str, str] = {}
    for address in addresses:
        if identifies(address):
            keys.setdefault(match_key(address), address)
    return keys


def _phones(lead: Candidate) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*([lead.contact.phone] if lead.contact.phone else []), *lead.phones]))


def _namesakes(left: Contact, right: Contact, similarity: float) -> Party:
    """The same full name counts with the same company, or with nearly the same words."""
    if not _same_full_name(left.name, right.name):
        return Party()
    if _same_company(left, right):
        return Party(strength=0.85, reasons=(f"same name {left.name} at the same company",))
    if similarity >= _VERY_SIMILAR and not _contradict(left, right):
        return Party(strength=0.8, reasons=(f"same name {left.name} and nearly the same request",))
    return Party()


def _same_full_name(left: str, right: str) -> bool:
    """The same words in any order, each with a slip of the pen at most; `Unit 3` and `Unit 4` are two."""
    words, others = sorted(_plain(left).split()), sorted(_plain(right).split())
    if min(len(words), len(others)) < 2 or len(words) != len(others):
        return False
    return all(_same_word(word, other) for word, other in zip(words, others, strict=True))


def _same_word(left: str, right: str) -> bool:
    if len(left) < _SLIPS_FROM or not (left.isalpha() and right.isalpha()):
        return left == right
    return OSA.distance(left, right, score_cutoff=1) <= 1


def _same_company(left: Contact, right: Contact) -> bool:
    domain = company_domain(left)
    if domain and domain == company_domain(right):
        return True
    return bool(left.company and right.company) and _alike(left.company, right.company, _SAME_COMPANY)


def _contradict(left: Contact, right: Contact) -> bool:
    """Two different firms' addresses are two people, whatever they are called."""
    domains = {company_domain(left), company_domain(right)} - {""}
    return len(domains) == 2


def _other_name(left: Contact, right: Contact) -> bool:
    return bool(left.name and right.name) and not _alike(left.name, right.name, _SAME_NAME)


def _alike(left: str, right: str, least: int) -> bool:
    return fuzz.token_sort_ratio(_plain(left), _plain(right)) >= least


def _plain(name: str) -> str:
    return name.casefold().replace(",", " ").replace(".", " ")
