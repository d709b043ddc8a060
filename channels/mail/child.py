"""What a process that reads hostile mail does to itself first: it limits its time and its memory."""

from __future__ import annotations

import signal


def alarm(seconds: int) -> None:
    """End the process by SIGALRM's default action, which also works inside C code; 0 calls it off."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def limit_memory(megabytes: int) -> None:
    """Make allocations beyond the limit fail, on systems that can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * 1024 * 1024
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
