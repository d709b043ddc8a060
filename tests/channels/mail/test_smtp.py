"""The SMTP server over real sockets: commands in, every reply asserted, and what lies in the real store afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import socket
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
import structlog
import uvloop

from channels.mail import envelope, incoming, smtp
from channels.mail.envelope import identity_of
from channels.mail.gate import MAX_HELD_BYTES, Limits
from channels.mail.smtp import SmtpChannel
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.migrate import upgrade
from enrichment.errors import RetryLater
from enrichment.intake import Intake
from tests.channels.mail.mailroom import (
    BUSY,
    GO_ON,
    HOST,
    MAIL,
    MAX_BYTES,
    RCPT,
    RECIPIENTS,
    STAMPED,
    UNSTAMPED,
    Clock,
    FailingInbox,
    Mailroom,
    Open,
    SlowInbox,
)


async def test_mail_is_answered_250_when_it_is_stored(mailroom: Open) -> None:
    """The whole conversation, reply by reply; bytes, envelope and client are in the store as they came."""
    room = await mailroom()
    replies = await room.talk(
        "EHLO client.example",
        "MAIL FROM:<Jo@Customer.example> BODY=8BITMIME SMTPUTF8 SIZE=100",
        "RCPT TO:<LEADS+autumn@Example.com>",
        "DATA",
        b"Subject: caf\xc3\xa9 \xff\r\n\r\n..dot\r\n.\xe9\r\n" + b"\r\n.\r\n",
        "QUIT",
    )
    assert replies == [
        f"250-{HOST} | 250-PIPELINING | 250-SIZE {MAX_BYTES} | 250-8BITMIME | 250-SMTPUTF8 | 250 HELP",
        "250 OK",
        "250 OK",
        GO_ON,
        "250 2.0.0 OK, stored as message 1",
        "221 Bye",
    ]
    (row,) = room.stored()
    assert row["content"] == b"Subject: caf\xc3\xa9 \xff\r\n\r\n.dot\r\n\xe9\r\n\r\n"
    assert (row["mail_from"], row["rcpt_tos"]) == ("Jo@Customer.example", ["LEADS+autumn@Example.com"])
    assert (row["channel"], row["account"], row["state"]) == ("smtp", "smtp", "in_progress")
    assert (row["client_ip"], row["helo"], row["tls"]) == ("127.0.0.1", "client.example", False)


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        ("leads@example.com", "250 OK"),
        ("LEADS@EXAMPLE.COM", "250 OK"),
        ("leads+from-web@example.com", "250 OK"),
        ("sales@shop.example", "250 OK"),
        ("postmaster", "250 OK"),
        ("Postmaster@Shop.example", "250 OK"),
        ("nobody@example.com", "550 5.1.1 <nobody@example.com> is not a recipient here"),
        ("leads@shop.example", "550 5.1.1 <leads@shop.example> is not a recipient here"),
        ("leads", "550 5.1.1 <leads> is not a recipient here"),
        ("postmaster@elsewhere.example", "550 5.1.1 <postmaster@elsewhere.example> is not a recipient here"),
        ("m\udcfcller@example.com", "550 5.1.1 <m?ller@example.com> is not a recipient here"),
    ],
)
async def test_recipients(mailroom: Open, address: str, reply: str) -> None:
    """Our addresses in any case, with any tag, and postmaster; the others are told 550, even in no encoding at all."""
    room = await mailroom()
    assert await room.talk("HELO a", MAIL, f"RCPT TO:<{address}>") == [f"250 {HOST}", "250 OK", reply]


async def test_recipients_of_one_mail_are_bounded(mailroom: Open) -> None:
    """The hundred-and-first is put off, not refused, and the mail goes to the others."""
    room = await mailroom()
    many = [f"RCPT TO:<leads+{number}@example.com>" for number in range(101)]
    replies = await room.talk("HELO a", MAIL, *many, "DATA", STAMPED + b".\r\n")
    assert replies[2:-2] == ["250 OK"] * 100 + ["452 4.5.3 Too many recipients, please send the rest separately"]
    assert len(room.stored()[0]["rcpt_tos"]) == 100


async def test_null_sender_is_stored_as_the_empty_string(mailroom: Open) -> None:
    """A bounce comes from `<>`, and must not look like a message from an address of two brackets."""
    room = await mailroom()
    await room.talk("HELO a", "MAIL FROM:<>", RCPT, "DATA", STAMPED + b".\r\n")
    assert [row["mail_from"] for row in room.stored()] == [""]


async def test_envelope_in_no_encoding_is_stored_readably(mailroom: Open) -> None:
    """Latin-1 in HELO and MAIL FROM would not fit the database, and would take everybody else's mail down with it."""
    room = await mailroom()
    replies = await room.talk("HELO b\udcfcro", "MAIL FROM:<m\udcfcller@b.example>", RCPT, "DATA", STAMPED + b".\r\n")
    assert replies[-1] == "250 2.0.0 OK, stored as message 1"
    assert [(row["mail_from"], row["helo"]) for row in room.stored()] == [("m?ller@b.example", "b?ro")]


