"""Mail servers: they keep what was not answered 250 and try again, and write down what was."""

from __future__ import annotations

import contextlib
import heapq
import smtplib
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.mails import Mail, Sending

# Real servers wait minutes; the order of things is the same.
RETRY_SECONDS = 0.3
# Longer than the bot lets a sender wait.
TIMEOUT = 90.0
MAILS_A_CONNECTION = 4


@dataclass
class Log:
    """What the senders know: the mails that were answered 250, and how the others were."""

    accepted: dict[int, Mail] = field(default_factory=dict)
    transmissions: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    bounced: dict[int, str] = field(default_factory=dict)


class Senders:
    """Some mail servers with one queue, each a thread with connections of its own."""

    def __init__(self, port: int, count: int) -> None:
        self.log = Log()
        self._port = port
        self._ready: list[tuple[float, int, bool, Mail]] = []
        self._after: dict[int, list[Mail]] = defaultdict(list)
        self._busy = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._work, name=f"sender-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def release(self, mails: Sequence[Mail]) -> None:
        """Queue these."""
        with self._changed:
            for mail in mails:
                if mail.of is not None and mail.of.number not in self.log.accepted:
                    self._after[mail.of.number].append(mail)  # nobody answers before they have written
                else:
                    self._queue(mail)
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many mails have not been answered 250 yet."""
        with self._changed:
            return len(self._ready) + self._busy + sum(len(mails) for mails in self._after.values())

    def stop(self) -> None:
        """End the threads; what waits stays undelivered."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(TIMEOUT)

    def _queue(self, mail: Mail) -> None:
        heapq.heappush(self._ready, (0.0, mail.number, False, mail))
        if mail.sending == Sending.TWIN:
            heapq.heappush(self._ready, (0.0, mail.number, True, mail))

    def _take(self) -> tuple[int, bool, Mail] | None:
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                if self._ready and self._ready[0][0] <= now:
                    _, number, again, mail = heapq.heappop(self._ready)
                    self._busy += 1
                    return number, again, mail
                self._changed.wait(max(0.01, self._ready[0][0] - now) if self._ready else None)
        return None

    def _work(self) -> None:
        line = _Line(self._port)
        while (taken := self._take()) is not None:
            _, again, mail = taken
            unread = mail.sending == Sending.RESENT and not again
            code, words = line.transmit(mail, unread=unread)
            with self._changed:
                lost = code == 250 and unread
                self._note(mail, code, words)
                if code != 250 or lost:
                    self._again(mail, code, second=again or lost)
                self._busy -= 1
                self._changed.notify_all()
            if lost:
                line.drop()
            if code == 0:
                time.sleep(RETRY_SECONDS)  # who does not answer is left alone for a moment, not only this mail
        line.close()

    def _note(self, mail: Mail, code: int, words: str) -> None:
        self.log.transmissions += 1
        if code == 250:
            if mail.number not in self.log.accepted:
                self.log.accepted[mail.number] = mail
                for waiting in self._after.pop(mail.number, ()):
                    self._queue(waiting)
        elif code == 0:
            self.log.unanswered += 1
        else:
            self.log.refused[code] += 1
            if code >= 500:
                self.log.bounced[mail.number] = words

    def _again(self, mail: Mail, code: int, *, second: bool) -> None:
        """Queue what was not answered 250, or whose answer is taken for lost; a 5xx is the end of a mail."""
        if code < 500:
            wait = 0.0 if code == 250 else RETRY_SECONDS
            heapq.heappush(self._ready, (time.monotonic() + wait, mail.number, second, mail))


class _Line:
    """One sender's connection, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._client: smtplib.SMTP | None = None
        self._sent = 0

    def transmit(self, mail: Mail, *, unread: bool) -> tuple[int, str]:
        """The reply that counts for this mail and its words; 0 when none came.

        unread: the 250 is taken for lost, so nothing may be said that only somebody says who has read it.
        """
        content = mail.content()
        try:
            client = self._open()
            for reply in (client.mail(mail.mail_from), client.rcpt(mail.rcpt_to)):
                if reply[0] != 250:
                    return self._refused(reply)
            reply = client.data(content)
        except smtplib.SMTPResponseException as error:
            return self._refused((error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError):
            self.drop()
            return 0, ""
        if reply[0] != 250:
            return self._refused(reply)
        self._sent += 1
        if self._sent >= MAILS_A_CONNECTION and not unread:
            self.close()
        return reply[0], ""

    def _open(self) -> smtplib.SMTP:
        if self._client is None:
            self._client = smtplib.SMTP("127.0.0.1", self._port, local_hostname="sender.example", timeout=TIMEOUT)
            self._client.ehlo()
            self._sent = 0
        return self._client

    def _refused(self, reply: tuple[int, bytes | str]) -> tuple[int, str]:
        self.drop()
        words = reply[1].decode("utf-8", "replace") if isinstance(reply[1], bytes) else reply[1]
        return max(0, reply[0]), words

    def close(self) -> None:
        """Take leave, as one who has read every answer."""
        if self._client is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._client.quit()
        self.drop()

    def drop(self) -> None:
        """Let the connection break."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                if self._client.sock is not None:
                    self._client.sock.shutdown(socket.SHUT_RDWR)
            self._client.close()
        self._client = None
