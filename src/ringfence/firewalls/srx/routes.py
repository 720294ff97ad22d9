"""Junos SRX: the networks behind zones, interfaces that are down, and routes that discard.

Written from the Junos OS documentation: interfaces, security zones, routing-options. No device has checked
the reading.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.statements import look_up
from ringfence.firewalls.srx.lines import Line, SetCommands, values
from ringfence.firewalls.srx.words import ON_INTERFACE
from ringfence.policy.terms import Addresses, touching

_DISCARDING = frozenset({"discard", "reject", "receive"})  # the last: packets to the device itself
# Of an interface-range: its members, and what decides about frames alone.
_OF_A_RANGE = frozenset({"member", "member-range", "description", "speed", "link-mode", "ether-options"})
_PREFERENCE = 5  # of a static route; an aggregate's is 130
_AGGREGATE = 130
_LEASED = 12  # of a default route that DHCP gave
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
    strays: list[tuple[str, Line, str]] = field(default_factory=list)  # unit, line, why it can drop
    units: set[str] = field(default_factory=set)  # those of which the text says anything
    inactive: dict[str, list[tuple[Line, str]]] = field(default_factory=dict)  # deactivated addresses by unit
    members: dict[str, list[str]] = field(default_factory=dict)  # of bundles
    least: dict[str, int] = field(default_factory=dict)  # so many links a bundle needs
    leased: dict[str, Line] = field(default_factory=dict)  # units with an address and a default route by DHCP
    vlans: dict[str, list[str]] = field(default_factory=dict)  # the ports of each VLAN; `all`: of every one
    routed: dict[str, list[str]] = field(default_factory=dict)  # the VLANs of a routed interface
    _bundles: dict[str, Down | None] = field(default_factory=dict)
    _vlans: dict[str, tuple[Down | None, ...]] = field(default_factory=dict)

    def down(self, unit: str) -> Down | None:
        """Whether the unit, the interface it is a part of, or all that it is made of, passes nothing."""
        name = unit.partition(".")[0]
        for one in (name, unit):
            if one in self.disabled:
                line = self.disabled[one]
                return Down(line.number, line.text, "disabled")
        if unit not in self.units and unit in self.inactive:
            line = self.inactive[unit][0][0]
            return Down(line.number, line.text, "deactivated")
        if unit in self.routed:
            return members_down(off for vlan in (*self.routed[unit], "all") for off in self._ports(vlan))
        if name not in self._bundles:
            lines = [self.disabled.get(one) for one in self.members.get(name, ())]
            parts = [Down(one.number, one.text, "disabled") if one else None for one in lines]
            self._bundles[name] = members_down(parts, self.least.get(name, 1))
        return self._bundles[name]

    def _ports(self, vlan: str) -> tuple[Down | None, ...]:
        """What stands for the ports of a VLAN: that one is up, or why the first is down; nothing for none."""
        if vlan not in self._vlans:
            found = [self.down(one) for one in self.vlans.get(vlan, ()) if one not in self.routed]
            self._vlans[vlan] = () if not found else (members_down(found),)
        return self._vlans[vlan]

    def zones_down(self) -> Mapping[str, Down]:
        """The zones of which every interface is disabled."""
        units: dict[str, list[Down | None]] = {}
        for unit, zone in self.zone_of.items():
            units.setdefault(zone, []).append(self.down(unit))
        return {zone: found[0] for zone, found in units.items() if found[0] and all(found)}


def interfaces_of(commands: SetCommands) -> InterfaceUnits:
    known = InterfaceUnits()
    numbers: dict[str, str] = {}  # of VLANs, to their names
    for line in commands.found:
        match line.words:
            case ["interfaces", "interface-range", _, *rest] if not set(rest[:1]) & _OF_A_RANGE:
                known.ranges.append(line)
            case ["interfaces", name, *rest]:
                _interface(known, name, rest, line)
            case ["security", "zones", "security-zone", zone, "interfaces", name, *_]:
                known.zone_of[_unit(name)] = zone
                known.zone_lines.setdefault(_unit(name), line)
            case ["vlans", vlan, "vlan-id", number]:
                numbers[number] = vlan
            case ["vlans", vlan, "interface", *ports]:
                known.vlans.setdefault(vlan, []).extend(map(_unit, values(ports)))
            case ["vlans", vlan, "l3-interface", name]:
                known.routed.setdefault(_unit(name), []).append(vlan)
            case ["routing-options", *rest]:
                _route(known, rest[2:] if rest[:1] == ["rib"] else rest, line)
    for number, vlan in numbers.items():
        known.vlans.setdefault(vlan, []).extend(known.vlans.get(number, ()))
    for line in commands.deactivated:
        match line.words:
            case ["interfaces", name, "unit", unit, "family", "inet" | "inet6", "address", net, *_]:
                known.inactive.setdefault(f"{name}.{unit}", []).append((line, net))
            case ["security", "zones", "security-zone", _, "interfaces", name, *_]:
                known.zone_lines.setdefault(_unit(name), line)
    return known


def _unit(name: str) -> str:
    return name if "." in name else f"{name}.0"


def _interface(known: InterfaceUnits, name: str, rest: list[str], line: Line) -> None:
    if rest[:1] == ["unit"] and len(rest) > 1:
        unit = f"{name}.{rest[1]}"
        known.units.add(unit)
        _of_unit(known, unit, rest[2:], line)
    match rest:
        case ["disable"]:
            known.disabled[name] = line
        case [_, "redundant-parent" | "802.3ad" | "ieee-802.3ad", bundle]:
            known.members.setdefault(bundle, []).append(name)
        case [_, "minimum-links", least] if least.isascii() and least.isdigit() and len(least) < 4:
            known.least[name] = int(least)
        case _:
            found = look_up(ON_INTERFACE, rest)
            if found is not None:
                unit = f"{name}.{rest[1]}" if rest[:1] == ["unit"] else f"{name}.0"
                known.strays.append((unit, line, found.why))


def _of_unit(known: InterfaceUnits, unit: str, rest: list[str], line: Line) -> None:
    match rest:
        case ["disable"] | ["family", "inet", "disable"]:
            known.disabled[unit] = line
        case ["family", "inet" | "inet6", "address", net, *_]:
            known.addresses.append((unit, line, net))
        case ["family", "inet", "dhcp" | "dhcp-client", *_]:
            known.leased.setdefault(unit, line)
        case ["family", _, "filter" | "simple-filter", *_] | ["filter", *_]:
            known.filters.append((unit, line))
        case ["family", _, "policer", *_]:
            known.policers.append(line)
        case ["family", "ethernet-switching", "vlan", "members", *vlans]:
            for vlan in values(vlans):
                known.vlans.setdefault(vlan, []).append(unit)


def _route(known: InterfaceUnits, rest: list[str], line: Line) -> None:
    match rest:
        case ["static", "route", net, key, *more]:
            route = known.static.setdefault(net, _Static(line))
            route.attributes.setdefault(key, more[0] if more else "")
        case ["aggregate" | "generate", "route", net, *_]:
            known.static.setdefault(net, _Static(line, aggregate=True))


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
        down = known.down(interface)
        if interface in known.zone_of:
            routes.append(Route(known.zone_of[interface], network, 0, line.number, line.text, down))
        elif known.zone_of and not is_own(interface):
            # Its network is there, and what comes from it or goes to it is dropped.
            unzoned = Down(line.number, line.text, "it is in no zone")
            routes.append(Route(interface, network, 0, line.number, line.text, down or unzoned))
    for interface, line in known.leased.items():
        if interface in known.zone_of:
            zone, down = known.zone_of[interface], known.down(interface)
            routes.append(Route(zone, ip_network("0.0.0.0/0"), _LEASED, line.number, line.text, down))
    for interface, lines in known.inactive.items():
        zone = known.zone_of.get(interface, interface)
        for line, net in lines:
            off = Down(line.number, line.text, "deactivated")
            with suppress(ValueError):
                routes.append(Route(zone, ip_network(net, strict=False), 0, line.number, line.text, off))
    connected = sorted(
        (route for route in routes if route.distance == 0), key=lambda route: -route.network.prefixlen
    )
    for net, route in known.static.items():
        _static(net, route, known, (connected, routes, reading))
    hops = {route.attributes.get("next-hop") for route in known.static.values()}
    behind = {interface for interface, _, _ in known.addresses} | hops | known.leased.keys()
    for interface, zone in known.zone_of.items():
        if interface not in behind and zone not in named and known.down(interface) is None:
            why = "the networks behind it are not in the text: name the networks behind its zone"
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
    if "no-install" in route.attributes:
        reading.off(line.number, line.text, "it is not installed")
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
