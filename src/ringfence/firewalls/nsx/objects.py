"""Groups and services of the policy API, by their paths.

Written from the schemas Group, IPAddressExpression, PathExpression, Service and the service entries of the
NSX-T Data Center REST API 3.2. What virtual machines a tag or a name means is not in any text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.json_text import Json, JsonObject, objects, strings
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Intervals, joined
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Service,
    Services,
    both,
    number,
    of_protocol,
    port_span,
    prefix,
    span,
    union,
)

_EVERYTHING = "ANY"
_DEPTH = 32
_PORTED: Mapping[str, int] = {"TCP": 6, "UDP": 17}
_ICMP: Mapping[str, int] = {"ICMPv4": 1, "ICMPv6": 58}


@dataclass(slots=True)
class NsxObjects:
    """Groups and services of the text by the last part of their paths; `where` are named networks."""

    where: Behind
    groups: dict[str, JsonObject] = field(default_factory=dict)
    services: dict[str, JsonObject] = field(default_factory=dict)
    # By name: groups and services may name one another again and again.
    known: dict[str, Addresses] = field(default_factory=dict)
    served: dict[str, Services] = field(default_factory=dict)

    def addresses(self, words: list[str]) -> Addresses:
        """Of the groups, addresses and ranges of one end of a rule. NotUnderstood where one is not known."""
        if not words or words == [_EVERYTHING]:
            return EVERYWHERE
        return union(self._one(word, ()) for word in words)

    def _one(self, word: str, outer: tuple[str, ...]) -> Addresses:
        if "/groups/" not in word:
            if word[:1] == "/":
                raise NotUnderstood(f"{word[:60]} is no group")
            first, dash, last = word.partition("-")
            return span(first, last) if dash else prefix(word)
        name = word.rpartition("/")[2]
        if name in self.where.addresses:
            return self.where.addresses[name]
        held = self.groups.get(name)
        if held is None or name in outer or len(outer) > _DEPTH:
            self.where.unplaced[name] = None
            raise NotUnderstood(f"the addresses of group {name[:60]} are not in the text")
        try:
            if name not in self.known:
                self.known[name] = union(self._expressions(held, (*outer, name)))
            return self.known[name]
        except NotUnderstood:
            self.where.unplaced[name] = None
            raise

    def _expressions(self, group: JsonObject, outer: tuple[str, ...]) -> Iterator[Addresses]:
        """Addresses and other groups, joined by OR."""
        for one in objects(group, "expression"):
            match one.get("resource_type"):
                case "IPAddressExpression":
                    yield from (self._one(word, outer) for word in strings(one, "ip_addresses"))
                case "PathExpression":
                    yield from (self._one(word, outer) for word in strings(one, "paths"))
                case "ConjunctionOperator" if one.get("conjunction_operator") == "OR":
                    continue
                case _:
                    raise NotUnderstood(f"group {outer[-1][:60]} is of virtual machines by name or tag")

    def rule_services(self, rule: JsonObject) -> Services:
        """The entries of a rule and the services that it names; every service where it names none."""
        named = [word for word in strings(rule, "services") if word != _EVERYTHING]
        found = [self._entry(one, ()) for one in objects(rule, "service_entries")]
        found += [self._service(word, ()) for word in named]
        return tuple(service for part in found for service in part) if found else EVERY_SERVICE

    def _service(self, path: str, outer: tuple[str, ...]) -> Services:
        name = path.rpartition("/")[2]
        held = self.services.get(name)
        if held is None or name in outer or len(outer) > _DEPTH:
            raise NotUnderstood(f"service {name[:60]} is not in the text")
        entries = objects(held, "service_entries")
        if not entries:
            raise NotUnderstood(f"service {name[:60]} is empty")
        if name not in self.served:
            self.served[name] = both(self._entry(one, (*outer, name)) for one in entries)
        return self.served[name]

    def _entry(self, entry: JsonObject, outer: tuple[str, ...]) -> Services:
        match entry.get("resource_type"):
            case "L4PortSetServiceEntry":
                protocol = str(entry.get("l4_protocol"))
                if protocol not in _PORTED:
                    raise NotUnderstood(f"protocol {protocol[:40]!r}")
                ports = (_ports(entry, key) for key in ("source_ports", "destination_ports"))
                return (of_protocol(_PORTED[protocol], *ports),)
            case "ICMPTypeServiceEntry":
                return (_icmp(entry),)
            case "IPProtocolServiceEntry":
                return (of_protocol(number(str(entry.get("protocol_number")), 255)),)
            case "NestedServiceServiceEntry":
                return self._service(str(entry.get("nested_service_path")), outer)
        raise NotUnderstood(f"service entry {str(entry.get('resource_type'))[:40]}")


def _ports(entry: JsonObject, key: str) -> Intervals:
    found = joined(map(port_span, strings(entry, key)))
    return found or ANY


def _icmp(entry: JsonObject) -> Service:
    protocol = str(entry.get("protocol"))
    if protocol not in _ICMP:
        raise NotUnderstood(f"protocol {protocol[:40]!r}")
    return of_protocol(_ICMP[protocol], _octet(entry.get("icmp_type")), _octet(entry.get("icmp_code")))


def _octet(value: Json) -> Intervals:
    if value is None:
        return ANY
    found = number(str(value), 255)
    return ((found, found),)
