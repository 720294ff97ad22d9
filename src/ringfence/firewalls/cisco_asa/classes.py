"""Cisco ASA: what the service policies in force can drop, class by class.

From the Cisco ASA Series Command Reference: class-map, match, police, inspect, service-policy. No device has
checked the reading.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from ringfence.firewalls.cisco_asa.config import Config
from ringfence.firewalls.common.ace_names import TCP_PORTS, UDP_PORTS
from ringfence.firewalls.common.ace_objects import Block, Line
from ringfence.firewalls.common.ace_read import Cursor, operator_ports, parse, protocol_numbers
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading, place
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
_STOPS = frozenset({"drop", "drop-connection", "reset"})


class Maps(NamedTuple):
    """Class maps and policy maps by name, and the lines that put a policy map in force."""

    classes: Mapping[str, Block]
    policies: Mapping[str, Block]
    in_force: tuple[Line, ...]


def maps_of(found: Iterable[Block]) -> Maps:
    classes: dict[str, Block] = {}
    policies: dict[str, Block] = {}
    in_force: list[Line] = []
    for block in found:
        words = block.head.words
        if words[0] in {"class-map", "policy-map"} and len(words) > 1:
            (classes if words[0] == "class-map" else policies)[words[-1]] = block
        elif words[0] == "service-policy" and len(words) > 2:
            in_force.append(block.head)
        elif words[:2] == ["no", "service-policy"]:
            in_force = [line for line in in_force if line.words[1:] != words[2:]]
    return Maps(classes, policies, tuple(in_force))


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
                boxes = own if own is not None else _class_boxes(config, maps, name)
                boxes = boxes_in_both(both_ways(boxes), region)
                reading.stray(action.number, f"class {name}: {action.text.strip()}", why, boxes)
            elif action.words[0] == "police" or action.words[:2] == ["set", "connection"]:
                _assume(action, reading)


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


def _why(action: Line, maps: Maps) -> tuple[str, tuple[Box, ...] | None]:
    """Why the action may drop, "" for one that does not, and its packets where they are not the class's."""
    match action.words:
        case ["police", *rest] if ("conform-action", "drop") in pairwise(rest):
            return "a policer that drops what conforms to its rate", None
        case ["drop", *_]:
            return "drops the class", None
        case [module, *_] if module in _MODULES:
            return f"module {module} decides about the class", None
        case ["inspect", name, *_, inner] if inner in maps.policies and _stops(maps.policies[inner]):
            return f"inspection of {name} drops what its map names", _inspected(name)
        case ["set", "connection", "conn-max" | "per-client-max", word, *_] if (
            word.isdecimal() and word != "0"
        ):
            return "", None
        case [
            "inspect" | "set" | "police" | "priority" | "shape" | "flow-export" | "user-statistics" | "no",
            *_,
        ]:
            return "", None
        case ["service-policy", *_] | ["exit"]:
            return "", None
    return "not an action that is known here", None


def _stops(policy: Block) -> bool:
    return any(_STOPS & set(line.words) for line in policy.body)


def _inspected(name: str) -> tuple[Box, ...]:
    """The default ports of an inspection; everything for one whose ports are not known."""
    word = {"dns": "domain", "ftp": "ftp", "esmtp": "smtp"}.get(name, name)
    ports = ((6, TCP_PORTS.get(word)), (17, UDP_PORTS.get(word)))
    found = tuple(of_protocol(number, ANY, ((port, port),)) for number, port in ports if port is not None)
    return match(EVERYWHERE, EVERYWHERE, found) if found else everything()


def _assume(action: Line, reading: Reading) -> None:
    at = place(action.number)
    if action.words[0] == "police":
        reading.assumed.append(f"no flow exceeds the rate of the policer ({at})")
    elif any(word.endswith("-max") for word in action.words):
        reading.assumed.append(f"no flow exceeds the number of connections allowed ({at})")


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
