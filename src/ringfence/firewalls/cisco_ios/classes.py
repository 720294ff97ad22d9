"""Cisco IOS and IOS-XE: class maps and policy maps, for quality of service and for zones.

From the Cisco IOS Quality of Service Command Reference (class-map, policy-map, drop, police) and the Security
Command Reference (class-map type inspect). No device has checked the reading.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ringfence.firewalls.cisco_ios.config import Config, Interface
from ringfence.firewalls.common.ace.names import TCP_PORTS, UDP_PORTS
from ringfence.firewalls.common.ace.objects import Block, Line
from ringfence.firewalls.common.ace.read import parse, parse_standard
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading, Rows, place, shown
from ringfence.firewalls.common.service_names import PROTOCOLS
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box, Row
from ringfence.policy.terms import (
    ANY,
    EVERYWHERE,
    Addresses,
    Services,
    both_ways,
    boxes_in_both,
    match,
    of_protocol,
    within,
    without,
)

_DEPTH = 16  # policy maps within policy maps, class maps within class maps
_IPV4: Addresses = {4: EVERYWHERE[4]}
_HEAD = frozenset({"class-map", "type", "inspect", "match-all", "match-any"})


@dataclass(slots=True)
class Class:
    """A class of a policy map with what is done to its packets."""

    name: str
    line: Line
    actions: list[Line] = field(default_factory=list)


def classes_of(policy: Block) -> Iterable[Class]:
    """The classes in their order; one that comes again goes on."""
    found: dict[str, Class] = {}
    own: Class | None = None
    for line in policy.body:
        if line.words[0] == "class":
            own = found.setdefault(line.words[-1], Class(line.words[-1], line))
        elif own is not None:
            own.actions.append(line)
    return found.values()


def class_boxes(config: Config, name: str, depth: int = 0) -> tuple[Box, ...]:
    """The IPv4 packets of a class. Raises NotUnderstood."""
    if name == "class-default":
        return within(everything(), SOURCE, _IPV4)
    block = config.class_maps.get(name)
    if block is None or depth >= _DEPTH:
        raise NotUnderstood(f"class map {name[:60]} is not there, or contains itself")
    parts = [
        _matched(config, line, depth) for line in block.body if line.words[0] not in {"description", "exit"}
    ]
    if not parts:
        raise NotUnderstood(f"class map {name[:60]} matches nothing that is told")
    if "match-any" in block.head.words:
        return tuple(box for part in parts for box in part)
    found = parts[0]
    for part in parts[1:]:
        found = boxes_in_both(found, part)
    return found


def _matched(config: Config, line: Line, depth: int) -> tuple[Box, ...]:
    match line.words:
        case ["match", "access-group", "name", name] | ["match", "access-group", name]:
            return list_boxes(config, name)
        case ["match", "any"]:
            return within(everything(), SOURCE, _IPV4)
        case ["match", "class-map", name]:
            return class_boxes(config, name, depth + 1)
        case ["match", "protocol", name]:
            return match(_IPV4, _IPV4, _protocol(name))
    raise NotUnderstood(f"{' '.join(line.words)[:60]} is not modelled")


def _protocol(name: str) -> Services:
    """By the well-known ports of the name, which the device takes unless it is told others."""
    if name in {"tcp", "udp", "icmp"}:
        return (of_protocol(PROTOCOLS[name]),)
    word = {"dhcp": "bootps", "dns": "domain"}.get(name, name)
    ports = ((6, TCP_PORTS.get(word)), (17, UDP_PORTS.get(word)))
    found = tuple(of_protocol(number, ANY, ((port, port),)) for number, port in ports if port is not None)
    if not found:
        raise NotUnderstood(f"protocol {name[:60]}, which no packet header shows")
    return found


def list_boxes(config: Config, name: str) -> tuple[Box, ...]:
    """What a list permits: a deny takes its packets out. Raises NotUnderstood."""
    found = config.lists.get(name)
    if found is None:
        raise NotUnderstood(f"access list {name[:60]} is not there")
    denied: tuple[Box, ...] = ()
    permitted: list[Box] = []
    for line in found.ordered():
        entry = (parse_standard if found.standard else parse)(line.words, config.names)
        boxes = entry.boxes()
        if entry.established:
            raise NotUnderstood("established in the list of a class")
        if entry.action is Action.DENY:
            denied += boxes
        else:
            permitted += without(boxes, denied)
    return tuple(permitted)


def encrypted(config: Config, name: str) -> Iterator[tuple[Box, ...]]:
    """The packets of each entry of a crypto map, in both directions; everything where that is not told.

    An entry without a list takes what its peers ask for, which no text tells.
    """
    for line in config.crypto_maps.get(name, ()):
        if line.words[:2] == ["match", "address"]:
            try:
                yield both_ways(list_boxes(config, line.words[-1]))
            except NotUnderstood:
                yield everything()


def service_policies(config: Config, where: Behind, reading: Reading) -> list[Chain]:
    """What policy maps on interfaces drop: `drop`, and a policer whose conforming packets are dropped.

    A policer that drops what exceeds its rate is taken not to be exceeded, and that is said.
    """
    rows = Rows()
    for interface in config.interfaces.values():
        for way, name, line in interface.policies:
            end = SOURCE if way == "input" else DESTINATION
            policy = config.policy_maps.get(name)
            if policy is None:
                reading.stray(line.number, line.text, f"policy map {name[:60]} is not there")
                continue
            around = where.addresses.get(interface.name, EVERYWHERE)
            _drops(config, policy, (interface, end, around), (reading, rows))
    if not rows.rows and not rows.gaps:
        return []
    return [rows.chain("service policies", Action.PERMIT, frozenset({4}), stateful=False)]


def _drops(
    config: Config,
    policy: Block,
    on: tuple[Interface, int, Addresses],
    into: tuple[Reading, Rows],
    depth: int = 0,
) -> None:
    interface, end, around = on
    reading, rows = into
    earlier: tuple[Box, ...] = ()
    unclear = ""
    for one in classes_of(policy):
        dropped = _dropping(one.actions, policy, reading)
        for line in one.actions:
            if line.words[0] == "service-policy" and depth < _DEPTH and line.words[-1] in config.policy_maps:
                _drops(config, config.policy_maps[line.words[-1]], on, into, depth + 1)
        try:
            own = class_boxes(config, one.name)
        except NotUnderstood as error:
            unclear = unclear or str(error)
            own = ()
        if dropped is not None:
            id_ = place(dropped.number, f"class {one.name} {interface.name}")
            try:
                if unclear:
                    raise NotUnderstood(unclear)
                rows.add(
                    Row(id_, Action.DENY, within(without(own, earlier), end, around), shown(dropped.text))
                )
            except NotUnderstood as error:
                region = within(everything(), end, around)
                reading.gap(rows, (dropped.number, dropped.text), str(error), region, Action.DENY)
        earlier += own


def _dropping(actions: Iterable[Line], policy: Block, reading: Reading) -> Line | None:
    """The line by which a class loses its packets whatever their rate."""
    policed = False
    for line in actions:
        words = line.words
        if words == ["drop"] or _follow(words, "conform-action", "drop"):
            return line
        policed = policed or words[0] == "police" or "exceed-action" in words
    if policed:
        reading.assumed.append(
            f"no flow exceeds the rates of policy map {policy.head.words[-1]} ({place(policy.head.number)})"
        )
    return None


def _follow(words: list[str], first: str, second: str) -> bool:
    return any(pair == (first, second) for pair in pairwise(words))
