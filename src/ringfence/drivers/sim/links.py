"""Bad cables: what a link does to a frame, as wrappers around a link.

A link says for each frame, in either direction, after how many more seconds a copy of it arrives: nothing
for a lost frame, two numbers for a doubled one.
"""

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from ringfence.drivers.sim.frames import Frame

Link: TypeAlias = Callable[[Frame], tuple[float, ...]]


def cable(_frame: Frame) -> tuple[float, ...]:
    """A good one."""
    return (0.0,)


def cut(_frame: Frame) -> tuple[float, ...]:
    """A broken one: nothing arrives, and neither end notices."""
    return ()


def lossy(link: Link, share: float, random: Random) -> Link:
    """Loses this share (0-1) of the copies, each by itself."""

    def carry(frame: Frame) -> tuple[float, ...]:
        return tuple(delay for delay in link(frame) if random.random() >= share)

    return carry


def slow(link: Link, seconds: float, spread: float, random: Random) -> Link:
    """Adds `seconds` and up to `spread` more, so that frames may overtake each other."""

    def carry(frame: Frame) -> tuple[float, ...]:
        return tuple(delay + seconds + spread * random.random() for delay in link(frame))

    return carry


def doubling(link: Link, share: float, random: Random) -> Link:
    """Delivers this share (0-1) of the copies twice."""

    def carry(frame: Frame) -> tuple[float, ...]:
        return tuple(
            copy
            for delay in link(frame)
            for copy in ((delay, delay) if random.random() < share else (delay,))
        )

    return carry


def choosing(link: Link, passes: Callable[[Frame], bool]) -> Link:
    """Loses what `passes` says no to: for a scenario that needs one certain packet lost."""

    def carry(frame: Frame) -> tuple[float, ...]:
        return link(frame) if passes(frame) else ()

    return carry
