"""Slots that are shared fairly: while there is room everybody has what he wants, after that nobody more than
whoever has least would have to do without.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_Source = TypeVar("_Source", bound=Hashable)
_Holder = TypeVar("_Holder", bound=Hashable)


class FairSlots(Generic[_Source, _Holder]):
    """At most `most` holders. Constant time: sources are kept by how many slots they have."""

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"{most} slots")
        self._most = most
        self._sources: dict[_Holder, _Source] = {}
        self._held: dict[_Source, OrderedDict[_Holder, None]] = {}
        self._by_count: dict[int, OrderedDict[_Source, None]] = {}
        self._largest = 0

    def __len__(self) -> int:
        return len(self._sources)

    def take(self, source: _Source, holder: _Holder) -> _Holder | None:
        """Give `holder` a slot; who has to leave for that, perhaps `holder` itself, which then has none.

        When all are taken, it is the newest of the source that has most; the new one where its own source
        would then have as many.
        """
        self.free(holder)
        leaves = None
        if len(self._sources) >= self._most:
            if len(self._held.get(source, ())) + 1 >= self._largest:
                return holder
            most = next(iter(self._by_count[self._largest]))
            leaves = next(reversed(self._held[most]))
            self.free(leaves)
        held = self._held.setdefault(source, OrderedDict())
        self._move(source, len(held), len(held) + 1)
        held[holder] = None
        self._sources[holder] = source
        return leaves

    def free(self, holder: _Holder) -> None:
        """Nothing happens when it has none."""
        source = self._sources.pop(holder, None)
        if source is None:
            return
        held = self._held[source]
        self._move(source, len(held), len(held) - 1)
        del held[holder]
        if not held:
            del self._held[source]

    def _move(self, source: _Source, before: int, after: int) -> None:
        if before:
            level = self._by_count[before]
            del level[source]
            if not level:
                del self._by_count[before]
        if after:
            self._by_count.setdefault(after, OrderedDict())[source] = None
        if after > self._largest:
            self._largest = after
        elif before == self._largest and before not in self._by_count:
            self._largest = after  # counts change by one
