"""A server that takes its time: messages wait for a worker, and some find no room to wait."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import TypeVar

from ringfence.actors.io import Event
from ringfence.drivers.sim.clock import Clock

E = TypeVar("E", bound=Event)


class ServiceQueue:
    """`workers` serve one message each at a time, in `service` seconds; at most `room` more wait.

    `waiting`: how many wait now; `most`: at once so far; `served`, `lost`: in all (`lost_at`: first);
    `waited`: seconds, in all; `longest`: seconds.
    """

    __slots__ = (
        "_clock",
        "_free",
        "_service",
        "longest",
        "lost",
        "lost_at",
        "most",
        "room",
        "served",
        "waited",
        "waiting",
    )

    def __init__(self, clock: Clock, service: float, workers: int, room: int) -> None:
        self._clock = clock
        self._service = service
        self._free = [clock.now] * workers  # when each worker is done
        heapify(self._free)
        self.room = room
        self.waiting = 0
        self.most = 0
        self.served = 0
        self.lost = 0
        self.lost_at: float | None = None
        self.waited = 0.0
        self.longest = 0.0

    @property
    def full(self) -> bool:
        """Whether what comes now finds no room."""
        return self.waiting >= self.room and self._free[0] > self._clock.now

    def refuse(self) -> None:
        """Something found no room."""
        self.lost += 1
        if self.lost_at is None:
            self.lost_at = self._clock.now

    def take(self, deliver: Callable[[E], None], event: E) -> None:
        """Serve it when it is its turn; its answer is given when it has been served."""
        now = self._clock.now
        start = max(now, heappop(self._free))
        heappush(self._free, start + self._service)
        if start > now:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            self.waited += start - now
            self.longest = max(self.longest, start - now)
            self._clock.at(start, self._begin)
        self.served += 1
        self._clock.at(start + self._service, deliver, event)

    def _begin(self) -> None:
        self.waiting -= 1
