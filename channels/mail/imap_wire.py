"""IMAPClient over a connection that is bounded in time and size, whatever the server sends.

imaplib reads lines without end as long as each is short, waits for every byte as long as the socket's own time limit,
and makes room for any literal that is announced. Here each command has an allowance of bytes and a deadline.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from imapclient import IMAPClient, SocketTimeout

# What the answer to a command without mail in it may come to: 500,000 UIDs are 4 MB.
LARGEST_ANSWER = 4 * 2**20
MOST_LINES = 25_000
# Bytes a second below which a server counts as hanging.
SLOWEST = 8 * 1024
LONGEST_COMMAND = 1800.0
GOODBYE_SECONDS = 2.0
_PIECE = 64 * 1024


class TooMuch(imaplib.IMAP4.abort):
    """The server sends more than was asked for."""


class Wire:
    """Reads from one socket. timeout: seconds of silence, and of what comes more slowly than SLOWEST."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self.sock = sock
        self.timeout = timeout
        self._buffer = bytearray()
        self._expect(LARGEST_ANSWER)

    def _expect(self, size: int) -> None:
        self._room = size
        self._text = LARGEST_ANSWER + len(self._buffer)
        self._lines = MOST_LINES
        self._received = 0
        self._begun = time.monotonic()

    def expect(self, size: int = LARGEST_ANSWER) -> None:
        """A new command begins, whose answer may have so many bytes."""
        self._expect(size + len(self._buffer))

    def line(self) -> bytes:
        """The next line with its end; what there is of it when the connection ends."""
        self._lines -= 1
        if self._lines < 0:
            raise TooMuch("the server answers without end")
        begin = 0
        while (end := self._buffer.find(b"\n", begin)) < 0:
            begin = len(self._buffer)
            # A mail may be large; words take twenty times their room once they are taken apart.
            if begin > self._text:
                raise TooMuch("the server answers without end")
            if not self._more():
                break
        line = self._take(end + 1 if end >= 0 else len(self._buffer))
        self._text -= len(line)
        return line

    def exactly(self, size: int) -> bytes:
        """So many bytes. Raises TooMuch at once where they are more than may come."""
        if size > self._room:
            raise TooMuch(f"the server announces {size} bytes where at most {max(0, self._room)} were asked for")
        while len(self._buffer) < size:
            if not self._more():
                raise imaplib.IMAP4.abort(f"the connection ended after {len(self._buffer)} of {size} bytes")
        return self._take(size)

    def waiting(self, seconds: float) -> bool:
        """Whether something has come, or comes within so many seconds."""
        if self._buffer:
            return True
        self.sock.settimeout(seconds)
        try:
            self._buffer += (piece := self.sock.recv(_PIECE))
        except TimeoutError:
            return False
        if not piece:
            raise imaplib.IMAP4.abort("the server has closed the connection")
        self._expect(LARGEST_ANSWER)
        return True

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        self._room -= size
        return taken

    def _more(self) -> bool:
        if len(self._buffer) > self._room:
            raise TooMuch("the server answers without end")
        earned = min(self.timeout + self._received / SLOWEST, LONGEST_COMMAND)
        left = self._begun + earned - time.monotonic()
        if left <= 0:
            raise TimeoutError("too slow")
        self.sock.settimeout(min(left, self.timeout))
        piece = self.sock.recv(_PIECE)
        self._received += len(piece)
        self._buffer += piece
        return bool(piece)


class _TellingContext:
    """A TLS context that tells of its socket before the handshake, in which a server may hang."""

    def __init__(self, context: ssl.SSLContext, opened: Callable[[socket.socket], None]) -> None:
        self._context, self._opened = context, opened

    def wrap_socket(self, plain: socket.socket, server_hostname: str) -> ssl.SSLSocket:
        """TLS over this connection, whose certificate was checked."""
        wrapped = self._context.wrap_socket(plain, server_hostname=server_hostname, do_handshake_on_connect=False)
        self._opened(wrapped)
        try:
            wrapped.do_handshake()
        except (OSError, ValueError):
            wrapped.close()
            raise
        return wrapped


