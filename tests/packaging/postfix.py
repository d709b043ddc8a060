"""A Postfix of our own: Debian's programs on a folder and a port that nobody else uses. Its master must be root."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import free_port, missing

# postfix-files' own list, without what delivers to local users; the smtpd line comes first.
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
discard unix - - n - - discard
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
"""


class Postfix:
    """The running server. settings: what an administrator adds to main.cf; folder: its configuration, queue and log."""

    def __init__(self, program: Path, folder: Path, settings: str) -> None:
        self._program = program
        self.folder = folder
        self.port = free_port()
        (folder / "queue").mkdir()
        (folder / "main.cf").write_text(_SETTINGS.format(folder=folder) + settings)
        (folder / "master.cf").write_text(_SERVICES.format(port=self.port))

    def control(self, command: str) -> None:
        """`postfix COMMAND`: start, stop, check, reload. Fails with what Postfix says."""
        result = self._run(str(self._program), "-c", str(self.folder), command)
        told = self.folder / "mail.log"
        assert result.returncode == 0, result.stderr + (told.read_text() if told.exists() else "")

    def queue(self, flag: str) -> str:
        """`postqueue -p` lists what waits, `postqueue -f` sends it now."""
        return self._run(str(self._program.with_name("postqueue")), "-c", str(self.folder), flag).stdout

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@contextlib.contextmanager
def running_postfix(program: Path, files: dict[str, str]) -> Iterator[Postfix]:
    """Postfix with files as of /etc/postfix in a folder of its own; ended at the end."""
    if os.geteuid() != 0:
        missing("a Postfix of our own", "its master must be started by root")
    with tempfile.TemporaryDirectory(prefix="leadbot-postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # Postfix's own user has to come in
        inside = {path: text.replace("/etc/postfix", name) for path, text in files.items()}
        for path, text in inside.items():
            (folder / Path(path).name).write_text(text)
        server = Postfix(program, folder, inside["/etc/postfix/main.cf"])
        server.control("start")
        try:
            yield server
        finally:
            server.control("stop")
