"""pyairtable's connection with limits: no answer without an end, no redirect, no password file before the token."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests
from pyairtable import Api
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

LONGEST_ANSWER = 32_000_000  # ten rows with texts of full length
_CHUNK = 65_536

Timeout = tuple[int, int]


class TooMuch(requests.RequestException):
    """The answer was longer, or took longer, than any of Airtable's."""


def open_api(token: str, endpoint_url: str, timeout: Timeout) -> Api:
    """A connection that never tries again by itself: the reconciler decides when.

    timeout: seconds to connect, and seconds that the other side may be silent.
    """
    api = Api(token, timeout=timeout, retry_strategy=None, endpoint_url=endpoint_url.rstrip("/"))
    session = api.session
    session.auth = _Bearer(token)
    # A redirected PATCH would become a GET, and look like a write that worked.
    session.max_redirects = 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, _BoundedAdapter(sum(timeout)))
    return api


class _Bearer(AuthBase):
    """Puts the token in; without this, requests would let a .netrc entry for the host take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class _BoundedAdapter(HTTPAdapter):
    """Reads the whole answer at once, within a size and a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        super().__init__()

    def send(  # noqa: PLR0917 - the base class's signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - always streamed, then read here
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send, and read."""
        response = super().send(request, True, timeout, verify, cert, dict(proxies or {}))
        deadline = time.monotonic() + self._seconds
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > LONGEST_ANSWER or time.monotonic() > deadline:
                response.close()
                raise TooMuch("the answer has no end", request=request)
        response.raw.release_conn()
        response._content = bytes(body)  # noqa: SLF001 - requests has no public way to bound a body
        response._content_consumed = True  # noqa: SLF001 - as above
        return response
