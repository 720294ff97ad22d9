"""What each line of long lists decides, line by line: no diagram of a whole list is made.

A line meets few of the others, so the packets it decides about are its own less those of the few before it.
That stays cheap where the diagram of the list would not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing
from ringfence.policy.overlap import overlaps
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.space import Box, Row
from ringfence.policy.state_model import Share
from ringfence.policy.terms import boxes_in_both

_NO_LIST = Chain("a device without a list", (), Action.PERMIT, frozenset({4, 6}), stateful=True)
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
    versions = {box.version for box in region}
    chains = [chain for chain in listing.chains if versions & chain.versions]
    if all(chain.default is Action.PERMIT for chain in chains):
        rest = space.of(region)
        for chain in chains:
            rest = rest - space.of(box for row in chain.rows for box in row.boxes)
        if not rest.empty:
            yield Share(chains[0] if chains else _NO_LIST, None, rest)


def dead(space: Space, rows: Sequence[Row]) -> Iterator[Dead]:
    """The rows that decide nothing, in list order. Raises BudgetExceeded."""
    before = _before(rows)
    for index, row in enumerate(rows):
        rest = space.of(row.boxes)
        by: list[Row] = []
        for other in before[index]:
            taken = space.of(boxes_in_both(rows[other].boxes, row.boxes)) & rest
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
        earlier = [
            box for other in before[index] for box in boxes_in_both(chain.rows[other].boxes, row.boxes)
        ]
        yield row, own - space.of(earlier) if earlier else own


def _passed(space: Space, chain: Chain, boxes: tuple[Box, ...]) -> PacketSet:
    """What of `boxes` the chain lets through."""
    own = space.of(boxes)
    clipped = [
        Row(row.id, row.action, part) for row in chain.rows if (part := boxes_in_both(row.boxes, boxes))
    ]
    chosen = space.permitted(clipped, chain.default)
    return PacketSet(
        space,
        (chosen & own).v4 if 4 in chain.versions else own.v4,
        (chosen & own).v6 if 6 in chain.versions else own.v6,
    )


def _said(space: Space, chain: Chain, boxes: tuple[Box, ...]) -> PacketSet:
    return space.of(part for row in chain.rows for part in boxes_in_both(row.boxes, boxes))


def _before(rows: Sequence[Row]) -> list[list[int]]:
    """For each row the earlier ones that share a packet with it."""
    out: list[set[int]] = [set() for _ in rows]
    for low, high in overlaps(rows, budget=_COMPARISONS, unit="comparisons of lines"):
        out[high].add(low)
    return [sorted(found) for found in out]
