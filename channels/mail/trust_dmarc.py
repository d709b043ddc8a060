"""DMARC (RFC 7489): whether what SPF and DKIM prove speaks for the domain that people see in From."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from channels.mail.dns_lookup import DnsTrouble, Lookups
from channels.mail.trust_dkim import DkimResult
from channels.mail.trust_domain import is_aligned, organisation
from channels.mail.trust_spf import SpfResult

_TAG = re.compile(r"\s{0,20}([a-z]{1,10})\s{0,20}=\s{0,20}([^;\s]{1,500})\s{0,20}", re.IGNORECASE)
_VERSION = re.compile(r"v\s{0,20}=\s{0,20}DMARC1\s{0,20}(?:;|$)")


class Policy(NamedTuple):
    """What a domain asks for: whether the very same domain must be proven, by DKIM and by SPF.

    source: whether it comes from a record, there is none, or the DNS did not answer.
    """

    source: Literal["record", "none", "temperror"] = "none"
    strict_dkim: bool = False
    strict_spf: bool = False


def find_policy(author: str, lookups: Lookups) -> Policy:
    """The policy of the author's domain, else of its organisation."""
    for domain in dict.fromkeys((author, organisation(author))):
        try:
            found = lookups.records(f"_dmarc.{domain}", "TXT")
        except DnsTrouble:
            return Policy("temperror")
        records = [text for text in found if _VERSION.match(text)]
        if len(records) == 1:  # of several none counts (RFC 7489, 6.6.3)
            return _policy(records[0])
    return Policy()


def _policy(text: str) -> Policy:
    tags = {tag[1].lower(): tag[2].lower() for part in text.split(";")[:50] if (tag := _TAG.fullmatch(part))}
    return Policy("record", strict_dkim=tags.get("adkim") == "s", strict_spf=tags.get("aspf") == "s")


def check_dmarc(author: str, policy: Policy, spf: SpfResult | None, dkim: DkimResult) -> tuple[str | None, bool | None]:
    """The verdict (pass, fail, none, temperror; None when it cannot be told), and whether From is proven.

    spf: None when the mail came through a server of ours; then only a good signature says something. A silent DNS
    counts where its answer could have proven From: a stranger's slow server must not keep a `fail` away.
    """
    proven = _is_proven(author, policy, spf, dkim)
    silent = any(is_aligned(domain, author) for domain in dkim.unanswered)
    silent |= spf is not None and spf.verdict == "temperror" and is_aligned(spf.domain, author)
    aligned = proven or (None if silent or spf is None else False)
    if policy.source != "record":
        return policy.source, aligned
    if proven:
        return "pass", True
    if silent:
        return "temperror", None
    return (None if spf is None else "fail"), aligned


def _is_proven(author: str, policy: Policy, spf: SpfResult | None, dkim: DkimResult) -> bool:
    by_spf = spf is not None and spf.verdict == "pass" and is_aligned(spf.domain, author, strict=policy.strict_spf)
    return by_spf or any(is_aligned(domain, author, strict=policy.strict_dkim) for domain in dkim.domains)
