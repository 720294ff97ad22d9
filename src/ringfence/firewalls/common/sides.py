"""Filters that judge a packet twice: as it comes in by one interface, and as it goes out by another.

The last rule that matches decides, unless one before it ends the search. A rule that passes may keep state: a
state made on the way in lets answers out again there, one made on the way out lets answers in there; neither
serves the other side. What no rule decides passes and keeps no state.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading, place, shown
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Gap, Moment, Phase, Unread
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, PROTOCOL, SOURCE, Box, Place, Row, complement
from ringfence.policy.terms import Addresses, outside, turned, union, within, without

IN, OUT = "in", "out"
WAYS = (IN, OUT)
_SIDES = {IN: SOURCE, OUT: DESTINATION}
# How many lists judge an opener before its destination is translated, coming in, or its source, going out.
TRANSLATED_AFTER = {IN: 0, OUT: 1}
_TCP = ((6, 6),)
_OTHERS = complement(_TCP, 255)


@dataclass(frozen=True, slots=True)
class SideRule:
    """One rule as one side sees it. `boxes` are the packets, as far as understood; `why` is what was not.

    `action` None: it is not known. `first_only`: of TCP it meets the segment that opens a connection alone;
    `never_first`: it meets all segments but that one. `implicit`: the system makes it, nobody wrote it.
    """

    line: int
    name: str
    text: str
    action: Action | None
    boxes: tuple[Box, ...]
    quick: bool = False
    keeps: bool = True
    why: str = ""
    first_only: bool = False
    never_first: bool = False
    implicit: bool = False

    @property
    def id(self) -> str:
        return place(self.line, self.name)


@dataclass(slots=True)
class _List:
    """Rows and gaps in the making."""

    reading: Reading
    rows: list[Row] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def take(self, rule: SideRule, boxes: tuple[Box, ...]) -> None:
        if not boxes:
            return
        if rule.why or rule.action is None:
            self.gap(rule, boxes, rule.why or "its action is not understood", rule.action)
        else:
            self.rows.append(
                Row(rule.id, rule.action, boxes, shown(rule.text), Place(rule.line), rule.implicit)
            )

    def gap(self, rule: SideRule, boxes: tuple[Box, ...], why: str, action: Action | None) -> None:
        unread = Unread(rule.id, shown(rule.text), why, boxes)
        self.reading.unread.append(unread)
        self.gaps.append(Gap(len(self.rows), unread, action))


class ByInterfaces(NamedTuple):
    """Packets of some interfaces: those that are for certain, and those that may be, with why not more."""

    sure: tuple[Box, ...]
    perhaps: tuple[Box, ...] = ()
    why: str = ""


def by_interfaces(
    found: tuple[Box, ...], names: Sequence[str], where: Behind, way: str, *, others: bool = False
) -> ByInterfaces:
    """What of `found` comes in, or goes out, by these interfaces; `others`: by any but these.

    Of an interface without networks it is only known where it is not. No forwarded packet uses loopback.
    """
    side = _SIDES[way]
    known = [name for name in names if name in where.addresses]
    unknown = [name for name in names if name not in where.addresses and name.rstrip("0123456789") != "lo"]
    inside = union(where.of(name) for name in known)
    placed = union(where.addresses.values())
    if others:
        sure = within(found, side, outside(_of_both(inside)))
        sure = within(sure, side, placed) if unknown else sure
    else:
        sure = within(found, side, inside)
    if not unknown:
        return ByInterfaces(sure)
    where.unplaced.update(dict.fromkeys(unknown))
    why = f"interface {', '.join(unknown)[:80]} has no networks named for it"
    return ByInterfaces(sure, within(found, side, outside(_of_both(placed))), why)


def _of_both(found: Addresses) -> Addresses:
    return {version: found.get(version, ()) for version in (4, 6)}


def side_chains(
    rules: Mapping[str, Sequence[SideRule]], reading: Reading, versions: frozenset[int]
) -> list[Chain]:
    """Both sides as lists; `rules` are those of each way in the order of the text."""
    lists = {way: in_order(rules[way]) for way in WAYS}
    chains: list[Chain] = []
    for way, other in ((IN, OUT), (OUT, IN)):
        opens = _List(reading)
        for rule in lists[way]:
            if not rule.never_first:
                opens.take(rule, rule.boxes)
        phases = [_phase(Moment.ANSWERS, _later_list(lists[other], lists[way], reading, turned))]
        if any(rule.never_first for rule in lists[way]):
            own = _later_list(lists[way], lists[way], reading, _as_they_are)
            phases.append(_phase(Moment.CONTINUES, own))
        keeps = any(rule.keeps and rule.action is Action.PERMIT for rule in lists[way])
        chains.append(
            Chain(
                f"rules {way}",
                tuple(opens.rows),
                Action.PERMIT,
                versions,
                keeps,
                gaps=tuple(opens.gaps),
                later=tuple(phases),
                end=Place(list=way),
                state_by_rule=True,
            )
        )
    return chains


def in_order(rules: Iterable[SideRule]) -> list[SideRule]:
    """The rules so that the first that matches decides: those that end the search, then the last first."""
    listed = list(rules)
    return [rule for rule in listed if rule.quick] + [rule for rule in reversed(listed) if not rule.quick]


def _phase(moment: Moment, found: _List) -> Phase:
    return Phase(frozenset({moment}), tuple(found.rows), tuple(found.gaps), Action.PERMIT)


def _as_they_are(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    return boxes


def _later_list(
    made: Sequence[SideRule],
    judged: Sequence[SideRule],
    reading: Reading,
    way: Callable[[tuple[Box, ...]], tuple[Box, ...]],
) -> _List:
    """Later packets pass by the states that `made` has made, and by the rules of their own way otherwise.

    `way` gives the later packets of an opener's.
    """
    found = _List(reading)
    stateless: tuple[Box, ...] = ()
    for rule in made:
        if rule.never_first:
            continue
        if rule.action is Action.PERMIT and rule.keeps and not rule.why:
            back = replace(rule, name=f"{rule.name} (by its state)".strip())
            try:
                found.take(back, without(way(rule.boxes), stateless))
            except NotUnderstood as error:
                found.gap(back, way(rule.boxes), str(error), Action.PERMIT)
        elif rule.why or rule.action is None:
            found.gap(rule, way(rule.boxes), rule.why or "its action is not understood", Action.PERMIT)
        elif rule.action is Action.PERMIT:
            stateless = (*stateless, *way(rule.boxes))
    for rule in judged:
        found.take(rule, _later(rule.boxes) if rule.first_only else rule.boxes)
    return found


def _later(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """What of the boxes is not TCP: an answer there is never the segment that opens."""
    out: list[Box] = []
    for box in boxes:
        fields = box.fields
        kept = tuple(
            (max(a, c), min(b, d)) for a, b in fields[PROTOCOL] for c, d in _OTHERS if max(a, c) <= min(b, d)
        )
        if kept:
            out.append(Box(box.version, (fields[0], fields[1], kept, fields[3], fields[4])))
    return tuple(out)
