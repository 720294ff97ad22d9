"""Many deadlines, of which the earliest is always known."""

from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_SLACK = 64  # stale heap entries that are not worth a rebuild


class Deadlines(Generic[K]):
    """At most one deadline per key. Putting one off, the usual case, costs a dictionary store and no more:
    the heap keeps the old entry and finds out when it comes up.
    """

    __slots__ = ("_heap", "_ticket", "_when")

    def __init__(self) -> None:
        self._when: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._ticket = 0  # equal times keep their order, and keys need not compare

    def __len__(self) -> int:
        return len(self._when)

    @property
    def next(self) -> float | None:
        """No deadline is earlier. It may name a moment at which nothing is due any more."""
        return self._heap[0][0] if self._heap else None

    def put(self, key: K, when: float) -> None:
        """Set, put off or bring forward the deadline of `key`."""
        before = self._when.get(key)
        self._when[key] = when
        if before is None or when < before:
            self._push(when, key)

    def drop(self, key: K) -> None:
        """Forget `key`; nothing happens when it has no deadline."""
        self._when.pop(key, None)
        if not self._when:
            self._heap.clear()

    def take(self, now: float, most: int | None = None) -> list[K]:
        """The keys whose deadline has come, earliest first, `most` at once; they have none afterwards."""
        due: list[K] = []
        while self._heap and self._heap[0][0] <= now and len(due) != most:
            at, _, key = heappop(self._heap)
            when = self._when.get(key)
            if when is None:
                continue
            if when <= now:
                del self._when[key]
                due.append(key)
            elif when > at:
                self._push(when, key)
        return due

    def _push(self, when: float, key: K) -> None:
        self._ticket += 1
        heappush(self._heap, (when, self._ticket, key))
        if len(self._heap) > 2 * len(self._when) + _SLACK:
            self._heap = [(when, number, key) for number, (key, when) in enumerate(self._when.items())]
            self._ticket = len(self._heap)
            heapify(self._heap)
