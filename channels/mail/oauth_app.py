"""Microsoft 365 as an app, without a person: client credentials by msal, which keeps and renews the token itself."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msal import ConfidentialClientApplication

from channels.mail.oauth_http import Answer, ask
from channels.mail.oauth_refusals import refusal
from enrichment.errors import NeedsPerson, RetryLater

SCOPE = "https://outlook.office365.com/.default"
_WHERE = "the login server"


@dataclass(frozen=True)
class _Reply:
    """An answer as msal wants it, which is that of requests."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def raise_for_status(self) -> None:
        """Nothing: what is no answer has been raised already."""


class _Http:
    """msal's way out: our own, for that is bounded in time and size."""

    def __init__(self, mailbox: str) -> None:
        self._mailbox = mailbox

    def get(self, url: str, **_options: Any) -> _Reply:
        """A page of the login server."""
        return self._reply(ask(self._mailbox, url))

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], **_options: Any) -> _Reply:
        """A question to the login server."""
        return self._reply(ask(self._mailbox, url, data, headers))

    def close(self) -> None:
        """Nothing is kept open."""

    def _reply(self, answer: Answer) -> _Reply:
        return _Reply(answer.status, json.dumps(dict(answer.fields)))


class AppCredential:
    """Access tokens of an app that may read the mailbox.

    authority: the tenant's login server, `https://login.microsoftonline.com/<tenant>`; secret: asked at each use, for
    it may be changed in its file; known: whether the authority is Microsoft's own.
    """

    def __init__(
        self, mailbox: str, client_id: str, authority: str, secret: Callable[[], str], *, known: bool = True
    ) -> None:
        self._mailbox, self._client_id, self._authority = mailbox, client_id, authority
        self._secret, self._known = secret, known
        self._opened: tuple[str, ConfidentialClientApplication] | None = None

    @property
    def advice(self) -> str:
        """What a person is to do when the mail server goes on refusing the tokens."""
        return "give the app IMAP.AccessAsApp and access to this mailbox: docs/mailboxes.md"

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """An access token that is good for a while. Raises NeedsPerson (the app is refused), RetryLater (away)."""
        with self._translated():
            answered = self._app(self._secret()).acquire_token_for_client([SCOPE])
        answer = Answer(_WHERE, 200, answered)
        if token := answer.text("access_token"):
            return "token", token
        self._opened = None
        raise refusal(self._mailbox, answer)

    def refused(self) -> None:
        """The mail server did not take the last token: ask for another at the next use."""
        self._opened = None

    def _app(self, secret: str) -> ConfidentialClientApplication:
        if self._opened is None or self._opened[0] != secret:
            app = ConfidentialClientApplication(
                self._client_id,
                client_credential=secret,
                authority=self._authority,
                http_client=_Http(self._mailbox),
                instance_discovery=None if self._known else False,
            )
            self._opened = secret, app
        return self._opened[1]

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ValueError:  # msal's word for a tenant that is not there; its text quotes the server
            told = f"{self._mailbox}: {_WHERE} knows no such tenant; check tenant in [[mailbox]]"
            raise NeedsPerson(told) from None
        except (KeyError, TypeError, AttributeError):
            told = f"{self._mailbox}: {_WHERE} does not answer as Microsoft's does; is something in between?"
            raise RetryLater(told) from None
