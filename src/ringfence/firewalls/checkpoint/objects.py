"""Network objects and services of a rule base's dictionary.

Written from the Management API Reference 1.8 (show access-rulebase, details-level full; host, network,
address-range, group, group-with-exclusion, service-tcp, service-udp, service-icmp, service-other,
service-group). What is of another type is not understood.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.json_text import Json, JsonObject
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import SOURCE, TOP, Intervals, complement, meet
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Services,
    both,
    number,
    of_protocol,
    port_span,
    prefix,
    span,
    union,
)

_ANYTHING = "CpmiAnyObject"
_DEPTH = 32
_PORTED: Mapping[str, int] = {"service-tcp": 6, "service-udp": 17, "service-sctp": 132}
_ICMP: Mapping[str, int] = {"service-icmp": 1, "service-icmp6": 58}
_TOP_PORT = 65535


@dataclass(slots=True)
class RuleObjects:
    """The dictionary by uid; `where` are networks that are named for objects of no addresses."""

    where: Behind
    held: dict[str, JsonObject] = field(default_factory=dict)
    # By uid: groups may name one another again and again.
    known: dict[str, Addresses] = field(default_factory=dict)
    served: dict[str, Services] = field(default_factory=dict)

    def one(self, reference: Json) -> JsonObject:
        """The object that a cell names: its uid, or itself. NotUnderstood where the text has none."""
        if isinstance(reference, dict):
            return reference
        found = self.held.get(str(reference))
        if found is None:
            raise NotUnderstood(f"object {str(reference)[:40]} is not in the text")
        return found

    def name(self, reference: Json) -> str:
        try:
            return str(self.one(reference).get("name", "?"))
        except NotUnderstood:
            return str(reference)[:40]

    def is_any(self, cell: Json) -> bool:
        """Whether every object of a cell is Any; an absent cell is."""
        if not isinstance(cell, list):
            return cell is None
        return all(self.one(one).get("type") == _ANYTHING for one in cell)

    def addresses(self, cell: Json, outer: tuple[str, ...] = ()) -> Addresses:
        if not isinstance(cell, list) or not cell or len(outer) > _DEPTH:
            raise NotUnderstood("an end of another form")
        return union(self._known(one, outer) for one in cell)

    def _known(self, reference: Json, outer: tuple[str, ...]) -> Addresses:
        if not isinstance(reference, str):
            return self._address(self.one(reference), outer)
        if reference not in self.known:
            self.known[reference] = self._address(self.one(reference), outer)
        return self.known[reference]

    def _address(self, item: JsonObject, outer: tuple[str, ...]) -> Addresses:
        name = str(item.get("name", "?"))
        if name in self.where.addresses:
            return self.where.addresses[name]
        if name in outer:
            raise NotUnderstood(f"group {name[:60]} contains itself")
        match item.get("type"):
            case "CpmiAnyObject":
                return EVERYWHERE
            case "host":
                return union(_given(item, "ipv4-address", "ipv6-address"))
            case "network":
                return union(_networks(item))
            case "address-range":
                return union(_ranges(item))
            case "group":
                return self.addresses(item.get("members"), (*outer, name))
            case "group-with-exclusion":
                whole, less = (
                    self._address(self.one(item.get(key)), (*outer, name)) for key in ("include", "except")
                )
                return {
                    version: meet(spans, complement(less.get(version, ()), TOP[version][SOURCE]))
                    for version, spans in whole.items()
                }
        self.where.unplaced[name] = None
        raise NotUnderstood(
            f"{name[:60]} is of type {str(item.get('type'))[:40]}, which has no addresses here"
        )

    def services(self, cell: Json, outer: tuple[str, ...] = ()) -> Services:
        if not isinstance(cell, list) or not cell or len(outer) > _DEPTH:
            raise NotUnderstood("services of another form")
        return both(self._served(one, outer) for one in cell)

    def _served(self, reference: Json, outer: tuple[str, ...]) -> Services:
        if not isinstance(reference, str):
            return self._service(self.one(reference), outer)
        if reference not in self.served:
            self.served[reference] = self._service(self.one(reference), outer)
        return self.served[reference]

    def _service(self, item: JsonObject, outer: tuple[str, ...]) -> Services:
        name, kind = str(item.get("name", "?")), str(item.get("type"))
        if name in outer:
            raise NotUnderstood(f"service group {name[:60]} contains itself")
        if kind == _ANYTHING:
            return EVERY_SERVICE
        if kind in _PORTED:
            ports = (_ports(item.get(key)) for key in ("source-port", "port"))
            return (of_protocol(_PORTED[kind], *ports),)
        if kind in _ICMP:
            return (of_protocol(_ICMP[kind], _octet(item.get("icmp-type")), _octet(item.get("icmp-code"))),)
        if kind == "service-group":
            return self.services(item.get("members"), (*outer, name))
        if kind == "service-other" and not item.get("match") and not item.get("action"):
            return (of_protocol(number(str(item.get("ip-protocol")), 255)),)
        raise NotUnderstood(f"service {name[:60]} is of type {kind[:40]}")

    def protocols(self, cell: Json) -> dict[str, str]:
        """Services that were understood, by name, with the protocol that the gateway looks into for them."""
        found: dict[str, str] = {}
        seen: set[str] = set()
        left = [*cell] if isinstance(cell, list) else []
        while left:
            item = self.one(left.pop())
            name, protocol = str(item.get("name", "?")), item.get("protocol")
            if name in seen:
                continue
            seen.add(name)
            if item.get("type") == "service-group":
                members = item.get("members")
                left += members if isinstance(members, list) else []
            elif isinstance(protocol, str) and protocol:
                found[name] = protocol
        return found


def _given(item: JsonObject, *keys: str) -> Iterator[Addresses]:
    found = [item[key] for key in keys if item.get(key)]
    if not found:
        raise NotUnderstood(f"{str(item.get('name'))[:60]} has no address")
    return (prefix(str(one)) for one in found)


def _networks(item: JsonObject) -> Iterator[Addresses]:
    found = [
        f"{item[f'subnet{version}']}/{item.get(f'mask-length{version}')}"
        for version in (4, 6)
        if item.get(f"subnet{version}")
    ]
    if not found:
        raise NotUnderstood(f"{str(item.get('name'))[:60]} has no subnet")
    return map(prefix, found)


def _ranges(item: JsonObject) -> Iterator[Addresses]:
    found = [
        (str(item[f"ipv{version}-address-first"]), str(item.get(f"ipv{version}-address-last")))
        for version in (4, 6)
        if item.get(f"ipv{version}-address-first")
    ]
    if not found:
        raise NotUnderstood(f"{str(item.get('name'))[:60]} has no range")
    return (span(first, last) for first, last in found)


def _ports(value: Json) -> Intervals:
    """`1719`, `49300-49309`, `>1023` or `<1024`; every port where none is said."""
    word = "" if value is None else str(value).replace(" ", "")
    if not word:
        return ANY
    if word[0] == ">":
        return ((number(word[1:]) + 1, _TOP_PORT),)
    if word[0] == "<":
        return ((0, number(word[1:]) - 1),)
    return (port_span(word),)


def _octet(value: Json) -> Intervals:
    if value is None:
        return ANY
    found = number(str(value), 255)
    return ((found, found),)
