"""What is wrong with a rule list: rows that decide nothing, packets nobody needs, flows that are blocked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ringfence.model.flow import Flow
from ringfence.model.policy import Action
from ringfence.policy.diagram import Clause, Diagrams
from ringfence.policy.overlap import overlaps
from ringfence.policy.packetset import PacketSet, Space, flow_boxes
from ringfence.policy.space import FIELDS, Box, Fields, Point, Row, meet

_PAIR_BUDGET = 3_000_000  # comparisons of two rows: some ten seconds


class RowFault(StrEnum):
    EMPTY = "empty"  # the row matches no packet at all
    SHADOWED = "shadowed"  # earlier rows decide all its packets, some of them the other way
    DEAD = "dead"  # earlier rows decide all its packets, all the same way
    REDUNDANT = "redundant"  # without it, later rows or the default decide the same


@dataclass(frozen=True, slots=True)
class Remark:
    """A row that could go, or that does not do what it says. `by` are the rows that take its packets."""

    row: Row
    fault: RowFault
    by: tuple[Row, ...]

    def __str__(self) -> str:
        names = ", ".join(row.id for row in self.by) or "the default"
        if self.fault is RowFault.EMPTY:
            return f"{self.row.id} matches no packet"
        if self.fault is RowFault.REDUNDANT:
            return f"{self.row.id} is redundant: {names} would decide its packets the same way"
        return f"{self.row.id} is {self.fault}: every packet it matches is taken by {names}"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one row (None: the default) permits beyond the need. `useful`: it permits something needed too."""

    row: Row | None
    extra: PacketSet
    count: int
    witness: Point
    useful: bool

    def __str__(self) -> str:
        who = self.row.id if self.row else "the default"
        kind = "is too wide" if self.useful else "serves no need"
        return f"{who} {kind}: {self.count} headers beyond the need, for example {self.witness}"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A part of a flow that does not pass, and the row that stops it (None: the default)."""

    flow: Flow
    row: Row | None
    witness: Point
    count: int

    def __str__(self) -> str:
        by = self.row.id if self.row else "the default deny"
        return f"{self.flow.id} is blocked by {by}, for example {self.witness}"


def faults(space: Space, listed: Sequence[Row], default: Action = Action.DENY) -> tuple[Remark, ...]:
    """Rows that decide nothing or nothing of their own, in list order. Raises BudgetExceeded.

    Two rows may each be redundant only as long as the other stays: take out one at a time.
    """
    deciding = space.decided(listed, default).deciding()
    earlier, later = _neighbours(listed)
    remarks = []
    for index, row in enumerate(listed):
        if not row.boxes:
            remarks.append(Remark(row, RowFault.EMPTY, ()))
        elif index + 1 not in deciding:
            killers = _killers(space, listed, index, earlier[index])
            opposite = any(killer.action is not row.action for killer in killers)
            remarks.append(Remark(row, RowFault.SHADOWED if opposite else RowFault.DEAD, killers))
        else:
            heirs = _heirs(space, listed, index, (earlier[index], later[index]), default)
            if heirs is not None:
                remarks.append(Remark(row, RowFault.REDUNDANT, heirs))
    return tuple(remarks)


def exposure(
    space: Space, listed: Sequence[Row], needed: PacketSet, default: Action = Action.DENY
) -> tuple[Exposure, ...]:
    """What the list permits beyond `needed`, by the row that permits it, the widest first."""
    decisions = space.decided(listed, default)
    found = []
    for number in sorted(decisions.deciding()):
        row = listed[number - 1] if number else None
        if (row.action if row else default) is Action.DENY:
            continue
        taken = decisions.taken(number)
        extra = taken - needed
        witness = extra.witness()
        if witness is not None:
            found.append(Exposure(row, extra, extra.count(), witness, not (taken & needed).empty))
    return tuple(sorted(found, key=lambda item: -item.count))


def blocked(
    space: Space, listed: Sequence[Row], flows: Iterable[Flow], default: Action = Action.DENY
) -> tuple[Blocked, ...]:
    """The parts of the flows' opening packets that do not pass, one entry for each row that stops some."""
    decisions = space.decided(listed, default)
    permitted = decisions.permitted()
    out = []
    for flow in flows:
        lost = space.of(flow_boxes(flow)) - permitted
        while (witness := lost.witness()) is not None:
            row = decisions.row_of(witness)
            part = lost & decisions.taken(_number(listed, row))
            out.append(Blocked(flow, row, witness, part.count()))
            lost = lost - part
    return tuple(out)


def _number(listed: Sequence[Row], row: Row | None) -> int:
    return 0 if row is None else next(n for n, other in enumerate(listed, start=1) if other is row)


def _killers(space: Space, listed: Sequence[Row], index: int, before: list[int]) -> tuple[Row, ...]:
    """The earlier rows that first-match some packet of row `index`."""
    takers: set[int] = set()
    for box in listed[index].boxes:
        clauses = [Clause(fields, other + 1) for other in before for fields in _clipped(listed[other], box)]
        takers |= _verdicts(space.diagrams[box.version], clauses)
    return tuple(listed[number - 1] for number in sorted(takers - {0}))


def _heirs(
    space: Space, listed: Sequence[Row], index: int, around: tuple[list[int], list[int]], default: Action
) -> tuple[Row, ...] | None:
    """The rows that would decide the same without row `index`; None when something would change."""
    before, after = around
    mine = listed[index].action
    if default is not mine and not any(listed[other].action is mine for other in after):
        return None
    taken_before, fallen = len(listed) + 1, len(listed) + 2
    heirs: set[int] = set()
    for box in listed[index].boxes:
        clauses = [
            Clause(fields, taken_before) for other in before for fields in _clipped(listed[other], box)
        ]
        clauses += [Clause(fields, other + 1) for other in after for fields in _clipped(listed[other], box)]
        clauses.append(Clause(box.fields, fallen))
        heirs |= _verdicts(space.diagrams[box.version], clauses)
    if fallen in heirs and default is not mine:
        return None
    rows = tuple(listed[number - 1] for number in sorted(heirs - {0, taken_before, fallen}))
    return rows if all(row.action is mine for row in rows) else None


def _verdicts(diagrams: Diagrams, clauses: list[Clause]) -> set[int]:
    return diagrams.verdicts(diagrams.first_match(clauses))


def _neighbours(listed: Sequence[Row]) -> tuple[list[list[int]], list[list[int]]]:
    """For each row the earlier and the later rows that share a packet with it, in list order."""
    earlier: list[list[int]] = [[] for _ in listed]
    later: list[list[int]] = [[] for _ in listed]
    for a, b in sorted(set(overlaps(listed, budget=_PAIR_BUDGET, unit="comparisons of rows"))):
        later[a].append(b)
        earlier[b].append(a)
    return earlier, later


def _clipped(row: Row, to: Box) -> Iterator[Fields]:
    for box in row.boxes:
        if box.version != to.version:
            continue
        parts = [meet(box.fields[field], to.fields[field]) for field in range(FIELDS)]
        if all(parts):
            yield (parts[0], parts[1], parts[2], parts[3], parts[4])
