"""chromadb's HTTP client with a time limit: it has none of its own, so that a hanging server would hang a worker."""

from __future__ import annotations

from typing import Any

import httpx
from chromadb.api.client import Client
from chromadb.auth import UserIdentity
from chromadb.config import Settings

# Of the limit for writing, which a large batch may need.
SMALL_QUESTION = 0.3


class BoundedClient(Client):
    """A client of a Chroma server; connecting happens in the constructor.

    Raises ValueError or httpx errors when there is no server, as chromadb does.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._limit = httpx.Timeout(timeout)
        self._soon = httpx.Timeout(timeout * SMALL_QUESTION)
        settings = Settings(
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=url,
            chroma_server_http_port=0,  # required, but a URL brings its own
            anonymized_telemetry=False,
        )
        try:
            super().__init__(settings=settings)
        except Exception:
            self._close_connections()
            raise

    def get_user_identity(self) -> UserIdentity:
        """The first request that the constructor makes: from here on the main connection has the limit."""
        self._bound(_session(self))
        return super().get_user_identity()

    def _bound(self, session: httpx.Client) -> None:
        session.timeout = self._limit
        session.event_hooks["request"] = [self._sooner]

    def _sooner(self, request: httpx.Request) -> None:
        """What only reads is answered in milliseconds, and a message is waiting for it."""
        if request.method == "GET" or request.url.path.endswith("/query"):
            request.extensions["timeout"] = self._soon.as_dict()

    def close(self) -> None:
        """Close the connections too, which chromadb leaves to the garbage collector."""
        self._close_connections()
        super().close()

    def _close_connections(self) -> None:
        for client in (self, getattr(self, "_admin_client", None)):
            if hasattr(client, "_server"):  # the constructor may have come to either or to none
                _session(client).close()

    def _validate_tenant_database(self, tenant: str, database: str) -> None:
        """The first use of the second connection, the admin client's."""
        self._bound(_session(self._admin_client))
        super()._validate_tenant_database(tenant=tenant, database=database)


def _session(client: Any) -> httpx.Client:
    session: httpx.Client = client._server._session  # noqa: SLF001 - there is no public way to set a limit
    return session
