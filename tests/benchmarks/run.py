"""`make bench`: figures, no verdicts. `make bench ARGS="ingest latency"` runs some of the parts, nothing named all.

Machines differ and are noisy: what is to be compared is measured side by side in one run, as a ratio.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests.benchmarks import backlog, clicks, flood, ingest, latency, mailbox, pipeline, scale, understanding

# In the order in which they run; each measures and prints.
PARTS: dict[str, Callable[[], None]] = {
    "understanding": understanding.measure,
    "latency": latency.measure,
    "ingest": ingest.measure,
    "ingest-memory": ingest.memory,
    "mailbox": mailbox.measure,
    "pipeline": pipeline.measure,
    "scale": scale.measure,
    "flood": flood.measure,
    "backlog": backlog.measure,
    "clicks": clicks.measure,
}


def main() -> None:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(prog='make bench ARGS="..."', description=__doc__)
    parser.add_argument("part", nargs="*", help=f"{', '.join(PARTS)}; all when none is named")
    wanted = parser.parse_args().part or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for name in wanted:
        sys.stdout.write(f"== {name}\n")
        PARTS[name]()


if __name__ == "__main__":
    main()
