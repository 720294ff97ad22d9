"""What each line of long lists decides, line by line: no diagram of a whole list is made.

A line meets few of the others, so the packets it decides about are its own less those of the few before it.
That stays cheap where the diagram of the list would not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.model.policy import Action
from ringfence.policy.diagram import BudgetExceeded
from ringfence.policy.dialects.listing import Chain, Listing
from ringfence.policy.dialects.terms import intersection
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.space import FIELDS, Box, Row
from ringfence.policy.state_model import Share

_COMPARISONS = 5_000_000  # of two boxes: some ten seconds


@dataclass(frozen=True, slots=True)
class Dead:
    """A row that decides nothing, and the earlier rows that do; none when it matches no packet."""

    row: Row
    by: tuple[Row, ...]


def opened(space: Space, listing: Listing) -> Iterator[Share]:
    """What each line opens, every packet once: by the first list that has a line for it.

    Lists that deny by default come first. Raises BudgetExceeded.
    """
    chains = sorted(listing.chains, key=lambda chain: chain.default is Action.PERMIT)
    for number, chain in enumerate(chains):
        others = [other for other in chains if other is not chain]
        for row, taken in _taken(space, chain):
            if row.action is Action.DENY:
                continue
            part = taken
            for other in others:
                part = part & _passed(space, other, row.boxes)
            for before in chains[:number]:
                part = part - _said(space, before, row.boxes)
            if not part.empty:
                yield Share(chain, row, part)


def opened_by_default(space: Space, listing: Listing, region: Sequence[Box]) -> Iterator[Share]:
    """What no line of any list decides, and none denies by default. Raises BudgetExceeded."""
    if listing.chains and all(chain.default is Action.PERMIT for chain in listing.chains):
        rest = space.of(region)
        for chain in listing.chains:
            rest = rest - space.of(box for row in chain.rows for box in row.boxes)
        if not rest.empty:
            yield Share(listing.chains[0], None, rest)


def dead(space: Space, rows: Sequence[Row]) -> Iterator[Dead]:
    """The rows that decide nothing, in list order. Raises BudgetExceeded."""
    before = _before(rows)
    for index, row in enumerate(rows):
        rest = space.of(row.boxes)
        by: list[Row] = []
        for other in before[index]:
            taken = space.of(intersection(rows[other].boxes, row.boxes)) & rest
            if not taken.empty:
                by.append(rows[other])
                rest = rest - taken
            if rest.empty:
                break
        if rest.empty:
            yield Dead(row, tuple(by))


def _taken(space: Space, chain: Chain) -> Iterator[tuple[Row, PacketSet]]:
    before = _before(chain.rows)
    for index, row in enumerate(chain.rows):
        own = space.of(row.boxes)
        earlier = [box for other in before[index] for box in intersection(chain.rows[other].boxes, row.boxes)]
        yield row, own - space.of(earlier) if earlier else own


def _passed(space: Space, chain: Chain, boxes: tuple[Box, ...]) -> PacketSet:
    """What of `boxes` the chain lets through."""
    own = space.of(boxes)
    clipped = [
        Row(row.id, row.action, part) for row in chain.rows if (part := intersection(row.boxes, boxes))
    ]
    chosen = space.permitted(clipped, chain.default)
    return PacketSet(
        space,
        (chosen & own).v4 if 4 in chain.versions else own.v4,
        (chosen & own).v6 if 6 in chain.versions else own.v6,
    )


def _said(space: Space, chain: Chain, boxes: tuple[Box, ...]) -> PacketSet:
    return space.of(part for row in chain.rows for part in intersection(row.boxes, boxes))


def _before(rows: Sequence[Row]) -> list[list[int]]:
    """For each row the earlier ones that share a packet with it: a sweep along the most varied field."""
    entries = [(index, box) for index, row in enumerate(rows) for box in row.boxes]
    out: list[set[int]] = [set() for _ in rows]
    if entries:
        along = max(range(FIELDS), key=lambda field: len({box.fields[field] for _, box in entries}))
        entries.sort(key=lambda entry: entry[1].fields[along][0][0])
        for low, high in _meeting(entries, along):
            out[high].add(low)
    return [sorted(found) for found in out]


def _meeting(entries: Sequence[tuple[int, Box]], along: int) -> Iterator[tuple[int, int]]:
    compared = 0
    waiting: list[tuple[int, Box]] = []
    for index, box in entries:
        begins = box.fields[along][0][0]
        waiting = [entry for entry in waiting if entry[1].fields[along][-1][1] >= begins]
        compared += len(waiting)
        if compared > _COMPARISONS:
            raise BudgetExceeded(_COMPARISONS, "comparisons of lines")
        for other, theirs in waiting:
            if other != index and theirs.version == box.version and _meet(theirs, box):
                yield min(index, other), max(index, other)
        waiting.append((index, box))


def _meet(a: Box, b: Box) -> bool:
    return all(
        any(low <= high_ and low_ <= high for low, high in a.fields[f] for low_, high_ in b.fields[f])
        for f in (1, 0, 4, 3, 2)
    )
