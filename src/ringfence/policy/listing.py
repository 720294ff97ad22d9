"""What a reader understood of a running configuration, and what it did not."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.model.address import PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.space import NOWHERE, TOP, Box, Intervals, Place, Row, whole


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the configuration that was not understood: where, what it says, and why it was given up.

    `boxes` are the only packets it can concern, when at least that was understood; None: it may be any.
    """

    place: str
    text: str
    why: str
    boxes: tuple[Box, ...] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.place}: {self.why}: {self.text}"


class FlowKind(StrEnum):
    """The kinds of flow whose idle time matters to the procedure."""

    UDP = "udp"
    TCP = "tcp"
    ICMP = "icmp"
    SIGNALLING = "h.225 signalling"  # TCP 1720 under inspection, where that has a timer of its own


class Inspected(StrEnum):
    """What an inspection looks into, as far as it matters to the procedure."""

    H323 = "h.323"  # RAS or call signalling
    ICMP = "icmp"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Timer:
    """An idle time after which the device forgets a flow. `seconds` None: never, or a word that says so.

    `name` is for people. `kind` None: of no flow that matters here. `service`: of flows by that named service
    only; `ports`: of flows to these ports only; `of_inspection`: of flows that an inspection follows only.
    """

    name: str
    seconds: int | None
    place: str
    kind: FlowKind | None
    service: str = ""
    ports: PortRange | None = None
    of_inspection: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """An ALG, helper or inspection, switched on or off; `name` in the device's words, `of` what it is."""

    name: str
    on: bool
    place: str
    of: Inspected


