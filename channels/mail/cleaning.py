"""Makes strings from outside safe to store and show: no NUL, lone surrogates or control characters, bounded length."""

from __future__ import annotations

import re

MAX_TEXT = 200_000  # about 60 printed pages; more is a log file or an attack
MAX_SUBJECT = 998  # RFC 5322's longest line
MAX_NAME = 200
MAX_ADDRESS = 320  # 64 for the local part, @, 255 for the domain
MAX_HEADER = 1_000

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# U+E000..U+E00F are our own marks between HTML and the quote reader (marks.py); from outside they would be forgeries.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ue000-\ue00f]")
_DISGUISES = re.compile("[\u202a-\u202e\u2066-\u2069]")  # direction overrides make `exe.pdf` out of `fdp.exe`


def clean_text(value: str) -> str:
    r"""The text with \n line ends and without control characters (tabs stay), surrogates, BOMs or our own marks."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", value))


def clean_line(value: str, limit: int) -> str:
    """One line of at most `limit` characters: every run of white space is one space."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())[:limit].strip()
    return " ".join(_DISGUISES.sub("", clean_text(value)).split())[:limit].strip()
