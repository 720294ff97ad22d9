"""Which networks live behind which interface or zone: as named, else by interface addresses and routes.

Rules bound to an interface become rules on addresses by it. As in a routing table the longest prefix decides.
What interfaces that are down and routes that discard take away is told beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from ringfence.firewalls.common.reading import Reading, Rows, place, shown
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Unread, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Interval, Row, complement, joined, whole
from ringfence.policy.terms import Addresses, of_networks, touching, union, within

Named: TypeAlias = Mapping[str, tuple[Network, ...]]

_GIVEN = -1  # nearer than any route
_WITHDRAWN = 1_000_000  # the distance of a route whose interface is down: any other is better


class Down(NamedTuple):
    """An interface or zone that passes no packet, and the line that says so."""

    line: int
    text: str
    why: str


class Route(NamedTuple):
    """A network reached through `interface`; the smaller `distance` wins (0: connected).

    `down`: the interface by which it goes passes nothing. `discards`: what is sent there is thrown away.
    """

    interface: str
    network: Network
    distance: int
    line: int
    text: str
    down: Down | None = None
    discards: bool = False

    @property
    def rank(self) -> int:
        return self.distance + (_WITHDRAWN if self.down and self.distance != _GIVEN else 0)


class Lost(NamedTuple):
    """Addresses that packets do not reach; `both`: nor do packets come from there."""

    line: int
    text: str
    why: str
    addresses: Addresses
    both: bool


@dataclass(slots=True)
class Behind:
    """The addresses behind each name. `of` raises NotUnderstood for a name with none.

    `unplaced` gathers the names that were asked for in vain; `lost` is what no rule can let through.
    """

    addresses: dict[str, Addresses] = field(default_factory=dict)
    unplaced: dict[str, None] = field(default_factory=dict)
    lost: tuple[Lost, ...] = ()

    def of(self, name: str) -> Addresses:
        if name not in self.addresses:
            self.unplaced[name] = None
            raise NotUnderstood(f"interface {name} has no networks named for it")
        return self.addresses[name]

    def zone(self, interfaces: Iterable[str]) -> Addresses:
        """The addresses behind any of the interfaces."""
        return union(self.of(name) for name in interfaces)


def behind(
    named: Named | None, routes: Iterable[Route], reading: Reading, down: Mapping[str, Down] | None = None
) -> Behind:
    """Divide the addresses among the names; `named` takes the place of what the routes say of a name.

    `down` are the names that pass nothing at all. One network behind two names at the same distance is left
    unread. Says in `reading.assumed` what it rests on.
    """
    named = named or {}
    routes = tuple(routes)
    given = [Route(name, net, _GIVEN, 0, name) for name, nets in named.items() for net in nets]
    # A route that discards takes nothing away from what comes in by an interface.
    kept = [route for route in routes if not route.discards and route.interface not in named]
    best = _best((*given, *kept), reading)
    for rivals in best.values():
        if len(rivals) > 1:
            names = " and ".join(route.interface for route in rivals)
            if rivals[0].distance == _GIVEN:
                raise InputError(f"{rivals[0].network} is named behind {names} alike", where="device zones")
            why = f"{rivals[0].network} lives behind {names} alike"
            line = max(route.line for route in rivals)
            own: Addresses = {rivals[0].network.version: _ends(rivals[0].network)}
            reading.unread.append(Unread(f"line {line}", shown(rivals[-1].text), why, touching(own)))
    _say(reading, named, best.values())
    parts: dict[str, Addresses] = {}
    for route, addresses in _divided(best):
        parts[route.interface] = union((parts.get(route.interface, {}), addresses))
    reading.placed = parts
    found = Behind(parts, reading.unplaced)
    found.lost = tuple(_lost(_best(routes, Reading()), found, named, down or {}))
    return found


def _best(routes: Iterable[Route], reading: Reading) -> dict[Network, list[Route]]:
    """The nearest routes to each network, of one interface each."""
    best: dict[Network, list[Route]] = {}
    for route in routes:
        rivals = best.setdefault(route.network, [])
        if rivals and route.rank > rivals[0].rank:
            if rivals[0].distance >= 0 and route.interface != rivals[0].interface:
                reading.off(route.line, route.text, "a backup route")
            continue
        if rivals and route.rank < rivals[0].rank:
            rivals.clear()
        if all(route.interface != rival.interface for rival in rivals):
            rivals.append(route)
    return best


def _lost(
    best: Mapping[Network, list[Route]], found: Behind, named: Named, down: Mapping[str, Down]
) -> Iterable[Lost]:
    inside = of_networks(net for nets in named.values() for net in nets)
    for route, addresses in _divided(best):
        if route.discards:
            sure = addresses if not named else _thrown_away(route.network, addresses, inside, named)
            if sure:
                yield Lost(route.line, route.text, "its route discards", sure, both=False)
        elif route.down is not None and route.interface not in down:
            yield Lost(route.down.line, route.down.text, route.down.why, addresses, both=True)
    for name, off in down.items():
        if name in found.addresses:
            yield Lost(off.line, off.text, off.why, found.addresses[name], both=True)


def _thrown_away(network: Network, addresses: Addresses, inside: Addresses, named: Named) -> Addresses:
    """Of a route that discards: all when it is a part of a named network, else what none of them covers.

    That a network lives behind a name is a more specific route than the text shows.
    """
    shorter = any(
        net.version == network.version and net.prefixlen <= network.prefixlen and network.overlaps(net)
        for nets in named.values()
        for net in nets
    )
    if shorter:
        return addresses
    left = {v: _less(spans, inside.get(v, ())) for v, spans in addresses.items()}
    return {v: spans for v, spans in left.items() if spans}


def _less(spans: tuple[Interval, ...], cut: tuple[Interval, ...]) -> tuple[Interval, ...]:
    top = max((high for _, high in (*spans, *cut)), default=0)
    others = complement(joined(cut), top)
    shared = ((max(a, c), min(b, d)) for a, b in spans for c, d in others)
    return joined((low, high) for low, high in shared if low <= high)


def lost_chain(where: Behind, reading: Reading, versions: frozenset[int], *, stateful: bool) -> list[Chain]:
    """What interfaces and routes take away, as a list before all rules: none when they take nothing.

    A device that keeps state is not known to take a packet whose answers it would discard: those are unread.
    """
    rows = Rows()
    for lost in where.lost:
        id_ = place(lost.line, f"({lost.why})")
        boxes = within(everything(), DESTINATION, lost.addresses)
        back = within(everything(), SOURCE, lost.addresses)
        rows.add(Row(id_, Action.DENY, (*boxes, *back) if lost.both else boxes, shown(lost.text)))
        if not lost.both and stateful:
            reading.gap(rows, (lost.line, lost.text), "what answers these addresses is discarded", back)
    if not rows.rows:
        return []
    chain = rows.chain("interfaces and routes", Action.PERMIT, versions, stateful=stateful)
    return [replace(chain, of_rules=False)]


def learned_routes(
    reading: Reading, named: Named | None, routes: Iterable[Route], line: int, text: str
) -> None:
    """A routing protocol is at work: of addresses that no route in the text covers, nothing is known.

    A default route covers none. That no learned route is more specific than those in the text is assumed.
    """
    nets = [route.network for route in routes if route.network.prefixlen]
    nets += [net for behind_ in (named or {}).values() for net in behind_]
    covered = of_networks(nets)
    others = {
        version: complement(covered.get(version, ()), whole(version, SOURCE)[0][1]) for version in (4, 6)
    }
    why = "routes learned at run time: name the networks behind the interfaces"
    reading.unread.append(Unread(place(line), shown(text), why, touching(others)))
    reading.assumed.append("no learned route is more specific than the routes in the text")


def attached(named: Named | None, reading: Reading) -> Behind:
    """The named networks as they stand: two things may be attached to the same addresses."""
    named = named or {}
    _say(reading, named, ())
    parts = {name: of_networks(nets) for name, nets in named.items() if nets}
    return Behind(parts, reading.unplaced)


def _say(reading: Reading, named: Named, found: Iterable[list[Route]]) -> None:
    for name, nets in sorted(named.items()):
        reading.assumed.append(f"behind {name} live only {', '.join(map(str, nets))}")
    every = [route for rivals in found for route in rivals if route.distance != _GIVEN]
    read = sorted({route.interface for route in every})
    if read:
        reading.assumed.append(
            f"the networks behind {', '.join(read)} are those of interface addresses and static routes"
        )


def _ends(network: Network) -> tuple[Interval, ...]:
    return ((int(network.network_address), int(network.broadcast_address)),)


def _divided(best: Mapping[Network, list[Route]]) -> list[tuple[Route, Addresses]]:
    """Each address to the longest prefix around it: one sweep, as networks nest or do not meet."""
    out: dict[int, tuple[Route, dict[int, list[Interval]]]] = {}

    def give(network: Network, low: int, high: int) -> None:
        rivals = best[network]
        if low <= high and len(rivals) == 1:
            spans = out.setdefault(id(rivals[0]), (rivals[0], {}))[1]
            spans.setdefault(network.version, []).append((low, high))

    for version in (4, 6):
        nets = sorted(
            (net for net in best if net.version == version),
            key=lambda net: (int(net.network_address), net.prefixlen),
        )
        stack: list[Network] = []
        at = 0
        for net in nets:
            begin = int(net.network_address)
            while stack and int(stack[-1].broadcast_address) < begin:
                top = stack.pop()
                give(top, at, int(top.broadcast_address))
                at = max(at, int(top.broadcast_address) + 1)
            if stack:
                give(stack[-1], at, begin - 1)
            at = begin
            stack.append(net)
        while stack:
            top = stack.pop()
            give(top, at, int(top.broadcast_address))
            at = max(at, int(top.broadcast_address) + 1)
    return [(route, {v: joined(spans) for v, spans in by.items()}) for route, by in out.values()]
