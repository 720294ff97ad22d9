"""Cisco ASA: what the service policies in force can drop, class by class.

From the Cisco ASA Series Command Reference: class-map, match, police, inspect, service-policy. No device has
checked the reading.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from ringfence.firewalls.cisco_asa.config import Config
from ringfence.firewalls.common.ace.names import TCP_PORTS, UDP_PORTS
from ringfence.firewalls.common.ace.objects import Block, Line, continued
from ringfence.firewalls.common.ace.read import Cursor, operator_ports, parse, protocol_numbers
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading, place
from ringfence.model.defaults import DISCOVERY_PORT, RAS_PORT, SIGNALLING_PORT
from ringfence.model.policy import Action
from ringfence.policy.listing import everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box
from ringfence.policy.terms import (
    ANY,
    EVERYWHERE,
    Services,
    both_ways,
    boxes_in_both,
    match,
    of_protocol,
    touching,
)

_MODULES = frozenset({"ips", "sfr", "cxsc", "csc"})
_STOPS = frozenset(
    ("drop", "drop-connection", "reset", "state-checking", "rtp-conformance", "call-party-numbers")
)
_LIMITS = frozenset({"conn-max", "per-client-max", "embryonic-conn-max", "per-client-embryonic-max"})
_BYPASSES = frozenset({"tcp-state-bypass", "sctp-state-bypass", "sctp-permit-multi-homing-ignore"})
_VERIFIES = frozenset({"checksum-verification", "check-retransmission"})
_HARMLESS = frozenset(
    (
        "inspect",
        "set",
        "police",
        "priority",
        "shape",
        "flow-export",
        "user-statistics",
        "no",
        "service-policy",
    )
) | {"exit"}
_TCP = match(EVERYWHERE, EVERYWHERE, (of_protocol(6),))


class Maps(NamedTuple):
    """Class maps, policy maps and TCP maps by name, and the lines that put a policy map in force."""

    classes: Mapping[str, Block]
    policies: Mapping[str, Block]
    tcp: Mapping[str, Block]
    in_force: tuple[Line, ...]


def maps_of(found: Iterable[Block]) -> Maps:
    maps: dict[str, dict[str, Block]] = {"class-map": {}, "policy-map": {}, "tcp-map": {}}
    in_force: list[Line] = []
    for block in found:
        match block.head.words:
            case ["class-map" | "policy-map" | "tcp-map" as kind, *_, name]:
                maps[kind][name] = continued(maps[kind].get(name), block)
            case ["no", "class-map" | "policy-map" | "tcp-map" as kind, *_, name]:
                maps[kind].pop(name, None)
            case ["service-policy", _, _, *_]:
                in_force.append(block.head)
            case ["no", "service-policy", *rest]:
                in_force = [line for line in in_force if line.words[1:] != rest]
    return Maps(maps["class-map"], maps["policy-map"], maps["tcp-map"], tuple(in_force))


def note_drops(config: Config, maps: Maps, where: Behind, reading: Reading) -> None:
    """Each line by which a policy in force may drop, with the packets of its class that it can concern."""
    for line in maps.in_force:
        policy = maps.policies.get(line.words[1])
        if policy is None:
            reading.stray(line.number, line.text, f"policy map {line.words[1][:60]} is not there")
            continue
        around = (
            where.addresses.get(line.words[3])
            if line.words[2] == "interface" and len(line.words) > 3
            else None
        )
        region = everything() if around is None else touching(around)
        for name, action in _actions(policy):
            why, own = _why(action, maps)
            if why:
                boxes = boxes_in_both(both_ways(_class_boxes(config, maps, name)), region)
                boxes = boxes_in_both(boxes, own) if own else boxes
                reading.stray(action.number, f"class {name}: {action.text.strip()}", why, boxes)
            elif action.words[0] == "police":
                at = place(action.number)
                reading.assumed.append(f"no flow exceeds the rate of the policer ({at})")


def note_encrypted(config: Config, where: Behind, reading: Reading) -> None:
    """The packets that a crypto map in force takes: what comes in clear and matches it is dropped as forged.

    An entry without a list takes what its peers ask for, which no text tells.
    """
    for name, interface, line in config.encrypting:
        around = where.addresses.get(interface)
        region = everything() if around is None else touching(around)
        for list_ in config.crypto_maps.get(name, ()):
            boxes = boxes_in_both(both_ways(tuple(_list_boxes(config, list_))), region)
            why = f"packets in clear that {list_[:60]} encrypts are dropped"
            if boxes:
                reading.stray(line.number, line.text, why, boxes)


def _actions(policy: Block) -> Iterator[tuple[str, Line]]:
    name = ""
    for line in policy.body:
        if line.words[0] == "class":
            name = line.words[-1]
        elif line.words[0] not in {"description", "parameters"}:
            yield name, line


def _why(action: Line, maps: Maps) -> tuple[str, tuple[Box, ...]]:
    """Why the action may drop, "" for one that does not, and what of its class that concerns: () for all."""
    match action.words:
        case ["police", *rest] if ("conform-action", "drop") in pairwise(rest):
            return "a policer that drops what conforms to its rate", ()
        case ["drop", *_]:
            return "drops the class", ()
        case [module, *_] if module in _MODULES:
            return f"module {module} decides about the class", ()
        case ["inspect", name, *rest, inner] if inner in maps.policies and _stops(maps.policies[inner]):
            return f"inspection of {name} drops what its map names", _inspected(name, rest)
        case ["set", "connection", "advanced-options", name] if name not in _BYPASSES:
            return _normalized(maps.tcp.get(name), name), _TCP
        case ["set", "connection", *rest] if any(
            key in _LIMITS and count.isdecimal() and count.strip("0") for key, count in pairwise(rest)
        ):
            return "a limit on connections: what exceeds it is dropped, or answered in the server's place", ()
        case [word, *_] if word in _HARMLESS:
            return "", ()
    return "not an action that is known here", ()


def _normalized(tcp_map: Block | None, name: str) -> str:
    """Why a TCP map may drop: the segments that it names, or those whose checksum it looks at."""
    if tcp_map is None:
        return f"TCP map {name[:60]} is not there"
    drops = [line for line in tcp_map.body if "drop" in line.words or line.words[0] in _VERIFIES]
    return f"TCP map {name[:60]} drops ({place(drops[0].number)}: {drops[0].text.strip()})" if drops else ""


def _stops(policy: Block) -> bool:
    return any(_STOPS & set(line.words) for line in policy.body)


def _inspected(name: str, rest: list[str]) -> tuple[Box, ...]:
    """The default ports of an inspection; everything for one whose ports are not known."""
    if name == "h323":
        ports = ((17, (DISCOVERY_PORT, RAS_PORT)),) if rest[:1] == ["ras"] else ((6, (SIGNALLING_PORT,) * 2),)
        return match(
            EVERYWHERE, EVERYWHERE, tuple(of_protocol(number, ANY, (span,)) for number, span in ports)
        )
    word = {"dns": "domain", "ftp": "ftp", "esmtp": "smtp"}.get(name, name)
    known = ((6, TCP_PORTS.get(word)), (17, UDP_PORTS.get(word)))
    found = tuple(of_protocol(number, ANY, ((port, port),)) for number, port in known if port is not None)
    return match(EVERYWHERE, EVERYWHERE, found) if found else ()


def _class_boxes(config: Config, maps: Maps, name: str) -> tuple[Box, ...]:
    """Every packet that the class can have."""
    block = maps.classes.get(name)
    lines = [line for line in block.body if line.words[0] == "match"] if block else []
    parts: list[Box] = []
    for line in lines:
        match line.words:
            case ["match", "access-list", list_]:
                parts += _list_boxes(config, list_)
            case ["match", "port", protocol, *rest]:
                try:
                    protocols = protocol_numbers(protocol)
                    ports = operator_ports(Cursor(rest), protocols)
                    services: Services = tuple(of_protocol(number, ANY, ports) for number in protocols)
                    parts += match(EVERYWHERE, EVERYWHERE, services)
                except NotUnderstood:
                    return everything()
            case _:
                return everything()
    return tuple(parts) or everything()


def _list_boxes(config: Config, name: str) -> Iterator[Box]:
    for line in config.lists.get(name, ()):
        words = line.words[3:] if line.words[2:3] == ["extended"] else line.words[2:]
        if words[:1] != ["remark"]:
            entry = parse(words, config.names)
            if entry.action is Action.PERMIT:
                try:
                    yield from entry.boxes()
                except NotUnderstood:
                    yield from entry.region()
