"""Bad cables: what a link does to a frame or packet, as wrappers around a link.

A link says for each of them, in either direction, after how many more seconds a copy of it arrives: nothing
for a lost one, two numbers for a doubled one.
"""

from collections.abc import Callable
from random import Random
from typing import TypeAlias, TypeVar

Carried = TypeVar("Carried")  # a frame, or a packet where the network has no frames
Link: TypeAlias = Callable[[Carried], tuple[float, ...]]


def cable(_carried: object) -> tuple[float, ...]:
    """A good one."""
    return (0.0,)


def cut(_carried: object) -> tuple[float, ...]:
    """A broken one: nothing arrives, and neither end notices."""
    return ()


def lossy(link: Link[Carried], share: float, random: Random) -> Link[Carried]:
    """Loses this share (0-1) of the copies, each by itself."""

    def carry(carried: Carried) -> tuple[float, ...]:
        return tuple(delay for delay in link(carried) if random.random() >= share)

    return carry


def slow(link: Link[Carried], seconds: float, spread: float, random: Random) -> Link[Carried]:
    """Adds `seconds` and up to `spread` more, so that one may overtake each other."""

    def carry(carried: Carried) -> tuple[float, ...]:
        return tuple(delay + seconds + spread * random.random() for delay in link(carried))

    return carry


def doubling(link: Link[Carried], share: float, random: Random) -> Link[Carried]:
    """Delivers this share (0-1) of the copies twice."""

    def carry(carried: Carried) -> tuple[float, ...]:
        return tuple(
            copy
            for delay in link(carried)
            for copy in ((delay, delay) if random.random() < share else (delay,))
        )

    return carry


def choosing(link: Link[Carried], passes: Callable[[Carried], bool]) -> Link[Carried]:
    """Loses what `passes` says no to: for a scenario that needs one certain packet lost."""

    def carry(carried: Carried) -> tuple[float, ...]:
        return link(carried) if passes(carried) else ()

    return carry
