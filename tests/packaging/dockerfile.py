"""Reads a Dockerfile and a .dockerignore as the builder does, as far as ours use them."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, its flags, and the rest as it is written on one line."""

    name: str
    rest: str
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """The arguments; of the exec form when there is one."""
        text = self.rest.removeprefix("CMD ") if self.name == "HEALTHCHECK" else self.rest
        if text.startswith("["):
            found: list[str] = json.loads(text)
            return found
        return shlex.split(text)

    @property
    def pairs(self) -> dict[str, str]:
        """The key=value arguments of ENV, LABEL and ARG; ARG may have no value."""
        split = (word.partition("=") for word in self.words)
        return {key: value for key, _, value in split}


@dataclass(frozen=True)
class Stage:
    """What lies between one FROM and the next."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> list[Instruction]:
        """Every instruction of that name."""
        return [one for one in self.instructions if one.name == name]

    def last(self, name: str) -> Instruction:
        """The one that counts, where only one does."""
        return self.all(name)[-1]

    @property
    def environment(self) -> dict[str, str]:
        """Everything that ENV sets."""
        return {key: value for one in self.all("ENV") for key, value in one.pairs.items()}


def _logical_lines(text: str) -> Iterator[str]:
    """Lines with continuations joined and comments left out, also inside a continued line."""
    line = ""
    for part in text.splitlines():
        if not part.strip() or part.lstrip().startswith("#"):
            continue
        line += part.strip()
        if line.endswith("\\"):
            line = line[:-1]
            continue
        yield line
        line = ""
    assert not line, f"the file ends inside an instruction: {line}"


def _instruction(line: str) -> Instruction:
    name, _, rest = line.partition(" ")
    flags = {}
    while rest.lstrip().startswith("--"):
        flag, _, rest = rest.lstrip().partition(" ")
        key, _, value = flag[2:].partition("=")
        flags[key] = value
    return Instruction(name.upper(), rest.strip(), flags)


def parse(text: str) -> list[Stage]:
    """The stages in their order, with the ARGs before the first FROM filled into the FROMs."""
    arguments: dict[str, str] = {}
    stages: list[tuple[str, str, list[Instruction]]] = []
    for one in map(_instruction, _logical_lines(text)):
        if one.name == "FROM":
            base, _, name = _VARIABLE.sub(partial(_value, arguments), one.rest).partition(" AS ")
            stages.append((name, base, []))
        elif stages:
            stages[-1][2].append(one)
        else:
            assert one.name == "ARG", f"{one.name} stands before FROM"
            arguments |= one.pairs
    return [Stage(name, base, tuple(inside)) for name, base, inside in stages]


def _value(arguments: dict[str, str], found: re.Match[str]) -> str:
    return arguments[found[1] or found[2]]


def context(root: Path, ignore: str) -> Iterator[str]:
    """The files that are sent to the builder, as paths from the root; in .dockerignore the last match counts."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    names = {rule.removeprefix("!").strip("/").split("/")[0] for rule in rules if rule.startswith("!")}
    for name in sorted(names):
        for path in [root / name, *(root / name).rglob("*")]:
            relative = path.relative_to(root).as_posix()
            if path.is_file() and not _ignored(relative, rules):
                yield relative


def _ignored(path: str, rules: list[str]) -> bool:
    ignored = False
    places = [path, *(str(parent) for parent in PurePosixPath(path).parents)][:-1]
    for rule in rules:
        pattern = rule.removeprefix("!").strip("/")
        if any(_matches(place, pattern) for place in places):
            ignored = not rule.startswith("!")
    return ignored


def _matches(place: str, pattern: str) -> bool:
    """`*` stays inside one folder; a leading `**/` is any number of them."""
    if pattern.startswith("**/"):
        parts = place.split("/")
        return any(_matches("/".join(parts[number:]), pattern[3:]) for number in range(len(parts)))
    return place.count("/") == pattern.count("/") and fnmatch.fnmatchcase(place, pattern)
