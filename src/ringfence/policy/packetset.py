"""Sets of packets: what a rule list permits, exactly, over every packet there is.

space = Space()
extra = space.permitted(rows(policy)) - space.needed(flows)
extra.empty, extra.count(), extra.witness()
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ringfence.model.address import Network
from ringfence.model.flow import Flow
from ringfence.model.packet import Packet
from ringfence.model.policy import Action, Policy
from ringfence.policy.diagram import AND, MINUS, NO, OR, WITHIN, YES, Clause, Diagrams, Operation
from ringfence.policy.space import (
    FIELDS,
    ICMP_LIKE,
    PROTOCOL,
    SOURCE_PORT,
    TOP,
    WITH_PORTS,
    Box,
    Interval,
    Point,
    Row,
    boxes,
    networks,
    point,
    port_intervals,
    rows,
)

VERSIONS = (4, 6)
DEFAULT_BUDGET = 5_000_000
_ICMP_VALUES = 256
_READABLE_PORT = 1024


class Space:
    """Where sets are made; sets of one space can be combined.

    `budget` bounds the intervals made in each address family; beyond it BudgetExceeded is raised.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.diagrams = {version: Diagrams(TOP[version], budget) for version in VERSIONS}

    def nothing(self) -> "PacketSet":
        return PacketSet(self, NO, NO)

    def everything(self) -> "PacketSet":
        return PacketSet(self, YES, YES)

    def of(self, parts: Iterable[Box]) -> "PacketSet":
        """The packets in any of the boxes."""
        by_version: dict[int, list[Clause]] = {version: [] for version in VERSIONS}
        for box in parts:
            by_version[box.version].append(Clause(box.fields, 1))
        return PacketSet(self, *(self.diagrams[v].first_match(by_version[v]) for v in VERSIONS))

    def decided(self, listed: Sequence[Row], default: Action = Action.DENY) -> "Decisions":
        """Which row decides about each packet; `default` is said of packets that no row takes."""
        ids = []
        for version in VERSIONS:
            clauses = [
                Clause(box.fields, number)
                for number, row in enumerate(listed, start=1)
                for box in row.boxes
                if box.version == version
            ]
            ids.append(self.diagrams[version].first_match(clauses))
        return Decisions(self, tuple(listed), default, ids[0], ids[1])

    def permitted(self, listed: Sequence[Row] | Policy, default: Action = Action.DENY) -> "PacketSet":
        """What a first-match list lets through, each packet judged by itself (no connection state)."""
        if isinstance(listed, Policy):
            listed = rows(listed)
        # Two verdicts merge more nodes than one per row, so this is the fast way to a set.
        ids = []
        for version in VERSIONS:
            clauses = [
                Clause(box.fields, int(row.action is Action.PERMIT))
                for row in listed
                for box in row.boxes
                if box.version == version
            ]
            ids.append(self.diagrams[version].first_match(clauses, int(default is Action.PERMIT)))
        return PacketSet(self, *ids)

    def needed(self, flows: Iterable[Flow]) -> "PacketSet":
        """The packets that open the flows."""
        return self.of(box for flow in flows for box in flow_boxes(flow))


def flow_boxes(flow: Flow) -> tuple[Box, ...]:
    """The opening packets of a flow; ValueError when its parties share no address family."""
    number = int(flow.protocol)
    first = port_intervals(flow.initiator_ports)
    if flow.icmp_type is not None:
        first = ((flow.icmp_type, flow.icmp_type),)
    out: list[Box] = []
    for version in VERSIONS:
        out += boxes(
            version,
            (
                networks(_of_version(flow.initiator.networks, version)),
                networks(_of_version(flow.responder.networks, version)),
                ((number, number),),
                first,
                port_intervals(flow.responder_ports),
            ),
        )
    if not out:
        raise ValueError(f"flow {flow.id}: its parties share no address family")
    return tuple(out)


@dataclass(frozen=True, slots=True, eq=False)
class PacketSet:
    """A set of packets of both families. Equal sets compare equal; combining spaces is a ValueError."""

    space: Space
    v4: int
    v6: int

    def _with(self, operation: Operation, other: "PacketSet") -> "PacketSet":
        if self.space is not other.space:
            raise ValueError("packet sets of two spaces")
        four, six = self.space.diagrams[4], self.space.diagrams[6]
        return PacketSet(
            self.space,
            four.combine(operation, self.v4, other.v4),
            six.combine(operation, self.v6, other.v6),
        )

    def __and__(self, other: "PacketSet") -> "PacketSet":
        return self._with(AND, other)

    def __or__(self, other: "PacketSet") -> "PacketSet":
        return self._with(OR, other)

    def __sub__(self, other: "PacketSet") -> "PacketSet":
        return self._with(MINUS, other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PacketSet):
            return NotImplemented
        return self.space is other.space and (self.v4, self.v6) == (other.v4, other.v6)

    def __hash__(self) -> int:
        return hash((id(self.space), self.v4, self.v6))

    def __le__(self, other: "PacketSet") -> bool:
        return (self - other).empty

    def __contains__(self, packet: Packet | Point) -> bool:
        header = point(packet) if isinstance(packet, Packet) else packet
        id_ = self.v4 if header.version == 4 else self.v6
        return bool(self.space.diagrams[header.version].at(id_, header[1:]))

    @property
    def empty(self) -> bool:
        return self.v4 == NO and self.v6 == NO

    def count(self) -> int:
        """How many headers are in the set; ICMP types and codes are octets, other protocols portless."""
        pairs = zip(VERSIONS, (self.v4, self.v6), strict=True)
        return sum(_count(self.space.diagrams[version], id_) for version, id_ in pairs)

    def witness(self) -> Point | None:
        """One packet of the set, always the same one, IPv4 and well-known protocols first; None if empty."""
        for version, id_ in zip(VERSIONS, (self.v4, self.v6), strict=True):
            if id_ != NO:
                return _witness(self.space.diagrams[version], version, id_)
        return None


