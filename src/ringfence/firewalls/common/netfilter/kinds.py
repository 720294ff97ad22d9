"""What two front ends of netfilter have in common: the packets they tell apart, and their rules.

Beside its five fields a rule may ask for a packet's connection state, direction and TCP flags. Those are not
fields of a packet set: each kind of packet is judged by a list of its own.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple, TypeAlias

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import shown
from ringfence.model.policy import Action
from ringfence.policy.listing import Moment
from ringfence.policy.matches import Match
from ringfence.policy.space import DESTINATION, NOWHERE, PROTOCOL, TOP, Box, Intervals, Place, complement
from ringfence.policy.terms import Addresses, union

# enum ip_conntrack_info as bits, as nft_ct gives them (nf_conntrack_common.h).
INVALID, ESTABLISHED, RELATED, NEW, UNTRACKED = 1, 2, 4, 8, 64
STATES = frozenset({INVALID, ESTABLISHED, RELATED, NEW, UNTRACKED})
# RFC 9293 section 3.1
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
# The segments without which no connection opens, carries anything and ends; RST and URG none needs.
_LATER_SEGMENTS = (ACK, PSH | ACK, FIN | ACK)
SEGMENTS = frozenset({SYN, SYN | ACK, *_LATER_SEGMENTS})
BOTH_WAYS = frozenset({False, True})
TCP = 6


class Kind(NamedTuple):
    """Packets that no rule tells apart but by their five fields. `reply`: against the way it was opened."""

    moments: frozenset[Moment]
    state: int
    segment: int
    reply: bool


OPENER = Kind(frozenset({Moment.OPENS}), NEW, SYN, reply=False)
EXPECTED = Kind(frozenset({Moment.EXPECTED}), RELATED, SYN, reply=False)
_LATER = (
    *((Moment.ANSWERS, segment) for segment in (SYN | ACK, *_LATER_SEGMENTS)),
    *((Moment.CONTINUES, segment) for segment in _LATER_SEGMENTS),
)


def later_kinds(*, by_segment: bool, by_way: bool) -> list[Kind]:
    """The kinds of packet after a flow's first, where rules ask for TCP flags, or for the direction."""
    found: dict[tuple[int, bool], set[Moment]] = {}
    for moment, segment in _LATER:
        key = (segment if by_segment else ACK, by_way and moment is Moment.ANSWERS)
        found.setdefault(key, set()).add(moment)
    return [
        Kind(frozenset(moments), ESTABLISHED, segment, reply) for (segment, reply), moments in found.items()
    ]


@dataclass(slots=True)
class Condition:
    """The conjunction of a rule's matches. `why` says what of it was not understood: then it is a bound.

    `flowless`: a packet of no connection can meet it, and then its direction is not asked for. `routed`: it
    holds only where the packet's way out is known already, or (False) only where it is not. `redirected`:
    only packets meet it whose destination a rule before it has translated.
    """

    match: Match
    states: frozenset[int] = STATES
    segments: frozenset[int] = SEGMENTS
    replies: frozenset[bool] = BOTH_WAYS
    why: str = ""
    flowless: bool = True
    routed: bool | None = None
    redirected: bool = False

    def copy(self) -> "Condition":
        other = copy(self)
        other.match = self.match.copy()
        return other

    def doubt(self, why: str) -> None:
        self.why = self.why or why

    def never(self) -> None:
        self.states = frozenset()

    def of_segment(self, test: Callable[[int], bool]) -> None:
        """TCP flags, which only TCP has."""
        self.match.narrow(PROTOCOL, lambda _: ((TCP, TCP),))
        self.segments = frozenset(filter(test, self.segments))

    def plain(self) -> bool:
        return self.match.plain() and self.states == STATES and self.segments == SEGMENTS

    def behind(
        self, side: int, names: Iterable[str], where: Behind, *, negated: bool = False
    ) -> list["Condition"]:
        """The same for packets whose `side` lives behind the interfaces; `+` or `*` ends a beginning.

        Of a name that stands for no networks it is only known that it is none of those that do. Before
        routing there is no way out, and its name is empty: not that of any interface.
        """
        if side == DESTINATION:
            before = [replace(self.copy(), routed=False)] if negated and self.routed is not True else []
            behind = (
                []
                if self.routed is False
                else replace(self.copy(), routed=True)._behind(side, names, where, negated=negated)
            )
            return [*behind, *before]
        return self._behind(side, names, where, negated=negated)

    def _behind(self, side: int, names: Iterable[str], where: Behind, *, negated: bool) -> list["Condition"]:
        known, unknown = _sorted(names, where)
        inside = union(where.of(name) for name in known)
        sure = self.copy()
        if not unknown:
            sure.match.narrow(side, lambda v: _of(inside, v, side, negated=negated))
            return [sure]
        named = union(where.addresses.values())
        if negated:
            sure.match.narrow(side, lambda v: named.get(v, ()))
        sure.match.narrow(side, lambda v: _of(inside, v, side, negated=negated))
        rest = self.copy()
        rest.match.narrow(side, lambda v: _of(named, v, side, negated=True))
        rest.doubt(f"interface {', '.join(unknown)} has no networks named for it")
        where.unplaced.update(dict.fromkeys(unknown))
        return [sure, rest]


