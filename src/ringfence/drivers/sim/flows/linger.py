"""What is left of a closed stream for a minute, without an alarm for each."""

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.flows.table import Ends

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.stream import FlowEnd

StreamEnds: TypeAlias = dict[Ends, "FlowEnd | None"]

# Linux forgets the rest of a closed connection after 60 s.
_WAIT = 60.0


class Orphans:
    """Ends that give up if their peer does not close either."""

    __slots__ = ("_clock", "_due")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[FlowEnd, float] = {}

    def add(self, end: "FlowEnd") -> None:
        due = self._clock.now + _WAIT
        if not self._due:
            self._clock.at(due, self._ring)
        self._due[end] = due

    def drop(self, end: "FlowEnd") -> None:
        """It is over."""
        self._due.pop(end, None)

    def _ring(self) -> None:
        while self._due:
            end, due = next(iter(self._due.items()))
            if due > self._clock.now:
                self._clock.at(due, self._ring)
                return
            del self._due[end]
            end.orphaned()


class Closed:
    """Ports that are not free yet (RFC 9293 section 3.6.1)."""

    __slots__ = ("_clock", "_due")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: deque[tuple[float, StreamEnds, Ends]] = deque()

    def add(self, table: StreamEnds, ends: Ends) -> None:
        """Free what the table has under these ends as None, a minute from now."""
        due = self._clock.now + _WAIT
        if not self._due:
            self._clock.at(due, self._ring)
        self._due.append((due, table, ends))

    def _ring(self) -> None:
        while self._due and self._due[0][0] <= self._clock.now:
            _, table, ends = self._due.popleft()
            if table.get(ends, 0) is None:
                del table[ends]
        if self._due:
            self._clock.at(self._due[0][0], self._ring)
