"""A poller that is killed again and again on a network that breaks: every mail is stored, and none twice."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time

import pytest

from enrichment.errors import RetryLater
from tests.channels.mail.polled import Polling, Post, letter, mailbox_at
from tests.conftest import ROOT
from tests.servers.cutting_proxy import CuttingProxy, cutting_proxy

SEED = 6


def _killed(proxy: CuttingProxy, post: Post, rounds: int, after: str) -> None:
    """Start the process and kill it, so many times."""
    chance = random.Random(SEED)
    url = post.parts.engine.url.render_as_string(hide_password=False)
    arguments = [str(proxy.port), post.user, url, after]
    for _ in range(rounds):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.channels.mail.imap_polling", *arguments], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.25))
            process.kill()


def _arriving(post: Post, mails: list[bytes], done: threading.Event) -> None:
    """Mails come a few at a time for as long as the killing goes on, and at the end what is left of them at once."""
    chance = random.Random(SEED)
    left = list(mails)
    with post.server.client(post.user) as client:
        while left:
            for mail in (left.pop(0) for _ in range(min(len(left), chance.randint(1, 4)))):
                client.append("INBOX", mail)
            done.wait(chance.uniform(0.1, 0.6))


def _stormed(post: Post, count: int, rounds: int, after: str) -> tuple[Polling, list[bytes], CuttingProxy]:
    """A mailbox through all that; then it is read in peace."""
    post.put(letter(10_000), flags=[rb"\Flagged"])
    mails = [letter(number, "x" * random.Random(number).randrange(20_000)) for number in range(count)]
    with cutting_proxy(post.server.port, SEED) as proxy:
        polling = Polling(post.parts, mailbox_at(post.server.port, user=post.user, after=after, move_to="Processed"))
        post.pollings.append(polling)
        polling.poll()
        done = threading.Event()
        arriving = threading.Thread(target=_arriving, args=(post, mails, done))
        arriving.start()
        _killed(proxy, post, rounds, after)
        done.set()
        arriving.join(120)
    while polling.poll() != (0, 0):
        pass
    return polling, mails, proxy


def _as_sent(polling: Polling, mails: list[bytes]) -> bool:
    return sorted(polling.contents) == sorted(mails)


def test_killed_and_cut_loses_and_doubles_nothing(post: Post) -> None:
    """A few kills with mail coming in through a bad network: each mail is stored once, no flag is changed."""
    polling, mails, _ = _stormed(post, 60, 6, "leave")
    assert _as_sent(polling, mails)
    assert post.flags() == {1: {rb"\Flagged"}} | {number: set() for number in range(2, 62)}


@pytest.mark.slow
@pytest.mark.parametrize("after", ["leave", "seen", "move"])
def test_a_hundred_kills_and_five_hundred_mails(post: Post, after: str) -> None:
    """500 mails, 100 kills, connections cut anywhere: lost 0, doubled 0, and the server's mails as was asked for."""
    polling, mails, proxy = _stormed(post, 500, 100, after)
    assert proxy.cuts > 20
    assert _as_sent(polling, mails)
    flags = post.flags()
    assert flags.pop(1) == {rb"\Flagged"}
    if after == "move":
        assert flags == {}
        assert sorted(post.server.contents("Processed", post.user)) == sorted(mails)
    else:
        assert list(flags.values()) == [{rb"\Seen"} if after == "seen" else set()] * 500


def test_a_network_that_always_breaks_is_told(post: Post) -> None:
    """Where every connection is cut the poll says so, and stores only whole mails."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1, "y" * 100_000))
    with cutting_proxy(post.server.port) as proxy:
        proxy.chance = 1.0
        broken = Polling(post.parts, mailbox_at(proxy.port, user=post.user))
        with pytest.raises(RetryLater, match=r"shop: the connection to 127\.0\.0\.1:\d+ broke"):
            broken.poll()
        broken.poller.close()
    assert polling.contents == []
    assert polling.poll().new == 1
