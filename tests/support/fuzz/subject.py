"""What is fuzzed: how a target makes its inputs, what it does with them, and what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Protocol

from support.fuzz.mutate import LONGEST, Mutator


class Subject(Protocol):
    """`next` gives an input, `feed` takes it; an exception from `feed` is a defect."""

    def next(self) -> bytes: ...

    def feed(self, data: bytes) -> None: ...


@dataclass(frozen=True)
class Target:
    """`most_ms` of processor time for one input; `most_mib` for the whole run beyond what seeds take.

    `episode` inputs go to one subject before it is made anew: a machine keeps its state for so long.
    """

    name: str
    make: Callable[[Random], Subject]
    most_ms: float = 100.0
    most_mib: float = 64.0
    episode: int = 1_000_000_000


class Reader:
    """A pure reader: `refusals` are the exceptions that its documentation allows."""

    def __init__(
        self, mutator: Mutator, read: Callable[[bytes], object], refusals: tuple[type[Exception], ...]
    ) -> None:
        self._read = read
        self._refusals = refusals
        self.next = mutator.next

    def feed(self, data: bytes) -> None:
        with suppress(*self._refusals):
            self._read(data)


def reader(
    name: str,
    seeds: Callable[[], Sequence[bytes]],
    read: Callable[[bytes], object],
    *refusals: type[Exception],
    tokens: Sequence[bytes] = (),
    longest: int = LONGEST,
    most_ms: float = 100.0,
    most_mib: float = 64.0,
) -> Target:
    """A target that keeps no state between inputs."""

    def make(random: Random) -> Subject:
        return Reader(Mutator(random, seeds(), tokens, longest), read, refusals)

    return Target(name, make, most_ms, most_mib)