def _sorted(names: Iterable[str], where: Behind) -> tuple[list[str], list[str]]:
    known: list[str] = []
    unknown: list[str] = []
    for name in names:
        if name[-1:] in {"+", "*"}:
            found = [other for other in where.addresses if other.startswith(name[:-1])]
            known += found
            # More interfaces may begin so; behind the named ones live other addresses than behind those.
            unknown.append(name)
        elif name in where.addresses:
            known.append(name)
        elif name != "lo":  # no forwarded packet comes from or goes to the loopback interface
            unknown.append(name)
    return known, unknown


def _of(addresses: Addresses, version: int, side: int, *, negated: bool) -> Intervals:
    found = addresses.get(version, ())
    return complement(found, TOP[version][side]) if negated else found


class Step(Enum):
    RETURN = "return"
    NEXT = "next"  # the packet goes on to the next rule


class Jump(NamedTuple):
    chain: str
    goto: bool = False


Verdict: TypeAlias = Action | Jump | Step


class EffectKind(Enum):
    UNTRACKED = "not tracked"
    HELPER = "helper"
    TRANSLATED = "translated"
    UNKNOWN = "unknown"


class Effect(NamedTuple):
    """What a rule does to the connection of a packet, beside deciding about the packet.

    `early`: it is said of the connection before there is one, and the first that is said of a packet stays.
    """

    kind: EffectKind
    name: str = ""
    early: bool = False


@dataclass(slots=True)
class NetfilterRule:
    """One rule, or one alternative of it: any of `parts` leads to `verdict`.

    `text` is what rows show; `written` is the rule as it stands, text or a JSON tree, where that differs.
    """

    id: str
    text: str
    parts: list[Condition]
    verdict: Verdict
    effect: Effect | None = None
    place: Place = NOWHERE
    written: object = None
    text_as_written: str = ""
    _boxes: dict[int, tuple[Box, ...]] = field(default_factory=dict)

    def as_written(self) -> str:
        if self.written is not None:
            self.text_as_written = self.text_as_written or shown(json.dumps(self.written))
        return self.text_as_written or self.text

    def met(self, kind: Kind) -> Iterator[tuple[Condition, tuple[Box, ...]]]:
        """The parts that such a segment can meet, with the packets; its connection is not asked about."""
        for index, part in enumerate(self.parts):
            if kind.segment in part.segments and part.states:
                if index not in self._boxes:
                    self._boxes[index] = part.match.boxes()
                yield part, self._boxes[index]


def expects_flows(rules: Mapping[str, Sequence[NetfilterRule]]) -> bool:
    """Whether any rule gives connections a helper."""
    effects = (rule.effect for listed in rules.values() for rule in listed)
    return any(effect is not None and effect.kind is EffectKind.HELPER for effect in effects)


def unreferenced(rules: Mapping[str, Sequence[NetfilterRule]], hooked: Collection[str]) -> tuple[str, ...]:
    """The chains with rules that no hook and no rule leads to."""
    named = {
        rule.verdict.chain for listed in rules.values() for rule in listed if isinstance(rule.verdict, Jump)
    }
    return tuple(
        name for name, listed in rules.items() if listed and name not in named and name not in hooked
    )
