"""Cisco ASA: what the commands of a text leave in force, before anything is decided.

The text may be a listing or commands as they were typed: `no` and `clear configure` take back, `line N` puts
an entry before others. Groups may be used before their line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import NamedTuple

from ringfence.firewalls.cisco_asa.words import COMMANDS, ON_INTERFACE
from ringfence.firewalls.common.ace_objects import (
    Block,
    Line,
    add_group,
    add_name,
    add_object,
    names_with_masks,
)
from ringfence.firewalls.common.ace_read import Names
from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.common.statements import Effect, look_up

_HIT_COUNT = "(hitcnt="  # `show access-list` puts it, and a hash, behind each entry
_INSIDE = 100  # the security level of an interface called inside (Command Reference, security-level)


@dataclass(slots=True)
class Interface:
    """An interface by its `nameif`; `line` 0: a person named it, and its level is not known."""

    name: str
    line: int
    level: int
    down: Down | None = None


class Binding(NamedTuple):
    list: str
    way: str  # in, out or global
    interface: str
    line: Line


@dataclass(slots=True)
class Config:
    names: Names = field(default_factory=names_with_masks)
    hardware: dict[str, list[Line]] = field(default_factory=dict)  # what stands in each interface block
    interfaces: dict[str, Interface] = field(default_factory=dict)  # by nameif
    strays: list[tuple[str, Line, str]] = field(default_factory=list)  # on an interface, by nameif
    routes: list[Route] = field(default_factory=list)
    lists: dict[str, list[Line]] = field(default_factory=dict)
    bindings: dict[tuple[str, str], Binding] = field(default_factory=dict)  # by way and interface
    nat: list[tuple[Line, str]] = field(default_factory=list)  # with the object it stands in
    same_inter: bool = False
    same_intra: bool = False
    learned: Line | None = None
    shown: Line | None = None  # an entry as `show access-list` prints it
    words: set[str] = field(default_factory=set)  # of every line that may refer to a list
    crypto_maps: dict[str, list[str]] = field(default_factory=dict)  # the lists of their entries
    encrypting: list[tuple[str, str, Line]] = field(default_factory=list)  # crypto map and interface

    def bound(self, way: str) -> list[Binding]:
        return [binding for binding in self.bindings.values() if binding.way == way]


def take(config: Config, block: Block, reading: Reading) -> None:
    """One command and what stands below it."""
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
        case ["interface", name, *_]:
            config.hardware.setdefault(name, []).extend([head, *block.body])
        case ["access-list", _, "rename", *_]:
            reading.stray(
                head.number, head.text, "a list takes another name: take it with show running-config"
            )
        case ["access-list", name, *_] if name not in {"alert-interval", "deny-flow-max", "cached"}:
            _entry(config, head, reading)
        case ["access-group", *_]:
            _bind(config, head, reading)
        case ["nat" | "static" | "global", *_]:
            config.nat.append((head, ""))
        case ["no", *rest]:
            _take_back(config, rest, head, reading)
        case ["clear", "configure", "access-list", name, *_]:
            config.lists.pop(name, None)
        case _:
            config.words.update(word for line in (head, *block.body) for word in line.words)
            _take_other(config, head, reading)


def _entry(config: Config, line: Line, reading: Reading) -> None:
    words = line.words
    if words[1].endswith(";") or words[2:] == ["remark"]:
        return  # `show access-list`: a list's name and the number of its entries; an empty remark
    counted = next((n for n, word in enumerate(words) if word.startswith(_HIT_COUNT)), 0)
    if counted:
        config.shown = config.shown or line
        words = [word for word in words[:counted] if word != "(inactive)"]
    entries = config.lists.setdefault(words[1], [])
    rest, at = words[2:], len(entries)
    if rest[:1] == ["line"] and len(rest) > 1 and rest[1].isdecimal():
        at, rest = min(at, max(0, int(rest[1][:9]) - 1)), rest[2:]
    reading.effort((len(entries) - at) // 64)  # a list moves its entries up much faster than we look at them
    entries.insert(at, line._replace(words=[*words[:2], *rest]))


def _bind(config: Config, head: Line, reading: Reading) -> None:
    match head.words:
        case ["access-group", name, "global"]:
            config.bindings["global", ""] = Binding(name, "global", "", head)
        case ["access-group", _, "in" | "out", "interface", _, *rest] if "control-plane" in rest:
            pass  # packets to the firewall itself
        case ["access-group", name, "in" | "out" as way, "interface", interface, *rest]:
            if rest == ["per-user-override"]:
                reading.assumed.append(f"no user has a list of their own ({place(head.number)})")
            elif rest:
                reading.stray(head.number, head.text, "not a binding that is known here")
            config.bindings[way, interface] = Binding(name, way, interface, head)
        case _:
            reading.stray(head.number, head.text, "not a binding that is known here")


def _take_back(config: Config, words: list[str], head: Line, reading: Reading) -> None:
    """`no`: what a line above it said is gone."""
    match words:
        case ["access-list", name, *rest]:
            entries = config.lists.get(name, [])
            reading.effort(len(entries))
            rest = rest[2:] if rest[:1] == ["line"] else rest
            same = [line for line in entries if not rest or line.words[2:] == rest]
            if not same:
                reading.off(head.number, head.text, "takes back an entry that is not there")
            gone = {id(line) for line in same}
            config.lists[name] = [line for line in entries if id(line) not in gone]
        case ["access-group", name, way, *rest]:
            key = (way, rest[1] if len(rest) > 1 else "")
            if config.bindings.get(key, Binding("", "", "", head)).list == name:
                del config.bindings[key]
            else:
                reading.off(head.number, head.text, "takes back a binding that is not there")
        case ["interface", name, *_]:
            config.hardware.pop(name, None)
        case ["same-security-traffic", "permit", "inter-interface" | "intra-interface" as which]:
            config.same_inter = config.same_inter and which != "inter-interface"
            config.same_intra = config.same_intra and which != "intra-interface"
        case ["router", *_]:
            config.learned = None
        case ["route", interface, net, *_]:
            reading.effort(len(config.routes))
            config.routes = [
                route
                for route in config.routes
                if route.interface != interface
                or config.names.address(net) != str(route.network.network_address)
            ]
        case _:
            # What can drop packets and is switched off drops none; what was never read is not known.
            if look_up(COMMANDS, words) is None:
                reading.stray(head.number, head.text, "takes back something that is not known here")


def _take_other(config: Config, head: Line, reading: Reading) -> None:
    match head.words:
        case ["route", interface, net, mask, *rest]:
            _route(config, (interface, net, mask), rest, head, reading)
        case ["ipv6", "route", interface, net, *_]:
            _add_route(config, (interface, net, 1), head, reading)
        case ["crypto", "map", name, _, "match", "address", list_, *_]:
            config.crypto_maps.setdefault(name, []).append(list_)
        case ["crypto", "map", name, "interface", interface, *_]:
            config.encrypting.append((name, interface, head))
        case ["same-security-traffic", "permit", "inter-interface"]:
            config.same_inter = True
        case ["same-security-traffic", "permit", "intra-interface"]:
            config.same_intra = True
        case ["router", *_]:
            config.learned = config.learned or head
        case words:
            known = look_up(COMMANDS, [words[0].split(":")[0], *words[1:]])
            if known is None or known.effect is Effect.DROPS:
                reading.stray(
                    head.number, head.text, known.why if known else "not a command that is known here"
                )


def _route(config: Config, to: tuple[str, str, str], rest: list[str], line: Line, reading: Reading) -> None:
    interface, net, mask = to
    metric = rest[1] if len(rest) > 1 and rest[1].isdecimal() and len(rest[1]) < 4 else "1"
    network = f"{config.names.address(net)}/{config.names.address(mask)}"
    _add_route(config, (interface, network, max(1, int(metric))), line, reading)


def _add_route(config: Config, to: tuple[str, str, int], line: Line, reading: Reading) -> None:
    """A route by interface, network and distance."""
    interface, net, distance = to
    discards = interface.lower() == "null0"
    try:
        network = ip_network(net, strict=False)
    except ValueError:
        reading.stray(line.number, line.text, "not a network and mask")
        return
    name = "" if discards else interface
    config.routes.append(Route(name, network, distance, line.number, line.text, discards=discards))


def settle(config: Config, reading: Reading) -> None:
    """The interfaces as their blocks leave them, once every line is known."""
    for hardware, lines in config.hardware.items():
        _interface(config, hardware, lines, reading)
    config.routes = [
        route._replace(down=config.interfaces[route.interface].down)
        if route.interface in config.interfaces
        else route
        for route in config.routes
    ]


def _interface(config: Config, hardware: str, lines: Iterable[Line], reading: Reading) -> None:
    name, level, head = "", "", None
    nets: list[tuple[str, int, Line]] = []
    strays: list[tuple[Line, str]] = []
    for line in lines:
        match line.words:
            case ["interface", *_]:
                head = head or line
            case ["nameif", word]:
                name = word
            case ["no", "nameif", *_]:
                name = ""
            case ["security-level", word] if word.isdecimal() and len(word) < 4:
                level = word
            case ["ip", "address", "dhcp" | "pppoe", *rest]:
                nets += [("0.0.0.0/0", 1, line)] if "setroute" in rest else []
            case ["ip", "address", address, mask, *_]:
                nets.append((f"{config.names.address(address)}/{mask}", 0, line))
            case ["no", "ip", "address", *_]:
                nets = []
            case ["ipv6", "address", prefix, *_] if "/" in prefix:
                nets.append((prefix, 0, line))
            case words:
                known = look_up(ON_INTERFACE, words)
                if known is None or known.effect is Effect.DROPS:
                    strays.append(
                        (line, known.why if known else "not a command that is known on an interface")
                    )
    if not name or head is None:
        return
    number = int(level) if level else _INSIDE if name == "inside" else 0
    config.interfaces[name] = Interface(name, head.number, number, _down(config, hardware, name))
    config.strays += [(name, line, why) for line, why in strays]
    for net, distance, line in nets:
        _add_route(config, (name, net, distance), line, reading)


def _down(config: Config, hardware: str, name: str) -> Down | None:
    """Whether it passes nothing: shut down, as what it is a part of may be, or for management only."""
    said: dict[str, Line] = {}
    parent = config.hardware.get(hardware.partition(".")[0], ()) if "." in hardware else ()
    for line in (*(line for line in parent if line.words[-1:] == ["shutdown"]), *config.hardware[hardware]):
        match line.words:
            case ["shutdown" | "management-only" as word, *_]:
                said[word] = line
            case ["no", "shutdown" | "management-only" as word, *_]:
                said.pop(word, None)
    for word, why in (("shutdown", "shut down"), ("management-only", "for management only")):
        if word in said:
            return Down(said[word].number, f"interface {name}: {said[word].text.strip()}", why)
    return None