@dataclass(frozen=True, slots=True)
class Decisions:
    """For every packet the row that decides about it: a row's number from 1, 0 for the default."""

    space: Space
    rows: tuple[Row, ...]
    default: Action
    v4: int
    v6: int

    def deciding(self) -> set[int]:
        """The numbers of the rows that decide about any packet (0: the default does)."""
        return self.space.diagrams[4].verdicts(self.v4) | self.space.diagrams[6].verdicts(self.v6)

    def row_of(self, packet: Packet | Point) -> Row | None:
        """The row that decides about `packet`; None for the default."""
        header = point(packet) if isinstance(packet, Packet) else packet
        id_ = self.v4 if header.version == 4 else self.v6
        number = self.space.diagrams[header.version].at(id_, header[1:])
        return self.rows[number - 1] if number else None

    def taken(self, number: int) -> PacketSet:
        """The packets that row `number` decides about."""
        if number == 0:
            return self._chosen(lambda verdict: int(verdict == 0))
        # Only the row's own boxes are looked at: asked of every row, the whole diagram would be too much.
        mine = self.space.of(self.rows[number - 1].boxes)
        found = mine._with(WITHIN, PacketSet(self.space, self.v4, self.v6))
        return replace(self, v4=found.v4, v6=found.v6)._chosen(lambda verdict: int(verdict == number))

    def permitted(self) -> PacketSet:
        says = [self.default, *(row.action for row in self.rows)]
        return self._chosen(lambda verdict: int(says[verdict] is Action.PERMIT))

    def _chosen(self, table: Callable[[int], int]) -> PacketSet:
        four, six = self.space.diagrams[4], self.space.diagrams[6]
        return PacketSet(self.space, four.relabel(self.v4, table), six.relabel(self.v6, table))


def _of_version(nets: Iterable[Network], version: int) -> list[Network]:
    return [net for net in nets if net.version == version]


def _count(diagrams: Diagrams, id_: int) -> int:
    memo: dict[int, int] = {}

    def below(node: int, level: int) -> int:
        if node == NO:
            return 0
        if node not in memo or node == YES:
            total = 0
            for first, last, child in diagrams.intervals(node, level):
                if level == PROTOCOL:
                    total += _count_protocols(diagrams, first, last, child)
                else:
                    total += (last - first + 1) * below(child, level + 1)
            memo[node] = total
        return memo[node]

    return below(id_, 0)


def _count_protocols(diagrams: Diagrams, first: int, last: int, child: int) -> int:
    if child == NO:
        return 0
    icmp = sum(first <= number <= last for number in ICMP_LIKE)
    ported = sum(first <= number <= last for number in WITH_PORTS)
    total = last - first + 1 - icmp - ported
    total += icmp * _count_ends(diagrams, child, _ICMP_VALUES) if icmp else 0
    return total + (ported * _count_ends(diagrams, child, 2**16) if ported else 0)


def _count_ends(diagrams: Diagrams, id_: int, values: int) -> int:
    """The pairs of the last two fields, each below `values`."""
    total = 0
    for first, last, child in diagrams.intervals(id_, SOURCE_PORT):
        width = min(last, values - 1) - first + 1
        if width > 0 and child != NO:
            inner = diagrams.intervals(child, SOURCE_PORT + 1)
            total += width * sum(
                max(0, min(high, values - 1) - low + 1) for low, high, leaf in inner if leaf == YES
            )
    return total


def _witness(diagrams: Diagrams, version: int, id_: int) -> Point:
    values: list[int] = []
    for field in range(FIELDS):
        choices = [
            (first, last, child) for first, last, child in diagrams.intervals(id_, field) if child != NO
        ]
        if field == PROTOCOL:
            value, id_ = _common_protocol(choices)
        else:
            first, last, id_ = choices[0]
            value = _readable((first, last), field, values)
        values.append(value)
    return Point(version, *values)


def _common_protocol(choices: list[tuple[int, int, int]]) -> tuple[int, int]:
    for number in (17, 6, 1, 58):
        for first, last, child in choices:
            if first <= number <= last:
                return number, child
    return choices[0][0], choices[0][2]


def _readable(interval: Interval, field: int, so_far: list[int]) -> int:
    """A value that looks like a packet's: no network address and no port 0 where avoidable."""
    first, last = interval
    if field < PROTOCOL:
        return first + 1 if first % 256 == 0 and last > first else first
    protocol = so_far[PROTOCOL]
    if protocol in WITH_PORTS and field == SOURCE_PORT and first <= _READABLE_PORT <= last:
        return _READABLE_PORT
    if protocol in WITH_PORTS and first == 0 and last > 0:
        return 1
    return first
