"""The URL of the alert's mail server: what is read from it, and one line that holds no secret when it is wrong."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from bot.alert_address import EXAMPLE, parse
from bot.settings import Settings, load
from enrichment.errors import StartupError


def test_every_part_is_read() -> None:
    """Escapes are undone, a plus sign stays, several recipients come by comma and by repetition, each once."""
    found = parse(
        "smtp://leadbot%40example.com:p%40ss%2Fw%25@mail.example.com:2587/"
        "?from=leadbot@example.com&to=a+x@example.com,b@example.com&to=c%2By@example.com&to=b@example.com"
    )
    assert (found.host, found.port, found.tls, found.here) == ("mail.example.com", 2587, False, False)
    assert (found.user, found.password) == ("leadbot@example.com", "p@ss/w%")
    assert found.sender == "leadbot@example.com"
    assert found.recipients == ("a+x@example.com", "b@example.com", "c+y@example.com")
    assert found.server == "mail.example.com:2587"


@pytest.mark.parametrize(
    ("start", "port", "tls", "here"),
    [
        ("smtp://mail.example.com", 587, False, False),
        ("smtps://mail.example.com", 465, True, False),
        ("SMTP://LOCALHOST", 587, False, True),
        ("smtp://127.0.0.9:25", 25, False, True),
        ("smtps://[::1]", 465, True, True),
        ("smtp://localhost.example.com", 587, False, False),
    ],
)
def test_usual_ports_and_this_machine(start: str, port: int, tls: bool, here: bool) -> None:
    """The submission ports, and loopback by its address or name alone."""
    found = parse(f"{start}/?from=a@example.com&to=b@example.com")
    assert (found.port, found.tls, found.here) == (port, tls, here)


GOOD = "?from=a@example.com&to=b@example.com"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"http://u:secretword@mail.example.com/{GOOD}", "should begin with smtp:// or smtps://"),
        ("mail.example.com", "should begin with smtp:// or smtps://"),
        (f"smtp:///{GOOD}", "should name a mail server"),
        (f"smtp://u:secret word@mail/{GOOD}", "should be one URL without blanks"),
        (f"smtp://u:secretword@mail\r\nX/{GOOD}", "should be one URL without blanks"),
        (f"smtp://u:secretword/x@mail/{GOOD}", "should"),
        (f"smtp://u:secretword#x@mail/{GOOD}", "should"),
        (f"smtp://u:secretword@mail:99999/{GOOD}", "should have a port from 1 to 65535"),
        (f"smtp://u:secretword@mail:0/{GOOD}", "should have a port from 1 to 65535"),
        (f"smtp://u:secretword@[mail/{GOOD}", "cannot be read as a URL"),
        (f"smtp://u:secretword@mail/inbox{GOOD}", "should end in /?from=ADDRESS&to=ADDRESS"),
        ("smtp://u:secretword@mail/", "should end in /?from=ADDRESS&to=ADDRESS"),
        ("smtp://u:secretword@mail/?to=b@example.com", "should have one from="),
        ("smtp://u:secretword@mail/?from=a@example.com,c@example.com&to=b@example.com", "should have one from="),
        ("smtp://u:secretword@mail/?from=a@example.com", "should have to="),
        (
            "smtp://u:secretword@mail/?from=a@example.com&to=" + ",".join(f"b{n}@x" for n in range(21)),
            "should have to=",
        ),
        ("smtp://u:secretword@mail/?from=a@example.com&to=b", "should have plain e-mail addresses in to="),
        ("smtp://u:secretword@mail/?from=a@x%0d%0aRCPT&to=b@x", "should have plain e-mail addresses in from="),
        ("smtp://u:secretword@mail/?from=a@x&to=<b@x>", "should have plain e-mail addresses in to="),
        ("smtp://u:secretword@mail/?from=a@x&to=b@x&cc=c@x", "knows only from= and to="),
        (f"smtp://u:secretword%C3%A4@mail/{GOOD}", "should have user and password in ASCII"),
        (f"smtp://u:secretword%0A@mail/{GOOD}", "should have user and password in ASCII"),
        (f"smtp://u:secretword%FF@mail/{GOOD}", "has a % sequence that is no text"),
        (f"smtp://:secretword@mail/{GOOD}", "has a password but no user"),
        (f"smtp://u:secretword@mail/{GOOD}" + "x" * 2000, "should be one URL without blanks"),
    ],
)
def test_wrong_url_is_told_in_one_line(url: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, what is wrong, an example; never the password."""
    monkeypatch.setenv("LEADBOT_ALERT_SMTP_URL", url)
    with pytest.raises(StartupError) as caught:
        load()
    told = str(caught.value)
    assert told.startswith(f"LEADBOT_ALERT_SMTP_URL: {why}")
    assert told.endswith(f"; example: LEADBOT_ALERT_SMTP_URL={EXAMPLE}")
    assert "secretword" not in told
    assert "\n" not in told


@pytest.mark.parametrize("url", ["hc-ping.com/secretword", "ftp://x/secretword", "https:///secretword", "https://a b/secretword", "http://x:0/secretword", "https://x/secretword" + "x" * 2000])  # fmt: skip  # noqa: E501
def test_wrong_heartbeat_url_is_told_in_one_line(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what stands in it."""
    monkeypatch.setenv("LEADBOT_HEARTBEAT_URL", url)
    with pytest.raises(StartupError, match="LEADBOT_HEARTBEAT_URL: should b") as caught:
        load()
    assert "secretword" not in str(caught.value)


def test_neither_url_is_shown() -> None:
    """Not where settings are printed, nor where the parts of one are."""
    settings = Settings(
        alert_smtp_url=SecretStr(f"smtp://u:secretword@mail/{GOOD}"),
        heartbeat_url=SecretStr("https://hc-ping.com/secretword"),
    )
    assert settings.alerts_to is not None
    assert settings.alerts_to.password == "secretword"
    assert "secretword" not in f"{settings!r} {settings.alerts_to!r} {settings.alerts_to}"
    assert Settings(alert_smtp_url=SecretStr(" "), heartbeat_url=SecretStr("")).alerts_to is None


@pytest.mark.parametrize("minutes", [0, -1, 1441, float("nan")])
def test_patience_has_bounds(minutes: float) -> None:
    """More than nothing, and a day at most."""
    with pytest.raises(ValidationError):
        Settings(alert_after=minutes)
