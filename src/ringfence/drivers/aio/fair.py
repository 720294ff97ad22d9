"""Datagrams in a fair order: whoever sends many waits for himself, not the others for him."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

from ringfence.model.address import Address

_Item = TypeVar("_Item")

_MOST_OF_ONE = 1024  # waiting datagrams of one address; a relay or a NAT in a boot storm has hundreds
_MOST = 16_384  # of all: some 10 MB of RAS


class FairQueue(Generic[_Item]):
    """Takes turns between the addresses that have something waiting; each in its own order."""

    def __init__(self, most_of_one: int = _MOST_OF_ONE, most: int = _MOST) -> None:
        self._most_of_one = most_of_one
        self._most = most
        self._waiting: OrderedDict[Address, deque[_Item]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, source: Address, item: _Item) -> bool:
        """False: it is dropped, since that address, or all together, have too much waiting."""
        queue = self._waiting.get(source)
        if self._count >= self._most or (queue is not None and len(queue) >= self._most_of_one):
            return False
        if queue is None:
            queue = self._waiting[source] = deque()
        queue.append(item)
        self._count += 1
        return True

    def take(self) -> _Item:
        """The oldest of the address whose turn it is; IndexError when nothing waits."""
        if not self._waiting:
            raise IndexError("nothing waits")
        source, queue = self._waiting.popitem(last=False)
        item = queue.popleft()
        if queue:
            self._waiting[source] = queue
        self._count -= 1
        return item
