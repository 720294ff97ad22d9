"""Virtual time: what happens next, and when."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class Clock:
    """A heap of (time, ticket, action). Equal times keep the order in which they were asked for."""

    __slots__ = ("_heap", "_ticket", "now")

    def __init__(self, start: float = 0.0) -> None:
        self.now = start
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._ticket = 0

    def at(self, time: float, action: Callable[..., None], *arguments: Any) -> None:
        """Do it at `time`, or now when that has passed."""
        self._ticket += 1
        heappush(self._heap, (time, self._ticket, action, arguments))

    def after(self, seconds: float, action: Callable[..., None], *arguments: Any) -> None:
        self._ticket += 1
        heappush(self._heap, (self.now + seconds, self._ticket, action, arguments))

    @property
    def due(self) -> float | None:
        """When the next thing happens; None: nothing is asked for."""
        return self._heap[0][0] if self._heap else None

    def run(self, until: float, stop: Callable[[], bool] | None = None) -> bool:
        """Do everything up to and at `until`; True as soon as `stop` holds, which is asked after each action.

        Otherwise False, and it is `until` then.
        """
        heap = self._heap
        if stop is not None and stop():
            return True
        while heap and heap[0][0] <= until:
            time, _, action, arguments = heappop(heap)
            self.now = max(self.now, time)
            action(*arguments)
            if stop is not None and stop():
                return True
        self.now = max(self.now, until)
        return False
