"""FortiOS: addresses, services and their groups.

Written from the FortiOS CLI Reference 6.0 to 7.4: firewall address, addrgrp, service custom, service group.
No device has checked the reading.
"""

from collections.abc import Mapping

from ringfence.firewalls.common.reading import (
    Objects,
    Reference,
    Unclear,
    addresses_by_name,
    services_by_name,
)
from ringfence.firewalls.fortios.names import FORTIOS_SERVICES
from ringfence.firewalls.fortios.tree import Node
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Service,
    Services,
    masked,
    number,
    of_protocol,
    port_span,
    prefix,
    span,
)

_IPV4: Addresses = {4: EVERYWHERE[4]}
_IPV6: Addresses = {6: EVERYWHERE[6]}
_NONE = Node("", 0)


def address_objects(tables: Mapping[str, Node], version: int) -> Objects[Addresses]:
    """`firewall address` and its groups, or those of IPv6, with virtual addresses as what is not read."""
    six = "6" if version == 6 else ""
    objects = addresses_by_name(builtin={"all": _IPV6 if six else _IPV4})
    for entry in tables.get(f"firewall address{six}", _NONE).entries:
        objects.define(entry.name)
        objects.add_read(entry.name, _address6 if six else _address, entry)
    for entry in tables.get(f"firewall addrgrp{six}", _NONE).entries:
        objects.define(entry.name)
        if entry.on("exclude"):
            objects.add(entry.name, Unclear("it has exceptions"))
        for name in entry.all("member"):
            objects.add(entry.name, Reference(name))
    for kind in ("vip", "vipgrp", "vip6", "vipgrp6"):
        for entry in tables.get(f"firewall {kind}", _NONE).entries:
            objects.add(entry.name, Unclear("a virtual address, which is translated"))
    return objects


def _address(entry: Node) -> Addresses:
    kind = entry.get("type", "ipmask")
    if kind == "iprange":
        return span(entry.get("start-ip"), entry.get("end-ip"))
    if kind == "wildcard" and len(entry.all("wildcard")) == 2:
        return masked(*entry.all("wildcard"))
    if kind not in {"ipmask", "interface-subnet"}:
        raise NotUnderstood(f"an address of type {kind}")
    subnet = entry.all("subnet")
    if len(subnet) == 2:
        return masked(subnet[0], subnet[1])
    if len(subnet) == 1:
        return prefix(subnet[0])
    if entry.name == "all":  # its subnet is the default, which a listing leaves out
        return _IPV4
    raise NotUnderstood("it has no subnet")


def _address6(entry: Node) -> Addresses:
    kind = entry.get("type", "ipprefix")
    if kind == "iprange":
        return span(entry.get("start-ip"), entry.get("end-ip"))
    if kind != "ipprefix":
        raise NotUnderstood(f"an address of type {kind}")
    if entry.get("ip6"):
        return prefix(entry.get("ip6"))
    if entry.name == "all":
        return _IPV6
    raise NotUnderstood("it has no prefix")


def service_objects(tables: Mapping[str, Node]) -> Objects[Services]:
    objects = services_by_name(builtin=FORTIOS_SERVICES)
    for entry in tables.get("firewall service custom", _NONE).entries:
        objects.define(entry.name)
        objects.add_read(entry.name, _service, entry)
    for entry in tables.get("firewall service group", _NONE).entries:
        objects.define(entry.name)
        for name in entry.all("member"):
            objects.add(entry.name, Reference(name))
    return objects


def _service(entry: Node) -> Services:
    narrowing = {"iprange", "fqdn", "app-category", "application"} & entry.sets.keys()
    if narrowing or entry.on("proxy") or entry.get("app-service-type", "disable") != "disable":
        raise NotUnderstood("a service for a proxy, an application or certain addresses only")
    protocol = entry.get("protocol", "TCP/UDP/SCTP")
    if protocol in {"ICMP", "ICMP6"}:
        number_ = 1 if protocol == "ICMP" else 58
        type_, code = entry.get("icmptype"), entry.get("icmpcode")
        types = ((number(type_, 255),) * 2,) if type_ else ANY
        codes = ((number(code, 255),) * 2,) if code else ANY
        return (of_protocol(number_, types, codes),)
    if protocol in {"IP", "ALL"}:
        found = number(entry.get("protocol-number", "0"), 255)
        return (of_protocol(found),) if found else EVERY_SERVICE
    if "TCP" not in protocol:
        raise NotUnderstood(f"protocol {protocol}")
    out: list[Service] = []
    for word, number_ in (("tcp", 6), ("udp", 17), ("sctp", 132), ("udplite", 136)):
        for spans in entry.all(f"{word}-portrange"):
            destination, colon, source = spans.partition(":")
            ports = (port_span(source),) if colon else ANY
            out.append(of_protocol(number_, ports, (port_span(destination),)))
    if not out:
        raise NotUnderstood("it has no ports")
    return tuple(out)
