"""What the elements of zones, policies and rich rules match: ports, protocols, services, ICMP, addresses.

Written from firewalld.richlanguage(5), firewalld.service(5) and the service and ICMP type files of firewalld
1.3. A service that is neither in the text nor in the table here is not understood.
"""

from collections.abc import Iterator, Mapping

from ringfence.firewalls.common.service_names import PROTOCOLS
from ringfence.firewalls.firewalld.files import FirewalldFiles, XmlElement
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import SOURCE, TOP, complement
from ringfence.policy.terms import (
    ANY,
    EVERYWHERE,
    Addresses,
    Service,
    Services,
    number,
    of_protocol,
    port_span,
    prefix,
    union,
)

_PORTED: Mapping[str, int] = {"tcp": 6, "udp": 17, "dccp": 33, "sctp": 132}
# Of the 221 service files those that a voice network may meet: protocol and ports.
_SERVICES: Mapping[str, tuple[str, ...]] = {
    "dhcp": ("udp 67",),
    "dhcpv6": ("udp 547",),
    "dns": ("tcp 53", "udp 53"),
    "http": ("tcp 80",),
    "https": ("tcp 443",),
    "ntp": ("udp 123",),
    "ssh": ("tcp 22",),
    "syslog": ("udp 514",),
    "telnet": ("tcp 23",),
}
# Types of ICMP and of ICMPv6 by the names of the ICMP type files; None: the family has none.
_ICMP: Mapping[str, tuple[int | None, int | None]] = {
    "destination-unreachable": (3, 1),
    "echo-reply": (0, 129),
    "echo-request": (8, 128),
    "packet-too-big": (None, 2),
    "parameter-problem": (12, 4),
    "redirect": (5, 137),
    "router-advertisement": (9, 134),
    "router-solicitation": (10, 133),
    "source-quench": (4, None),
    "time-exceeded": (11, 3),
    "timestamp-reply": (14, None),
    "timestamp-request": (13, None),
}
_OF_SERVICE = frozenset({"short", "description", "destination", "module", "helper", "include"})
_YES = frozenset({"yes", "true", "True"})


def rule_end(elements: list[XmlElement], files: FirewalldFiles) -> Addresses:
    """The addresses of a rule's source or destination element, everywhere without one."""
    if not elements:
        return EVERYWHERE
    (one,) = elements if len(elements) == 1 else (None,)
    if one is None:
        raise NotUnderstood("two ends of one kind")
    unknown = sorted(one.attributes.keys() - {"address", "ipset", "invert"})
    if unknown:
        raise NotUnderstood(f"{unknown[0]} of an end")
    found = source_of(one, files)
    if one.get("invert") not in _YES:
        return found
    return {version: complement(spans, TOP[version][SOURCE]) for version, spans in found.items()}


def source_of(element: XmlElement, files: FirewalldFiles) -> Addresses:
    """The addresses that an element names, itself or by a set of the text."""
    if element.get("address"):
        return prefix(element.get("address"))
    name = element.get("ipset")
    if not name:
        raise NotUnderstood("neither address nor ipset")
    held = files.ipsets.get(name)
    if held is None:
        raise NotUnderstood(f"ipset {name[:40]} is not in the text")
    if held.get("type") not in {"hash:ip", "hash:net"}:
        raise NotUnderstood(f"ipset {name[:40]} of type {held.get('type')[:40]}")
    return union(prefix(one.text.strip()) for one in held.all("entry"))


def services_of(element: XmlElement, files: FirewalldFiles) -> Iterator[tuple[Services, Addresses]]:
    """What one element takes: services, each with the destinations to which it is bound."""
    match element.tag:
        case "port":
            yield (_ported(element, source=False),), EVERYWHERE
        case "source-port":
            yield (_ported(element, source=True),), EVERYWHERE
        case "protocol":
            word = element.get("value").lower()
            carried = PROTOCOLS[word] if word in PROTOCOLS else number(word, 255)
            yield (of_protocol(carried),), EVERYWHERE
        case "icmp-type" | "icmp-block":
            yield _of_icmp(element.get("name")), EVERYWHERE
        case "service":
            yield from _service(element.get("name"), files)
        case _:
            raise NotUnderstood(f"element {element.tag[:40]}")


def _ported(element: XmlElement, *, source: bool) -> Service:
    protocol = element.get("protocol")
    if protocol not in _PORTED or element.attributes.keys() - {"port", "protocol"}:
        raise NotUnderstood(f"protocol {protocol[:40]!r}")
    span = (port_span(element.get("port")),)
    ports = (span, ANY) if source else (ANY, span)
    return of_protocol(_PORTED[protocol], *ports)


def _of_icmp(name: str) -> Services:
    if name not in _ICMP:
        raise NotUnderstood(f"ICMP type {name[:40]!r}")
    types = zip((1, 58), _ICMP[name], strict=True)
    return tuple(of_protocol(carried, ((kind, kind),)) for carried, kind in types if kind is not None)


def _service(name: str, files: FirewalldFiles) -> Iterator[tuple[Services, Addresses]]:
    """A service and, once each, those that it includes, to which its destinations do not apply."""
    left, seen = [name], {name}
    while left:
        name = left.pop()
        held = files.services.get(name)
        if held is None:
            if name not in _SERVICES:
                raise NotUnderstood(f"service {name[:40]!r} is not in the text")
            yield tuple(_known(words) for words in _SERVICES[name]), EVERYWHERE
            continue
        bound = EVERYWHERE
        for one in held.all("destination"):
            bound = union(prefix(word) for word in one.attributes.values())
        for one in held.children:
            if one.tag in {"port", "source-port", "protocol"}:
                for services, _ in services_of(one, files):
                    yield services, bound
            elif one.tag == "include" and one.get("service") not in seen:
                seen.add(one.get("service"))
                left.append(one.get("service"))
            elif one.tag not in _OF_SERVICE:
                raise NotUnderstood(f"element {one.tag[:40]} of service {name[:40]}")


def _known(words: str) -> Service:
    protocol, port = words.split()
    return of_protocol(_PORTED[protocol], ANY, (port_span(port),))


def helpers_of(element: XmlElement, files: FirewalldFiles) -> Iterator[str]:
    """The connection-tracking helpers that a service of the text assigns."""
    held = files.services.get(element.get("name")) if element.tag == "service" else None
    for one in held.children if held is not None else ():
        if one.tag in {"helper", "module"}:
            yield one.get("name").removeprefix("nf_conntrack_")
