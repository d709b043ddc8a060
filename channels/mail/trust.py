"""Checks whether a mail comes from whom it says: SPF, DKIM and DMARC, from the stored envelope and bytes.

All look-ups of a mail together end with the deadline; a check that has no answer by then is `temperror`. The domain in
From is asked first and SPF last, where the sender decides how much is asked: nobody can use the time up before that.
"""

from __future__ import annotations

from channels.mail.dns_lookup import Lookups, Resolver
from channels.mail.trust_arc import sealed
from channels.mail.trust_dkim import check_dkim
from channels.mail.trust_dmarc import Policy, check_dmarc, find_policy
from channels.mail.trust_headers import author_domain, fields_of
from channels.mail.trust_spf import check_spf
from enrichment.models import Authentication

DEADLINE = 3.0


def authenticate(
    content: bytes,
    *,
    client_ip: str | None,
    helo: str | None,
    mail_from: str | None,
    resolver: Resolver,
    seconds: float = DEADLINE,
    trusted: frozenset[str] = frozenset(),
) -> Authentication:
    """The verdicts on one mail, within `seconds`; never raises for what the mail or the DNS says.

    client_ip: None when the client is a server of ours, which says nothing about the sender; then SPF is not looked at.
    mail_from: empty for the null sender. trusted: authserv-ids of providers that forward mail to us; what such a one
    saw and sealed (ARC) counts where the mail itself proves nothing any more.
    """
    fields = fields_of(content)
    author = author_domain(fields)
    lookups = Lookups(resolver, seconds)
    policy = find_policy(author, lookups) if author else Policy()
    dkim = check_dkim(content, fields, author, lookups)
    spf = None if client_ip is None else check_spf(client_ip, helo or "", mail_from or "", lookups)
    spf_word = spf.verdict if spf else None
    if not author:
        return Authentication(spf=spf_word, dkim=dkim.verdict, dmarc="permerror")
    dmarc, aligned = check_dmarc(author, policy, spf, dkim)
    if not aligned and (found := sealed(content, fields, trusted, author, lookups)):
        return found
    return Authentication(spf=spf_word, dkim=dkim.verdict, dmarc=dmarc, aligned=aligned)
