"""The domains of everybody we know, to which a stranger's may be made alike; looked up now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.lookalike import KnownDomains
from enrichment.store_ports import LeadStore

# As many addresses as are read, the newest parties first.
MOST = 20_000
# A new customer's domain is imitated, if at all, days later.
LASTS_SECONDS = 600.0


class Acquaintances:
    """Our own domains and those of known customers. Thread-safe; now: seconds on a clock that only goes on."""

    def __init__(self, leads: LeadStore, own: OwnAddresses, now: Callable[[], float] = time.monotonic) -> None:
        self._leads = leads
        self._own = own
        self._now = now
        self._lock = threading.Lock()
        self._known = KnownDomains(())
        self._until = float("-inf")

    def domains(self) -> KnownDomains:
        """As they were ten minutes ago at most. Raises RetryLater while the store is away."""
        with self._lock:
            if self._now() >= self._until:
                ours = (*self._own.addresses, *(f"@{domain}" for domain in sorted(self._own.domains)))
                self._known = KnownDomains((*ours, *self._leads.addresses(MOST)))
                self._until = self._now() + LASTS_SECONDS
            return self._known