async def test_double_dots_in_a_sender_are_taken(mailroom: Open) -> None:
    """Some providers hand out such addresses, against the RFC; their owners are customers too."""
    room = await mailroom()
    replies = await room.talk("HELO a", "MAIL FROM:<a..b.@mobile.example>", RCPT, "DATA", STAMPED + b".\r\n")
    assert replies[-1] == "250 2.0.0 OK, stored as message 1"


async def test_any_line_within_the_size_is_taken(mailroom: Open) -> None:
    """Lines of 1.9 MB, empty lines, lone CR and LF, and a dot in a piece of a long line: all bytes come through."""
    room = await mailroom()
    tricky = b"\r\n\r\n" + b"x\n.\ny\r.\r" * 1000 + b"\r\n"
    long = b"z" * 65_536 + b".\r\n" + b"." + b"q" * 1_700_000 + b"\r\n"
    replies = await room.talk(
        "HELO a", MAIL, RCPT, "DATA", STAMPED + tricky + long.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    )
    assert replies[-1] == "250 2.0.0 OK, stored as message 1"
    assert room.stored()[0]["content"] == STAMPED + tricky + long


async def test_empty_message_is_taken(mailroom: Open) -> None:
    """Nothing at all is still something that somebody sent."""
    room = await mailroom()
    assert (await room.talk("HELO a", MAIL, RCPT, "DATA", b".\r\n"))[-1] == "250 2.0.0 OK, stored as message 1"
    assert [row["content"] for row in room.stored()] == [b""]


async def test_too_large_is_552_and_the_connection_goes_on(mailroom: Open) -> None:
    """Announced or not; the rest of the message is no command, and the next message is taken."""
    room = await mailroom()
    large = b"MAIL FROM:<evil@example.com>\r\n" * 80_000
    replies = await room.talk(
        "EHLO a",
        f"{MAIL} SIZE={MAX_BYTES + 1}",
        MAIL,
        RCPT,
        "DATA",
        large + b".\r\n",
        MAIL,
        RCPT,
        "DATA",
        STAMPED + b".\r\n",
    )
    assert replies[1] == "552 Error: message size exceeds fixed maximum message size"
    assert replies[2:] == [
        "250 OK",
        "250 OK",
        GO_ON,
        "552 5.3.4 Message is larger than this server takes",
        "250 OK",
        "250 OK",
        GO_ON,
        "250 2.0.0 OK, stored as message 1",
    ]