class Connection(imaplib.IMAP4):
    """imaplib's connection that reads through a Wire. tls: a context to begin with TLS, None for plain or STARTTLS.

    opened: told each socket as soon as there is one, so that another thread can end the waiting.
    """

    def __init__(
        self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None, opened: Callable[[socket.socket], None]
    ) -> None:
        self._limit, self._tls, self._opened = timeout, tls, opened
        self.allowance = LARGEST_ANSWER
        self._wire: Wire | None = None
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout)
        self._opened(plain)
        return plain if self._tls is None else _TellingContext(self._tls, self._opened).wrap_socket(plain, self.host)

    def starttls(self, ssl_context: Any = None) -> Any:
        """As imaplib's, but also the new socket can be closed from elsewhere."""
        return super().starttls(_TellingContext(ssl_context, self._opened))  # imaplib only wraps with it

    @property
    def wire(self) -> Wire:
        """The reader of the present socket; after STARTTLS another, so that nothing sent before TLS is believed."""
        if self._wire is None or self._wire.sock is not self.sock:
            self._wire = Wire(self.sock, self._limit)
        return self._wire

    def read(self, size: int) -> bytes:
        """A literal."""
        return self.wire.exactly(size)

    def readline(self) -> bytes:
        """A line."""
        return self.wire.line()

    def send(self, data: Any) -> None:
        """Send; a server that takes nothing is given up as one that says nothing."""
        self.sock.settimeout(self._limit)
        self.sock.sendall(data)

    def _new_tag(self) -> bytes:
        """Every command begins here."""
        self.wire.expect(self.allowance)
        self.untagged_responses.clear()  # or an answer of an earlier command would count as one of this
        tag: bytes = super()._new_tag()  # type: ignore[misc] # typeshed leaves it out
        return tag

    def hurry(self, timeout: float) -> None:
        """From now on wait no longer than this."""
        self._limit = self.wire.timeout = timeout


class Client(IMAPClient):  # type: ignore[misc] # it ships no types
    """IMAPClient over such a connection."""

    _imap: Connection

    def __init__(
        self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None, opened: Callable[[socket.socket], None]
    ) -> None:
        self._opened = opened
        super().__init__(host, port, ssl=tls is not None, ssl_context=tls, timeout=SocketTimeout(timeout, timeout))
        # IMAPClient has imaplib write down every byte that comes, the passwords and mails too.
        self._imap.debug = 0

    def _create_IMAP4(self) -> Connection:  # noqa: N802 - IMAPClient's
        return Connection(self.host, self.port, self._timeout.connect, self.ssl_context, self._opened)

    def _raw_command_untagged(self, command: bytes, *args: Any, **options: Any) -> Any:
        """As IMAPClient's; some servers tell what they found in several lines."""
        lines = super()._raw_command_untagged(command, *args, **options)
        return [b" ".join(filter(None, lines))] if command == b"SEARCH" else lines

    def _proc_folder_list(self, folder_data: Sequence[Any]) -> list[tuple[Any, Any, Any]]:
        """As IMAPClient's, line by line: one that is out of order must not hide the others."""
        found: list[tuple[Any, Any, Any]] = []
        record: list[Any] = []
        for item in folder_data:
            record.append(item)
            if not isinstance(item, tuple):  # that is a line which goes on behind a literal
                with contextlib.suppress(ValueError, imaplib.IMAP4.error):
                    found += super()._proc_folder_list(record)
                record = []
        return found

    @property
    def connection(self) -> Connection:
        """What imaplib knows of it."""
        return self._imap

    @contextlib.contextmanager
    def allowing(self, size: int) -> Iterator[None]:
        """The answers to commands inside may have so many bytes, and no more."""
        self._imap.allowance = size
        try:
            yield
        finally:
            self._imap.allowance = LARGEST_ANSWER

    def leave(self) -> None:
        """Say goodbye where that is quick, and close. Never raises."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError, ValueError):
            self._imap.hurry(GOODBYE_SECONDS)
            self.logout()
        self.drop()

    def drop(self) -> None:
        """Close without a word. Never raises."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError, ValueError):
            self.shutdown()
