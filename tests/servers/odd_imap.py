r"""An IMAP server that misbehaves: it speaks enough IMAP to be polled, and strikes at the command it is told to.

    with odd_imap() as server:
        server.mails[1] = b"Subject: hi\r\n\r\nhi\r\n"
        server.faults["FETCH"] = "NO not now"

A fault is a reply (`NO ...`, `BAD ...`, `BYE ...` ends the session) or one of the words of `_strike`.
"""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator

PIECE = b"x" * 65536
# What is sent first, then again and again, and the seconds in between.
_FLOODS = {
    "drip": (b"", b"*", 0.05),
    "endless lines": (b"", b"* OK still here\r\n" * 4096, 0.0),
    "endless line": (b"* OK ", PIECE, 0.0),
}


class OddImap:
    """The server's state. mails: of INBOX by UID; listed: LIST lines; commands: what came, without the tags.

    faults: a command's name (`CONNECT` for the greeting) to its fault, taken away by the test; poison: UIDs whose body
    breaks the connection; pause: seconds between the pieces of a body; sizes: what RFC822.SIZE says in place of it;
    asides: what is said unasked before the answer to a command of that name; phantoms: UIDs found that are not there;
    instead: what is sent in place of a body; greeting: the first line.
    """

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.uidvalidity = "7"
        self.capabilities = "IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN"
        self.listed = [rb'(\HasNoChildren) "/" INBOX']
        self.faults: dict[str, str] = {}
        self.poison: set[int] = set()
        self.sizes: dict[int, int] = {}
        self.dates: dict[int, bytes] = {}  # what INTERNALDATE says
        self.asides: dict[str, bytes] = {}
        self.phantoms: set[int] = set()
        self.instead = b""
        self.greeting = b"* OK ready"
        self.pause = 0.0
        self.commands: list[str] = []
        self.sessions = 0
        self.port = 0
        self.over = threading.Event()

    @property
    def uidnext(self) -> int:
        """What the next mail will have."""
        return max(self.mails, default=0) + 1


class _Session(socketserver.StreamRequestHandler):
    """One connection."""

    @property
    def state(self) -> OddImap:
        """What the test has set."""
        return self.server.state  # type: ignore[attr-defined,no-any-return] # set by odd_imap

    def handle(self) -> None:
        """Greet, then answer command after command."""
        self.state.sessions += 1
        with contextlib.suppress(OSError):
            greeting = self.state.faults.get("CONNECT", "")
            if greeting.startswith(("NO", "BAD")):
                self._say(b"* " + greeting.encode())
                return
            if not self._strike(greeting, b"*"):
                return
            self._say(self.state.greeting)
            while (line := self.rfile.readline()) and self._answer(line.strip()):
                pass

    def _answer(self, line: bytes) -> bool:
        """Answer one command; False to end the session."""
        tag, _, rest = line.partition(b" ")
        self.state.commands.append(rest.decode("latin-1"))
        words = rest.split()
        name = (words[1] if words[0].upper() == b"UID" else words[0]).decode().upper()
        fault = self.state.faults.get(name, "")
        if fault.startswith(("NO", "BAD")):
            return self._say(tag + b" " + fault.encode())
        if not self._strike(fault, tag):
            return False
        if aside := self.state.asides.get(name):
            self._say(aside)
        act = getattr(self, f"_{name.lower()}", None)
        if act is not None and act(rest) is False:
            return False
        return self._say(tag + b" OK done") and name != "LOGOUT"

    def _strike(self, fault: str, tag: bytes) -> bool:
        """Do what a fault says; False when the session is over then."""
        if fault == "hang":
            self.state.over.wait(60)
        elif fault in _FLOODS:
            first, piece, pause = _FLOODS[fault]
            self.wfile.write(first)
            while not self.state.over.wait(pause):
                self.wfile.write(piece)
        elif fault.startswith("BYE"):
            self._say(b"* " + fault.encode())
        elif fault.startswith("raw "):
            self._say(fault.removeprefix("raw ").encode("latin-1").replace(b"TAG", tag))
        elif fault != "drop":
            return True
        return False

    def _say(self, line: bytes) -> bool:
        self.wfile.write(line + b"\r\n")
        return True

    def _capability(self, _rest: bytes) -> None:
        self._say(b"* CAPABILITY " + self.state.capabilities.encode())

    def _logout(self, _rest: bytes) -> None:
        self._say(b"* BYE bye")

    def _list(self, _rest: bytes) -> None:
        for line in self.state.listed:
            self._say(b"* LIST " + line)

    def _examine(self, _rest: bytes) -> None:
        self._say(b"* %d EXISTS" % len(self.state.mails))
        self._say(b"* OK [UIDVALIDITY %s] v" % self.state.uidvalidity.encode())
        self._say(b"* OK [UIDNEXT %d] n" % self.state.uidnext)

    def _search(self, rest: bytes) -> None:
        found = sorted({*self.state.mails, *self.state.phantoms})
        if uids := re.search(rb"UID ([\d,]+)(:\*)?$", rest):
            first = int(uids[1].split(b",")[0])
            asked = set(map(int, uids[1].split(b",")))
            found = [uid for uid in found if (uid >= first if uids[2] else uid in asked)]
        self._say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found))

    def _fetch(self, rest: bytes) -> bool:
        words = rest.split(b" ", 3)
        for uid in map(int, words[2].split(b",")):
            if uid not in self.state.mails:
                continue
            content = self.state.mails[uid]
            if b"SIZE" in words[3]:
                size = self.state.sizes.get(uid, len(content))
                self._say(b"* %d FETCH (UID %d RFC822.SIZE %d)" % (uid, uid, size))
            elif b"INTERNALDATE" in words[3]:
                date = self.state.dates.get(uid, b"20-Nov-2026 08:00:00 +0000")
                self._say(b'* %d FETCH (UID %d INTERNALDATE "%s")' % (uid, uid, date))
            elif uid in self.state.poison:
                self.wfile.write(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(content)) + content[:5])
                return False
            elif self.state.instead:
                self._say(self.state.instead)
            else:
                part = re.search(rb"<0\.(\d+)>", words[3])
                partial = b"<0>" if part else b""
                content = content[: int(part[1])] if part else content
                self.wfile.write(b"* %d FETCH (UID %d BODY[]%s {%d}\r\n" % (uid, uid, partial, len(content)))
                for begin in range(0, len(content), len(PIECE)):
                    self.state.over.wait(self.state.pause)
                    self.wfile.write(content[begin : begin + len(PIECE)])
                self._say(b")")
        return True

    def _idle(self, _rest: bytes) -> bool:
        self._say(b"+ idling")
        known = len(self.state.mails)
        while not self.state.over.wait(0.02):
            if len(self.state.mails) != known:
                self._say(b"* %d EXISTS" % len(self.state.mails))
                break
        return bool(self.rfile.readline())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def odd_imap() -> Iterator[OddImap]:
    """The server on a free port."""
    state = OddImap()
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.state = state  # type: ignore[attr-defined] # for the sessions
        state.port = server.server_address[1]
        thread = threading.Thread(target=lambda: server.serve_forever(0.05))
        thread.start()
        try:
            yield state
        finally:
            state.over.set()
            server.shutdown()
            thread.join(10)
