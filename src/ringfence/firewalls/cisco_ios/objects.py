"""Cisco IOS and IOS-XE: object groups for access lists.

Grammar from the Cisco IOS Security Command Reference (object-group network, object-group service): networks
are written with subnet masks here and with wildcard masks in the lists. No device has checked the reading.
"""

from ringfence.firewalls.common.ace.objects import Block, Line
from ringfence.firewalls.common.ace.read import Cursor, Names, icmp_type, operator_ports, protocol_numbers
from ringfence.firewalls.common.reading import Reference, Unclear
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Services,
    masked,
    of_protocol,
    prefix,
    single,
    span,
    wildcard,
)

_IPV4: Addresses = {4: EVERYWHERE[4]}


def ios_names() -> Names:
    """An IPv4 list: "any" is every IPv4 address."""
    return Names(wildcard, _IPV4)


def add_object_group(names: Names, block: Block) -> None:
    words = block.head.words
    if len(words) < 3:
        return
    kind, name = words[1], words[2]
    body = [line for line in block.body if line.words[0] != "description"]
    if kind == "network":
        names.networks.define(name)
        for line in body:
            names.networks.add_read(name, _network, line)
    elif kind == "service":
        names.services.define(name)
        for line in body:
            names.services.add_read(name, _service, line)
    else:
        names.networks.add(name, Unclear(f"a group of kind {kind}"))


def _network(line: Line) -> Addresses | Reference:
    words = line.words[1:] if line.words[0].isdigit() else line.words
    match words:
        case ["group-object", name]:
            return Reference(name)
        case ["host", address]:
            return single(address)
        case ["any"]:
            return _IPV4
        case ["range", first, last]:
            return span(first, last)
        case [address, length] if length.startswith("/"):
            return prefix(f"{address}{length}")
        case [address, mask]:
            return masked(address, mask)
        case [address] if "/" in address:
            return prefix(address)
    raise NotUnderstood(f"{' '.join(words)[:60]!r} in a group")


def _service(line: Line) -> Services | Reference:
    cursor = Cursor(line.words)
    word = cursor.take()
    if word == "group-object":
        return Reference(cursor.take())
    protocols = protocol_numbers(word)
    if not protocols:
        return EVERY_SERVICE
    source = destination = ANY
    while word := cursor.peek():
        if word == "source":
            cursor.at += 1
            source = operator_ports(cursor, protocols)
        elif protocols == (1,) and (found := icmp_type(word, 1)):
            cursor.at += 1
            source = ((found[0], found[0]),)
            destination = ANY if found[1] is None else ((found[1], found[1]),)
        elif word.isdigit() or (word.isalpha() and word not in {"eq", "neq", "lt", "gt", "range"}):
            # A port alone stands for eq.
            destination = operator_ports(Cursor(["eq", cursor.take()]), protocols)
        else:
            destination = operator_ports(cursor, protocols)
    return tuple(of_protocol(protocol, source, destination) for protocol in protocols)
