"""The credential of a mailbox that somebody has logged in to: an access token, renewed before it expires."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from channels.mail.oauth import Grant, OAuthClient, Vault, granted, kept, login_again
from channels.mail.oauth_http import ask
from channels.mail.oauth_refusals import refusal
from enrichment.ports import Clock


class TokenCredential:
    """Fresh access tokens of one mailbox. client: asked at each use, for its secret may be changed in its file."""

    def __init__(self, mailbox: str, client: Callable[[], OAuthClient], vault: Vault, clock: Clock) -> None:
        self._mailbox, self._client, self._vault, self._clock = mailbox, client, vault, clock
        self._unkept: tuple[str, Grant] | None = None
        self._given = ""

    @property
    def advice(self) -> str:
        """What a person is to do when the mail server goes on refusing the tokens."""
        return login_again(self._mailbox)

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """An access token that is good for a while. Raises NeedsPerson (log in again), RetryLater (server away)."""
        client = self._client()
        grant = kept(self._vault, self._mailbox, client)
        if self._unkept or not grant.fresh(self._clock.now()):
            grant = self._renewed(client)
        self._given = grant.access
        return "token", grant.access

    def refused(self) -> None:
        """The mail server did not take the last token: renew it at the next use, however long it should be good."""
        client = self._client()
        with self._vault.locked(self._mailbox):
            grant = kept(self._vault, self._mailbox, client)
            if grant.access == self._given:
                past = self._clock.now() - timedelta(seconds=1)
                self._vault.write(self._mailbox, grant.model_copy(update={"good_until": past}).model_dump_json())

    def _renewed(self, client: OAuthClient) -> Grant:
        with self._vault.locked(self._mailbox):
            self._keep_rest(client)
            grant = kept(self._vault, self._mailbox, client)
            if grant.fresh(self._clock.now()):
                return grant  # another process was first
            # The server forgets the old refresh token when it gives a new one: ask only while one can be kept.
            self._vault.write(self._mailbox, grant.model_dump_json())
            form = client.form(grant_type="refresh_token", refresh_token=grant.refresh)
            answer = ask(self._mailbox, client.token_url, form)
            if answer.status != 200:
                raise refusal(self._mailbox, answer)
            new = granted(self._mailbox, client, answer, self._clock.now(), grant.refresh)
            self._unkept = grant.refresh, new
            self._keep_rest(client)
            return new

    def _keep_rest(self, client: OAuthClient) -> None:
        """Keep what could not be kept when it came, unless somebody has logged in anew meanwhile."""
        if self._unkept is None:
            return
        before, new = self._unkept
        if kept(self._vault, self._mailbox, client).refresh == before:
            self._vault.write(self._mailbox, new.model_dump_json())
        self._unkept = None
