"""What is done once for all connections, and what is read quickly, is the same as if aiosmtpd had done it."""

from __future__ import annotations

from aiosmtpd.smtp import SMTP
from hypothesis import example, given
from hypothesis import strategies as st

from channels.mail.quick import QuickSMTP
from tests.channels.mail.mailroom import HOST, MAIL, RCPT, Open

WORDS = st.text("aB3.-_+=<>@ \t\"\\()[],:;'\x00é\u0130", max_size=12)
PATHS = st.one_of(
    WORDS,
    st.builds("<{}@{}>{}".format, WORDS, WORDS, WORDS),
    st.builds("<{}@{}> {}".format, st.from_regex(r"[a-z.+=_-]{1,9}", fullmatch=True), st.just("b.example"), WORDS),
)


class _Bare(QuickSMTP):
    """An object of which only the reading of addresses is used."""

    def __init__(self) -> None:
        pass


@given(PATHS)
@example("<jo@customer.example>")
@example("<jo@customer.example> SIZE=10 BODY=8BITMIME")
@example("<jo@customer.example>\n")
@example("<jo.@customer.example>")
@example("<jo@customer..example>")
@example("<>")
def test_an_address_is_read_as_by_aiosmtpd(path: str) -> None:
    """The same address and the same parameters, or the same refusal."""
    connection = _Bare()
    try:
        expected = SMTP._getaddr(connection, path.strip())
    except (IndexError, UnicodeError) as error:
        expected = (type(error).__name__, "")
    try:
        found = connection._getaddr(path.strip())
    except (IndexError, UnicodeError) as error:
        found = (type(error).__name__, "")
    assert found[0] == expected[0]
    assert (found[1] or "").split() == (expected[1] or "").split()


async def test_connections_share_nothing(mailroom: Open) -> None:
    """What one client says is nothing that another has said."""
    room = await mailroom()
    async with room.client() as one, room.client() as other:
        assert (await one.talk("EHLO one", MAIL, RCPT))[1:] == ["250 OK", "250 OK"]
        assert await other.talk(MAIL) == ["503 Error: send HELO first"]
        assert await other.talk("HELO other", RCPT) == [f"250 {HOST}", "503 Error: need MAIL command"]
        assert await other.talk(MAIL) == ["250 OK"]
        assert (await one.talk("DATA"))[0].startswith("354")
        assert await other.talk("DATA") == ["503 Error: need RCPT command"]
