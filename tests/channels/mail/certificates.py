"""Certificates made by OpenSSL for one test run."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

from tests.conftest import missing


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A self-signed certificate for `localhost` in the files NAME.pem and NAME.key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("openssl")
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    options = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
    names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [openssl, *options, *names, "-out", str(cert), "-keyout", str(key)],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return cert, key


def trusting(cert: Path) -> ssl.SSLContext:
    """A client's context that takes this certificate and no other."""
    return ssl.create_default_context(cafile=str(cert))
