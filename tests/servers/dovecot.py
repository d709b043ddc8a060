r"""A real Dovecot of our own on free ports, run by a user that is not root, with folders of tests in it.

with running_dovecot(require_server("dovecot")) as server:
    server.append(b"Subject: hi\r\n\r\nhi\r\n")
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from imapclient import IMAPClient

from tests.conftest import free_port

USER, PASSWORD = "leads", "secret"
START_SECONDS = 20.0

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = leadbot-test
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
default_vsz_limit = 0
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 200
{tls}
passdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
userdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Processed {{
    auto = create
  }}
}}
"""


class Dovecot:
    """The server. port: plain and STARTTLS; tls_port: TLS from the start, 0 without a certificate; folder: its own."""

    def __init__(  # noqa: PLR0917 - what running_dovecot was given
        self,
        program: Path,
        folder: Path,
        owner: str,
        users: Sequence[str],
        cert: tuple[Path, Path] | None,
        settings: str,
    ) -> None:
        self._program, self._owner = program, owner
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = folder
        self.host = "127.0.0.1"
        self.port = free_port()
        self.tls_port = free_port() if cert else 0
        account = pwd.getpwnam(owner)
        self._ids = (account.pw_uid, account.pw_gid)
        self._users = dict.fromkeys((USER, *users), PASSWORD)
        self._stamp = int(time.time())
        self._write("dovecot.conf", self._configured(cert, settings))
        self._write_users()

    def _configured(self, cert: tuple[Path, Path] | None, settings: str) -> str:
        tls = "ssl = no"
        if cert:
            for source, name in zip(cert, ("cert.pem", "key.pem"), strict=True):
                self._write(name, source.read_text())
            tls = f"ssl = yes\nssl_cert = <{self.folder}/cert.pem\nssl_key = <{self.folder}/key.pem"
        group = grp.getgrgid(self._ids[1]).gr_name
        filled = _CONFIG.format(
            folder=self.folder,
            user=self._owner,
            group=group,
            tls=tls,
            port=self.port,
            tls_port=self.tls_port,
        )
        return filled + settings

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        os.chown(path, *self._ids)
        path.chmod(0o600)

    def start(self) -> None:
        """Start, also again after `stop`, on the same ports."""
        root = os.geteuid() == 0
        owner = {"user": self._ids[0], "group": self._ids[1], "extra_groups": []} if root else {}
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [str(self._program), "-F", "-c", str(self.folder / "dovecot.conf")],
                stdout=out,
                stderr=out,
                cwd=self.folder,
                **owner,  # type: ignore[call-overload] # three options or none
            )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client().logout()
            except (OSError, IMAPClient.Error):
                assert time.monotonic() < end, self.told()
                assert self._process.poll() is None, self.told()
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop; connections break."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def told(self) -> str:
        """Its log."""
        return "".join(path.read_text() for name in ("out", "log") if (path := self.folder / name).exists())

    def set_password(self, password: str, user: str = USER) -> None:
        """Give a user a password; returns when that counts."""
        self._users[user] = password
        self._write_users()
        while self._process is not None:
            with contextlib.suppress(IMAPClient.Error):
                self.client(user).logout()
                return
            time.sleep(0.1)  # Dovecot looks at the file once a second

    def _write_users(self) -> None:
        uid, gid = self._ids
        lines = [
            f"{name}:{{PLAIN}}{secret}:{uid}:{gid}::{self.folder}/mail/{name}::\n"
            for name, secret in self._users.items()
        ]
        self._write("passwd.new", "".join(lines))
        self._stamp += 1  # Dovecot compares seconds
        os.utime(self.folder / "passwd.new", (self._stamp, self._stamp))
        (self.folder / "passwd.new").replace(self.folder / "passwd")

    def client(self, user: str = USER) -> IMAPClient:
        """A connection of the test's own, logged in."""
        client = IMAPClient(self.host, self.port, ssl=False, timeout=20)
        try:
            client.plain_login(user, self._users[user])  # LOGIN carries ASCII only
        except IMAPClient.Error:
            client.shutdown()
            raise
        return client

    def append(self, *mails: bytes, folder: str = "INBOX", user: str = USER, flags: Sequence[bytes] = ()) -> None:
        """Put mails into a folder, which is made where it is missing."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail, flags=flags)

    def flags(self, folder: str = "INBOX", user: str = USER) -> dict[int, set[bytes]]:
        r"""The flags of every mail by its UID, without \Recent, which reading may take."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["FLAGS"])
        return {uid: set(each[b"FLAGS"]) - {rb"\Recent"} for uid, each in found.items()}

    def contents(self, folder: str = "INBOX", user: str = USER) -> list[bytes]:
        """The bytes of every mail, in order."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def remove(self, *uids: int, folder: str = "INBOX", user: str = USER) -> None:
        """Expunge mails, all of a folder without UIDs."""
        with self.client(user) as client:
            client.select_folder(folder)
            client.delete_messages(list(uids) or client.search())
            client.expunge()

    def renew(self, folder: str, user: str = USER) -> None:
        """Delete a folder other than INBOX and make it again, empty, with another UIDVALIDITY."""
        with self.client(user) as client:
            before = client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"]
            client.delete_folder(folder)
            client.create_folder(folder)
            while client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"] == before:
                time.sleep(0.2)
                client.delete_folder(folder)
                client.create_folder(folder)

    def change_uidvalidity(self, folder: str = "INBOX", user: str = USER) -> None:
        """Forget every UID of a folder while the server stands still; the mails stay. Connections break."""
        self.stop()
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self.maildir(folder, user) / name).unlink(missing_ok=True)
        time.sleep(1.1)  # a UIDVALIDITY is made of the time in seconds
        self.start()

    def maildir(self, folder: str = "INBOX", user: str = USER) -> Path:
        """Where the mails of a folder lie."""
        root = self.folder / "mail" / user / "Maildir"
        return root if folder == "INBOX" else root / f".{folder.replace('/', '.')}"

    def fill(self, count: int, content: bytes, folder: str = "INBOX", user: str = USER) -> None:
        """Many equal mails that were there long before, without asking the server for each."""
        self.append(content, folder=folder, user=user)
        place = self.maildir(folder, user) / "cur"
        first = place / "1000000000.M0.test:2,S"
        first.write_bytes(content)
        os.utime(first, (1e9, 1e9))
        os.chown(first, *self._ids)
        for number in range(1, count - 1):
            os.link(first, place / f"1000000000.M{number}.test:2,S")
        with self.client(user) as client:  # the server reads the names once, as it would have over the years
            client.select_folder(folder, readonly=True)


@contextlib.contextmanager
def running_dovecot(
    program: Path, *, users: Sequence[str] = (), cert: tuple[Path, Path] | None = None, settings: str = ""
) -> Iterator[Dovecot]:
    """Dovecot on a folder of its own, stopped at the end.

    users: beside USER, with the same password; cert: certificate and key; settings: added to its own.
    """
    owner = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="leadbot-dovecot-") as name:
        folder = Path(name)
        for each in (folder, folder / "run", folder / "mail"):
            each.mkdir(exist_ok=True)
            shutil.chown(each, owner)
        server = Dovecot(program, folder, owner, users, cert, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
