"""The certificate for STARTTLS: read at the start, and again when its files have changed, as a renewal does."""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from enrichment.errors import StartupError

log = structlog.get_logger(__name__)

CERT, KEY = "LEADBOT_SMTP_TLS_CERT", "LEADBOT_SMTP_TLS_KEY"

_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate with its chain, and its key, both PEM. Raises StartupError when they cannot be used."""

    def __init__(self, cert: Path, key: Path) -> None:
        self._files = {CERT: cert, KEY: key}
        self._stamp = self._look()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """For the next connection; new files that cannot be used leave the old certificate in use."""
        try:
            stamp = self._look()
            if stamp != self._stamp:
                # Remembered first: half a renewal is tried once, and again when its other half is written.
                self._stamp = stamp
                self._context = self._load()
                log.info("TLS certificate read again")
        except StartupError as error:
            log.warning("the old TLS certificate stays in use", why=str(error))
        return self._context

    def _look(self) -> _Stamp:
        stamps = []
        for variable, path in self._files.items():
            try:
                found = path.stat()
            except OSError as error:
                raise StartupError(_unreadable(variable, path, error)) from error
            stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
        return tuple(stamps)

    def _load(self) -> ssl.SSLContext:
        for variable, path in self._files.items():
            try:
                with path.open("rb"):
                    pass
            except OSError as error:
                raise StartupError(_unreadable(variable, path, error)) from error
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(self._files[CERT], self._files[KEY], password="")
        except (OSError, ValueError) as error:
            why = _words(error)
            raise StartupError(
                f"{CERT}, {KEY}: {why}; name a PEM certificate with its chain and its unencrypted key, "
                f"e.g. {CERT}=/etc/leadbot/fullchain.pem"
            ) from error
        return context


def opened(cert: Path | None, key: Path | None) -> Certificate | None:
    """The certificate of the settings, None when there is none. Raises StartupError."""
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        missing, given = (CERT, KEY) if cert is None else (KEY, CERT)
        example = "fullchain.pem" if cert is None else "privkey.pem"
        raise StartupError(f"{missing}: is needed beside {given}, e.g. {missing}=/etc/leadbot/{example}")
    return Certificate(cert, key)


def _unreadable(variable: str, path: Path, error: OSError) -> str:
    return f"{variable}: {path} cannot be read ({error.strerror}); name a PEM file that Leadbot's user may read"


def _words(error: OSError | ValueError) -> str:
    reason = (getattr(error, "reason", None) or "").replace("_", " ").lower()
    if "mismatch" in reason:
        return "the certificate and the key do not belong together"
    return f"they cannot be used ({reason or 'no PEM certificate and key'})"
