"""What a reader understood of a running configuration, and what it did not."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.model.address import PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.space import NOWHERE, TOP, Box, Place, Row, whole


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
    kind: FlowKind | None = None
    service: str = ""
    ports: PortRange | None = None
    of_inspection: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """An ALG, helper or inspection, switched on or off; `name` in the device's words, `of` what it is."""

    name: str
    on: bool
    place: str
    of: Inspected = Inspected.OTHER


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
    """Address translation, which is not modelled; `boxes` are the packets that it may change."""

    place: str
    text: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Unbound:
    """A list of rules that is in force nowhere; `bind` are the lines that would put it in force."""

    name: str
    place: str
    bind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """One list that a forwarded packet passes; it must be permitted by every one.

    `rows` decide about packets that open something; `stateful` says that replies to them pass by connection
    state. `related` are the places that also let through what a helper or an ICMP error calls related.
    `gaps` are the rows that were not understood (each is in the listing's `unread` too). `answers`, of a list
    without state that tells openers from answers, are the rows as they decide about TCP segments with ACK or
    RST; empty when they are the same. Where state is a rule of the list, the first `state_at` rows stand
    before it and meet replies too. `end` is where a rule of the list's own would be added. A list that is not
    `of_rules` says what interfaces and routes do: no rule that is added changes it.
    """

    place: str
    rows: tuple[Row, ...]
    default: Action
    versions: frozenset[int]
    stateful: bool
    related: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    answers: tuple[Row, ...] = ()
    state_at: int = 0
    end: Place = NOWHERE
    of_rules: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A configuration as read. `assumed` are the sentences under which the reading holds.

    `inactive` was understood and has no effect: disabled rules, backup routes. `any_any` are the ids of rows
    that permit every service from anywhere to anywhere. `unbound` are lists that filter nothing. `unplaced`
    are zones and interfaces, by the device's names, that rows refer to and whose networks are not known.
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
        rows = {id(gap.unread) for chain in self.chains for gap in chain.gaps}
        if any(id(part) not in rows and part.place not in except_for for part in self.unread):
            return space.nothing(), space.everything()
        least, most = space.everything(), space.everything()
        for chain in self.chains:
            least = least & _permits(chain, _filled(chain, Action.DENY, except_for), space)
            most = most & _permits(chain, _filled(chain, Action.PERMIT, except_for), space)
        return least, most

    def answers(self, space: Space) -> PacketSet:
        """The TCP segments with ACK or RST, and all else, that pass lists without state. Raises as permitted.

        For a stateful device this is what `permitted` gives: its answers pass by state.
        """
        permitted = self.permitted(space)
        if not any(chain.answers for chain in self.chains):
            return permitted
        passing = space.everything()
        for chain in self.chains:
            passing = passing & _permits(chain, chain.answers or chain.rows, space)
        return passing

    def translated(self, space: Space, packets: PacketSet) -> tuple[Translation, ...]:
        """The translations that may touch any of `packets`: about those packets nothing is proved."""
        return tuple(found for found in self.translations if not (space.of(found.boxes) & packets).empty)


def chain_permits(chain: Chain, space: Space) -> PacketSet:
    """What this chain alone lets through: everything of a family it does not see."""
    return _permits(chain, chain.rows, space)


def everything() -> tuple[Box, ...]:
    """Every packet of both families."""
    return tuple(
        Box(v, (whole(v, 0), whole(v, 1), whole(v, 2), whole(v, 3), whole(v, 4))) for v in sorted(TOP)
    )


def _filled(chain: Chain, action: Action, except_for: Collection[str]) -> tuple[Row, ...]:
    """The rows with every gap taken to decide `action` about all that it can concern, if it may do so."""
    rows: list[Row] = []
    begin = 0
    for gap in sorted(chain.gaps, key=lambda gap: gap.index):
        if gap.unread.place in except_for or gap.action not in {None, action}:
            continue
        rows += chain.rows[begin : gap.index]
        begin = gap.index
        boxes = everything() if gap.unread.boxes is None else gap.unread.boxes
        rows.append(Row(gap.unread.place, action, boxes, gap.unread.text))
    return (*rows, *chain.rows[begin:])


def _permits(chain: Chain, rows: tuple[Row, ...], space: Space) -> PacketSet:
    chosen = space.permitted(rows, chain.default)
    every = space.everything()
    return PacketSet(
        space,
        chosen.v4 if 4 in chain.versions else every.v4,
        chosen.v6 if 6 in chain.versions else every.v6,
    )
