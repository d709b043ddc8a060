"""Breaks the running bot by a seeded schedule and holds everything that is left against what was accepted.

`python -m tests.faults.run --seed 1234 --kills 200 --mails 20000` is one run; the same arguments are the same run.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults import evidence, mails, report, schedule, world
from tests.faults.breaking import Breaker
from tests.faults.neighbours import Broken
from tests.faults.reconcile import Accounts, reconcile
from tests.faults.report import Plan
from tests.faults.schedule import Step
from tests.faults.staff import Staff
from tests.faults.world import Progress, World

# Nothing moving for so long, with all faults lifted: what is left then will never be done.
SETTLE_SECONDS = 90.0
USE_UP_SECONDS = 20.0


def run(plan: Plan, folder: Path, every: float = 5.0) -> tuple[Accounts, World]:
    """One run in this folder. every: seconds between lines of progress, 0 for none. Raises Broken."""
    letters = mails.generate(plan.seed, plan.mails)
    steps = schedule.plan(plan.seed, plan.mails, plan.kills)
    with world.opened(folder) as made:
        staff, tell = Staff(made.workspace, plan.seed), Progress(plan.mails, len(steps), every)
        breaker = Breaker(made, staff, letters)
        made.start()
        _break(plan, breaker, steps, tell)
        breaker.use_up(USE_UP_SECONDS)
        breaker.lift()
        staff.join()
        left = made.settle(SETTLE_SECONDS, tell)
        accounts = _account(made, staff, letters, left)
    return accounts, made


def _break(plan: Plan, breaker: Breaker, steps: list[Step], tell: Progress) -> None:
    """Carry out the schedule; when the time is over, release what is left at once."""
    made, began = breaker.world, time.monotonic()
    for step in steps:
        if plan.minutes and time.monotonic() - began > 60 * plan.minutes:
            made.senders.release(breaker.mails[step.mails.start :])
            return
        tell.step = step.number + 1
        made.senders.release([breaker.mails[number] for number in step.mails])
        if step.deed:
            breaker.staff.act()
        time.sleep(step.pause)
        made.ensure()
        breaker.strike(step)
        tell(made)
    made.senders.release(breaker.mails[steps[-1].mails.stop :])


def _account(made: World, staff: Staff, letters: list[mails.Mail], left: dict[str, int]) -> Accounts:
    ledger = json.loads(made.bot.cli("status", "--json").stdout)
    made.terminate()
    found = evidence.gather(made.data / "leadbot.db", made.workspace_file, made.airtable.rows(), ledger)
    accounts = reconcile(letters, made.senders.log.accepted, staff.deeds, found)
    accounts.lost += [f"{count} {name} never settled" for name, count in left.items()]
    if made.senders.waiting:
        accounts.lost.append(f"{made.senders.waiting} mails were never accepted")
    accounts.wrong += [f"mail {n} was refused for good: {words}" for n, words in made.senders.log.bounced.items()]
    accounts.wrong += [f"the bot {how}" for how in made.ends]
    return accounts


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="make faults", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=0.0, help="end the faults after so long; 0: when all are done")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a run that failed")
    return Plan(**vars(parser.parse_args()))


def main() -> int:
    """Run it and print the accounts; 1 when anything is lost or doubled."""
    plan, began = _plan(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="leadbot-faults-"))
    print(f"seed {plan.seed}: {plan.mails} mails, {plan.kills} kills, in {folder}", flush=True)  # noqa: T201 - a command
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a scripted Ollama that breaks is no news
    good = False
    try:
        accounts, made = run(plan, folder)
        good = accounts.good
        print(report.table(plan, accounts, made, time.monotonic() - began))  # noqa: T201 - as above
    except Broken as error:
        print(f"the run could not go on: {error}\n{report.replay(plan)}")  # noqa: T201 - as above
    finally:
        if good or not plan.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
