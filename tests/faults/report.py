"""The end of a run in words: a table, what is lost or doubled, and how to see it again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.reconcile import Accounts
from tests.faults.schedule import KINDS
from tests.faults.world import World

SHOWN = 30


@dataclass(frozen=True)
class Plan:
    """What a run is asked for. minutes: then nothing more is broken, 0 for no limit; keep: the folder of a failure."""

    seed: int
    mails: int
    kills: int
    minutes: float = 0.0
    keep: bool = False


def replay(plan: Plan) -> str:
    """The command that does the same again."""
    return f'replay: make faults ARGS="--seed {plan.seed} --kills {plan.kills} --mails {plan.mails} --keep"'


def table(plan: Plan, accounts: Accounts, world: World, seconds: float) -> str:
    """All of it."""
    log = world.senders.log
    refused = ", ".join(f"{code} {count} times" for code, count in sorted(log.refused.items())) or "none"
    struck = [(kind, world.happened[kind]) for kind in KINDS]
    struck += sorted((kind, count) for kind, count in world.happened.items() if count and kind.startswith("killed "))
    lines = [
        f"seed {plan.seed}, {seconds:.0f} s, {world.happened['kill -9']} × kill -9, {world.happened['start']} starts",
        f"{log.transmissions} transmissions, {log.unanswered} without an answer, refused for now: {refused}",
        "",
        "  ".join(f"{name:>8}" for name in ("sent", "accepted", "leads", "shown", "rows", "lost", "doubled", "wrong")),
        "  ".join(f"{count:8}" for count in _figures(accounts)),
        "",
        *(f"{count:6} × {kind}" for kind, count in struck),
    ]
    for name, findings in (("lost", accounts.lost), ("doubled", accounts.doubled), ("wrong", accounts.wrong)):
        lines += [f"{name}: {finding}" for finding in findings[:SHOWN]]
        lines += [f"{name}: and {len(findings) - SHOWN} more"] if len(findings) > SHOWN else []
    return "\n".join(lines if accounts.good else [*lines, replay(plan)])


def _figures(accounts: Accounts) -> tuple[int, ...]:
    found = (accounts.lost, accounts.doubled, accounts.wrong)
    return (accounts.sent, accounts.accepted, accounts.leads, accounts.shown, accounts.rows, *map(len, found))
