"""Which rows of a list overlap: match a packet that another one matches too."""

from collections.abc import Iterator, Sequence

from ringfence.policy.diagram import BudgetExceeded
from ringfence.policy.space import DESTINATION, FIELDS, SOURCE, Box, Fields, Intervals, Row, meet


def overlaps(listed: Sequence[Row], *, budget: int, unit: str) -> Iterator[tuple[int, int]]:
    """Pairs of rows that share a packet, smaller number first, by a sweep along the most varied field.

    A pair comes once for each two boxes that share one. BudgetExceeded: over `budget` comparisons of `unit`.
    """
    entries = [(index, box) for index, row in enumerate(listed) for box in row.boxes]
    along = max(range(FIELDS), key=lambda field: len({box.fields[field] for _, box in entries}))
    entries.sort(key=lambda entry: entry[1].fields[along][0][0])
    compared = 0
    waiting: list[tuple[int, Box]] = []
    for index, box in entries:
        begins = box.fields[along][0][0]
        waiting = [entry for entry in waiting if entry[1].fields[along][-1][1] >= begins]
        compared += len(waiting)
        if compared > budget:
            raise BudgetExceeded(budget, unit)
        for other, theirs in waiting:
            if other != index and theirs.version == box.version and _overlap(theirs.fields, box.fields):
                yield min(index, other), max(index, other)
        waiting.append((index, box))


def _overlap(a: Fields, b: Fields) -> bool:
    return all(meet(a[field], b[field]) for field in (DESTINATION, SOURCE, 4, 3, 2))


class BoxIndex:
    """A growing list of boxes, in which those that may share a packet with a box are found.

    Long lists are of single destinations: a box of one is compared with the boxes of that one, and with
    those of several.
    """

    def __init__(self) -> None:
        self._single: dict[Intervals, list[Box]] = {}
        self._several: list[Box] = []
        self._every: list[Box] = []

    def add(self, boxes: Sequence[Box]) -> None:
        for box in boxes:
            destination = box.fields[DESTINATION]
            single = len(destination) == 1 and destination[0][0] == destination[0][1]
            (self._single.setdefault(destination, []) if single else self._several).append(box)
            self._every.append(box)

    def near(self, boxes: Sequence[Box]) -> tuple[Box, ...]:
        """At least those that share a packet with any of `boxes`."""
        destinations = {box.fields[DESTINATION] for box in boxes}
        if any(len(one) != 1 or one[0][0] != one[0][1] for one in destinations):
            return tuple(self._every)
        singles = (box for one in destinations for box in self._single.get(one, ()))
        return (*self._several, *singles)
