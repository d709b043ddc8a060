"""ARC (RFC 8617): what a forwarding provider that we trust saw of the sender, before forwarding broke the proof.

Gmail and Microsoft 365 seal what they forward. Only the newest seal counts, and only when it is by a server that the
owner named: such a server looked at the mail itself, whoever had sealed it before.
"""

from __future__ import annotations

import re

import dkim  # type: ignore[import-untyped]  # it has no types
from dkim.util import parse_tag_value  # type: ignore[import-untyped]  # it has no types

from channels.mail.dns_lookup import DnsTrouble, Lookups
from channels.mail.trust_dkim import BROKEN, MAX_KEY, MAX_SIGNATURE, is_bounded, quiet_logger, relaxed_body
from channels.mail.trust_domain import ascii_domain, organisation
from channels.mail.trust_headers import Field
from channels.mail.trust_stated import read_results, verdicts
from enrichment.models import Authentication

_NAMES = frozenset({"arc-seal", "arc-message-signature", "arc-authentication-results"})
_MAX_FIELDS = 15  # five seals of three fields; real mail has one to three
_WIDE = re.compile(r"\s{100}")
_INSTANCE = re.compile(r"\s*i\s*=\s*\d{1,2}\s*;")


def sealed(
    content: bytes, fields: tuple[Field, ...], trusted: frozenset[str], author: str, lookups: Lookups
) -> Authentication | None:
    """The verdicts under the newest seal; None without a good seal of a trusted server.

    trusted: authserv-ids, as for trust_stated; the seal must be by the organisation of that server.
    """
    found = [field for field in fields if field.name in _NAMES]
    if not trusted or not found or len(found) > _MAX_FIELDS or not is_bounded(content, fields):
        return None
    if any(len(field.value) > MAX_SIGNATURE or _WIDE.search(field.value) for field in found):
        return None
    try:
        results, domains = _newest(content, lookups)
    except (*BROKEN, DnsTrouble):
        return None
    server, said = read_results(_INSTANCE.sub("", results, count=1), trusted)
    if said is None or any(organisation(domain) != organisation(server) for domain in domains):
        return None
    return verdicts(said, author)


def _newest(content: bytes, lookups: Lookups) -> tuple[str, tuple[str, str]]:
    """The results in the newest ARC set, and who sealed and signed it. Raises one of BROKEN when it is not good."""
    message = dkim.ARC(content, logger=quiet_logger(), minkey=1024)
    instance, headers = message.sorted_arc_headers()
    message.body = relaxed_body(message.body)

    def key(name: bytes, timeout: float = 0) -> bytes | None:  # noqa: ARG001 - dkimpy hands its own time-out over
        texts = lookups.records(name.decode("ascii"), "TXT")
        return next((text.encode("latin-1") for text in texts if "p=" in text and len(text) <= MAX_KEY), None)

    output = message.verify_instance(headers, instance, dnsfunc=key)
    signed = next(value for at, (name, value) in headers if at == instance and name == b"arc-message-signature")
    tags = parse_tag_value(signed)
    names = tags[b"h"].lower().replace(b" ", b"").split(b":")
    # An honest seal covers the whole body, and From.
    whole = b"l" not in tags and b"from" in names and tags.get(b"c", b"relaxed/relaxed") == b"relaxed/relaxed"
    if not (output["ams-valid"] and output["as-valid"] and output["cv"] != dkim.CV_Fail and whole):
        raise dkim.ValidationError("the newest seal is not good")
    domains = (output["as-domain"].decode("ascii"), output["ams-domain"].decode("ascii"))
    return output["aar-value"].decode("ascii", "replace"), (ascii_domain(domains[0]), ascii_domain(domains[1]))
