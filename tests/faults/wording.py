"""Customers and what they ask for: as varied as the seed makes them."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRST = ("Ada", "Ben", "Clara", "Dev", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemi", "Lars", "Mei", "Noor", "Olga", "Pablo", "Quinn", "Rosa", "Sven", "Tara", "Umut", "Vera", "Wanda", "Xenia", "Yusuf", "Zoe")  # fmt: skip  # noqa: E501
_LAST = ("Abel", "Brook", "Castro", "Dahl", "Evans", "Fischer", "Garcia", "Hassan", "Ito", "Jensen", "Kaya", "Lopez", "Moreau", "Novak", "Okafor", "Petrov", "Quint", "Rossi", "Silva", "Tanaka", "Urban", "Vogel", "Weber", "Yilmaz", "Zhang")  # fmt: skip  # noqa: E501
_THINGS = ("kitchen", "garage door", "boiler", "roof", "garden fence", "bathroom", "driveway", "gutter", "front door", "heating", "air conditioning", "water heater", "brakes", "gearbox", "windscreen", "fuse box", "chimney", "staircase", "cellar", "terrace")  # fmt: skip  # noqa: E501
_WORK = ("repaired", "replaced", "painted", "inspected", "cleaned", "enlarged", "insulated", "moved", "measured", "renewed")  # fmt: skip  # noqa: E501
_WHEN = ("next week", "in spring", "before the holidays", "as soon as you can", "this month", "today", "some time next year", "after Easter", "on a Saturday")  # fmt: skip  # noqa: E501
_MORE = ("It is about thirty years old.", "The neighbours recommended you.", "We have two quotes already.", "The budget is around $4,000.", "It has been making a strange noise.", "There is water on the floor.", "My landlord agrees.", "I work shifts, so mornings are best.", "Photos can be sent.", "The last company never came back.")  # fmt: skip  # noqa: E501
_URGENT = ("This is urgent, water is leaking through the ceiling, please call me today.", "It is an emergency: there is a smell of gas.", "Please come today, nothing works any more and we have a baby.")  # fmt: skip  # noqa: E501


@dataclass(frozen=True)
class Customer:
    """Somebody who writes."""

    name: str
    email: str
    phone: str


def customer(chance: random.Random, number: int) -> Customer:
    """A person that nobody else of the run is."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    phone = f"(212) {200 + number // 10_000:03d}-{number % 10_000:04d}" if chance.random() < 0.4 else ""
    return Customer(f"{first} {last}", f"{first}.{last}.{number}@customer{number % 97}.example".lower(), phone)


def subject(chance: random.Random, number: int) -> str:
    """A subject line."""
    return chance.choice((f"Question about my {chance.choice(_THINGS)}", "Enquiry", f"Quote no. {number}", "Hello"))


def request(chance: random.Random, number: int) -> str:
    """What somebody wants, in two to six sentences."""
    wish = f"I would like to have my {chance.choice(_THINGS)} {chance.choice(_WORK)} {chance.choice(_WHEN)}."
    asked = f"What would that cost for {chance.randrange(2, 400)} square metres (our reference {number})?"
    more = chance.sample(_MORE, chance.randrange(4))
    urgent = [chance.choice(_URGENT)] if chance.random() < 0.15 else []
    return " ".join((*urgent, wish, asked, *more))
