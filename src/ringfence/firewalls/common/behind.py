"""Which networks live behind which interface or zone: as named, else by interface addresses and routes.

Rules bound to an interface become rules on addresses by it. As in a routing table the longest prefix decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from ringfence.firewalls.common.reading import Reading, shown
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.policy.listing import Unread
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Interval, joined
from ringfence.policy.terms import Addresses, touching, union

Named: TypeAlias = Mapping[str, tuple[Network, ...]]

_GIVEN = -1  # nearer than any route


class Route(NamedTuple):
    """A network reached through `interface`; the smaller `distance` wins (0: connected)."""

    interface: str
    network: Network
    distance: int
    line: int
    text: str


@dataclass(slots=True)
class Behind:
    """The addresses behind each name. `of` raises NotUnderstood for a name with none.

    `unplaced` gathers the names that were asked for in vain.
    """

    addresses: dict[str, Addresses] = field(default_factory=dict)
    unplaced: dict[str, None] = field(default_factory=dict)

    def of(self, name: str) -> Addresses:
        if name not in self.addresses:
            self.unplaced[name] = None
            raise NotUnderstood(f"interface {name} has no networks named for it")
        return self.addresses[name]

    def zone(self, interfaces: Iterable[str]) -> Addresses:
        """The addresses behind any of the interfaces."""
        return union(self.of(name) for name in interfaces)


def behind(named: Named | None, routes: Iterable[Route], reading: Reading) -> Behind:
    """Divide the addresses among the names; `named` takes the place of what the routes say of a name.

    One network behind two names at the same distance is left unread. Says in `reading.assumed` what it rests
    on.
    """
    named = named or {}
    best: dict[Network, list[Route]] = {}
    given = [Route(name, net, _GIVEN, 0, name) for name, nets in named.items() for net in nets]
    for route in (*given, *routes):
        if route.distance != _GIVEN and route.interface in named:
            continue
        rivals = best.setdefault(route.network, [])
        if rivals and route.distance > rivals[0].distance:
            if rivals[0].distance >= 0 and route.interface != rivals[0].interface:
                reading.off(route.line, route.text, "a backup route")
            continue
        if rivals and route.distance < rivals[0].distance:
            rivals.clear()
        if all(route.interface != rival.interface for rival in rivals):
            rivals.append(route)
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
    return Behind(_divided(best), reading.unplaced)


def attached(named: Named | None, reading: Reading) -> Behind:
    """The named networks as they stand: two things may be attached to the same addresses."""
    named = named or {}
    _say(reading, named, ())
    parts = {name: union({net.version: _ends(net)} for net in nets) for name, nets in named.items() if nets}
    return Behind(parts, reading.unplaced)


def _say(reading: Reading, named: Named, found: Iterable[list[Route]]) -> None:
    for name, nets in sorted(named.items()):
        reading.assumed.append(f"behind {name} live only {', '.join(map(str, nets))}")
    read = sorted({route.interface for rivals in found for route in rivals if route.distance != _GIVEN})
    if read:
        reading.assumed.append(
            f"behind {', '.join(read)} lives what interface addresses and static routes say"
        )


def _ends(network: Network) -> tuple[Interval, ...]:
    return ((int(network.network_address), int(network.broadcast_address)),)


def _divided(best: Mapping[Network, list[Route]]) -> dict[str, Addresses]:
    """Each address to the longest prefix around it: one sweep, as networks nest or do not meet."""
    out: dict[str, dict[int, list[Interval]]] = {}

    def give(network: Network, low: int, high: int) -> None:
        rivals = best[network]
        if low <= high and len(rivals) == 1:
            out.setdefault(rivals[0].interface, {}).setdefault(network.version, []).append((low, high))

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
    return {name: {v: joined(spans) for v, spans in by.items()} for name, by in out.items()}
