"""Mails fetched a batch at a time; one that fails is tried alone, then its beginning, and in the end passed over.

A batch is bounded in mails and bytes. That a mail is gone is believed only when the server says that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from channels.mail.imap_server import FIRST_MEGABYTE, Refused, Server
from enrichment.errors import RetryLater

log = structlog.get_logger(__name__)

BATCH_MAILS = 20
BATCH_BYTES = 8 * 2**20
# So often is a mail fetched whole, then so often its beginning, before the others go on without it.
WHOLE_TRIES = 5
ALL_TRIES = 8
# When a sweep tries again what was passed over.
RETRY_PAUSE = timedelta(hours=5)

_Key = tuple[str, int, int]


class Attempts:
    """How often in a row each mail could not be fetched; forgotten when the process ends. passed: what was given up."""

    def __init__(self) -> None:
        self.failures: dict[_Key, int] = {}
        self.passed: list[str] = []
        self._retried_at: datetime | None = None

    def once_more(self, now: datetime) -> None:
        """Give what was passed over another try, a few times a day."""
        if self._retried_at is None or now - self._retried_at >= RETRY_PAUSE:
            self._retried_at = now
            self.failures = {key: min(failures, ALL_TRIES - 1) for key, failures in self.failures.items()}


class Fetcher:
    """Fetches from one folder that is open."""

    def __init__(self, server: Server, folder: str, uidvalidity: int, attempts: Attempts) -> None:
        self._server, self._attempts = server, attempts
        self._folder, self._uidvalidity = folder, uidvalidity

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """The size of each mail, without those that were expunged meanwhile; the largest where it is not told."""
        try:
            found = self._server.sizes(uids)
        except Refused:
            found = {}
        missing = [uid for uid in uids if uid not in found]
        untold = self._server.still_there(missing) if missing else set()
        return found | dict.fromkeys(untold, self._server.mailbox.largest)

    def alone(self, uid: int) -> bool:
        """Whether a mail is fetched without others, because it or one beside it has failed."""
        return self._key(uid) in self._attempts.failures

    def mails(self, batch: Sequence[int], sizes: Mapping[int, int]) -> list[tuple[int, tuple[bytes, int | None]]]:
        """(UID, (bytes, size of the whole where they are only its beginning)) of each. Raises RetryLater."""
        there = [uid for uid in batch if uid in sizes and not self._passed_over(uid)]
        try:
            found = self._fetched(there, sizes)
            self._must_be_gone([uid for uid in there if uid not in found])
        except RetryLater as error:
            self._note(there, error)
            raise
        for uid in there:
            self._attempts.failures.pop(self._key(uid), None)
        return [(uid, found[uid]) for uid in there if uid in found]

    def _fetched(self, uids: Sequence[int], sizes: Mapping[int, int]) -> dict[int, tuple[bytes, int | None]]:
        cut = [uid for uid in uids if sizes[uid] > self._server.mailbox.largest or self._failures(uid) >= WHOLE_TRIES]
        whole = [uid for uid in uids if uid not in cut]
        bodies = self._server.bodies(whole, sum(sizes[uid] for uid in whole)) if whole else {}
        # Dovecot gives nothing, in place of no answer, for a mail that was removed a moment ago.
        found: dict[int, tuple[bytes, int | None]] = {
            uid: (content, None) for uid, content in bodies.items() if content or not sizes[uid]
        }
        for uid in cut:
            if content := self._server.beginning(uid):
                whole_size = max(sizes[uid], len(content))  # a server may have said less than there is
                is_cut = len(content) >= FIRST_MEGABYTE != sizes[uid]
                found[uid] = (content, whole_size if is_cut else None)
        return found

    def _must_be_gone(self, uids: Sequence[int]) -> None:
        """A mail that was asked for and did not come, and that was not expunged, would be lost."""
        if uids and (withheld := self._server.still_there(uids)):
            where = f"UID {min(withheld)} in {self._folder}"
            raise Refused(f"{self._server.mailbox.name}: the server does not give the mail with {where}")

    def _note(self, uids: Sequence[int], error: RetryLater) -> None:
        """Who was fetched alone is to blame; of several, each is tried alone."""
        for uid in uids:
            self._attempts.failures[self._key(uid)] = self._failures(uid) + (len(uids) == 1)
        if len(uids) == 1 and self._failures(uids[0]) == ALL_TRIES:
            text = f"{self._server.mailbox.name}: the mail with UID {uids[0]} in {self._folder} cannot be fetched"
            log.error("a mail is passed over", why=f"{text} ({error})")
            self._attempts.passed.append(f"{text}; look at it with a mail program")

    def _passed_over(self, uid: int) -> bool:
        return self._failures(uid) >= ALL_TRIES

    def _failures(self, uid: int) -> int:
        return self._attempts.failures.get(self._key(uid), 0)

    def _key(self, uid: int) -> _Key:
        return self._folder, self._uidvalidity, uid


def batches(
    uids: Sequence[int],
    sizes: Mapping[int, int],
    largest: int,
    alone: Callable[[int], bool],
    most_bytes: int = BATCH_BYTES,
) -> Iterator[list[int]]:
    """The UIDs in their order, in batches that BATCH_MAILS and most_bytes bound; a mail may be one of its own."""
    batch: list[int] = []
    held = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        size = min(size, FIRST_MEGABYTE) if size > largest else size
        if batch and (len(batch) >= BATCH_MAILS or held + size > most_bytes or alone(uid) or alone(batch[-1])):
            yield batch
            batch, held = [], 0
        batch.append(uid)
        held += size
    if batch:
        yield batch