async def test_pipelined_session_is_answered_in_order(mailroom: Open) -> None:
    """Two messages and QUIT in one packet."""
    room = await mailroom()
    one = f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode()
    packet = b"EHLO a\r\n" + one + STAMPED + b".\r\n" + one + UNSTAMPED + b".\r\nQUIT\r\n"
    async with room.client() as client:
        client.send(packet)
        replies = [await client.reply() for _ in range(10)]
        assert await client.at_end()
    assert [reply[:3] for reply in replies] == ["250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert [row["content"] for row in room.stored()] == [STAMPED, UNSTAMPED]


async def test_commands_out_of_order_are_refused(mailroom: Open) -> None:
    """Nothing is taken without the steps before it; what is unknown ends nothing but itself."""
    room = await mailroom()
    replies = await room.talk("DATA", "HELO a", "DATA", MAIL, "DATA", RCPT, "DATA now", "NONSENSE", "RSET", "DATA")
    assert replies == [
        "503 Error: send HELO first",
        f"250 {HOST}",
        "503 Error: need RCPT command",
        "250 OK",
        "503 Error: need RCPT command",
        "250 OK",
        "501 Syntax: DATA",
        '500 Error: command "NONSENSE" not recognized',
        "250 OK",
        "503 Error: need RCPT command",
    ]


async def test_smuggled_message_is_part_of_the_first(mailroom: Open) -> None:
    """A dot between bare line ends ends nothing."""
    room = await mailroom()
    hidden = b"Subject: a\r\n\r\nb\n.\nMAIL FROM:<ceo@example.com>\r\nRCPT TO:<leads@example.com>\r\nDATA\r\nc\r.\r\n"
    replies = await room.talk("HELO a", MAIL, RCPT, "DATA", hidden + b".\r\n")
    assert replies[-1] == "250 2.0.0 OK, stored as message 1"
    assert [row["content"] for row in room.stored()] == [hidden]


@pytest.mark.parametrize(
    "error",
    [RetryLater("the database is locked"), RuntimeError("jo@customer.example wrote secrets"), UnicodeError("no")],
)
async def test_trouble_of_the_store_is_451(mailroom: Open, error: Exception) -> None:
    """The sender keeps the mail and may offer it again on the same connection; no reply quotes the trouble."""
    room = await mailroom(lambda _: FailingInbox(error))
    again = [MAIL, RCPT, "DATA", STAMPED + b".\r\n"]
    replies = await room.talk("HELO a", *again, *again, "QUIT")
    assert [replies[4], replies[8], replies[9]] == [BUSY, BUSY, "221 Bye"]
    assert replies[5] == "250 OK"
    assert room.stored() == []


async def test_trouble_of_the_handler_is_451_and_logged_without_its_text(
    mailroom: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours never loses a mail, leaks nothing, and leaves the connection usable."""

    def broken(*_: object) -> str:
        raise ValueError("jo@customer.example wrote secrets")

    room = await mailroom()
    monkeypatch.setattr(envelope, "identity_of", broken)
    with structlog.testing.capture_logs() as logs:
        async with room.client() as client:
            replies = await client.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n")
            monkeypatch.undo()
            replies += await client.talk(MAIL, RCPT, "DATA", STAMPED + b".\r\n")
    assert replies[4:] == [BUSY, "250 OK", "250 OK", GO_ON, "250 2.0.0 OK, stored as message 1"]
    (entry,) = logs
    assert entry["kind"] == "ValueError"
    assert "secrets" not in str(entry)


async def test_store_that_hangs_is_451_in_time_and_stores_once(mailroom: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender is not held for ever; what was stored in the end is found again when it comes back."""
    monkeypatch.setattr(smtp, "STORE_SECONDS", 0.2)
    gates: list[SlowInbox] = []
    room = await mailroom(lambda real: gates.append(SlowInbox(real)) or gates[0])  # type: ignore[func-returns-value]
    began = time.monotonic()
    async with room.client() as client:
        assert (await client.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1] == BUSY
        assert time.monotonic() - began < 3
        gates[0].open.set()
        await room.intake.drain()
        assert (await client.talk(MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1] == "250 2.0.0 OK, stored as message 1"
    assert len(room.stored()) == 1


async def test_hanging_up_after_the_dot_loses_nothing_and_doubles_nothing(mailroom: Open) -> None:
    """The client is gone while the store works: the message is stored, and its retry is the same message."""
    gates: list[SlowInbox] = []
    room = await mailroom(lambda real: gates.append(SlowInbox(real)) or gates[0])  # type: ignore[func-returns-value]
    async with room.client() as client:
        await client.talk("HELO a", MAIL, RCPT, "DATA")
        client.send(STAMPED + b".\r\n")
        assert await asyncio.to_thread(gates[0].asked.wait, 5)
        client.writer.transport.abort()
    gates[0].open.set()
    await room.intake.drain()
    assert len(room.stored()) == 1
    assert (await room.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[
        -1
    ] == "250 2.0.0 OK, stored as message 1"
    assert len(room.stored()) == 1


async def test_hanging_up_before_the_dot_stores_nothing(mailroom: Open) -> None:
    """Half a message is no message: the sender still has it."""
    room = await mailroom()
    async with room.client() as client:
        await client.talk("HELO a", MAIL, RCPT, "DATA")
        client.send(STAMPED)
        await client.writer.drain()
    await asyncio.sleep(0.05)
    assert room.stored() == []
    assert room.channel._live == set()
    assert room.channel._gate.room == MAX_HELD_BYTES


@pytest.mark.parametrize("farewell", ["QUIT", "RSET", MAIL])
async def test_unstamped_mail_again_is_another_message_once_the_answer_was_read(mailroom: Open, farewell: str) -> None:
    """With no Date and no Message-ID, only the client's going on tells a second sending from a retry."""
    room = await mailroom()
    conversation = ["HELO a", MAIL, RCPT, "DATA", UNSTAMPED + b".\r\n", farewell]
    assert (await room.talk(*conversation))[4] == "250 2.0.0 OK, stored as message 1"
    assert (await room.talk(*conversation))[4] == "250 2.0.0 OK, stored as message 2"


async def test_unstamped_mail_again_is_a_retry_when_the_answer_was_never_read(mailroom: Open) -> None:
    """The client hung up without a word after our 250; bare line ends make no Date of a line of the body."""
    room = await mailroom()
    bare = UNSTAMPED.replace(b"\r\n", b"\n") + b"\r\n"
    for body in (UNSTAMPED, UNSTAMPED, bare, bare):
        await room.talk("HELO a", MAIL, RCPT, "DATA", body + b".\r\n")
    assert [row["content"] for row in room.stored()] == [UNSTAMPED, bare]
    for _ in range(2):  # the first of these is the retry whose answer is read at last
        await room.talk("HELO a", MAIL, RCPT, "DATA", bare + b".\r\n", "QUIT")
    assert [row["content"] for row in room.stored()] == [UNSTAMPED, bare, bare]


async def test_stamped_mail_again_is_the_same_message(mailroom: Open) -> None:
    """Equal bytes with a Message-ID are one sending, however politely the client left."""
    room = await mailroom()
    for _ in range(2):
        replies = await room.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n", "QUIT")
        assert replies[4] == "250 2.0.0 OK, stored as message 1"


def test_identity_is_of_envelope_and_bytes() -> None:
    """The order of recipients is no difference, everything else is."""
    one = identity_of("a@b.c", ("x@y.z", "p@q.r"), b"m")
    assert one == identity_of("a@b.c", ("p@q.r", "x@y.z"), b"m")
    others = {identity_of("", ("x@y.z", "p@q.r"), b"m"), identity_of("a@b.c", ("x@y.z",), b"m")}
    assert len({one, *others, identity_of("a@b.c", ("x@y.z", "p@q.r"), b"n")}) == 4
    assert len(one) == len(hashlib.sha256().hexdigest())


async def test_standard_client_delivers(mailroom: Open) -> None:
    """Python's own sends two messages on one connection, one of 1 MB, and gets what the server promises."""
    room = await mailroom()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jo@customer.example", "leads@example.com", "Größe"
    mail.set_content("lang\n" * 200_000)

    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", room.channel.port, timeout=10) as client:
            refused = client.send_message(mail, to_addrs=["leads@example.com", "nobody@example.com"])
            client.sendmail("jo@customer.example", ["sales@shop.example"], b"Subject: two\r\n\r\nx\r\n")
            return refused

    assert await asyncio.to_thread(send) == {
        "nobody@example.com": (550, b"5.1.1 <nobody@example.com> is not a recipient here")
    }
    large, small = room.stored()
    assert len(large["content"]) > 1_000_000
    assert small["rcpt_tos"] == ["sales@shop.example"]


async def test_many_at_once_are_each_stored_once(mailroom: Open) -> None:
    """Forty connections share the commits."""
    room = await mailroom()

    async def deliver(number: int) -> str:
        body = b"Message-ID: <%d@x.example>\r\n\r\nhello\r\n.\r\n" % number
        return str((await room.talk("HELO a", MAIL, RCPT, "DATA", body, "QUIT"))[4])

    replies = await asyncio.gather(*(deliver(number) for number in range(40)))
    assert sorted(int(reply.rpartition(" ")[2]) for reply in replies) == list(range(1, 41))
    assert len({row["identity"] for row in room.stored()}) == 40


async def test_burst_of_short_lines_does_not_stop_the_others(mailroom: Open) -> None:
    """1.9 MB of two-byte lines are worked on in turns: the loop is never away for long."""
    room = await mailroom()
    worst, stop = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal worst
        while not stop.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    replies = await room.talk("HELO a", MAIL, RCPT, "DATA", b"\r\n" * 950_000 + b".\r\n")
    stop.set()
    await watching
    assert replies[-1] == "250 2.0.0 OK, stored as message 1"
    assert worst < 0.4


async def test_messages_on_their_way_share_the_memory(mailroom: Open) -> None:
    """When there is no room the sender is asked to come again, and the room is given back."""
    room = await mailroom()
    room.channel._gate.room = 1000
    replies = await room.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b"x" * 2000 + b"\r\n.\r\n")
    assert replies[-1] == "452 4.3.1 Too many messages at once, please try again"
    assert room.channel._gate.room == 1000
    assert (await room.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1].startswith("250")
    assert room.channel._gate.room == 1000


async def test_too_many_connections_are_told_421(mailroom: Open) -> None:
    """The one too many is sent away whatever it says, and welcome when another has left."""
    room = await mailroom(limits=Limits(connections=1, trusted=()))
    async with room.client() as first:
        reader, writer = await asyncio.open_connection("127.0.0.1", room.channel.port)
        writer.write(b"EHLO a\r\n")
        assert await reader.read() == b"421 4.3.2 Too many connections, please try again later\r\n"
        writer.close()
        assert await first.talk("HELO a", "QUIT") == [f"250 {HOST}", "221 Bye"]
        assert await first.at_end()
    assert await room.talk("HELO a") == [f"250 {HOST}"]


@pytest.mark.parametrize(("slowest", "longest"), [(10_000, 3600.0), (1, 0.4)])
async def test_sender_that_takes_too_long_is_put_off(
    mailroom: Open, monkeypatch: pytest.MonkeyPatch, slowest: int, longest: float
) -> None:
    """A trickle below the rate, or one that never ends, gets 451; what it sends afterwards is no command."""
    monkeypatch.setattr(incoming, "LONGEST_DATA", longest)
    room = await mailroom(limits=Limits(silence=1.5, slowest=slowest))
    async with room.client() as client:
        await client.talk("HELO a", MAIL, RCPT, "DATA")
        answer = asyncio.create_task(client.reply())
        while not answer.done():
            client.send(b"NOOP\r\n")
            await asyncio.sleep(0.05)
        assert await answer == "451 4.4.2 The message took too long, please try again"
        assert await client.at_end()
    assert room.stored() == []


async def test_slow_sender_is_waited_for_while_it_sends(mailroom: Open) -> None:
    """A DATA that takes longer than the time without a sign of life is taken, for it gives signs of life."""
    room = await mailroom(limits=Limits(silence=0.5, slowest=1))
    async with room.client() as client:
        await client.talk("HELO a", MAIL, RCPT, "DATA")
        for _ in range(8):
            client.send(b"Subject: slow\r\n")
            await asyncio.sleep(0.1)
        assert await client.talk(b".\r\n") == ["250 2.0.0 OK, stored as message 1"]
        assert await client.reply() == "421 4.4.2 No command for too long, please try again later"
        assert await client.at_end()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_stop_lets_a_message_finish_and_dismisses_the_idle(
    tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """On either event loop: 250 for the message on its way, 421 for the others, nobody new, no connection left."""

    async def scene() -> None:
        engine = make_engine(f"sqlite:///{tmp_path / 'leadbot.db'}")
        upgrade(engine)
        slow = SlowInbox(Messages(Database(engine), Clock()))
        listening = socket.create_server(("127.0.0.1", 0))
        intake = Intake(slow, lambda: None)
        channel = SmtpChannel(intake, Clock(), listening=listening, recipients=RECIPIENTS, max_bytes=MAX_BYTES)
        await channel.start()
        room, port = Mailroom(channel, engine, intake), channel.port
        async with room.client() as idle, room.client() as busy:
            await idle.talk("HELO a", MAIL, RCPT)
            await busy.talk("HELO a", MAIL, RCPT, "DATA")
            busy.send(STAMPED)
            stopping = asyncio.create_task(channel.stop())
            assert await idle.reply() == "421 4.3.2 Shutting down, please try again later"
            assert await idle.at_end()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            assert not channel.listening
            slow.open.set()
            assert await busy.talk(b".\r\n") == ["250 2.0.0 OK, stored as message 1"]
            assert await busy.reply() == "421 4.3.2 Shutting down, please try again later"
            assert await busy.at_end()
            await stopping
        await intake.drain()
        assert len(room.stored()) == 1
        assert channel._live == set()
        engine.dispose()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(scene())


async def test_stop_does_not_wait_for_ever(mailroom: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that dawdles in DATA, or does not read, is left when the time is up."""
    monkeypatch.setattr(smtp, "DRAIN_SECONDS", 0.2)
    monkeypatch.setattr(smtp, "GOODBYE_SECONDS", 0.2)
    room = await mailroom()
    async with room.client() as client:
        await client.talk("HELO a", MAIL, RCPT, "DATA")
        client.send(b"Subject: never\r\n")
        began = time.monotonic()
        await room.channel.stop()
        assert time.monotonic() - began < 2
        assert await client.reply() == "421 4.3.2 Shutting down, please try again later"
    assert room.stored() == []


async def test_last_accepted_tells_when_mail_last_came(mailroom: Open) -> None:
    """Nothing before the first message; the time of receipt after it."""
    room = await mailroom()
    assert room.channel.last_accepted is None
    await room.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n")
    assert room.channel.last_accepted == room.stored()[0]["received_at"]
