"""The words of a security rule: addresses and service tags, ports, protocols.

Written from the REST reference (SecurityRulePropertiesFormat) and the page on service tags. A tag stands for
addresses that Azure keeps and no text has: it is understood where somebody names its networks.
"""

from collections.abc import Iterable, Mapping

from ringfence.firewalls.common.behind import Behind
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import SOURCE, TOP, Interval, complement, joined
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Service,
    Services,
    number,
    of_protocol,
    port_span,
    prefix,
    span,
    union,
)

_ANYTHING = frozenset({"*", "any", "all"})
_PROTOCOLS: Mapping[str, int] = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "esp": 50, "ah": 51}
# The virtual address of the host, from which health probes come.
_PROBES = prefix("168.63.129.16")
# No address of these is one of the public Internet (RFC 1918, RFC 6598, RFC 3927, RFC 4193).
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
INTERNET, _NETWORK = "Internet", "VirtualNetwork"
# Where the text is an expression of a template, which only a deployment computes.
_EXPRESSION = "["


def end_addresses(words: Iterable[str], where: Behind) -> Addresses:
    """What the prefixes, ranges and tags of one end stand for. NotUnderstood for a tag without networks."""
    return union(_address(word, where) for word in words)


def _address(word: str, where: Behind) -> Addresses:
    if word.lower() in _ANYTHING:
        return EVERYWHERE
    if word.startswith(_EXPRESSION):
        raise NotUnderstood(f"{word[:60]} is computed when the template is deployed")
    if word[0].isdigit() or ":" in word:
        first, dash, last = word.partition("-")
        return span(first, last) if dash else prefix(word)
    if word.lower() == "azureloadbalancer":
        return _PROBES
    if word in where.addresses:
        return where.addresses[word]
    if word == INTERNET and _NETWORK in where.addresses:
        return _public(where.addresses[_NETWORK])
    where.unplaced[word] = None
    raise NotUnderstood(f"the addresses of {word[:60]} are not in the text")


def at_most(words: Iterable[str], where: Behind) -> Addresses:
    """Addresses outside which the words stand for none, where one of them is not understood."""
    found: list[Addresses] = []
    for word in words:
        try:
            found.append(_address(word, where))
        except NotUnderstood:
            found.append(_public({}) if word == INTERNET else EVERYWHERE)
    return union(found)


def _public(network: Addresses) -> Addresses:
    """What is reachable by the public Internet and no part of the virtual network."""
    others = union((network, *map(prefix, _PRIVATE)))
    return {version: complement(spans, TOP[version][SOURCE]) for version, spans in others.items()}


def rule_services(protocol: str, source_ports: Iterable[str], destination_ports: Iterable[str]) -> Services:
    """Protocol and ports together. ICMP has no ports here, and a rule on them is none of its."""
    word = protocol.lower()
    source, destination = _ports(source_ports), _ports(destination_ports)
    if word in _ANYTHING:
        return EVERY_SERVICE if source == destination == ANY else (Service(((0, 255),), source, destination),)
    if word not in _PROTOCOLS:
        raise NotUnderstood(f"protocol {protocol[:40]!r}")
    carried = _PROTOCOLS[word]
    if carried in {6, 17}:
        return (of_protocol(carried, source, destination),)
    if not source == destination == ANY:
        raise NotUnderstood(f"ports of {protocol}")
    return (of_protocol(carried),)


def _ports(words: Iterable[str]) -> tuple[Interval, ...]:
    found = [(0, 65535) if word in _ANYTHING else port_span(word) for word in words]
    if not found:
        raise NotUnderstood("no ports are said")
    return joined(found)


def priority(value: object) -> int:
    """The rank of a rule: 100 to 4096, and up to 65500 for those that Azure adds by itself."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise NotUnderstood("no priority is said")
    return number(str(value), 65500)