@dataclass(frozen=True, slots=True)
class Settings:
    """What a configuration says about time and inspection. What it leaves to a default is not in here."""

    timers: tuple[Timer, ...] = ()
    inspections: tuple[Inspection, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A row of a list that was not understood: it stands before row `index` of the chain's rows.

    `action` is what it does with the packets it matches, when that much is clear.
    """

    index: int
    unread: Unread
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """Address translation, which is not modelled; `boxes` are the packets that it may change.

    `after` is known where the boxes are openers, whose whole connection is translated: that many lists of the
    listing judge an opener before its addresses change. None: the boxes hold what answers, too.
    """

    place: str
    text: str
    boxes: tuple[Box, ...]
    after: int | None = None


class Moment(StrEnum):
    """When in the life of a flow a packet comes, which is what connection state and TCP flags tell."""

    OPENS = "opens"
    EXPECTED = "is expected"  # it opens what a helper has read of in another flow: "related"
    ANSWERS = "answers"
    CONTINUES = "continues"  # from the side that opened, after the first answer


@dataclass(frozen=True, slots=True)
class Phase:
    """How a list decides about the packets of some moments: rows, gaps and default as a chain has them."""

    moments: frozenset[Moment]
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    default: Action


@dataclass(frozen=True, slots=True)
class Helper:
    """A connection-tracking helper: `boxes` are the packets that open what it listens to.

    `certain` is False where a part of that was not understood.
    """

    name: str
    place: str
    boxes: tuple[Box, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Unbound:
    """A list of rules that is in force nowhere; `bind` are the lines that would put it in force."""

    name: str
    place: str
    bind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misbound:
    """A list of which no permit can match where it is bound; `meant` is the interface and way that fit it."""

    name: str
    place: str
    interface: str
    way: str
    meant: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Chain:
    """One list that a forwarded packet passes; it must be permitted by every one.

    `rows` decide about packets that open something, `gaps` are the rows among them that were not understood
    (each is in the listing's `unread` too). `stateful` says that the list knows answers by connection state.
    `later` tells how it decides about packets of other moments; empty: a stateful list passes them, another
    judges them by `rows`. A packet must pass every phase of its moment. `related` are the places that also
    let through what a helper or an ICMP error calls related. `end` is where a rule of the list's own would be
    added. A list that is not `of_rules` says what interfaces and routes do: no rule that is added changes it.
    `state_by_rule`: a rule that permits keeps the state of what it lets through, as one that is added would.
    """

    place: str
    rows: tuple[Row, ...]
    default: Action
    versions: frozenset[int]
    stateful: bool
    related: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    later: tuple[Phase, ...] = ()
    end: Place = NOWHERE
    of_rules: bool = True
    state_by_rule: bool = False

    def phases(self, moment: Moment, *, tracked: bool = True) -> tuple[Phase, ...]:
        """What decides about packets of `moment`; nothing: they pass. `tracked`: the state knows them."""
        found = tuple(phase for phase in self.later if moment in phase.moments)
        opening = moment in {Moment.OPENS, Moment.EXPECTED}
        if found or (not opening and (self.later or (self.stateful and tracked))):
            return found
        return (Phase(frozenset({moment}), self.rows, self.gaps, self.default),)

    def all_gaps(self) -> tuple[Gap, ...]:
        return (*self.gaps, *(gap for phase in self.later for gap in phase.gaps))

    @property
    def denies(self) -> bool:
        """Whether any packet may be stopped here."""
        phases = (*self.later, Phase(frozenset(), self.rows, self.gaps, self.default))
        return any(
            phase.default is Action.DENY
            or any(row.action is Action.DENY for row in phase.rows)
            or any(gap.action is not Action.PERMIT for gap in phase.gaps)
            for phase in phases
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """A configuration as read. `assumed` are the sentences under which the reading holds.

    `inactive` was understood and has no effect: disabled rules, backup routes. `any_any` are the ids of rows
    that permit every service from anywhere to anywhere. `unbound` are lists that filter nothing. `unplaced`
    are zones and interfaces, by the device's names, that rows refer to and whose networks are not known;
    `placed` are the addresses behind those whose networks are. `own` reads the lists that judge what the
    device sends (True) or receives (False) itself; None where lists are not divided so, or not read.
    """

    chains: tuple[Chain, ...]
    unread: tuple[Unread, ...]
    assumed: tuple[str, ...] = ()
    inactive: tuple[Unread, ...] = ()
    translations: tuple[Translation, ...] = ()
    any_any: tuple[str, ...] = ()
    settings: Settings = Settings()
    unbound: tuple[Unbound, ...] = ()
    unplaced: tuple[str, ...] = ()
    helpers: tuple[Helper, ...] = ()
    misbound: tuple[Misbound, ...] = ()
    placed: Mapping[str, Mapping[int, Intervals]] = field(default_factory=dict, compare=False)
    own: "Callable[[bool], Listing] | None" = field(default=None, compare=False)

    def permitted(self, space: Space) -> PacketSet:
        """The opening packets that every chain lets through.

        Raises InputError when anything was not understood: a set computed around a gap would be no proof.
        """
        if self.unread:
            more = f" (and {len(self.unread) - 1} more)" if len(self.unread) > 1 else ""
            raise InputError(
                f"{self.unread[0].why}: {self.unread[0].text}{more}",
                where=self.unread[0].place,
                remedy="nothing can be proved about this configuration until these parts are understood",
            )
        permitted = space.everything()
        for chain in self.chains:
            permitted = permitted & chain_permits(chain, space)
        return permitted

    def bounds(self, space: Space, except_for: Collection[str] = ()) -> tuple[PacketSet, PacketSet]:
        """The opening packets that pass for certain, and those that may, whatever the unread parts say.

        The two are equal where everything was understood. A part that was not, and is no row of a chain, may
        say anything: then nothing passes for certain and everything may, unless its place is in `except_for`,
        which makes the answer one that holds except for those places.
        """
        rows = {id(gap.unread) for chain in self.chains for gap in chain.all_gaps()}
        if any(id(part) not in rows and part.place not in except_for for part in self.unread):
            return space.nothing(), space.everything()
        least, most = space.everything(), space.everything()
        for chain in self.chains:
            for phase in chain.phases(Moment.OPENS):
                least = least & _permits(chain, filled(phase, Action.DENY, except_for), space)
                most = most & _permits(chain, filled(phase, Action.PERMIT, except_for), space)
        return least, most

    def answers(self, space: Space) -> PacketSet:
        """The TCP segments with ACK or RST, and all else, that pass lists without state. Raises as permitted.

        For a stateful device this is what `permitted` gives: its answers pass by state.
        """
        permitted = self.permitted(space)
        if not any(chain.later for chain in self.chains):
            return permitted
        passing = space.everything()
        for chain in self.chains:
            for phase in chain.phases(Moment.ANSWERS):
                passing = passing & _permits(chain, phase.rows, space)
        return passing

    def translated(self, space: Space, opening: PacketSet, reply: PacketSet) -> tuple[Translation, ...]:
        """The translations that may touch a flow of these packets: about it nothing is proved."""
        every = opening | reply
        return tuple(
            found
            for found in self.translations
            if not (space.of(found.boxes) & (every if found.after is None else opening)).empty
        )


def chain_permits(chain: Chain, space: Space) -> PacketSet:
    """What this chain alone lets through: everything of a family it does not see."""
    return _permits(chain, chain.rows, space)


def everything() -> tuple[Box, ...]:
    """Every packet of both families."""
    return tuple(
        Box(v, (whole(v, 0), whole(v, 1), whole(v, 2), whole(v, 3), whole(v, 4))) for v in sorted(TOP)
    )


def filled(phase: Phase, action: Action, except_for: Collection[str] = ()) -> tuple[Row, ...]:
    """The rows with every gap taken to decide `action` about all that it can concern, if it may do so."""
    rows: list[Row] = []
    begin = 0
    for gap in sorted(phase.gaps, key=lambda gap: gap.index):
        if gap.unread.place in except_for or gap.action not in {None, action}:
            continue
        rows += phase.rows[begin : gap.index]
        begin = gap.index
        boxes = everything() if gap.unread.boxes is None else gap.unread.boxes
        rows.append(Row(gap.unread.place, action, boxes, gap.unread.text))
    return (*rows, *phase.rows[begin:])


def _permits(chain: Chain, rows: tuple[Row, ...], space: Space) -> PacketSet:
    chosen = space.permitted(rows, chain.default)
    every = space.everything()
    return PacketSet(
        space,
        chosen.v4 if 4 in chain.versions else every.v4,
        chosen.v6 if 6 in chain.versions else every.v6,
    )
