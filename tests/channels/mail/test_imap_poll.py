"""Polling a mailbox of a real Dovecot: what is stored, in which bytes, and what is left on the server as it was."""

from __future__ import annotations

from imaplib import IMAP4
from typing import Any

import pytest
from imapclient import IMAPClient

from channels.mail.imap_folder import FolderPoll
from channels.mail.imap_server import Refused, Server
from channels.mail.imap_wire import Connection
from enrichment.errors import NeedsPerson, RetryLater
from tests.channels.mail.polled import Post, letter


def test_first_connect_takes_new_mail_only(post: Post) -> None:
    """What lies in the folder at the first poll is never imported; what comes afterwards is, once."""
    post.put(letter(1), letter(2))
    polling = post.polling()
    assert polling.poll().new == 0
    post.put(letter(3))
    assert polling.poll().new == 1
    assert polling.poll(sweep=True).new == 0
    assert polling.contents == [letter(3)]
    assert polling.told == [1]


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: bare\n\nlines\n",
        b"Subject: 8 bit \xe4\xff\r\n\r\n\xf0\x9f\x92\xa9 {5}\r\n) * BYE\r\nA1 OK done\r\n",
        b"no header at all",
        b"Subject: long line\r\n\r\n" + b"x" * 2_000_000 + b"\r\n",
        b"\r\n",
    ],
    ids=["line ends", "eight bits", "no header", "long line", "almost empty"],
)
def test_the_bytes_are_those_that_the_server_has(post: Post, content: bytes) -> None:
    """A mail is stored byte for byte as the server gives it."""
    polling = post.polling()
    polling.poll()
    post.put(content)
    polling.poll()
    assert polling.contents == post.server.contents(user=post.user)


def test_what_is_known_of_a_polled_mail(post: Post) -> None:
    """Channel, account and recipients are those of the mailbox; the time is now, not what the server says."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1))
    polling.poll()
    (row,) = polling.rows("channel", "account", "rcpt_tos", "junk", "cut_from", "historical")
    assert (row["channel"], row["account"]) == ("imap", "shop")
    assert "leads@shop.example" in row["rcpt_tos"]
    assert (row["junk"], row["cut_from"], row["historical"]) == (0, None, 0)
    stored = post.parts.messages.get(1)
    assert stored is not None
    assert stored.received_at == post.parts.clock.now()


def test_leave_changes_no_flag(post: Post) -> None:
    """With after = leave no mail has another flag than before, and none is gone."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1))
    post.put(letter(2), flags=[rb"\Flagged"])
    before = post.flags()
    assert polling.poll(sweep=True).new == 2
    assert post.flags() == before == {1: set(), 2: {rb"\Flagged"}}


def test_seen_marks_what_is_stored(post: Post) -> None:
    """With after = seen each stored mail is seen, and what was there before is left alone."""
    post.put(letter(1))
    polling = post.polling(after="seen")
    polling.poll()
    post.put(letter(2))
    assert polling.poll() == (1, 0)
    assert post.flags() == {1: set(), 2: {rb"\Seen"}}


