"""Mails for the benchmarks: distinct customers with their own requests, made from a seed without end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

NAMES = """\
Ann
Bob
Cara
Dan
Eve
Finn
Gia
Hal
Ida
Jon
Kim
Lou
Mia
Ned
Ola
Pia
Ray
Sue
Tom
Una
Vic
Wes
Xia
Yan
Zoe
""".splitlines()
FAMILIES = """\
Archer
Baker
Carter
Dyer
Fisher
Gardner
Hunter
Mason
Parker
Porter
Sawyer
Shepherd
Smith
Taylor
""".splitlines()
THINGS = """\
boiler
kitchen sink
garden fence
roof
gutter
bathroom
heat pump
electric car
clutch
gearbox
windscreen
timing belt
brakes
front door
patio
driveway
chimney
solar panels
burglar alarm
office windows
lawn
loft
staircase
radiator
dishwasher
company accounts
tax return
website
skin treatment
dental check
laser appointment
wedding cake
piano
water meter
garage door
hedge
conservatory
cellar
mobile home
delivery van
""".splitlines()
TROUBLES = """\
leaks onto the floor
makes a grinding noise
has to be replaced
needs a yearly service
was damaged in the storm
does not start in the cold
should be painted
must be ready before the holidays
is much too loud
smells of gas
has a crack in it
keeps losing pressure
trips the fuse at night
shakes at speed
should be insulated
is twenty years old
was fitted badly by another firm
needs an estimate for the insurance
has to be moved
will not close any more
""".splitlines()
WISHES = """\
Could somebody come today?
How much would that be?
Please call me in the evening.
We need three quotes.
When is your next free appointment?
Can you send me a price list?
It is urgent, please hurry.
No hurry at all.
Do you work at weekends?
We would like a long contract.
A neighbour recommended you.
I have photographs if you need them.
The house is near the station.
Parking is difficult, so please say when you come.
My landlord will pay for it.
""".splitlines()


@dataclass(frozen=True)
class Letter:
    """One mail as its sender hands it over."""

    sender: str
    content: bytes


def letters(seed: int, repeat: float = 0.1) -> Iterator[Letter]:
    """Distinct mails without end; the same seed makes the same ones. repeat: share from somebody who wrote before."""
    chance = random.Random(seed)
    for number in count(1):
        again = number > 10 and chance.random() < repeat
        customer = chance.randrange(1, number) if again else number
        yield _letter(seed, number, customer, chance)


def _letter(seed: int, number: int, customer: int, chance: random.Random) -> Letter:
    name = f"{NAMES[customer % len(NAMES)]} {FAMILIES[customer // len(NAMES) % len(FAMILIES)]}"
    sender = f"c{customer}.{seed}@customers{customer % 997}.example"
    thing = chance.choice(THINGS)
    lines = [
        f"From: {name} <{sender}>",
        "To: leads@localhost",
        f"Subject: {thing.capitalize()}, number {chance.randrange(1, 400)}",
        "Date: Fri, 20 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{number}.{seed}.{chance.randrange(10**9)}@load.example>",
        "Content-Type: text/plain; charset=utf-8",
        "",
        request(chance, thing),
        "",
        name,
    ]
    return Letter(sender, "\r\n".join(lines).encode())


def request(chance: random.Random, thing: str) -> str:
    """What a customer writes, in two to a dozen sentences."""
    said = [f"Hello, our {thing} {chance.choice(TROUBLES)}."]
    for _ in range(chance.randrange(1, 6)):
        said.append(f"The {chance.choice(THINGS)} {chance.choice(TROUBLES)}." if chance.random() < 0.4 else "")
        said.append(chance.choice(WISHES))
    return " ".join(filter(None, said))
