"""What the mail servers on the way have said. Only a `yes` counts: anybody can write a `no` into his own mail."""

from __future__ import annotations

import re
from collections.abc import Mapping

from enrichment.models import ParsedMessage

_SHOWN = 80
_MICROSOFT = r"(?:^|;)\s?(?:sfv:(?:spm|skb|blk|sks)|scl:[5-9]|cat:(?:h?spm|h?ph\w{2,3}|malw|spoof))\s?(?:;|$)"
# Header to what its value says when the server called the message spam; searched for in the lower-case value.
_YES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "x-spam-flag": r"^\s{0,9}(?:yes|true|spam)\b",  # SpamAssassin and its likes
        "x-spam-status": r"^\s{0,9}yes\b",
        "x-spam": r"^\s{0,9}(?:yes|true)\s{0,9}$",  # rspamd
        "x-rspamd-action": r"^\s{0,9}(?:reject|add header|rewrite subject)\b",
        "x-forefront-antispam-report": _MICROSOFT,
        "x-ms-exchange-organization-scl": r"^\s{0,9}[5-9]\s{0,9}$",  # Exchange: 5 and above goes to Junk
        "x-microsoft-antispam-mailbox-delivery": r"(?:^|;)\s?dest:j\s?(?:;|$)",
        "x-barracuda-spam-flag": r"^\s{0,9}yes\b",
        "x-barracuda-spam-status": r"^\s{0,9}yes\b",
        "x-proofpoint-spam-details": r"\brule=(?:spam|phish|malware)",
        "x-vr-spamstate": r"^\s{0,9}(?:spam|phishing|scam)",
        "x-yandex-spam": r"^\s{0,9}4\s{0,9}$",
        "x-klms-antispam-status": r"^\s{0,9}(?:spam|phishing)",
        "x-bogosity": r"^\s{0,9}(?:spam|yes)\b",
        "x-dspam-result": r"^\s{0,9}(?:spam|blacklisted)\b",
        "x-purgate-type": r"^\s{0,9}(?:spam|phishing)",
        "x-ui-filterresults": r"^\s{0,9}junk:",  # GMX, web.de, IONOS
        "x-apple-movetofolder": r"^\s{0,9}junk\b",
    }.items()
}
_MARKED = re.compile(r"^\s{0,9}(?:\[\s?spam\s?\]|\{spam\??\}|\*{3,9}\s?spam\s?\*{3,9})", re.IGNORECASE)


def upstream_verdict(parsed: ParsedMessage) -> str:
    """The header by which a mail server called this spam, for staff; empty when none did."""
    for name, yes in _YES.items():
        value = parsed.headers.get(name, "")[:1000]
        if yes.search(value.lower()):
            return f"`{name.title()}: {_one_line(value)}`"
    if _MARKED.match(parsed.subject[:100]):
        return f"`Subject: {_one_line(parsed.subject)}`"
    return ""


def _one_line(text: str) -> str:
    return " ".join(text[: 4 * _SHOWN].split()).replace("`", "'")[:_SHOWN]
