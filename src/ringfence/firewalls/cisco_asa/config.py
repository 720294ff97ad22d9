"""Cisco ASA: what the commands of a text leave in force, before anything is decided.

The text may be a listing or commands as they were typed: `no` and `clear configure` take back, `line N` puts
an entry before others. Groups may be used before their line.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import NamedTuple

from ringfence.firewalls.cisco_asa.words import COMMANDS
from ringfence.firewalls.common.ace.objects import (
    Block,
    Line,
    add_group,
    add_name,
    add_object,
    names_with_masks,
)
from ringfence.firewalls.common.ace.read import Names
from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.interfaces.names import InterfaceNames
from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.common.statements import Effect, look_up

_HIT_COUNT = "(hitcnt="  # `show access-list` puts it, and a hash, behind each entry


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
    known: InterfaceNames = field(default_factory=InterfaceNames)
    interfaces: dict[str, Interface] = field(default_factory=dict)  # by nameif
    closed: list[tuple[str, str, Line]] = field(default_factory=list)  # from nameif, to hardware: no forward
    strays: list[tuple[str, Line, str]] = field(default_factory=list)  # on an interface, by nameif
    routes: list[Route] = field(default_factory=list)
    lists: dict[str, list[Line]] = field(default_factory=dict)
    bindings: dict[tuple[str, str], Binding] = field(default_factory=dict)  # by way and interface
    nat: list[tuple[Line, str]] = field(default_factory=list)  # with the object it stands in
    same_inter: bool = False
    same_intra: bool = False
    learned: Line | None = None
    shown: Line | None = None  # an entry as `show access-list` prints it
    logged: Line | None = None  # a syslog server over TCP
    log_or_pass: bool = False  # connections pass all the same when it is down
    words: set[str] = field(default_factory=set)  # of every line that may refer to a list
    crypto_maps: dict[str, list[str]] = field(default_factory=dict)  # the lists of their entries
    encrypting: list[tuple[str, str, Line]] = field(default_factory=list)  # crypto map and interface

    def enter(self, words: list[str]) -> list[Line]:
        """The lines of an interface, by its name or what stands for it."""
        word = _hardware(words)
        name = self.known.find(word)
        if not name:
            name = word
            self.known.add(name)
        return self.hardware.setdefault(name, [])

    def remove(self, words: list[str]) -> None:
        """What was said of an interface is gone."""
        if name := self.known.find(_hardware(words)):
            self.known.remove(name)
            del self.hardware[name]

    def bound(self, way: str) -> list[Binding]:
        return [binding for binding in self.bindings.values() if binding.way == way]


def _hardware(words: list[str]) -> str:
    """`Port-channel1`, also where it is typed as two words; behind the name PIX put a speed."""
    apart = len(words) > 1 and words[1][0].isdigit() and not words[0][-1].isdigit()
    return words[0] + words[1] if apart else words[0]


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
        case ["interface", *rest] if rest:
            config.enter(rest).extend([head, *block.body])
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
        case ["interface", *rest] if rest:
            config.remove(rest)
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
            add_network(config, (interface, net, 1), head, reading)
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
        case ["logging", "permit-hostdown"]:
            config.log_or_pass = True
        case ["logging", "host", _, _, transport, *rest] if transport.startswith(("tcp/", "6/")):
            config.logged = head
            config.log_or_pass = config.log_or_pass or "permit-hostdown" in rest
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
    add_network(config, (interface, network, max(1, int(metric))), line, reading)


def add_network(
    config: Config, to: tuple[str, str, int], line: Line, reading: Reading, off: Down | None = None
) -> None:
    """A route by interface, network and distance; `off`: why its interface passes nothing."""
    interface, net, distance = to
    discards = interface.lower() == "null0"
    try:
        network = ip_network(net, strict=False)
    except ValueError:
        reading.stray(line.number, line.text, "not a network and mask")
        return
    name = "" if discards else interface
    config.routes.append(Route(name, network, distance, line.number, line.text, off, discards))
