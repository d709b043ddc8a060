"""What goes wrong with a mailbox, in one plain line that says what to do, as the error that says when to try again.

RetryLater    the network, the server, an answer that is no IMAP
NeedsPerson   a certificate that proves nothing, a login that is refused
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterable, Iterator

from enrichment.errors import LeadbotError, NeedsPerson, RetryLater

LONGEST_WORDS = 200
# What is shorter stands in any text.
SHORTEST_SECRET = 4
# What imaplib and IMAPClient raise at an answer that is no IMAP, beside their own errors.
_STRANGE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, RecursionError)
_PASSING = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|too many|temporar|try again|unavailable|throttl|not connected|internal",
    re.IGNORECASE,
)
# RFC 5530, for people.
_CODES = {
    "EXPIRED": "the password has expired; set a new one",
    "OVERQUOTA": "the mailbox is full (over quota); make room in it",
    "CONTACTADMIN": "the server wants its administrator to look at the account",
    "PRIVACYREQUIRED": 'the server takes no password without TLS; set tls = "tls" or "starttls"',
    "WEBALERT": "the provider wants somebody to log in with a browser first",
    "UNAVAILABLE": "the server is out of order for now",
    "INUSE": "another program holds the mailbox",
    "LIMIT": "the provider's limit on connections or traffic is reached",
}


def words(answer: object) -> str:
    """What a server said, on one short line without control characters."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    if text[:2] in {"b'", 'b"'} and text[-1:] == text[1]:  # how imaplib's errors carry it
        text = text[2:-1]
    plain = "".join(character if character.isprintable() else " " for character in text[: 4 * LONGEST_WORDS])
    return " ".join(plain.split())[:LONGEST_WORDS]


def blotted(error: imaplib.IMAP4.error, secrets: Iterable[str]) -> imaplib.IMAP4.error:
    """The same error without these, which a server may repeat."""
    text = str(error)
    for secret in secrets:
        for form in (secret, repr(secret.encode())[2:-1], repr(secret)[1:-1]):
            text = text.replace(form, "***") if len(form) >= SHORTEST_SECRET else text
    return type(error)(text)


def meaning(answer: object) -> str:
    """The same with what its response code means, where it has one."""
    said = words(answer).replace(";", ",")  # behind ours stands what to do, which is not for a server to say
    code = re.search(r"\[([A-Z]+)", said)
    explained = _CODES.get(code[1], "") if code else ""
    return f'{explained} ("{said}")' if explained else f'the server says "{said}"'


def is_passing(answer: object) -> bool:
    """Whether a refusal speaks of what waiting mends."""
    return _PASSING.search(words(answer)) is not None


@contextlib.contextmanager
def translated(name: str, host: str = "the server") -> Iterator[None]:
    """Errors of imaplib, IMAPClient and the network leave this as RetryLater or NeedsPerson."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError, *_STRANGE) as error:
        raise trouble_of(name, host, error) from error


def trouble_of(name: str, host: str, error: Exception) -> LeadbotError:
    """The error to raise. name: of the mailbox; host: of its server, with the port."""
    if isinstance(error, ssl.SSLError):
        return _tls(name, host, error)
    if isinstance(error, OSError):
        return RetryLater(f"{name}: {_network(host, error)}")
    if isinstance(error, imaplib.IMAP4.abort):
        return RetryLater(f"{name}: the connection to {host} broke: {meaning(error)}")
    if isinstance(error, imaplib.IMAP4.error):
        return RetryLater(f"{name}: {meaning(error)}")
    return RetryLater(f"{name}: {host} answers something that is no IMAP ({words(error) or type(error).__name__})")


def _tls(name: str, host: str, error: ssl.SSLError) -> LeadbotError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NeedsPerson(
            f"{name}: the certificate of {host} is not accepted: {words(error.verify_message)}; check host, have the "
            "certificate renewed, or name its authority in ca_file"
        )
    if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "HTTP_REQUEST"}:
        return NeedsPerson(f"{name}: {host} speaks no TLS on this port; check port and tls (993 is tls, 143 starttls)")
    return RetryLater(f"{name}: TLS with {host} failed: {words(error.reason or error)}")


def _network(host: str, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name of {host} is not known here; check host and this machine's DNS"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens at {host}; check host and port"
    if isinstance(error, TimeoutError):
        return f"{host} does not answer in time"
    return f"the connection to {host} broke: {words(error.strerror or error)}"
