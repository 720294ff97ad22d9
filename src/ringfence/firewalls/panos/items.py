"""PAN-OS: the lines gathered by what they are about, and objects made of them.

Written from the PAN-OS 9.1 to 11.0 configuration hierarchy: address, address-group, service, service-group,
application. No device has checked the reading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.firewalls.common.behind import Down
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.reading import (
    Objects,
    Reading,
    Reference,
    addresses_by_name,
    flow_kind,
    place,
    services_by_name,
)
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.firewalls.panos.lines import Line
from ringfence.firewalls.panos.names import PANOS_SERVICES
from ringfence.firewalls.panos.words import STATEMENTS
from ringfence.model.errors import InputError
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import joined
from ringfence.policy.terms import (
    ANY,
    Addresses,
    Services,
    number,
    of_protocol,
    port_span,
    prefix,
    span,
)

# Words that lead on to others; every other word is followed by its value or values.
_CONTAINERS = frozenset(
    (
        *("protocol", "tcp", "udp", "sctp", "default", "ident-by-icmp-type", "ident-by-icmp6-type"),
        *("ident-by-ip-protocol", "profile-setting", "profiles", "option", "qos", "marking", "override"),
        *("dynamic", "network", "layer3-user-acl", "source-translation", "destination-translation", "target"),
        *("dynamic-ip-and-port", "interface-address", "static-ip", "dynamic-ip", "signature", "timeout"),
        *("nexthop",),
    )
)
_DEPTH = 64  # words of one line that are looked at, but for those between brackets
_KINDS = frozenset(
    ("address", "address-group", "service", "service-group", "application", "application-group", "zone")
)


@dataclass(slots=True)
class Item:
    """A named thing: `attributes` by their path, such as `protocol/udp/port`."""

    name: str
    line: int
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def get(self, key: str, default: str = "") -> str:
        """The value of what has one: a second `set` takes the place of the first."""
        values = self.attributes.get(key)
        return values[-1] if values else default

    def all(self, key: str) -> list[str]:
        return self.attributes.get(key, [])

    def has(self, prefix_: str) -> bool:
        return any(key.split("/")[0] == prefix_ for key in self.attributes)


@dataclass(slots=True)
class Items:
    """`of` is by kind and name; rules are under `rules`, `nat`, and so on, in the order that they apply."""

    of: dict[str, dict[str, Item]] = field(default_factory=dict)
    routes: list[tuple[str, Item]] = field(default_factory=list)
    addresses: list[tuple[str, str, int]] = field(default_factory=list)  # interface, address, line
    leased: dict[str, int] = field(default_factory=dict)  # interfaces with an address by DHCP -> line
    unrouted: set[str] = field(default_factory=set)  # of these, those that take no default route
    down: dict[str, Line] = field(default_factory=dict)  # by physical interface
    members: dict[str, list[str]] = field(default_factory=dict)  # of bundles, and of VLANs
    virtual: dict[str, str] = field(default_factory=dict)  # the VLAN of a virtual interface
    rules: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # kind of rules -> base and kind in the text
    learned: Line | None = None
    routers: dict[str, str] = field(default_factory=dict)  # the virtual router of each interface

    def item(self, kind: str, name: str, line: int) -> Item:
        return self.of.setdefault(kind, {}).setdefault(name, Item(name, line))

    def off(self, interface: str) -> Down | None:
        """Whether the interface, what it is a part of, or all that it is made of, is held down."""
        parts = self.members.get(self.virtual.get(interface, interface), ())
        name = interface if interface in self.down or parts else interface.partition(".")[0]
        if line := self.down.get(name):
            return Down(line.number, f"{name} link-state down", "held down")
        return members_down(self._held(part) for part in parts or self.members.get(name, ()))

    def _held(self, port: str) -> Down | None:
        line = self.down.get(port) or self.down.get(port.partition(".")[0])
        return None if line is None else Down(line.number, f"{port} link-state down", "held down")

    def kind(self, kind: str) -> dict[str, Item]:
        return self.of.get(kind, {})


def gather(found: Iterable[Line], reading: Reading) -> Items:
    """InputError when several virtual systems or device groups have rules: they are several firewalls."""
    items, shared = Items(), Items()
    owners: dict[str, int] = {}
    for line in found:
        words = line.words
        if words[:1] == ["devices"]:
            words = words[2:]
        owner = ""
        if words[:1] and words[0] in {"vsys", "device-group", "template"} and len(words) > 2:
            owner, words = " ".join(words[:2]), words[2:]
            words = words[1:] if words[:1] == ["config"] else words
            words = words[2:] if words[:1] == ["devices"] else words
        target = items
        if words[:1] == ["shared"]:
            target, words = shared, words[1:]
        rules = _take(target, Line(line.number, words), reading)
        if rules and target is items:
            owners.setdefault(owner, line.number)
    if len(owners) > 1:
        second = list(owners)[1]
        raise InputError(
            f"rules in {', '.join(name or 'the device' for name in owners)}",
            where=f"PAN-OS configuration {place(owners[second])}",
            remedy="they are several firewalls: give the configuration of one at a time",
        )
    for kind, named in shared.of.items():
        own = items.of.get(kind, {})
        # What is nearer hides what is shared; of the rules in front the shared ones come first.
        items.of[kind] = {**named, **own} if kind.startswith("pre-rulebase") else {**own, **_less(named, own)}
    items.rules |= shared.rules
    return items


def _less(named: dict[str, Item], own: dict[str, Item]) -> dict[str, Item]:
    return {name: item for name, item in named.items() if name not in own}


def _take(items: Items, line: Line, reading: Reading) -> bool:
    """Put a line where it belongs; whether it is of a rule for forwarded packets."""
    words = line.words
    match words:
        case ["pre-rulebase" | "rulebase" | "post-rulebase" as base, kind, "rules", name, *rest]:
            key = kind if base == "rulebase" else f"{base} {kind}"
            items.rules[key] = base, kind
            _attribute(items.item(key, name, line.number), rest)
            return kind == "security"
        case ["network", "interface", *rest]:
            _interface(items, rest, line)
        case ["network", "virtual-router" | "logical-router", _, *rest] if "static-route" in rest:
            at = rest.index("static-route")
            if len(rest) > at + 2:
                _attribute(items.item(f"route {rest[at - 1]}", rest[at + 1], line.number), rest[at + 2 :])
        case ["network", "vlan", name, "interface", *rest]:
            items.members.setdefault(name, []).extend(word for word in rest if word not in {"[", "]"})
        case ["network", "vlan", name, "virtual-interface", "interface", interface, *_]:
            items.virtual[interface] = name
        case ["network", "virtual-router", name, "interface", *rest]:
            items.routers |= dict.fromkeys(rest, name)
        case ["network", "logical-router", name, "vrf", vrf, "interface", *rest]:
            items.routers |= dict.fromkeys(rest, f"{name} {vrf}")
        case ["network", "virtual-router" | "logical-router", _, "protocol", _, "enable", "yes"]:
            items.learned = items.learned or line
        case ["deviceconfig", "setting", "session", name, seconds] if name.startswith("timeout-"):
            if seconds.isascii() and seconds.isdigit() and len(seconds) < 10:
                reading.timer(line.number, name, int(seconds), flow_kind(name.removeprefix("timeout-")))
        case ["alg-override", "application", name, "alg-disabled", yes]:
            reading.inspection(line.number, f"alg {name}", on=yes != "yes", of=name)
        case [kind, name, *rest] if kind in _KINDS:
            _attribute(items.item(kind, name, line.number), rest)
        case words if words:
            known = look_up(STATEMENTS, words)
            if known is None or known.effect is Effect.DROPS:
                why = known.why if known else "not a statement that is known here"
                reading.stray(line.number, " ".join(words), why)
    return False


def _attribute(item: Item, words: list[str]) -> None:
    at, path = 0, ""
    for _ in range(_DEPTH):
        if at >= len(words):
            return
        word = words[at]
        at += 1
        if word in _CONTAINERS and at < len(words) and words[at] != "[":
            path += f"{word}/"
            continue
        values: list[str] = []
        if at < len(words) and words[at] == "[":
            try:
                end = words.index("]", at)
            except ValueError:
                end = len(words)
            values = words[at + 1 : end]
            at = end + 1
        elif at < len(words):
            values = [words[at]]
            at += 1
        item.attributes.setdefault(path + word, []).extend(values)
    if at < len(words):
        item.attributes.setdefault("more than can be read", []).append(words[at])


def _interface(items: Items, rest: list[str], line: Line) -> None:
    """`ethernet ethernet1/1 layer3 units ethernet1/1.20 ip 10.20.0.1/22`"""
    if len(rest) < 3:
        return
    name = rest[rest.index("units") + 1] if "units" in rest[:-1] else rest[1]
    if rest[0] in {"loopback", "tunnel", "vlan"} and "units" not in rest:
        name = rest[0]
    if rest[2] == "aggregate-group" and len(rest) > 3:
        items.members.setdefault(rest[3], []).append(rest[1])
    elif rest[2:4] == ["link-state", "down"]:
        items.down[rest[1]] = line
    elif rest[2] == "link-state":
        items.down.pop(rest[1], None)
    elif rest[-3:] == ["dhcp-client", "enable", "yes"]:
        items.leased[name] = line.number
    elif rest[-2:] == ["create-default-route", "no"]:
        items.unrouted.add(name)
    elif "ip" in rest[:-1]:
        items.addresses.append((name, rest[rest.index("ip") + 1], line.number))


def address_objects(items: Items) -> Objects[Addresses]:
    objects = addresses_by_name()
    for item in items.kind("address").values():
        objects.define(item.name)
        objects.add_read(item.name, _address, item)
    for item in items.kind("address-group").values():
        objects.define(item.name)
    for item in items.kind("address-group").values():
        if item.has("dynamic"):
            objects.add_read(item.name, _dynamic, item)
        for name in item.all("static"):
            objects.add_read(item.name, literal, objects, name)
    return objects


def literal(objects: Objects[Addresses], word: str) -> Addresses | Reference:
    """A name, or an address, prefix or range written in place of one."""
    if word in objects.members or (not word[:1].isdigit() and ":" not in word):
        return Reference(word)
    first, dash, last = word.partition("-")
    return span(first, last) if dash else prefix(word)


def _address(item: Item) -> Addresses:
    known = [key for key in item.attributes if key not in {"description", "tag", "disable-override"}]
    if known == ["ip-netmask"] and len(item.all("ip-netmask")) == 1:
        return prefix(item.get("ip-netmask"))
    if known == ["ip-range"] and len(item.all("ip-range")) == 1:
        first, _, last = item.get("ip-range").partition("-")
        return span(first, last)
    raise NotUnderstood(f"an address by {' and '.join(known) or 'nothing'}")


def _dynamic(item: Item) -> Addresses:
    raise NotUnderstood(f"address group {item.name} changes with its tags")


def service_objects(items: Items, reading: Reading) -> Objects[Services]:
    objects = services_by_name(builtin=PANOS_SERVICES)
    for item in items.kind("service").values():
        objects.define(item.name)
        objects.add_read(item.name, _service, item)
        for key, values in item.attributes.items():
            words = key.split("/")
            if words[-1] == "timeout" and values and values[0].isascii() and values[0].isdigit():
                name = f"{words[1]} timeout of service {item.name}"
                kind = flow_kind(words[1])
                reading.timer(item.line, name, int(values[0][:9]), kind, service=item.name)
    for item in items.kind("service-group").values():
        objects.define(item.name)
        for name in item.all("members"):
            objects.add(item.name, Reference(name))
    return objects


def _service(item: Item) -> Services:
    out = []
    for word, protocol in (("tcp", 6), ("udp", 17), ("sctp", 132)):
        ports = item.all(f"protocol/{word}/port")
        if not ports:
            continue
        source = item.all(f"protocol/{word}/source-port")
        # One value, whose ports stand between commas: the last that is set.
        out.append(of_protocol(protocol, _ports(source[-1]) if source else ANY, _ports(ports[-1])))
    if len(out) != 1:
        raise NotUnderstood("a service has one protocol and its ports")
    return tuple(out)


def _ports(text: str) -> tuple[tuple[int, int], ...]:
    return joined(port_span(word) for word in text.split(","))


def icmp_application(items: Items, name: str) -> Services | None:
    """An application of the site's own that is an ICMP type; None for every other."""
    item = items.kind("application").get(name)
    if item is None or item.has("signature"):
        return None
    for word, protocol in (("ident-by-icmp-type", 1), ("ident-by-icmp6-type", 58)):
        types = item.all(f"default/{word}/type") or item.all(f"default/{word}")
        if types:
            codes = item.all(f"default/{word}/code")
            code = ((number(codes[-1], 255),) * 2,) if codes else ANY
            return (of_protocol(protocol, ((number(types[-1], 255),) * 2,), code),)
    return None
