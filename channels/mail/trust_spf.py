"""SPF (RFC 7208): whether the domain of the envelope sender lets this client send its mail."""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

from channels.mail.dns_lookup import DnsTrouble, Lookups, RecordType, is_name
from channels.mail.peers import plain
from channels.mail.trust_domain import ascii_domain
from channels.mail.trust_spf_macro import Envelope, dotted, expand
from channels.mail.trust_spf_record import Mechanism, Record, SpfError, choose, read_record

_MAX_TERMS = 10  # that ask the DNS, in all records of one check
_MAX_VOID = 2
_MAX_HOSTS = 10
_MAX_DOMAIN = 1_000


class SpfResult(NamedTuple):
    """The verdict, and the domain that it is about."""

    verdict: str
    domain: str


def check_spf(client_ip: str, helo: str, mail_from: str, lookups: Lookups) -> SpfResult:
    """The verdict on one envelope: none, neutral, pass, fail, softfail, temperror or permerror.

    mail_from: empty for the null sender; then HELO's name is asked about.
    """
    local, _, written = mail_from.strip().strip("<>").rpartition("@")
    domain = ascii_domain(written or helo)
    if not domain:
        return SpfResult("none", "")
    try:
        ip = plain(ip_address(client_ip))
        check = _Check(Envelope(ip, f"{local or 'postmaster'}@{domain}", helo[:_MAX_DOMAIN]), lookups)
        return SpfResult(check.host(domain), domain)
    except SpfError:
        return SpfResult("permerror", domain)
    except (DnsTrouble, ValueError):  # ValueError: the client has no IP address
        return SpfResult("temperror", domain)


class _Check:
    """One check with its limits, which all included records share."""

    def __init__(self, envelope: Envelope, lookups: Lookups) -> None:
        self._envelope = envelope
        self._lookups = lookups
        self._terms = 0
        self._voids = 0
        self._tests = {"a": self._a, "mx": self._mx, "ptr": self._ptr, "exists": self._exists, "include": self._include}

    def host(self, domain: str) -> str:
        """The verdict of the domain's record. Raises SpfError, DnsTrouble."""
        if not is_name(domain) or "." not in domain:
            return "none"
        text = choose(self._lookups.records(domain, "TXT"))
        return "none" if text is None else self._verdict(read_record(text), domain)

    def _verdict(self, record: Record, domain: str) -> str:
        for mechanism in record.mechanisms:
            if self._matches(mechanism, domain):
                return mechanism.result
        if not record.redirect or any(mechanism.name == "all" for mechanism in record.mechanisms):
            return "neutral"
        self._count_term()
        verdict = self.host(self._expanded(record.redirect, domain))
        if verdict == "none":
            raise SpfError("redirected to a domain without a record")
        return verdict

    def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        if mechanism.name == "all":
            return True
        if mechanism.network is not None:
            return mechanism.network.version == self._ip.version and self._ip in mechanism.network
        self._count_term()
        target = self._expanded(mechanism.domain, domain) if mechanism.domain else domain
        return self._tests[mechanism.name](mechanism, target)

    @property
    def _ip(self) -> IPv4Address | IPv6Address:
        return self._envelope.ip

    def _a(self, mechanism: Mechanism, target: str) -> bool:
        return self._is_one_of(self._asked(target, self._address_kind), mechanism)

    def _mx(self, mechanism: Mechanism, target: str) -> bool:
        hosts = self._asked(target, "MX")
        if len(hosts) > _MAX_HOSTS:
            raise SpfError("too many mail servers")
        return any(self._is_one_of(self._lookups.records(host, self._address_kind), mechanism) for host in hosts)

    def _ptr(self, _: Mechanism, target: str) -> bool:
        end = target.lower().rstrip(".")
        return any(name == end or name.endswith(f".{end}") for name in self._proven_names())

    def _exists(self, _: Mechanism, target: str) -> bool:
        return bool(self._asked(target, "A"))

    def _include(self, _: Mechanism, target: str) -> bool:
        verdict = self.host(target)
        if verdict == "none":
            raise SpfError("a domain without a record is included")
        return verdict == "pass"

    @property
    def _address_kind(self) -> RecordType:
        return "A" if self._ip.version == 4 else "AAAA"

    def _asked(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """The records; too many empty answers in one check are an error."""
        found = self._lookups.records(name, kind)
        self._voids += not found
        if self._voids > _MAX_VOID:
            raise SpfError("too many names that do not exist")
        return found

    def _is_one_of(self, addresses: tuple[str, ...], mechanism: Mechanism) -> bool:
        length = mechanism.v4 if self._ip.version == 4 else mechanism.v6
        return any(self._ip in ip_network((address, length), strict=False) for address in addresses)

    def _proven_names(self) -> list[str]:
        """The client's names in the DNS that lead back to it."""
        zone = "in-addr" if self._ip.version == 4 else "ip6"
        reverse = ".".join(reversed(dotted(self._ip).split(".")))
        proven = []
        with contextlib.suppress(DnsTrouble):  # RFC 7208, 5.5: then the mechanism does not match
            for name in self._lookups.records(f"{reverse}.{zone}.arpa", "PTR")[:_MAX_HOSTS]:
                with contextlib.suppress(DnsTrouble):
                    addresses = self._lookups.records(name, self._address_kind)
                    if any(ip_address(address) == self._ip for address in addresses):
                        proven.append(name.lower().rstrip("."))
        return proven

    def _expanded(self, spec: str, domain: str) -> str:
        return expand(spec, domain, self._envelope, lambda: self._validated(domain))

    def _validated(self, domain: str) -> str:
        """`%{p}`: the proven name that is the domain, else one below it, else any."""
        names = self._proven_names()
        below = [name for name in names if name.endswith(f".{domain}")]
        return domain if domain in names else next(iter([*below, *names]), "unknown")

    def _count_term(self) -> None:
        self._terms += 1
        if self._terms > _MAX_TERMS:
            raise SpfError("too many look-ups")
