"""Cisco IOS and IOS-XE: what the commands of a text leave in force, before anything is decided.

The text may be a listing or commands as they were typed: `no` takes back, an interface may come twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_address

from ringfence.firewalls.cisco_ios.objects import add_object_group, ios_names
from ringfence.firewalls.cisco_ios.words import COMMANDS, ON_INTERFACE
from ringfence.firewalls.common.ace.objects import Block, Line, continued
from ringfence.firewalls.common.ace.read import Names
from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.interfaces.names import InterfaceNames
from ringfence.firewalls.common.interfaces.switch_ports import vlan_numbers
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.policy.listing import everything
from ringfence.policy.terms import (
    ANY,
    EVERYWHERE,
    Addresses,
    Services,
    both_ways,
    match,
    of_protocol,
    touching,
)

_STEP = 10  # between entries that are given no sequence number
_DHCP_DISTANCE = 254  # of a default route by DHCP
_FOUR: Addresses = {4: EVERYWHERE[4]}
_DHCP: Services = (of_protocol(17, ANY, ((DHCP_SERVER_PORT, DHCP_CLIENT_PORT),)),)


@dataclass(slots=True)
class AccessList:
    standard: bool
    line: Line
    entries: dict[int, Line] = field(default_factory=dict)  # by sequence number
    last: int = 0

    def add(self, line: Line, words: list[str]) -> None:
        """An entry, with its sequence number or behind the last."""
        if not words or words[0] == "remark":
            return
        if words[0].isdecimal() and len(words[0]) < 11:
            number, words = int(words[0]), words[1:]
            if words[:1] == ["remark"]:
                return
        else:
            number = self.last + _STEP
        self.last = max(self.last, number)
        self.entries[number] = line._replace(words=words)

    def remove(self, words: list[str], reading: Reading) -> bool:
        """Take away the entry of this number, or these words; whether it was there."""
        if len(words) == 1 and words[0].isdecimal() and len(words[0]) < 11:
            return self.entries.pop(int(words[0]), None) is not None
        reading.effort(len(self.entries))
        found = [number for number, line in self.entries.items() if line.words == words]
        for number in found:
            del self.entries[number]
        return bool(found)

    def ordered(self) -> list[Line]:
        return [self.entries[number] for number in sorted(self.entries)]


@dataclass(frozen=True, slots=True)
class Binding:
    list: str
    way: str
    interface: str
    line: Line


@dataclass(slots=True)
class Interface:
    name: str
    line: Line
    down: Line | None = None
    lists: dict[str, Binding] = field(default_factory=dict)  # by way
    nets: dict[IPv4Network, tuple[int, Line]] = field(default_factory=dict)
    zone: str = ""
    vlans: set[str] = field(default_factory=set)  # the routed interfaces of the VLANs it is a port of
    lines: list[Line] = field(default_factory=list)  # as they are in force
    crypto: list[tuple[str, Line]] = field(default_factory=list)  # crypto maps
    policies: list[tuple[str, str, Line]] = field(default_factory=list)  # way, policy map
    strays: list[tuple[Line, str]] = field(default_factory=list)


@dataclass(slots=True)
class Config:
    names: Names = field(default_factory=ios_names)
    lists: dict[str, AccessList] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    known: InterfaceNames = field(default_factory=InterfaceNames)
    hops: list[tuple[IPv4Network, list[str], Line]] = field(default_factory=list)
    learned: Line | None = None
    class_maps: dict[str, Block] = field(default_factory=dict)
    policy_maps: dict[str, Block] = field(default_factory=dict)
    parameter_maps: dict[str, list[Line]] = field(default_factory=dict)
    zone_pairs: list[Block] = field(default_factory=list)
    crypto_maps: dict[str, list[Line]] = field(default_factory=dict)  # what stands in their entries
    vlans_off: dict[str, Line] = field(default_factory=dict)  # by the name of their routed interface
    off: dict[str, Down] = field(default_factory=dict)  # interfaces that pass nothing
    words: set[str] = field(default_factory=set)  # of every line that may refer to a list

    def named(self, word: str) -> Interface | None:
        """The interface of this name, which a typed command may shorten."""
        return self.interfaces.get(self.known.find(word))

    def enter(self, word: str, line: Line) -> Interface:
        """The interface of this name, which is new when there is none."""
        name = self.known.find(word)
        if not name:
            name = word
            self.known.add(name)
            self.interfaces[name] = Interface(name, line)
        return self.interfaces[name]

    def remove(self, word: str) -> None:
        """What was said of an interface is gone."""
        if name := self.known.find(word):
            self.known.remove(name)
            del self.interfaces[name]


def take(config: Config, block: Block, reading: Reading) -> None:
    """One command and what stands below it."""
    head = block.head
    match head.words:
        case ["ip", "access-list", "standard" | "extended" as kind, name]:
            found = config.lists.setdefault(name, AccessList(kind == "standard", head))
            _entries(found, block.body, reading)
        case ["access-list", name, *rest] if name.isdecimal():
            number = int(name[:6])
            standard = number < 100 or 1300 <= number < 2000
            config.lists.setdefault(name, AccessList(standard, head)).add(head, rest)
        case ["no", *rest]:
            _take_back(config, rest, head, reading)
        case ["interface", "range", *_]:
            why = "several interfaces at once: take it with show running-config"
            reading.stray(head.number, head.text, why)
        case ["interface", *rest] if rest:
            _interface(config, config.enter("".join(rest), head), block, reading)
        case ["object-group", *_]:
            add_object_group(config.names, block)
        case ["ip", "route", "vrf", *_]:
            pass  # another routing table, whose interfaces say so themselves
        case ["ip", "route", net, mask, *rest] if rest:
            _route(config, (net, mask), rest, head, reading)
        case ["router", *_]:
            config.learned = config.learned or head
            config.words.update(word for line in block.body for word in line.words)
        case ["zone-pair", "security", *_]:
            config.zone_pairs.append(block)
        case ["vlan", numbers]:
            _vlan(config, numbers, block, reading)
        case ["class-map" | "policy-map" | "parameter-map" | "crypto" | "zone", *_]:
            config.words.update(word for line in block.body for word in line.words)
            _map(config, block, reading)
        case _:
            config.words.update(word for line in (head, *block.body) for word in line.words)
            _take_other(head, reading)


def _map(config: Config, block: Block, reading: Reading) -> None:
    """Maps by name; one that comes again goes on."""
    head = block.head
    match head.words:
        case ["class-map" | "policy-map" as kind, *rest] if rest:
            maps = config.class_maps if kind == "class-map" else config.policy_maps
            maps[rest[-1]] = continued(maps.get(rest[-1]), block)
        case ["crypto", "map", name, *_]:
            config.crypto_maps.setdefault(name, []).extend(block.body)
        case ["parameter-map", "type", "inspect" | "inspect-zone", name]:
            config.parameter_maps.setdefault(name, []).extend(block.body)
        case ["parameter-map", "type", "inspect-global"]:
            config.parameter_maps.setdefault("global", []).extend(block.body)
        case ["zone", "security", *_]:
            for line in block.body:
                if line.words[0] == "protection":
                    reading.stray(line.number, line.text, "drops what exceeds the thresholds of its map")
        case _:
            config.words.update(head.words)
            _take_other(head, reading)


def _vlan(config: Config, numbers: str, block: Block, reading: Reading) -> None:
    """`vlan 10,20-29`: one that is shut down or suspended forwards no frame (Command Reference, vlan)."""
    names = _routed_names(numbers)
    reading.effort(len(names))
    gone = {name for name in names if config.vlans_off.get(name, block.head).words[0] == "no"}
    off = {name: line for name, line in config.vlans_off.items() if name not in gone}
    for line in block.body:
        match line.words:
            case ["shutdown"] | ["state", "suspend"]:
                off |= dict.fromkeys(names, line)
            case ["no", "shutdown"] | ["state", "active"]:
                off = {name: old for name, old in off.items() if name not in names}
    config.vlans_off = off


def _routed_names(numbers: str) -> set[str]:
    """The names of the routed interfaces of VLANs."""
    return {f"Vlan{number}" for number in vlan_numbers([numbers])}


def _entries(found: AccessList, body: Iterable[Line], reading: Reading) -> None:
    for line in body:
        if line.words[0] == "no":
            if not found.remove(line.words[1:], reading):
                reading.off(line.number, line.text, "takes back an entry that is not there")
        else:
            found.add(line, line.words)


def _take_back(config: Config, words: list[str], head: Line, reading: Reading) -> None:
    """`no`: what a line above it said is gone."""
    match words:
        case ["ip", "access-list", "standard" | "extended", name] | ["access-list", name, *_]:
            if config.lists.pop(name, None) is None:
                reading.off(head.number, head.text, "takes back a list that is not there")
        case ["interface", *rest]:
            config.remove("".join(rest))
        case ["vlan", numbers]:
            config.vlans_off |= dict.fromkeys(_routed_names(numbers), head)
        case ["class-map" | "policy-map" as kind, *rest] if rest:
            (config.class_maps if kind == "class-map" else config.policy_maps).pop(rest[-1], None)
        case ["ip", "route", net, mask, *rest]:
            reading.effort(len(config.hops))
            config.hops = [
                hop
                for hop in config.hops
                if (str(hop[0].network_address), str(hop[0].netmask)) != (net, mask)
                or hop[1][: len(rest)] != rest
            ]
        case ["router", *_]:
            config.learned = None
        case ["ip", "nat", "service", name, *_]:
            reading.inspection(head.number, f"nat service {name}", on=False, of=name)
        case ["zone-pair", "security", name, *_]:
            config.zone_pairs = [pair for pair in config.zone_pairs if pair.head.words[2:3] != [name]]
        case _:
            # What can drop packets and is switched off drops none; what was never read is not known.
            known = look_up(COMMANDS, head.words)
            if known is not None and known.effect is Effect.DROPS and known != look_up(COMMANDS, words):
                reading.stray(head.number, head.text, known.why)
            elif known is None and look_up(COMMANDS, words) is None and words[:2] != ["ip", "nat"]:
                reading.stray(head.number, head.text, "takes back something that is not known here")


def _take_other(head: Line, reading: Reading) -> None:
    match head.words:
        case ["ip", "nat", "inside" | "outside", "source", *_]:
            reading.nat(head.number, head.text, everything())
        case ["ip", "nat", "translation", name, seconds] if seconds.isdecimal() or seconds == "never":
            reading.timer(head.number, f"nat {name}", int(seconds[:9]) if seconds.isdecimal() else None, None)
        case ["ip", "nat", "service", name, *_]:
            reading.inspection(head.number, f"nat service {name}", on=True, of=name)
        case ["ip", "nat", *_]:
            pass
        case ["ip", "dhcp", "snooping", "vlan", *_]:
            why = "drops DHCP of servers on untrusted ports"
            reading.stray(head.number, head.text, why, both_ways(match(_FOUR, _FOUR, _DHCP)))
        case words:
            known = look_up(COMMANDS, words)
            if known is None or known.effect is Effect.DROPS:
                reading.stray(
                    head.number, head.text, known.why if known else "not a command that is known here"
                )


def _interface(config: Config, interface: Interface, block: Block, reading: Reading) -> None:
    for line in block.body:
        if line.words[0] == "no":
            reading.effort(len(interface.lines))
            length = len(line.words) - 1
            interface.lines = [old for old in interface.lines if old.words[:length] != line.words[1:]]
        interface.lines.append(line)
        match line.words:
            case ["shutdown"]:
                interface.down = line
            case ["no", "shutdown"]:
                interface.down = None
            case ["ip", "address", "dhcp" | "negotiated", *_]:
                interface.nets[IPv4Network("0.0.0.0/0")] = (_DHCP_DISTANCE, line)
            case ["no", "ip", "address", *rest]:
                interface.nets = {} if not rest else interface.nets
            case ["ip", "address", address, mask, *_]:
                try:
                    interface.nets[IPv4Network(f"{address}/{mask}", strict=False)] = (0, line)
                except ValueError:
                    reading.stray(line.number, line.text, "not an address and mask")
            case ["ip", "access-group", list_, "in" | "out" as way]:
                interface.lists[way] = Binding(list_, way, interface.name, line)
            case ["no", "ip", "access-group", *rest]:
                ways = {"in", "out"} & set(rest) or {"in", "out"}
                interface.lists = {w: b for w, b in interface.lists.items() if w not in ways}
            case ["zone-member", "security", zone]:
                interface.zone = zone
            case ["no", "zone-member", *_]:
                interface.zone = ""
            case ["service-policy", "input" | "output" as way, policy]:
                interface.policies.append((way, policy, line))
            case ["no", "service-policy", "input" | "output" as way, *_]:
                interface.policies = [one for one in interface.policies if one[0] != way]
            case words:
                config.words.update(words)
                _on_interface(interface, line)


def _on_interface(interface: Interface, line: Line) -> None:
    match line.words:
        case ["crypto", "map", name, *_]:
            interface.crypto.append((name, line))
        case ["no", "crypto", "map", *_]:
            interface.crypto = []
        case ["switchport", "access" | "voice", "vlan", number]:
            interface.vlans.add(f"Vlan{number}")
    known = look_up(ON_INTERFACE, line.words)
    if line.words[0] == "no":
        interface.strays = [(old, why) for old, why in interface.strays if old.words[:2] != line.words[1:3]]
    elif known is None:
        interface.strays.append((line, "not a command that is known on an interface"))
    elif known.effect is Effect.DROPS:
        interface.strays.append((line, known.why))


def _route(config: Config, to: tuple[str, str], rest: list[str], line: Line, reading: Reading) -> None:
    try:
        network = IPv4Network("/".join(to), strict=False)
    except ValueError:
        reading.stray(line.number, line.text, "not a network and mask")
        return
    config.hops.append((network, rest, line))


def static_routes(config: Config, reading: Reading) -> list[Route]:
    """Interface addresses, and static routes with next hops turned into the interfaces they lie behind."""
    found: list[Route] = []
    for interface in config.interfaces.values():
        down = config.off.get(interface.name)
        for network, (distance, line) in interface.nets.items():
            found.append(Route(interface.name, network, distance, line.number, line.text, down))
    connected = sorted(found, key=lambda route: -route.network.prefixlen)
    for network, rest, line in config.hops:
        distances = [int(word) for word in rest[1:3] if word.isdecimal() and len(word) < 4]
        distance = max(1, distances[0]) if distances else 1
        hop = rest[0]
        if hop.lower() in {"null0", "null"}:
            found.append(Route("", network, distance, line.number, line.text, discards=True))
            continue
        reading.effort(len(connected))
        try:
            address = ip_address(hop)
        except ValueError:
            route = Route(hop, network, distance, line.number, line.text)
            found += _by_interface(config, hop, route, reading)
            continue
        via = next((r for r in connected if r.distance == 0 and address in r.network), None)
        if via is None:
            reading.off(line.number, line.text, "its next hop is on no interface")
        else:
            found.append(Route(via.interface, network, distance, line.number, line.text, via.down))
    return found


def _by_interface(config: Config, hop: str, route: Route, reading: Reading) -> list[Route]:
    """The route, whose interface is the one that `hop` names."""
    own = config.named(hop)
    if own is None and config.interfaces:
        net = route.network
        ends: Addresses = {net.version: ((int(net.network_address), int(net.broadcast_address)),)}
        why = "a route by an interface that is not there"
        reading.stray(route.line, route.text, why, touching(ends))
        return []
    name = own.name if own else hop
    return [route._replace(interface=name, down=config.off.get(name))]
