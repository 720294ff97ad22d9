"""Junos SRX: the networks behind zones, interfaces that are down, and routes that discard.

Written from the Junos OS documentation: interfaces, security zones, routing-options. No device has checked
the reading.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.srx.lines import Line
from ringfence.policy.terms import Addresses, touching

_DISCARDING = frozenset({"discard", "reject"})
# Of an interface-range: its members, and what decides about frames alone.
_OF_A_RANGE = frozenset({"member", "member-range", "description", "speed", "link-mode", "ether-options"})
_PREFERENCE = 5  # of a static route; an aggregate's is 130
_AGGREGATE = 130
# Interfaces of the firewall itself: what passes filters there is addressed to it.
_OWN = ("lo0", "fxp", "em", "me0", "vme")


@dataclass(slots=True)
class _Static:
    line: Line
    attributes: dict[str, str] = field(default_factory=dict)
    aggregate: bool = False


@dataclass(slots=True)
class InterfaceUnits:
    """What the lines say of interfaces and routes; a unit is named `ge-0/0/0.20`."""

    addresses: list[tuple[str, Line, str]] = field(default_factory=list)
    zone_of: dict[str, str] = field(default_factory=dict)
    zone_lines: dict[str, Line] = field(default_factory=dict)
    disabled: dict[str, Line] = field(default_factory=dict)
    static: dict[str, _Static] = field(default_factory=dict)
    filters: list[tuple[str, Line]] = field(default_factory=list)
    policers: list[Line] = field(default_factory=list)
    ranges: list[Line] = field(default_factory=list)  # a setting of several interfaces at once

    def down(self, unit: str) -> Down | None:
        """Whether the unit, or the interface it is a part of, is disabled."""
        for name in (unit.partition(".")[0], unit):
            if name in self.disabled:
                line = self.disabled[name]
                return Down(line.number, line.text, "disabled")
        return None

    def zones_down(self) -> Mapping[str, Down]:
        """The zones of which every interface is disabled."""
        units: dict[str, list[Down | None]] = {}
        for unit, zone in self.zone_of.items():
            units.setdefault(zone, []).append(self.down(unit))
        return {zone: found[0] for zone, found in units.items() if found[0] and all(found)}


def interfaces_of(found: Iterable[Line]) -> InterfaceUnits:
    known = InterfaceUnits()
    for line in found:
        match line.words:
            case ["interfaces", "interface-range", _, *rest] if not set(rest[:1]) & _OF_A_RANGE:
                known.ranges.append(line)
            case ["interfaces", name, "disable"]:
                known.disabled[name] = line
            case ["interfaces", name, "unit", unit, "disable"]:
                known.disabled[f"{name}.{unit}"] = line
            case ["interfaces", name, "unit", unit, "family", "inet" | "inet6", "address", net, *_]:
                known.addresses.append((f"{name}.{unit}", line, net))
            case ["interfaces", name, "unit", unit, "family", _, "filter" | "simple-filter", *_]:
                known.filters.append((f"{name}.{unit}", line))
            case ["interfaces", name, "unit", unit, "filter", *_]:
                known.filters.append((f"{name}.{unit}", line))
            case ["interfaces", name, "unit", unit, "family", _, "policer", *_]:
                known.policers.append(line)
            case ["security", "zones", "security-zone", zone, "interfaces", name, *_]:
                interface = name if "." in name else f"{name}.0"
                known.zone_of[interface] = zone
                known.zone_lines.setdefault(interface, line)
            case ["routing-options", *rest]:
                rest = rest[2:] if rest[:1] == ["rib"] else rest
                match rest:
                    case ["static", "route", net, key, *more]:
                        route = known.static.setdefault(net, _Static(line))
                        route.attributes.setdefault(key, more[0] if more else "")
                    case ["aggregate" | "generate", "route", net, *_]:
                        known.static.setdefault(net, _Static(line, aggregate=True))
    return known


def zone_routes(known: InterfaceUnits, named: Collection[str], reading: Reading) -> list[Route]:
    """Interface addresses and static routes, by the zones that the interfaces are in.

    Of a zone that is not in `named`, an interface of which neither is known is left unread.
    """
    routes: list[Route] = []
    for interface, line, net in known.addresses:
        try:
            network = ip_network(net, strict=False)
        except ValueError:
            reading.stray(line.number, line.text, "not an address and length")
            continue
        if interface in known.zone_of:
            zone, down = known.zone_of[interface], known.down(interface)
            routes.append(Route(zone, network, 0, line.number, line.text, down))
    connected = sorted(routes, key=lambda route: -route.network.prefixlen)
    for net, route in known.static.items():
        _static(net, route, known, (connected, routes, reading))
    hops = {route.attributes.get("next-hop") for route in known.static.values()}
    behind = {interface for interface, _, _ in known.addresses} | hops
    for interface, zone in known.zone_of.items():
        if interface not in behind and zone not in named and not known.down(interface):
            why = "what lives behind it is not in the text: name the networks behind its zone"
            line = known.zone_lines[interface]
            reading.stray(line.number, line.text, why)
    return routes


def _static(
    net: str,
    route: _Static,
    known: InterfaceUnits,
    into: tuple[list[Route], list[Route], Reading],
) -> None:
    connected, routes, reading = into
    line = route.line
    try:
        network = ip_network(net, strict=False)
    except ValueError:
        reading.stray(line.number, line.text, "not a network")
        return
    if route.aggregate or route.attributes.keys() & _DISCARDING:
        distance = _AGGREGATE if route.aggregate else _PREFERENCE
        routes.append(Route("", network, distance, line.number, line.text, discards=True))
        return
    hop = route.attributes.get("next-hop") or route.attributes.get("qualified-next-hop") or ""
    zone, down = known.zone_of.get(hop, ""), known.down(hop)
    if not zone:
        reading.effort(len(connected))
        try:
            via = next((r for r in connected if ip_address(hop) in r.network), None)
        except ValueError:
            via = None
        zone, down = (via.interface, via.down) if via else ("", None)
    if zone:
        routes.append(Route(zone, network, _PREFERENCE, line.number, line.text, down))
    else:
        ends: Addresses = {network.version: ((int(network.network_address), int(network.broadcast_address)),)}
        reading.stray(line.number, line.text, "a route whose zone is not known", touching(ends))


def is_own(unit: str) -> bool:
    """Whether packets there are addressed to the firewall itself."""
    return unit.startswith(_OWN)
