"""Checks of single values of a [[mailbox]] table; each raises ValueError in words."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from bot.values import is_loopback

MOST_FOLDERS = 50
LONGEST_FOLDER = 1000
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,253}")
_NAME = re.compile(r"[^\W_][\w.@+-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE | re.ASCII)


def name(value: str) -> str:
    """What a mailbox is called. It is typed after `leadbot login`: one word that does not look like an option."""
    if not _NAME.fullmatch(value):
        raise ValueError("should be one word of up to 64 letters, digits and . _ @ + -, the first a letter or digit")
    return value


def user(value: str) -> str:
    """Who logs in."""
    if not value or len(value) > 320 or not value.isprintable():
        raise ValueError("should be the name that the mailbox is logged in with, mostly its address")
    return value


def variable(value: str) -> str:
    """The name of an environment variable; it is not repeated, for it may be the password itself."""
    if not _VARIABLE.fullmatch(value):
        raise ValueError("should be the name of an environment variable, such as SHOP_PASSWORD, not the secret itself")
    return value


def word(value: str) -> str:
    """An id as providers give them out."""
    if len(value) > 256 or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("should be one word, as the provider shows it")
    return value


def host(value: str) -> str:
    """The name or the IP address of a server, nothing else."""
    name = value.strip().removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.removesuffix(".").split(".")):
            raise ValueError("should be the name of a server, such as imap.example.com, and no URL or port") from None
    return name.lower().removesuffix(".")


def address(user: str) -> str:
    """The user's name as an e-mail address in lower case, empty when it is none."""
    return user.strip().lower() if _ADDRESS.fullmatch(user.strip()) else ""


def folder(value: str) -> str:
    """A folder's name as the server shows it; INBOX is the same in any case (RFC 3501)."""
    if len(value) > LONGEST_FOLDER or not value.isprintable():
        raise ValueError(f"should be a folder's name of up to {LONGEST_FOLDER} printable characters")
    return "INBOX" if value.upper() == "INBOX" else value


def folders(value: Any) -> tuple[str, ...]:
    """Names of folders, from a list or one alone; each once, at least one."""
    found = more_folders(value)
    if not found:
        raise ValueError('should name a folder, such as ["INBOX"]')
    return found


def more_folders(value: Any) -> tuple[str, ...]:
    """Names of folders, from a list or one alone; each once, may be none."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) and part for part in parts):
        raise ValueError('should be names of folders, such as ["INBOX", "Leads"]')
    if len(parts) > MOST_FOLDERS:
        raise ValueError(f"should be at most {MOST_FOLDERS} folders")
    return tuple(dict.fromkeys(folder(part) for part in parts))


def url(value: str) -> str:
    """A web address that secrets may be sent to: https, or on this machine."""
    try:
        parts = urlsplit(value)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        whole = bool(parts.hostname) and value.isascii() and value.isprintable() and " " not in value
        whole = whole and not parts.username and parts.port != 0
    except ValueError:
        safe = whole = False
    if value and not (safe and whole):
        raise ValueError("should be an https:// address")
    return value


def transport(server: str, tls: str) -> str:
    """What is wrong with a connection without TLS, or nothing."""
    if tls == "none" and not is_loopback(server):
        return 'tls = "none" would send password and mail readable to everybody; write "tls" or "starttls"'
    return ""
