"""Cisco ASA: reads `show running-config` into rows, each with its line number.

Order of interface lists, the global list and the implicit deny, and what security levels permit without a
list, from the Cisco ASA Series Firewall CLI Configuration Guide 9.x, "Access Rules". No device has checked
the reading.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import NamedTuple

from ringfence.firewalls.cisco_asa.settings import note_settings
from ringfence.firewalls.cisco_asa.words import IGNORED, MATTERING
from ringfence.firewalls.common.ace_objects import (
    Block,
    Line,
    add_group,
    add_name,
    add_object,
    asa_names,
    blocks,
)
from ringfence.firewalls.common.ace_read import Names, parse
from ringfence.firewalls.common.behind import Behind, Named, Route, behind
from ringfence.firewalls.common.reading import Reading, Rows, lines_of, place, shown
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box, Place, Row
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, Addresses, is_any_any, match, within

_BOTH = frozenset({4, 6})
# No access list: the command that opens the way between interfaces of one level, and its last word the way.
SAME_SECURITY = "same-security-traffic permit"


@dataclass(slots=True)
class _Interface:
    name: str
    line: int
    level: int


class _Binding(NamedTuple):
    list: str
    way: str  # in, out or global
    interface: str
    line: Line


@dataclass(slots=True)
class _Config:
    """What the lines say, gathered before anything is decided: groups may be used before their line."""

    names: Names = field(default_factory=asa_names)
    interfaces: dict[str, _Interface] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    lists: dict[str, list[Line]] = field(default_factory=dict)
    bindings: list[_Binding] = field(default_factory=list)
    nat: list[tuple[Line, str]] = field(default_factory=list)  # with the object it stands in
    same_inter: bool = False
    same_intra: bool = False
    learned: Line | None = None


def read(text: str, zones: Named | None = None) -> Listing:
    """The access rules as chains of rows.

    `zones` names the networks behind a `nameif`; without it interface addresses and static routes say so.
    InputError when the text is not an ASA's.
    """
    lines = lines_of(text, "ASA configuration")
    reading = Reading()
    config = _Config()
    found = list(blocks(lines))
    for block in found:
        _take(config, block, reading)
    if not config.lists and not config.interfaces and not config.bindings:
        raise InputError(
            "neither access lists nor interfaces",
            where="ASA configuration",
            remedy="take it with show running-config",
        )
    note_settings(found, reading)
    if lines[0].startswith(": Saved") and not any(line.startswith(": end") for line in lines[-20:]):
        reading.stray(len(lines), lines[-1] or "(end of text)", "the configuration ends before its end mark")
    if config.learned and not zones:
        why = "routes learned at run time: name the networks behind the interfaces"
        reading.stray(config.learned.number, config.learned.text, why)
    where = behind(zones, config.routes, reading)
    for name in zones or ():
        config.interfaces.setdefault(name, _Interface(name, 0, 0))
    chains = [_inbound(config, where, reading), *_outbound(config, where, reading)]
    chains += _same_security(config, where, reading)
    for line, object_ in config.nat:
        _note_nat(config, line, object_, where, reading)
    reading.assumed.append("no flow comes out of a VPN tunnel, which interface lists do not see")
    return reading.listing(chains)


def _take(config: _Config, block: Block, reading: Reading) -> None:
    head = block.head
    words = head.words
    match words:
        case ["name", _, _, *_]:
            add_name(config.names, words)
        case ["object", *_]:
            add_object(config.names, block)
            inner = [line for line in block.body if line.words[0] == "nat"]
            config.nat += [(line, words[2]) for line in inner if len(words) > 2]
        case ["object-group", *_]:
            add_group(config.names, block)
        case ["interface", *_]:
            _interface(config, block, reading)
        case ["access-list", "alert-interval" | "deny-flow-max" | "cached", *_]:
            pass
        case ["access-list", name, *_]:
            config.lists.setdefault(name, []).append(head)
        case ["access-group", name, "global"]:
            config.bindings.append(_Binding(name, "global", "", head))
        case ["access-group", name, "in" | "out" as way, "interface", interface, *rest]:
            _bind(config, _Binding(name, way, interface, head), rest, reading)
        case ["nat" | "static" | "global", *_]:
            config.nat.append((head, ""))
        case _:
            _take_other(config, head, reading)


def _take_other(config: _Config, head: Line, reading: Reading) -> None:
    match head.words:
        case ["route", interface, net, mask, _, *rest]:
            _route(config, (interface, net, mask), rest, head, reading)
        case ["ipv6", "route", interface, net, _, *_]:
            _route6(config, interface, net, head, reading)
        case ["same-security-traffic", "permit", "inter-interface"]:
            config.same_inter = True
        case ["same-security-traffic", "permit", "intra-interface"]:
            config.same_intra = True
        case ["router", *_]:
            config.learned = config.learned or head
        case ["no", *_]:
            pass  # nothing that is switched off lets a packet through that a list does not
        case ["aaa", "authentication" | "authorization", "match" | "include" | "listener", *_]:
            reading.stray(head.number, head.text, "packets pass only after a login")
        case words:
            if words[0].split(":")[0] not in IGNORED or tuple(words[:2]) in MATTERING:
                reading.stray(head.number, head.text, "not a command that is known here")


def _interface(config: _Config, block: Block, reading: Reading) -> None:
    name, level, off = "", 0, ""
    nets: list[tuple[str, Line]] = []
    for line in block.body:
        match line.words:
            case ["nameif", word]:
                name = word
            case ["security-level", word] if word.isdecimal() and len(word) < 4:
                level = int(word)
            case ["shutdown" | "management-only" as word, *_]:
                off = word
            case ["ip", "address", "dhcp" | "pppoe", *rest]:
                if "setroute" in rest:
                    nets.append(("0.0.0.0/0", line))
            case ["ip", "address", address, mask, *_]:
                own = config.names.address(address)
                nets.append((f"{own}/{mask}", line))
            case ["ipv6", "address", prefix_, *_] if "/" in prefix_:
                nets.append((prefix_, line))
            case ["zone-member", *_]:
                reading.stray(line.number, line.text, "a traffic zone")
    if not name or off:
        return
    config.interfaces[name] = _Interface(name, block.head.number, level)
    for net, line in nets:
        try:
            config.routes.append(Route(name, ip_network(net, strict=False), 0, line.number, line.text))
        except ValueError:
            reading.stray(line.number, line.text, "not an address and mask")


def _bind(config: _Config, binding: _Binding, rest: list[str], reading: Reading) -> None:
    if "control-plane" in rest:
        return  # packets to the firewall itself
    if rest == ["per-user-override"]:
        reading.assumed.append(f"no user has a list of their own ({place(binding.line.number)})")
    elif rest:
        reading.stray(binding.line.number, binding.line.text, "not a binding that is known here")
    config.bindings.append(binding)


def _route(config: _Config, to: tuple[str, str, str], rest: list[str], line: Line, reading: Reading) -> None:
    interface, net, mask = to
    try:
        network = ip_network(f"{config.names.address(net)}/{config.names.address(mask)}", strict=False)
    except ValueError:
        reading.stray(line.number, line.text, "not a network and mask")
        return
    metric = int(rest[0]) if rest and rest[0].isdecimal() and len(rest[0]) < 4 else 1
    config.routes.append(Route(interface, network, max(1, metric), line.number, line.text))


def _route6(config: _Config, interface: str, net: str, line: Line, reading: Reading) -> None:
    try:
        config.routes.append(Route(interface, ip_network(net, strict=False), 1, line.number, line.text))
    except ValueError:
        reading.stray(line.number, line.text, "not a prefix")


def _inbound(config: _Config, where: Behind, reading: Reading) -> Chain:
    """What enters an interface: its list, then the global one, then the implicit deny.

    The lists of different interfaces concern packets from different places, so that they can stand one after
    the other. An interface without a list and without a global one goes by security levels.
    """
    rows = Rows()
    by_interface = {b.interface: b for b in config.bindings if b.way == "in"}
    everyone = [b for b in config.bindings if b.way == "global"]
    for name, binding in by_interface.items():
        if name not in config.interfaces:
            reading.off(binding.line.number, binding.line.text, "the interface is off or not there")
            continue
        _rows_of(config, binding, _Clip(SOURCE, name), where, (reading, rows))
    for binding in everyone:
        _rows_of(config, binding, None, where, (reading, rows))
    if not everyone:
        for interface in config.interfaces.values():
            if interface.name not in by_interface:
                _levels(config, interface, where, reading, rows)
    return rows.chain("inbound", Action.DENY, _BOTH, stateful=True)


class _Clip(NamedTuple):
    end: int
    interface: str


def _rows_of(
    config: _Config, binding: _Binding, clip: _Clip | None, where: Behind, into: tuple[Reading, Rows]
) -> None:
    """The entries of a bound list, cut to the packets that enter or leave by its interface."""
    reading, rows = into
    entries = [line for line in config.lists.get(binding.list, []) if "remark" not in line.words[2:5]]
    if not entries:
        why = f"access list {binding.list} has no entries"
        reading.gap(rows, (binding.line.number, binding.line.text), why)
        return
    try:
        around = EVERYWHERE if clip is None else where.of(clip.interface)
    except NotUnderstood as error:
        reading.gap(rows, (binding.line.number, binding.line.text), str(error))
        return
    for line in entries:
        _row_of(config, line, (binding, around, clip.end if clip else SOURCE), reading, rows)


def _row_of(
    config: _Config,
    line: Line,
    bound: tuple[_Binding, Addresses, int],
    reading: Reading,
    rows: Rows,
) -> None:
    binding, around, end = bound
    entry = parse(_entry_words(line.words), config.names)
    if entry.inactive:
        reading.off(line.number, line.text, entry.inactive)
        return
    try:
        if entry.established:
            raise NotUnderstood("established, which an ASA list does not take")
        boxes = within(entry.boxes(), end, around)
    except NotUnderstood as error:
        region = within(entry.region(), end, around)
        reading.gap(rows, (line.number, line.text), str(error), region, entry.action)
        return
    id_ = place(line.number, f"{binding.list} {binding.way} {binding.interface}".strip())
    at = Place(line.number, binding.list, binding.way)
    rows.add(Row(id_, entry.action, boxes, shown(line.text), at))
    if entry.action is Action.PERMIT and is_any_any(entry.source, entry.destination, entry.services):
        reading.any_any.append(id_)


def _entry_words(words: list[str]) -> list[str]:
    """The entry behind `access-list NAME [line 3] [extended]`."""
    rest = words[2:]
    if rest[:1] == ["line"]:
        rest = rest[2:]
    return rest[1:] if rest[:1] == ["extended"] else rest


def _levels(config: _Config, interface: _Interface, where: Behind, reading: Reading, rows: Rows) -> None:
    """Without a list: to lower levels freely, and to equal ones where same-security-traffic says so."""
    text = f"security-level {interface.level} of {interface.name}"
    if not interface.line:
        why = f"interface {interface.name} has no access list, and its security level is not in the text"
        reading.gap(rows, (0, interface.name), why)
        return
    try:
        source = where.of(interface.name)
    except NotUnderstood as error:
        reading.gap(rows, (interface.line, text), str(error))
        return
    for other in config.interfaces.values():
        if other.level > interface.level:
            continue
        try:
            boxes = match(source, where.of(other.name), EVERY_SERVICE)
        except NotUnderstood:
            continue  # no address of the same family there
        id_ = place(interface.line, f"{text} to {other.name} (implicit)")
        rows.add(Row(id_, Action.PERMIT, boxes, text, Place(interface.line), implicit=True))


def _outbound(config: _Config, where: Behind, reading: Reading) -> list[Chain]:
    bindings = [b for b in config.bindings if b.way == "out" and b.interface in config.interfaces]
    if not bindings:
        return []
    rows = Rows()
    for binding in bindings:
        _rows_of(config, binding, _Clip(DESTINATION, binding.interface), where, (reading, rows))
        try:
            rest = within(everything(), DESTINATION, where.of(binding.interface))
        except NotUnderstood:
            continue  # said already: the whole list is a gap
        id_ = place(binding.line.number, f"{binding.list} out {binding.interface} (implicit deny)")
        at = Place(binding.line.number, binding.list, "out")
        rows.add(Row(id_, Action.DENY, rest, binding.line.text, at, implicit=True))
    return [rows.chain("outbound", Action.PERMIT, _BOTH, stateful=True)]


def _same_security(config: _Config, where: Behind, reading: Reading) -> list[Chain]:
    """No list opens the way between interfaces of one level, or back out of the same one."""
    rows = Rows()
    for interface in config.interfaces.values():
        for other in config.interfaces.values():
            same = other is interface
            if other.level != interface.level or (config.same_intra if same else config.same_inter):
                continue
            if interface.line == 0 or other.line == 0:
                continue  # named by a person, of unknown level
            try:
                boxes = match(where.of(interface.name), where.of(other.name), EVERY_SERVICE)
            except NotUnderstood:
                continue
            what = "back out" if same else f"to {other.name} of the same level"
            id_ = place(interface.line, f"{interface.name} {what} (implicit)")
            text = f"no same-security-traffic permit for {interface.name}"
            at = Place(interface.line, SAME_SECURITY, "intra-interface" if same else "inter-interface")
            rows.add(Row(id_, Action.DENY, boxes, text, at, implicit=True))
    return [rows.chain("same-security", Action.PERMIT, _BOTH, stateful=True)] if rows.rows else []


def _note_nat(config: _Config, line: Line, object_: str, where: Behind, reading: Reading) -> None:
    words = line.words
    if object_:
        real, mapped, other = object_, "", ""
    else:
        after = words[words.index("source") + 2 :] if "source" in words else []
        if len(after) < 2:
            reading.nat(line.number, line.text, everything())
            return
        real, mapped = after[0], after[1]
        there = after[after.index("destination") :] if "destination" in after else []
        other = there[2] if len(there) > 3 else ""
        if real == mapped and (not there or there[2:4] == [other, other]):
            reading.off(line.number, line.text, "translates to itself")
            return
    ways = words[1].strip("()").split(",") if len(words) > 1 and "," in words[1] else ["any", "any"]
    inside = _narrowed(config, real, ways[0], where)
    outside = _narrowed(config, other, ways[1], where)
    try:
        boxes: tuple[Box, ...] = match(inside, outside, EVERY_SERVICE) + match(outside, inside, EVERY_SERVICE)
    except NotUnderstood:
        boxes = everything()
    reading.nat(line.number, line.text, boxes)


def _narrowed(config: _Config, name: str, interface: str, where: Behind) -> Addresses:
    """The addresses that a NAT end can have: its object's, else those behind its interface, else any."""
    try:
        return config.names.networks.find(name)
    except NotUnderstood:
        return where.addresses.get(interface, EVERYWHERE)
