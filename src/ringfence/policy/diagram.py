"""Interval decision diagrams: functions from packet headers to small numbers.

A node partitions one field into intervals, each with a child for the next field; a negative id is a constant
that holds for all fields that are left (constant c is written ~c). Equal nodes are one node, so two functions
are equal when their ids are. A node with one child is kept unless the child is a constant: otherwise a node's
depth would no longer say which field it looks at.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ringfence.model.errors import InputError
from ringfence.policy.space import FIELDS, Intervals

NO, YES = ~0, ~1


class BudgetExceeded(InputError):  # noqa: N818  an answer we do not have, not a fault
    """The rules are too entangled for the work allowed: nothing was proved, and nothing is claimed."""

    def __init__(self, budget: int, unit: str = "intervals") -> None:
        super().__init__(
            f"the packet set needs more than {budget} {unit}",
            where="packet set",
            remedy="check fewer rules at a time, or raise the budget",
        )
        self.budget = budget


class Clause(NamedTuple):
    """Packets within all of `fields` get `verdict`, a number >= 0, unless an earlier clause took them."""

    fields: tuple[Intervals, ...]
    verdict: int


class Operation(NamedTuple):
    """How two functions combine. `known` gives the result where it is clear without descending, else None.

    `left` and `right` are the constants of that side which settle the result alone: a whole stretch of the
    other function is then passed over.
    """

    name: str
    known: Callable[[int, int], int | None]
    left: int | None
    right: int | None


def _and(a: int, b: int) -> int | None:
    if a == NO or b in (YES, a):
        return a
    return b if b == NO or a == YES else None


def _or(a: int, b: int) -> int | None:
    if a == YES or b in (NO, a):
        return a
    return b if b == YES or a == NO else None


def _minus(a: int, b: int) -> int | None:
    if a == NO or b in (YES, a):
        return NO
    return a if b == NO else None


def _within(a: int, b: int) -> int | None:
    if NO in (a, b):
        return NO
    return b if a == YES else None


AND = Operation("and", _and, NO, NO)
OR = Operation("or", _or, YES, YES)
MINUS = Operation("minus", _minus, NO, YES)
WITHIN = Operation("within", _within, NO, NO)  # the right function's verdicts where the left one says yes


class Diagrams:
    """The nodes of one address family and the work done on them; ids of one are meaningless in another.

    `top` is the largest value of each field. `budget` bounds the intervals ever made; BudgetExceeded beyond.
    """

    def __init__(self, top: tuple[int, ...], budget: int) -> None:
        self.top = top
        self.budget = budget
        self.spent = 0
        self._nodes: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._ids: dict[tuple[int, tuple[int, ...], tuple[int, ...]], int] = {}
        self._results: dict[tuple[str, int, int], int] = {}

    def node(self, id_: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The first value of each interval, and the children; a constant is one interval of itself."""
        return ((0,), (id_,)) if id_ < 0 else self._nodes[id_]

    def intervals(self, id_: int, level: int) -> list[tuple[int, int, int]]:
        """(first, last, child) for each interval of the node."""
        starts, children = self.node(id_)
        ends = [*(start - 1 for start in starts[1:]), self.top[level]]
        return list(zip(starts, ends, children, strict=True))

    def _make(self, level: int, starts: list[int], children: list[int]) -> int:
        if len(children) == 1 and children[0] < 0:
            return children[0]
        key = (level, tuple(starts), tuple(children))
        found = self._ids.get(key)
        if found is None:
            self._spend(len(starts))
            found = len(self._nodes)
            self._nodes.append(key[1:])
            self._ids[key] = found
        return found

    def _spend(self, intervals: int) -> None:
        self.spent += intervals
        if self.spent > self.budget:
            raise BudgetExceeded(self.budget)

    def first_match(self, clauses: Sequence[Clause], otherwise: int = 0) -> int:
        """The verdict of the first clause that matches, `otherwise` where none does."""
        # From which field on does a clause take everything: the list ends at the first such clause.
        takes_all = [_takes_all_from(clause.fields, self.top) for clause in clauses]
        memo: dict[tuple[int, tuple[int, ...]], int] = {}

        def below(level: int, active: tuple[int, ...]) -> int:
            for position, index in enumerate(active):
                if takes_all[index] <= level:
                    if position == 0:
                        return ~clauses[index].verdict
                    active = active[: position + 1]
                    break
            if not active:
                return ~otherwise
            key = (level, active)
            found = memo.get(key)
            if found is None:
                starts, sets = _sweep(clauses, active, level, self.top[level])
                self._spend(len(starts))
                found = self._merged(level, starts, [below(level + 1, chosen) for chosen in sets])
                memo[key] = found
            return found

        return below(0, tuple(range(len(clauses))))

    def _merged(self, level: int, starts: list[int], children: list[int]) -> int:
        kept_starts, kept = [0], [children[0]]
        for start, child in zip(starts[1:], children[1:], strict=True):
            if child != kept[-1]:
                kept_starts.append(start)
                kept.append(child)
        return self._make(level, kept_starts, kept)

    def combine(self, operation: Operation, a: int, b: int, level: int = 0) -> int:
        known = operation.known(a, b)
        if known is not None:
            return known
        key = (operation.name, a, b)
        found = self._results.get(key)
        if found is None:
            found = self._results[key] = self._combined(operation, a, b, level)
        return found

    def _combined(self, operation: Operation, a: int, b: int, level: int) -> int:
        (left_starts, left), (right_starts, right) = self.node(a), self.node(b)
        beyond = self.top[level] + 1
        left_ends, right_ends = (*left_starts[1:], beyond), (*right_starts[1:], beyond)
        starts: list[int] = []
        children: list[int] = []
        at = i = j = 0
        while True:
            child = self.combine(operation, left[i], right[j], level + 1)
            if not children or children[-1] != child:
                starts.append(at)
                children.append(child)
            if left[i] == operation.left:
                at = left_ends[i]
            elif right[j] == operation.right:
                at = right_ends[j]
            else:
                at = min(left_ends[i], right_ends[j])
            if at == beyond:
                self._spend(1)
                return self._make(level, starts, children)
            if left_ends[i] <= at:
                i = i + 1 if left_ends[i] == at else bisect_right(left_starts, at) - 1
            if right_ends[j] <= at:
                j = j + 1 if right_ends[j] == at else bisect_right(right_starts, at) - 1

    def relabel(self, id_: int, table: Callable[[int], int]) -> int:
        """The function followed by `table` on its verdicts."""
        memo: dict[int, int] = {}

        def turned(node: int, level: int) -> int:
            if node < 0:
                return ~table(~node)
            if node not in memo:
                starts, children = self.node(node)
                memo[node] = self._merged(level, list(starts), [turned(c, level + 1) for c in children])
            return memo[node]

        return turned(id_, 0)

    def verdicts(self, id_: int) -> set[int]:
        """Every verdict that some packet gets."""
        seen: set[int] = set()
        stack, out = [id_], set[int]()
        while stack:
            node = stack.pop()
            if node < 0:
                out.add(~node)
            elif node not in seen:
                seen.add(node)
                stack.extend(set(self.node(node)[1]))
        return out

    def at(self, id_: int, values: Sequence[int]) -> int:
        """The verdict for one packet."""
        for value in values:
            if id_ < 0:
                break
            starts, children = self._nodes[id_]
            id_ = children[bisect_right(starts, value) - 1]
        return ~id_


def _takes_all_from(fields: tuple[Intervals, ...], top: tuple[int, ...]) -> int:
    level = FIELDS
    while level and fields[level - 1] == ((0, top[level - 1]),):
        level -= 1
    return level


def _sweep(
    clauses: Sequence[Clause], active: tuple[int, ...], level: int, top: int
) -> tuple[list[int], list[tuple[int, ...]]]:
    """Where the set of matching clauses changes along one field, and the set from there on."""
    begin: dict[int, list[int]] = {}
    end: dict[int, list[int]] = {}
    for index in active:
        for low, high in clauses[index].fields[level]:
            begin.setdefault(low, []).append(index)
            if high < top:
                end.setdefault(high + 1, []).append(index)
    current: list[int] = []
    starts: list[int] = []
    sets: list[tuple[int, ...]] = []
    for at in sorted({0, *begin, *end}):
        for index in end.get(at, ()):
            del current[bisect_right(current, index) - 1]
        for index in begin.get(at, ()):
            insort(current, index)
        starts.append(at)
        sets.append(tuple(current))
    return starts, sets
