"""Cisco IOS and IOS-XE: reads `show running-config` into rows, each with its line number.

Grammar and the implicit deny from the Cisco IOS Security Command Reference (ip access-list, permit, deny,
ip access-group, object-group). The lists keep no state. No device has checked the reading.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_address, ip_network
from typing import NamedTuple

from ringfence.firewalls.cisco_ios.objects import add_group, ios_names
from ringfence.firewalls.cisco_ios.words import IGNORED, ON_INTERFACE
from ringfence.firewalls.common.ace_objects import Block, Line, blocks
from ringfence.firewalls.common.ace_read import Entry, Names, parse, parse_standard
from ringfence.firewalls.common.behind import Behind, Named, Route, behind
from ringfence.firewalls.common.reading import Reading, Rows, lines_of, place, shown
from ringfence.firewalls.recognise import expect
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Place, Row
from ringfence.policy.terms import Addresses, is_any_any, within

_FOUR = frozenset({4})


class _List(NamedTuple):
    standard: bool
    entries: list[Line]


class _Binding(NamedTuple):
    list: str
    way: str
    interface: str
    line: Line


@dataclass(slots=True)
class _Config:
    names: Names = field(default_factory=ios_names)
    lists: dict[str, _List] = field(default_factory=dict)
    bindings: list[_Binding] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    hops: list[tuple[IPv4Network, list[str], Line]] = field(default_factory=list)
    learned: Line | None = None


def read(text: str, zones: Named | None = None) -> Listing:
    """The access lists in force as chains of rows.

    `zones` names the networks behind interfaces; without it interface addresses and static routes say so.
    InputError when the text is not an IOS device's.
    """
    lines = lines_of(text, "IOS configuration")
    expect(text, "cisco-ios")
    reading = Reading()
    config = _Config()
    for block in blocks(lines, banners=True):
        _take(config, block, reading)
    whole = any(line.startswith(("Building configuration", "Current configuration")) for line in lines[:20])
    if whole and not any(line.strip() == "end" for line in lines[-20:]):
        reading.stray(len(lines), lines[-1] or "(end of text)", "the configuration ends before its end mark")
    if config.learned and not zones:
        why = "routes learned at run time: name the networks behind the interfaces"
        reading.stray(config.learned.number, config.learned.text, why)
    _resolve_hops(config, reading)
    where = behind(zones, config.routes, reading)
    chains = [
        _chain(config, "in", where, reading),
        _chain(config, "out", where, reading),
    ]
    reading.assumed.append("these lists filter IPv4 only")
    return reading.listing([chain for chain in chains if chain.rows or chain.gaps])


def _take(config: _Config, block: Block, reading: Reading) -> None:
    head = block.head
    match head.words:
        case ["ip", "access-list", "standard" | "extended" as kind, name]:
            found = config.lists.setdefault(name, _List(kind == "standard", []))
            found.entries.extend(block.body)
        case ["ip", "access-list", "resequence" | "log-update" | "logging" | "persistent", *_]:
            pass
        case ["access-list", name, *_] if name.isdecimal():
            number = int(name[:6])
            standard = number < 100 or 1300 <= number < 2000
            config.lists.setdefault(name, _List(standard, [])).entries.append(head)
        case ["interface", name, *rest]:
            _interface(config, "".join([name, *rest]), block, reading)
        case ["object-group", *_]:
            add_group(config.names, block)
        case ["ip", "route", "vrf", *_]:
            pass  # another routing table, whose interfaces say so themselves
        case ["ip", "route", net, mask, *rest] if rest:
            _route(config, (net, mask), rest, head, reading)
        case ["router", *_]:
            config.learned = config.learned or head
        case _:
            _take_other(head, reading)


def _take_other(head: Line, reading: Reading) -> None:
    match head.words:
        case ["ip", "nat", "inside" | "outside", "source", *_]:
            reading.nat(head.number, head.text, everything())
        case ["ip", "nat", "translation", name, seconds] if seconds.isdecimal() or seconds == "never":
            reading.timer(head.number, f"nat {name}", int(seconds[:9]) if seconds.isdecimal() else None, None)
        case ["ip", "nat", "service", name, *_]:
            reading.inspection(head.number, f"nat service {name}", on=True, of=name)
        case ["no", "ip", "nat", "service", name, *_]:
            reading.inspection(head.number, f"nat service {name}", on=False, of=name)
        case ["ip", "nat", *_] | ["no", *_]:
            pass
        case ["ip", "inspect", *_]:
            reading.stray(head.number, head.text, "inspection opens lists for answers")
        case words:
            if words[0] not in IGNORED:
                reading.stray(head.number, head.text, "not a command that is known here")


def _interface(config: _Config, name: str, block: Block, reading: Reading) -> None:
    bound: list[_Binding] = []
    routes: list[Route] = []
    off = False
    for line in block.body:
        match line.words:
            case ["shutdown"]:
                off = True
            case ["ip", "address", "dhcp", *_]:
                routes.append(Route(name, ip_network("0.0.0.0/0"), 254, line.number, line.text))
            case ["ip", "address", address, mask, *_]:
                try:
                    network = ip_network(f"{address}/{mask}", strict=False)
                except ValueError:
                    reading.stray(line.number, line.text, "not an address and mask")
                    continue
                routes.append(Route(name, network, 0, line.number, line.text))
            case ["ip", "access-group", list_, "in" | "out" as way]:
                bound.append(_Binding(list_, way, name, line))
            case ["no", *_] | []:
                pass
            case words:
                if any(tuple(words[: len(found)]) == found for found in ON_INTERFACE):
                    reading.stray(line.number, line.text, "a filter on the interface that is not modelled")
    if not off:
        config.bindings += bound
        config.routes += routes


def _route(config: _Config, to: tuple[str, str], rest: list[str], line: Line, reading: Reading) -> None:
    try:
        network = IPv4Network("/".join(to), strict=False)
    except ValueError:
        reading.stray(line.number, line.text, "not a network and mask")
        return
    config.hops.append((network, rest, line))


def _resolve_hops(config: _Config, reading: Reading) -> None:
    """Turn next hops into the interfaces on whose networks they lie."""
    connected = sorted(config.routes, key=lambda route: -route.network.prefixlen)
    for network, rest, line in config.hops:
        distances = [int(word) for word in rest[1:3] if word.isdecimal() and len(word) < 4]
        distance = max(1, distances[0]) if distances else 1
        interface = rest[0]
        if interface.lower() == "null0":
            continue  # nothing lives there, and what is sent there is lost
        try:
            hop = ip_address(interface)
        except ValueError:
            config.routes.append(Route(interface, network, distance, line.number, line.text))
            continue
        via = next((r for r in connected if r.distance == 0 and hop in r.network), None)
        if via is None:
            reading.off(line.number, line.text, "its next hop is on no interface")
        else:
            config.routes.append(Route(via.interface, network, distance, line.number, line.text))


def _chain(config: _Config, way: str, where: Behind, reading: Reading) -> Chain:
    """The lists on the interfaces that packets come in by, or go out by; without a list they pass."""
    rows = Rows()
    end = SOURCE if way == "in" else DESTINATION
    for binding in config.bindings:
        if binding.way != way:
            continue
        found = config.lists.get(binding.list)
        try:
            around = where.of(binding.interface)
            # An empty list is no list to IOS, and a list to others: whichever, it is a mistake.
            if found is None or not found.entries:
                raise NotUnderstood(f"access list {binding.list} is not there or empty")
        except NotUnderstood as error:
            reading.gap(rows, (binding.line.number, binding.line.text), str(error))
            continue
        for line in _ordered(found.entries):
            _row_of(config, line, (binding, found.standard, end, around), reading, rows)
        id_ = place(binding.line.number, f"{binding.list} {way} {binding.interface} (implicit deny)")
        rest = within(everything(), end, around)
        at = Place(binding.line.number, binding.list, way)
        rows.add(Row(id_, Action.DENY, rest, binding.line.text, at, implicit=True))
    return rows.chain(f"access lists {way}", Action.PERMIT, _FOUR, stateful=False)


def _ordered(entries: list[Line]) -> list[Line]:
    """By sequence number where every entry has one, as the device keeps them; else as they stand."""
    numbers = [line.words[0] for line in entries]
    if all(word.isascii() and word.isdigit() and len(word) < 12 for word in numbers):
        return sorted(entries, key=lambda line: int(line.words[0]))
    return entries


def _row_of(
    config: _Config,
    line: Line,
    bound: tuple[_Binding, bool, int, Addresses],
    reading: Reading,
    rows: Rows,
) -> None:
    binding, standard, end, around = bound
    words = line.words[2:] if line.words[0] == "access-list" else line.words
    if words and words[0].isdecimal():  # the sequence number
        words = words[1:]
    if words[:1] == ["remark"] or not words:
        return
    entry: Entry = (parse_standard if standard else parse)(words, config.names)
    try:
        boxes = within(entry.boxes(), end, around)
    except NotUnderstood as error:
        region = within(entry.region(), end, around)
        reading.gap(rows, (line.number, line.text), str(error), region, entry.action)
        return
    row = Row(
        place(line.number, f"{binding.list} {binding.way} {binding.interface}"),
        entry.action,
        boxes,
        shown(line.text),
        Place(line.number, binding.list, binding.way),
    )
    if entry.established:
        rows.answers.append(row)  # it takes no segment that opens a connection
        return
    rows.add(row)
    if entry.action is Action.PERMIT and is_any_any(entry.source, entry.destination, entry.services):
        reading.any_any.append(row.id)
