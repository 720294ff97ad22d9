"""What is done a minute after a stream closed, without an alarm for each."""

from collections import deque
from collections.abc import Callable

from ringfence.drivers.sim.clock import Clock

# Linux forgets the rest of a closed connection after 60 s.
WAIT = 60.0


class Lingering:
    """Actions in the order they were asked for; all wait equally long, so the first is the next."""

    __slots__ = ("_clock", "_due")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: deque[tuple[float, Callable[[], None]]] = deque()

    def add(self, action: Callable[[], None]) -> None:
        """Do it `WAIT` seconds from now."""
        due = self._clock.now + WAIT
        if not self._due:
            self._clock.at(due, self._ring)
        self._due.append((due, action))

    def _ring(self) -> None:
        while self._due and self._due[0][0] <= self._clock.now:
            self._due.popleft()[1]()
        if self._due:
            self._clock.at(self._due[0][0], self._ring)