@pytest.mark.parametrize("without", [(), ("MOVE",)], ids=["MOVE", "COPY"])
def test_move_moves_what_is_stored(post: Post, without: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """With after = move each stored mail moves, also without MOVE; what somebody marked as deleted stays."""
    _hide(monkeypatch, *without)
    post.put(letter(1), flags=[rb"\Deleted"])
    polling = post.polling(after="move", move_to="Processed")
    polling.poll()
    post.put(*(letter(number) for number in range(2, 10)))
    assert polling.poll() == (8, 0)
    assert post.flags() == {1: {rb"\Deleted"}}
    assert post.server.contents("Processed", post.user) == [letter(number) for number in range(2, 10)]


def test_without_uidplus_nothing_is_expunged(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without MOVE and UIDPLUS the mail is copied and marked; a plain EXPUNGE would take others' mail too."""
    _hide(monkeypatch, "MOVE", "UIDPLUS")
    post.put(letter(1), flags=[rb"\Deleted"])
    polling = post.polling(after="move", move_to="Processed")
    polling.poll()
    post.put(letter(2))
    polling.poll()
    assert set(post.flags()) == {1, 2}
    assert post.server.contents("Processed", post.user) == [letter(2)]


def test_the_folder_to_move_to_is_made(post: Post) -> None:
    """A folder of move_to that is missing is made, its name in any language."""
    polling = post.polling(after="move", move_to='Erledigt & "größer"')
    polling.poll()
    post.put(letter(1))
    assert polling.poll() == (1, 0)
    assert post.server.contents('Erledigt & "größer"', post.user) == [letter(1)]


def test_a_refused_errand_is_kept_and_run_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail is stored although it cannot be marked; the next poll marks it."""
    polling = post.polling(after="seen")
    polling.poll()
    post.put(letter(1))
    with monkeypatch.context() as patched:
        patched.setattr("channels.mail.imap_errands._run", _refusing)
        assert polling.poll() == (1, 1)
    assert post.flags() == {1: set()}
    assert polling.poll() == (0, 0)
    assert post.flags() == {1: {rb"\Seen"}}


def test_an_errand_of_an_earlier_uidvalidity_is_not_run_on_another_mail(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is owed to a mail is run under its new UID after the folder was made anew, never on who has its old one."""
    post.put(letter(0), folder="Leads")
    polling = post.polling(after="seen", folders=("Leads",))
    polling.poll()
    post.put(letter(1), folder="Leads")
    with monkeypatch.context() as patched:
        patched.setattr("channels.mail.imap_errands._run", _refusing)
        polling.poll()
    post.server.renew("Leads", post.user)
    polling.store.begin("shop", "Leads", 5, 0, since_uid=2)
    for number in (7, 8, 1):
        post.put(letter(number), folder="Leads")
    with monkeypatch.context() as patched:
        patched.setattr(FolderPoll, "_rescan", lambda self, _cursor: setattr(self, "halted", True))
        assert polling.poll() == (0, 0)
    assert post.flags("Leads") == {1: set(), 2: set(), 3: set()}
    assert polling.poll() == (2, 0)
    assert post.flags("Leads") == {1: {rb"\Seen"}, 2: {rb"\Seen"}, 3: {rb"\Seen"}}
    assert polling.contents == [letter(1), letter(7), letter(8)]


def test_a_folder_that_can_only_be_read_keeps_its_errands(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox without the right to change is read; what is owed to it stays, and says what to set."""
    polling = post.polling(after="seen")
    polling.poll()
    post.put(letter(1))
    monkeypatch.setattr(IMAP4, "select", _read_only)
    assert polling.poll() == (1, 1)
    assert "set after" in polling.poller._complaint


def test_junk_is_found_and_marked_as_such(post: Post) -> None:
    """The folder that the server marks as Junk is read, its mail marked, and nothing in it changed."""
    polling = post.polling(after="seen")
    polling.poll()
    post.put(letter(1), folder="Junk")
    assert polling.poll() == (1, 0)
    assert [row["junk"] for row in polling.rows("junk")] == [1]
    assert post.flags("Junk") == {1: set()}


def test_a_junk_folder_that_is_named_is_ordinary(post: Post) -> None:
    """Junk in `folders` is read like any other folder."""
    polling = post.polling(folders=("INBOX", "Junk"))
    polling.poll()
    post.put(letter(1), folder="Junk")
    polling.poll()
    assert [row["junk"] for row in polling.rows("junk")] == [0]


def test_a_new_uidvalidity_brings_only_what_is_new(post: Post) -> None:
    """After a new UIDVALIDITY the mails that are known by their bytes are not stored again; equal ones stay two."""
    polling = post.polling(folders=("Leads",))
    post.put(letter(0), folder="Leads")
    polling.poll()
    post.put(letter(1), letter(2), letter(2), folder="Leads")
    assert polling.poll().new == 3
    post.server.renew("Leads", post.user)
    post.put(letter(2), letter(1), letter(2), letter(3), folder="Leads")
    assert polling.poll().new == 1
    assert polling.poll(sweep=True).new == 0
    post.put(letter(4), folder="Leads")
    assert polling.poll().new == 1
    assert polling.contents == [letter(number) for number in (1, 2, 2, 3, 4)]


def test_a_rescan_that_breaks_off_is_finished(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll that ends in the middle of the rescan goes on with it at the next: nothing twice, nothing lost."""
    polling = post.polling(folders=("Leads",))
    post.put(letter(0), folder="Leads")
    polling.poll()
    known = [letter(number) for number in range(1, 31)]
    post.put(*known, folder="Leads")
    polling.poll()
    post.server.renew("Leads", post.user)
    post.put(*known, *(letter(number) for number in range(31, 51)), folder="Leads")
    bodies, calls = Server.bodies, []

    def breaking(self: Server, uids: Any, size: int) -> dict[int, bytes]:
        calls.append(uids)
        if len(calls) == 2:
            raise RetryLater("cut")
        return bodies(self, uids, size)

    monkeypatch.setattr(Server, "bodies", breaking)
    with pytest.raises(RetryLater, match="cut"):
        polling.poll()
    assert polling.poll().new == 20
    assert sorted(polling.contents) == sorted(letter(number) for number in range(1, 51))


def test_uids_that_go_back_are_a_new_folder(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that starts its UIDs again under the old UIDVALIDITY, as from a backup, loses us no mail."""
    polling = post.polling(folders=("Leads",))
    post.put(letter(0), folder="Leads")
    polling.poll()
    post.put(letter(1), letter(2), folder="Leads")
    polling.poll()
    cursor = polling.store.cursor("shop", "Leads")
    assert cursor is not None
    post.server.renew("Leads", post.user)
    examine = Server.examine
    monkeypatch.setattr(
        Server, "examine", lambda self, folder: examine(self, folder)._replace(uidvalidity=cursor.uidvalidity)
    )
    post.put(letter(2), letter(3), folder="Leads")
    assert polling.poll().new == 1
    post.put(letter(4), folder="Leads")
    assert polling.poll().new == 1
    assert polling.contents == [letter(1), letter(2), letter(3), letter(4)]


def test_a_deleted_folder_is_told_and_the_others_are_read(post: Post) -> None:
    """A folder that is gone is named with what there is; INBOX is read all the same, and the folder when it is back."""
    post.put(letter(0), folder="Leads")
    polling = post.polling(folders=("Leads", "INBOX"))
    polling.poll()
    with post.server.client(post.user) as client:
        client.delete_folder("Leads")
    post.put(letter(1))
    with pytest.raises(NeedsPerson, match=r'shop: there is no folder "Leads".*INBOX'):
        polling.poll()
    assert polling.contents == [letter(1)]
    post.put(letter(2), folder="Leads")
    assert polling.poll().new == 1
    assert polling.contents == [letter(1), letter(2)]


def test_mail_expunged_between_search_and_fetch_is_passed_over(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail that somebody removes in between is no trouble; the rest is stored."""
    polling = post.polling()
    polling.poll()
    post.put(*(letter(number) for number in range(1, 6)))
    sizes, bodies = Server.sizes, Server.bodies

    def before_sizes(self: Server, uids: Any) -> dict[int, int]:
        post.server.remove(2, user=post.user)
        return sizes(self, uids)

    def before_bodies(self: Server, uids: Any, size: int) -> dict[int, bytes]:
        post.server.remove(4, user=post.user)
        return bodies(self, uids, size)

    monkeypatch.setattr(Server, "sizes", before_sizes)
    monkeypatch.setattr(Server, "bodies", before_bodies)
    polling.poll()
    assert polling.contents == [letter(1), letter(3), letter(5)]


def test_a_mail_of_forty_megabytes_is_stored_in_part(post: Post) -> None:
    """Of a mail above the limit the first megabyte is stored, and how large the whole is; the next one is whole."""
    polling = post.polling()
    polling.poll()
    large = letter(1, "x" * 78 + "\r\n") + (b"y" * 78 + b"\r\n") * (40 * 2**20 // 80)
    post.put(large, letter(2))
    assert polling.poll().new == 2
    first, second = polling.rows("content", "cut_from")
    assert (first["content"], first["cut_from"]) == (large[: 2**20], len(large))
    assert (second["content"], second["cut_from"]) == (letter(2), None)


def test_a_malformed_mail_among_two_hundred(post: Post) -> None:
    """Mail that nobody can parse is stored like any other and stops nothing."""
    polling = post.polling()
    polling.poll()
    mails = [letter(number) for number in range(200)]
    mails[77] = b'Content-Type: multipart/mixed; boundary="\xff\r\n\r\n--\x01\x02(" {99999}\r\n' + bytes(range(1, 256))
    post.put(*mails)
    assert polling.poll().new == 200
    assert polling.contents == post.server.contents(user=post.user)


def test_a_thousand_waiting_mails_come_in_order(post: Post) -> None:
    """A thousand mails that wait at the start are stored in the server's order, in batches."""
    polling = post.polling()
    polling.poll()
    post.server.fill(1000, letter(1), user=post.user)
    assert polling.poll().new == 1000
    assert len(polling.told) >= 50
    cursor = polling.store.cursor("shop", "INBOX")
    assert cursor is not None
    assert cursor.last_uid == 1000


def test_polling_waits_while_there_is_no_room(post: Post) -> None:
    """While intake is paused no body is fetched; afterwards the poll goes on where it stopped."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1), letter(2))
    polling.room = False
    assert polling.poll().new == 0
    polling.room = True
    assert polling.poll().new == 2


def test_the_sweep_finds_what_was_overlooked(post: Post) -> None:
    """Mail of the last days below the cursor that is not stored is stored by the sweep, and only by it."""
    post.put(letter(1))
    polling = post.polling()
    polling.poll()
    post.put(letter(2), letter(3))
    cursor = polling.store.cursor("shop", "INBOX")
    assert cursor is not None
    polling.store.store("shop", "INBOX", cursor.uidvalidity, [], last_uid=3)
    assert polling.poll().new == 0
    assert polling.poll(sweep=True).new == 2
    assert polling.poll(sweep=True).new == 0
    assert polling.contents == [letter(2), letter(3)]


def test_a_poll_that_finds_nothing_costs_a_round_trip_a_folder(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a kept connection a poll without news sends one command for INBOX and one for Junk."""
    polling = post.polling()
    polling.poll()
    sent: list[bytes] = []
    monkeypatch.setattr("channels.mail.imap_wire.Connection.send", _noting(sent))
    polling.poll()
    assert [line.split()[1] for line in sent] == [b"EXAMINE", b"EXAMINE"]
    assert polling.credential.asked == 1


@pytest.mark.slow
def test_a_folder_of_fifty_thousand_is_begun_without_reading_it(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first poll of a large folder fetches no body and no size; the next only those of the new mail."""
    post.server.fill(50_000, letter(1), user=post.user)
    sent: list[bytes] = []
    monkeypatch.setattr("channels.mail.imap_wire.Connection.send", _noting(sent))
    polling = post.polling()
    assert polling.poll().new == 0
    assert not [line for line in sent if b"FETCH" in line or b"SEARCH" in line]
    post.put(letter(2))
    sent.clear()
    assert polling.poll().new == 1
    assert [line.split()[2:4] for line in sent if b"FETCH" in line] == [[b"FETCH", b"50001"]] * 2
    assert polling.poll(sweep=True).new == 0


def test_a_kept_connection_that_has_broken_is_opened_again(post: Post) -> None:
    """A connection that ended between two polls costs no failed poll."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1))
    assert polling.poller._socket is not None
    polling.poller._socket.shutdown(2)
    assert polling.poll().new == 1
    polling.poller.close()
    post.put(letter(2))
    assert polling.poll().new == 1


def test_one_mailbox_has_its_own_trouble(post: Post) -> None:
    """A mailbox whose password is refused says so; another on the same server is read meanwhile."""
    good, bad = post.polling(), post.polling(name="other")
    bad.credential.text = "wrong"
    good.poll()
    with pytest.raises(NeedsPerson, match=f"other: the password of {post.user} is refused"):
        bad.poll()
    post.put(letter(1))
    assert good.poll().new == 1
    bad.credential.text = good.credential.text
    assert bad.poll().new == 0


def test_an_outage_of_the_database_moves_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be stored is fetched again when the database is back."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1))
    with monkeypatch.context() as patched:
        patched.setattr(polling.store, "store", _refusing)
        with pytest.raises(RetryLater, match="not now"):
            polling.poll()
    assert polling.contents == []
    assert polling.poll().new == 1


def test_two_folders_with_one_name_in_other_letters_are_two(post: Post) -> None:
    """Folder names of any language are read, each with its own cursor."""
    names = ("Größe", "größe", "日本/語 & Co")
    for number, name in enumerate(names):
        post.put(letter(number), folder=name)
    polling = post.polling(folders=names)
    polling.poll()
    for number, name in enumerate(names, 10):
        post.put(letter(number), folder=name)
    assert polling.poll().new == 3
    assert polling.contents == [letter(10), letter(11), letter(12)]


_SELECT = IMAP4.select


def _read_only(self: Any, mailbox: str, readonly: bool = False) -> Any:
    """As imaplib does where the server grants reading only."""
    if not readonly:
        raise self.readonly(f"{mailbox} is not writable")
    return _SELECT(self, mailbox, readonly)


def _refusing(*_arguments: Any, **_options: Any) -> Any:
    raise Refused("not now")


def _hide(monkeypatch: pytest.MonkeyPatch, *capabilities: str) -> None:
    """A server that has these not."""
    has = "channels.mail.imap_wire.Client.has_capability"
    real = IMAPClient.has_capability
    monkeypatch.setattr(has, lambda self, name: name not in capabilities and real(self, name), raising=False)


def _noting(sent: list[bytes]) -> Any:
    real = Connection.send

    def send(self: Connection, data: bytes) -> None:
        sent.append(bytes(data))
        real(self, data)

    return send
